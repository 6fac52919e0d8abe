// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package path

import (
	"crypto/rand"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// FuzzJudge builds and judges with a certificate, an authority and two lists that nobody
// made, every signature being taken for good. It asks that the answer has a reason and
// that the work is bounded.
func FuzzJudge(f *testing.F) {
	root := pkitest.Root(f, alg.P256, "CN=Root")
	ca := root.CA(f, "CN=CA", policies("1.2.3"), extra(oidPolicyConstraints, der.Sequence(der.Element(der.Context(0), []byte{0}))))
	leaf := ca.Signer(f, alg.P256, "CN=Leaf", policies("1.2.3"), func(c *x509.Template) { c.CRLDistributionPoints = []string{"http://ca/1.crl"} })
	raw := func(changes ...func(*x509.CRLTemplate)) []byte {
		c := &x509.CRLTemplate{Issuer: ca.Cert.Subject, Number: x509.NewSerial([]byte{5}), ThisUpdate: pkitest.Now.Add(-hour), NextUpdate: pkitest.Now.Add(hour)}
		for _, change := range changes {
			change(c)
		}
		out, err := x509.CreateCRL(rand.Reader, c, ca.Key)
		if err != nil {
			f.Fatal(err)
		}
		return out
	}
	parts := x509.IssuingPoint{Names: []x509.GeneralName{x509.URI("http://ca/1.crl")}, OnlySomeReasons: 2}
	f.Add(leaf.Cert.Raw, ca.Cert.Raw, raw(), raw(delta(6, 5)))
	f.Add(leaf.Cert.Raw, ca.Cert.Raw, raw(point(parts)), raw(point(parts), delta(6, 5)))
	anchor := AnchorOf(root.Cert)
	f.Fuzz(func(t *testing.T, leaf, ca, list, other []byte) {
		certificate, err := x509.ParseCertificate(leaf)
		authority, errCA := x509.ParseCertificate(ca)
		if err != nil || errCA != nil {
			return
		}
		spent := 0
		o := Options{At: pkitest.Now, Verify: func([]byte, alg.SignatureAlgorithm, []byte, []byte) error { spent++; return nil }}
		sources := []Source{Pool([]*x509.Certificate{authority})}
		b := Builder{Anchors: []Anchor{anchor}, Sources: sources, Options: o}
		p, err := b.Build(certificate)
		if err != nil {
			reasonOf(t, err)
			p = Path{Certificates: []*x509.Certificate{certificate, authority}, Anchor: anchor}
		}
		r := NewRevocation(p, pkitest.Now, sources, o, nil)
		for _, in := range [][]byte{list, other} {
			if l, err := x509.ParseCRL(in); err == nil {
				r.Add(l)
			}
		}
		for i := range p.Certificates {
			if s := r.Status(i); (s.State == Undetermined) != (s.Why != "") {
				t.Errorf("state %d, reason %q", s.State, s.Why)
			}
		}
		if spent > 2*maxSignatures {
			t.Errorf("%d signatures", spent)
		}
	})
}
