// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package trust decides what signatures are judged by on this installation: the
// roots it trusts, its own revocation lists, the list of accredited centres, and whom it
// asks over the network. The judgement itself is package verify's.
//
// [Register] keeps what was decided and accepted; [Service] judges by it. A list is
// accepted when its signature is by a pinned certificate and it is not older than the one
// in force; when the source is silent or gives something else, the last good copy stays
// and its age is told. See docs/design/trust.md.
package trust

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/fetch"
	"podpis/verify/reasons"
)

// Own is what the installation's authority gives: its certificates, the root
// last, and its revocation lists as they are now.
type Own struct {
	Chain func() []*x509.Certificate
	Lists func(ctx context.Context) ([][]byte, error)
}

// Service judges signatures by the trust of the installation.
type Service struct {
	own      Own
	register *Register // nil: no lists, no anchors but those of the directory
	roots    []*x509.Certificate
	remote   *fetch.Client // nil: nobody is asked
	more     []verify.Evidence
	now      func() time.Time

	mu   sync.Mutex
	pool *verify.Pool // of the own authority, as it was last
	raw  [][]byte     // of its lists
}

// New returns the service. dir holds certificates of further roots, empty for
// none; more is asked after the installation's own evidence. Without a register nothing
// is known of accreditation.
func New(own Own, register *Register, dir string, now func() time.Time, more ...verify.Evidence) (*Service, error) {
	s := &Service{own: own, register: register, more: more, now: now}
	if dir == "" {
		return s, nil
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return nil, fmt.Errorf("list roots: %w", err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read root: %w", err)
		}
		certs, err := x509.ParseCertificates(content)
		if err != nil {
			return nil, fmt.Errorf("root %s: %w", name, err)
		}
		s.roots = append(s.roots, certs...)
	}
	return s, nil
}

// Check judges the signatures of a message at this moment.
func (s *Service) Check(ctx context.Context, in verify.Input, language reasons.Language) (*verify.Report, error) {
	_, o, err := s.options(ctx, language)
	if err != nil {
		return nil, err
	}
	return verify.Check(ctx, in, o)
}

// options are what is judged by at this moment; own is the first of the evidence, what
// the installation's authority gives.
func (s *Service) options(ctx context.Context, language reasons.Language) (own *verify.Pool, o verify.Options, err error) {
	lists, err := s.own.Lists(ctx)
	if err != nil {
		return nil, o, fmt.Errorf("read own lists: %w", err)
	}
	if own, err = s.parsed(lists); err != nil {
		return nil, o, err
	}
	o = verify.Options{At: s.now(), Language: language, Evidence: []verify.Evidence{own}}
	if chain := own.Certificates; len(chain) > 0 {
		o.Trust = append(o.Trust, verify.Anchor{Certificate: chain[len(chain)-1]})
	}
	for _, c := range s.roots {
		o.Trust = append(o.Trust, verify.Anchor{Certificate: c})
	}
	known := &snapshot{}
	if s.register != nil {
		if known, err = s.register.snapshot(ctx); err != nil {
			return nil, o, err
		}
	}
	known.add(&o)
	if known.list != nil {
		o.Evidence = append(o.Evidence, listed{s.register.db, known.list.ID})
	}
	o.Evidence = append(o.Evidence, s.more...)
	if s.remote != nil {
		until, client := time.Now().Add(asking), s.remote.ForOne()
		for _, e := range append(client.Evidence(), elsewhere{client, known}) {
			o.Evidence = append(o.Evidence, hurried{e, until})
		}
	}
	return own, o, nil
}

// Issued reports whether the installation's own authority issued a certificate.
func (s *Service) Issued(c *x509.Certificate) bool {
	return slices.ContainsFunc(s.own.Chain(), func(ca *x509.Certificate) bool {
		return ca.Subject.Equal(c.Issuer) && c.CheckSignatureFrom(ca) == nil
	})
}

// Ask has checks ask over the network for what they lack. It is called before the first
// check.
func (s *Service) Ask(client *fetch.Client) { s.remote = client }

// add adds what was decided and accepted.
func (s *snapshot) add(o *verify.Options) {
	for _, c := range s.roots {
		o.Trust = append(o.Trust, verify.Anchor{Certificate: c})
	}
	if s.list == nil {
		return
	}
	o.Authority, o.Lists = s.authority, s.lists
	o.Lists.AgeDays = int(s.list.Age(o.At) / (24 * time.Hour))
}

// parsed is the evidence of the own authority: it changes when a list is published, and
// is not read anew for each check.
func (s *Service) parsed(lists [][]byte) (*verify.Pool, error) {
	chain := s.own.Chain()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pool != nil && slices.EqualFunc(s.raw, lists, bytes.Equal) && slices.EqualFunc(s.pool.Certificates, chain, (*x509.Certificate).Equal) {
		return s.pool, nil
	}
	pool := &verify.Pool{Certificates: chain}
	for _, raw := range lists {
		if err := pool.AddCRL(raw, "podpis"); err != nil {
			return nil, fmt.Errorf("own list: %w", err)
		}
	}
	s.pool, s.raw = pool, lists
	return pool, nil
}
