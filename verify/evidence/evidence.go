// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package evidence brings what a judgement needs and a message may lack: certificates of
// issuers, revocation lists, OCSP answers. Nothing of it is trusted; package verify
// verifies all of it. [Recorder] remembers what was used, so that it can be put into a
// signature.
//
// Left out: fetching, which is package fetch's.
package evidence

import (
	"context"

	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/ocsp"
	"podpis/pki/x509"
)

// Source brings evidence. Methods may be called from
// several goroutines; an error means "could not be had" and is never a verdict.
type Source interface {
	// Issuers returns certificates that may have issued c.
	Issuers(ctx context.Context, c *x509.Certificate) ([]*x509.Certificate, error)
	// Revocation returns what may tell whether c, issued by issuer, is revoked.
	Revocation(ctx context.Context, c, issuer *x509.Certificate) ([]Data, error)
}

// Data is a list or an answer; one of the two is set.
type Data struct {
	CRL    *x509.CRL
	OCSP   *ocsp.Response
	Source string // file name or address, for the report
	// Signers are certificates of who may have signed the list: those that stand at the
	// addresses it gives itself.
	Signers []*x509.Certificate
}

// Pool is evidence at hand: files that were given, or what a message carries. It
// must not be changed while it is in use.
type Pool struct {
	Certificates []*x509.Certificate
	Data         []Data
}

// AddCRL parses a list and keeps it.
func (p *Pool) AddCRL(raw []byte, source string) error {
	crl, err := x509.ParseCRL(raw)
	if err == nil {
		p.Data = append(p.Data, Data{CRL: crl, Source: source})
	}
	return err
}

// AddOCSP parses a response, whole or only its basic part, and keeps it.
func (p *Pool) AddOCSP(raw []byte, source string) error {
	response, err := ocsp.ParseResponse(raw)
	if err != nil {
		var basic error
		if response, basic = ocsp.ParseBasic(raw); basic != nil {
			return err
		}
	}
	p.Data = append(p.Data, Data{OCSP: response, Source: source})
	return nil
}

// Issuers returns the certificates with the name of the issuer.
func (p *Pool) Issuers(_ context.Context, c *x509.Certificate) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for _, candidate := range p.Certificates {
		if candidate.Subject.Equal(c.Issuer) {
			out = append(out, candidate)
		}
	}
	return out, nil
}

// Revocation returns the answers about c and the lists of its issuer, of who else issues
// lists for it (RFC 5280, 4.2.1.13), and those that tell of the signers of such lists.
func (p *Pool) Revocation(_ context.Context, c, issuer *x509.Certificate) ([]Data, error) {
	names := map[string]bool{}
	listIssuers(names, c)
	var signers []*x509.Certificate
	for _, candidate := range p.Certificates {
		if names[candidate.Subject.Key()] {
			signers = append(signers, candidate)
		}
	}
	for _, signer := range signers {
		listIssuers(names, signer)
	}
	var out []Data
	for _, d := range p.Data {
		switch {
		case d.CRL != nil && names[d.CRL.Issuer.Key()]:
			out = append(out, d)
		case d.OCSP != nil:
			if _, ok := d.OCSP.Find(issuer, c.Serial); ok {
				out = append(out, d)
			}
		}
	}
	return out, nil
}

// listIssuers adds who may issue lists for a certificate.
func listIssuers(names map[string]bool, c *x509.Certificate) {
	names[c.Issuer.Key()] = true
	for _, point := range c.CRLDistributionPoints {
		for _, g := range point.CRLIssuer {
			if g.Kind == x509.DirectoryName {
				names[g.Name.Key()] = true
			}
		}
	}
}

// FromMessage collects what a message carries for all of its signatures. What does
// not parse is as if it were not there.
func FromMessage(sd *cms.SignedData) *Pool {
	p := &Pool{Certificates: sd.Certificates}
	for _, raw := range sd.CRLs {
		_ = p.AddCRL(raw, "signature")
	}
	for _, raw := range sd.OCSP {
		_ = p.AddOCSP(raw, "signature")
	}
	return p
}

// With adds what one signature carries, into a pool of its own.
func (p *Pool) With(si *cms.SignerInfo) *Pool {
	m := cades.MaterialOf(si)
	p = &Pool{
		Certificates: append(p.Certificates[:len(p.Certificates):len(p.Certificates)], m.Certificates...),
		Data:         p.Data[:len(p.Data):len(p.Data)],
	}
	for _, raw := range m.CRLs {
		_ = p.AddCRL(raw, "signature")
	}
	for _, raw := range m.OCSP {
		_ = p.AddOCSP(raw, "signature")
	}
	return p
}
