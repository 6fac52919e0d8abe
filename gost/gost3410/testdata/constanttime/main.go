// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Command constanttime does one piece of work with a secret, for the test of constant time, which runs it under
// valgrind: constanttime <work> <curve> <secret in hexadecimal>. It is a program of its own, since the test binary
// allocates differently from run to run.
package main

import (
	"bytes"
	"encoding/hex"
	"os"
	"runtime"

	"podpis/gost/gost3410"
	"podpis/gost/internal/ec"
)

func main() {
	runtime.MemProfileRate = 0 // samples of allocations come at random
	curves := map[string]func() *gost3410.Curve{
		"CryptoPro-A": gost3410.CryptoProA, "CryptoPro-C": gost3410.CryptoProC, "TC26-A": gost3410.TC26A256,
		"512-A": gost3410.TC26A512, "512-B": gost3410.TC26B512, "512-C": gost3410.TC26C512,
	}
	c := curves[os.Args[2]]()
	k, err := hex.DecodeString(os.Args[3])
	if err != nil {
		panic(err)
	}
	otherKey, err := gost3410.NewPrivateKey(c, bytes.Repeat([]byte{0x2d, 0x17}, c.Size()/2))
	if err != nil {
		panic(err)
	}
	other = otherKey.PublicKey()
	work := works[os.Args[1]]
	ordinary := bytes.Repeat([]byte{0x15}, c.Size())
	growStack()
	work(c, ordinary) // tables are made, pages are touched
	work(c, ordinary)
	measured(work, c, k)
}

// growStack makes the stack larger than any work needs. Growing it later takes instructions that come at random.
//
//go:noinline
func growStack() (sum byte) {
	var frame [100 << 10]byte // as large as may be: more would go to the heap
	for i := range frame {
		frame[i] = byte(i)
		sum += frame[i/2]
	}
	return sum
}

// measured is the function that valgrind looks for.
//
//go:noinline
func measured(work func(c *gost3410.Curve, k []byte), c *gost3410.Curve, k []byte) { work(c, k) }

// works get a number, 0 < k < q, that must not show.
var works = map[string]func(c *gost3410.Curve, k []byte){
	"key": func(c *gost3410.Curve, k []byte) {
		if _, err := gost3410.NewPrivateKey(c, k); err != nil {
			panic(err)
		}
	},
	// The key decides the nonce too.
	"key and signature": func(c *gost3410.Curve, k []byte) {
		key, err := gost3410.NewPrivateKey(c, k)
		if err != nil {
			panic(err)
		}
		if _, err := key.Sign(nil, ordinaryDigest[:c.Size()]); err != nil {
			panic(err)
		}
	},
	"agreement": func(c *gost3410.Curve, k []byte) {
		key, err := gost3410.NewPrivateKey(c, k)
		if err != nil {
			panic(err)
		}
		if _, err := key.Agree(other, ordinaryUKM[:]); err != nil {
			panic(err)
		}
	},
	"masked key": func(c *gost3410.Curve, k []byte) {
		var raw [128]byte
		if _, err := gost3410.Unmask(c, append(append(raw[:0], k...), k...)); err != nil {
			panic(err)
		}
	},
	"control with a branch": func(_ *gost3410.Curve, k []byte) {
		order := &ec.CryptoProA().Order
		x, y := ec.Words{5}, ec.Words{7}
		for _, v := range k {
			for ; v != 0; v >>= 1 {
				if v&1 == 1 {
					x = order.Multiply(&x, &y)
				}
			}
		}
	},
	"control with an index": func(_ *gost3410.Curve, k []byte) {
		for _, v := range k {
			controlSum += controlTable[int(v)*64]
		}
	},
}

// other is the key of the other side of an agreement.
var other *gost3410.PublicKey

var (
	ordinaryDigest [64]byte
	ordinaryUKM    = [8]byte{1, 2, 3, 4, 5, 6, 7, 8}
	controlTable   [256 * 64]byte
	controlSum     byte
)
