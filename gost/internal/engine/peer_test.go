// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package engine_test

import (
	"bytes"
	"crypto/cipher"
	"errors"
	"hash"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"podpis/gost/internal/engine"
	"podpis/gost/kuznyechik"
	"podpis/gost/magma"
	"podpis/gost/modes"
	"podpis/gost/streebog"
)

// batch is how many questions are asked at once. Of what the engine does slowly, a new key for each section, it is a
// tenth: a thousand inputs take it a second.
const (
	batch     = 2000
	slowBatch = batch / 10
)

// inputs returns how many inputs are compared: a tenth in the gate, all with PODPIS_DRILL=1.
func inputs() int {
	if os.Getenv("PODPIS_DRILL") != "" {
		return 1_200_000
	}
	return 120_000
}

// source makes random inputs whose lengths and contents stay near the edges.
type source struct{ *rand.Rand }

// length is near a multiple of 64 more often than not, which is near one of 8 and 16 as well.
func (s source) length() int {
	switch s.IntN(8) {
	case 0:
		return s.IntN(20)
	case 1:
		return 500 + s.IntN(800)
	case 2, 3, 4:
		return max(0, 64*s.IntN(6)+s.IntN(5)-2)
	default:
		return s.IntN(200)
	}
}

func (s source) bytes(n int) []byte {
	b := make([]byte, n)
	switch s.IntN(8) {
	case 0: // all zeros
	case 1:
		for i := range b {
			b[i] = 0xff
		}
	case 2: // few bits
		for range min(n, 3) {
			b[s.IntN(n)] |= 1 << s.IntN(8)
		}
	case 3: // zeros or ones in runs, for the carries of Streebog's sum
		for i := range b {
			b[i] = byte(-(s.Uint32() >> 31 & (s.Uint32() >> 31)))
		}
	default:
		for i := range b {
			b[i] = byte(s.Uint32())
		}
	}
	return b
}

// trial returns a question and our answer.
type trial func(t *testing.T, s source) (engine.Question, []byte)

func TestAgainstEngine(t *testing.T) {
	t.Parallel()
	e := engine.Build(t).Start(t)
	trials := []struct {
		name string
		do   trial
	}{
		{"Streebog-256", hashTrial("md_gost12_256", streebog.New256)},
		{"Streebog-512", hashTrial("md_gost12_512", streebog.New512)},
		{"Streebog-256, constant time", hashTrial("md_gost12_256", streebog.NewConstantTime256)},
		{"Streebog-512, constant time", hashTrial("md_gost12_512", streebog.NewConstantTime512)},
		{"Kuznyechik OMAC", macTrial("kuznyechik-mac", newKuznyechik)},
		{"Magma OMAC", macTrial("magma-mac", newMagma)},
		{"Kuznyechik OMAC-ACPKM", omacACPKMTrial},
		{"Kuznyechik ECB", modeTrial("kuznyechik-ecb", newKuznyechik)},
		{"Kuznyechik CBC", modeTrial("kuznyechik-cbc", newKuznyechik)},
		{"Kuznyechik CFB", modeTrial("kuznyechik-cfb", newKuznyechik)},
		{"Kuznyechik OFB", modeTrial("kuznyechik-ofb", newKuznyechik)},
		{"Kuznyechik CTR", modeTrial("kuznyechik-ctr", newKuznyechik)},
		{"Kuznyechik CTR, constant time", modeTrial("kuznyechik-ctr", newConstantTimeKuznyechik)},
		{"Kuznyechik CTR-ACPKM", acpkmTrial("kuznyechik-ctr-acpkm", newKuznyechik)},
		{"Magma CBC", modeTrial("magma-cbc", newMagma)},
		{"Magma CTR", modeTrial("magma-ctr", newMagma)},
		{"Magma CTR, constant time", modeTrial("magma-ctr", newConstantTimeMagma)},
		{"Magma CTR-ACPKM", acpkmTrial("magma-ctr-acpkm", newMagma)},
	}
	s := source{rand.New(rand.NewPCG(0x34, uint64(time.Now().UnixNano())))} // other inputs in each run: a failure prints its own
	start, total := time.Now(), 0
	for total < inputs() {
		for _, trial := range trials {
			n := batch
			if strings.HasSuffix(trial.name, "ACPKM") {
				n = slowBatch
			}
			compare(t, e, s, n, trial.name, trial.do)
			total += n
		}
	}
	t.Logf("%d inputs counted in %.1f s", total, time.Since(start).Seconds())
}

func compare(t *testing.T, e *engine.Engine, s source, n int, name string, do trial) {
	t.Helper()
	questions, ours := make([]engine.Question, n), make([][]byte, n)
	for i := range questions {
		questions[i], ours[i] = do(t, s)
	}
	for i, theirs := range e.Ask(questions) {
		// The engine shortens some codes.
		if n := len(theirs.Data); !theirs.OK || n < min(8, len(ours[i])) || n > len(ours[i]) || !bytes.Equal(theirs.Data, ours[i][:n]) {
			t.Fatalf("%s: ours %x, the engine's %x (%v)\n%s", name, ours[i], theirs.Data, theirs.OK, questions[i])
		}
	}
}

func newKuznyechik(key []byte) (modes.Block, error) { return kuznyechik.NewCipher(key) }
func newMagma(key []byte) (modes.Block, error)      { return magma.NewCipher(key) }

func newConstantTimeKuznyechik(key []byte) (modes.Block, error) {
	return kuznyechik.NewConstantTimeCipher(key)
}

func newConstantTimeMagma(key []byte) (modes.Block, error) { return magma.NewConstantTimeCipher(key) }

func must[T any](t *testing.T) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// write gives data to a hash in two parts.
func write(s source, h hash.Hash, data []byte) []byte {
	cut := s.IntN(len(data) + 1)
	h.Write(data[:cut])
	h.Write(data[cut:])
	return h.Sum(nil)
}

func hashTrial(name string, newHash func() hash.Hash) trial {
	return func(_ *testing.T, s source) (engine.Question, []byte) {
		data := s.bytes(s.length())
		return engine.Hash(name, data), write(s, newHash(), data)
	}
}

func macTrial(name string, newCipher func(key []byte) (modes.Block, error)) trial {
	return func(t *testing.T, s source) (engine.Question, []byte) {
		key, data := s.bytes(32), s.bytes(s.length())
		h := modes.NewOMAC(must[modes.Block](t)(newCipher(key)))
		return engine.MAC(name, key, data, 0, 0), write(s, h, data)
	}
}

// omacACPKMTrial has sections so small that short messages cross several.
func omacACPKMTrial(t *testing.T, s source) (engine.Question, []byte) {
	key, data := s.bytes(32), s.bytes(1+s.length())
	section, master := 16*(1+s.IntN(4)), 48*(1+s.IntN(3))
	h := must[hash.Hash](t)(modes.NewOMACACPKM(newKuznyechik, key, section, master))
	name := "kuznyechik-ctr-acpkm-omac"
	return engine.MAC(name, key, data, section, master), write(s, h, data)
}

// modeTrial is a mode by the last three letters of its name.
func modeTrial(name string, newCipher func(key []byte) (modes.Block, error)) trial {
	return func(t *testing.T, s source) (engine.Question, []byte) {
		key, data, encrypt := s.bytes(32), s.bytes(s.length()), s.IntN(2) == 0
		b := must[modes.Block](t)(newCipher(key))
		n := b.BlockSize()
		iv := s.bytes(n)
		out := make([]byte, len(data))
		var stream cipher.Stream
		var block cipher.BlockMode
		var err error
		switch mode := name[len(name)-3:]; mode {
		case "ctr":
			clear(iv[n/2:])
			stream, err = modes.NewCTR(b, iv[:n/2])
		case "ofb":
			stream, err = modes.NewOFB(b, iv)
		case "cfb":
			stream, err = choose(encrypt, modes.NewCFBEncrypter, modes.NewCFBDecrypter)(b, iv)
		case "cbc":
			block, err = choose(encrypt, modes.NewCBCEncrypter, modes.NewCBCDecrypter)(b, iv)
		case "ecb":
			block, err = choose(encrypt, modes.NewECBEncrypter, modes.NewECBDecrypter)(b)
		default:
			err = errors.New("no mode " + mode)
		}
		if err != nil {
			t.Fatal(err)
		}
		if block != nil {
			data = data[:len(data)/n*n]
			out = out[:len(data)]
			cut := s.IntN(len(data)/n+1) * n
			block.CryptBlocks(out[:cut], data[:cut])
			block.CryptBlocks(out[cut:], data[cut:])
		} else {
			xor(s, stream, out, data)
		}
		return engine.Cipher(name, key, iv, 0, encrypt, data), out
	}
}

func choose[F any](first bool, a, b F) F {
	if first {
		return a
	}
	return b
}

// xor gives data to a stream in two parts.
func xor(s source, stream cipher.Stream, out, data []byte) {
	cut := s.IntN(len(data) + 1)
	stream.XORKeyStream(out[:cut], data[:cut])
	stream.XORKeyStream(out[cut:], data[cut:])
}

func acpkmTrial(name string, newCipher func(key []byte) (modes.Block, error)) trial {
	return func(t *testing.T, s source) (engine.Question, []byte) {
		key, data := s.bytes(32), s.bytes(s.length())
		n := must[modes.Block](t)(newCipher(key)).BlockSize()
		section := n * (1 + s.IntN(10))
		iv := append(s.bytes(n/2), make([]byte, n/2)...)
		out := make([]byte, len(data))
		xor(s, must[*modes.CTRACPKM[modes.Block]](t)(modes.NewCTRACPKM(newCipher, key, iv[:n/2], section)), out, data)
		return engine.Cipher(name, key, iv, section, true, data), out
	}
}
