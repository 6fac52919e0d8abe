// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build js && wasm

package main

import (
	"math/bits"
	"strconv"
	"syscall/js"

	"podpis/cmd/browser"
	"podpis/pki/alg"
)

// prove does the work that keeps programs from spending the checks of people: prove(
// token, bits) → token "." number, for which SHA-256 begins with that many zero bits.
func prove(args []js.Value) any {
	begin, want := []byte(args[0].String()+"."), args[1].Int()
	if want > 32 {
		return browser.Failure("internal")
	}
	h := alg.SHA256.New()
	sum := make([]byte, 0, 32)
	proof := append([]byte{}, begin...)
	for n := uint64(0); ; n++ {
		proof = strconv.AppendUint(proof[:len(begin)], n, 10)
		h.Reset()
		h.Write(proof)
		sum = h.Sum(sum[:0])
		if zeros(sum) >= want {
			return string(proof)
		}
	}
}

func zeros(sum []byte) (n int) {
	for _, b := range sum {
		n += bits.LeadingZeros8(b)
		if b != 0 {
			break
		}
	}
	return n
}
