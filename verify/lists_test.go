// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"crypto/rand"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/verify/reasons"
)

// TestPartialLists: lists that are parts of one, or changes to one, are judged together.
func TestPartialLists(t *testing.T) {
	t.Parallel()
	type change = func(*x509.CRLTemplate)
	w := newWorld(t, alg.GOST256A)
	separate := w.root.Issue(t, alg.GOST256A, "CN=Подчинённый УЦ", func(x *x509.Template) { x.KeyUsage = x509.CRLSign })
	list := func(by *pkitest.Identity, changes ...change) []byte {
		c := &x509.CRLTemplate{Issuer: w.ca.Cert.Subject, Number: x509.NewSerial([]byte{5}), AuthorityKeyID: by.Cert.SubjectKeyID,
			ThisUpdate: pkitest.Now.Add(-time.Hour), NextUpdate: pkitest.Now.Add(time.Hour)}
		for _, change := range changes {
			change(c)
		}
		raw, err := x509.CreateCRL(rand.Reader, c, by.Key)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	names := func(r x509.Reason) change {
		return func(c *x509.CRLTemplate) {
			c.Revoked = append(c.Revoked, revoked(w.signer.Cert, pkitest.Now.AddDate(0, 0, -1), r))
		}
	}
	reasonsOf := func(bits uint16) change {
		return func(c *x509.CRLTemplate) { c.Point = &x509.IssuingPoint{OnlySomeReasons: bits} }
	}
	delta := func(c *x509.CRLTemplate) {
		c.IsDelta, c.DeltaBase, c.Number = true, x509.NewSerial([]byte{5}), x509.NewSerial([]byte{6})
	}
	old := func(c *x509.CRLTemplate) {
		c.ThisUpdate, c.NextUpdate = pkitest.Now.Add(-9*time.Hour), pkitest.Now.Add(-2*time.Hour)
	}
	for _, test := range []struct {
		name  string
		lists [][]byte
		want  reasons.Code
	}{
		{"one part", [][]byte{list(w.ca, reasonsOf(2))}, reasons.TryLater},
		{"both parts", [][]byte{list(w.ca, reasonsOf(2)), list(w.ca, reasonsOf(0x1fc))}, ""},
		{"revoked in a part", [][]byte{list(w.ca, reasonsOf(2)), list(w.ca, reasonsOf(0x1fc), names(x509.ReasonSuperseded))}, reasons.RevokedNoPOE},
		{"a change without its base", [][]byte{list(w.ca, delta)}, reasons.TryLater},
		{"a change of an old list", [][]byte{list(w.ca, old), list(w.ca, delta)}, ""},
		{"revoked by the change", [][]byte{list(w.ca), list(w.ca, delta, names(x509.ReasonKeyCompromise))}, reasons.RevokedNoPOE},
		{"lifted by the change", [][]byte{list(w.ca, names(x509.ReasonCertificateHold)), list(w.ca, delta, names(x509.ReasonRemoveFromCRL))}, ""},
		{"a key for lists", [][]byte{list(separate)}, ""},
	} {
		w.pool.Data = nil
		w.pool.Certificates = []*x509.Certificate{w.ca.Cert, separate.Cert}
		w.addCRL(w.root, pkitest.Now.Add(-time.Hour), pkitest.End)
		for _, raw := range test.lists {
			if err := w.pool.AddCRL(raw, "test.crl"); err != nil {
				t.Fatal(err)
			}
		}
		if s := w.check(w.sign(time.Time{})); s.SubIndication != test.want {
			t.Errorf("%s: %s (%s), want %q", test.name, s.SubIndication, s.Reason.Text, test.want)
		}
	}
}
