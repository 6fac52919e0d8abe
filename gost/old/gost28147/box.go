// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package gost28147

import (
	"math/bits"
	"sync"
)

// Box is a set of eight S-boxes, which GOST 28147-89 leaves open. The zero value is none.
type Box struct{ table func() *table }

// Test is id-Gost28147-89-TestParamSet of RFC 4357, 11.2. It protects nothing.
func Test() Box { return Box{test} }

// CryptoProA is id-Gost28147-89-CryptoPro-A-ParamSet of RFC 4357, 11.2.
func CryptoProA() Box { return Box{cryptoProA} }

// CryptoProB is id-Gost28147-89-CryptoPro-B-ParamSet of RFC 4357, 11.2.
func CryptoProB() Box { return Box{cryptoProB} }

// CryptoProC is id-Gost28147-89-CryptoPro-C-ParamSet of RFC 4357, 11.2.
func CryptoProC() Box { return Box{cryptoProC} }

// CryptoProD is id-Gost28147-89-CryptoPro-D-ParamSet of RFC 4357, 11.2.
func CryptoProD() Box { return Box{cryptoProD} }

// ParamZ is id-tc26-gost-28147-param-Z of RFC 7836, appendix C: the S-boxes of Magma.
func ParamZ() Box { return Box{paramZ} }

// HashTest is the S-boxes of id-GostR3411-94-TestParamSet (RFC 4357, 11.2): those of the hash in the examples of
// RFC 5831.
func HashTest() Box { return Box{hashTest} }

// HashCryptoPro is the S-boxes of id-GostR3411-94-CryptoProParamSet (RFC 4357, 11.2): those of the hash in use.
func HashCryptoPro() Box { return Box{hashCryptoPro} }

// Each string is one S-box, K_1 for the lowest four bits first: the digit at place x is what x becomes.
var (
	test = once("42f59108e3bcd7a6", "c9fe813a274d60b5", "d8ec739a15246f0b", "e9b25f710dc6a438",
		"3e59680dab7c21f4", "8f6b19c5d37a0e24", "9bc0367548ef1a2d", "c652b09d3e7af418")
	cryptoProA = once("96328b17a4efc0d5", "37e98af0526cb4d1", "e462b3d8cf5a0719", "e7acd13902b4f856",
		"b5198df0e423c7a6", "3adc120b75948fe6", "1d297a608c45f3be", "baf50ce8623917d4")
	cryptoProB = once("84b135092eacd67f", "012a4d5c973fb86e", "ec0a92db758f3614", "750db6123acf4e98",
		"27cf95ab140d68e3", "83264debc17fa095", "52ab91c374d06f8e", "04be8371a296fd5c")
	cryptoProC = once("1bc29d0f458ea763", "017db4528efc9a63", "825049fa37cd6e1b", "36015da8b297efc4",
		"8db0451293ce6fa7", "c9b18e247365a0fd", "a968de20f35b41c7", "7405a2fec61bd938")
	cryptoProD = once("fc2a645079ed1b83", "b634cfe27d805a91", "1cb0fe65ad489372", "15eca70d62b493f8",
		"0c89d2ab73654ef1", "80f325eb1a47c9d6", "306f1e92d8c4ba57", "1a68fb04c3597d2e")
	paramZ = once("c462a5b9e8d703f1", "68239a5c1e47bd0f", "b3582fade174c960", "c821d4f670a53e9b",
		"7f5a816d093eb42c", "5df692cab78143e0", "8e25691cf4b0da37", "17ed05834fa69cb2")
	hashTest = once("4a92d80e6b1c7f53", "eb4c6dfa23810759", "581da342efc7609b", "7da1089fe46cb253",
		"6c715fd84a9e03b2", "4ba0721d36859cfe", "db413f590ae7682c", "1fd057a4923e6b8c")
	hashCryptoPro = once("a4568137dce092bf", "5f402db91763cea8", "7fce94103b526a8d", "4a7c0f28e165db93",
		"764b9c2a180efd35", "7624d9f0a15b8ec3", "de41705a3c8f629b", "13a95b4f867ed02c")
)

// table joins two S-boxes, their place in the word and the rotation by 11 bits.
type table [4][256]uint32

// f is the substitution and the rotation of one round (RFC 5830, 5.1): x is the sum with the key already.
func (t *table) f(x uint32) uint32 {
	return t[0][uint8(x)] ^ t[1][uint8(x>>8)] ^ t[2][uint8(x>>16)] ^ t[3][uint8(x>>24)]
}

// once makes a table when it is first asked for.
func once(k ...string) func() *table {
	return sync.OnceValue(func() *table {
		t := new(table)
		for place := range t {
			low, high := k[2*place], k[2*place+1]
			for v := range t[place] {
				x := digit(high[v>>4])<<4 | digit(low[v&15])
				t[place][v] = bits.RotateLeft32(x<<(8*place), 11)
			}
		}
		return t
	})
}

func digit(c byte) uint32 {
	if c >= 'a' {
		return uint32(c-'a') + 10
	}
	return uint32(c - '0')
}
