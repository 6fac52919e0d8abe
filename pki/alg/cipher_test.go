// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package alg_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" // a judge for keys that old programs exported
	"crypto/rand"
	"errors"
	"slices"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/der"
)

func writable() []alg.CipherKind {
	return []alg.CipherKind{alg.KuznyechikCTR, alg.KuznyechikCTROMAC, alg.MagmaCTR, alg.MagmaCTROMAC, alg.AES256CBC}
}

// TestCiphers encrypts and decrypts around the lengths of blocks and sections.
func TestCiphers(t *testing.T) {
	t.Parallel()
	key := bytes.Repeat([]byte{7}, 32)
	for _, k := range writable() {
		c, err := alg.NewCipher(k, rand.Reader)
		if err != nil || c.Kind() != k || c.KeySize() != 32 {
			t.Fatalf("%d: %v, %v", k, c, err)
		}
		back, err := alg.ParseCipher(c.Identifier())
		if err != nil || back.Kind() != k || !bytes.Equal(back.Identifier(), c.Identifier()) {
			t.Fatalf("%d: %v, %v", k, back, err)
		}
		for _, n := range []int{0, 1, 7, 8, 15, 16, 17, 1023, 1024, 1025, 4095, 4096, 4097, 9000} {
			plain := bytes.Repeat([]byte{byte(n)}, n)
			sealed, err := c.Encrypt(key, plain)
			if err != nil || n > 16 && bytes.Contains(sealed, plain[:16]) {
				t.Fatalf("%d, %d octets: %v", k, n, err)
			}
			if got, err := back.Decrypt(key, sealed); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%d, %d octets: %v", k, n, err)
			}
		}
		if _, err := c.Encrypt(key[1:], nil); !errors.Is(err, alg.ErrKey) {
			t.Errorf("%d: short key: %v", k, err)
		}
		if _, err := c.Decrypt(key[1:], nil); !errors.Is(err, alg.ErrKey) {
			t.Errorf("%d: short key: %v", k, err)
		}
		if _, err := alg.NewCipher(k, bytes.NewReader(nil)); err == nil {
			t.Errorf("%d: parameters of nothing", k)
		}
	}
	for _, k := range []alg.CipherKind{alg.UnknownCipher, alg.GOST28147CFB, alg.AES128CBC, alg.AES192CBC, alg.TripleDESCBC} {
		if _, err := alg.NewCipher(k, rand.Reader); !errors.Is(err, alg.ErrUnsupported) {
			t.Errorf("%d is written: %v", k, err)
		}
	}
}

// TestCodeOverCiphertext refuses every change of what OMAC covers.
func TestCodeOverCiphertext(t *testing.T) {
	t.Parallel()
	key := bytes.Repeat([]byte{7}, 32)
	for _, k := range []alg.CipherKind{alg.KuznyechikCTROMAC, alg.MagmaCTROMAC} {
		c, err := alg.NewCipher(k, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := c.Encrypt(key, []byte("private key"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range sealed {
			bad := slices.Clone(sealed)
			bad[i] ^= 1
			if _, err := c.Decrypt(key, bad); !errors.Is(err, alg.ErrDecrypt) {
				t.Fatalf("%d: octet %d changed: %v", k, i, err)
			}
			if _, err := c.Decrypt(key, sealed[:i]); !errors.Is(err, alg.ErrDecrypt) {
				t.Fatalf("%d: %d octets: %v", k, i, err)
			}
		}
		if _, err := c.Decrypt(bytes.Repeat([]byte{8}, 32), sealed); !errors.Is(err, alg.ErrDecrypt) {
			t.Errorf("%d: another key: %v", k, err)
		}
	}
}

// TestBlockCiphers decrypts what the standard library encrypts with CBC.
func TestBlockCiphers(t *testing.T) {
	t.Parallel()
	key := bytes.Repeat([]byte{1, 2, 3, 4, 5, 6, 7, 9}, 4)
	for oid, size := range map[der.OID]int{"2.16.840.1.101.3.4.1.42": 32, "2.16.840.1.101.3.4.1.22": 24, "2.16.840.1.101.3.4.1.2": 16, "1.2.840.113549.3.7": 24} {
		b, err := aes.NewCipher(key[:size])
		if oid == "1.2.840.113549.3.7" {
			b, err = des.NewTripleDESCipher(key[:size])
		}
		if err != nil {
			t.Fatal(err)
		}
		iv := bytes.Repeat([]byte{5}, b.BlockSize())
		c, err := alg.ParseCipher(der.Sequence(der.ObjectID(oid), der.OctetString(iv)))
		if err != nil || c.KeySize() != size {
			t.Fatalf("%s: %v", oid, err)
		}
		padded := append([]byte("private key"), bytes.Repeat([]byte{5}, 5)...)
		sealed := make([]byte, len(padded))
		cipher.NewCBCEncrypter(b, iv).CryptBlocks(sealed, padded)
		if got, err := c.Decrypt(key[:size], sealed); err != nil || string(got) != "private key" {
			t.Errorf("%s: %q, %v", oid, got, err)
		}
		if oid == "1.2.840.113549.3.7" {
			if got, err := alg.DecryptTripleDES(key[:size], iv, sealed); err != nil || string(got) != "private key" {
				t.Errorf("derived vector: %q, %v", got, err)
			}
		}
		for _, pad := range [][]byte{{0}, {17}, {4, 5, 5, 5, 5}} {
			bad := slices.Concat([]byte("private key....................")[:16-len(pad)], pad)
			cipher.NewCBCEncrypter(b, iv).CryptBlocks(sealed, bad)
			if _, err := c.Decrypt(key[:size], sealed); !errors.Is(err, alg.ErrDecrypt) {
				t.Errorf("%s, padding %v: %v", oid, pad, err)
			}
		}
		for _, bad := range [][]byte{nil, sealed[1:]} {
			if _, err := c.Decrypt(key[:size], bad); !errors.Is(err, alg.ErrDecrypt) {
				t.Errorf("%s, %d octets: %v", oid, len(bad), err)
			}
		}
		if _, err := c.Encrypt(key[:size], nil); size != 32 && !errors.Is(err, alg.ErrUnsupported) {
			t.Errorf("%s is written: %v", oid, err)
		}
	}
	if _, err := alg.DecryptTripleDES(key, nil, nil); !errors.Is(err, alg.ErrKey) {
		t.Error(err)
	}
}

// TestBrokenCiphers lists parameters that are refused.
func TestBrokenCiphers(t *testing.T) {
	t.Parallel()
	const kuznyechik, aes256, old = der.OID("1.2.643.7.1.1.5.2.1"), der.OID("2.16.840.1.101.3.4.1.42"), der.OID("1.2.643.2.2.21")
	id := func(oid der.OID, params ...[]byte) []byte {
		return der.Sequence(append([][]byte{der.ObjectID(oid)}, params...)...)
	}
	for name, c := range map[string]struct {
		in   []byte
		want error // nil: any
	}{
		"nothing":            {nil, nil},
		"unknown":            {id("1.2.3"), alg.ErrUnsupported},
		"no parameters":      {id(kuznyechik), nil},
		"short ukm":          {id(kuznyechik, der.Sequence(der.OctetString(make([]byte, 15)))), nil},
		"rest of parameters": {id(kuznyechik, der.Sequence(der.OctetString(make([]byte, 16)), der.Null())), nil},
		"short vector":       {id(aes256, der.OctetString(make([]byte, 15))), nil},
		"other S-boxes":      {id(old, der.Sequence(der.OctetString(make([]byte, 8)), der.ObjectID("1.2.643.2.2.31.0"))), alg.ErrUnsupported},
		"short old vector":   {id(old, der.Sequence(der.OctetString(make([]byte, 7)), der.ObjectID("1.2.643.7.1.2.5.1.1"))), nil},
	} {
		if _, err := alg.ParseCipher(c.in); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParseCipher(f *testing.F) {
	for _, k := range writable() {
		c, err := alg.NewCipher(k, rand.Reader)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(c.Identifier(), []byte("0123456789abcdef"))
	}
	f.Add(der.Sequence(der.ObjectID("1.2.643.2.2.21"), der.Sequence(der.OctetString(make([]byte, 8)), der.ObjectID("1.2.643.7.1.2.5.1.1"))), make([]byte, 2000))
	f.Fuzz(func(t *testing.T, in, data []byte) {
		c, err := alg.ParseCipher(in)
		if err != nil {
			return
		}
		out, err := c.Decrypt(make([]byte, c.KeySize()), data)
		if err == nil && len(out) > len(data) {
			t.Errorf("%d octets became %d", len(data), len(out))
		}
	})
}
