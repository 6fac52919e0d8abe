// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package streebog_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"math/rand/v2"
	"os"
	"testing"

	"pgregory.net/rapid"

	"podpis/gost/internal/contract"
	"podpis/gost/streebog"
)

// vectors is testdata/streebog.json; an empty digest means that the file has none for that length.
type vectors struct {
	Cases []struct {
		Name, Message, Digest string
		Bits                  int
	}
	Lengths struct {
		Cases []struct {
			Len        int
			D256, D512 string
		}
	}
	SumCarry struct {
		Cases []struct{ Name, Message, D256, D512 string }
	} `json:"sum_carry"`
	OneMebibyte struct{ D256, D512 string } `json:"one_mebibyte"`
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	text, err := os.ReadFile("testdata/streebog.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Cases) == 0 || len(v.Lengths.Cases) < 100 || len(v.SumCarry.Cases) == 0 || v.OneMebibyte.D512 == "" {
		t.Fatal("testdata/streebog.json is not complete")
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

// checkDigest computes the digest in every way the package offers.
func checkDigest(t *testing.T, bits int, message []byte, want string) {
	t.Helper()
	var got []byte
	var h, safe hash.Hash
	switch bits {
	case 256:
		sum := streebog.Sum256(message)
		got, h, safe = sum[:], streebog.New256(), streebog.NewConstantTime256()
	case 512:
		sum := streebog.Sum512(message)
		got, h, safe = sum[:], streebog.New512(), streebog.NewConstantTime512()
	default:
		t.Fatalf("%d bits", bits)
	}
	if hex.EncodeToString(got) != want {
		t.Errorf("Sum%d of %d bytes = %x, want %s", bits, len(message), got, want)
	}
	h.Write(message)
	if got := h.Sum(nil); hex.EncodeToString(got) != want {
		t.Errorf("New%d of %d bytes = %x, want %s", bits, len(message), got, want)
	}
	safe.Write(message)
	if got := safe.Sum(nil); hex.EncodeToString(got) != want {
		t.Errorf("NewConstantTime%d of %d bytes = %x, want %s", bits, len(message), got, want)
	}
}

func TestVectors(t *testing.T) {
	t.Parallel()
	v := readVectors(t)
	for _, c := range v.Cases {
		checkDigest(t, c.Bits, unhex(t, c.Message), c.Digest)
	}
	for _, c := range v.Lengths.Cases {
		m := make([]byte, c.Len)
		for i := range m {
			m[i] = byte(7*i + c.Len)
		}
		checkDigest(t, 256, m, c.D256)
		checkDigest(t, 512, m, c.D512)
	}
	for _, c := range v.SumCarry.Cases {
		checkDigest(t, 256, unhex(t, c.Message), c.D256)
		checkDigest(t, 512, unhex(t, c.Message), c.D512)
	}
	m := make([]byte, 1<<20)
	for i := range m {
		m[i] = byte(i*i + (i>>8)*13)
	}
	checkDigest(t, 256, m, v.OneMebibyte.D256)
	checkDigest(t, 512, m, v.OneMebibyte.D512)
}

func TestContract(t *testing.T) {
	t.Parallel()
	t.Run("256", func(t *testing.T) { contract.Hash(t, streebog.New256) })
	t.Run("512", func(t *testing.T) { contract.Hash(t, streebog.New512) })
	t.Run("constant time 256", func(t *testing.T) { contract.Hash(t, streebog.NewConstantTime256) })
	t.Run("constant time 512", func(t *testing.T) { contract.Hash(t, streebog.NewConstantTime512) })
}

// TestConstantTimeAgrees compares the hash for secrets with the one by tables.
func TestConstantTimeAgrees(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		message := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "message")
		// Each message stands for many: chained digests are messages too.
		for range 20 {
			for _, pair := range [][2]hash.Hash{
				{streebog.New256(), streebog.NewConstantTime256()},
				{streebog.New512(), streebog.NewConstantTime512()},
			} {
				pair[0].Write(message)
				pair[1].Write(message)
				want, got := pair[0].Sum(nil), pair[1].Sum(nil)
				if !bytes.Equal(got, want) {
					t.Fatalf("%x of %x, want %x", got, message, want)
				}
				message = append(message[:len(message)/2], got...)
			}
		}
	})
}

// TestConstantTimeManyInputs compares the digests of 100 000 random messages.
func TestConstantTimeManyInputs(t *testing.T) {
	t.Parallel()
	random := rand.NewChaCha8([32]byte{1})
	message := make([]byte, 130)
	safe := streebog.NewConstantTime256()
	var got []byte
	for i := range 100_000 {
		part := message[:i%len(message)]
		random.Read(part) //nolint:errcheck // never fails
		safe.Reset()
		safe.Write(part)
		got = safe.Sum(got[:0])
		if want := streebog.Sum256(part); !bytes.Equal(got, want[:]) {
			t.Fatalf("digest of %x is %x, want %x", part, got, want)
		}
	}
}

func TestAllocations(t *testing.T) {
	message := make([]byte, 1000)
	h, safe := streebog.New256(), streebog.NewConstantTime256()
	out := make([]byte, 0, streebog.Size256)
	if n := testing.AllocsPerRun(100, func() {
		h.Reset()
		h.Write(message)
		out = h.Sum(out[:0])
		streebog.Sum512(message)
		safe.Reset()
		safe.Write(message)
		out = safe.Sum(out[:0])
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func BenchmarkHash(b *testing.B) {
	b.Run("256", func(b *testing.B) { benchmark(b, streebog.New256()) })
	b.Run("512", func(b *testing.B) { benchmark(b, streebog.New512()) })
}

func BenchmarkConstantTimeHash(b *testing.B) {
	b.Run("256", func(b *testing.B) { benchmark(b, streebog.NewConstantTime256()) })
	b.Run("512", func(b *testing.B) { benchmark(b, streebog.NewConstantTime512()) })
}

func benchmark(b *testing.B, h hash.Hash) {
	data := make([]byte, 1<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		h.Write(data)
	}
}

func ExampleSum256() {
	fmt.Printf("%x\n", streebog.Sum256([]byte("Подпись")))
	// Output: f53382dde1aee544a8a47ba5305b1a549777fd430cc2f4ed6572646f0eedac2c
}

func ExampleNew512() {
	h := streebog.New512()
	h.Write([]byte("012345678901234567890123456789012345678901234567890123456789012"))
	fmt.Printf("%x\n", h.Sum(nil))
	// Output: 1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48
}
