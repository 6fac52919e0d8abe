// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package alg_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/der"
)

// kazakhKey is the SubjectPublicKeyInfo of the published example.
const kazakhKey = "3081ac302306092a830e030a010102023016060a2a830e030a010102020106082a830e030a01030303818400048180fa922af18959f9fc80840848b03ab13812397a02f2724ef31a6705e45149d1c43b95ec1937ba4c848abfd1c1356905afb98f948f07cc90c8001860dffff1c928041232ad0868ea9215710313ac845761cac2a0de1fe287f8c74b4d11ba107ba6c607575ea806c7d90151ddf90b65299409d9c9bc0a5f3ae3cb010a171eb5e545"

// TestKazakhstan: a value that the library of the national authority made (published in
// fedor35/ncalayer-rs, MIT/Apache), and what must not verify.
func TestKazakhstan(t *testing.T) {
	t.Parallel()
	octets := func(text string) []byte {
		out, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	spki := octets(kazakhKey)
	sig := octets("8d6c6a698664478e092159fb3570b0e93641b8eeb52e1735581099c8221c0d144415b08e27ebc77579ee65f70bd53f7932a7e9b885debd71e6be0e8018600364d47013472a66eebceeb1efc9d2309981b4fc1f5d45d7d8b0ab1490574cee5e38b975491336c312db35b6cf666e695f6bba90806d1dda19726218554cad2f1666")
	key, err := alg.ParsePublicKey(spki)
	if err != nil {
		t.Fatal(err)
	}
	algorithm, err := alg.ParseSignatureAlgorithm(der.Sequence(der.ObjectID("1.2.398.3.10.1.1.2.3.2"), der.Null()))
	if err != nil {
		t.Fatal(err)
	}
	h, err := alg.ParseHash(der.Sequence(der.ObjectID("1.2.398.3.10.1.3.3"), der.Null()))
	if err != nil || h != alg.Streebog512 {
		t.Fatal(h, err)
	}
	digest := h.Sum([]byte("ncalayer-rs test message"))
	if err := key.Verify(algorithm, h, digest, sig); err != nil {
		t.Error(err)
	}
	if k := key.Kind(); k != alg.KZ2015 || !k.ReadOnly() || k.IsGOST() || k.Hash() != h || k.Algorithm().OID != algorithm.OID || key.Bits() != 512 || k.String() == "" {
		t.Errorf("%v", k)
	}
	russian := slices.Clone(sig)
	slices.Reverse(russian)
	broken := slices.Clone(sig)
	broken[3] ^= 1
	for name, value := range map[string][]byte{"the other way round": russian, "changed": broken, "short": sig[1:], "empty": nil} {
		if err := key.Verify(algorithm, h, digest, value); !errors.Is(err, alg.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := key.Verify(alg.GOST512A.Algorithm(), h, digest, russian); !errors.Is(err, alg.ErrMismatch) {
		t.Errorf("as a Russian signature: %v", err)
	}
	same, err := alg.ParsePublicKey(append([]byte{}, spki...))
	if err != nil || !same.Equal(key) {
		t.Error("not equal to itself")
	}
	point := spki[len(spki)-131:]
	for name, in := range map[string][]byte{
		"another curve":  der.Sequence(der.Sequence(der.ObjectID("1.2.398.3.10.1.1.2.2"), der.Sequence(der.ObjectID("1.2.398.3.10.1.1.2.1.1"), der.ObjectID("1.2.398.3.10.1.3.3"))), der.BitString(point)),
		"another digest": der.Sequence(der.Sequence(der.ObjectID("1.2.398.3.10.1.1.2.2"), der.Sequence(der.ObjectID("1.2.398.3.10.1.1.2.2.1"), der.ObjectID("1.2.3"))), der.BitString(point)),
		"no digest":      der.Sequence(der.Sequence(der.ObjectID("1.2.398.3.10.1.1.2.2"), der.Sequence(der.ObjectID("1.2.398.3.10.1.1.2.2.1"))), der.BitString(point)),
		"off the curve":  der.Sequence(der.Sequence(der.ObjectID("1.2.398.3.10.1.1.2.2"), der.Sequence(der.ObjectID("1.2.398.3.10.1.1.2.2.1"), der.ObjectID("1.2.398.3.10.1.3.3"))), der.BitString(der.OctetString(make([]byte, 128)))),
		"no point":       der.Sequence(der.Sequence(der.ObjectID("1.2.398.3.10.1.1.2.2"), der.Sequence(der.ObjectID("1.2.398.3.10.1.1.2.2.1"), der.ObjectID("1.2.398.3.10.1.3.3"))), der.BitString(nil)),
	} {
		if _, err := alg.ParsePublicKey(in); err == nil {
			t.Errorf("%s: read", name)
		}
	}
}

// TestKazakhPrivateKey: the scalar of the same vector gives the same public key, and does
// not sign.
func TestKazakhPrivateKey(t *testing.T) {
	t.Parallel()
	scalar, err := hex.DecodeString("e86ce8e9cb499b2f3bb43c2f11c167f4a1cc1c54b39a5efc39e58dd73da1e02e62d86dea059c7f4b80890eed35f26977491548b9ceb93e47571acaecf4f59775")
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(scalar)
	algorithm := der.Sequence(der.ObjectID("1.2.398.3.10.1.1.2.2"), der.Sequence(der.ObjectID("1.2.398.3.10.1.1.2.2.1"), der.ObjectID("1.2.398.3.10.1.3.3")))
	key, err := alg.ParsePrivateKey(algorithm, der.OctetString(scalar))
	if err != nil {
		t.Fatal(err)
	}
	x, err := hex.DecodeString("28c9f1ffdf601800c890cc078f948fb9af056935c1d1bf8a844cba3719ec953bc4d14951e405671af34e72f2027a391238b13ab048088480fcf95989f12a92fa")
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(x)
	if point := key.PublicKey().KeyOctets(); !bytes.Contains(point, x) || !bytes.Equal(key.Encode(), scalar) || !bytes.Equal(key.Algorithm(), algorithm) {
		t.Errorf("%x", point)
	}
	if _, err := key.SignDigest(nil, alg.Streebog512, make([]byte, 64)); !errors.Is(err, alg.ErrReadOnly) {
		t.Error(err)
	}
	for name, in := range map[string][]byte{"zero": der.OctetString(make([]byte, 64)), "short": der.OctetString(scalar[1:]), "nothing": nil} {
		if _, err := alg.ParsePrivateKey(algorithm, in); err == nil {
			t.Errorf("%s: read", name)
		}
	}
	if _, err := alg.ParsePrivateKey(der.Sequence(der.ObjectID("1.2.398.3.10.1.1.2.2"), der.Sequence(der.ObjectID("1.2.3"), der.ObjectID("1.2.3"))), der.OctetString(scalar)); !errors.Is(err, alg.ErrUnsupported) {
		t.Error(err)
	}
	key.Zero()
}
