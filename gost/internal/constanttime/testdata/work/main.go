// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Command work does one piece of work with a secret of 32 bytes, for the test of constant time, which runs it under
// valgrind: work <name> <secret in hexadecimal>. It is a program of its own, since the test binary allocates
// differently from run to run.
package main

import (
	"encoding/hex"
	"hash"
	"os"
	"runtime"

	"podpis/gost/kuznyechik"
	"podpis/gost/magma"
	"podpis/gost/modes"
	"podpis/gost/streebog"
)

func main() {
	runtime.MemProfileRate = 0 // samples of allocations come at random
	secret, err := hex.DecodeString(os.Args[2])
	if err != nil || len(secret) != len(buffer) {
		panic("no secret of 32 bytes")
	}
	work := works[os.Args[1]]
	for i := range buffer {
		buffer[i] = byte(i)
	}
	work(buffer[:]) // tables are made, the stack grows, pages are touched
	work(buffer[:])
	copy(buffer[:], secret)
	measured(work)
	finished()
}

// buffer has the secret at an address that is always the same.
var buffer [32]byte

// What runs between the beginnings of measured and of finished is what the test looks at.
//
//go:noinline
func measured(work func(secret []byte)) { work(buffer[:]) }

//go:noinline
func finished() { done++ }

// works get a secret that must not show.
var works = map[string]func(secret []byte){
	"streebog 256": func(secret []byte) { sum(hash256, secret) },
	"streebog 512": func(secret []byte) { sum(hash512, secret) },
	"kuznyechik": func(secret []byte) {
		c, err := kuznyechik.NewConstantTimeCipher(secret)
		encrypt(c, err, secret)
	},
	"magma": func(secret []byte) {
		c, err := magma.NewConstantTimeCipher(secret)
		encrypt(c, err, secret)
	},
	"magma by planes": func(secret []byte) { // the cipher by tables has no table for many blocks
		c, err := magma.NewCipher(secret)
		if err != nil {
			panic(err)
		}
		c.EncryptBlocks(blocks[:256], blocks[:256])
	},
	"control: streebog by tables": func(secret []byte) { sum(hashTables, secret) },
	"control: kuznyechik by tables": func(secret []byte) {
		c, err := kuznyechik.NewCipher(secret)
		encrypt(c, err, secret)
	},
	"control: magma by tables": func(secret []byte) {
		c, err := magma.NewCipher(secret)
		encrypt(c, err, secret)
	},
	"control: a branch": func(secret []byte) {
		for _, v := range secret {
			if v&1 == 1 {
				done += 3
			}
		}
	},
	"control: an index in one line of the cache": func(secret []byte) { done += int(controlTable[secret[5]&3]) },
}

type cipher interface {
	modes.Block
	EncryptBlocks(dst, src []byte)
}

// encrypt goes through one block, a few and many, where the secret is also the message.
func encrypt(c cipher, err error, secret []byte) {
	if err != nil {
		panic(err)
	}
	copy(blocks[:], secret)
	c.Encrypt(blocks[:], blocks[:])
	c.Decrypt(blocks[16:], blocks[16:])
	c.EncryptBlocks(blocks[:48], blocks[:48])
	c.EncryptBlocks(blocks[:], blocks[:])
}

func sum(h hash.Hash, secret []byte) {
	h.Reset()
	for range 3 { // more than a block
		h.Write(secret)
	}
	h.Sum(blocks[:0])
}

var (
	hash256, hash512 = streebog.NewConstantTime256(), streebog.NewConstantTime512()
	hashTables       = streebog.New256()
	blocks           [64*16 + 48]byte
	controlTable     [64]byte
	done             int
)
