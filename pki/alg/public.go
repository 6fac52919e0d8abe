// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package alg

import (
	"bytes"

	"podpis/pki/der"
)

// PublicKey is a key that verifies signatures. It is immutable.
type PublicKey struct {
	kind Kind
	bits int
	spki []byte // SubjectPublicKeyInfo as it came
	raw  []byte // content of its BIT STRING
	key  verifier
}

// verifier is a key of one family.
type verifier interface {
	verify(a SignatureAlgorithm, h Hash, digest, sig []byte) error
	equal(other verifier) bool
}

// ParsePublicKey reads SubjectPublicKeyInfo (RFC 5280, 4.1.2.7; RFC 9215, 4). A
// key of an unknown algorithm or curve is [ErrUnsupported], one that breaks the
// rules of its algorithm [ErrKey]. The octets are kept, not copied.
func ParsePublicKey(spki []byte) (*PublicKey, error) {
	r := der.NewReader(spki)
	s := r.Sequence()
	algorithm := s.Raw(der.TagSequence)
	raw := s.BitString()
	s.End()
	if err := r.Close(); err != nil {
		return nil, err
	}
	oid, params, err := identifier(algorithm)
	if err != nil {
		return nil, err
	}
	p := &PublicKey{spki: spki, raw: raw}
	switch oid {
	case oidGOST256Key, oidGOST512Key:
		p.kind, p.key, err = parseGOSTKey(oid, params, raw)
	case oidGOST2001Key, oidGOST2001DH:
		if !oldKeys {
			return nil, ErrUnsupported
		}
		p.kind, p.key, err = parseGOSTKey(oid, params, raw)
	case oidKZ2015Key, oidKZ2004Key:
		if !oldKeys {
			return nil, ErrUnsupported
		}
		p.kind, p.key, err = parseKZKey(oid, params, raw)
	case oidECKey:
		p.kind, p.key, err = parseECKey(params, raw)
	case oidRSAKey:
		p.kind, p.key, err = parseRSAKey(params, raw)
	default:
		return nil, ErrUnsupported
	}
	if err != nil {
		return nil, err
	}
	p.bits = keyBits(p.kind, p.key)
	return p, nil
}

// Kind is the type of the key.
func (p *PublicKey) Kind() Kind { return p.kind }

// Bits is the length of the key: of the order of the group, or of the modulus.
func (p *PublicKey) Bits() int { return p.bits }

// SPKI is SubjectPublicKeyInfo as it came.
func (p *PublicKey) SPKI() []byte { return p.spki }

// KeyOctets is the content of the subjectPublicKey BIT STRING, over which key
// identifiers are computed (RFC 5280, 4.2.1.2).
func (p *PublicKey) KeyOctets() []byte { return p.raw }

// Equal reports whether both are the same key. Curves and points are compared,
// not identifiers: one curve has several (RFC 7836, 5.2).
func (p *PublicKey) Equal(o *PublicKey) bool {
	if p == nil || o == nil {
		return p == o
	}
	return bytes.Equal(p.spki, o.spki) || p.kind == o.kind && p.key.equal(o.key)
}

// Verify checks a signature value over a digest. The hash h is the one the
// digest was made with; where the algorithm names one, they must be equal, and
// with GOST keys the hash must have the length of the key. The answer is
// nil, [ErrSignature], [ErrMismatch] or [ErrUnsupported].
func (p *PublicKey) Verify(a SignatureAlgorithm, h Hash, digest, sig []byte) error {
	info := p.kind.info()
	switch {
	case a.family == noFamily:
		return ErrUnsupported
	case a.family != info.family, a.Hash != NoHash && a.Hash != h,
		p.kind.IsGOST() && h != p.kind.Hash(), h.Size() == 0, len(digest) != h.Size():
		return ErrMismatch
	case h == SHA1:
		return ErrUnsupported // collisions are bought, RFC 6194
	}
	return p.key.verify(a, h, digest, sig)
}
