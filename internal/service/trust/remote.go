// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"context"
	"crypto/rand"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/policy"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/fetch"
)

// Whom checks ask over the network; see [Rules].
const (
	PolicyFetch        = "verify.fetch"
	PolicyFetchPrivate = "verify.fetch_private"
	PolicyFetchTimeout = "verify.fetch_timeout"
	PolicyFetchKeep    = "verify.fetch_keep"
	PolicyFetchMost    = "verify.fetch_requests" // of one check
)

// Remote makes the client that follows addresses in certificates, by the policies of this
// moment; nil when they forbid it.
func Remote(ctx context.Context, d *db.DB, policies *policy.Book) (client *fetch.Client, err error) {
	err = d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		client = nil
		on, err := policies.Switch(ctx, tx, PolicyFetch)
		if !on || err != nil {
			return err
		}
		private, err := policies.Switch(ctx, tx, PolicyFetchPrivate)
		if err != nil {
			return err
		}
		var times [2]time.Duration
		for i, key := range []string{PolicyFetchTimeout, PolicyFetchKeep} {
			if times[i], err = policies.Duration(ctx, tx, key); err != nil {
				return err
			}
		}
		most, err := policies.Number(ctx, tx, PolicyFetchMost)
		if err != nil {
			return err
		}
		client = fetch.New(fetch.Options{
			Requests: max(most, 1), Timeout: times[0], Keep: max(times[1], time.Second), AllowLoopback: private, AllowPrivate: private, Random: rand.Reader,
		})
		return nil
	})
	return client, err
}

// asking is for how long one check may ask over the network, whatever it meets: somebody
// may send signatures whose addresses lead to slow servers.
const asking = 8 * time.Second

// hurried is a source that is asked until a time.
type hurried struct {
	verify.Evidence
	until time.Time
}

// Issuers asks while there is time.
func (h hurried) Issuers(ctx context.Context, c *x509.Certificate) ([]*x509.Certificate, error) {
	ctx, cancel := context.WithDeadline(ctx, h.until)
	defer cancel()
	return h.Evidence.Issuers(ctx, c)
}

// Revocation asks while there is time.
func (h hurried) Revocation(ctx context.Context, c, issuer *x509.Certificate) ([]verify.RevocationData, error) {
	ctx, cancel := context.WithDeadline(ctx, h.until)
	defer cancel()
	return h.Evidence.Revocation(ctx, c, issuer)
}

// elsewhere asks for lists at the addresses that the list of centres has for a key:
// those in old certificates are often of domains that have gone.
type elsewhere struct {
	client *fetch.Client
	known  *snapshot
}

// Issuers returns nothing: see [listed].
func (elsewhere) Issuers(context.Context, *x509.Certificate) ([]*x509.Certificate, error) {
	return nil, nil
}

// Revocation brings the list of the issuer's key.
func (e elsewhere) Revocation(ctx context.Context, _, issuer *x509.Certificate) ([]verify.RevocationData, error) {
	addresses := e.known.addresses(issuer)
	if len(addresses) == 0 {
		return nil, nil
	}
	return e.client.Lists(ctx, addresses)
}

// addresses are where lists signed with the key of an authority are.
func (s *snapshot) addresses(issuer *x509.Certificate) []string {
	for _, k := range s.keys[hexadecimal(issuer.SubjectKeyID)] {
		if k.matches(issuer) {
			return k.lists
		}
	}
	return nil
}
