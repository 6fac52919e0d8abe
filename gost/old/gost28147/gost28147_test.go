// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package gost28147_test

import (
	"bytes"
	"crypto/cipher"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"podpis/gost/internal/contract"
	"podpis/gost/magma"
	"podpis/gost/old/gost28147"
)

// boxes are the S-boxes of ciphers by the names of RFC 4357, 11.2.
func boxes() map[string]gost28147.Box {
	return map[string]gost28147.Box{
		"id-Gost28147-89-TestParamSet":         gost28147.Test(),
		"id-Gost28147-89-CryptoPro-A-ParamSet": gost28147.CryptoProA(),
		"id-Gost28147-89-CryptoPro-B-ParamSet": gost28147.CryptoProB(),
		"id-Gost28147-89-CryptoPro-C-ParamSet": gost28147.CryptoProC(),
		"id-Gost28147-89-CryptoPro-D-ParamSet": gost28147.CryptoProD(),
		"id-tc26-gost-28147-param-Z":           gost28147.ParamZ(),
	}
}

// vector is one computation of OpenSSL's GOST engine; see testdata/README.
type vector struct {
	Operation, Box        string
	Meshing               bool
	Key, IV, Data, Result string
}

func compute(t *testing.T, v vector) string {
	t.Helper()
	c, err := gost28147.NewCipher(unhex(t, v.Key), boxes()[v.Box])
	if err != nil {
		t.Fatal(err)
	}
	data := unhex(t, v.Data)
	switch v.Operation {
	case "cnt":
		s, err := gost28147.NewCNT(c, unhex(t, v.IV), v.Meshing)
		if err != nil {
			t.Fatal(err)
		}
		s.XORKeyStream(data, data)
	case "cfb":
		s, err := gost28147.NewCFBDecrypter(c, unhex(t, v.IV), v.Meshing)
		if err != nil {
			t.Fatal(err)
		}
		s.XORKeyStream(data, data)
	case "mac":
		m, err := gost28147.NewMAC(c, nil, v.Meshing)
		if err != nil {
			t.Fatal(err)
		}
		m.Write(data)
		data = m.Sum(nil)
	default:
		t.Fatalf("no operation %q", v.Operation)
	}
	return hex.EncodeToString(data)
}

func TestVectors(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/engine.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []vector
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	seen, long := map[string]int{}, 0
	for _, v := range list {
		seen[v.Operation+v.Box]++
		if len(v.Data) > 2*1024 {
			long++
		}
		if got := compute(t, v); got != v.Result {
			t.Errorf("%s of %d bytes with %s, meshing %t: %s, want %s", v.Operation, len(v.Data)/2, v.Box, v.Meshing, got, v.Result)
		}
	}
	if len(seen) != 3*len(boxes()) || long < 18 {
		t.Errorf("testdata/engine.json is not complete: %v", seen)
	}
}

// Magma is the same cipher with big-endian words (RFC 8891, 1).
func TestMagma(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key")
		block := rapid.SliceOfN(rapid.Byte(), 8, 8).Draw(t, "block")
		swapped := slices.Clone(key)
		for w := range slices.Chunk(swapped, 4) {
			slices.Reverse(w)
		}
		old, err := gost28147.NewCipher(swapped, gost28147.ParamZ())
		if err != nil {
			t.Fatal(err)
		}
		now, err := magma.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		var got, want [8]byte
		now.Encrypt(want[:], block)
		slices.Reverse(block)
		old.Encrypt(got[:], block)
		slices.Reverse(got[:])
		if got != want {
			t.Errorf("%x, want %x", got, want)
		}
	})
}

func TestContract(t *testing.T) {
	t.Parallel()
	contract.Block(t, gost28147.KeySize, func(key []byte) (*gost28147.Cipher, error) {
		return gost28147.NewCipher(key, gost28147.CryptoProD())
	})
	c := mustCipher(t, gost28147.CryptoProA())
	iv := []byte("12345678")
	for _, meshing := range []bool{false, true} {
		cnt := func() cipher.Stream {
			s, err := gost28147.NewCNT(c, iv, meshing)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		contract.Stream(t, cnt, cnt)
		cfb := func() *gost28147.CFBDecrypter {
			s, err := gost28147.NewCFBDecrypter(c, iv, meshing)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		contract.Stream(t, func() cipher.Stream { return feedback{cfb()} }, func() cipher.Stream { return cfb() })
	}
}

// feedback encrypts with the decrypter: what that returns for zeros is the gamma.
type feedback struct{ *gost28147.CFBDecrypter }

func (f feedback) XORKeyStream(dst, src []byte) {
	_ = dst[:len(src)]
	var b [1]byte
	for i := range src {
		ahead := *f.CFBDecrypter
		b[0] = 0
		ahead.XORKeyStream(b[:], b[:])
		dst[i] = src[i] ^ b[0]
		f.CFBDecrypter.XORKeyStream(b[:], dst[i:i+1])
	}
}

// TestMACInPieces is what of the contract of a hash holds for a code that fills with zeros.
func TestMACInPieces(t *testing.T) {
	t.Parallel()
	c := mustCipher(t, gost28147.CryptoProC())
	rapid.Check(t, func(t *rapid.T) {
		message := rapid.SliceOfN(rapid.Byte(), 0, 2200).Draw(t, "message")
		cut := rapid.IntRange(0, len(message)).Draw(t, "cut")
		meshing := rapid.Bool().Draw(t, "meshing")
		whole, err := gost28147.NewMAC(c, nil, meshing)
		if err != nil {
			t.Fatal(err)
		}
		whole.Write(message)
		want := whole.Sum(nil)
		pieces, err := gost28147.NewMAC(c, nil, meshing)
		if err != nil {
			t.Fatal(err)
		}
		pieces.Write(message)
		pieces.Reset()
		pieces.Write(message[:cut])
		pieces.Sum(nil)
		pieces.Write(message[cut:])
		if got := pieces.Sum([]byte("prefix")); !bytes.Equal(got, append([]byte("prefix"), want...)) {
			t.Errorf("%x, want %x", got, want)
		}
		other, err := gost28147.NewMAC(c, nil, !meshing)
		if err != nil {
			t.Fatal(err)
		}
		other.Write(message)
		if same := bytes.Equal(other.Sum(nil), want); same != (len(message) <= 1024) {
			t.Errorf("%d bytes: the same with and without meshing: %t", len(message), same)
		}
	})
}

func mustCipher(t testing.TB, box gost28147.Box) *gost28147.Cipher {
	t.Helper()
	c, err := gost28147.NewCipher([]byte("a key of thirty-two bytes, always"[:32]), box)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestMACOfOneBlock(t *testing.T) {
	t.Parallel()
	c := mustCipher(t, gost28147.CryptoProA())
	code := func(iv []byte, message string) []byte {
		m, err := gost28147.NewMAC(c, iv, false)
		if err != nil {
			t.Fatal(err)
		}
		m.Write([]byte(message))
		return m.Sum(nil)
	}
	// RFC 5830, 8: no less than two blocks, the last filled with zeros.
	if want := code(nil, "12345\x00\x00\x00\x00"); !bytes.Equal(code(nil, "12345"), want) {
		t.Error("a message of less than a block")
	}
	if want := code(nil, "12345678\x00"); !bytes.Equal(code(nil, "12345678"), want) {
		t.Error("a message of a block")
	}
	// The registers begin with the vector: a first block added to it beforehand changes nothing.
	if want := code(nil, "ABCDEFGH12345678abcdefgh"); !bytes.Equal(code([]byte("ABCDEFGH"), "\x00\x00\x00\x00\x00\x00\x00\x0012345678abcdefgh"), want) {
		t.Error("initialization vector")
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	if _, err := gost28147.NewCipher(make([]byte, 32), gost28147.Box{}); !errors.Is(err, gost28147.ErrBox) {
		t.Errorf("no S-boxes: %v", err)
	}
	c := mustCipher(t, gost28147.Test())
	for _, n := range []int{0, 7, 9, 16} {
		if _, err := gost28147.NewCipher(make([]byte, 4*n), gost28147.Test()); !errors.Is(err, gost28147.ErrKeySize) {
			t.Errorf("key of %d bytes: %v", 4*n, err)
		}
		_, err1 := gost28147.NewCNT(c, make([]byte, n), true)
		_, err2 := gost28147.NewCFBDecrypter(c, make([]byte, n), true)
		_, err3 := gost28147.NewMAC(c, make([]byte, n), true)
		for _, err := range []error{err1, err2, err3} {
			if !errors.Is(err, gost28147.ErrIV) {
				t.Errorf("vector of %d bytes: %v", n, err)
			}
		}
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
