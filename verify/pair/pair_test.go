// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pair_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/sign"
	"podpis/verify/pair"
)

// Whichever comes first, and whatever the names, the signature is found by its content.
func TestSignatureIsFound(t *testing.T) {
	t.Parallel()
	signer := pkitest.Root(t, alg.P256, "CN=root").Signer(t, alg.P256, "CN=signer")
	signature, err := sign.Detached(t.Context(), rand.Reader, bytes.NewReader([]byte("x")), signer.Key, sign.Options{Certificate: signer.Cert, Time: pkitest.Now})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		content []byte
		want    int
	}{
		{"a.bin", signature, 5}, {"a.SIG", signature, 6}, {"a.sig", []byte("text"), 1}, {"a.txt", []byte("text"), 0}, {"a.sig", nil, 0},
		{"a.sig", []byte(base64.StdEncoding.EncodeToString(signature)), 6}, {"a.txt", bytes.Repeat([]byte("MIIB"), 1<<19), 0}, {"a.sig", bytes.Repeat([]byte("MIIB"), 1<<19), 1},
		{"a.bin", append(signature, make([]byte, 2<<20)...), 5},
		{"a.xml", []byte(`<?xml version="1.0"?><!-- <x> --><ds:Signature xmlns:ds="x"/>`), 3},
		{"a.xml", []byte("<Signature>"), 3}, {"a.xml", []byte("<Order><Signature/></Order>"), 0}, {"a.xml", []byte("<?xml"), 0},
		{"a.xml", []byte("<!-- no end"), 0}, {"a.xml", []byte("<?x?>"), 0},
	} {
		if got := pair.Rank(c.name, c.content); got != c.want {
			t.Errorf("%s %.40q: rank %d, want %d", c.name, c.content, got, c.want)
		}
	}
	for _, c := range []struct {
		ranks               []int
		signature, document int
	}{
		{nil, -1, -1}, {[]int{0}, 0, -1}, {[]int{0, 0}, -1, -1}, {[]int{5, 0}, 0, 1}, {[]int{0, 1}, 1, 0}, {[]int{1, 1}, 0, 1}, {[]int{1, 1, 1}, -1, -1},
	} {
		if s, d := pair.Order(c.ranks); s != c.signature || d != c.document {
			t.Errorf("%v: %d, %d", c.ranks, s, d)
		}
	}
}
