// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package keywrap_test

import (
	"bytes"
	"crypto/rand"
	"fmt"

	"podpis/gost/gost3410"
	"podpis/gost/keywrap"
)

// A content key travels under keys that KEG agrees on, as R 1323565.1.025-2019 does it: of 32 random bytes the last ones
// are the initialization vector.
func ExampleKExp15() {
	c := gost3410.TC26A512()
	sender, err := gost3410.GenerateKey(c, rand.Reader)
	if err != nil {
		panic(err)
	}
	recipient, err := gost3410.GenerateKey(c, rand.Reader)
	if err != nil {
		panic(err)
	}
	var content, ukm [32]byte
	rand.Read(content[:])
	rand.Read(ukm[:])
	iv := ukm[24:]

	keys, err := keywrap.KEG(sender, recipient.PublicKey(), ukm[:])
	if err != nil {
		panic(err)
	}
	wrapped, err := keywrap.KExp15(keywrap.Kuznyechik, keys[:32], keys[32:], iv, content[:])
	if err != nil {
		panic(err)
	}

	keys, err = keywrap.KEG(recipient, sender.PublicKey(), ukm[:])
	if err != nil {
		panic(err)
	}
	key, err := keywrap.KImp15(keywrap.Kuznyechik, keys[:32], keys[32:], iv, wrapped)
	fmt.Println(len(wrapped), bytes.Equal(key, content[:]), err)
	// Output: 48 true <nil>
}
