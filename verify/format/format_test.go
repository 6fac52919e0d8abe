// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package format_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/ocsp"
	"podpis/pki/pkcs8"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/verify/format"
)

// samples are files of every kind with the name of their kind before a slash.
func samples(t testing.TB) map[string][]byte {
	t.Helper()
	ca := pkitest.Root(t, alg.GOST256A, "CN=УЦ")
	tsa := ca.TSA(t, alg.GOST256A)
	content := []byte("договор")
	h := ca.Key.Kind().Hash()
	attributes := cades.SignedAttributes(cms.OIDData, h.Sum(content), h, ca.Cert, pkitest.Now)
	value, err := ca.Key.SignDigest(rand.Reader, h, h.Sum(cms.SignedOctets(attributes)))
	if err != nil {
		t.Fatal(err)
	}
	message := (&cms.Builder{
		Certificates: []*x509.Certificate{ca.Cert},
		Signers:      []*cms.SignerInfo{cms.NewSigner(ca.Cert, h, ca.Key.Kind().Algorithm(), attributes, value)},
	}).Detached()
	q, err := tsp.NewRequest(rand.Reader, h, h.Sum(content))
	if err != nil {
		t.Fatal(err)
	}
	token, err := (&tsp.Template{Request: q, Policy: "1.2.3", Serial: x509.NewSerial([]byte{1}), Time: pkitest.Now, Certificate: tsa.Cert}).Token(rand.Reader, tsa.Key)
	if err != nil {
		t.Fatal(err)
	}
	id, err := ocsp.NewCertID(alg.SHA1, ca.Cert, ca.Cert.Serial)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := ocsp.Create(rand.Reader, &ocsp.Template{ResponderName: ca.Cert.Subject, ProducedAt: pkitest.Now, Singles: []ocsp.Single{{ID: id, ThisUpdate: pkitest.Now}}}, ca.Key)
	if err != nil {
		t.Fatal(err)
	}
	request, err := x509.CreateRequest(rand.Reader, ca.Key, pkitest.Name(t, "CN=Заявитель"), nil)
	if err != nil {
		t.Fatal(err)
	}
	key := pkcs8.Marshal(ca.Key)
	var encrypted bytes.Buffer
	if err := cms.Encrypt(rand.Reader, &encrypted, bytes.NewReader(content), int64(len(content)), []*x509.Certificate{ca.Cert}, 0); err != nil {
		t.Fatal(err)
	}
	list := ca.CRL(t, pkitest.Start, pkitest.End)
	return map[string][]byte{
		"signature/DER": message, "signature/PEM": x509.EncodePEM("CMS", message), "signature/behind a certificate": append(x509.EncodePEM(x509.PEMCertificate, ca.Cert.Raw), x509.EncodePEM("CMS", message)...), "signature/base64": []byte(base64.StdEncoding.EncodeToString(message)),
		"signature/with a PDF inside": attachedPDF(t, ca), "signature/damaged": message[:len(message)-9], "signature/mail": mail(message),
		"certificate/DER": ca.Cert.Raw, "certificate/PEM": x509.EncodePEM(x509.PEMCertificate, ca.Cert.Raw),
		"certificate/p7b": (&cms.Builder{Certificates: []*x509.Certificate{ca.Cert}}).Detached(),
		"timestamp/token": token, "timestamp/response": tsp.Grant(token).Marshal(), "timestamp/refusal": tsp.Refuse(tsp.BadAlg, "нет").Marshal(),
		"ocsp/response": answer, "ocsp/error": ocsp.ErrorResponse(ocsp.TryLater), "ocsp/basic": basic(t, answer),
		"crl/DER": list, "crl/PEM": x509.EncodePEM(x509.PEMCRL, list), "crl/p7b": (&cms.Builder{CRLs: [][]byte{list}}).Detached(),
		"request/DER": request, "request/PEM": x509.EncodePEM(x509.PEMRequest, request),
		"key/PKCS8": key, "key/PEM": x509.EncodePEM("PRIVATE KEY", key), "key/behind a certificate": append(x509.EncodePEM(x509.PEMCertificate, ca.Cert.Raw), x509.EncodePEM("EC PRIVATE KEY", key)...),
		"key/encrypted": der.Sequence(der.Sequence(der.ObjectID("1.2.840.113549.1.5.13"), der.Sequence()), der.OctetString([]byte{1})),
		"encrypted/DER": encrypted.Bytes(), "encrypted/authenticated": der.Sequence(der.ObjectID("1.2.840.113549.1.9.16.1.23"), der.Explicit(0, der.Sequence())),
		"encrypted/mail": []byte("Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString(encrypted.Bytes())),
		"archive/zip":    []byte("PK\x03\x04..."), "archive/empty zip": []byte("PK\x05\x06" + strings.Repeat("\x00", 18)), "archive/7z": []byte("7z\xbc\xaf\x27\x1c"), "archive/rar": []byte("Rar!\x1a\x07\x00"), "archive/gzip": []byte("\x1f\x8b\x08"),
		"document/text": []byte("просто текст"), "document/nothing": nil, "document/PDF": []byte("%PDF-1.7\n"), "document/PDF behind octets": []byte("\n\n%PDF-1.4"),
		"document/XML": []byte("<?xml version=\"1.0\"?><a/>"), "document/XML in UTF-16": []byte("\xff\xfe<\x00a\x00/\x00>\x00"),
		"document/digested":   der.Sequence(der.ObjectID(cms.OIDDigestedData), der.Explicit(0, der.Sequence())),
		"document/public key": x509.EncodePEM("PUBLIC KEY", ca.Cert.RawSPKI), "document/DER": der.Sequence(der.Int(7), der.Null()),
		"document/mail": []byte("Content-Type: multipart/signed; boundary=x; protocol=\"application/pkcs7-signature\"\n\n--x\n\nтекст\n--x--\n"),
	}
}

func attachedPDF(t testing.TB, ca *pkitest.Identity) []byte {
	t.Helper()
	b := &cms.Builder{Signers: []*cms.SignerInfo{cms.NewSigner(ca.Cert, alg.Streebog256, ca.Key.Kind().Algorithm(), nil, []byte{1})}}
	out, err := b.Attached([]byte("%PDF-1.7\n"))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func mail(signature []byte) []byte {
	return []byte("From: a@example.org\nContent-Type: multipart/signed; protocol=\"application/pkcs7-signature\";\n micalg=md_gost12_256; boundary=\"b-1\"\n\npreamble\n" +
		"--b-1\nContent-Type: text/plain\n\nтекст\n\n--b-1\nContent-Type: application/pkcs7-signature; name=smime.p7s\nContent-Transfer-Encoding: base64\n\n" +
		base64.StdEncoding.EncodeToString(signature) + "\n--b-1--\n")
}

func basic(t testing.TB, response []byte) []byte {
	t.Helper()
	p, err := ocsp.ParseResponse(response)
	if err != nil {
		t.Fatal(err)
	}
	return p.Basic
}

func TestOf(t *testing.T) {
	t.Parallel()
	for name, in := range samples(t) {
		want, _, _ := strings.Cut(name, "/")
		f := format.Of(in)
		if string(f.Kind) != want {
			t.Errorf("%s: %s %v", name, f.Kind, f.Err)
		}
		read := map[format.Kind]bool{
			format.Signature: f.Message != nil && f.Form == format.Message || f.Err != nil, format.Certificate: len(f.Certificates) == 1,
			format.Timestamp: f.Token != nil || strings.HasSuffix(name, "refusal"), format.OCSP: f.Answer != nil, format.CRL: f.List != nil,
		}
		if ok, asked := read[f.Kind]; asked && !ok {
			t.Errorf("%s: not read: %+v", name, f)
		}
	}
}

// TestMail: what is signed is the first part with its header, its lines ended by CR LF,
// without the end of line that belongs to the boundary.
func TestMail(t *testing.T) {
	t.Parallel()
	f := format.Of(samples(t)["signature/mail"])
	if want := "Content-Type: text/plain\r\n\r\nтекст\r\n"; string(f.Document) != want {
		t.Errorf("%q, want %q", f.Document, want)
	}
	for name, in := range map[string]string{
		"no end":     "Content-Type: multipart/signed; boundary=x; protocol=pkcs7-signature\n\n--x\nA: b\n\nc\n--x\nContent-Type: application/pkcs7-signature\n\nMA==\n",
		"one part":   "Content-Type: multipart/signed; boundary=x; protocol=pkcs7-signature\n\n--x\nA: b\n\nc\n--x--\n",
		"no name":    "Content-Type: multipart/signed; protocol=pkcs7-signature\n\n--x\n--x--\n",
		"other type": "Content-Type: multipart/signed; boundary=x; protocol=pkcs7-signature\n\n--x\nA: b\n\nc\n--x\nContent-Type: text/plain\n\nMA==\n--x--\n",
	} {
		if f := format.Of([]byte(in)); f.Kind != format.Document || f.Document != nil {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func FuzzOf(f *testing.F) {
	for _, in := range samples(f) {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		file := format.Of(in)
		if file.Kind == "" {
			t.Error("no kind")
		}
		if file.Kind == format.Signature && file.Form != format.Message {
			t.Errorf("%+v", file)
		}
	})
}
