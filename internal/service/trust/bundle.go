// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"podpis/internal/platform/db"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/bundle"
)

// Own is what signatures of the installation's own authority are judged by: it is
// small, and a browser starts with it.
func (s *Service) Own(ctx context.Context) (*bundle.Bundle, error) {
	own, o, err := s.options(ctx, "")
	if err != nil {
		return nil, err
	}
	b := bundleOf(own, o)
	b.anchor(o, own.Certificates)
	b.know(o)
	return b.Bundle, nil
}

// All is what every signature is judged by as far as it is at hand here: the saved page
// holds it. Nobody is asked over the network.
func (s *Service) All(ctx context.Context) (*bundle.Bundle, error) {
	own, o, err := s.options(ctx, "")
	if err != nil {
		return nil, err
	}
	b := bundleOf(own, o)
	for _, a := range o.Trust {
		b.Anchors = append(b.Anchors, bundle.Anchor{Certificate: a.Certificate.Raw, Until: a.Until})
		b.met = append(b.met, a.Certificate)
	}
	for _, e := range o.Evidence[1:] {
		switch e := e.(type) {
		case *verify.Pool:
			b.add(e)
		case listed:
			if err := b.addListed(ctx, e); err != nil {
				return nil, err
			}
		}
	}
	if s.register != nil {
		if err := s.register.listInto(ctx, b.Bundle); err != nil {
			return nil, err
		}
	}
	b.know(o)
	return b.Bundle, nil
}

// listInto puts the whole list of centres into a bundle, and of their certificates those
// that are still valid: signers enclose their own certificate, seldom those above.
func (r *Register) listInto(ctx context.Context, b *bundle.Bundle) error {
	known, err := r.snapshot(ctx)
	if err != nil || known.list == nil {
		return err
	}
	var rows []listCertificatesRow
	err = r.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		rows, err = newQueries(tx).ListCertificates(ctx, known.list.ID)
		return err
	})
	if err != nil {
		return fmt.Errorf("read certificates of centres: %w", err)
	}
	at := map[string]int{}
	for _, row := range rows {
		c := known.byID[row.CentreID]
		if c == nil {
			continue
		}
		i, met := at[row.CentreID]
		if !met {
			i = len(b.Centres)
			at[row.CentreID] = i
			b.Centres = append(b.Centres, bundle.Centre{Authority: *c.Accreditation})
		}
		b.Centres[i].Certificates = append(b.Centres[i].Certificates, row.Fingerprint)
		b.Known = append(b.Known, row.Fingerprint)
		if db.Time(row.NotAfter).After(b.Made) && !slices.ContainsFunc(b.Certificates, func(raw []byte) bool { return bytes.Equal(raw, row.Der) }) {
			b.Certificates = append(b.Certificates, row.Der)
		}
	}
	return nil
}

// MaxAsked bounds the certificates of one question.
const MaxAsked = 32

// About is what certificates are judged by: what the installation knows or can ask for.
// Whoever holds a signature gets the verdict of [Service.Check] with it, and need not
// show the signature.
func (s *Service) About(ctx context.Context, certs []*x509.Certificate) (*bundle.Bundle, error) {
	own, o, err := s.options(ctx, "")
	if err != nil {
		return nil, err
	}
	b := bundleOf(own, o)
	b.met = append(b.met, certs[:min(len(certs), MaxAsked)]...)
	asked := o
	asked.Evidence = append([]verify.Evidence{own}, b.Around(o.Evidence[1:])...)
	for _, c := range b.met[len(own.Certificates):] {
		// Of a chain only the lowest is judged: one by one, each is.
		if _, err := verify.CheckCertificates(ctx, "", []*x509.Certificate{c}, asked); err != nil {
			return nil, err
		}
	}
	for _, raw := range b.Certificates {
		if c, err := x509.ParseCertificate(raw); err == nil {
			b.met = append(b.met, c)
		}
	}
	b.anchor(o, b.met)
	b.know(o)
	return b.Bundle, nil
}

// making is a bundle with the certificates met while it is made.
type making struct {
	*bundle.Bundle
	met []*x509.Certificate
}

func bundleOf(own *verify.Pool, o verify.Options) *making {
	b := &making{Bundle: &bundle.Bundle{
		Made: o.At, Anchors: []bundle.Anchor{}, Certificates: [][]byte{}, CRLs: []bundle.Item{},
		Policy: o.Policy, Lists: o.Lists, Accreditation: o.Authority != nil,
	}}
	b.Lists.Anchors = len(o.Trust)
	b.add(own)
	return b
}

func (b *making) add(pool *verify.Pool) {
	for _, c := range pool.Certificates {
		b.Certificates = append(b.Certificates, c.Raw)
		b.met = append(b.met, c)
	}
	for _, d := range pool.Data {
		b.AddData(d)
	}
}

// addListed adds the certificates of the list of accredited centres.
func (b *making) addListed(ctx context.Context, l listed) error {
	all, err := l.all(ctx)
	if err != nil {
		return err
	}
	for _, raw := range all {
		c, err := x509.ParseCertificate(raw)
		if err != nil {
			continue // as when one is looked for
		}
		b.Certificates = append(b.Certificates, raw)
		b.met = append(b.met, c)
	}
	return nil
}

// anchor adds the anchors that may end paths of certificates.
func (b *making) anchor(o verify.Options, certs []*x509.Certificate) {
	for _, a := range o.Trust {
		ends := func(c *x509.Certificate) bool {
			return bytes.Equal(c.Issuer.Raw, a.Certificate.Subject.Raw) || c.Issuer.Equal(a.Certificate.Subject)
		}
		if slices.ContainsFunc(certs, ends) || slices.ContainsFunc(certs, a.Certificate.Equal) {
			b.Anchors = append(b.Anchors, bundle.Anchor{Certificate: a.Certificate.Raw, Until: a.Until})
			b.met = append(b.met, a.Certificate)
		}
	}
}

// know adds the centres of all that was met.
func (b *making) know(o verify.Options) {
	if o.Authority == nil {
		return
	}
	for _, c := range b.met {
		b.Know(c, o.Authority(c))
	}
}
