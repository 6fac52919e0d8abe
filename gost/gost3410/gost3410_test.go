// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package gost3410

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func mustKey(t testing.TB, c *Curve) *PrivateKey {
	t.Helper()
	key, err := GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// edgeNumber draws little-endian numbers of n bytes, mostly of runs of equal bits, where carries go wrong.
func edgeNumber(t *rapid.T, n int, label string) []byte {
	b := rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, label)
	for i := 0; i < n; {
		run := rapid.IntRange(1, n).Draw(t, "run")
		fill := rapid.IntRange(0, 3).Draw(t, "fill")
		for j := i; j < min(n, i+run); j++ {
			switch fill {
			case 0:
				b[j] = 0
			case 1:
				b[j] = 0xff
			}
		}
		i += run
	}
	return b
}

// TestSignVerify signs with random and edge keys and digests on every curve, and spoils what may be spoiled.
func TestSignVerify(t *testing.T) {
	t.Parallel()
	for _, c := range allCurves() {
		t.Run(c.Name(), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				key, err := NewPrivateKey(c, edgeNumber(t, c.Size(), "key"))
				if errors.Is(err, ErrScalarRange) {
					return
				}
				digest := edgeNumber(t, c.Size(), "digest")
				sig, err := key.Sign(rand.Reader, digest)
				if err != nil {
					t.Fatal(err)
				}
				public, err := NewPublicKey(c, key.PublicKey().Bytes())
				if err != nil {
					t.Fatal(err)
				}
				if err := public.Verify(digest, sig); err != nil {
					t.Fatal(err)
				}
				bit := rapid.IntRange(0, 8*len(sig)-1).Draw(t, "bit")
				sig[bit/8] ^= 1 << (bit % 8)
				if err := public.Verify(digest, sig); !errors.Is(err, ErrSignature) && !errors.Is(err, ErrSignatureRange) {
					t.Fatalf("with bit %d changed: %v", bit, err)
				}
			})
		})
	}
}

// zeros is a broken random generator.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestNonce checks that a broken generator repeats a nonce only for the same digest, and a good one never.
func TestNonce(t *testing.T) {
	t.Parallel()
	for _, c := range allCurves() {
		key := mustKey(t, c)
		one, two := digestFor(c, []byte("one")), digestFor(c, []byte("two"))
		seen := map[string]string{}
		for _, s := range []struct {
			name   string
			digest []byte
			sign   func(digest []byte) ([]byte, error)
		}{
			{"no generator", one, func(d []byte) ([]byte, error) { return key.Sign(nil, d) }},
			{"no generator, other digest", two, func(d []byte) ([]byte, error) { return key.Sign(nil, d) }},
			{"good generator", one, func(d []byte) ([]byte, error) { return key.Sign(rand.Reader, d) }},
			{"good generator again", one, func(d []byte) ([]byte, error) { return key.Sign(rand.Reader, d) }},
			{"other key", one, func(d []byte) ([]byte, error) { return mustKey(t, c).Sign(nil, d) }},
		} {
			sig, err := s.sign(s.digest)
			if err != nil {
				t.Fatal(err)
			}
			r := string(sig[c.Size():])
			if seen[r] != "" {
				t.Errorf("%s: %q and %q share a nonce", c.Name(), seen[r], s.name)
			}
			seen[r] = s.name
		}
		a, err1 := key.Sign(nil, one)
		b, err2 := key.Sign(zeros{}, one)
		if err := errors.Join(err1, err2); err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: without a generator the signature is not that of zeros (%v)", c.Name(), err)
		}
	}
}

// TestNonceRange checks that nonces are spread over all of 1 … q−1: the top bits of q times their mean.
func TestNonceRange(t *testing.T) {
	t.Parallel()
	for _, c := range allCurves() {
		key := mustKey(t, c)
		q := c.ec.Q()
		var b [64]byte
		q.PutBigEndian(b[:])
		order := new(big.Int).SetBytes(b[:])
		digest := make([]byte, c.Size())
		var fresh [freshSize]byte
		sum := new(big.Int)
		const n = 400
		for i := range n {
			digest[0], digest[1] = byte(i), byte(i>>8)
			k := key.nonce(&fresh, digest, 0)
			if !c.ec.Contains(&k) {
				t.Fatalf("%s: nonce %x", c.Name(), k)
			}
			k.PutBigEndian(b[:])
			sum.Add(sum, new(big.Int).SetBytes(b[:]))
		}
		// The mean of n uniform numbers is 1/2 ± 0.29/√n of q: six deviations are 0.087.
		mean, _ := new(big.Rat).SetFrac(sum, new(big.Int).Mul(order, big.NewInt(n))).Float64()
		if mean < 0.41 || mean > 0.59 {
			t.Errorf("%s: mean of nonces is %.3f q", c.Name(), mean)
		}
	}
}

// broken is a random generator that fails after some bytes.
type broken struct{ left int }

var errBroken = errors.New("broken generator")

func (b *broken) Read(p []byte) (int, error) {
	if len(p) > b.left {
		return 0, errBroken
	}
	b.left -= len(p)
	return len(p), nil
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, c := range allCurves() {
		key := mustKey(t, c)
		public := key.PublicKey()
		digest := make([]byte, c.Size())
		sig, err := key.Sign(rand.Reader, digest)
		if err != nil {
			t.Fatal(err)
		}
		_, short := NewPublicKey(c, public.Bytes()[1:])
		_, long := NewPublicKey(c, append(public.Bytes(), 0))
		_, shortD := NewPrivateKey(c, key.Bytes()[1:])
		_, longD := NewPrivateKey(c, append(key.Bytes(), 0))
		_, badSeed := GenerateKey(c, &broken{2*c.Size() - 1})
		_, zeroSeed := GenerateKey(c, zeros{})
		_, badNonce := key.Sign(&broken{freshSize - 1}, digest)
		_, shortDigest := key.Sign(rand.Reader, digest[1:])
		zeroed := mustKey(t, c)
		zeroed.Zero()
		_, afterZero := zeroed.Sign(rand.Reader, digest)
		for _, e := range []struct {
			name      string
			got, want error
		}{
			{"short public key", short, ErrKeyLength},
			{"long public key", long, ErrKeyLength},
			{"short private key", shortD, ErrKeyLength},
			{"long private key", longD, ErrKeyLength},
			{"broken generator of a key", badSeed, errBroken},
			{"zero seed of a key", zeroSeed, ErrScalarRange},
			{"broken generator of a nonce", badNonce, errBroken},
			{"short digest to sign", shortDigest, ErrDigestLength},
			{"zeroed key", afterZero, ErrScalarRange},
			{"short digest to verify", public.Verify(digest[1:], sig), ErrDigestLength},
			{"short signature", public.Verify(digest, sig[1:]), ErrSignatureLength},
		} {
			if !errors.Is(e.got, e.want) {
				t.Errorf("%s, %s: %v, want %v", c.Name(), e.name, e.got, e.want)
			}
		}
	}
}

func TestEqual(t *testing.T) {
	t.Parallel()
	a, b := mustKey(t, CryptoProA()), mustKey(t, CryptoProA())
	sameNumber, err := NewPrivateKey(CryptoProB(), make([]byte, 31, 32)[:31:31])
	if !errors.Is(err, ErrKeyLength) || sameNumber != nil {
		t.Fatal(err)
	}
	one := append([]byte{1}, make([]byte, 31)...)
	onA, errA := NewPrivateKey(CryptoProA(), one)
	onB, errB := NewPrivateKey(CryptoProB(), one)
	again, errC := NewPrivateKey(CryptoProA(), a.Bytes())
	if err := errors.Join(errA, errB, errC); err != nil {
		t.Fatal(err)
	}
	if !a.Equal(again) || !a.PublicKey().Equal(again.PublicKey()) {
		t.Error("a key is not equal to itself")
	}
	if a.Equal(b) || a.PublicKey().Equal(b.PublicKey()) || onA.Equal(onB) || onA.PublicKey().Equal(onB.PublicKey()) {
		t.Error("different keys are equal")
	}
	if a.Equal(a.PublicKey()) || a.PublicKey().Equal(a) {
		t.Error("keys of different kinds are equal")
	}
	if a.Curve() != CryptoProA() || a.PublicKey().Curve() != CryptoProA() {
		t.Error("a key forgets its curve")
	}
}

func TestUnmask(t *testing.T) {
	t.Parallel()
	for _, c := range allCurves() {
		key := mustKey(t, c)
		masked := key.Bytes()
		var masks []byte
		for range 3 {
			got, err := Unmask(c, append(bytes.Clone(masked), masks...))
			if err != nil || !bytes.Equal(got, key.Bytes()) {
				t.Errorf("%s with %d masks: %x, %v", c.Name(), len(masks)/c.Size(), got, err)
			}
			mask := mustKey(t, c)
			inverse := c.ec.Inverse(&mask.d)
			d, err := NewPrivateKey(c, masked)
			if err != nil {
				t.Fatal(err)
			}
			product := c.ec.Multiply(&d.d, &inverse)
			product.PutLittleEndian(masked)
			masks = append(masks, mask.Bytes()...)
		}
		for name, raw := range map[string][]byte{"nothing": nil, "part": key.Bytes()[1:], "rest": append(key.Bytes(), 1)} {
			if _, err := Unmask(c, raw); !errors.Is(err, ErrKeyLength) {
				t.Errorf("%s, %s: %v", c.Name(), name, err)
			}
		}
		zero := make([]byte, c.Size())
		for name, raw := range map[string][]byte{"zero key": zero, "zero mask": append(key.Bytes(), zero...)} {
			if _, err := Unmask(c, raw); !errors.Is(err, ErrScalarRange) {
				t.Errorf("%s, %s: %v", c.Name(), name, err)
			}
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for name, c := range allCurves() {
		if c != allCurves()[name] {
			t.Errorf("%s is not always the same pointer", name)
		}
		if want := map[bool]int{false: 32, true: 64}[strings.Contains(name, "-512-")]; c.Size() != want {
			t.Errorf("%s has size %d", name, c.Size())
		}
		if seen[c.Name()] {
			t.Errorf("two sets are called %s", c.Name())
		}
		seen[c.Name()] = true
	}
}

func FuzzNewPublicKey(f *testing.F) {
	curves := benchmarkCurves()
	for i, c := range curves {
		f.Add(i, mustKey(f, c).PublicKey().Bytes())
	}
	f.Fuzz(func(t *testing.T, i int, xy []byte) {
		c := curves[uint(i)%uint(len(curves))]
		p, err := NewPublicKey(c, xy)
		if err != nil {
			if p != nil {
				t.Fatal("a key and an error")
			}
			return
		}
		if !bytes.Equal(p.Bytes(), xy) {
			t.Fatalf("%x becomes %x", xy, p.Bytes())
		}
	})
}

func FuzzVerify(f *testing.F) {
	curves := benchmarkCurves()
	keys := map[*Curve]*PrivateKey{}
	for i, c := range curves {
		d := bytes.Repeat([]byte{0x17}, c.Size())
		key, err := NewPrivateKey(c, d)
		if err != nil {
			f.Fatal(err)
		}
		keys[c] = key
		digest := digestFor(c, []byte("message"))
		sig, err := key.Sign(nil, digest)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(i, digest, sig)
	}
	f.Fuzz(func(t *testing.T, i int, digest, sig []byte) {
		c := curves[uint(i)%uint(len(curves))]
		public := keys[c].PublicKey()
		if public.Verify(digest, sig) != nil {
			return
		}
		// Nobody forges a signature; what verifies is a seed, and its digest signs the same way elsewhere.
		fresh, err := keys[c].Sign(nil, digest)
		if err != nil || public.Verify(digest, fresh) != nil {
			t.Fatalf("%x verifies under digest %x, which cannot be signed (%v)", sig, digest, err)
		}
	})
}

func ExamplePrivateKey_Sign() {
	c := CryptoProA()
	key, err := GenerateKey(c, rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}
	digest, _ := hex.DecodeString("f53382dde1aee544a8a47ba5305b1a549777fd430cc2f4ed6572646f0eedac2c") // Streebog-256
	sig, err := key.Sign(rand.Reader, digest)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(sig), key.PublicKey().Verify(digest, sig))
	digest[0] ^= 1
	fmt.Println(key.PublicKey().Verify(digest, sig))
	// Output:
	// 64 <nil>
	// gost3410: signature does not match
}
