// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package modes_test

import (
	"bytes"
	"crypto/cipher"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"os"
	"testing"

	"pgregory.net/rapid"

	"podpis/gost/internal/contract"
	"podpis/gost/kuznyechik"
	"podpis/gost/magma"
	"podpis/gost/modes"
	"podpis/gost/streebog"
)

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

func mustBlock(t testing.TB, name string, key []byte) modes.Block {
	t.Helper()
	b, err := newBlock(name, key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func mustCTR(t testing.TB, b modes.Block, iv []byte) cipher.Stream {
	t.Helper()
	s, err := modes.NewCTR(b, iv)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustACPKM(t testing.TB, name string, key, iv []byte, section int) cipher.Stream {
	t.Helper()
	s, err := modes.NewCTRACPKM(func(key []byte) (modes.Block, error) { return newBlock(name, key) }, key, iv, section)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func unhex(t testing.TB, s string) []byte {
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

func TestStandard(t *testing.T) {
	t.Parallel()
	var file struct {
		Cases []struct {
			Cipher, Mode, Key, IV, Plaintext, Ciphertext, Data, Mac string
			MacFullBlock                                            string `json:"mac_full_block"`
		}
		Tails struct {
			Keys  map[string]string
			Cases []struct {
				Cipher, OMAC, CTR string
				Len               int
			}
		} `json:"tails_computed_here"`
	}
	readVectors(t, "modes-34.13-2015.json", &file)
	count := 0
	for _, c := range file.Cases {
		b := mustBlock(t, c.Cipher, unhex(t, c.Key))
		switch c.Mode {
		case "ctr":
			count++
			checkStream(t, c.Cipher+" ctr", mustCTR(t, b, unhex(t, c.IV)), unhex(t, c.Plaintext), c.Ciphertext)
			checkStream(t, c.Cipher+" ctr", mustCTR(t, plain{b}, unhex(t, c.IV)), unhex(t, c.Plaintext), c.Ciphertext)
		case "omac":
			count++
			checkMAC(t, c.Cipher+" omac", modes.NewOMAC(b), unhex(t, c.Data), c.MacFullBlock)
			if c.MacFullBlock[:len(c.Mac)] != c.Mac {
				t.Errorf("%s: the short code is not the beginning", c.Cipher)
			}
		}
	}
	if count != 4 || len(file.Tails.Cases) == 0 {
		t.Errorf("%d cases of the standard, %d of tails", count, len(file.Tails.Cases))
	}
	for _, c := range file.Tails.Cases {
		b := mustBlock(t, c.Cipher, unhex(t, file.Tails.Keys[c.Cipher]))
		data, iv := make([]byte, c.Len), make([]byte, b.BlockSize()/2)
		for i := range data {
			data[i] = byte(11*i + c.Len)
		}
		for i := range iv {
			iv[i] = byte(i + 1)
		}
		checkStream(t, c.Cipher+" ctr tail", mustCTR(t, b, iv), data, c.CTR)
		checkMAC(t, c.Cipher+" omac tail", modes.NewOMAC(b), data, c.OMAC)
	}
}

func checkStream(t *testing.T, name string, s cipher.Stream, plaintext []byte, want string) {
	t.Helper()
	got := make([]byte, len(plaintext))
	s.XORKeyStream(got, plaintext)
	if hex.EncodeToString(got) != want {
		t.Errorf("%s of %d bytes = %x, want %s", name, len(plaintext), got, want)
	}
}

func checkMAC(t *testing.T, name string, h hash.Hash, data []byte, want string) {
	t.Helper()
	h.Write([]byte("other data"))
	h.Reset()
	for _, v := range data {
		h.Write([]byte{v})
		h.Sum(nil)
	}
	if got := hex.EncodeToString(h.Sum([]byte{})); got != want || h.Size() != h.BlockSize() || len(want) != 2*h.Size() {
		t.Errorf("%s of %d bytes = %s, want %s", name, len(data), got, want)
	}
}

func TestACPKM(t *testing.T) {
	t.Parallel()
	var file struct {
		Cases []struct {
			Name, Cipher, Key, IV, Plaintext, Ciphertext string
			SectionBits                                  int    `json:"section_bits"`
			Streebog256                                  string `json:"ciphertext_streebog256"`
			Last32                                       string `json:"ciphertext_last_32"`
		}
	}
	readVectors(t, "acpkm-kexp15.json", &file)
	count := 0
	for _, c := range file.Cases {
		if c.Name != "CTR-ACPKM" && c.Name != "CTR-ACPKM, 9000 bytes" {
			continue
		}
		count++
		s := mustACPKM(t, c.Cipher, unhex(t, c.Key), unhex(t, c.IV), c.SectionBits/8)
		if c.Name == "CTR-ACPKM" {
			checkStream(t, c.Cipher+" "+c.Name, s, unhex(t, c.Plaintext), c.Ciphertext)
			continue
		}
		data := make([]byte, 9000)
		for i := range data {
			data[i] = byte(5*i + 1)
		}
		s.XORKeyStream(data, data)
		if got := hex.EncodeToString(data[9000-32:]); got != c.Last32 {
			t.Errorf("%s %s ends in %s", c.Cipher, c.Name, got)
		}
		if sum := streebog.Sum256(data); hex.EncodeToString(sum[:]) != c.Streebog256 {
			t.Errorf("%s %s hashes to %x", c.Cipher, c.Name, sum)
		}
	}
	if count != 4 {
		t.Errorf("%d cases", count)
	}
}

// TestStreams checks that the gamma does not depend on how the message is cut, nor on many blocks at once, and
// that it undoes itself.
func TestStreams(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"kuznyechik", "magma"}).Draw(t, "cipher")
		key := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key")
		b, err := newBlock(name, key)
		if err != nil {
			t.Fatal(err)
		}
		iv := rapid.SliceOfN(rapid.Byte(), b.BlockSize()/2, b.BlockSize()/2).Draw(t, "iv")
		section := b.BlockSize() * rapid.IntRange(1, 70).Draw(t, "blocks in a section")
		streams := func() []cipher.Stream {
			ctr, err1 := modes.NewCTR(b, iv)
			slow, err2 := modes.NewCTR(plain{b}, iv)
			mesh, err3 := modes.NewCTRACPKM(func(key []byte) (modes.Block, error) { return newBlock(name, key) }, key, iv, section)
			if err := errors.Join(err1, err2, err3); err != nil {
				t.Fatal(err)
			}
			return []cipher.Stream{ctr, slow, mesh}
		}
		data := rapid.SliceOfN(rapid.Byte(), 0, 3000).Draw(t, "data")
		whole, parts := streams(), streams()
		var outputs [][]byte
		for i, s := range whole {
			want := make([]byte, len(data))
			s.XORKeyStream(want, data)
			got := bytes.Clone(want)
			for rest := got; len(rest) > 0; {
				n := rapid.IntRange(1, len(rest)).Draw(t, "part")
				parts[i].XORKeyStream(rest[:n], rest[:n])
				rest = rest[n:]
			}
			if !bytes.Equal(got, data) {
				t.Fatalf("stream %d depends on the parts", i)
			}
			outputs = append(outputs, want)
		}
		if !bytes.Equal(outputs[0], outputs[1]) {
			t.Fatal("many blocks at once differ from one by one")
		}
		if n := min(section, len(data)); !bytes.Equal(outputs[0][:n], outputs[2][:n]) {
			t.Fatal("the first section of CTR-ACPKM is not CTR")
		}
	})
}

// TestCounterCarry starts near the end of the lower half, which no test vector reaches.
func TestCounterCarry(t *testing.T) {
	t.Parallel()
	b := mustBlock(t, "magma", make([]byte, 32))
	s := mustCTR(t, b, []byte{0xff, 0xff, 0xff, 0xff})
	gamma := make([]byte, 8*300)
	s.XORKeyStream(gamma, gamma)
	for _, i := range []int{0, 1, 255, 256, 299} {
		want := []byte{0xff, 0xff, 0xff, 0xff, 0, 0, byte(i >> 8), byte(i)}
		b.Encrypt(want, want)
		if got := gamma[8*i : 8*i+8]; !bytes.Equal(got, want) {
			t.Errorf("block %d is %x, want %x", i, got, want)
		}
	}
}

// block4 has an impossible block size.
type block4 struct{}

func (block4) BlockSize() int          { return 4 }
func (block4) Encrypt(dst, src []byte) {}
func (block4) Decrypt(dst, src []byte) {}

func TestErrors(t *testing.T) {
	t.Parallel()
	b := mustBlock(t, "kuznyechik", make([]byte, 32))
	for _, n := range []int{0, 7, 9, 16} {
		if _, err := modes.NewCTR(b, make([]byte, n)); !errors.Is(err, modes.ErrIV) {
			t.Errorf("initialization vector of %d bytes: %v", n, err)
		}
	}
	if _, err := modes.NewCTR(block4{}, make([]byte, 2)); !errors.Is(err, modes.ErrBlockSize) {
		t.Errorf("block of 4 bytes: %v", err)
	}
	for _, c := range []struct {
		key, iv, section int
		want             error
	}{
		{31, 8, 4096, kuznyechik.ErrKeySize},
		{32, 7, 4096, modes.ErrIV},
		{32, 8, 0, modes.ErrSection},
		{32, 8, -16, modes.ErrSection},
		{32, 8, 17, modes.ErrSection},
	} {
		_, err := modes.NewCTRACPKM(kuznyechik.NewCipher, make([]byte, c.key), make([]byte, c.iv), c.section)
		if !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	if s := mustCTR(t, b, make([]byte, 8)); !panics(func() { s.XORKeyStream(make([]byte, 1), make([]byte, 2)) }) {
		t.Error("a short destination does not panic")
	}
	if !panics(func() { modes.NewOMAC(block4{}) }) {
		t.Error("OMAC of a block of 4 bytes does not panic")
	}
}

func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return false
}

func ExampleNewCTRACPKM() {
	key := make([]byte, kuznyechik.KeySize) // from KDF or key agreement
	iv := make([]byte, kuznyechik.BlockSize/2)
	s, err := modes.NewCTRACPKM(kuznyechik.NewCipher, key, iv, 4096)
	if err != nil {
		fmt.Println(err)
		return
	}
	data := []byte("content")
	s.XORKeyStream(data, data)
	fmt.Printf("%x\n", data)
	// Output: fba30520bea10f
}

func ExampleNewOMAC() {
	b, err := magma.NewCipher(make([]byte, magma.KeySize))
	if err != nil {
		fmt.Println(err)
		return
	}
	m := modes.NewOMAC(b)
	m.Write([]byte("message"))
	fmt.Printf("%x\n", m.Sum(nil)[:4])
	// Output: 65c074c4
}

func TestContract(t *testing.T) {
	t.Parallel()
	key := []byte("not eight equal words: Magma does") // under a key of equal words Magma undoes itself
	key = key[:32]
	for _, name := range []string{"kuznyechik", "magma"} {
		b := mustBlock(t, name, key)
		iv := key[:b.BlockSize()/2]
		t.Run(name, func(t *testing.T) {
			for mode, s := range map[string]func() cipher.Stream{
				"CTR":          func() cipher.Stream { return mustCTR(t, b, iv) },
				"CTR, plain":   func() cipher.Stream { return mustCTR(t, plain{b}, iv) },
				"CTR-ACPKM":    func() cipher.Stream { return mustACPKM(t, name, key, iv, 64) },
				"CTR-ACPKM 1k": func() cipher.Stream { return mustACPKM(t, name, key, iv, 1024) },
			} {
				t.Run(mode, func(t *testing.T) { contract.Stream(t, s, s) })
			}
			t.Run("OMAC", func(t *testing.T) { contract.Hash(t, func() hash.Hash { return modes.NewOMAC(b) }) })
		})
	}
}
