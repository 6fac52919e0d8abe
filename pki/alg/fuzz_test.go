// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package alg_test

import (
	"bytes"
	"crypto/rand"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/der"
)

func FuzzParsePublicKey(f *testing.F) {
	for _, c := range engineCases(f) {
		f.Add(unhex(f, c.SPKI))
	}
	for _, k := range []alg.Kind{alg.P256, alg.RSA} {
		key, err := alg.Generate(k, rand.Reader)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(key.PublicKey().SPKI())
	}
	_, old, _, _ := rfc4491(f)
	f.Add(old)
	f.Add(unhex(f, kazakhKey))
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := alg.ParsePublicKey(in)
		if err != nil {
			return
		}
		if !bytes.Equal(p.SPKI(), in) || p.Kind() == alg.UnknownKind || p.Bits() < 256 {
			t.Errorf("%x: %v, %d bits", in, p.Kind(), p.Bits())
		}
		h := p.Kind().Hash()
		if p.Verify(p.Kind().Algorithm(), h, h.Sum(nil), in) == nil {
			t.Errorf("%x verifies its own encoding", in)
		}
	})
}

func FuzzParseSignatureAlgorithm(f *testing.F) {
	for _, k := range alg.Kinds() {
		f.Add(k.Algorithm().Identifier())
	}
	f.Add(pss(alg.SHA256, alg.SHA256, 32))
	f.Add(der.Sequence(der.ObjectID("1.2.643.7.1.1.1.1"), der.Null()))
	f.Add(alg.GOST2001A.Algorithm().Identifier())
	f.Fuzz(func(t *testing.T, in []byte) {
		a, err := alg.ParseSignatureAlgorithm(in)
		if (err == nil) != a.Known() {
			t.Errorf("%x: %v, %v", in, a, err)
		}
		if err == nil && a.OID != "1.2.840.113549.1.1.10" {
			if again, err := alg.ParseSignatureAlgorithm(a.Identifier()); err != nil || again != a {
				t.Errorf("%x: %v, then %v, %v", in, a, again, err)
			}
		}
	})
}

func FuzzParseHash(f *testing.F) {
	for _, h := range alg.Hashes() {
		f.Add(h.Identifier())
	}
	f.Add(der.Sequence(der.ObjectID(alg.GOST94.OID()), der.ObjectID("1.2.643.2.2.30.1")))
	f.Fuzz(func(t *testing.T, in []byte) {
		h, err := alg.ParseHash(in)
		if (err == nil) != (h != alg.NoHash) {
			t.Errorf("%x: %v, %v", in, h, err)
		}
	})
}

func FuzzParsePrivateKey(f *testing.F) {
	for _, c := range engineCases(f) {
		algorithm, content := splitPKCS8(f, unhex(f, c.PKCS8))
		f.Add(algorithm, content)
	}
	for _, k := range []alg.Kind{alg.P256, alg.RSA} {
		key, err := alg.Generate(k, rand.Reader)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(key.Algorithm(), key.Encode())
	}
	_, old, _, scalar := rfc4491(f)
	f.Add(der.NewReader(old).Sequence().Raw(der.TagSequence), scalar)
	f.Fuzz(func(t *testing.T, algorithm, content []byte) {
		key, err := alg.ParsePrivateKey(algorithm, content)
		if err != nil {
			return
		}
		again, err := alg.ParsePrivateKey(key.Algorithm(), key.Encode())
		if err != nil || !again.PublicKey().Equal(key.PublicKey()) {
			t.Errorf("%x, %x: %v", algorithm, content, err)
		}
	})
}
