// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package alg

import (
	"io"

	"podpis/pki/der"
)

// PrivateKey is a key in memory. It is a [Signer].
type PrivateKey struct {
	public *PublicKey
	key    signer
}

// signer is a private key of one family.
type signer interface {
	sign(rand io.Reader, h Hash, digest []byte) ([]byte, error)
	// encode returns the content of the PKCS #8 privateKey OCTET STRING.
	encode() []byte
	zero()
}

// Generate makes a key; of old algorithms it makes none ([ErrReadOnly]). For GOST keys rand gives the octets of the scalar; RSA
// and ECDSA may use the system generator beside it.
func Generate(k Kind, rand io.Reader) (*PrivateKey, error) {
	switch k.info().family {
	case gost256, gost512:
		return generateGOST(k, rand)
	case ecdsaFamily:
		return generateEC(k, rand)
	case rsaFamily:
		return generateRSA(rand)
	case gost2001, kz2015, kz2004:
		return nil, ErrReadOnly
	}
	return nil, ErrUnsupported
}

// ParsePrivateKey takes a key out of PKCS #8: the encoding of privateKeyAlgorithm
// and the content of privateKey. For GOST the accepted forms of the content are
// the raw little-endian scalar, a nested OCTET STRING or INTEGER, and a masked
// key (RFC 9548, 5 and the forms of older programs).
func ParsePrivateKey(algorithm, content []byte) (*PrivateKey, error) {
	oid, params, err := identifier(algorithm)
	if err != nil {
		return nil, err
	}
	switch oid {
	case oidGOST256Key, oidGOST512Key:
		return parseGOSTPrivate(oid, params, content)
	case oidGOST2001Key, oidGOST2001DH:
		if oldKeys {
			return parseGOSTPrivate(oid, params, content)
		}
	case oidKZ2015Key, oidKZ2004Key:
		if oldKeys {
			return parseKZPrivate(oid, params, content)
		}
	case oidECKey:
		return parseECPrivate(params, content)
	case oidRSAKey:
		return parseRSAPrivate(content)
	}
	return nil, ErrUnsupported
}

// PublicKey returns the key that verifies.
func (k *PrivateKey) PublicKey() *PublicKey { return k.public }

// Kind is the type of the key.
func (k *PrivateKey) Kind() Kind { return k.public.kind }

// SignDigest signs a ready digest. For GOST the signature is s ‖ r, both
// big-endian (RFC 9215, 2); for ECDSA the DER of RFC 3279, 2.2.3; for RSA
// PKCS #1 v1.5. Keys of old algorithms refuse with [ErrReadOnly].
func (k *PrivateKey) SignDigest(rand io.Reader, h Hash, digest []byte) ([]byte, error) {
	if k.Kind().ReadOnly() {
		return nil, ErrReadOnly
	}
	if h.Size() == 0 || len(digest) != h.Size() || k.Kind().IsGOST() && h != k.Kind().Hash() {
		return nil, ErrMismatch
	}
	return k.key.sign(rand, h, digest)
}

// Algorithm returns the encoding of privateKeyAlgorithm for PKCS #8: that of the
// public key, so that a key keeps the identifier it came with.
func (k *PrivateKey) Algorithm() []byte {
	r := der.NewReader(k.public.spki)
	return r.Sequence().Raw(der.TagSequence)
}

// Encode returns the content of the PKCS #8 privateKey OCTET STRING: for GOST
// the raw little-endian scalar (RFC 9548, 5). The caller wipes it.
func (k *PrivateKey) Encode() []byte { return k.key.encode() }

// Zero wipes the key where the family allows it. The key is not usable
// afterwards.
func (k *PrivateKey) Zero() { k.key.zero() }
