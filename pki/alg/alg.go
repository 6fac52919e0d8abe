// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package alg is the one door to the mathematics: hashes, keys and signatures
// of GOST R 34.10-2012, ECDSA and RSA behind the same few types.
//
// Formats must not know which mathematics they carry. They hand over what
// stands in the message (an AlgorithmIdentifier, a SubjectPublicKeyInfo, a
// digest, a signature value) and get a verdict back; a new algorithm is a file
// here and nothing elsewhere.
//
// Standards: RFC 9215 (GOST R 34.10-2012 in X.509), RFC 7836 and RFC 4357
// (parameter sets), RFC 3279, RFC 4055, RFC 5480 and RFC 5758 (RSA and ECDSA).
// Documented variants of the field are read: parameters NULL or absent, the key
// OID where a signature OID is expected, digestParamSet present or absent. What
// is written follows RFC 9215.
//
// In the browser build (GOOS=js) only GOST is compiled in; P-256 and RSA are
// the browser's own there, through WebCrypto. With the tag judge, for the module that
// verifies, they and the algorithms of before 2012 are compiled in as well. Keys of a
// family that is left out are recognised and refused with [ErrUnsupported].
//
// GOST R 34.10-2001, GOST R 34.11-94 (RFC 4491) and GOST 28147-89 are there to
// read old documents: such keys verify and decrypt, and neither sign nor are made
// ([ErrReadOnly]). The module that signs has the cipher alone of these.
//
// Left out: GOST R 34.10-94, inherited parameters (RFC 4491, 2.3.2), and
// Kazakhstan's own identifiers.
package alg

import (
	"errors"
	"io"

	"podpis/pki/der"
)

var (
	// ErrUnsupported says that the algorithm is known by name or unknown, but
	// cannot be computed in this build.
	ErrUnsupported = errors.New("alg: algorithm not supported")
	// ErrSignature says that a signature value does not fit key and digest.
	ErrSignature = errors.New("alg: signature does not verify")
	// ErrMismatch says that key, hash and signature algorithm do not belong
	// together.
	ErrMismatch = errors.New("alg: key, hash and signature algorithm do not fit together")
	// ErrKey says that a key is malformed: not a point of the curve, in a small
	// subgroup, out of range, or with parameters that contradict it.
	ErrKey = errors.New("alg: malformed key")
	// ErrReadOnly says that a key is of an algorithm that may only be read.
	ErrReadOnly = errors.New("alg: keys of GOST R 34.10-2001 verify and decrypt only: nothing new is signed with them")
)

// Signer makes signatures with a key it may or may not hold itself: a key in
// memory, in a token, in another process.
type Signer interface {
	// PublicKey returns the key that verifies what SignDigest makes.
	PublicKey() *PublicKey
	// SignDigest signs a ready digest of the given hash and returns the
	// signature as certificates and CMS carry it. It may be called from
	// several goroutines.
	SignDigest(rand io.Reader, h Hash, digest []byte) ([]byte, error)
}

// identifier reads AlgorithmIdentifier (RFC 5280, 4.1.1.2): the OID and the
// encoding of the parameters, nil when absent.
func identifier(encoded []byte) (oid der.OID, params []byte, err error) {
	r := der.NewReader(encoded)
	s := r.Sequence()
	oid = s.OID()
	if !s.Empty() {
		_, params, _ = s.Any()
	}
	s.End()
	return oid, params, r.Close()
}

// isNullOrAbsent reports parameters that say nothing. RFC 9215, 2 omits them;
// certificates of the field carry NULL as well.
func isNullOrAbsent(params []byte) bool {
	return len(params) == 0 || len(params) == 2 && params[0] == byte(der.TagNull) && params[1] == 0
}
