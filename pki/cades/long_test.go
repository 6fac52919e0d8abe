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
	"podpis/pki/der"
	"podpis/pki/ocsp"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
)

// What is made is in the form of the field: from the path and the answer that a signature of CryptoPro carries come its
// references, octet by octet.
func TestLongAsTheField(t *testing.T) {
	t.Parallel()
	sd, err := cms.ParseSignedData(pkitest.ReadCorpus(t, "cms/pdf-14_acrob_CADES-XLT1.p7s"))
	if err != nil {
		t.Fatal(err)
	}
	si := sd.Signers[0]
	m := cades.MaterialOf(si)
	if len(m.Certificates) != 3 || len(m.OCSP) != 1 {
		t.Fatalf("%d certificates, %d answers", len(m.Certificates), len(m.OCSP))
	}
	// The signer, his authority, and who answered for it.
	path := make([]cades.Proof, 3)
	for _, c := range m.Certificates {
		switch {
		case si.Names(c):
			path[0].Certificate = c
		case c.Subject.Equal(c.Issuer):
			path[1].Certificate = c
		default:
			path[2].Certificate = c
		}
	}
	path[0].OCSP = m.OCSP
	made := &cms.SignerInfo{Signature: si.Signature}
	if err := cades.AddLong(made, alg.Streebog256, path); err != nil {
		t.Fatal(err)
	}
	for _, oid := range []der.OID{cades.OIDCertificateRefs, cades.OIDRevocationRefs, cades.OIDRevocationValues} {
		want, _ := cms.Find(si.UnsignedAttributes, oid)
		if got, ok := cms.Find(made.UnsignedAttributes, oid); !ok || !bytes.Equal(got, want) {
			t.Errorf("%s:\n%x, want\n%x", oid, got, want)
		}
	}
	// The stamp of the field covers what ours would.
	for _, s := range cades.Stamps(sd, si) {
		if s.Kind != cades.ReferenceStamp {
			continue
		}
		token, err := tsp.ParseToken(s.Token)
		if err != nil {
			t.Fatal(err)
		}
		imprint, err := cades.LongImprint(si, token.Hash)
		if err != nil || !bytes.Equal(imprint, token.Imprint) {
			t.Errorf("imprint %x, want %x, %v", imprint, token.Imprint, err)
		}
		return
	}
	t.Error("no stamp over references in the file")
}

func TestAddLong(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST512A, "CN=Root")
	ca := root.CA(t, "CN=CA")
	holder, responder := ca.Signer(t, alg.GOST512A, "CN=Holder"), ca.OCSP(t, alg.GOST256B)
	id, err := ocsp.NewCertID(alg.SHA1, ca.Cert, holder.Cert.Serial)
	if err != nil {
		t.Fatal(err)
	}
	answer := answerOf(t, responder, id)
	list := root.CRL(t, pkitest.Now, pkitest.End)
	path := []cades.Proof{{Certificate: holder.Cert, OCSP: [][]byte{answer}}, {Certificate: ca.Cert, CRLs: [][]byte{list}}, {Certificate: root.Cert}}
	si := &cms.SignerInfo{Signature: []byte("value")}
	for range 2 { // the second time replaces
		if err := cades.AddLong(si, alg.Streebog512, path); err != nil {
			t.Fatal(err)
		}
	}
	m := cades.MaterialOf(si)
	if len(m.Certificates) != 3 || len(m.CRLs) != 1 || len(m.OCSP) != 1 || len(si.UnsignedAttributes) != 4 {
		t.Errorf("%d certificates, %d lists, %d answers, %d attributes", len(m.Certificates), len(m.CRLs), len(m.OCSP), len(si.UnsignedAttributes))
	}
	for name, path := range map[string][]cades.Proof{
		"empty path":       nil,
		"malformed list":   {{Certificate: holder.Cert, CRLs: [][]byte{{0x30, 0}}}},
		"malformed answer": {{Certificate: holder.Cert, OCSP: [][]byte{{0x30, 0}}}},
	} {
		if err := cades.AddLong(si, alg.Streebog256, path); !errors.Is(err, cades.ErrProof) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// answerOf is an answer that a certificate is good, as a signature keeps it.
func answerOf(t *testing.T, responder *pkitest.Identity, id ocsp.CertID) []byte {
	t.Helper()
	raw, err := ocsp.Create(rand.Reader, &ocsp.Template{
		ResponderKey: x509.KeyID(responder.Key.PublicKey()), ProducedAt: pkitest.Now,
		Singles: []ocsp.Single{{ID: id, Status: ocsp.Good, ThisUpdate: pkitest.Now, NextUpdate: pkitest.End}},
	}, responder.Key)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := ocsp.ParseResponse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return answer.Basic
}
