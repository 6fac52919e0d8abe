// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package augment_test

import (
	"bytes"
	"crypto/rand"
	"io"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/pades"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/pki/xades"
	"podpis/sign"
	"podpis/verify/augment"
)

// The newest stamp decides, and without one the signer's certificate.
func TestUntil(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	ends := func(end time.Time) func(*x509.Template) { return func(x *x509.Template) { x.NotAfter = end } }
	signer, stamp, later := w.clock.AddDate(0, 3, 0), w.clock.AddDate(0, 6, 0), w.clock.AddDate(0, 9, 0)
	w.signer = w.ca.Signer(t, alg.GOST256A, "CN=Иванов Иван", ends(signer))
	w.tsa = w.ca.TSA(t, alg.GOST256A, ends(stamp))
	next := w.ca.TSA(t, alg.GOST256A, ends(later))

	options := sign.Options{Certificate: w.signer.Cert, Chain: []*x509.Certificate{w.ca.Cert}, Time: w.clock, Timestamper: w}
	message, err := sign.Detached(t.Context(), rand.Reader, bytes.NewReader(w.document), w.signer.Key, options)
	if err != nil {
		t.Fatal(err)
	}
	sd, err := cms.ParseSignedData(message)
	if err != nil {
		t.Fatal(err)
	}
	pdf := w.signPDF(t, pkitest.PDF(nil), sign.B, 0)
	xml := w.signXML(t, sign.B, func(t xades.Template) (*xades.Prepared, error) { return xades.Enveloped(t, []byte("<a/>")) })
	document := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(w.document)), nil }
	check := func(step string, want time.Time) {
		t.Helper()
		d, err := pades.Read(bytes.NewReader(pdf), int64(len(pdf)))
		if err != nil {
			t.Fatal(err)
		}
		x, err := xades.Parse(xml)
		if err != nil {
			t.Fatal(err)
		}
		for name, got := range map[string]time.Time{"message": augment.Until(sd), "PDF": augment.UntilPDF(d), "XML": augment.UntilXML(x)} {
			if !got.Equal(want) {
				t.Errorf("%s, %s: until %v, want %v", step, name, got, want)
			}
		}
	}
	raise := func(level augment.Level) {
		t.Helper()
		if message, err = w.Raise(t.Context(), sd, level, document); err != nil {
			t.Fatal(err)
		}
		if sd, err = cms.ParseSignedData(message); err != nil {
			t.Fatal(err)
		}
		tail, err := w.RaisePDF(t.Context(), bytes.NewReader(pdf), int64(len(pdf)), level)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := io.ReadAll(augment.Appended(bytes.NewReader(pdf), int64(len(pdf)), tail))
		if err != nil || !bytes.Equal(whole, append(bytes.Clone(pdf), tail...)) {
			t.Fatalf("appended: %v", err)
		}
		pdf = whole
		if xml, err = w.RaiseXML(t.Context(), xml, level, nil); err != nil {
			t.Fatal(err)
		}
	}
	check("without a stamp", signer)
	raise(augment.T)
	check("with a stamp", stamp)
	w.tsa, w.clock = next, w.clock.Add(time.Hour)
	w.Options.At = w.clock
	raise(augment.LTA)
	check("archived", later)
	sd.Certificates = nil
	if got := augment.Until(&cms.SignedData{Signers: sd.Signers[:0]}); !got.IsZero() {
		t.Errorf("nobody signed: %v", got)
	}
}
