// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package gost3410

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"podpis/gost/internal/ec"
	"podpis/gost/streebog"
)

// allCurves lists every set by the name the vector files use.
func allCurves() map[string]*Curve {
	return map[string]*Curve{
		"id-GostR3410-2001-TestParamSet":          TestSet256(),
		"id-GostR3410-2001-CryptoPro-A-ParamSet":  CryptoProA(),
		"id-GostR3410-2001-CryptoPro-B-ParamSet":  CryptoProB(),
		"id-GostR3410-2001-CryptoPro-C-ParamSet":  CryptoProC(),
		"id-tc26-gost-3410-2012-256-paramSetA":    TC26A256(),
		"id-tc26-gost-3410-2012-512-paramSetTest": Test512(),
		"id-tc26-gost-3410-2012-512-paramSetA":    TC26A512(),
		"id-tc26-gost-3410-2012-512-paramSetB":    TC26B512(),
		"id-tc26-gost-3410-2012-512-paramSetC":    TC26C512(),
	}
}

func curveNamed(t *testing.T, name string) *Curve {
	t.Helper()
	c := allCurves()[name]
	if c == nil {
		t.Fatalf("no curve %q", name)
	}
	return c
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

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// reversed returns the bytes of b last first.
func reversed(b []byte) []byte {
	r := slices.Clone(b)
	slices.Reverse(r)
	return r
}

func TestCurveVectors(t *testing.T) {
	t.Parallel()
	type point struct{ K, X, Y string }
	var file struct {
		Sets []struct {
			Name             string
			P, Q             string
			Multiples        []point
			SmallOrderPoints []point `json:"small_order_points"`
		}
	}
	readVectors(t, "curves.json", &file)
	if len(file.Sets) != len(allCurves()) {
		t.Fatalf("%d sets", len(file.Sets))
	}
	for _, set := range file.Sets {
		t.Run(set.Name, func(t *testing.T) {
			t.Parallel()
			c := curveNamed(t, set.Name)
			if len(set.Multiples) < 17 {
				t.Fatalf("%d multiples", len(set.Multiples))
			}
			for _, m := range set.Multiples {
				key, err := NewPrivateKey(c, reversed(unhex(t, m.K)))
				if err != nil {
					t.Fatalf("k = %s: %v", m.K, err)
				}
				want := append(reversed(unhex(t, m.X)), reversed(unhex(t, m.Y))...)
				if got := key.PublicKey().Bytes(); !slices.Equal(got, want) {
					t.Errorf("k = %s: %x, want %x", m.K, got, want)
				}
				if _, err := NewPublicKey(c, want); err != nil {
					t.Errorf("k = %s: %v", m.K, err)
				}
			}
			for _, m := range set.SmallOrderPoints {
				xy := append(reversed(unhex(t, m.X)), reversed(unhex(t, m.Y))...)
				if _, err := NewPublicKey(c, xy); !errors.Is(err, ErrSmallSubgroup) {
					t.Errorf("small order point %s: %v", m.X, err)
				}
			}
			zero := make([]byte, c.Size())
			for _, d := range [][]byte{zero, reversed(unhex(t, set.Q)), slices.Repeat([]byte{0xff}, c.Size())} {
				if _, err := NewPrivateKey(c, d); !errors.Is(err, ErrScalarRange) {
					t.Errorf("private key %x: %v", d, err)
				}
			}
		})
	}
}

func TestStandardExamples(t *testing.T) {
	t.Parallel()
	var file struct {
		Cases []struct {
			Name, Curve, E, K, R, S string
			SignatureSR             string `json:"signature_s_r"`
			PublicKeyLE             string `json:"public_key_le"`
			PrivateKeyLE            string `json:"private_key_le"`
		}
	}
	readVectors(t, "gost3410-2012.json", &file)
	if len(file.Cases) != 2 {
		t.Fatalf("%d cases", len(file.Cases))
	}
	for _, c := range file.Cases {
		key, err := NewPrivateKey(curveNamed(t, c.Curve), unhex(t, c.PrivateKeyLE))
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(key.PublicKey().Bytes()); got != c.PublicKeyLE {
			t.Errorf("%s: public key %s", c.Name, got)
		}
		k, e := ec.FromBigEndian(unhex(t, c.K)), ec.FromBigEndian(unhex(t, c.E))
		r, s, ok := key.signWith(&k, &e)
		if !ok || r != ec.FromBigEndian(unhex(t, c.R)) || s != ec.FromBigEndian(unhex(t, c.S)) {
			t.Errorf("%s: r = %x, s = %x, %v", c.Name, r, s, ok)
		}
		digest := reversed(unhex(t, c.E))
		if err := key.PublicKey().Verify(digest, unhex(t, c.SignatureSR)); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}

// reasons gives for each invalid edge case, by the beginning of its name, the only error that may be returned.
var reasons = []struct {
	prefix string
	want   error
}{
	{"digest byte order swapped", ErrSignature},
	{"r||s instead of s||r", nil}, // either half may be out of range for the other's place: any signature error
	{"r=0", ErrSignatureRange},
	{"s=0", ErrSignatureRange},
	{"r=q", ErrSignatureRange},
	{"s=q", ErrSignatureRange},
	{"r+q", nil}, // r + q may not fit the size and is then cut, which is another number
	{"s+q", nil},
	{"s negated", ErrSignature},
	{"r negated", ErrSignature},
	{"one bit of", nil},
	{"max values", ErrSignatureRange},
	{"short signature", ErrSignatureLength},
	{"long signature", ErrSignatureLength},
	{"empty signature", ErrSignatureLength},
	{"little-endian halves", nil},
	{"public key y negated", ErrSignature},
	{"public key not on curve", ErrNotOnCurve},
	{"public key 0,0", ErrNotOnCurve},
	{"non-canonical", ErrNonCanonical},
	{"public key x written as x+p", ErrNonCanonical},
	{"public key of order", ErrSmallSubgroup},
	{"public key = Q + point of order", ErrSmallSubgroup},
	{"sum is the point at infinity", ErrSignature},
}

// edgeCases is signature-edge-cases.json.
type edgeCases struct {
	Sets []struct {
		Curve string
		Cases []struct {
			Name, Digest, Signature, Result string
			PublicKeyLE                     string `json:"public_key_le"`
		}
	}
}

func TestSignatureEdgeCases(t *testing.T) {
	t.Parallel()
	var file edgeCases
	readVectors(t, "signature-edge-cases.json", &file)
	count := 0
	for _, set := range file.Sets {
		c := curveNamed(t, set.Curve)
		for _, v := range set.Cases {
			count++
			key, err := NewPublicKey(c, unhex(t, v.PublicKeyLE))
			if err == nil {
				err = key.Verify(unhex(t, v.Digest), unhex(t, v.Signature))
			}
			switch {
			case v.Result == "valid" && err != nil, v.Result == "invalid" && err == nil:
				t.Errorf("%s, %s: %v, want %s", c.Name(), v.Name, err, v.Result)
			case v.Result == "invalid":
				checkReason(t, c.Name(), v.Name, err)
			case v.Result != "valid":
				t.Errorf("result %q", v.Result)
			}
		}
	}
	if count != 247 {
		t.Errorf("%d cases, want 247", count)
	}
}

func checkReason(t *testing.T, curve, name string, err error) {
	t.Helper()
	for _, r := range reasons {
		if !strings.HasPrefix(name, r.prefix) {
			continue
		}
		if r.want == nil && !errors.Is(err, ErrSignature) && !errors.Is(err, ErrSignatureRange) || r.want != nil && !errors.Is(err, r.want) {
			t.Errorf("%s, %s: %v, want %v", curve, name, err, r.want)
		}
		return
	}
	t.Errorf("no reason is known for case %q (%v)", name, err)
}

func TestInteropGostEngine(t *testing.T) {
	t.Parallel()
	var file struct {
		Cases []struct {
			Name, Curve, Message, Signature string
			PKCS8DER                        string `json:"pkcs8_der"`
			SPKIDER                         string `json:"spki_der"`
		}
	}
	readVectors(t, "interop-gost-engine.json", &file)
	if len(file.Cases) != 12 {
		t.Fatalf("%d cases", len(file.Cases))
	}
	for _, v := range file.Cases {
		c := curveNamed(t, v.Curve)
		// The raw key ends either structure, and no other string of its length follows.
		spki, pkcs8 := unhex(t, v.SPKIDER), unhex(t, v.PKCS8DER)
		public, err := NewPublicKey(c, spki[len(spki)-2*c.Size():])
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		private, err := NewPrivateKey(c, pkcs8[len(pkcs8)-c.Size():])
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		if !private.PublicKey().Equal(public) {
			t.Errorf("%s: the keys do not match", v.Name)
		}
		digest := digestFor(c, unhex(t, v.Message))
		if err := public.Verify(digest, unhex(t, v.Signature)); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		digest[0] ^= 1
		if err := public.Verify(digest, unhex(t, v.Signature)); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: another digest gives %v", v.Name, err)
		}
	}
}

// digestFor hashes with the Streebog of the size of the curve.
func digestFor(c *Curve, message []byte) []byte {
	if c.Size() == 32 {
		sum := streebog.Sum256(message)
		return sum[:]
	}
	sum := streebog.Sum512(message)
	return sum[:]
}
