// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package x509 reads and makes certificates, certification requests and
// revocation lists (RFC 5280, RFC 2986, RFC 9215) with the names and extensions
// of the Russian qualified certificate.
//
// Reading is strict in structure and keeps the octets that were signed; what the
// field is known to do differently is accepted and told in Warnings: NULL
// algorithm parameters, addresses as sequences of lines, obsolete key
// identifiers, serial numbers that are too long. Keys and signatures of unknown
// algorithms do not stop the reading: PublicKey is nil then, and checks answer
// [alg.ErrUnsupported].
//
// Making is in three steps, so that an authority can judge and record what it is
// going to sign: a template gives the TBS octets, [SignTBS] the signature,
// [AssembleSigned] the result.
//
// What is read is kept, not copied: the caller leaves the input alone.
//
// Left out: building and validating paths, and with them the extensions
// nameConstraints, policyMappings, policyConstraints and inhibitAnyPolicy (package
// path does both): where critical they are listed in UnknownCritical, so that who
// does not ask that package refuses. Indirect CRLs are read, not made.
package x509

import (
	"errors"
	"io"

	"podpis/pki/alg"
	"podpis/pki/der"
)

var (
	// ErrTooLarge says that the input is longer than anything of its type is.
	ErrTooLarge = errors.New("x509: too large")
	// ErrNotIssuer says that the name of the issuer is another.
	ErrNotIssuer = errors.New("x509: not the issuer")
	// ErrName says that an attribute of a name cannot be encoded.
	ErrName = errors.New("x509: attribute value does not fit its type")
	// ErrTemplate says that a template lacks or contradicts something.
	ErrTemplate = errors.New("x509: template incomplete or contradictory")
	// ErrSerial says that a text is not a serial number.
	ErrSerial = errors.New("x509: not a serial number in hexadecimal")
	// ErrPEM says that no block of the wanted type is in the input.
	ErrPEM = errors.New("x509: neither DER nor PEM of the wanted type")
)

// Bounds of what is parsed. The largest certificate of the Russian field has
// about 4 KiB; the bound leaves room and keeps a hostile one cheap: an element of
// two octets becomes a structure of a hundred. CRLs of large authorities hold
// more than a million entries of some 40 octets.
const (
	maxCertificate = 64 << 10
	maxRequest     = 64 << 10
	maxCRL         = 128 << 20
	maxExtensions  = 64
	maxNames       = 1024 // general names and attributes in one place
	maxUnknown     = 64   // unknown critical extensions of a list that are told
)

// Error says what was being read or made when something else went wrong.
type Error struct {
	What string // such as "certificate" or "extension 2.5.29.15"
	Err  error
}

func (e *Error) Error() string { return "x509: " + e.What + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{What: what, Err: err}
}

// Warning is a deviation from the standards that was read nevertheless.
type Warning string

// What the field does differently.
const (
	WarnSerialNegative   Warning = "serial number negative"
	WarnSerialZero       Warning = "serial number zero"
	WarnSerialLong       Warning = "serial number longer than 20 octets"
	WarnNullParameters   Warning = "algorithm parameters NULL"
	WarnObsoleteKeyID    Warning = "obsolete key identifier 2.5.29.1"
	WarnText             Warning = "string with octets that its type does not have"
	WarnVersion          Warning = "extensions in a certificate that is not of version 3"
	WarnObsoleteUniqueID Warning = "obsolete unique identifier"
	WarnNoCheck          Warning = "ocsp-nocheck with a content that is not NULL"
)

// signed reads SEQUENCE { toBeSigned, signatureAlgorithm, signature BIT STRING },
// the frame of certificates, requests, CRLs and OCSP responses
// (RFC 5280, 4.1.1).
type signed struct {
	tbs          []byte
	rawAlgorithm []byte
	algorithm    alg.SignatureAlgorithm
	signature    []byte
}

func readSigned(in []byte) (s signed, err error) {
	r := der.NewReader(in)
	outer := r.Sequence()
	s.tbs = outer.Raw(der.TagSequence)
	s.rawAlgorithm = outer.Raw(der.TagSequence)
	s.signature = outer.BitString()
	outer.End()
	if err := r.Close(); err != nil {
		return s, err
	}
	s.algorithm, err = alg.ParseSignatureAlgorithm(s.rawAlgorithm)
	if errors.Is(err, alg.ErrUnsupported) {
		err = nil // kept by name; a check will say so
	}
	return s, err
}

// CheckTBS verifies a signature over octets that are hashed as the algorithm
// says. The answer is nil, [alg.ErrSignature], [alg.ErrMismatch] or
// [alg.ErrUnsupported], the last also for a key that is nil.
func CheckTBS(key *alg.PublicKey, a alg.SignatureAlgorithm, tbs, sig []byte) error {
	if key == nil || !a.Known() || a.Hash == alg.NoHash {
		return alg.ErrUnsupported
	}
	return key.Verify(a, a.Hash, a.Hash.Sum(tbs), sig)
}

// SignTBS signs octets with the default algorithm of the key.
func SignTBS(rand io.Reader, signer alg.Signer, tbs []byte) (sig []byte, err error) {
	h := signer.PublicKey().Kind().Hash()
	if h == alg.NoHash {
		return nil, alg.ErrUnsupported
	}
	return signer.SignDigest(rand, h, h.Sum(tbs))
}

// AssembleSigned joins TBS octets, algorithm and signature value to a
// certificate, request, CRL or basic OCSP response.
func AssembleSigned(tbs []byte, a alg.SignatureAlgorithm, sig []byte) []byte {
	return der.Sequence(tbs, a.Identifier(), der.BitString(sig))
}

// signAssemble is the whole way from TBS to the result for keys at hand.
func signAssemble(rand io.Reader, signer alg.Signer, tbs []byte) ([]byte, error) {
	sig, err := SignTBS(rand, signer, tbs)
	if err != nil {
		return nil, wrap("sign", err)
	}
	return AssembleSigned(tbs, signer.PublicKey().Kind().Algorithm(), sig), nil
}

// KeyID is the identifier of a key in subjectKeyIdentifier: SHA-1 over the
// content of the BIT STRING (RFC 5280, 4.2.1.2, method 1).
func KeyID(key *alg.PublicKey) []byte { return alg.SHA1.Sum(key.KeyOctets()) }
