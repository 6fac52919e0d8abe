// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package keywrap wraps keys for transport: KExp15 and KImp15 of R 1323565.1.017-2018, and KEG of
// R 1323565.1.020-2018 (RFC 9189, 8.3.1), which agrees on the keys for them. What GOST 28147-89 wrapped (RFC 4357, 6.2 and
// 6.4; RFC 7836, 4.6) is unwrapped only.
//
// Strings are in the order in which programs write them. KExp15, KImp15 and KEG are constant in time for keys: they
// take the ciphers and the hash that look nothing up in tables. What unwraps the old forms of GOST 28147-89 is not.
package keywrap

import (
	"crypto/subtle"
	"errors"
	"hash"

	"podpis/gost/kuznyechik"
	"podpis/gost/magma"
	"podpis/gost/modes"
)

// Cipher is a block cipher of GOST R 34.12-2015, n bytes a block.
type Cipher int

// The ciphers.
const (
	Kuznyechik Cipher = iota // n = 16
	Magma                    // n = 8
)

// Errors of this package, returned unwrapped.
var (
	// ErrArgument says that a key, an initialization vector or UKM is not of the length it must have, or that there is
	// no such cipher.
	ErrArgument = errors.New("keywrap: wrong length of key, initialization vector or UKM")
	// ErrIntegrity says that a wrapped key is not what the holder of the keys has wrapped.
	ErrIntegrity = errors.New("keywrap: integrity check failed")
)

// keySize is the length of the keys of both ciphers.
const keySize = 32

// block returns the cipher under a key, constant in time.
func (c Cipher) block(key []byte) (modes.Block, error) {
	switch {
	case len(key) != keySize:
		return nil, ErrArgument
	case c == Kuznyechik:
		return kuznyechik.NewConstantTimeCipher(key)
	case c == Magma:
		return magma.NewConstantTimeCipher(key)
	}
	return nil, ErrArgument
}

// KExp15 wraps a key of any length but 0 by R 1323565.1.017-2018; the result is a block longer than the key. The keys
// macKey and encKey are of 32 bytes, iv of half a block, new for every key wrapped under encKey.
func KExp15(c Cipher, macKey, encKey, iv, key []byte) ([]byte, error) {
	mac, stream, err := c.prepare(macKey, encKey, iv)
	if err != nil {
		return nil, err
	}
	if len(key) == 0 {
		return nil, ErrArgument
	}
	out := make([]byte, 0, len(key)+mac.Size())
	out = append(out, key...)
	mac.Write(key)
	out = mac.Sum(out)
	stream.XORKeyStream(out, out)
	return out, nil
}

// KImp15 unwraps what [KExp15] made with the same arguments. If the wrapped key or an argument is another, the error is
// [ErrIntegrity], and nothing of the key is given out.
func KImp15(c Cipher, macKey, encKey, iv, wrapped []byte) ([]byte, error) {
	mac, stream, err := c.prepare(macKey, encKey, iv)
	if err != nil {
		return nil, err
	}
	n := len(wrapped) - mac.Size()
	if n <= 0 {
		return nil, ErrArgument
	}
	key := make([]byte, len(wrapped))
	stream.XORKeyStream(key, wrapped)
	mac.Write(key[:n])
	if subtle.ConstantTimeCompare(mac.Sum(nil), key[n:]) != 1 {
		clear(key)
		return nil, ErrIntegrity
	}
	return key[:n:n], nil
}

// prepare returns the code under macKey of a message that begins with iv, and the gamma under encKey.
func (c Cipher) prepare(macKey, encKey, iv []byte) (hash.Hash, *modes.CTR, error) {
	mac, err := c.block(macKey)
	if err != nil {
		return nil, nil, err
	}
	enc, err := c.block(encKey)
	if err != nil {
		return nil, nil, err
	}
	stream, err := modes.NewCTR(enc, iv)
	if err != nil {
		return nil, nil, ErrArgument
	}
	h := modes.NewOMAC(mac)
	h.Write(iv)
	return h, stream, nil
}
