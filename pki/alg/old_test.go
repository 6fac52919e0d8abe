// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package alg_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/der"
)

// rfc4491 is the certificate of RFC 4491, 4.2, taken apart, and its private key.
func rfc4491(t testing.TB) (tbs, spki, sig, scalar []byte) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "cms", "testdata", "cms-x509-pfx-legacy.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			Certificate string `json:"certificate_der"`
			D           string
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	r := der.NewReader(unhex(t, file.Cases[0].Certificate))
	s := r.Sequence()
	tbs = s.Raw(der.TagSequence)
	s.Raw(der.TagSequence)
	sig = s.BitString()
	f := der.NewReader(tbs).Sequence()
	for range 5 { // no version: serial, signature, issuer, validity, subject
		f.Any()
	}
	spki = f.Raw(der.TagSequence)
	scalar = unhex(t, file.Cases[0].D)
	slices.Reverse(scalar)
	if r.Err() != nil || f.Err() != nil {
		t.Fatal(r.Err(), f.Err())
	}
	return tbs, spki, sig, scalar
}

func TestOldSignature(t *testing.T) {
	t.Parallel()
	tbs, spki, sig, _ := rfc4491(t)
	key, err := alg.ParsePublicKey(spki)
	if err != nil {
		t.Fatal(err)
	}
	k := key.Kind()
	if k != alg.GOST2001A || !k.ReadOnly() || !k.IsGOST() || k.Name() != "" || key.Bits() != 256 || k.Hash() != alg.GOST94 {
		t.Errorf("%v, %d bits, %v", k, key.Bits(), k.Hash())
	}
	digest := alg.GOST94.Sum(tbs)
	if err := key.Verify(k.Algorithm(), alg.GOST94, digest, sig); err != nil {
		t.Error(err)
	}
	if err := key.Verify(alg.GOST256B.Algorithm(), alg.Streebog256, digest, sig); !errors.Is(err, alg.ErrMismatch) {
		t.Errorf("as a signature of 2012: %v", err)
	}
	if err := key.Verify(k.Algorithm(), alg.Streebog256, alg.Streebog256.Sum(tbs), sig); !errors.Is(err, alg.ErrMismatch) {
		t.Errorf("with Streebog: %v", err)
	}
	digest[31] ^= 1
	if err := key.Verify(k.Algorithm(), alg.GOST94, digest, sig); !errors.Is(err, alg.ErrSignature) {
		t.Errorf("other digest: %v", err)
	}
	// The same point as a key of 2012 is another key.
	f := der.NewReader(spki).Sequence()
	f.Raw(der.TagSequence)
	now, err := alg.ParsePublicKey(der.Sequence(der.Sequence(der.ObjectID("1.2.643.7.1.1.1.1"), der.Sequence(der.ObjectID("1.2.643.2.2.36.0"))), der.BitString(f.BitString())))
	if err != nil || now.Equal(key) || !bytes.Equal(now.KeyOctets(), key.KeyOctets()) {
		t.Errorf("%v", err)
	}
}

func TestOldKeys(t *testing.T) {
	t.Parallel()
	_, spki, _, scalar := rfc4491(t)
	algorithm := der.NewReader(spki).Sequence().Raw(der.TagSequence)
	for _, name := range []der.OID{"1.2.643.2.2.19", "1.2.643.2.2.98"} {
		id := der.NewReader(algorithm).Sequence()
		id.OID()
		stated := der.Sequence(der.ObjectID(name), id.Raw(der.TagSequence))
		key, err := alg.ParsePrivateKey(stated, scalar)
		if err != nil {
			t.Fatal(name, err)
		}
		public, err := alg.ParsePublicKey(spki)
		if err != nil || !key.PublicKey().Equal(public) || !bytes.Equal(key.Encode(), scalar) || !bytes.Equal(key.Algorithm(), stated) {
			t.Errorf("%s: %v, another key or algorithm %x", name, err, key.Algorithm())
		}
		if _, err := key.SignDigest(rand.Reader, alg.GOST94, make([]byte, 32)); !errors.Is(err, alg.ErrReadOnly) {
			t.Errorf("%s signs: %v", name, err)
		}
	}
	for _, k := range []alg.Kind{alg.GOST2001A, alg.GOST2001B, alg.GOST2001C, alg.GOST2001Test} {
		if _, err := alg.Generate(k, rand.Reader); !errors.Is(err, alg.ErrReadOnly) {
			t.Errorf("%v was made: %v", k, err)
		}
		if slices.Contains(alg.Kinds(), k) || !k.ReadOnly() || k.String() == "" {
			t.Errorf("%v is offered", k)
		}
	}
	for _, k := range alg.Kinds() {
		if k.ReadOnly() {
			t.Errorf("%v does not sign", k)
		}
	}
}

func TestOldHash(t *testing.T) {
	t.Parallel()
	for _, params := range [][]byte{nil, der.Null(), der.ObjectID("1.2.643.2.2.30.1")} {
		h, err := alg.ParseHash(der.Sequence(der.ObjectID("1.2.643.2.2.9"), params))
		if err != nil || h != alg.GOST94 || h.Size() != 32 {
			t.Errorf("%x: %v, %v", params, h, err)
		}
	}
	if _, ok := alg.HashByName("gost94"); ok || slices.Contains(alg.Hashes(), alg.GOST94) {
		t.Error("the hash of 1994 is offered")
	}
}
