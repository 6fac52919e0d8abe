// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package kuznyechik

import (
	"bytes"
	"crypto/cipher"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"podpis/gost/internal/contract"
	"podpis/gost/modes"
)

var _ cipher.Block = (*Cipher)(nil)

type vectors struct {
	Key, Plaintext, Ciphertext string
	RoundKeys                  []string `json:"round_keys"`
	S, R, L                    [][2]string
	Iterated                   struct {
		Key, Start, Result string
		Iterations         int
	}
}

func readVectors(t *testing.T) (v vectors) {
	t.Helper()
	text, err := os.ReadFile("testdata/kuznyechik.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func newCipher(t *testing.T, key []byte) *Cipher {
	t.Helper()
	c, err := NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestRFC7801(t *testing.T) {
	t.Parallel()
	v := readVectors(t)
	c := newCipher(t, unhex(t, v.Key))
	if len(v.RoundKeys) != len(c.encrypt) {
		t.Fatalf("%d round keys", len(v.RoundKeys))
	}
	for i, want := range v.RoundKeys {
		var k [BlockSize]byte
		c.encrypt[i].store(k[:])
		if got := hex.EncodeToString(k[:]); got != want {
			t.Errorf("K_%d = %s, want %s", i+1, got, want)
		}
	}
	dst := make([]byte, BlockSize)
	c.Encrypt(dst, unhex(t, v.Plaintext))
	if got := hex.EncodeToString(dst); got != v.Ciphertext {
		t.Errorf("encrypted %s, want %s", got, v.Ciphertext)
	}
	c.Decrypt(dst, unhex(t, v.Ciphertext))
	if got := hex.EncodeToString(dst); got != v.Plaintext {
		t.Errorf("decrypted %s, want %s", got, v.Plaintext)
	}
}

func TestTransforms(t *testing.T) {
	t.Parallel()
	v := readVectors(t)
	if len(v.S) == 0 || len(v.L) == 0 {
		t.Fatal("no transforms in the vectors")
	}
	for _, pair := range v.S {
		x := load(unhex(t, pair[0]))
		x.a, x.b = substitute(&pi, x.a), substitute(&pi, x.b)
		if x != load(unhex(t, pair[1])) {
			t.Errorf("S(%s) is not %s", pair[0], pair[1])
		}
		sharedTables().inverseSubstitution(&x)
		if x != load(unhex(t, pair[0])) {
			t.Errorf("S^-1(%s) is not %s", pair[1], pair[0])
		}
	}
	for _, pair := range v.L {
		x := [BlockSize]byte(unhex(t, pair[0]))
		linear(&x)
		if got := hex.EncodeToString(x[:]); got != pair[1] {
			t.Errorf("L(%s) = %s, want %s", pair[0], got, pair[1])
		}
		linearInverse(&x)
		if got := hex.EncodeToString(x[:]); got != pair[0] {
			t.Errorf("L^-1(%s) = %s, want %s", pair[1], got, pair[0])
		}
	}
}

func TestIterated(t *testing.T) {
	t.Parallel()
	v := readVectors(t).Iterated
	c := newCipher(t, unhex(t, v.Key))
	x := unhex(t, v.Start)
	for range v.Iterations {
		c.Encrypt(x, x)
	}
	if got := hex.EncodeToString(x); got != v.Result {
		t.Errorf("encrypted %s, want %s", got, v.Result)
	}
	for range v.Iterations {
		c.Decrypt(x, x)
	}
	if got := hex.EncodeToString(x); got != v.Start {
		t.Errorf("decrypted %s, want %s", got, v.Start)
	}
}

// TestBlocks compares many blocks at once with one after another, and decryption with encryption.
func TestBlocks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, err := NewCipher(rapid.SliceOfN(rapid.Byte(), KeySize, KeySize).Draw(t, "key"))
		if err != nil {
			t.Fatal(err)
		}
		n := rapid.IntRange(0, 7).Draw(t, "blocks") * BlockSize
		src := rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "src")
		got, want, back := make([]byte, n), make([]byte, n), make([]byte, n)
		c.EncryptBlocks(got, src)
		for i := 0; i < n; i += BlockSize {
			c.Encrypt(want[i:], src[i:])
			c.Decrypt(back[i:], want[i:])
		}
		if !bytes.Equal(got, want) || !bytes.Equal(back, src) {
			t.Fatalf("blocks %x, one by one %x, decrypted %x, was %x", got, want, back, src)
		}
	})
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 16, 31, 33} {
		if _, err := NewCipher(make([]byte, n)); !errors.Is(err, ErrKeySize) {
			t.Errorf("key of %d bytes: %v", n, err)
		}
	}
	c := newCipher(t, make([]byte, KeySize))
	if c.BlockSize() != BlockSize {
		t.Errorf("block of %d bytes", c.BlockSize())
	}
	for name, f := range map[string]func(dst, src []byte){"Encrypt": c.Encrypt, "Decrypt": c.Decrypt} {
		for _, n := range [][2]int{{15, 16}, {16, 15}} {
			if !panics(func() { f(make([]byte, n[0]), make([]byte, n[1])) }) {
				t.Errorf("%s of %d bytes into %d does not panic", name, n[1], n[0])
			}
		}
	}
}

func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return false
}

func BenchmarkCTR(b *testing.B) {
	for _, size := range []int{1 << 10, 1 << 20} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			c, err := NewCipher(make([]byte, KeySize))
			if err != nil {
				b.Fatal(err)
			}
			s, err := modes.NewCTR(c, make([]byte, BlockSize/2))
			if err != nil {
				b.Fatal(err)
			}
			benchmarkStream(b, s, size)
		})
	}
}

func BenchmarkACPKM(b *testing.B) {
	s, err := modes.NewCTRACPKM(NewCipher, make([]byte, KeySize), make([]byte, BlockSize/2), 4096)
	if err != nil {
		b.Fatal(err)
	}
	benchmarkStream(b, s, 1<<20)
}

func benchmarkStream(b *testing.B, s cipher.Stream, size int) {
	data := make([]byte, size)
	b.SetBytes(int64(size))
	for b.Loop() {
		s.XORKeyStream(data, data)
	}
}

func ExampleNewCipher() {
	key, _ := hex.DecodeString("8899aabbccddeeff0011223344556677fedcba98765432100123456789abcdef")
	c, err := NewCipher(key)
	if err != nil {
		fmt.Println(err)
		return
	}
	block, _ := hex.DecodeString("1122334455667700ffeeddccbbaa9988")
	c.Encrypt(block, block)
	fmt.Printf("%x\n", block)
	// Output: 7f679d90bebc24305a468d42b9d4edcd
}

func TestContract(t *testing.T) {
	t.Parallel()
	contract.Block(t, KeySize, NewCipher)
}
