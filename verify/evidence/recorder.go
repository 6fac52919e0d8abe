// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package evidence

import (
	"context"
	"slices"
	"sync"

	"podpis/pki/x509"
)

// Recorder remembers what sources bring, so that what a judgement needed can be put into the signature. Its zero value is
// ready.
type Recorder struct {
	mu           sync.Mutex
	certificates []*x509.Certificate
	data         []Data
}

// Around wraps sources, one by one: their order means something.
func (r *Recorder) Around(list []Source) []Source {
	out := make([]Source, len(list))
	for i, e := range list {
		out[i] = recorded{e, r}
	}
	return out
}

// AtHand returns the certificates of a source that needs no asking: a pool, recorded or
// not.
func AtHand(s Source) []*x509.Certificate {
	if r, ok := s.(recorded); ok {
		s = r.Source
	}
	if p, ok := s.(*Pool); ok {
		return p.Certificates
	}
	return nil
}

type recorded struct {
	Source
	by *Recorder
}

func (e recorded) Issuers(ctx context.Context, c *x509.Certificate) ([]*x509.Certificate, error) {
	list, err := e.Source.Issuers(ctx, c)
	e.by.mu.Lock()
	defer e.by.mu.Unlock()
	e.by.keep(list)
	return list, err
}

// keep remembers certificates; the caller holds the lock.
func (r *Recorder) keep(list []*x509.Certificate) {
	for _, cert := range list {
		if !slices.ContainsFunc(r.certificates, cert.Equal) {
			r.certificates = append(r.certificates, cert)
		}
	}
}

func (e recorded) Revocation(ctx context.Context, c, issuer *x509.Certificate) ([]Data, error) {
	list, err := e.Source.Revocation(ctx, c, issuer)
	e.by.mu.Lock()
	defer e.by.mu.Unlock()
	for _, d := range list {
		e.by.keep(d.Signers)
		if !slices.ContainsFunc(e.by.data, d.same) {
			e.by.data = append(e.by.data, d)
		}
	}
	return list, err
}

func (d Data) same(o Data) bool {
	return d.CRL != nil && o.CRL != nil && string(d.CRL.Raw) == string(o.CRL.Raw) ||
		d.OCSP != nil && o.OCSP != nil && string(d.OCSP.Raw) == string(o.OCSP.Raw)
}

// Data returns the lists and answers that were brought so far.
func (r *Recorder) Data() []Data {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.data)
}

// Recorded returns what was brought so far.
func (r *Recorder) Recorded() (certificates []*x509.Certificate, lists, answers [][]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, d := range r.data {
		if d.CRL != nil {
			lists = append(lists, d.CRL.Raw)
		} else if d.OCSP.Raw != nil {
			answers = append(answers, d.OCSP.Raw)
		}
	}
	return slices.Clone(r.certificates), lists, answers
}
