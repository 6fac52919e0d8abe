// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package alg

import (
	"bytes"
	"crypto/sha1" // it names certificates (RFC 5280, 4.2.1.2; RFC 6960) and signs nothing here
	"crypto/sha256"
	"crypto/sha512"
	"hash"

	"podpis/gost/streebog"
	"podpis/pki/der"
)

// Hash is a digest algorithm.
type Hash uint8

// The digest algorithms.
const (
	NoHash      Hash = iota // none stated
	Streebog256             // GOST R 34.11-2012, 256 bits
	Streebog512             // GOST R 34.11-2012, 512 bits
	SHA1                    // for identifiers only
	SHA256
	SHA384
	SHA512
	GOST94    // GOST R 34.11-94 with the S-boxes of CryptoPro: read only, not in the module that signs
	GOST34311 // GOST 34.311-95 of Kazakhstan: the same with the S-boxes of the example
)

type hashInfo struct {
	name string // as the command line and reports write it
	oid  der.OID
	size int
	make func() hash.Hash
}

func (h Hash) info() hashInfo {
	switch h {
	case Streebog256:
		return hashInfo{"streebog256", "1.2.643.7.1.1.2.2", streebog.Size256, streebog.New256}
	case Streebog512:
		return hashInfo{"streebog512", "1.2.643.7.1.1.2.3", streebog.Size512, streebog.New512}
	case SHA1:
		return hashInfo{"sha1", "1.3.14.3.2.26", sha1.Size, sha1.New}
	case SHA256:
		return hashInfo{"sha256", "2.16.840.1.101.3.4.2.1", sha256.Size, sha256.New}
	case SHA384:
		return hashInfo{"sha384", "2.16.840.1.101.3.4.2.2", sha512.Size384, sha512.New384}
	case SHA512:
		return hashInfo{"sha512", "2.16.840.1.101.3.4.2.3", sha512.Size, sha512.New}
	case GOST94:
		return oldHash()
	case GOST34311:
		return oldHashKZ()
	}
	return hashInfo{}
}

// Hashes lists the digest algorithms that one may choose.
func Hashes() []Hash { return []Hash{Streebog256, Streebog512, SHA1, SHA256, SHA384, SHA512} }

// New returns a fresh computation. It panics on [NoHash].
func (h Hash) New() hash.Hash { return h.info().make() }

// Sum returns the digest of data.
func (h Hash) Sum(data []byte) []byte {
	d := h.New()
	d.Write(data)
	return d.Sum(nil)
}

// Size is the length of a digest in octets, 0 for [NoHash].
func (h Hash) Size() int { return h.info().size }

// Name is the name of the command line, such as "streebog256".
func (h Hash) Name() string { return h.info().name }

// String is [Hash.Name].
func (h Hash) String() string { return h.Name() }

// OID is the identifier of the digest algorithm.
func (h Hash) OID() der.OID { return h.info().oid }

// Identifier encodes the AlgorithmIdentifier. Parameters are absent, as RFC 9215
// and RFC 5754, 2 prescribe.
func (h Hash) Identifier() []byte { return der.Sequence(der.ObjectID(h.OID())) }

// HashByName finds a hash by the name of the command line.
func HashByName(name string) (Hash, bool) {
	for _, h := range Hashes() {
		if h.Name() == name {
			return h, true
		}
	}
	return NoHash, false
}

// HashByOID finds a hash by its identifier, one that is only read too.
func HashByOID(oid der.OID) (Hash, bool) {
	for _, old := range []Hash{GOST94, GOST34311} {
		if oid != "" && oid == old.OID() {
			return old, true
		}
	}
	if oid == oidKZ2015Digest {
		return Streebog512, true
	}
	for _, h := range Hashes() {
		if h.OID() == oid {
			return h, true
		}
	}
	return NoHash, false
}

// ParseHash reads the AlgorithmIdentifier of a digest, parameters NULL or
// absent, or the S-boxes of CryptoPro with GOST R 34.11-94. An unknown algorithm is
// [ErrUnsupported].
func ParseHash(identifierDER []byte) (Hash, error) {
	oid, params, err := identifier(identifierDER)
	if err != nil {
		return NoHash, err
	}
	h, ok := HashByOID(oid)
	known := isNullOrAbsent(params) || h == GOST94 && bytes.Equal(params, der.ObjectID(oidGOST94Box))
	if !ok || !known {
		return NoHash, ErrUnsupported
	}
	return h, nil
}
