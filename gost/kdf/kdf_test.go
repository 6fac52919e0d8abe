// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package kdf_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"os"
	"testing"

	"pgregory.net/rapid"

	"podpis/gost/internal/contract"
	"podpis/gost/kdf"
	"podpis/gost/streebog"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readVectors(t *testing.T, name string, v any) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatal(err)
	}
}

func TestRFC7836(t *testing.T) {
	t.Parallel()
	var file struct {
		Cases []struct {
			Name, Key, Data, Mac, Label, Seed, Output, Secret string
			R                                                 int
			LBits                                             int `json:"l_bits"`
		}
	}
	readVectors(t, "rfc7836.json", &file)
	count := 0
	for _, c := range file.Cases {
		var got []byte
		want := c.Output
		switch c.Name {
		case "HMAC_GOSTR3411_2012_256", "HMAC_GOSTR3411_2012_512":
			want = c.Mac
			h := kdf.NewHMAC(streebog.New256, unhex(t, c.Key))
			if c.Name == "HMAC_GOSTR3411_2012_512" {
				h = kdf.NewHMAC(streebog.New512, unhex(t, c.Key))
			}
			h.Write(unhex(t, c.Data))
			got = h.Sum(nil)
		case "KDF_GOSTR3411_2012_256":
			got = kdf.KDF256(unhex(t, c.Key), unhex(t, c.Label), unhex(t, c.Seed))
		case "KDF_TREE_GOSTR3411_2012_256":
			var err error
			got, err = kdf.KDFTree256(unhex(t, c.Key), unhex(t, c.Label), unhex(t, c.Seed), c.R, c.LBits/8)
			if err != nil {
				t.Error(err)
			}
		case "PRF_TLS_GOSTR3411_2012_256":
			got = kdf.PRFTLS(streebog.New256, unhex(t, c.Secret), unhex(t, c.Label), unhex(t, c.Seed), len(want)/2)
		case "PRF_TLS_GOSTR3411_2012_512":
			got = kdf.PRFTLS(streebog.New512, unhex(t, c.Secret), unhex(t, c.Label), unhex(t, c.Seed), len(want)/2)
		case "PRF_IPSEC_PRFPLUS_GOSTR3411_2012_256":
			got = mustPRFPlus(t, streebog.New256, unhex(t, c.Key), unhex(t, c.Data), len(want)/2)
		case "PRF_IPSEC_PRFPLUS_GOSTR3411_2012_512":
			got = mustPRFPlus(t, streebog.New512, unhex(t, c.Key), unhex(t, c.Data), len(want)/2)
		default:
			continue
		}
		count++
		if hex.EncodeToString(got) != want {
			t.Errorf("%s = %x, want %s", c.Name, got, want)
		}
	}
	if count != 8 {
		t.Errorf("%d cases", count)
	}
}

func mustPRFPlus(t *testing.T, newHash func() hash.Hash, key, seed []byte, n int) []byte {
	t.Helper()
	out, err := kdf.PRFPlus(newHash, key, seed, n)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTLSTree(t *testing.T) {
	t.Parallel()
	var file struct {
		Levels map[string][]string
		Cases  []struct {
			Cipher string
			Root   string `json:"k_root"`
			SeqNum uint64
			Key    string
		}
	}
	readVectors(t, "tls-rfc9189.json", &file)
	masks := map[string]kdf.TLSTreeMasks{"magma": kdf.TLSTreeMagma(), "kuznyechik": kdf.TLSTreeKuznyechik()}
	for name, want := range file.Levels {
		for i, mask := range masks[name] {
			if fmt.Sprintf("%016x", mask) != want[i] {
				t.Errorf("%s level %d: %x, want %s", name, i+1, mask, want[i])
			}
		}
	}
	for _, c := range file.Cases {
		root := unhex(t, c.Root)
		if got := kdf.TLSTree(root, masks[c.Cipher], c.SeqNum); hex.EncodeToString(got) != c.Key {
			t.Errorf("%s, record %d: %x, want %s", c.Cipher, c.SeqNum, got, c.Key)
		}
		if hex.EncodeToString(root) != c.Root {
			t.Error("the root was changed")
		}
	}
	if len(file.Cases) != 14 || len(file.Levels) != 2 {
		t.Errorf("%d cases, %d ciphers", len(file.Cases), len(file.Levels))
	}
}

// TestPRFLengths checks that a shorter output is the beginning of a longer one, and the ends of what is allowed.
func TestPRFLengths(t *testing.T) {
	t.Parallel()
	for _, newHash := range []func() hash.Hash{streebog.New256, streebog.New512} {
		size := newHash().Size()
		key, label, seed := []byte("key"), []byte("label"), []byte("seed")
		tls, plus := kdf.PRFTLS(newHash, key, label, seed, 4*size), mustPRFPlus(t, newHash, key, seed, 255*size)
		for n := 1; n <= 4*size; n++ {
			if !bytes.Equal(kdf.PRFTLS(newHash, key, label, seed, n), tls[:n]) || !bytes.Equal(mustPRFPlus(t, newHash, key, seed, n), plus[:n]) {
				t.Fatalf("%d bytes are not the beginning of more", n)
			}
		}
		for _, n := range []int{-1, 0, 255*size + 1} {
			if _, err := kdf.PRFPlus(newHash, key, seed, n); !errors.Is(err, kdf.ErrArgument) {
				t.Errorf("prf+ of %d bytes: %v", n, err)
			}
		}
		if !panics(func() { kdf.PRFTLS(newHash, key, label, seed, 0) }) {
			t.Error("PRF of TLS gives nothing at all")
		}
	}
}

type pbkdf2Case struct {
	Password, Salt, DK string
	Iterations, DKLen  int
}

func pbkdf2Cases(t *testing.T) []pbkdf2Case {
	t.Helper()
	var file struct{ Cases []pbkdf2Case }
	readVectors(t, "pbkdf2-rfc9337.json", &file)
	return file.Cases
}

func (c pbkdf2Case) check(t *testing.T) {
	t.Helper()
	got := kdf.PBKDF2(streebog.New512, unhex(t, c.Password), unhex(t, c.Salt), c.Iterations, c.DKLen)
	if hex.EncodeToString(got) != c.DK {
		t.Errorf("%d iterations: %x, want %s", c.Iterations, got, c.DK)
	}
}

// long is the number of iterations of the one example that takes minutes; pbkdf2_slow_test.go has it.
const long = 1 << 24

func TestPBKDF2(t *testing.T) {
	t.Parallel()
	count := 0
	for _, c := range pbkdf2Cases(t) {
		if c.Iterations < long {
			count++
			c.check(t)
		}
	}
	if count != 5 {
		t.Errorf("%d cases", count)
	}
}

// TestStandardLibrary compares with crypto/hmac and crypto/pbkdf2 over the same hash.
func TestStandardLibrary(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		newHash := rapid.SampledFrom([]func() hash.Hash{streebog.New256, streebog.New512}).Draw(t, "hash")
		key := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "key")
		data := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "data")
		got, want := kdf.NewHMAC(newHash, key), hmac.New(newHash, key)
		for range 2 { // the second time after a Reset
			got.Write(data)
			want.Write(data)
			if g, w := got.Sum([]byte("x")), want.Sum([]byte("x")); !bytes.Equal(g, w) || !bytes.Equal(got.Sum(nil), w[1:]) {
				t.Fatalf("HMAC %x, want %x", g, w)
			}
			got.Reset()
			want.Reset()
		}
		iterations, n := rapid.IntRange(1, 5).Draw(t, "iterations"), rapid.IntRange(1, 200).Draw(t, "length")
		derived, err := pbkdf2.Key(newHash, string(key), data, iterations, n)
		if err != nil {
			t.Fatal(err)
		}
		if g := kdf.PBKDF2(newHash, key, data, iterations, n); !bytes.Equal(g, derived) {
			t.Fatalf("PBKDF2 %x, want %x", g, derived)
		}
	})
}

func TestSizes(t *testing.T) {
	t.Parallel()
	h := kdf.NewHMAC(streebog.New256, nil)
	if h.Size() != streebog.Size256 || h.BlockSize() != streebog.BlockSize {
		t.Errorf("size %d, block %d", h.Size(), h.BlockSize())
	}
	for _, c := range []struct{ r, n int }{{0, 32}, {5, 32}, {1, 0}, {1, -32}, {1, 33}, {1, 256 * 32}} {
		if _, err := kdf.KDFTree256(nil, nil, nil, c.r, c.n); !errors.Is(err, kdf.ErrArgument) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if out, err := kdf.KDFTree256(nil, nil, nil, 1, 255*32); err != nil || len(out) != 255*32 {
		t.Errorf("%d bytes, %v", len(out), err)
	}
	for _, c := range []struct{ iterations, n int }{{0, 1}, {1, 0}, {-1, 1}, {1, -1}} {
		if !panics(func() { kdf.PBKDF2(streebog.New512, nil, nil, c.iterations, c.n) }) {
			t.Errorf("PBKDF2 of %+v does not panic", c)
		}
	}
	type closed struct{ hash.Hash }
	if !panics(func() { kdf.NewHMAC(func() hash.Hash { return closed{streebog.New256()} }, nil) }) {
		t.Error("a hash that cannot be cloned does not panic")
	}
}

func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return false
}

func BenchmarkPBKDF2(b *testing.B) {
	for b.Loop() {
		kdf.PBKDF2(streebog.New512, []byte("password"), []byte("salt"), 2000, 32)
	}
}

func ExamplePBKDF2() {
	fmt.Printf("%x\n", kdf.PBKDF2(streebog.New512, []byte("password"), []byte("salt"), 2000, 32))
	// Output: ffe0aedc35700fea8c16095e43e39dcb4573432207140c5f63418dc11403f459
}

func ExampleNewHMAC() {
	h := kdf.NewHMAC(streebog.New256, []byte("key"))
	h.Write([]byte("message"))
	fmt.Printf("%x\n", h.Sum(nil))
	// Output: 8300cc14e994200bd2fbb577f9f9701640ddd62b6373b6bd4b9c0187d2c50d22
}

func ExampleKDFTree256() {
	keys, err := kdf.KDFTree256(make([]byte, 32), []byte("kdf tree"), []byte("seed"), 1, 64)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%x\n%x\n", keys[:32], keys[32:])
	// Output:
	// da8d6fc799c4bfb9ef4e7526f5927d839e1d6178a7742f25a6b0db24d6ed91a3
	// fe018048551486e661e0682df6172befc181f6b53e4635250f1213d49dffc9f9
}

func ExamplePRFTLS() {
	secret := make([]byte, 32)
	fmt.Printf("%x\n", kdf.PRFTLS(streebog.NewConstantTime256, secret, []byte("master secret"), []byte("randoms of both"), 48))
	// Output: 66baea1be24a040a4f4ec10b9e49e353d8ff6428cfeb57f68c9e7cdf253a1538f1be5b187b9e2af40ce92c491b8ea8de
}

func ExampleTLSTree() {
	root := make([]byte, 32)
	for _, record := range []uint64{0, 63, 64} { // Kuznyechik changes the key after 64 records
		fmt.Printf("%x\n", kdf.TLSTree(root, kdf.TLSTreeKuznyechik(), record)[:8])
	}
	// Output:
	// f797256845f36cf0
	// f797256845f36cf0
	// f3c9ba5c5d43aa38
}

func TestContract(t *testing.T) {
	t.Parallel()
	for name, newHash := range map[string]func() hash.Hash{"256": streebog.New256, "512": streebog.New512, "256, constant time": streebog.NewConstantTime256} {
		t.Run(name, func(t *testing.T) {
			contract.Hash(t, func() hash.Hash { return kdf.NewHMAC(newHash, []byte("key")) })
		})
	}
}
