// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package fetch

import (
	"bytes"
	"context"
	"errors"

	"podpis/pki/x509"
	"podpis/verify"
)

// Bounds of what one question about a certificate may bring. Lists name certificates of
// their signers, those name lists: whoever makes them may have made a circle.
const (
	maxLists   = 12
	maxSigners = 4
	maxDepth   = 2 // lists about signers of lists
)

// lists brings revocation lists.
type lists struct{ c *Client }

// Issuers brings nothing: the responder has been asked.
func (lists) Issuers(context.Context, *x509.Certificate) ([]*x509.Certificate, error) {
	return nil, nil
}

// Revocation brings the lists that a certificate names: of several addresses for one
// list the first that answers, since certificates of the field name some that only the
// authority itself can reach; delta lists (RFC 5280, 5.2.6 and 4.2.1.15); and where a
// list is signed by somebody else, the certificates of the signer (RFC 5280, 5.2.7) with
// the lists that tell of it.
func (l lists) Revocation(ctx context.Context, cert, issuer *x509.Certificate) ([]verify.RevocationData, error) {
	ctx, cancel := context.WithTimeout(ctx, l.c.patience)
	defer cancel()
	q := &listing{ctx: ctx, c: l.c, seen: map[string]bool{}}
	q.about(cert, issuer, 0)
	if len(q.found) == 0 {
		return nil, q.failed
	}
	return q.found, nil
}

// Lists brings the first list that stands at one of the addresses, which somebody else
// than the certificate names.
func (c *Client) Lists(ctx context.Context, addresses []string) ([]verify.RevocationData, error) {
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	q := &listing{ctx: ctx, c: c, seen: map[string]bool{}}
	if list := q.first(addresses); list != nil {
		q.first(addressesOf(list.FreshestCRL))
		return q.found, nil
	}
	return nil, q.failed
}

// listing is one question under way.
type listing struct {
	ctx     context.Context //nolint:containedctx // lives as long as the question
	c       *Client
	seen    map[string]bool // addresses that were asked
	found   []verify.RevocationData
	signers int
	failed  error
}

// about brings the lists that tell of a certificate.
func (q *listing) about(cert, issuer *x509.Certificate, depth int) {
	for _, addresses := range partitions(cert.CRLDistributionPoints) {
		list := q.first(addresses)
		if list == nil {
			continue
		}
		// The certificate may name deltas, and so may the list.
		q.first(append(addressesOf(list.FreshestCRL), addressesOf(cert.FreshestCRL)...))
		if !signedBy(list, issuer) && depth < maxDepth {
			q.signersOf(list, depth)
		}
	}
}

// first brings the first list of those addresses that can be had.
func (q *listing) first(addresses []string) *x509.CRL {
	for i, address := range addresses {
		if i == maxAddresses || len(q.found) == maxLists {
			return nil
		}
		if q.seen[address] {
			continue
		}
		q.seen[address] = true
		list, err := q.c.list(q.ctx, address)
		if err != nil {
			q.failed = err
			continue
		}
		q.found = append(q.found, verify.RevocationData{CRL: list, Source: address})
		return list
	}
	return nil
}

// signersOf brings the certificates of who signed the list that came last but for its
// delta, and the lists about them.
func (q *listing) signersOf(list *x509.CRL, depth int) {
	certs, err := q.c.certificates(q.ctx, list.IssuingURLs)
	if err != nil {
		q.failed = err
		return
	}
	for i := range q.found {
		if q.found[i].CRL != list {
			continue
		}
		for _, c := range certs {
			if q.signers < maxSigners && c.Subject.Equal(list.Issuer) {
				q.signers++
				q.found[i].Signers = append(q.found[i].Signers, c)
			}
		}
		for _, c := range q.found[i].Signers {
			q.about(c, nil, depth+1)
		}
		return
	}
}

// signedBy tells whether the certificate's issuer is who signed the list, as far as names
// and identifiers tell.
func signedBy(list *x509.CRL, issuer *x509.Certificate) bool {
	return issuer != nil && list.Issuer.Equal(issuer.Subject) &&
		(len(list.AuthorityKeyID) == 0 || len(issuer.SubjectKeyID) == 0 || bytes.Equal(list.AuthorityKeyID, issuer.SubjectKeyID))
}

// partitions are the addresses of each list that is to be had. Points that differ in
// reasons or in who signs are lists of their own; the rest are places of one list, as
// authorities of the field write them (RFC 5280, 4.2.1.13 allows several names in one
// point for that).
func partitions(points []x509.DistributionPoint) (all [][]string) {
	type scope struct {
		reasons uint16
		signer  string
	}
	at := map[scope]int{}
	for _, p := range points {
		s := scope{reasons: p.Reasons}
		for _, g := range p.CRLIssuer {
			if g.Kind == x509.DirectoryName {
				s.signer = g.Name.Key()
			}
		}
		i, known := at[s]
		if !known {
			i = len(all)
			at[s] = i
			all = append(all, nil)
		}
		all[i] = append(all[i], addressesOf([]x509.DistributionPoint{p})...)
	}
	return all[:min(len(all), maxLists)]
}

func addressesOf(points []x509.DistributionPoint) (list []string) {
	for _, p := range points {
		for _, n := range p.Names {
			if n.Kind == x509.URIName {
				list = append(list, n.Value)
			}
		}
	}
	return list
}

// list brings a list.
func (c *Client) list(ctx context.Context, address string) (*x509.CRL, error) {
	body, err := c.get(ctx, address, maxCRL)
	if err != nil {
		return nil, err
	}
	blocks, err := x509.DecodePEM(body, x509.PEMCRL)
	if err != nil {
		return nil, err
	}
	if len(blocks) == 0 {
		return nil, errors.New("fetch: no list")
	}
	return x509.ParseCRL(blocks[0])
}
