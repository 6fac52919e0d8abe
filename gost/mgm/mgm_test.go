// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package mgm

import (
	"bytes"
	"crypto/cipher"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"testing"

	"pgregory.net/rapid"

	"podpis/gost/internal/contract"
	"podpis/gost/kuznyechik"
	"podpis/gost/magma"
	"podpis/gost/modes"
)

var _ cipher.AEAD = (*MGM)(nil)

// plain hides the ability to encrypt many blocks at once.
type plain struct{ modes.Block }

func newBlock(name string, key []byte) (modes.Block, error) {
	switch name {
	case "kuznyechik":
		return kuznyechik.NewCipher(key)
	case "magma":
		return magma.NewCipher(key)
	}
	return nil, errors.New("no cipher " + name)
}

func newMGM(t testing.TB, name string, key []byte, tagSize int) *MGM {
	t.Helper()
	b, err := newBlock(name, key)
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(b, tagSize)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRFC9058(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/mgm-rfc9058.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct{ Cipher, Source, Key, ICN, AAD, Plaintext, Ciphertext, Tag string }
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Cases {
		whole := newMGM(t, c.Cipher, unhex(t, c.Key), len(c.Tag)/2)
		for size := minTagSize; size <= whole.Overhead(); size++ { // a shorter code is the beginning
			for _, b := range []modes.Block{whole.b, plain{whole.b}} {
				m, err := New(b, size)
				if err != nil {
					t.Fatal(err)
				}
				want := unhex(t, c.Ciphertext+c.Tag[:2*size])
				if got := m.Seal(nil, unhex(t, c.ICN), unhex(t, c.Plaintext), unhex(t, c.AAD)); !bytes.Equal(got, want) {
					t.Errorf("%s: %x, want %x", c.Source, got, want)
				}
				got, err := m.Open(nil, unhex(t, c.ICN), want, unhex(t, c.AAD))
				if err != nil || hex.EncodeToString(got) != c.Plaintext {
					t.Errorf("%s opens to %x, %v", c.Source, got, err)
				}
			}
		}
	}
	if len(file.Cases) != 4 {
		t.Errorf("%d cases", len(file.Cases))
	}
}

func TestContract(t *testing.T) {
	t.Parallel()
	key := []byte("a key of thirty-two bytes, no more")[:32]
	for _, c := range []struct {
		cipher string
		tag    int
	}{{"kuznyechik", 16}, {"kuznyechik", 12}, {"magma", 8}, {"magma", 4}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			t.Parallel()
			contract.AEAD(t, newMGM(t, c.cipher, key, c.tag))
		})
	}
}

// block4 has an impossible block size.
type block4 struct{ modes.Block }

func (block4) BlockSize() int { return 4 }

func TestSizes(t *testing.T) {
	t.Parallel()
	if _, err := New(block4{}, 4); !errors.Is(err, ErrBlockSize) {
		t.Errorf("block of 4 bytes: %v", err)
	}
	for name, size := range map[string]int{"kuznyechik": 16, "magma": 8} {
		b, err := newBlock(name, make([]byte, 32))
		if err != nil {
			t.Fatal(err)
		}
		for n := -1; n <= 20; n++ {
			if _, err := New(b, n); (err == nil) != (n >= 4 && n <= size) || err != nil && !errors.Is(err, ErrTagSize) {
				t.Errorf("%s with a code of %d bytes: %v", name, n, err)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]int{"kuznyechik": 16, "magma": 8} {
		m := newMGM(t, name, make([]byte, 32), n)
		nonce, message := make([]byte, n), []byte("message")
		sealed := m.Seal(nil, nonce, message, nil)
		topBit := append([]byte{0x80}, nonce[1:]...)
		for _, c := range []struct {
			what          string
			nonce, sealed []byte
			want          error
		}{
			{"top bit", topBit, sealed, ErrNonce},
			{"short nonce", nonce[1:], sealed, ErrNonce},
			{"nothing to protect", nonce, make([]byte, n), ErrLength},
			{"shorter than the code", nonce, sealed[:n-1], ErrOpen},
			{"no message", nonce, nil, ErrOpen},
			{"wrong code", nonce, append(bytes.Clone(sealed[:len(sealed)-1]), 0), ErrOpen},
		} {
			if got, err := m.Open(nil, c.nonce, c.sealed, nil); got != nil || !errors.Is(err, c.want) {
				t.Errorf("%s, %s: %x, %v", name, c.what, got, err)
			}
		}
		room := make([]byte, 3*n+len(message))
		for what, f := range map[string]func(){
			"top bit":            func() { m.Seal(nil, topBit, message, nil) },
			"nothing to protect": func() { m.Seal(nil, nonce, nil, nil) },
			"overlap":            func() { m.Seal(room[:1], nonce, room[:5], nil) },
			"overlap from below": func() { m.Seal(room[:0], nonce, room[1:5], nil) },
			"overlap in Open":    func() { _, _ = m.Open(room[:1], nonce, room[:2*n], nil) },
			"data":               func() { m.Seal(room[:0], nonce, message, room[1:2]) },
			"data, same place":   func() { m.Seal(room[:0], nonce, message, room[:1]) },
			"data in Open":       func() { _, _ = m.Open(room[:0], nonce, sealed, room[2:]) },
		} {
			if !panics(f) {
				t.Errorf("%s, %s does not panic", name, what)
			}
		}
		if panics(func() { m.Seal(room[:0], nonce, room[len(message)+n:][:len(message)], nil) }) {
			t.Error("neighbours are taken for an overlap")
		}
	}
	m := newMGM(t, "magma", make([]byte, 32), 8)
	for _, c := range []struct {
		message, data int
		want          error
	}{{0, 1, nil}, {1, 0, nil}, {1<<29 - 1, 0, nil}, {1 << 29, 0, ErrLength}, {1 << 28, 1 << 28, ErrLength}, {1 << 28, 1<<28 - 1, nil}} {
		if err := m.check(make([]byte, 8), c.message, c.data); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return false
}

// TestField compares with multiplication and division of polynomials as one does them on paper.
func TestField(t *testing.T) {
	t.Parallel()
	edge := rapid.OneOf(rapid.Uint64(), rapid.SampledFrom([]uint64{0, 1, 1 << 59, 1 << 60, 1 << 63, 0xf << 60, 1<<60 - 1, 1<<64 - 1}))
	for _, size := range []int{8, 16} {
		modulus := new(big.Int).SetBit(big.NewInt(0x1b), 64, 1)
		if size == 16 {
			modulus = new(big.Int).SetBit(big.NewInt(0x87), 128, 1)
		}
		draw := func(t *rapid.T, name string) []byte {
			b := make([]byte, size)
			for i := 0; i < size; i += 8 {
				store(b[i:], edge.Draw(t, name))
			}
			return b
		}
		rapid.Check(t, func(t *rapid.T) {
			var p product
			want := new(big.Int)
			for range rapid.IntRange(1, 3).Draw(t, "terms") {
				x, y := draw(t, "x"), draw(t, "y")
				p.add(x, y)
				a, b := new(big.Int).SetBytes(x), new(big.Int).SetBytes(y)
				for i := range 8 * size {
					if b.Bit(i) == 1 {
						want.Xor(want, new(big.Int).Lsh(a, uint(i)))
					}
				}
			}
			for n := want.BitLen(); n > 8*size; n = want.BitLen() {
				want.Xor(want, new(big.Int).Lsh(modulus, uint(n-1-8*size)))
			}
			got := make([]byte, size)
			if p.reduce(got); new(big.Int).SetBytes(got).Cmp(want) != 0 {
				t.Fatalf("%x, want %x", got, want)
			}
		})
	}
}

// TestCountersWrap begins with counters that no test vector reaches.
func TestCountersWrap(t *testing.T) {
	t.Parallel()
	for name, n := range map[string]int{"kuznyechik": 16, "magma": 8} {
		b, err := newBlock(name, make([]byte, 32))
		if err != nil {
			t.Fatal(err)
		}
		for _, half := range [][2]int{{0, n / 2}, {n / 2, n}} {
			w := &work{b: b, n: n}
			for i := range w.count {
				w.count[i] = 0xff
			}
			w.fill(3*n, half[0], half[1])
			for i, last := range []byte{0xff, 0, 1} {
				block := bytes.Repeat([]byte{0xff}, n)
				if i > 0 {
					clear(block[half[0]:half[1]])
					block[half[1]-1] = last
				}
				if b.Encrypt(block, block); !bytes.Equal(block, w.buffer[i*n:][:n]) {
					t.Errorf("%s: block %d after a full counter is wrong", name, i)
				}
			}
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	for _, name := range []string{"kuznyechik", "magma"} {
		b.Run(name, func(b *testing.B) {
			m := newMGM(b, name, make([]byte, 32), 8)
			message := make([]byte, 16384)
			out := make([]byte, 0, len(message)+m.Overhead())
			b.SetBytes(int64(len(message)))
			for b.Loop() {
				m.Seal(out, make([]byte, m.NonceSize()), message, nil)
			}
		})
	}
}

func BenchmarkMultiply(b *testing.B) {
	var p product
	x, y := make([]byte, 16), make([]byte, 16)
	b.SetBytes(16)
	for b.Loop() {
		p.add(x, y)
	}
}

func ExampleMGM() {
	b, err := kuznyechik.NewCipher(make([]byte, kuznyechik.KeySize))
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := New(b, 16)
	if err != nil {
		fmt.Println(err)
		return
	}
	nonce := make([]byte, m.NonceSize()) // never twice; top bit clear
	sealed := m.Seal(nil, nonce, []byte("message"), []byte("header"))
	fmt.Printf("%x\n", sealed)
	opened, err := m.Open(nil, nonce, sealed, []byte("header"))
	fmt.Printf("%s %v\n", opened, err)
	_, err = m.Open(nil, nonce, sealed, []byte("another"))
	fmt.Println(err)
	// Output:
	// 645a01f862c5b759c82d937ad61e87ed888a31d98a0682
	// message <nil>
	// mgm: message authentication failed
}
