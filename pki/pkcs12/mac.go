// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pkcs12

import (
	"crypto/subtle"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkcs5"
)

// mac is MacData (RFC 7292, 4).
type mac struct {
	identifier []byte
	value      []byte
	salt       []byte
	iterations int
}

func parseMAC(s *der.Reader) *mac {
	info := s.Sequence()
	m := &mac{identifier: info.Raw(der.TagSequence), value: info.OctetString(), iterations: 1}
	info.End()
	m.salt = s.OctetString()
	if !s.Empty() {
		m.iterations = s.Int()
	}
	s.End()
	return m
}

// check computes the code. With the hashes of GOST both derivations are tried: that
// of RFC 9548, 3 and, for containers of Java programs, the classic one.
func (m *mac) check(content []byte, o *opener) error {
	h, err := alg.ParseHash(m.identifier)
	if err != nil {
		return &pkcs5.AlgorithmError{OID: der.NewReader(m.identifier).Sequence().OID()}
	}
	if len(m.salt) > 1024 {
		return pkcs5.ErrIterations
	}
	if h == alg.Streebog256 || h == alg.Streebog512 || h == alg.GOST94 {
		if err := o.budget.Spend(2 * max(m.iterations, 0)); err != nil {
			return err
		}
		if m.matches(h, macKey(h, o.password, m.salt, m.iterations), content) {
			return nil
		}
	}
	if err := o.budget.Spend(m.iterations); err != nil {
		return err
	}
	passwords := [][]byte{bmpString(o.password)}
	if len(o.password) == 0 {
		passwords = append(passwords, nil) // some programs take no password for no octets
	}
	for _, p := range passwords {
		if m.matches(h, derive(h, p, m.salt, 3, m.iterations, h.Size()), content) {
			return nil
		}
	}
	return ErrPassword
}

func (m *mac) matches(h alg.Hash, key, content []byte) bool {
	defer clear(key)
	code := h.NewHMAC(key)
	code.Write(content)
	return subtle.ConstantTimeCompare(code.Sum(nil), m.value) == 1
}

// macKey is the derivation of RFC 9548, 3: the last 32 of 96 octets of PBKDF2.
func macKey(h alg.Hash, password, salt []byte, iterations int) []byte {
	return h.PBKDF2(password, salt, iterations, 96)[64:]
}

// derive is the function of RFC 7292, B.2. The id is 1 for a key, 2 for an
// initialization vector, 3 for a MAC; the password is a BMPString.
func derive(h alg.Hash, password, salt []byte, id byte, iterations, size int) []byte {
	block := h.New().BlockSize()
	d := make([]byte, block)
	for i := range d {
		d[i] = id
	}
	in := append(repeat(salt, block), repeat(password, block)...)
	defer clear(in)
	var out []byte
	for {
		digest := h.New()
		digest.Write(d)
		digest.Write(in)
		a := digest.Sum(nil)
		for range iterations - 1 {
			a = h.Sum(a)
		}
		out = append(out, a...)
		if len(out) >= size {
			return out[:size]
		}
		addTo(in, repeat(a, block)[:block], block)
	}
}

// repeat fills whole blocks with copies of b, none for an empty one.
func repeat(b []byte, block int) []byte {
	out := make([]byte, (len(b)+block-1)/block*block)
	for i := range out {
		out[i] = b[i%len(b)]
	}
	return out
}

// addTo sets every block I of in to I + b + 1 modulo the size of a block.
func addTo(in, b []byte, block int) {
	for at := 0; at < len(in); at += block {
		carry := 1
		for i := block - 1; i >= 0; i-- {
			carry += int(in[at+i]) + int(b[i])
			in[at+i] = byte(carry)
			carry >>= 8
		}
	}
}
