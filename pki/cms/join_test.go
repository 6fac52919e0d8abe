// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cms_test

import (
	"bytes"
	"crypto/rand"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// Apart and together again nothing is lost, and content goes in and out without an octet of a signature changing.
func TestJoin(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	content := []byte("content")
	var list []*cms.SignedData
	for _, kind := range []alg.Kind{alg.GOST256B, alg.GOST512A, alg.P256} {
		id := root.Signer(t, kind, "CN=Signer")
		h := kind.Hash()
		attributes := cms.ContentAttributes(cms.OIDData, h.Sum(content), pkitest.Now)
		value, err := id.Key.SignDigest(rand.Reader, h, h.Sum(cms.SignedOctets(attributes)))
		if err != nil {
			t.Fatal(err)
		}
		si := cms.NewSigner(id.Cert, h, kind.Algorithm(), attributes, value)
		si.AddUnsigned("1.2.3", []byte{5, 0})
		b := cms.Builder{Certificates: []*x509.Certificate{id.Cert, root.Cert}, Signers: []*cms.SignerInfo{si},
			CRLs: [][]byte{root.CRL(t, pkitest.Now, pkitest.End)}, OCSP: [][]byte{{0x30, 0}}}
		sd, err := cms.ParseSignedData(b.Detached())
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, sd)
	}
	joined := list[0]
	for range 2 { // what is there already stands once
		for _, sd := range list[1:] {
			joined.Join(sd)
		}
	}
	if err := joined.Attach(content); err != nil {
		t.Fatal(err)
	}
	attached := joined.Encode()
	sd, err := cms.ParseSignedData(attached)
	if err != nil || string(sd.Content) != string(content) || len(sd.Signers) != 3 || len(sd.Certificates) != 4 || len(sd.OCSP) != 1 {
		t.Fatalf("%v: %d signers, %d certificates, %d answers", err, len(sd.Signers), len(sd.Certificates), len(sd.OCSP))
	}
	var again *cms.SignedData
	for _, si := range sd.Signers {
		one, err := cms.ParseSignedData(sd.Alone(si).Encode())
		if err != nil || len(one.Signers) != 1 || len(one.Certificates) != 4 || !cms.Has(one.Signers[0].UnsignedAttributes, "1.2.3") {
			t.Fatalf("alone: %v", err)
		}
		if !bytes.Equal(one.Signers[0].Encode(), si.Encode()) || one.Signers[0].CheckDigest(cms.OIDData, si.Digest.Sum(content)) != nil {
			t.Error("a signature changed when it was taken apart")
		}
		if again == nil {
			again = one
		} else {
			again.Join(one)
		}
	}
	if !bytes.Equal(again.Encode(), attached) {
		t.Error("put together again it is another message")
	}
	again.Detach()
	if out, err := cms.ParseSignedData(again.Encode()); err != nil || !out.Detached || out.Content != nil || len(out.Signers) != 3 {
		t.Errorf("detached: %v", err)
	}
}
