// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package trust decides what signatures are judged by on this installation: the
// roots it trusts, its own revocation lists, and whom it asks over the network.
// The judgement itself is package verify's.
//
// Left out for now: trusted lists of the state; roots beside the installation's
// own come from a directory of certificates.
package trust

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"podpis/pki/x509"
	"podpis/verify"
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
	own    Own
	roots  []*x509.Certificate
	remote []verify.Evidence
	now    func() time.Time
}

// New returns the service. dir holds certificates of further roots, empty for
// none; remote is asked after the installation's own evidence.
func New(own Own, dir string, now func() time.Time, remote ...verify.Evidence) (*Service, error) {
	s := &Service{own: own, remote: remote, now: now}
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
	chain := s.own.Chain()
	own = &verify.Pool{Certificates: chain}
	for _, raw := range lists {
		if err := own.AddCRL(raw, "podpis"); err != nil {
			return nil, o, fmt.Errorf("own list: %w", err)
		}
	}
	o = verify.Options{At: s.now(), Language: language, Evidence: append([]verify.Evidence{own}, s.remote...)}
	if len(chain) > 0 {
		o.Trust = append(o.Trust, verify.Anchor{Certificate: chain[len(chain)-1]})
	}
	for _, c := range s.roots {
		o.Trust = append(o.Trust, verify.Anchor{Certificate: c})
	}
	return own, o, nil
}
