// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"bytes"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/ocsp"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/format"
	"podpis/verify/reasons"
)

// TestTimestampAlone: a token is judged over the document when it is there.
func TestTimestampAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	token := w.token(w.document)
	for _, test := range []struct {
		name    string
		in      []byte
		over    []byte
		change  func(w *world)
		verdict reasons.Code
		sub     reasons.Code
	}{
		{"over its document", token, w.document, nil, reasons.TotalPassed, ""},
		{"as a response", tsp.Grant(token).Marshal(), w.document, nil, reasons.TotalPassed, ""},
		{"over another document", token, []byte("другой"), nil, reasons.TotalFailed, reasons.HashFailure},
		{"without a document", token, nil, nil, reasons.Indeterminate, reasons.SignedDataNotFound},
		{"without a document, of a stranger", token, nil, func(w *world) { w.options.Trust = nil }, reasons.Indeterminate, reasons.NoChain},
		{"of a stranger", token, w.document, func(w *world) { w.options.Trust = nil }, reasons.Indeterminate, reasons.NoChain},
		{"changed", func() []byte { out := bytes.Clone(token); out[len(out)-1] ^= 1; return out }(), w.document, nil, reasons.TotalFailed, reasons.SigCryptoFailure},
	} {
		w := &world{t: t, options: w.options}
		if test.change != nil {
			test.change(w)
		}
		in := verify.Input{Name: "f.tsr", Signature: test.in}
		if test.over != nil {
			in.Document = bytes.NewReader(test.over)
		}
		r, err := verify.Check(t.Context(), in, w.options)
		if err != nil || r.Kind != format.Timestamp || len(r.Timestamps) != 1 {
			t.Fatalf("%s: %+v %v", test.name, r, err)
		}
		if got := r.Timestamps[0]; r.Verdict != test.verdict || got.SubIndication != test.sub || got.Type != "document" || !got.Time.Equal(pkitest.Now) || got.Signer == nil && test.sub != reasons.HashFailure {
			t.Errorf("%s: %s %+v", test.name, r.Verdict, got)
		}
	}
	in := verify.Input{Signature: token, Digests: map[alg.Hash][]byte{alg.Streebog256: alg.Streebog256.Sum(w.document)}}
	if r, err := verify.Check(t.Context(), in, w.options); err != nil || r.Verdict != reasons.TotalPassed {
		t.Errorf("by its digest: %+v %v", r, err)
	}
	if r := w.file(tsp.Refuse(tsp.BadAlg, "").Marshal()); r.Kind != format.Timestamp || r.Reason == nil || r.Reason.Code != reasons.FileRefusal {
		t.Errorf("refusal: %+v", r)
	}
}

// TestListAlone: who signed a revocation list, and whether it is current.
func TestListAlone(t *testing.T) {
	t.Parallel()
	entry := x509.Revoked{Serial: x509.NewSerial([]byte{7}), At: pkitest.Start, Reason: x509.ReasonSuperseded}
	for _, test := range []struct {
		name    string
		make    func(w *world) []byte
		verdict reasons.Code
		sub     reasons.Code
	}{
		{"good", func(w *world) []byte { return w.ca.CRL(t, pkitest.Now, pkitest.End, entry) }, reasons.TotalPassed, ""},
		{"of the root", func(w *world) []byte { return w.root.CRL(t, pkitest.Now, pkitest.End, entry) }, reasons.TotalPassed, ""},
		{"old", func(w *world) []byte { return w.ca.CRL(t, pkitest.Start, pkitest.Start.AddDate(0, 0, 1), entry) }, reasons.Indeterminate, reasons.TryLater},
		{"from the future", func(w *world) []byte { return w.ca.CRL(t, pkitest.End, pkitest.End.AddDate(0, 1, 0), entry) }, reasons.Indeterminate, reasons.TryLater},
		{"of an unknown authority", func(w *world) []byte {
			return pkitest.Root(t, alg.GOST256B, "CN=Чужой").CRL(t, pkitest.Now, pkitest.End, entry)
		}, reasons.Indeterminate, reasons.NoSigningCert},
		{"of a root that is not trusted", func(w *world) []byte {
			w.options.Trust = []verify.Anchor{{Certificate: pkitest.Root(t, alg.GOST256B, "CN=Другой").Cert}}
			return w.ca.CRL(t, pkitest.Now, pkitest.End, entry)
		}, reasons.Indeterminate, reasons.NoChain},
		{"changed", func(w *world) []byte {
			out := w.ca.CRL(t, pkitest.Now, pkitest.End, entry)
			out[len(out)-1] ^= 1
			return out
		}, reasons.TotalFailed, reasons.SigCryptoFailure},
		{"by a key that may not", func(w *world) []byte {
			w.ca = w.root.CA(t, "CN=Без права", func(x *x509.Template) { x.KeyUsage = x509.KeyCertSign })
			w.pool.Certificates = append(w.pool.Certificates, w.ca.Cert)
			return w.ca.CRL(t, pkitest.Now, pkitest.End, entry)
		}, reasons.Indeterminate, reasons.ChainConstraints},
	} {
		w := newWorld(t, alg.GOST256B)
		r := w.file(test.make(w))
		if r.Kind != format.CRL || len(r.Answers) != 1 || r.Verdict != test.verdict {
			t.Errorf("%s: %+v", test.name, r)
			continue
		}
		a := r.Answers[0]
		if a.SubIndication != test.sub || a.Type != "crl" || a.Revoked != 1 || a.Issuer == "" || (a.Reason == nil) != (test.sub == "") {
			t.Errorf("%s: %+v", test.name, a)
		}
	}
}

// TestAnswerAlone: who signed an OCSP answer, whom it tells of and whether it is current.
func TestAnswerAlone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		make    func(w *world) []byte
		verdict reasons.Code
		sub     reasons.Code
		revoked int
	}{
		{"by the authority", func(w *world) []byte { return w.answer(w.ca, w.single(ocsp.Good, pkitest.Now, pkitest.End)) }, reasons.TotalPassed, "", 0},
		{"revoked", func(w *world) []byte { return w.answer(w.ca, w.single(ocsp.Revoked, pkitest.Now, pkitest.End)) }, reasons.TotalPassed, "", 1},
		{"by a responder", func(w *world) []byte {
			r := w.ca.OCSP(t, alg.GOST256B)
			return w.answer(r, w.single(ocsp.Good, pkitest.Now, pkitest.End), r.Cert)
		}, reasons.TotalPassed, "", 0},
		{"by someone not delegated", func(w *world) []byte {
			return w.answer(w.signer, w.single(ocsp.Good, pkitest.Now, pkitest.End), w.signer.Cert)
		}, reasons.Indeterminate, reasons.ChainConstraints, 0},
		{"by a responder that is not enclosed", func(w *world) []byte {
			return w.answer(w.ca.OCSP(t, alg.GOST256B), w.single(ocsp.Good, pkitest.Now, pkitest.End))
		}, reasons.Indeterminate, reasons.NoSigningCert, 0},
		{"old", func(w *world) []byte {
			return w.answer(w.ca, w.single(ocsp.Good, pkitest.Start, pkitest.Start.Add(time.Hour)))
		}, reasons.Indeterminate, reasons.TryLater, 0},
		{"of an authority not at hand", func(w *world) []byte {
			w.pool.Certificates = nil
			return w.answer(w.ca, w.single(ocsp.Good, pkitest.Now, pkitest.End))
		}, reasons.Indeterminate, reasons.NoSigningCert, 0},
		{"not trusted", func(w *world) []byte {
			w.options.Trust = nil
			return w.answer(w.ca, w.single(ocsp.Good, pkitest.Now, pkitest.End))
		}, reasons.Indeterminate, reasons.NoChain, 0},
		{"changed", func(w *world) []byte {
			out := w.answer(w.ca, w.single(ocsp.Good, pkitest.Now, pkitest.End))
			out[len(out)-1] ^= 1
			return out
		}, reasons.TotalFailed, reasons.SigCryptoFailure, 0},
	} {
		w := newWorld(t, alg.GOST256B)
		r := w.file(test.make(w))
		if r.Kind != format.OCSP || len(r.Answers) != 1 || r.Verdict != test.verdict {
			t.Errorf("%s: %+v", test.name, r)
			continue
		}
		a := r.Answers[0]
		if a.SubIndication != test.sub || a.Revoked != test.revoked || len(a.Statuses) != 1 || a.Statuses[0].Certificate != w.signer.Cert.Serial.Hex() {
			t.Errorf("%s: %+v", test.name, a)
		}
	}
	w := newWorld(t, alg.GOST256B)
	single, foreign := w.single(ocsp.Good, pkitest.Now, pkitest.End), w.single(ocsp.Good, pkitest.Now, pkitest.End)
	var err error
	if foreign.ID, err = ocsp.NewCertID(alg.SHA1, w.root.Cert, w.ca.Cert.Serial); err != nil {
		t.Fatal(err)
	}
	if r := w.file(w.answers(w.ca, []ocsp.Single{single, foreign})); r.Verdict != reasons.Indeterminate {
		t.Errorf("an answer that tells of certificates of another authority too: %s", r.Verdict)
	}
	if r := w.file(ocsp.ErrorResponse(ocsp.Unauthorized)); r.Reason == nil || r.Reason.Code != reasons.FileRefusal {
		t.Errorf("refusal: %+v", r)
	}
}

func (w *world) answer(by *pkitest.Identity, single ocsp.Single, certificates ...*x509.Certificate) []byte {
	w.t.Helper()
	return w.answers(by, []ocsp.Single{single}, certificates...)
}

func (w *world) answers(by *pkitest.Identity, singles []ocsp.Single, certificates ...*x509.Certificate) []byte {
	w.t.Helper()
	raw, err := ocsp.Create(rand.Reader, &ocsp.Template{
		ResponderKey: x509.KeyID(by.Key.PublicKey()), ProducedAt: singles[0].ThisUpdate, Singles: singles,
	}, by.Key, certificates...)
	if err != nil {
		w.t.Fatal(err)
	}
	return raw
}

// TestOtherFiles are told as what they are, in every language, with the next step.
func TestOtherFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	request, err := x509.CreateRequest(rand.Reader, w.signer.Key, w.signer.Cert.Subject, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		in   string
		kind format.Kind
		code reasons.Code
	}{
		{"-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n", format.Key, reasons.FileKey},
		{string(request), format.Request, reasons.FileRequest},
		{"7z\xbc\xaf\x27\x1c", format.Archive, reasons.FileArchive},
		{"0\x15\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x08", format.Encrypted, reasons.FileEncrypted},
		{"просто текст", format.Document, reasons.NoSignatureFound},
		{"<a/>", format.Document, reasons.NoSignatureFound},
		{"%PDF-1.4 совсем нет", format.Document, reasons.NoSignatureFound},
		{"-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n", format.Certificate, reasons.FileOtherDocument},
	} {
		for _, l := range reasons.Languages() {
			w.options.Language = l
			r := w.file([]byte(test.in))
			if r.Kind != test.kind || r.Verdict != reasons.Indeterminate || r.Reason == nil || r.Reason.Code != test.code || r.Reason.Text == "" || r.Reason.Next == "" || strings.Contains(r.Reason.Text, "FILE_") {
				t.Errorf("%q: %s %+v", test.in, r.Kind, r.Reason)
			}
		}
	}
}
