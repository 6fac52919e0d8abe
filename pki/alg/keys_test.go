// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package alg_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"math/big"
	"slices"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/der"
)

// TestBrokenPublicKeys lists keys that break a rule, with the verdict.
func TestBrokenPublicKeys(t *testing.T) {
	t.Parallel()
	key, err := alg.Generate(alg.GOST256A, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point := key.PublicKey().KeyOctets()
	offCurve := slices.Clone(point)
	offCurve[10] ^= 1
	gost := func(oid der.OID, bits []byte, params ...der.OID) []byte {
		var p [][]byte
		for _, o := range params {
			p = append(p, der.ObjectID(o))
		}
		return der.Sequence(der.Sequence(der.ObjectID(oid), der.Sequence(p...)), der.BitString(bits))
	}
	const gost256, gost512 = der.OID("1.2.643.7.1.1.1.1"), der.OID("1.2.643.7.1.1.1.2")
	const setA, streebog512 = der.OID("1.2.643.7.1.2.1.1.1"), der.OID("1.2.643.7.1.1.2.3")
	ec := func(curve der.OID, bits []byte) []byte {
		return der.Sequence(der.Sequence(der.ObjectID("1.2.840.10045.2.1"), der.ObjectID(curve)), der.BitString(bits))
	}
	rsaKey := func(n []byte, e int64, params []byte) []byte {
		return der.Sequence(der.Sequence(der.ObjectID("1.2.840.113549.1.1.1"), params),
			der.BitString(der.Sequence(der.Unsigned(n), der.Int(e))))
	}
	modulus := bytes.Repeat([]byte{0xff}, 256)
	for _, c := range []struct {
		name string
		in   []byte
		want error // nil: any
	}{
		{"nothing", nil, nil},
		{"trailing octets", append(slices.Clone(key.PublicKey().SPKI()), 0), nil},
		{"off the curve", gost(gost256, offCurve, setA), alg.ErrKey},
		{"all zero", gost(gost256, der.OctetString(make([]byte, 64)), setA), alg.ErrKey},
		{"short", gost(gost256, der.OctetString(make([]byte, 63)), setA), alg.ErrKey},
		{"bare point", gost(gost256, point[2:], setA), nil},
		{"512 curve with a 256 key", gost(gost256, point, "1.2.643.7.1.2.1.2.1"), alg.ErrKey},
		{"256 curve with a 512 key", gost(gost512, point, setA), alg.ErrKey},
		{"digest of the other length", gost(gost256, point, setA, streebog512), alg.ErrKey},
		{"unknown curve", gost(gost256, point, "1.2.643.7.1.2.1.1.99"), alg.ErrUnsupported},
		{"four parameters", gost(gost256, point, setA, "1.2.643.7.1.1.2.2", "1.2.3", "1.2.3"), nil},
		{"GOST 2001, point of another curve", gost("1.2.643.2.2.19", point, "1.2.643.2.2.36.0"), alg.ErrKey},
		{"GOST 2001, curve of 2012", gost("1.2.643.2.2.19", point, setA), alg.ErrUnsupported},
		{"GOST 2001, digest of 2012", gost("1.2.643.2.2.19", point, "1.2.643.2.2.36.0", "1.2.643.7.1.1.2.2"), alg.ErrKey},
		{"GOST 2001, digest with the S-boxes of tests", gost("1.2.643.2.2.19", point, "1.2.643.2.2.36.0", "1.2.643.2.2.30.0"), alg.ErrUnsupported},
		{"GOST 2001, no parameters", der.Sequence(der.Sequence(der.ObjectID("1.2.643.2.2.19")), der.BitString(point)), nil},
		{"GOST 94", gost("1.2.643.2.2.20", point, "1.2.643.2.2.32.2"), alg.ErrUnsupported},
		{"Kazakhstan, Russian curve", gost("1.2.398.3.10.1.1.1.1", point, setA, "1.2.3"), alg.ErrUnsupported},
		{"EC curve unknown", ec("1.3.132.0.10", []byte{4}), alg.ErrUnsupported},
		{"EC explicit parameters", der.Sequence(der.Sequence(der.ObjectID("1.2.840.10045.2.1"), der.Sequence()), der.BitString([]byte{4})), alg.ErrUnsupported},
		{"EC not on the curve", ec("1.2.840.10045.3.1.7", append([]byte{4}, make([]byte, 64)...)), alg.ErrKey},
		{"EC compressed", ec("1.2.840.10045.3.1.7", append([]byte{2}, make([]byte, 32)...)), alg.ErrKey},
		{"RSA of 1024 bits", rsaKey(modulus[:128], 65537, der.Null()), alg.ErrUnsupported},
		{"RSA of 16384 bits", rsaKey(bytes.Repeat([]byte{0xff}, 2048), 65537, der.Null()), alg.ErrUnsupported},
		{"RSA even modulus", rsaKey(append(slices.Clone(modulus), 0), 65537, der.Null()), alg.ErrKey},
		{"RSA exponent 1", rsaKey(modulus, 1, der.Null()), alg.ErrKey},
		{"RSA exponent even", rsaKey(modulus, 4, der.Null()), alg.ErrKey},
		{"RSA parameters", rsaKey(modulus, 3, der.Int(1)), alg.ErrKey},
	} {
		p, err := alg.ParsePublicKey(c.in)
		if err == nil || p != nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// TestPrivateKeyForms reads the forms that programs write of one key.
func TestPrivateKeyForms(t *testing.T) {
	t.Parallel()
	for _, k := range []alg.Kind{alg.GOST256B, alg.GOST512C} {
		key, err := alg.Generate(k, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		raw := key.Encode()
		bigEndian := slices.Clone(raw)
		slices.Reverse(bigEndian)
		for name, content := range map[string][]byte{
			"nested octet string": der.OctetString(raw),
			"nested integer":      der.Unsigned(bigEndian),
			"sequence":            der.Sequence(der.OctetString(raw), der.OctetString(key.PublicKey().KeyOctets())),
			"masked by one":       append(slices.Clone(raw), append([]byte{1}, make([]byte, len(raw)-1)...)...),
		} {
			got, err := alg.ParsePrivateKey(key.Algorithm(), content)
			if err != nil || !got.PublicKey().Equal(key.PublicKey()) || !bytes.Equal(got.Encode(), raw) {
				t.Errorf("%v, %s: %v", k, name, err)
			}
		}
		for name, content := range map[string][]byte{
			"nothing": nil, "short": raw[1:], "zero": make([]byte, len(raw)), "ones": bytes.Repeat([]byte{0xff}, len(raw)),
			"boolean": der.Bool(true), "octets of another length": der.OctetString(raw[1:]),
			"integer too long": der.Unsigned(append([]byte{1}, raw...)), "empty octet string": der.OctetString(),
			"empty sequence": der.Sequence(), "negative": der.Int(-5),
		} {
			if _, err := alg.ParsePrivateKey(key.Algorithm(), content); err == nil {
				t.Errorf("%v, %s: was read", k, name)
			}
		}
	}
}

func TestBrokenPrivateKeys(t *testing.T) {
	t.Parallel()
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]any{"RSA 1024": small, "P-224": p224} {
		info, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := alg.ParsePrivateKey(splitPKCS8(t, info)); !errors.Is(err, alg.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	key, err := alg.Generate(alg.RSA, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	algorithm, content := key.Algorithm(), key.Encode()
	ec, err := alg.Generate(alg.P256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	order := new(big.Int).Set(elliptic.P256().Params().N).Bytes()
	for name, c := range map[string][2][]byte{
		"RSA cut":             {algorithm, content[:len(content)-1]},
		"RSA with other d":    {algorithm, flip(content)},
		"RSA nothing":         {algorithm, nil},
		"EC nothing":          {ec.Algorithm(), nil},
		"EC scalar of order":  {ec.Algorithm(), der.Sequence(der.Int(1), der.OctetString(order))},
		"EC version":          {ec.Algorithm(), der.Sequence(der.Int(2), der.OctetString(make([]byte, 32)))},
		"EC short scalar":     {ec.Algorithm(), der.Sequence(der.Int(1), der.OctetString([]byte{1}))},
		"no algorithm":        {nil, content},
		"GOST, no parameters": {der.Sequence(der.ObjectID("1.2.643.7.1.1.1.1")), make([]byte, 32)},
		"unknown algorithm":   {der.Sequence(der.ObjectID("1.2.3")), content},
	} {
		if _, err := alg.ParsePrivateKey(c[0], c[1]); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
}

// TestNoRandomness checks that the reader of randomness is used and its failure
// reported.
func TestNoRandomness(t *testing.T) {
	t.Parallel()
	empty := bytes.NewReader(nil)
	for _, k := range []alg.Kind{alg.GOST256A, alg.GOST512B} {
		if _, err := alg.Generate(k, empty); err == nil {
			t.Errorf("%v was made of nothing", k)
		}
		key, err := alg.Generate(k, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := key.SignDigest(empty, k.Hash(), k.Hash().Sum(nil)); err == nil {
			t.Errorf("%v signed without randomness", k)
		}
	}
}
