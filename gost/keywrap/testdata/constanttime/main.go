// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Command constanttime wraps, unwraps and agrees with a secret, for the test of constant time, which runs it under
// valgrind: constanttime <work> <secret of 32 bytes in hexadecimal>.
package main

import (
	"bytes"
	"encoding/hex"
	"os"
	"runtime"

	"podpis/gost/gost3410"
	"podpis/gost/keywrap"
	"podpis/gost/kuznyechik"
	"podpis/gost/modes"
)

func main() {
	runtime.MemProfileRate = 0 // samples of allocations come at random
	secret, err := hex.DecodeString(os.Args[2])
	if err != nil {
		panic(err)
	}
	ordinary := bytes.Repeat([]byte{0x15}, 32)
	work := works[os.Args[1]]
	growStack()
	for range 2 { // tables are made, pages are touched
		work(ordinary)()
	}
	measured(work(secret))
}

// measured is the function that valgrind looks for.
//
//go:noinline
func measured(do func()) { do() }

var (
	macKey = bytes.Repeat([]byte{3}, 32)
	iv     = bytes.Repeat([]byte{4}, 8)
	// works prepare with the secret and return what is to be measured.
	works = map[string]func(secret []byte) func(){
		"wrap with Kuznyechik":   wrap(keywrap.Kuznyechik, iv),
		"wrap with Magma":        wrap(keywrap.Magma, iv[:4]),
		"unwrap with Kuznyechik": unwrap(keywrap.Kuznyechik, iv),
		"unwrap with Magma":      unwrap(keywrap.Magma, iv[:4]),
		"agree":                  agree,
		"control: a cipher by tables": func(secret []byte) func() {
			return func() {
				b, err := kuznyechik.NewCipher(secret)
				must(err)
				stream, err := modes.NewCTR(b, iv)
				must(err)
				stream.XORKeyStream(make([]byte, 2048), make([]byte, 2048)) // long enough for the tables to tell: few blocks differ by chance alone
			}
		},
	}
)

// wrap wraps the secret with keys made of it.
func wrap(c keywrap.Cipher, iv []byte) func(secret []byte) func() {
	return func(secret []byte) func() {
		return func() {
			_, err := keywrap.KExp15(c, secret, secret, iv, secret)
			must(err)
		}
	}
}

// unwrap unwraps the secret with keys that are secret too.
func unwrap(c keywrap.Cipher, iv []byte) func(secret []byte) func() {
	return func(secret []byte) func() {
		wrapped, err := keywrap.KExp15(c, macKey, secret, iv, secret)
		must(err)
		return func() {
			_, err := keywrap.KImp15(c, macKey, secret, iv, wrapped)
			must(err)
		}
	}
}

func agree(secret []byte) func() {
	k, err := gost3410.NewPrivateKey(gost3410.TC26A256(), secret)
	must(err)
	other, err := gost3410.NewPrivateKey(gost3410.TC26A256(), macKey)
	must(err)
	p := other.PublicKey()
	return func() {
		_, err := keywrap.KEG(k, p, macKey)
		must(err)
	}
}

func must(err error) {
	if err != nil {
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
