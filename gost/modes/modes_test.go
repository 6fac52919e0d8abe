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

// many has the ability to encrypt and decrypt many blocks at once.
type many struct{ modes.Block }

func (m many) EncryptBlocks(dst, src []byte) { m.each(m.Encrypt, dst, src) }
func (m many) DecryptBlocks(dst, src []byte) { m.each(m.Decrypt, dst, src) }

func (m many) each(do func(dst, src []byte), dst, src []byte) {
	for i := 0; i < len(src); i += m.BlockSize() {
		do(dst[i:], src[i:])
	}
}

// The interfaces of crypto/cipher, which the package itself does not import.
var (
	_ cipher.Block     = modes.Block(nil)
	_ cipher.BlockMode = (*modes.ECB)(nil)
	_ cipher.BlockMode = (*modes.CBC)(nil)
	_ cipher.Stream    = (*modes.CTR)(nil)
	_ cipher.Stream    = (*modes.OFB)(nil)
	_ cipher.Stream    = (*modes.CFB)(nil)
	_ cipher.Stream    = (*modes.CTRACPKM[modes.Block])(nil)
)

// pair is one mode in both directions, as functions that begin anew at each call.
type pair struct {
	encrypt, decrypt func() any // a cipher.Stream or a cipher.BlockMode
}

func newMode(t testing.TB, mode string, b modes.Block, iv []byte) pair {
	t.Helper()
	switch mode {
	case "ctr":
		return pair{begin(t, modes.NewCTR, b, iv), begin(t, modes.NewCTR, b, iv)}
	case "ofb":
		return pair{begin(t, modes.NewOFB, b, iv), begin(t, modes.NewOFB, b, iv)}
	case "cfb":
		return pair{begin(t, modes.NewCFBEncrypter, b, iv), begin(t, modes.NewCFBDecrypter, b, iv)}
	case "cbc":
		return pair{begin(t, modes.NewCBCEncrypter, b, iv), begin(t, modes.NewCBCDecrypter, b, iv)}
	case "ecb":
		noIV := func(f func(modes.Block) (*modes.ECB, error)) func(modes.Block, []byte) (*modes.ECB, error) {
			return func(b modes.Block, _ []byte) (*modes.ECB, error) { return f(b) }
		}
		return pair{begin(t, noIV(modes.NewECBEncrypter), b, iv), begin(t, noIV(modes.NewECBDecrypter), b, iv)}
	}
	t.Fatal("no mode " + mode)
	return pair{}
}

func begin[M any](t testing.TB, f func(modes.Block, []byte) (M, error), b modes.Block, iv []byte) func() any {
	return func() any {
		t.Helper()
		m, err := f(b, iv)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
}

// run does one call of a stream or of a block mode.
func run(m any, dst, src []byte) {
	switch m := m.(type) {
	case cipher.Stream:
		m.XORKeyStream(dst, src)
	case cipher.BlockMode:
		m.CryptBlocks(dst, src)
	}
}

func checkMode(t *testing.T, name string, p pair, plaintext, ciphertext []byte) {
	t.Helper()
	got := make([]byte, len(plaintext))
	if run(p.encrypt(), got, plaintext); !bytes.Equal(got, ciphertext) {
		t.Errorf("%s = %x, want %x", name, got, ciphertext)
	}
	if run(p.decrypt(), got, ciphertext); !bytes.Equal(got, plaintext) {
		t.Errorf("%s decrypts to %x, want %x", name, got, plaintext)
	}
}

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
		count++
		switch c.Mode {
		case "ctr", "ofb", "cfb", "cbc", "ecb":
			for _, b := range []modes.Block{b, plain{b}, many{plain{b}}} {
				checkMode(t, c.Cipher+" "+c.Mode, newMode(t, c.Mode, b, unhex(t, c.IV)), unhex(t, c.Plaintext), unhex(t, c.Ciphertext))
			}
		case "omac":
			checkMAC(t, c.Cipher+" omac", modes.NewOMAC(b), unhex(t, c.Data), c.MacFullBlock)
			if c.MacFullBlock[:len(c.Mac)] != c.Mac {
				t.Errorf("%s: the short code is not the beginning", c.Cipher)
			}
		default:
			t.Errorf("mode %s is unknown", c.Mode)
		}
	}
	if count != 12 || len(file.Tails.Cases) == 0 {
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

func TestOMACACPKM(t *testing.T) {
	t.Parallel()
	var file struct {
		Cases []struct {
			Name, Cipher, Key, Data, Mac string
			SectionBits                  int `json:"section_bits"`
			MasterBits                   int `json:"t_star_bits"`
		}
	}
	readVectors(t, "acpkm-kexp15.json", &file)
	count := 0
	for _, c := range file.Cases {
		if c.Name == "OMAC-ACPKM" {
			count++
			checkMAC(t, c.Cipher+" OMAC-ACPKM", mustOMACACPKM(t, c.Cipher, unhex(t, c.Key), c.SectionBits/8, c.MasterBits/8), unhex(t, c.Data), c.Mac)
		}
	}
	if count != 4 {
		t.Errorf("%d cases", count)
	}
}

func mustOMACACPKM(t testing.TB, name string, key []byte, section, master int) hash.Hash {
	t.Helper()
	h, err := modes.NewOMACACPKM(func(key []byte) (modes.Block, error) { return newBlock(name, key) }, key, section, master)
	if err != nil {
		t.Fatal(err)
	}
	return h
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
		if c.iv != 8 {
			continue
		}
		if _, err := modes.NewOMACACPKM(kuznyechik.NewCipher, make([]byte, c.key), c.section, 96); !errors.Is(err, c.want) {
			t.Errorf("OMAC-ACPKM %+v: %v", c, err)
		}
		if _, err := modes.NewOMACACPKM(kuznyechik.NewCipher, make([]byte, c.key), 96, c.section); !errors.Is(err, c.want) {
			t.Errorf("ACPKM-Master %+v: %v", c, err)
		}
	}
	_, err := modes.NewOMACACPKM(func([]byte) (block4, error) { return block4{}, nil }, nil, 4, 4)
	if !errors.Is(err, modes.ErrBlockSize) {
		t.Errorf("OMAC-ACPKM of a block of 4 bytes: %v", err)
	}
	if s := mustCTR(t, b, make([]byte, 8)); !panics(func() { s.XORKeyStream(make([]byte, 1), make([]byte, 2)) }) {
		t.Error("a short destination does not panic")
	}
	if !panics(func() { modes.NewOMAC(block4{}) }) {
		t.Error("OMAC of a block of 4 bytes does not panic")
	}
}

func TestFeedbackErrors(t *testing.T) {
	t.Parallel()
	news := map[string]func(b modes.Block, iv []byte) error{
		"OFB":          func(b modes.Block, iv []byte) error { _, err := modes.NewOFB(b, iv); return err },
		"CFB, encrypt": func(b modes.Block, iv []byte) error { _, err := modes.NewCFBEncrypter(b, iv); return err },
		"CFB, decrypt": func(b modes.Block, iv []byte) error { _, err := modes.NewCFBDecrypter(b, iv); return err },
		"CBC, encrypt": func(b modes.Block, iv []byte) error { _, err := modes.NewCBCEncrypter(b, iv); return err },
		"CBC, decrypt": func(b modes.Block, iv []byte) error { _, err := modes.NewCBCDecrypter(b, iv); return err },
	}
	for mode, newMode := range news {
		for _, name := range []string{"kuznyechik", "magma"} {
			b := mustBlock(t, name, make([]byte, 32))
			for n := range 5 * b.BlockSize() {
				var want error
				if n == 0 || n%b.BlockSize() != 0 {
					want = modes.ErrIV
				}
				if err := newMode(b, make([]byte, n)); !errors.Is(err, want) {
					t.Errorf("%s with %d bytes of initialization vector: %v", mode, n, err)
				}
			}
		}
		if err := newMode(block4{}, make([]byte, 4)); !errors.Is(err, modes.ErrBlockSize) {
			t.Errorf("%s of a block of 4 bytes: %v", mode, err)
		}
	}
	_, err1 := modes.NewECBEncrypter(block4{})
	if _, err2 := modes.NewECBDecrypter(block4{}); !errors.Is(err1, modes.ErrBlockSize) || !errors.Is(err2, modes.ErrBlockSize) {
		t.Errorf("ECB of a block of 4 bytes: %v, %v", err1, err2)
	}
}

// standard is GOST R 34.13-2015, 5.3 to 5.5, word for word: a register R of m bits, of which the upper n are taken and
// what is fed back comes in from below.
func standard(b modes.Block, mode string, iv, p []byte) (c []byte) {
	n := b.BlockSize()
	r := bytes.Clone(iv)
	for len(p) > 0 {
		y, last := make([]byte, n), p[:min(n, len(p))]
		out := make([]byte, len(last))
		if mode == "cbc" {
			for i := range y {
				y[i] = last[i] ^ r[i]
			}
			b.Encrypt(y, y)
			copy(out, y)
		} else {
			b.Encrypt(y, r[:n])
			for i := range out {
				out[i] = last[i] ^ y[i]
			}
		}
		r = r[n:]
		if mode == "ofb" {
			r = append(r, y...)
		} else {
			r = append(r, append(bytes.Clone(out), make([]byte, n-len(out))...)...)
		}
		c, p = append(c, out...), p[len(last):]
	}
	return c
}

func TestFeedback(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		b, err := newBlock(rapid.SampledFrom([]string{"kuznyechik", "magma"}).Draw(r, "cipher"), rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(r, "key"))
		if err != nil {
			r.Fatal(err)
		}
		mode := rapid.SampledFrom([]string{"ofb", "cfb", "cbc"}).Draw(r, "mode")
		z := rapid.OneOf(rapid.IntRange(1, 4), rapid.IntRange(30, 70)).Draw(r, "blocks of register") * b.BlockSize()
		iv := rapid.SliceOfN(rapid.Byte(), z, z).Draw(r, "iv")
		data := rapid.SliceOfN(rapid.Byte(), 0, 2000).Draw(r, "data")
		if mode == "cbc" {
			data = data[:len(data)/b.BlockSize()*b.BlockSize()]
		}
		checkMode(t, mode, newMode(t, mode, b, iv), data, standard(b, mode, iv, data))
	})
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
	key := []byte("not eight equal words: Magma does")[:32] // under a key of equal words Magma undoes itself
	for _, name := range []string{"kuznyechik", "magma"} {
		b := mustBlock(t, name, key)
		n := b.BlockSize()
		for _, c := range []struct {
			mode string
			iv   int
		}{{"ctr", n / 2}, {"ofb", n}, {"ofb", 3 * n}, {"cfb", n}, {"cfb", 3 * n}, {"cfb", 40 * n}, {"cbc", n}, {"cbc", 3 * n}, {"cbc", 40 * n}, {"ecb", 0}} {
			for kind, b := range map[string]modes.Block{"": b, ", one by one": plain{b}, ", many": many{b}} {
				t.Run(fmt.Sprintf("%s %s %d%s", name, c.mode, c.iv, kind), func(t *testing.T) {
					t.Parallel()
					contractOf(t, newMode(t, c.mode, b, bytes.Repeat(key, 20)[:c.iv]))
				})
			}
		}
		for _, section := range []int{64, 1024} {
			mesh := func() cipher.Stream { return mustACPKM(t, name, key, key[:n/2], section) }
			t.Run(fmt.Sprintf("%s CTR-ACPKM %d", name, section), func(t *testing.T) { contract.Stream(t, mesh, mesh) })
		}
		t.Run(name+" OMAC", func(t *testing.T) { contract.Hash(t, func() hash.Hash { return modes.NewOMAC(b) }) })
		t.Run(name+" OMAC-ACPKM", func(t *testing.T) {
			contract.Hash(t, func() hash.Hash { return mustOMACACPKM(t, name, key, 2*n, 6*n) })
		})
	}
}

func contractOf(t *testing.T, p pair) {
	if _, ok := p.encrypt().(cipher.Stream); ok {
		contract.Stream(t, as[cipher.Stream](p.encrypt), as[cipher.Stream](p.decrypt))
		return
	}
	contract.BlockMode(t, as[cipher.BlockMode](p.encrypt), as[cipher.BlockMode](p.decrypt))
}

func as[T any](f func() any) func() T {
	return func() T { return f().(T) }
}

func ExampleNewCFBDecrypter() {
	b, err := kuznyechik.NewCipher(make([]byte, kuznyechik.KeySize))
	if err != nil {
		fmt.Println(err)
		return
	}
	iv := make([]byte, 2*kuznyechik.BlockSize) // a register of two blocks, as in the examples of the standard
	data := []byte("a message of any length")
	encrypter, err1 := modes.NewCFBEncrypter(b, iv)
	decrypter, err2 := modes.NewCFBDecrypter(b, iv)
	if err := errors.Join(err1, err2); err != nil {
		fmt.Println(err)
		return
	}
	encrypter.XORKeyStream(data, data)
	fmt.Printf("%x\n", data)
	decrypter.XORKeyStream(data, data)
	fmt.Printf("%s\n", data)
	// Output:
	// f9ec0631a8bc1ab595a063798b671996b8a00e3abcbb13
	// a message of any length
}

func ExampleNewCBCEncrypter() {
	b, err := magma.NewCipher(make([]byte, magma.KeySize))
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := modes.NewCBCEncrypter(b, make([]byte, magma.BlockSize))
	if err != nil {
		fmt.Println(err)
		return
	}
	blocks := []byte("sixteen bytes...")
	m.CryptBlocks(blocks, blocks)
	fmt.Printf("%x\n", blocks)
	// Output: ebce22e7da276ef83dcf233ddb62a96a
}

func ExampleNewOMACACPKM() {
	m, err := modes.NewOMACACPKM(kuznyechik.NewCipher, make([]byte, kuznyechik.KeySize), 4096, 768)
	if err != nil {
		fmt.Println(err)
		return
	}
	m.Write([]byte("message"))
	fmt.Printf("%x\n", m.Sum(nil))
	// Output: 42bc6f0e5c43d249016398c64ba245a4
}
