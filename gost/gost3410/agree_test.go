// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package gost3410

import (
	"bytes"
	"crypto/rand"
	"errors"
	"math/big"
	"slices"
	"testing"
)

// Both sides of an agreement come to the same point, and a factor is a number modulo the order.
func TestAgree(t *testing.T) {
	t.Parallel()
	for _, c := range benchmarkCurves() {
		a, err1 := GenerateKey(c, rand.Reader)
		b, err2 := GenerateKey(c, rand.Reader)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		for _, factor := range [][]byte{nil, {0}, {1}, {2}, {0xff, 1}, bytes.Repeat([]byte{0xff}, c.Size())} {
			x, err1 := a.Agree(b.PublicKey(), factor)
			y, err2 := b.Agree(a.PublicKey(), factor)
			if err1 != nil || err2 != nil || !bytes.Equal(x, y) || len(x) != 2*c.Size() {
				t.Errorf("%s, factor %x: %x and %x, %v, %v", c.Name(), factor, x, y, err1, err2)
			}
		}
		one, _ := a.Agree(b.PublicKey(), []byte{1})
		zero, _ := a.Agree(b.PublicKey(), nil)
		two, _ := a.Agree(b.PublicKey(), []byte{2})
		if !bytes.Equal(one, zero) || bytes.Equal(one, two) {
			t.Errorf("%s: 0 has to count as 1, and 2 not", c.Name())
		}
		if _, err := a.Agree(b.PublicKey(), make([]byte, c.Size()+1)); !errors.Is(err, ErrFactor) {
			t.Errorf("%s: a factor too long: %v", c.Name(), err)
		}
		if _, err := a.Agree(b.PublicKey(), orderOf(c)); !errors.Is(err, ErrFactor) {
			t.Errorf("%s: the order as factor: %v", c.Name(), err)
		}
	}
	a, _ := GenerateKey(CryptoProA(), rand.Reader)
	b, _ := GenerateKey(TC26A256(), rand.Reader)
	if _, err := a.Agree(b.PublicKey(), nil); !errors.Is(err, ErrCurves) {
		t.Errorf("keys of two curves: %v", err)
	}
}

// orderOf finds q, little-endian: q − 1 is the largest key that is taken.
func orderOf(c *Curve) []byte {
	low, high := new(big.Int), new(big.Int).Lsh(big.NewInt(1), uint(8*c.Size()))
	for new(big.Int).Sub(high, low).Cmp(big.NewInt(1)) > 0 {
		middle := new(big.Int).Rsh(new(big.Int).Add(low, high), 1)
		d := middle.FillBytes(make([]byte, c.Size()))
		slices.Reverse(d)
		w, err := Unmask(c, d)
		if err == nil && len(w) > 0 && middle.Sign() > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	q := high.FillBytes(make([]byte, c.Size()))
	slices.Reverse(q)
	return q
}

func TestRemoveMask(t *testing.T) {
	t.Parallel()
	for _, c := range benchmarkCurves() {
		key, err := GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		mask, err := GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		masked, err := Unmask(c, slices.Concat(key.Bytes(), mask.Bytes())) // the product of both
		if err != nil {
			t.Fatal(err)
		}
		if d, err := RemoveMask(c, masked, mask.Bytes()); err != nil || !bytes.Equal(d, key.Bytes()) {
			t.Errorf("%s: %x, %v", c.Name(), d, err)
		}
		zero := make([]byte, c.Size())
		for name, pair := range map[string][2][]byte{"mask 0": {masked, zero}, "key 0": {zero, mask.Bytes()}, "mask q": {masked, orderOf(c)}} {
			if _, err := RemoveMask(c, pair[0], pair[1]); !errors.Is(err, ErrScalarRange) {
				t.Errorf("%s, %s: %v", c.Name(), name, err)
			}
		}
		if _, err := RemoveMask(c, masked[1:], mask.Bytes()); !errors.Is(err, ErrKeyLength) {
			t.Errorf("%s: short: %v", c.Name(), err)
		}
	}
}
