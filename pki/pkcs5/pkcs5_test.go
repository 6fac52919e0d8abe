// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pkcs5_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkcs5"
	"podpis/pki/pkitest"
)

func TestPBKDF2Vectors(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/pbkdf2-rfc9337.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			Password, Salt, DK string
			Iterations, DKLen  int
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, c := range file.Cases {
		if c.Iterations > 100_000 {
			continue // the case of 2^24 rounds takes minutes; package kdf has the others too
		}
		ran++
		password, _ := hex.DecodeString(c.Password)
		salt, _ := hex.DecodeString(c.Salt)
		if got := hex.EncodeToString(alg.Streebog512.PBKDF2(password, salt, c.Iterations, c.DKLen)); got != c.DK {
			t.Errorf("%d rounds: %s, want %s", c.Iterations, got, c.DK)
		}
	}
	if ran < 4 {
		t.Errorf("only %d cases", ran)
	}
}

// TestOldFunction opens a key under HMAC over GOST R 34.11-94. The key, of RSA with 1024
// bits, is too short to be taken by package alg.
func TestOldFunction(t *testing.T) {
	t.Parallel()
	r := der.NewReader(pkitest.ReadCorpus(t, "keys/pkcs8/bc-pkcs8-pbkdf2-hmac-gost94.p8"))
	s := r.Sequence()
	algorithm, encrypted := s.Raw(der.TagSequence), s.OctetString()
	for _, password := range []string{"hello", "Hello"} {
		budget := pkcs5.MaxIterations
		plain, err := pkcs5.Decrypt(algorithm, []byte(password), encrypted, &budget)
		if password != "hello" {
			if err == nil && len(plain) > 0 && plain[0] == byte(der.TagSequence) {
				t.Error("opened with another password")
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		info := der.NewReader(plain).Sequence()
		version := info.Int()
		oid := info.Sequence().OID()
		key := der.NewReader(info.OctetString()).Sequence()
		key.Int()
		if modulus := key.Unsigned(); info.Err() != nil || key.Err() != nil || version != 0 || oid != "1.2.840.113549.1.1.1" || len(modulus) != 128 {
			t.Errorf("version %d, algorithm %s, modulus of %d octets", version, oid, len(modulus))
		}
	}
}

func written() []alg.CipherKind {
	return []alg.CipherKind{alg.KuznyechikCTR, alg.KuznyechikCTROMAC, alg.MagmaCTR, alg.MagmaCTROMAC, alg.AES256CBC}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, kind := range written() {
		for _, size := range []int{0, 1, 15, 16, 1000, 9000} {
			plain := bytes.Repeat([]byte{7}, size)
			algorithm, encrypted, err := pkcs5.Encrypt(rand.Reader, []byte("пароль"), plain, pkcs5.Options{Cipher: kind, Iterations: 10})
			if err != nil {
				t.Fatal(err)
			}
			budget := pkcs5.MaxIterations
			got, err := pkcs5.Decrypt(algorithm, []byte("пароль"), encrypted, &budget)
			if err != nil || !bytes.Equal(got, plain) {
				t.Errorf("%d %d octets: %v", kind, size, err)
			}
			if budget != pkcs5.MaxIterations-10 {
				t.Errorf("budget %d", budget)
			}
			got, err = pkcs5.Decrypt(algorithm, []byte("Пароль"), encrypted, &budget)
			if size > 0 && err == nil && bytes.Equal(got, plain) {
				t.Errorf("%d: opens with another password", kind)
			}
			if (kind == alg.KuznyechikCTROMAC || kind == alg.MagmaCTROMAC) && !errors.Is(err, pkcs5.ErrPassword) {
				t.Errorf("%d: wrong password: %v", kind, err)
			}
		}
	}
}

func pbes2(function, cipher []byte) []byte {
	return der.Sequence(der.ObjectID("1.2.840.113549.1.5.13"), der.Sequence(function, cipher))
}

func pbkdf2(parts ...[]byte) []byte {
	return der.Sequence(der.ObjectID("1.2.840.113549.1.5.12"), der.Sequence(parts...))
}

func TestBrokenParameters(t *testing.T) {
	t.Parallel()
	salt := der.OctetString(make([]byte, 8))
	aes := der.Sequence(der.ObjectID("2.16.840.1.101.3.4.1.42"), der.OctetString(make([]byte, 16)))
	kuznyechik := func(n int) []byte {
		return der.Sequence(der.ObjectID("1.2.643.7.1.1.5.2.2"), der.Sequence(der.OctetString(make([]byte, n))))
	}
	for _, test := range []struct {
		name      string
		algorithm []byte
		want      error
		reason    string
	}{
		{"other scheme", der.Sequence(der.ObjectID("1.2.840.113549.1.12.1.80"), der.Null()), alg.ErrUnsupported, "1.2.840.113549.1.12.1.80"},
		{"other function", pbes2(der.Sequence(der.ObjectID("1.3.6.1.4.1.11591.4.11"), der.Null()), aes), alg.ErrUnsupported, "11591"},
		{"other prf", pbes2(pbkdf2(salt, der.Int(1), der.Sequence(der.ObjectID("1.2.840.113549.2.8"))), aes), alg.ErrUnsupported, "1.2.840.113549.2.8"},
		{"other S-boxes of the prf", pbes2(pbkdf2(salt, der.Int(1), der.Sequence(der.ObjectID("1.2.643.2.2.10"), der.ObjectID("1.2.643.2.2.30.0"))), aes), alg.ErrUnsupported, "1.2.643.2.2.10"},
		{"other cipher", pbes2(pbkdf2(salt, der.Int(1)), der.Sequence(der.ObjectID("1.2.840.113549.3.2"), der.Null())), alg.ErrUnsupported, "1.2.840.113549.3.2"},
		{"other S-boxes", pbes2(pbkdf2(salt, der.Int(1)), der.Sequence(der.ObjectID("1.2.643.2.2.21"), der.Sequence(salt, der.ObjectID("1.2.643.2.2.31.0")))), alg.ErrUnsupported, "1.2.643.2.2.21"},
		{"no iterations", pbes2(pbkdf2(salt, der.Int(0)), aes), pkcs5.ErrIterations, "limit"},
		{"a year of iterations", pbes2(pbkdf2(salt, der.Int(2_000_000_000)), aes), pkcs5.ErrIterations, "limit"},
		{"salt from elsewhere", pbes2(pbkdf2(der.Sequence(), der.Int(1)), aes), nil, "unexpected tag"},
		{"long salt", pbes2(pbkdf2(der.OctetString(make([]byte, 2000)), der.Int(1)), aes), nil, "out of bounds"},
		{"other key length", pbes2(pbkdf2(salt, der.Int(1), der.Int(16)), aes), nil, "out of bounds"},
		{"short ukm", pbes2(pbkdf2(salt, der.Int(1)), kuznyechik(12)), nil, "ukm"},
		{"short iv", pbes2(pbkdf2(salt, der.Int(1)), der.Sequence(der.ObjectID("2.16.840.1.101.3.4.1.42"), der.OctetString(nil))), nil, "initialization vector"},
		{"empty", nil, nil, "missing"},
		{"not whole blocks", pbes2(pbkdf2(salt, der.Int(1)), aes), pkcs5.ErrPassword, "password"},
		{"shorter than the code", pbes2(pbkdf2(salt, der.Int(1)), kuznyechik(16)), pkcs5.ErrPassword, "password"},
	} {
		budget := pkcs5.MaxIterations
		_, err := pkcs5.Decrypt(test.algorithm, nil, make([]byte, 5), &budget)
		if err == nil || test.want != nil && !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.reason) && test.reason != "missing" {
			t.Errorf("%s: %v, want %v %q", test.name, err, test.want, test.reason)
		}
	}
}

func TestEncryptRefuses(t *testing.T) {
	t.Parallel()
	for _, o := range []pkcs5.Options{{Cipher: alg.AES128CBC}, {Cipher: alg.GOST28147CFB}, {Cipher: alg.TripleDESCBC}} {
		if _, _, err := pkcs5.Encrypt(rand.Reader, nil, nil, o); !errors.Is(err, alg.ErrUnsupported) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	for _, n := range []int{-1, int(pkcs5.MaxIterations) + 1} {
		if _, _, err := pkcs5.Encrypt(rand.Reader, nil, nil, pkcs5.Options{Iterations: n}); !errors.Is(err, pkcs5.ErrIterations) {
			t.Errorf("%d iterations: %v", n, err)
		}
	}
	for n := range 24 {
		if _, _, err := pkcs5.Encrypt(strings.NewReader(strings.Repeat("x", n)), nil, nil, pkcs5.Options{Iterations: 1}); err == nil {
			t.Errorf("encrypted with %d random octets", n)
		}
	}
}

// TestSharedBudget: many objects in one file cost no more than one.
func TestSharedBudget(t *testing.T) {
	t.Parallel()
	budget := pkcs5.MaxIterations
	n := 0
	for budget.Spend(1_000_000) == nil {
		n++
	}
	if n != 3 {
		t.Errorf("%d objects of a million iterations", n)
	}
}

func FuzzDecrypt(f *testing.F) {
	for _, kind := range written() {
		algorithm, encrypted, err := pkcs5.Encrypt(rand.Reader, []byte("p"), []byte("content"), pkcs5.Options{Cipher: kind, Iterations: 1})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(algorithm, encrypted)
	}
	f.Fuzz(func(_ *testing.T, algorithm, encrypted []byte) {
		budget := pkcs5.Budget(100)
		_, _ = pkcs5.Decrypt(algorithm, []byte("p"), encrypted, &budget)
	})
}

// BenchmarkStreebog shows what an iteration costs, from which the limit follows.
func BenchmarkStreebog(b *testing.B) {
	alg.Streebog512.PBKDF2([]byte("password"), []byte("salt"), b.N, 32)
}
