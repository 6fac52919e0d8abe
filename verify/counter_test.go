// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"bytes"
	"crypto/rand"
	"maps"
	"slices"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/verify"
	"podpis/verify/reasons"
)

// counter makes a signature over a value (RFC 5652, 11.4), with more of them over its own.
func counter(t testing.TB, by *pkitest.Identity, over []byte, inner func(value []byte) []byte) []byte {
	t.Helper()
	h := by.Key.Kind().Hash()
	attributes := []cms.Attribute{
		cms.NewAttribute(cms.OIDMessageDigest, der.OctetString(h.Sum(over))),
		cms.NewAttribute(cades.OIDSigningCertificateV2, cades.SigningCertificateV2(h, by.Cert)),
	}
	value, err := by.Key.SignDigest(rand.Reader, h, h.Sum(cms.SignedOctets(attributes)))
	if err != nil {
		t.Fatal(err)
	}
	b := cms.Builder{Signers: []*cms.SignerInfo{cms.NewSigner(by.Cert, h, by.Key.Kind().Algorithm(), attributes, value)}}
	sd, err := cms.ParseSignedData(b.Detached())
	if err != nil {
		t.Fatal(err)
	}
	parts := [][]byte{sd.Signers[0].Head()}
	if inner != nil {
		parts = append(parts, der.Element(der.ContextConstructed(1), cms.NewAttribute(cades.OIDCounterSignature, inner(value)).Raw))
	}
	return der.Element(der.TagSequence, parts...)
}

// TestCounterSignatures: each is judged by itself, nested ones too, and none paints
// another.
func TestCounterSignatures(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	notary, chief := w.ca.Signer(t, alg.GOST512A, "CN=Нотариус"), w.ca.Signer(t, alg.P256, "CN=Начальник")
	stranger := pkitest.Root(t, alg.GOST256B, "CN=Чужой").Signer(t, alg.GOST256B, "CN=Прохожий")
	message := func(raw ...func(value []byte) []byte) []byte {
		return w.forge(w.attributes(), func(b *cms.Builder) {
			b.Certificates = append(b.Certificates, notary.Cert, chief.Cert, stranger.Cert)
			for _, make := range raw {
				b.Signers[0].AddUnsigned(cades.OIDCounterSignature, make(b.Signers[0].Signature))
			}
		})
	}
	by := func(who *pkitest.Identity) func([]byte) []byte {
		return func(value []byte) []byte { return counter(t, who, value, nil) }
	}
	s := w.check(message(
		func(value []byte) []byte { return counter(t, notary, value, by(chief)) },
		by(stranger),
		func([]byte) []byte { return counter(t, notary, []byte("другое"), nil) },
		func(value []byte) []byte {
			out := counter(t, chief, value, nil)
			out[len(out)-1] ^= 1
			return out
		},
	))
	if s.Verdict != reasons.TotalPassed || len(s.CounterSignatures) != 4 {
		t.Fatalf("%s, %d counter signatures", s.SubIndication, len(s.CounterSignatures))
	}
	got := map[string]reasons.Code{} // the values of a SET have an order of their own
	for i, c := range s.CounterSignatures {
		if c.ID != "1."+string(rune('1'+i)) {
			t.Errorf("%d has the name %s", i, c.ID)
		}
		name := c.Signer.Name
		if len(c.CounterSignatures) > 0 {
			name += " с заверением"
			if nested := c.CounterSignatures[0]; nested.ID != c.ID+".1" || nested.SubIndication != "" || nested.Signer.Name != "Начальник" {
				t.Errorf("%+v", nested)
			}
			if c.Facts.Document.Why != reasons.Text(reasons.Russian, reasons.FactCountersigned) {
				t.Errorf("%+v", c.Facts)
			}
		}
		got[name] = c.SubIndication
	}
	want := map[string]reasons.Code{"Нотариус с заверением": "", "Прохожий": reasons.NoChain, "Нотариус": reasons.HashFailure, "Начальник": reasons.SigCryptoFailure}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	// A good counter signature does not make its parent good.
	good := message(by(notary))
	report, err := verify.Check(t.Context(), verify.Input{Signature: good, Document: bytes.NewReader([]byte("другой"))}, w.options)
	if err != nil || report.Signatures[0].SubIndication != reasons.HashFailure || report.Signatures[0].CounterSignatures[0].SubIndication != "" {
		t.Errorf("%+v %v", report, err)
	}
	if s := w.check(message(func([]byte) []byte { return der.Sequence(der.Int(1)) })); s.Verdict != reasons.TotalPassed ||
		len(s.CounterSignatures) != 1 || s.CounterSignatures[0].SubIndication != reasons.FormatFailure {
		t.Errorf("malformed: %+v", s.CounterSignatures)
	}
}

// TestCounterSignaturesAreBounded: deep and many.
func TestCounterSignaturesAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	var nest func(depth int) func([]byte) []byte
	nest = func(depth int) func([]byte) []byte {
		if depth == 0 {
			return nil
		}
		return func(value []byte) []byte { return counter(t, w.signer, value, nest(depth-1)) }
	}
	message := w.forge(w.attributes(), func(b *cms.Builder) {
		b.Signers[0].AddUnsigned(cades.OIDCounterSignature, nest(10)(b.Signers[0].Signature))
	})
	depth := 0
	for s := w.check(message); len(s.CounterSignatures) > 0; s = s.CounterSignatures[0] {
		depth++
	}
	if depth != 4 {
		t.Errorf("%d levels", depth)
	}
	message = w.forge(w.attributes(), func(b *cms.Builder) {
		one := counter(t, w.signer, b.Signers[0].Signature, nil)
		b.Signers[0].AddUnsigned(cades.OIDCounterSignature, slices.Repeat([][]byte{one}, 32)...)
		b.Signers = append(b.Signers, b.Signers[0], b.Signers[0])
	})
	start := time.Now()
	report, err := verify.Check(t.Context(), verify.Input{Signature: message, Document: bytes.NewReader(w.document)}, w.options)
	if err != nil {
		t.Fatal(err)
	}
	last := report.Signatures[2]
	if len(last.CounterSignatures) != 0 || !slices.ContainsFunc(last.Warnings, func(w verify.Warning) bool { return w.Code == reasons.WarnCountersNotAll }) {
		t.Errorf("%d, %+v", len(last.CounterSignatures), last.Warnings)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Error(took)
	}
}
