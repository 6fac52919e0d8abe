// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Command constanttime agrees on a key with a secret one, for the test of constant time, which runs it under valgrind:
// constanttime <work> <secret in hexadecimal>.
package main

import (
	"bytes"
	"encoding/hex"
	"os"
	"runtime"

	"podpis/gost/gost3410"
	"podpis/gost/vko"
)

func main() {
	runtime.MemProfileRate = 0 // samples of allocations come at random
	secret, err := hex.DecodeString(os.Args[2])
	if err != nil {
		panic(err)
	}
	c := gost3410.CryptoProA()
	if len(secret) == 64 {
		c = gost3410.TC26C512()
	}
	ordinary, err := gost3410.NewPrivateKey(c, bytes.Repeat([]byte{0x15}, c.Size()))
	if err != nil {
		panic(err)
	}
	k, err := gost3410.NewPrivateKey(c, secret)
	if err != nil {
		panic(err)
	}
	agree := agreements[os.Args[1]]
	growStack()
	p := ordinary.PublicKey()
	for range 2 { // tables are made, pages are touched
		if _, err := agree(ordinary, p, ukm); err != nil {
			panic(err)
		}
	}
	measured(agree, k, p)
}

type agreement = func(*gost3410.PrivateKey, *gost3410.PublicKey, []byte) ([]byte, error)

var (
	ukm        = []byte{1, 2, 3, 4, 5, 6, 7, 8}
	agreements = map[string]agreement{
		"256":                            vko.Agree256,
		"512":                            vko.Agree512,
		"control: the hash uses a table": vko.Agree2001,
	}
)

// measured is the function that valgrind looks for.
//
//go:noinline
func measured(agree agreement, k *gost3410.PrivateKey, p *gost3410.PublicKey) {
	if _, err := agree(k, p, ukm); err != nil {
		panic(err)
	}
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
