// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package alg

import (
	"io"
	"slices"

	"podpis/gost/gost3410"
	"podpis/pki/der"
)

// Identifiers of the national authority of Kazakhstan: ST RK GOST R 34.10-2015 is GOST R
// 34.10-2012 on the curve TC26-512-A with Streebog, GOST 34.310-2004 is GOST R 34.10-2001
// on CryptoPro-A with GOST 34.311-95, which is GOST R 34.11-94 with the S-boxes of its
// example. Keys are written as in Russia, signatures the other way round.
const (
	oidKZ2015Key       der.OID = "1.2.398.3.10.1.1.2.2"
	oidKZ2015Curve     der.OID = "1.2.398.3.10.1.1.2.2.1"
	oidKZ2015Digest    der.OID = "1.2.398.3.10.1.3.3"
	oidKZ2015Signature der.OID = "1.2.398.3.10.1.1.2.3.2"

	oidKZ2004Key       der.OID = "1.2.398.3.10.1.1.1.1"
	oidKZ2004Curve     der.OID = "1.2.398.3.10.1.1.1.1.1"
	oidKZ2004Box       der.OID = "1.2.398.3.10.1.3.1.1.0"
	oidKZ2004Signature der.OID = "1.2.398.3.10.1.1.1.2"
)

// kzPublic is a key of Kazakhstan.
type kzPublic struct{ key *gost3410.PublicKey }

// parseKZParameters reads { curve, digest }.
func parseKZParameters(oid der.OID, params []byte) (Kind, *gost3410.Curve, error) {
	r := der.NewReader(params)
	s := r.Sequence()
	curve, digest := s.OID(), s.OID()
	s.End()
	if err := r.Close(); err != nil {
		return UnknownKind, nil, err
	}
	switch {
	case oid == oidKZ2015Key && curve == oidKZ2015Curve && digest == oidKZ2015Digest:
		return KZ2015, gost3410.TC26A512(), nil
	case oid == oidKZ2004Key && curve == oidKZ2004Curve && digest == oidKZ2004Box:
		return KZ2004, gost3410.CryptoProA(), nil
	}
	return UnknownKind, nil, ErrUnsupported
}

// parseKZKey reads the parameters and the point, x and y little-endian.
func parseKZKey(oid der.OID, params, raw []byte) (Kind, verifier, error) {
	kind, curve, err := parseKZParameters(oid, params)
	if err != nil {
		return UnknownKind, nil, err
	}
	r := der.NewReader(raw)
	point := r.OctetString()
	if err := r.Close(); err != nil {
		return UnknownKind, nil, err
	}
	key, err := gost3410.NewPublicKey(curve, point)
	if err != nil {
		return UnknownKind, nil, ErrKey
	}
	return kind, kzPublic{key}, nil
}

// verify: the value is r ‖ s, both little-endian, which is s ‖ r, both big-endian, read
// backwards.
func (p kzPublic) verify(_ SignatureAlgorithm, _ Hash, digest, sig []byte) error {
	sig = slices.Clone(sig)
	slices.Reverse(sig)
	if p.key.Verify(digest, sig) != nil {
		return ErrSignature
	}
	return nil
}

func (p kzPublic) equal(other verifier) bool {
	o, ok := other.(kzPublic)
	return ok && p.key.Equal(o.key)
}

// kzPrivate is read to open containers of keys; it signs nothing here.
type kzPrivate struct{ key *gost3410.PrivateKey }

func parseKZPrivate(oid der.OID, params, content []byte) (*PrivateKey, error) {
	_, curve, err := parseKZParameters(oid, params)
	if err != nil {
		return nil, err
	}
	scalar, err := gostScalar(curve, content)
	if err != nil {
		return nil, err
	}
	defer clear(scalar)
	key, err := gost3410.NewPrivateKey(curve, scalar)
	if err != nil {
		return nil, ErrKey
	}
	public, err := ParsePublicKey(der.Sequence(
		der.Sequence(der.ObjectID(oid), params),
		der.BitString(der.OctetString(key.PublicKey().Bytes()))))
	if err != nil {
		return nil, err
	}
	return &PrivateKey{public: public, key: kzPrivate{key}}, nil
}

func (k kzPrivate) sign(io.Reader, Hash, []byte) ([]byte, error) { return nil, ErrReadOnly }
func (k kzPrivate) encode() []byte                               { return k.key.Bytes() }
func (k kzPrivate) zero()                                        { k.key.Zero() }
