// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pkcs12

import (
	"errors"
	"slices"
	"unicode/utf16"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkcs5"
	"podpis/pki/pkcs8"
	"podpis/pki/x509"
)

// opener walks a container and collects what is inside.
type opener struct {
	password []byte
	budget   pkcs5.Budget
	bags     int

	opened       bool // something decrypted to what it should be
	key          *alg.PrivateKey
	certificates []*x509.Certificate
	name         string
}

// authenticatedSafe opens every part; the first error is kept, since a part that
// does not open must not hide whether others do.
func (o *opener) authenticatedSafe(content []byte) error {
	safe, _, err := der.FromBER(content)
	if err != nil {
		return err
	}
	r := der.NewReader(safe)
	list := r.Sequence()
	var first error
	for !list.Empty() {
		info := list.Sequence()
		oid := info.OID()
		e := info.Enter(der.ContextConstructed(0))
		if r.Err() != nil {
			break
		}
		var err error
		switch oid {
		case oidData:
			err = o.safeContents(e.OctetString())
		case oidEncryptedData:
			err = o.encryptedData(e.Sequence())
		default:
			err = &pkcs5.AlgorithmError{OID: oid}
		}
		if first == nil {
			first = err
		}
	}
	if err := r.Close(); err != nil {
		return err
	}
	return first
}

// encryptedData opens EncryptedData (RFC 5652, 8).
func (o *opener) encryptedData(s *der.Reader) error {
	s.Int()
	info := s.Sequence()
	info.OID()
	algorithm := info.Raw(der.TagSequence)
	encrypted := implicitOctets(info)
	if err := s.Err(); err != nil {
		return err
	}
	plain, err := o.decrypt(algorithm, encrypted)
	if err != nil {
		return err
	}
	before := len(o.certificates)
	err = o.safeContents(plain)
	var syntax *der.SyntaxError
	if errors.As(err, &syntax) && len(o.certificates) == before {
		return ErrPassword // nonsense came out
	}
	o.opened = true
	return err
}

// implicitOctets reads [0] IMPLICIT OCTET STRING, also in pieces: the pieces of
// an implicit string cannot be known to package der.
func implicitOctets(r *der.Reader) []byte {
	if r.Peek() != der.ContextConstructed(0) {
		return r.Content(der.Context(0))
	}
	var out []byte
	pieces := r.Enter(der.ContextConstructed(0))
	for !pieces.Empty() {
		out = append(out, pieces.OctetString()...)
	}
	return out
}

func (o *opener) decrypt(algorithm, encrypted []byte) ([]byte, error) {
	r := der.NewReader(algorithm)
	s := r.Sequence()
	switch oid := s.OID(); oid {
	case oidTripleDES:
		key, iv, err := derivePair(s.Sequence(), o.password, 24, &o.budget)
		if err != nil {
			return nil, err
		}
		defer clear(key)
		plain, err := alg.DecryptTripleDES(key, iv, encrypted)
		if errors.Is(err, alg.ErrDecrypt) {
			err = ErrPassword
		}
		return plain, err
	case oidRC240, oidRC2128:
		return decryptRC2(oid, s.Sequence(), o.password, encrypted, &o.budget)
	}
	return pkcs5.Decrypt(algorithm, o.password, encrypted, &o.budget)
}

// derivePair reads pkcs-12PbeParams and derives a key and an initialization vector of 8 octets (RFC 7292, C).
func derivePair(params *der.Reader, password []byte, size int, budget *pkcs5.Budget) (key, iv []byte, err error) {
	salt, iterations := params.OctetString(), params.Int()
	params.End()
	if err := params.Err(); err != nil {
		return nil, nil, err
	}
	if err := budget.Spend(2 * max(iterations, 1)); err != nil || iterations < 1 {
		return nil, nil, pkcs5.ErrIterations
	}
	wide := bmpString(password)
	return derive(alg.SHA1, wide, salt, 1, iterations, size), derive(alg.SHA1, wide, salt, 2, iterations, 8), nil
}

// safeContents reads a series of bags (RFC 7292, 4.2).
func (o *opener) safeContents(content []byte) error {
	safe, _, err := der.FromBER(content)
	if err != nil {
		return err
	}
	r := der.NewReader(safe)
	list := r.Sequence()
	for !list.Empty() {
		if o.bags++; o.bags > maxBags {
			list.Fail("too many bags")
			break
		}
		bag := list.Sequence()
		oid := bag.OID()
		value := bag.Enter(der.ContextConstructed(0))
		_, raw, _ := value.Any()
		attributes, _ := bag.EnterOptional(der.TagSet)
		name := friendlyName(attributes)
		bag.End()
		if r.Err() != nil {
			break
		}
		if err := o.bag(oid, raw, name); err != nil {
			return err
		}
	}
	return r.Close()
}

func (o *opener) bag(oid der.OID, value []byte, name string) error {
	switch oid {
	case oidKeyBag:
		key, err := pkcs8.Parse(value)
		return o.take(key, name, err)
	case oidShroudedBag:
		return o.shrouded(value, name)
	case oidCertBag:
		r := der.NewReader(value)
		s := r.Sequence()
		kind := s.OID()
		e := s.Enter(der.ContextConstructed(0))
		if kind != oidX509Certificate {
			return r.Err() // SDSI certificates
		}
		cert, err := x509.ParseCertificate(e.OctetString())
		if r.Err() != nil {
			return r.Err()
		}
		if err == nil { // one that does not parse may stand beside those that do
			o.certificates = append(o.certificates, cert)
		}
	case oidSafeBag:
		return o.safeContents(value)
	}
	return nil
}

func (o *opener) shrouded(value []byte, name string) error {
	r := der.NewReader(value)
	s := r.Sequence()
	algorithm, encrypted := s.Raw(der.TagSequence), s.OctetString()
	s.End()
	if err := r.Close(); err != nil {
		return err
	}
	if in := der.NewReader(algorithm).Sequence(); in.OID() == oidCryptoProPBE {
		key, err := decryptCryptoPro(in.Sequence(), o.password, encrypted, &o.budget)
		o.opened = o.opened || err == nil
		return o.take(key, name, err)
	}
	plain, err := o.decrypt(algorithm, encrypted)
	if err != nil {
		return err
	}
	defer clear(plain)
	key, err := pkcs8.ParseDecrypted(plain)
	o.opened = o.opened || !errors.Is(err, ErrPassword)
	return o.take(key, name, err)
}

func (o *opener) take(key *alg.PrivateKey, name string, err error) error {
	if err != nil {
		return err
	}
	if o.key != nil {
		key.Zero()
		return nil
	}
	o.key, o.name = key, name
	return nil
}

func friendlyName(set *der.Reader) (name string) {
	for set != nil && !set.Empty() {
		a := set.Sequence()
		oid := a.OID()
		values := a.Set()
		if oid == oidFriendlyName && !values.Empty() {
			name = fromBMP(values.Content(der.TagBMPString))
		}
	}
	return name
}

func fromBMP(octets []byte) string {
	units := make([]uint16, len(octets)/2)
	for i := range units {
		units[i] = uint16(octets[2*i])<<8 | uint16(octets[2*i+1])
	}
	return string(utf16.Decode(units))
}

func toBMP(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u>>8), byte(u))
	}
	return out
}

// bmpString is a password as the functions of RFC 7292, B.1 take it: with two
// zero octets behind.
func bmpString(password []byte) []byte { return slices.Concat(toBMP(string(password)), []byte{0, 0}) }
