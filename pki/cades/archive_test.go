// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cades_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
)

// token has an authority stamp a digest.
func token(t *testing.T, tsa *pkitest.Identity, h alg.Hash, digest []byte) []byte {
	t.Helper()
	q, err := tsp.NewRequest(rand.Reader, h, digest)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := (&tsp.Template{Request: q, Policy: "1.2.3", Serial: x509.NewSerial([]byte{1}), Time: pkitest.Now, Certificate: tsa.Cert}).Token(rand.Reader, tsa.Key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// covered lists which stamps of a message cover what they have to.
func covered(t *testing.T, sd *cms.SignedData, content cades.Content) (out []cades.StampKind, errs []error) {
	t.Helper()
	for _, s := range cades.Stamps(sd, sd.Signers[0]) {
		parsed, err := tsp.ParseToken(s.Token)
		if err != nil {
			t.Fatal(err)
		}
		want, err := s.Imprint(parsed.Hash, content)
		if err == nil && bytes.Equal(want, parsed.Imprint) {
			out = append(out, s.Kind)
		}
		errs = append(errs, err)
	}
	return out, errs
}

func reparse(t *testing.T, sd *cms.SignedData) *cms.SignedData {
	t.Helper()
	again, err := cms.ParseSignedData(sd.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// Stamps put on one after another: each archive covers what was there, and nothing that came later.
func TestArchive(t *testing.T) {
	t.Parallel()
	for _, kind := range []alg.Kind{alg.GOST256B, alg.GOST512C, alg.P256} {
		root := pkitest.Root(t, kind, "CN=Root")
		signer, tsa := root.Signer(t, kind, "CN=Signer"), root.TSA(t, kind)
		h := kind.Hash()
		document := []byte("document")
		attributes := cades.SignedAttributes(cms.OIDData, h.Sum(document), h, signer.Cert, pkitest.Now)
		value, err := signer.Key.SignDigest(rand.Reader, h, h.Sum(cms.SignedOctets(attributes)))
		if err != nil {
			t.Fatal(err)
		}
		si := cms.NewSigner(signer.Cert, h, kind.Algorithm(), attributes, value)
		sd, err := cms.ParseSignedData((&cms.Builder{Certificates: []*x509.Certificate{signer.Cert}, Signers: []*cms.SignerInfo{si}}).Detached())
		if err != nil {
			t.Fatal(err)
		}
		content := cades.Content{Digest: func(h alg.Hash) ([]byte, bool) { return h.Sum(document), true }}
		cades.AddTimestamp(sd.Signers[0], token(t, tsa, h, h.Sum(sd.Signers[0].Signature)))
		sd = reparse(t, sd)
		for range 2 {
			a := cades.NewArchive(sd, sd.Signers[0], h, h.Sum(document))
			if err := a.Add(token(t, tsa, h, a.Imprint())); err != nil {
				t.Fatal(err)
			}
			sd = reparse(t, sd)
		}
		if got, errs := covered(t, sd, content); len(got) != 3 || cades.LevelOf(sd, sd.Signers[0]) != cades.LevelLTA {
			t.Errorf("%s: %v cover, %v", kind, got, errs)
		}
		protection(t, sd)
		if _, errs := covered(t, sd, cades.Content{}); !errors.Is(errs[len(errs)-1], cades.ErrNoContent) {
			t.Errorf("%s: without the content: %v", kind, errs)
		}
		other := cades.Content{Digest: func(h alg.Hash) ([]byte, bool) { return h.Sum([]byte("other")), true }}
		if got, _ := covered(t, sd, other); len(got) != 1 || got[0] != cades.SignatureStamp {
			t.Errorf("%s: another content is covered by %v", kind, got)
		}
		sd.AddCertificate(tsa.Cert) // what comes later is not protected, and harms nothing
		if got, _ := covered(t, reparse(t, sd), content); len(got) != 3 {
			t.Errorf("%s: after a certificate was added: %v cover", kind, got)
		}
	}
	sd, _ := parse(t, "generic/cades/counterSig.p7m")
	if err := cades.NewArchive(sd, sd.Signers[0], alg.SHA256, nil).Add([]byte("no token")); !errors.Is(err, cades.ErrStampForm) {
		t.Errorf("no token: %v", err)
	}
}

// protection: archives protect the signature stamp, and one of the two the other.
func protection(t *testing.T, sd *cms.SignedData) {
	t.Helper()
	var signature *cades.Stamp
	var archives []*cades.Stamp
	for _, s := range cades.Stamps(sd, sd.Signers[0]) {
		if s.Kind == cades.SignatureStamp {
			signature = &s
		} else {
			archives = append(archives, &s)
		}
	}
	if signature == nil || len(archives) != 2 {
		t.Fatalf("%d archives", len(archives))
	}
	a, b := archives[0], archives[1]
	if !a.Protects(signature) || !b.Protects(signature) || a.Protects(b) == b.Protects(a) || signature.Protects(a) || signature.Protects(b) {
		t.Errorf("a protects b %v, b protects a %v, a protects the stamp %v", a.Protects(b), b.Protects(a), a.Protects(signature))
	}
}

func TestProtectsOfCorpus(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"generic/cades/Signature-C-A-XL-1.p7m", "cms/pdf-25_cam_CADES-A.p7s", "cms/pdf-14_acrob_CADES-XLT1.p7s"} {
		sd, _ := parse(t, file)
		list := cades.Stamps(sd, sd.Signers[0])
		for i := range list {
			for j := range list {
				a, b := &list[i], &list[j]
				want := a.Kind > b.Kind && b.Kind != cades.RefsOnlyStamp // the later kinds cover the earlier ones here
				if i != j && a.Protects(b) != want {
					t.Errorf("%s: kind %d protects kind %d: %v", file, a.Kind, b.Kind, a.Protects(b))
				}
			}
		}
	}
}
