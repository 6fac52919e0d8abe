// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ocsp_test

import (
	"bytes"
	"crypto/rand"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/ocsp"
	"podpis/pki/pkitest"
)

func FuzzParseRequest(f *testing.F) {
	ca := pkitest.Root(f, alg.GOST256B, "CN=CA").Cert
	raw, err := ocsp.NewRequest([]byte("nonce"), certID(f, alg.SHA1, ca, 1), certID(f, alg.Streebog512, ca, 2))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, in []byte) {
		q, err := ocsp.ParseRequest(in)
		if err != nil {
			return
		}
		again, err := ocsp.NewRequest(nil, q.IDs...)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ocsp.ParseRequest(again)
		if err != nil || len(back.IDs) != len(q.IDs) {
			t.Fatalf("%x became %x, %v", in, again, err)
		}
		for i, id := range back.IDs {
			if !bytes.Equal(id.Raw, q.IDs[i].Raw) || id.Hash != q.IDs[i].Hash {
				t.Errorf("%x became %x", q.IDs[i].Raw, id.Raw)
			}
			id.IssuedBy(ca)
		}
	})
}

func FuzzParseResponse(f *testing.F) {
	ca := pkitest.Root(f, alg.GOST256B, "CN=CA")
	responder := ca.OCSP(f, alg.GOST256B)
	raw, err := ocsp.Create(rand.Reader, answers(f, ca.Cert, responder.Cert, []byte("n")), responder.Key, responder.Cert)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(ocsp.ErrorResponse(ocsp.TryLater))
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := ocsp.ParseResponse(in)
		if err != nil || p.Status != ocsp.Successful {
			return
		}
		if signer, err := p.Verify(ca.Cert, nil, nil); err == nil && !signer.Equal(responder.Cert) {
			t.Errorf("signed by %s", signer.Subject)
		}
		for i := range p.Singles {
			a := &p.Singles[i]
			if found, ok := p.Find(ca.Cert, a.ID.Serial); ok && !found.ID.IssuedBy(ca.Cert) {
				t.Error("found for another issuer")
			}
		}
		if bare, err := ocsp.ParseBasic(p.Basic); err != nil || !bytes.Equal(bare.RawTBS, p.RawTBS) {
			t.Errorf("bare: %v", err)
		}
	})
}

func FuzzParseBasic(f *testing.F) {
	ca := pkitest.Root(f, alg.GOST256B, "CN=CA")
	raw, err := ocsp.Create(rand.Reader, answers(f, ca.Cert, ca.Cert, nil), ca.Key)
	p := parse(f, raw, err)
	f.Add(p.Basic)
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := ocsp.ParseBasic(in)
		if err != nil {
			return
		}
		again, err := ocsp.ParseResponse(ocsp.WrapBasic(in))
		if err != nil || !bytes.Equal(again.Basic, in) || !p.ProducedAt.Equal(again.ProducedAt) {
			t.Errorf("wrapped: %v", err)
		}
	})
}
