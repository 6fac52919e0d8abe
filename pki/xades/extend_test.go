// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xades_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/ocsp"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/pki/xades"
	"podpis/pki/xmldsig"
	"podpis/pki/xmltree"
)

func content(*xmldsig.Reference) (io.Reader, error) { return strings.NewReader("content"), nil }

// raise stamps a document.
func raise(t *testing.T, tsa *pkitest.Identity, in []byte, kind xades.StampKind) []byte {
	t.Helper()
	p, err := xades.PrepareStamp(in, 0, kind, content)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := p.Digest(alg.Streebog256)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Finish(stamp(t, tsa, alg.Streebog256, make([]byte, 32))); !errors.Is(err, tsp.ErrImprint) {
		t.Errorf("a stamp over something else: %v", err)
	}
	out, err := p.Finish(stamp(t, tsa, alg.Streebog256, digest))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// A signature goes up step by step, whatever its kind: each step leaves all before it right, and adds nothing twice.
func TestRaise(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	id, tsa, responder := root.Signer(t, alg.GOST256B, "CN=Signer"), root.TSA(t, alg.GOST256B), root.OCSP(t, alg.GOST256B)
	certID, err := ocsp.NewCertID(alg.SHA1, root.Cert, id.Cert.Serial)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := ocsp.Create(rand.Reader, &ocsp.Template{
		ResponderKey: x509.KeyID(responder.Key.PublicKey()), ProducedAt: pkitest.Now, Singles: []ocsp.Single{{ID: certID, ThisUpdate: pkitest.Now}},
	}, responder.Key)
	if err != nil {
		t.Fatal(err)
	}
	list := root.CRL(t, pkitest.Now, pkitest.End)
	for name, pack := range map[string]packaging{
		"enveloped": enveloped, "enveloping": enveloping, "detached": detached,
		"byte order mark": func(t xades.Template) (*xades.Prepared, error) {
			return xades.Enveloped(t, []byte("\xef\xbb\xbf<а>б</а>"))
		},
		"1251": func(t xades.Template) (*xades.Prepared, error) {
			return xades.Enveloped(t, []byte("<?xml version='1.0' encoding='windows-1251'?><a>\xe0\xe1\xe2</a>"))
		},
	} {
		p, err := pack(template(id))
		if err != nil {
			t.Fatal(err)
		}
		out := finish(t, id, p).Bytes()
		check := func(want xades.Level, stamps int) {
			t.Helper()
			s := only(t, out)
			if err := good(t, s, id); err != nil || s.Level() != want || len(s.Timestamps) != stamps {
				t.Errorf("%s: level %s with %d stamps, want %s with %d, %v", name, s.Level(), len(s.Timestamps), want, stamps, err)
			}
		}
		out = raise(t, tsa, out, xades.SignatureStamp)
		check(xades.LevelT, 1)
		for range 2 {
			if out, err = xades.AddValues(out, 0, []*x509.Certificate{root.Cert, tsa.Cert}, [][]byte{list}, [][]byte{answer}); err != nil {
				t.Fatal(err)
			}
			check(xades.LevelLT, 1)
			if e := only(t, out).Evidence; len(e.Certificates) != 3 || len(e.CRLs) != 1 || len(e.OCSP) != 1 || !bytes.Equal(e.CRLs[0], list) {
				t.Errorf("%s: %d certificates, %d lists, %d answers", name, len(e.Certificates), len(e.CRLs), len(e.OCSP))
			}
		}
		out = raise(t, tsa, raise(t, tsa, out, xades.ArchiveStamp), xades.ArchiveStamp)
		check(xades.LevelLTA, 3)
	}
}

// What stands there empty is opened; what cannot be raised is left alone.
func TestRaisePlaces(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	id, tsa := root.Signer(t, alg.GOST256B, "CN=Signer"), root.TSA(t, alg.GOST256B)
	p, err := enveloped(template(id))
	if err != nil {
		t.Fatal(err)
	}
	plain := finish(t, id, p).Bytes()
	within := func(text string) []byte {
		return bytes.Replace(plain, []byte("</xades:QualifyingProperties>"), []byte(text+"</xades:QualifyingProperties>"), 1)
	}
	for _, text := range []string{
		"<xades:UnsignedProperties><xades:UnsignedSignatureProperties/></xades:UnsignedProperties>",
		"<xades:UnsignedProperties ><xades:UnsignedSignatureProperties >\n</xades:UnsignedSignatureProperties ></xades:UnsignedProperties>",
	} {
		out := raise(t, tsa, within(text), xades.SignatureStamp)
		if s := only(t, out); s.Level() != xades.LevelT || good(t, s, id) != nil {
			t.Errorf("%s: %v", text, good(t, s, id))
		}
	}
	utf16 := []byte{0xff, 0xfe}
	for _, r := range string(plain) {
		utf16 = append(utf16, byte(r), byte(r>>8))
	}
	for name, c := range map[string]struct {
		in   []byte
		n    int
		kind xades.StampKind
		want error
	}{
		"no such signature":          {plain, 1, xades.SignatureStamp, xades.ErrExtend},
		"a number below":             {plain, -1, xades.SignatureStamp, xades.ErrExtend},
		"a stamp of another kind":    {plain, 0, xades.RefsStamp, xades.ErrStamp},
		"properties of data objects": {within("<xades:UnsignedProperties></xades:UnsignedProperties>"), 0, xades.SignatureStamp, xades.ErrExtend},
		"16 bits":                    {utf16, 0, xades.SignatureStamp, xmltree.ErrEncoding},
		"signed properties changed":  {bytes.Replace(plain, []byte("-properties\">"), []byte("-other\">"), 1), 0, xades.SignatureStamp, xades.ErrExtend},
	} {
		if _, err := xades.PrepareStamp(c.in, c.n, c.kind, nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := xades.PrepareStamp([]byte("text"), 0, xades.SignatureStamp, nil); err == nil {
		t.Error("a text is stamped")
	}
	if _, err := xades.AddValues([]byte("text"), 0, nil, nil, nil); err == nil {
		t.Error("a text takes values")
	}
	if _, err := xades.AddValues(plain, 1, nil, nil, nil); !errors.Is(err, xades.ErrExtend) {
		t.Errorf("no such signature: %v", err)
	}
}
