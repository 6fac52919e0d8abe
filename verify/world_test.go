// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/ocsp"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/format"
	"podpis/verify/reasons"
)

// world is an authority with everything a judgement needs.
type world struct {
	t        testing.TB
	root, ca *pkitest.Identity
	signer   *pkitest.Identity
	tsa      *pkitest.Identity
	pool     *verify.Pool
	options  verify.Options
	document []byte
}

func newWorld(t testing.TB, kind alg.Kind, changes ...func(*x509.Template)) *world {
	t.Helper()
	w := &world{t: t, document: []byte("договор поставки\n")}
	w.root = pkitest.Root(t, kind, "CN=Головной УЦ")
	w.ca = w.root.CA(t, "CN=Подчинённый УЦ", func(x *x509.Template) { x.NotAfter = pkitest.End.AddDate(5, 0, 0) })
	w.signer = w.ca.Signer(t, kind, "CN=Иванов Иван, O=ООО Пример, INN=990100001169", changes...)
	w.tsa = w.ca.TSA(t, kind, func(x *x509.Template) { x.NotAfter = pkitest.End.AddDate(5, 0, 0) })
	w.pool = &verify.Pool{Certificates: []*x509.Certificate{w.ca.Cert}}
	w.options = verify.Options{At: pkitest.Now, Trust: []verify.Anchor{{Certificate: w.root.Cert}}, Evidence: []verify.Evidence{w.pool}, Language: reasons.Russian}
	w.crls()
	return w
}

// crls replaces the lists: of the root and of the authority, a month long.
func (w *world) crls(revoked ...x509.Revoked) {
	w.pool.Data = nil
	this := w.options.At.Add(-time.Hour)
	w.addCRL(w.root, this, this.AddDate(0, 1, 0))
	w.addCRL(w.ca, this, this.AddDate(0, 1, 0), revoked...)
}

func (w *world) addCRL(by *pkitest.Identity, this, next time.Time, revoked ...x509.Revoked) {
	w.t.Helper()
	if err := w.pool.AddCRL(by.CRL(w.t, this, next, revoked...), "test.crl"); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) addOCSP(by *pkitest.Identity, single ocsp.Single, certificates ...*x509.Certificate) {
	w.t.Helper()
	raw, err := ocsp.Create(rand.Reader, &ocsp.Template{
		ResponderKey: x509.KeyID(by.Key.PublicKey()), ProducedAt: single.ThisUpdate, Singles: []ocsp.Single{single},
	}, by.Key, certificates...)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.pool.AddOCSP(raw, "test.ocsp"); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) single(status ocsp.CertStatus, this, next time.Time) ocsp.Single {
	w.t.Helper()
	id, err := ocsp.NewCertID(alg.SHA1, w.ca.Cert, w.signer.Cert.Serial)
	if err != nil {
		w.t.Fatal(err)
	}
	return ocsp.Single{ID: id, Status: status, ThisUpdate: this, NextUpdate: next, RevokedAt: this}
}

// stampAt answers requests with a given clock.
type stampAt struct {
	*pkitest.Identity
	at time.Time
}

func (s stampAt) Timestamp(_ context.Context, request []byte) ([]byte, error) {
	q, err := tsp.ParseRequest(request)
	if err != nil {
		return nil, err
	}
	token, err := (&tsp.Template{Request: q, Policy: "1.2.3.4", Serial: x509.NewSerial([]byte{1}), Time: s.at, Certificate: s.Cert}).Token(rand.Reader, s.Key)
	if err != nil {
		return nil, err
	}
	return tsp.Grant(token).Marshal(), nil
}

// sign makes a detached signature; with a time, of level T.
func (w *world) sign(stamp time.Time, changes ...func(*sign.Options)) []byte {
	w.t.Helper()
	o := sign.Options{Certificate: w.signer.Cert}
	if !stamp.IsZero() {
		o.Level, o.Timestamper = sign.T, stampAt{w.tsa, stamp}
	}
	for _, change := range changes {
		change(&o)
	}
	message, err := sign.Detached(w.t.Context(), rand.Reader, bytes.NewReader(w.document), w.signer.Key, o)
	if err != nil {
		w.t.Fatal(err)
	}
	return message
}

// forge makes a detached signature with attributes of the test's choice.
func (w *world) forge(attributes []cms.Attribute, changes ...func(*cms.Builder)) []byte {
	w.t.Helper()
	h := w.signer.Key.Kind().Hash()
	digest := h.Sum(w.document)
	if attributes != nil {
		digest = h.Sum(cms.SignedOctets(attributes))
	}
	value, err := w.signer.Key.SignDigest(rand.Reader, h, digest)
	if err != nil {
		w.t.Fatal(err)
	}
	b := &cms.Builder{
		Certificates: []*x509.Certificate{w.signer.Cert},
		Signers:      []*cms.SignerInfo{cms.NewSigner(w.signer.Cert, h, w.signer.Key.Kind().Algorithm(), attributes, value)},
	}
	for _, change := range changes {
		change(b)
	}
	return b.Detached()
}

// attributes are those of level B with more.
func (w *world) attributes(more ...cms.Attribute) []cms.Attribute {
	h := w.signer.Key.Kind().Hash()
	return append(cades.SignedAttributes(cms.OIDData, h.Sum(w.document), h, w.signer.Cert, w.options.At), more...)
}

// contentStamp is a token over the document.
func (w *world) contentStamp(at time.Time) cms.Attribute {
	w.t.Helper()
	h := w.tsa.Key.Kind().Hash()
	q, err := tsp.NewRequest(rand.Reader, h, h.Sum(w.document))
	if err != nil {
		w.t.Fatal(err)
	}
	answer, err := stampAt{w.tsa, at}.Timestamp(w.t.Context(), q.Marshal())
	if err != nil {
		w.t.Fatal(err)
	}
	response, err := tsp.ParseResponse(answer)
	if err != nil {
		w.t.Fatal(err)
	}
	return cms.NewAttribute(cades.OIDContentTimestamp, response.Token)
}

// withStamp puts a stamp over the value of a forged signature.
func (w *world) withStamp(at time.Time) func(*cms.Builder) {
	return func(b *cms.Builder) {
		h := w.tsa.Key.Kind().Hash()
		q, err := tsp.NewRequest(rand.Reader, h, h.Sum(b.Signers[0].Signature))
		if err != nil {
			w.t.Fatal(err)
		}
		answer, err := stampAt{w.tsa, at}.Timestamp(w.t.Context(), q.Marshal())
		if err != nil {
			w.t.Fatal(err)
		}
		response, err := tsp.ParseResponse(answer)
		if err != nil {
			w.t.Fatal(err)
		}
		cades.AddTimestamp(b.Signers[0], response.Token)
	}
}

func (w *world) check(message []byte) verify.Signature {
	w.t.Helper()
	report, err := verify.Check(w.t.Context(), verify.Input{Name: "f", Signature: message, Document: bytes.NewReader(w.document)}, w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(report.Signatures) != 1 {
		w.t.Fatalf("%d signatures", len(report.Signatures))
	}
	return report.Signatures[0]
}

// certificate judges one certificate as a file.
func (w *world) certificate(c *x509.Certificate) verify.CertificateReport {
	w.t.Helper()
	report, err := verify.Check(w.t.Context(), verify.Input{Name: "f.cer", Signature: c.Raw, MayBeDocument: true}, w.options)
	if err != nil {
		w.t.Fatal(err)
	}
	if report.Kind != format.Certificate || len(report.Certificates) != 1 || report.Verdict != report.Certificates[0].Verdict {
		w.t.Fatalf("%+v", report)
	}
	return report.Certificates[0]
}
