// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package bundle

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"

	"podpis/pki/x509"
	"podpis/verify"
)

// errSilent stands for a source that could not be reached.
var errSilent = errors.New("bundle: the source could not be reached")

// lacking is asked after what a store has: it has nothing, and writes down what was
// wanted.
type lacking struct{ s *Store }

// Issuers has none.
func (e lacking) Issuers(_ context.Context, c *x509.Certificate) ([]*x509.Certificate, error) {
	return nil, e.want(c)
}

// Revocation has none.
func (e lacking) Revocation(_ context.Context, c, _ *x509.Certificate) ([]verify.RevocationData, error) {
	return nil, e.want(c)
}

func (e lacking) want(c *x509.Certificate) error {
	e.s.miss(c)
	if e.s.silent[Fingerprint(c)] {
		return errSilent
	}
	return nil
}

// Around wraps sources, so that what they bring goes into the bundle. The bundle is not
// to be used before the judgement is over.
func (b *Bundle) Around(list []verify.Evidence) []verify.Evidence {
	var mu sync.Mutex
	out := make([]verify.Evidence, len(list))
	for i, e := range list {
		out[i] = kept{e, b, &mu}
	}
	return out
}

type kept struct {
	verify.Evidence
	b  *Bundle
	mu *sync.Mutex
}

func (k kept) Issuers(ctx context.Context, c *x509.Certificate) ([]*x509.Certificate, error) {
	list, err := k.Evidence.Issuers(ctx, c)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.note(c, err)
	for _, issuer := range list {
		k.b.AddCertificate(issuer)
	}
	return list, err
}

func (k kept) Revocation(ctx context.Context, c, issuer *x509.Certificate) ([]verify.RevocationData, error) {
	list, err := k.Evidence.Revocation(ctx, c, issuer)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.note(c, err)
	for _, d := range list {
		k.b.AddData(d)
	}
	return list, err
}

func (k kept) note(c *x509.Certificate, err error) {
	if mark := Fingerprint(c); err != nil && !slices.Contains(k.b.Unreachable, mark) {
		k.b.Unreachable = append(k.b.Unreachable, mark)
	}
}

// AddCertificate adds a certificate once.
func (b *Bundle) AddCertificate(c *x509.Certificate) {
	if !slices.ContainsFunc(b.Certificates, func(raw []byte) bool { return bytes.Equal(raw, c.Raw) }) {
		b.Certificates = append(b.Certificates, c.Raw)
	}
}

// AddData adds a list or an answer once.
func (b *Bundle) AddData(d verify.RevocationData) {
	list, raw := &b.CRLs, []byte(nil)
	switch {
	case d.CRL != nil:
		raw = d.CRL.Raw
	case d.OCSP != nil:
		list, raw = &b.OCSP, d.OCSP.Raw
	}
	for _, c := range d.Signers {
		if !slices.ContainsFunc(b.Certificates, func(known []byte) bool { return bytes.Equal(known, c.Raw) }) {
			b.Certificates = append(b.Certificates, c.Raw)
		}
	}
	if raw != nil && !slices.ContainsFunc(*list, func(i Item) bool { return bytes.Equal(i.Octets, raw) }) {
		*list = append(*list, Item{raw, d.Source})
	}
}
