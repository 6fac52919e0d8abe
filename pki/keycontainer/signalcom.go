// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package keycontainer

import (
	"crypto/subtle"
	"errors"
	"maps"
	"slices"
	"strings"

	"podpis/pki/alg"
	"podpis/pki/der"
)

const (
	keySize = 32
	macSize = 4
	// mk.db3 begins with this octet, the number of masks and the code of the master key.
	magic    = 0x22
	maskHead = 2 + macSize
)

// openSignalCOM reads mk.db3 and masks.db3, shares of a master key that add up to it; kek.opq, under that key, the key
// over the private keys; and the first of keys/*.key.
func openSignalCOM(files map[string][]byte, password []byte) (*Container, error) {
	mk, last := files["mk.db3"], files["masks.db3"]
	if len(last) == 0 || len(files["kek.opq"]) == 0 {
		return nil, ErrNone
	}
	if len(last) != keySize || len(password) > 0 {
		return nil, alg.ErrUnsupported // shares under a password: no file of this kind was met
	}
	if len(mk) < maskHead || mk[0] != magic || mk[1] == 0 || len(mk) != maskHead+(int(mk[1])-1)*keySize {
		return nil, ErrDamaged
	}
	master := slices.Clone(last)
	defer clear(master)
	for share := range slices.Chunk(mk[maskHead:], keySize) {
		subtle.XORBytes(master, master, share)
	}
	box, err := boxOf(master, mk[2:maskHead])
	if err != nil {
		return nil, err
	}
	over, err := unwrap(box, master, files["kek.opq"])
	if err != nil {
		return nil, err
	}
	defer clear(over)
	names := slices.Sorted(maps.Keys(files))
	first := slices.IndexFunc(names, func(name string) bool { return strings.HasPrefix(name, "keys/") })
	if first < 0 {
		return nil, ErrNone
	}
	key, err := privateKey(files[names[first]], box, over)
	if err != nil {
		return nil, err
	}
	return &Container{Key: key}, nil
}

// boxOf finds the S-boxes by the code of the master key, which is over 32 zeros.
func boxOf(master, mac []byte) (der.OID, error) {
	for _, box := range []der.OID{boxCryptoProA, "1.2.643.2.2.31.2", "1.2.643.2.2.31.3", "1.2.643.2.2.31.4", boxParamZ} {
		cipher, err := alg.NewOldCipher(box, master)
		if err != nil {
			return "", err
		}
		if subtle.ConstantTimeCompare(cipher.MAC(nil, make([]byte, keySize)), mac) == 1 {
			return box, nil
		}
	}
	return "", ErrDamaged
}

// unwrap decrypts octets whose code, over the plain octets, stands behind them.
func unwrap(box der.OID, key, wrapped []byte) ([]byte, error) {
	n := len(wrapped) - macSize
	if n <= 0 || n%keySize != 0 {
		return nil, ErrDamaged
	}
	cipher, err := alg.NewOldCipher(box, key)
	if err != nil {
		return nil, err
	}
	plain := cipher.DecryptECB(wrapped[:n])
	if subtle.ConstantTimeCompare(cipher.MAC(nil, plain), wrapped[n:]) != 1 {
		clear(plain)
		return nil, ErrDamaged
	}
	return plain, nil
}

// privateKey reads PKCS #8 whose content is SEQUENCE { wrapped INTEGER, mac INTEGER }: octets that were written as
// numbers, so that zeros before them may be missing or added.
func privateKey(file []byte, box der.OID, over []byte) (*alg.PrivateKey, error) {
	r := der.NewReader(file)
	s := r.Sequence()
	s.Int()
	identifier := s.Raw(der.TagSequence)
	content := s.OctetString()
	for !s.Empty() {
		s.Any()
	}
	in := der.NewReader(content)
	pair := in.Sequence()
	wrapped, mac := pair.Content(der.TagInteger), pair.Content(der.TagInteger)
	pair.End()
	if err := errors.Join(r.Close(), in.Close()); err != nil {
		return nil, err
	}
	whole := (len(wrapped) + keySize/2) / keySize * keySize
	plain, err := unwrap(box, over, slices.Concat(octets(wrapped, whole), octets(mac, macSize)))
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	slices.Reverse(plain) // the number is big-endian here
	return alg.ParsePrivateKey(identifier, plain)
}

// octets brings a number to its length.
func octets(number []byte, n int) []byte {
	if len(number) > n && number[0] == 0 {
		number = number[1:]
	}
	return append(make([]byte, max(n-len(number), 0)), number...)
}
