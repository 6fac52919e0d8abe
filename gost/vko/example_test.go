// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package vko_test

import (
	"bytes"
	"crypto/rand"
	"fmt"

	"podpis/gost/gost3410"
	"podpis/gost/vko"
)

// Two sides come to one key. UKM is new for every agreement and goes with the message.
func ExampleAgree256() {
	alice, err := gost3410.GenerateKey(gost3410.TC26A256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	bob, err := gost3410.GenerateKey(gost3410.TC26A256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	ukm := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	here, err := vko.Agree256(alice, bob.PublicKey(), ukm)
	if err != nil {
		panic(err)
	}
	there, err := vko.Agree256(bob, alice.PublicKey(), ukm)
	if err != nil {
		panic(err)
	}
	fmt.Println(len(here), bytes.Equal(here, there))
	// Output: 32 true
}
