// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Command instructions signs or verifies a number of digests with a fixed key, for the test that counts instructions:
// instructions <sign|verify> <curve> <number>.
package main

import (
	"bytes"
	"os"
	"strconv"

	"podpis/gost/gost3410"
)

func main() {
	curves := map[string]func() *gost3410.Curve{
		"CryptoPro-A": gost3410.CryptoProA, "CryptoPro-B": gost3410.CryptoProB, "CryptoPro-C": gost3410.CryptoProC,
		"TC26-A": gost3410.TC26A256, "512-A": gost3410.TC26A512, "512-B": gost3410.TC26B512, "512-C": gost3410.TC26C512,
	}
	c := curves[os.Args[2]]()
	n, err := strconv.Atoi(os.Args[3])
	if err != nil {
		panic(err)
	}
	key, err := gost3410.NewPrivateKey(c, bytes.Repeat([]byte{0x5b, 0x27}, c.Size()/2))
	if err != nil {
		panic(err)
	}
	digest := func(i int) []byte { return bytes.Repeat([]byte{byte(37*i + 11), byte(i)}, c.Size()/2) }
	if os.Args[1] == "sign" {
		for i := range n {
			if _, err := key.Sign(bytes.NewReader(bytes.Repeat([]byte{7}, 32)), digest(i)); err != nil {
				panic(err)
			}
		}
		return
	}
	// Signatures repeat, so that making them costs the same for every number.
	const different = 8
	var signatures [different][]byte
	for i := range signatures {
		if signatures[i], err = key.Sign(nil, digest(i)); err != nil {
			panic(err)
		}
	}
	public := key.PublicKey()
	for i := range n {
		if err := public.Verify(digest(i%different), signatures[i%different]); err != nil {
			panic(err)
		}
	}
}
