// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package vko

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"pgregory.net/rapid"

	"podpis/gost/gost3410"
)

func curves() map[string]*gost3410.Curve {
	return map[string]*gost3410.Curve{
		"id-GostR3410-2001-TestParamSet":          gost3410.TestSet256(),
		"id-GostR3410-2001-CryptoPro-A-ParamSet":  gost3410.CryptoProA(),
		"id-GostR3410-2001-CryptoPro-B-ParamSet":  gost3410.CryptoProB(),
		"id-GostR3410-2001-CryptoPro-C-ParamSet":  gost3410.CryptoProC(),
		"id-tc26-gost-3410-2012-256-paramSetA":    gost3410.TC26A256(),
		"id-tc26-gost-3410-2012-512-paramSetTest": gost3410.Test512(),
		"id-tc26-gost-3410-2012-512-paramSetA":    gost3410.TC26A512(),
		"id-tc26-gost-3410-2012-512-paramSetB":    gost3410.TC26B512(),
		"id-tc26-gost-3410-2012-512-paramSetC":    gost3410.TC26C512(),
	}
}

// text is a string of bytes in hexadecimal.
type text []byte

func (h *text) UnmarshalText(b []byte) (err error) {
	*h, err = hex.DecodeString(string(b))
	return err
}

// agreement is one example in any of the files.
type agreement struct {
	Name     string
	Curve    string
	UKM      text `json:"ukm_le"`
	PrivateA text `json:"private_a_le"`
	PublicA  text `json:"public_a_le"`
	PrivateB text `json:"private_b_le"`
	PublicB  text `json:"public_b_le"`
	KEK256   text `json:"kek256"`
	KEK512   text `json:"kek512"`
	KEK2001  text `json:"kek2001"`

	// of the engine's
	Private     text `json:"private_le"`
	PeerPrivate text `json:"peer_private_le"`
	PeerPublic  text `json:"peer_public_le"`

	KEK  text `json:"kek"`
	Bits int
}

func read(t *testing.T, name string, v any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

// agreements returns the examples of all files in the form of vko_computed_here.
func agreements(t *testing.T) (list []agreement) {
	t.Helper()
	var rfc struct {
		Cases    []agreement
		Computed struct{ Cases []agreement } `json:"vko_computed_here"`
	}
	read(t, "rfc7836.json", &rfc)
	list = rfc.Computed.Cases
	for _, a := range rfc.Cases {
		switch a.Name {
		case "VKO_GOSTR3410_2012_256":
			a.KEK256 = a.KEK
		case "VKO_GOSTR3410_2012_512":
			a.KEK512 = a.KEK
		default:
			continue
		}
		list = append(list, a)
	}
	var engine struct{ VKO []agreement }
	read(t, "interop-gost-engine.json", &engine)
	for _, a := range engine.VKO {
		a.PrivateA, a.PrivateB, a.PublicB = a.Private, a.PeerPrivate, a.PeerPublic
		if a.Bits == 256 {
			a.KEK256 = a.KEK
		} else {
			a.KEK512 = a.KEK
		}
		list = append(list, a)
	}
	var old struct{ Cases []agreement }
	read(t, "vko2001-gost-engine.json", &old)
	list = append(list, old.Cases...)
	if len(list) != 8+2+14+6 {
		t.Fatalf("%d examples", len(list))
	}
	return list
}

func key(t *testing.T, c *gost3410.Curve, d, public []byte) *gost3410.PrivateKey {
	t.Helper()
	k, err := gost3410.NewPrivateKey(c, d)
	if err != nil {
		t.Fatal(err)
	}
	if public != nil && !bytes.Equal(k.PublicKey().Bytes(), public) {
		t.Fatalf("public key %x", k.PublicKey().Bytes())
	}
	return k
}

func TestVectors(t *testing.T) {
	t.Parallel()
	for _, v := range agreements(t) {
		c := curves()[v.Curve]
		if c == nil {
			t.Fatalf("no curve %q", v.Curve)
		}
		a, b := key(t, c, v.PrivateA, v.PublicA), key(t, c, v.PrivateB, v.PublicB)
		for _, side := range []struct {
			k *gost3410.PrivateKey
			p *gost3410.PublicKey
		}{{a, b.PublicKey()}, {b, a.PublicKey()}} {
			for _, algorithm := range []struct {
				name  string
				agree func(*gost3410.PrivateKey, *gost3410.PublicKey, []byte) ([]byte, error)
				want  []byte
			}{{"256", Agree256, v.KEK256}, {"512", Agree512, v.KEK512}, {"2001", Agree2001, v.KEK2001}} {
				if algorithm.want == nil {
					continue
				}
				got, err := algorithm.agree(side.k, side.p, v.UKM)
				if err != nil || !bytes.Equal(got, algorithm.want) {
					t.Errorf("%s, %s: %x, %v; want %x", v.Curve, algorithm.name, got, err, algorithm.want)
				}
			}
		}
	}
}

// TestBothSides holds for every curve, and for UKM of every length.
func TestBothSides(t *testing.T) {
	t.Parallel()
	for name, c := range curves() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				draw := func(label string) *gost3410.PrivateKey {
					d := rapid.SliceOfN(rapid.Byte(), c.Size(), c.Size()).Draw(t, label)
					d[c.Size()-1] &= 0x1f // below every q
					d[0] |= 1
					k, err := gost3410.NewPrivateKey(c, d)
					if err != nil {
						t.Fatal(err)
					}
					return k
				}
				a, b := draw("a"), draw("b")
				ukm := rapid.SliceOfN(rapid.Byte(), 0, c.Size()).Draw(t, "ukm")
				x, err := Agree256(a, b.PublicKey(), ukm)
				if err != nil {
					t.Fatal(err)
				}
				y, err := Agree256(b, a.PublicKey(), ukm)
				if err != nil || !bytes.Equal(x, y) {
					t.Fatalf("%x and %x, %v", x, y, err)
				}
			})
		})
	}
}

func TestUKM(t *testing.T) {
	t.Parallel()
	c := gost3410.TC26A256()
	a, b := key(t, c, bytes.Repeat([]byte{0x11}, 32), nil), key(t, c, bytes.Repeat([]byte{0x22}, 32), nil)
	agree := func(ukm []byte) []byte {
		t.Helper()
		k, err := Agree256(a, b.PublicKey(), ukm)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	one := agree([]byte{1})
	for _, ukm := range [][]byte{nil, {0}, make([]byte, 32), {1, 0, 0}} {
		if !bytes.Equal(agree(ukm), one) {
			t.Errorf("UKM %x is not 1", ukm)
		}
	}
	if bytes.Equal(agree([]byte{0, 1}), one) {
		t.Error("UKM 256 is 1")
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	c := gost3410.CryptoProA()
	k := key(t, c, bytes.Repeat([]byte{0x11}, 32), nil)
	other := key(t, gost3410.CryptoProB(), bytes.Repeat([]byte{0x11}, 32), nil)
	zeroed := key(t, c, bytes.Repeat([]byte{0x11}, 32), nil)
	zeroed.Zero()
	order := []byte{ // q of CryptoPro-A, least significant byte first
		0x93, 0xb8, 0x61, 0xb7, 0x09, 0x1b, 0x84, 0x45, 0x00, 0xd1, 0x5a, 0x99, 0x70, 0x10, 0x61, 0x6c,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	}
	for _, test := range []struct {
		name string
		k    *gost3410.PrivateKey
		p    *gost3410.PublicKey
		ukm  []byte
		want error
	}{
		{"other curve", k, other.PublicKey(), []byte{1}, gost3410.ErrCurves},
		{"long UKM", k, k.PublicKey(), make([]byte, 33), gost3410.ErrFactor},
		{"UKM is q", k, k.PublicKey(), order, gost3410.ErrFactor},
		{"zeroed key", zeroed, k.PublicKey(), []byte{1}, gost3410.ErrScalarRange},
	} {
		if got, err := Agree256(test.k, test.p, test.ukm); !errors.Is(err, test.want) || got != nil {
			t.Errorf("%s: %x, %v; want %v", test.name, got, err, test.want)
		}
	}
	if _, err := Agree512(k, k.PublicKey(), []byte{1}); !errors.Is(err, ErrKeySize) {
		t.Errorf("512 from keys of 256 bits: %v", err)
	}
}

func TestKeySize(t *testing.T) {
	t.Parallel()
	k := key(t, gost3410.TC26A512(), bytes.Repeat([]byte{0x11}, 64), nil)
	if _, err := Agree2001(k, k.PublicKey(), []byte{1}); !errors.Is(err, ErrKeySize) {
		t.Errorf("2001 from keys of 512 bits: %v", err)
	}
}

func BenchmarkAgree(b *testing.B) {
	for name, c := range curves() {
		b.Run(name, func(b *testing.B) {
			k, err := gost3410.NewPrivateKey(c, bytes.Repeat([]byte{0x21}, c.Size()))
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := Agree256(k, k.PublicKey(), []byte{1, 2, 3}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
