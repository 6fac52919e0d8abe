// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package keywrap

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"podpis/gost/gost3410"
)

// text is a string of bytes in hexadecimal.
type text []byte

func (h *text) UnmarshalText(b []byte) (err error) {
	*h, err = hex.DecodeString(string(b))
	return err
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

func cipherNamed(t *testing.T, name string) Cipher {
	t.Helper()
	switch name {
	case "kuznyechik":
		return Kuznyechik
	case "magma":
		return Magma
	}
	t.Fatalf("no cipher %q", name)
	return -1
}

// checkBothWays checks KExp15 and KImp15 against an example.
func checkBothWays(t *testing.T, c Cipher, macKey, encKey, iv, key, wrapped []byte) {
	t.Helper()
	if got, err := KExp15(c, macKey, encKey, iv, key); err != nil || !bytes.Equal(got, wrapped) {
		t.Errorf("KExp15: %x, %v; want %x", got, err, wrapped)
	}
	if got, err := KImp15(c, macKey, encKey, iv, wrapped); err != nil || !bytes.Equal(got, key) {
		t.Errorf("KImp15: %x, %v; want %x", got, err, key)
	}
}

func TestKExp15Vectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Cases []struct {
			Name, Cipher string
			Key          text
			Mac          text `json:"k_exp_mac"`
			Enc          text `json:"k_exp_enc"`
			IV           text
			KExp         text
		}
	}
	read(t, "acpkm-kexp15.json", &file)
	seen := 0
	for _, v := range file.Cases {
		if v.Name == "KExp15" {
			seen++
			checkBothWays(t, cipherNamed(t, v.Cipher), v.Mac, v.Enc, v.IV, v.Key, v.KExp)
		}
	}
	if seen != 2 {
		t.Errorf("%d examples", seen)
	}
}

func TestKEGVectors(t *testing.T) {
	t.Parallel()
	type point struct{ X, Y text } // big-endian
	var file struct {
		Cases []struct {
			Name, Cipher, Curve string
			ServerPrivate       text  `json:"d_server"`
			Server              point `json:"q_server"`
			EphemeralPrivate    text  `json:"d_ephemeral"`
			Ephemeral           point `json:"q_ephemeral"`
			Hash                text
			KEG                 text `json:"keg_output"`
			KExp15              struct{ Secret, IV, Exported text }
		}
	}
	read(t, "keg-rfc9189.json", &file)
	if len(file.Cases) != 2 {
		t.Errorf("%d examples", len(file.Cases))
	}
	curves := map[string]*gost3410.Curve{
		"id-GostR3410-2001-CryptoPro-A-ParamSet": gost3410.CryptoProA(),
		"id-tc26-gost-3410-2012-512-paramSetC":   gost3410.TC26C512(),
	}
	for _, v := range file.Cases {
		key := func(d []byte, q point) *gost3410.PrivateKey {
			t.Helper()
			slices.Reverse(d)
			k, err := gost3410.NewPrivateKey(curves[v.Curve], d)
			if err != nil {
				t.Fatal(err)
			}
			slices.Reverse(q.X)
			slices.Reverse(q.Y)
			if got := k.PublicKey().Bytes(); !bytes.Equal(got, slices.Concat(q.X, q.Y)) {
				t.Fatalf("%s: public key %x", v.Name, got)
			}
			return k
		}
		server, ephemeral := key(v.ServerPrivate, v.Server), key(v.EphemeralPrivate, v.Ephemeral)
		here, err := KEG(server, ephemeral.PublicKey(), v.Hash)
		if err != nil || !bytes.Equal(here, v.KEG) {
			t.Errorf("%s: %x, %v; want %x", v.Name, here, err, v.KEG)
		}
		there, err := KEG(ephemeral, server.PublicKey(), v.Hash)
		if err != nil || !bytes.Equal(there, v.KEG) {
			t.Errorf("%s: %x, %v; want %x", v.Name, there, err, v.KEG)
		}
		checkBothWays(t, cipherNamed(t, v.Cipher), here[:32], here[32:], v.KExp15.IV, v.KExp15.Secret, v.KExp15.Exported)
	}
}

// TestKEGZero shows that the first half of the UKM counts as 1 where it is 0, big-endian.
func TestKEGZero(t *testing.T) {
	t.Parallel()
	k, err := gost3410.NewPrivateKey(gost3410.TC26A256(), bytes.Repeat([]byte{0x11}, 32))
	if err != nil {
		t.Fatal(err)
	}
	keg := func(ukm []byte) []byte {
		t.Helper()
		out, err := KEG(k, k.PublicKey(), ukm)
		if err != nil || len(out) != 64 {
			t.Fatalf("%x, %v", out, err)
		}
		return out
	}
	zero, one, lastByte, first, seed := make([]byte, 32), make([]byte, 32), make([]byte, 32), make([]byte, 32), make([]byte, 32)
	one[15], lastByte[31], first[0], seed[16] = 1, 1, 1, 1
	want := keg(zero)
	if !bytes.Equal(keg(one), want) || !bytes.Equal(keg(lastByte), want) {
		t.Error("UKM 0 is not 1, or its last bytes count")
	}
	if bytes.Equal(keg(first), want) || bytes.Equal(keg(seed), want) {
		t.Error("part of the UKM does not count")
	}
}

func TestRoundTripAndForgeries(t *testing.T) {
	t.Parallel()
	for _, c := range []Cipher{Kuznyechik, Magma} {
		n := 16
		if c == Magma {
			n = 8
		}
		rapid.Check(t, func(t *rapid.T) {
			bytesOf := func(label string, least, most int) []byte {
				return rapid.SliceOfN(rapid.Byte(), least, most).Draw(t, label)
			}
			macKey, encKey, iv := bytesOf("mac", 32, 32), bytesOf("enc", 32, 32), bytesOf("iv", n/2, n/2)
			key := bytesOf("key", 1, 100)
			wrapped, err := KExp15(c, macKey, encKey, iv, key)
			if err != nil || len(wrapped) != len(key)+n {
				t.Fatalf("%x, %v", wrapped, err)
			}
			got, err := KImp15(c, macKey, encKey, iv, wrapped)
			if err != nil || !bytes.Equal(got, key) {
				t.Fatalf("%x, %v; want %x", got, err, key)
			}
			// Any changed bit of any argument is found.
			target := rapid.SampledFrom([][]byte{macKey, encKey, iv, wrapped}).Draw(t, "target")
			bit := rapid.IntRange(0, 8*len(target)-1).Draw(t, "bit")
			target[bit/8] ^= 1 << (bit % 8)
			if got, err := KImp15(c, macKey, encKey, iv, wrapped); !errors.Is(err, ErrIntegrity) || got != nil {
				t.Fatalf("forged: %x, %v", got, err)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	key := make([]byte, 32)
	for _, test := range []struct {
		name             string
		c                Cipher
		mac, enc, iv, in []byte
	}{
		{"short key of the code", Kuznyechik, key[:31], key, key[:8], key},
		{"short key of the cipher", Kuznyechik, key, key[:16], key[:8], key},
		{"no keys", Magma, nil, nil, key[:4], key},
		{"IV of a block", Kuznyechik, key, key, key[:16], key},
		{"IV of the other cipher", Magma, key, key, key[:8], key},
		{"no IV", Magma, key, key, nil, key},
		{"nothing to wrap", Kuznyechik, key, key, key[:8], nil},
		{"no such cipher", Cipher(2), key, key, key[:8], key},
		{"negative cipher", Cipher(-1), key, key, key[:8], key},
	} {
		if out, err := KExp15(test.c, test.mac, test.enc, test.iv, test.in); !errors.Is(err, ErrArgument) || out != nil {
			t.Errorf("KExp15, %s: %x, %v", test.name, out, err)
		}
		if out, err := KImp15(test.c, test.mac, test.enc, test.iv, test.in); !errors.Is(err, ErrArgument) || out != nil {
			t.Errorf("KImp15, %s: %x, %v", test.name, out, err)
		}
	}
	// The code alone wraps no key.
	if _, err := KImp15(Kuznyechik, key, key, key[:8], key[:16]); !errors.Is(err, ErrArgument) {
		t.Errorf("a code alone: %v", err)
	}
	if _, err := KImp15(Magma, key, key, key[:4], key[:7]); !errors.Is(err, ErrArgument) {
		t.Errorf("less than a code: %v", err)
	}
}

func TestKEGErrors(t *testing.T) {
	t.Parallel()
	k, err := gost3410.NewPrivateKey(gost3410.CryptoProA(), bytes.Repeat([]byte{0x11}, 32))
	if err != nil {
		t.Fatal(err)
	}
	other, err := gost3410.NewPrivateKey(gost3410.TC26A512(), bytes.Repeat([]byte{0x11}, 64))
	if err != nil {
		t.Fatal(err)
	}
	ukm := bytes.Repeat([]byte{7}, 33)
	for _, n := range []int{0, 8, 31, 33} {
		if _, err := KEG(k, k.PublicKey(), ukm[:n]); !errors.Is(err, ErrArgument) {
			t.Errorf("UKM of %d bytes: %v", n, err)
		}
	}
	for _, sides := range [][2]*gost3410.PrivateKey{{k, other}, {other, k}} {
		_, err := KEG(sides[0], sides[1].PublicKey(), ukm[:32])
		if !errors.Is(err, gost3410.ErrCurves) || !strings.Contains(err.Error(), "different curves") {
			t.Errorf("keys of two curves: %v", err)
		}
	}
}
