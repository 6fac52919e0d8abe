// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !js

package alg

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"testing"

	"podpis/gost/gost3410"
	"podpis/gost/old/gost28147"
	"podpis/pki/der"
)

func mustGenerate(t *testing.T, k Kind) *PrivateKey {
	t.Helper()
	key, err := Generate(k, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// A content key reaches its recipient through the octets of a message and nobody else.
func TestKeyEncryption(t *testing.T) {
	t.Parallel()
	contentKey := bytes.Repeat([]byte{7}, 32)
	for _, k := range []Kind{GOST256A, GOST256B, GOST256C, GOST256D, GOST512A, GOST512B, GOST512C, RSA} {
		for _, content := range []CipherKind{KuznyechikCTROMAC, KuznyechikCTR, MagmaCTROMAC, MagmaCTR} {
			to := mustGenerate(t, k)
			way, err := KeyEncryptionFor(to.PublicKey(), content)
			if err != nil {
				t.Fatal(err)
			}
			parsed, err := ParseKeyEncryption(way.Identifier(to.PublicKey()))
			if err != nil || parsed != way {
				t.Fatalf("%s: identifier read as %v, %v", k, parsed, err)
			}
			wrapped, err := to.PublicKey().WrapKey(rand.Reader, way, contentKey)
			if err != nil {
				t.Fatal(err)
			}
			var read WrappedKey
			if err := read.ReadTransport(parsed, wrapped.Transport()); err != nil {
				t.Fatal(err)
			}
			if got, err := to.UnwrapKey(parsed, &read); err != nil || !bytes.Equal(got, contentKey) {
				t.Errorf("%s: %x, %v", k, got, err)
			}
			if _, err := mustGenerate(t, k).UnwrapKey(parsed, &read); !errors.Is(err, ErrDecrypt) && k != RSA {
				t.Errorf("%s: a stranger's key: %v", k, err)
			}
			other := mustGenerate(t, P256)
			if _, err := other.UnwrapKey(parsed, &read); !errors.Is(err, ErrMismatch) {
				t.Errorf("%s: a key of another family: %v", k, err)
			}
			if k == RSA {
				break // a key takes a second
			}
		}
	}
	if _, err := KeyEncryptionFor(mustGenerate(t, P256).PublicKey(), KuznyechikCTR); !errors.Is(err, ErrUnsupported) {
		t.Errorf("P-256: %v", err)
	}
	for name, identifier := range map[string][]byte{
		"unknown":           der.Sequence(der.ObjectID("1.2.3")),
		"wrap of 1.2.3":     der.Sequence(der.ObjectID(oidKuznyechikKExp15), der.Sequence(der.ObjectID("1.2.3"))),
		"wrap without":      der.Sequence(der.ObjectID(oidMagmaKExp15)),
		"old wrap of 1.2.3": der.Sequence(der.ObjectID(oidAgreement256), der.Sequence(der.ObjectID("1.2.3"), der.Sequence(der.ObjectID("1.2.643.2.2.31.1")))),
		"OAEP of SHA-1":     der.Sequence(der.ObjectID(oidOAEP), der.Sequence()),
		"no identifier":     {0x30, 0},
	} {
		if e, err := ParseKeyEncryption(identifier); err == nil {
			t.Errorf("%s: %v", name, e)
		}
	}
	for _, encrypted := range [][]byte{nil, {0x30, 0}, der.Sequence(der.OctetString([]byte{1}), der.Sequence(), der.OctetString(nil))} {
		var w WrappedKey
		if err := w.ReadTransport(KeyEncryption{kind: kuznyechikKExp15}, encrypted); err == nil {
			t.Errorf("transport of %x", encrypted)
		}
	}
	var w WrappedKey
	if err := w.ReadAgreement(KeyEncryption{kind: rsaOAEP}, nil, nil, nil); !errors.Is(err, ErrUnsupported) {
		t.Errorf("agreement with RSA: %v", err)
	}
}

// Content goes through a stream in pieces of any length, and its code shows every change.
func TestContentStream(t *testing.T) {
	t.Parallel()
	key := bytes.Repeat([]byte{3}, 32)
	content := bytes.Repeat([]byte("content "), 2000)
	for _, kind := range []CipherKind{KuznyechikCTROMAC, KuznyechikCTR, MagmaCTROMAC, MagmaCTR} {
		c, err := NewCipher(kind, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := c.Encrypt(key, content) // with the code behind it, as key stores have it
		if err != nil {
			t.Fatal(err)
		}
		in := slices.Clone(content)
		e, err := c.NewEncrypter(key)
		if err != nil {
			t.Fatal(err)
		}
		for rest := in; len(rest) > 0; {
			n := min(len(rest), 1+len(rest)%977)
			e.Update(rest[:n])
			rest = rest[n:]
		}
		code := e.Code()
		if !bytes.Equal(slices.Concat(in, code), whole) || len(code) != c.CodeSize() || c.Authenticated() != (code != nil) {
			t.Errorf("cipher %d: the stream differs from the whole", kind)
		}
		for _, change := range []int{-1, 0, len(in) - 1} {
			d, err := c.NewDecrypter(key)
			if err != nil {
				t.Fatal(err)
			}
			out := slices.Clone(in)
			if change >= 0 {
				out[change] ^= 1
			}
			d.Update(out)
			err = d.Verify(code)
			if change < 0 && (err != nil || !bytes.Equal(out, content)) {
				t.Errorf("cipher %d: %v", kind, err)
			}
			if change >= 0 && c.Authenticated() && !errors.Is(err, ErrDecrypt) {
				t.Errorf("cipher %d, octet %d changed: %v", kind, change, err)
			}
		}
		if _, err := c.NewDecrypter(key[1:]); !errors.Is(err, ErrDecrypt) {
			t.Errorf("a short key: %v", err)
		}
	}
	aes, err := NewCipher(AES256CBC, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := aes.NewEncrypter(key); !errors.Is(err, ErrUnsupported) || aes.CodeSize() != 0 {
		t.Errorf("CBC as a stream: %v", err)
	}
}

func TestOldCipher(t *testing.T) {
	t.Parallel()
	key, data := bytes.Repeat([]byte{9}, 32), bytes.Repeat([]byte("12345678"), 5)
	for box, want := range map[der.OID]gost28147.Box{
		"1.2.643.2.2.31.1": gost28147.CryptoProA(), "1.2.643.2.2.31.2": gost28147.CryptoProB(), "1.2.643.2.2.31.3": gost28147.CryptoProC(),
		"1.2.643.2.2.31.4": gost28147.CryptoProD(), "1.2.643.7.1.2.5.1.1": gost28147.ParamZ(),
	} {
		c, err := NewOldCipher(box, key)
		if err != nil {
			t.Fatal(err)
		}
		reference, err := gost28147.NewCipher(key, want)
		if err != nil {
			t.Fatal(err)
		}
		encrypted := make([]byte, len(data))
		for i := 0; i < len(data); i += 8 {
			reference.Encrypt(encrypted[i:], data[i:])
		}
		if got := c.DecryptECB(encrypted); !bytes.Equal(got, data) {
			t.Errorf("%s: %x", box, got)
		}
		if a, b := c.MAC(nil, data), c.MAC(make([]byte, 8), data); len(a) != 4 || !bytes.Equal(a, b) || bytes.Equal(a, c.MAC(data[:8], data)) {
			t.Errorf("%s: codes %x and %x", box, a, b)
		}
		if c.MAC(data[:7], data) != nil {
			t.Errorf("%s: a register of 7 octets", box)
		}
		if out, err := c.DecryptCFB(data[:8], data); err != nil || len(out) != len(data) {
			t.Errorf("%s: %v", box, err)
		}
		if _, err := c.DecryptCFB(data[:7], data); err == nil {
			t.Errorf("%s: a vector of 7 octets", box)
		}
	}
	if _, err := NewOldCipher("1.2.3", key); !errors.Is(err, ErrUnsupported) {
		t.Errorf("unknown S-boxes: %v", err)
	}
	if _, err := NewOldCipher("1.2.643.2.2.31.1", key[1:]); !errors.Is(err, ErrKey) {
		t.Errorf("a short key: %v", err)
	}
	if a, b := DiversifyKey(key, data[:8]), DiversifyKey(key, data[1:9]); len(a) != 32 || bytes.Equal(a, b) {
		t.Errorf("diversified: %x and %x", a, b)
	}
}

func TestParseMaskedKey(t *testing.T) {
	t.Parallel()
	key, mask := mustGenerate(t, GOST256B), mustGenerate(t, GOST256B)
	masked, err := gost3410.Unmask(gost3410.CryptoProA(), slices.Concat(key.Encode(), mask.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseMaskedKey(key.Algorithm(), masked, mask.Encode())
	if err != nil || !got.PublicKey().Equal(key.PublicKey()) {
		t.Errorf("%v", err)
	}
	for name, err := range map[string]error{
		"no algorithm": second(ParseMaskedKey(nil, masked, mask.Encode())),
		"not GOST":     second(ParseMaskedKey(mustGenerate(t, P256).Algorithm(), masked, mask.Encode())),
		"mask 0":       second(ParseMaskedKey(key.Algorithm(), masked, make([]byte, 32))),
		"short":        second(ParseMaskedKey(key.Algorithm(), masked[1:], mask.Encode())),
	} {
		if err == nil {
			t.Errorf("%s: a key", name)
		}
	}
}

func second(_ *PrivateKey, err error) error { return err }
