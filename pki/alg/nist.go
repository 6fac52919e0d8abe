// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !js || judge

package alg

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"io"
	"math/big"

	"podpis/pki/der"
)

// minRSABits and maxRSABits bound the modulus: shorter keys are broken, longer
// ones let a hostile certificate burn processor time.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

func keyBits(k Kind, key verifier) int {
	if r, ok := key.(rsaPublic); ok {
		return r.key.N.BitLen()
	}
	return curveBits(k)
}

func ellipticCurve(oid der.OID) (Kind, elliptic.Curve) {
	switch oid {
	case P256.info().curve:
		return P256, elliptic.P256()
	case P384.info().curve:
		return P384, elliptic.P384()
	case P521.info().curve:
		return P521, elliptic.P521()
	}
	return UnknownKind, nil
}

type ecPublic struct{ key *ecdsa.PublicKey }

func parseECKey(params, raw []byte) (Kind, verifier, error) {
	kind, curve, err := parseECParameters(params)
	if err != nil {
		return UnknownKind, nil, err
	}
	key, err := ecdsa.ParseUncompressedPublicKey(curve, raw)
	if err != nil {
		return UnknownKind, nil, ErrKey
	}
	return kind, ecPublic{key}, nil
}

// parseECParameters reads the named curve; explicit parameters are refused
// (RFC 5480, 2.1.1).
func parseECParameters(params []byte) (Kind, elliptic.Curve, error) {
	r := der.NewReader(params)
	oid := r.OID()
	if r.Close() != nil {
		return UnknownKind, nil, ErrUnsupported
	}
	kind, curve := ellipticCurve(oid)
	if curve == nil {
		return UnknownKind, nil, ErrUnsupported
	}
	return kind, curve, nil
}

func (p ecPublic) verify(_ SignatureAlgorithm, _ Hash, digest, sig []byte) error {
	if !ecdsa.VerifyASN1(p.key, digest, sig) {
		return ErrSignature
	}
	return nil
}

func (p ecPublic) equal(other verifier) bool {
	o, ok := other.(ecPublic)
	return ok && p.key.Equal(o.key)
}

type rsaPublic struct{ key *rsa.PublicKey }

func parseRSAKey(params, raw []byte) (Kind, verifier, error) {
	if !isNullOrAbsent(params) {
		return UnknownKind, nil, ErrKey
	}
	r := der.NewReader(raw)
	s := r.Sequence() // RSAPublicKey, RFC 8017, A.1.1
	n, e := new(big.Int).SetBytes(s.Unsigned()), s.Int()
	s.End()
	if r.Close() != nil || n.Bit(0) == 0 || e < 3 || e&1 == 0 {
		return UnknownKind, nil, ErrKey
	}
	if bits := n.BitLen(); bits < minRSABits || bits > maxRSABits {
		return UnknownKind, nil, ErrUnsupported
	}
	return RSA, rsaPublic{&rsa.PublicKey{N: n, E: e}}, nil
}

func (p rsaPublic) verify(a SignatureAlgorithm, h Hash, digest, sig []byte) error {
	var err error
	if a.pss {
		err = rsa.VerifyPSS(p.key, cryptoHash(h), digest, sig, &rsa.PSSOptions{SaltLength: a.saltLen})
	} else {
		err = rsa.VerifyPKCS1v15(p.key, cryptoHash(h), digest, sig)
	}
	if err != nil {
		return ErrSignature
	}
	return nil
}

func (p rsaPublic) equal(other verifier) bool {
	o, ok := other.(rsaPublic)
	return ok && p.key.Equal(o.key)
}

func cryptoHash(h Hash) crypto.Hash {
	switch h {
	case SHA256:
		return crypto.SHA256
	case SHA384:
		return crypto.SHA384
	case SHA512:
		return crypto.SHA512
	}
	return 0
}

type ecPrivate struct{ *ecdsa.PrivateKey }

func generateEC(k Kind, rand io.Reader) (*PrivateKey, error) {
	_, curve := ellipticCurve(k.info().curve)
	key, err := ecdsa.GenerateKey(curve, rand)
	if err != nil {
		return nil, err
	}
	return newECPrivate(k, key)
}

func newECPrivate(k Kind, key *ecdsa.PrivateKey) (*PrivateKey, error) {
	point, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, ErrKey
	}
	return join(ecPrivate{key}, der.Sequence(
		der.Sequence(der.ObjectID(oidECKey), der.ObjectID(k.info().curve)), der.BitString(point)))
}

func newRSAPrivate(key *rsa.PrivateKey) (*PrivateKey, error) {
	public := der.Sequence(der.Unsigned(key.N.Bytes()), der.Int(int64(key.E)))
	return join(rsaPrivate{key}, der.Sequence(
		der.Sequence(der.ObjectID(oidRSAKey), der.Null()), der.BitString(public)))
}

func join(key signer, spki []byte) (*PrivateKey, error) {
	public, err := ParsePublicKey(spki)
	if err != nil {
		return nil, err
	}
	return &PrivateKey{public: public, key: key}, nil
}

func parseECPrivate(params, content []byte) (*PrivateKey, error) {
	kind, curve, err := parseECParameters(params)
	if err != nil {
		return nil, err
	}
	// ECPrivateKey of RFC 5915: the scalar alone is taken, the optional fields
	// repeat what is known.
	r := der.NewReader(content)
	s := r.Sequence()
	version := s.Int()
	scalar := s.OctetString()
	if r.Err() != nil || version != 1 {
		return nil, ErrKey
	}
	key, err := ecdsa.ParseRawPrivateKey(curve, scalar)
	if err != nil {
		return nil, ErrKey
	}
	return newECPrivate(kind, key)
}

func (k ecPrivate) sign(rand io.Reader, _ Hash, digest []byte) ([]byte, error) {
	return ecdsa.SignASN1(rand, k.PrivateKey, digest)
}

// encode writes ECPrivateKey with the public key, without the curve that PKCS #8
// names beside it (RFC 5915, 3).
func (k ecPrivate) encode() []byte {
	scalar, err := k.Bytes()
	if err != nil {
		return nil // the key was parsed or generated: it is on its curve
	}
	defer clear(scalar)
	point, err := k.PublicKey.Bytes()
	if err != nil {
		return nil
	}
	return der.Sequence(der.Int(1), der.OctetString(scalar), der.Explicit(1, der.BitString(point)))
}

// zero does nothing: crypto/ecdsa gives no way to wipe its numbers.
func (ecPrivate) zero() {}

type rsaPrivate struct{ *rsa.PrivateKey }

func generateRSA(rand io.Reader) (*PrivateKey, error) {
	key, err := rsa.GenerateKey(rand, minRSABits)
	if err != nil {
		return nil, err
	}
	return newRSAPrivate(key)
}

// parseRSAPrivate reads RSAPrivateKey of two primes (RFC 8017, A.1.2).
func parseRSAPrivate(content []byte) (*PrivateKey, error) {
	r := der.NewReader(content)
	s := r.Sequence()
	version := s.Int()
	n, e, d := s.Unsigned(), s.Int(), s.Unsigned()
	p, q := s.Unsigned(), s.Unsigned()
	for range 3 { // exponents and coefficient: computed anew
		s.Unsigned()
	}
	s.End()
	if r.Close() != nil || version != 0 || len(n) > maxRSABits/8 || len(p) > len(n) || len(q) > len(n) {
		return nil, ErrKey
	}
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).SetBytes(n), E: e},
		D:         new(big.Int).SetBytes(d),
		Primes:    []*big.Int{new(big.Int).SetBytes(p), new(big.Int).SetBytes(q)},
	}
	if key.Validate() != nil {
		return nil, ErrKey
	}
	key.Precompute()
	return newRSAPrivate(key)
}

func (k rsaPrivate) sign(rand io.Reader, h Hash, digest []byte) ([]byte, error) {
	if cryptoHash(h) == 0 {
		return nil, ErrMismatch
	}
	return rsa.SignPKCS1v15(rand, k.PrivateKey, cryptoHash(h), digest)
}

func (k rsaPrivate) encode() []byte {
	p := k.Precomputed
	return der.Sequence(der.Int(0), der.Unsigned(k.N.Bytes()), der.Int(int64(k.E)), der.Unsigned(k.D.Bytes()),
		der.Unsigned(k.Primes[0].Bytes()), der.Unsigned(k.Primes[1].Bytes()),
		der.Unsigned(p.Dp.Bytes()), der.Unsigned(p.Dq.Bytes()), der.Unsigned(p.Qinv.Bytes()))
}

// zero does nothing: crypto/rsa gives no way to wipe its numbers.
func (rsaPrivate) zero() {}
