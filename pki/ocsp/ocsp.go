// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package ocsp reads and makes requests and responses of the Online Certificate
// Status Protocol (RFC 6960), both sides of it.
//
// Certificates are named by digests of SHA-1, SHA-2 or GOST R 34.11-2012;
// responses are signed by the authority itself or by a responder it delegated
// (RFC 6960, 4.2.2.2). A response is made in three steps like a certificate: the
// TBS octets, the signature, the assembly.
//
// Left out: the transport, the signatures of requests (they are passed over),
// and whether the certificate of a delegated responder was itself revoked: the
// one that verifies paths asks that, unless it carries ocsp-nocheck.
package ocsp

import (
	"bytes"
	"errors"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/x509"
)

var (
	// ErrTooLarge says that a message is longer than any honest one.
	ErrTooLarge = errors.New("ocsp: too large")
	// ErrNoBasic says that a response is of an unknown type or has no content.
	ErrNoBasic = errors.New("ocsp: no basic response inside")
	// ErrResponder says that no certificate at hand fits the responder's
	// identifier.
	ErrResponder = errors.New("ocsp: certificate of the responder not found")
	// ErrDelegation says that the responder was not delegated by the authority
	// that issued the certificates in question.
	ErrDelegation = errors.New("ocsp: responder not delegated by the authority")
	// ErrCritical says that a response has a critical extension that is not
	// understood.
	ErrCritical = errors.New("ocsp: unknown critical extension")
	// ErrNotYet says that an answer lies in the future.
	ErrNotYet = errors.New("ocsp: answer from the future")
	// ErrStale says that an answer is out of date.
	ErrStale = errors.New("ocsp: answer out of date")
	// ErrNonce says that a response answers another request.
	ErrNonce = errors.New("ocsp: nonce of another request")
	// ErrTemplate says that what is to be made lacks or contradicts something.
	ErrTemplate = errors.New("ocsp: template incomplete or contradictory")
)

// Bounds of what is parsed: a request of 100 certificates has some 8 KiB, a
// response with two certificates some 5 KiB.
const (
	maxRequest  = 64 << 10
	maxResponse = 1 << 20
	maxSingles  = 256
	maxNonce    = 128 // RFC 9654, 2.1
	// Each certificate of a response may cost a check of a signature.
	maxCertificates = 16
)

const (
	oidBasic         der.OID = "1.3.6.1.5.5.7.48.1.1"
	oidNonce         der.OID = "1.3.6.1.5.5.7.48.1.2"
	oidArchiveCutoff der.OID = "1.3.6.1.5.5.7.48.1.6"
)

// Error says what was being read or made when something else went wrong.
type Error struct {
	What string
	Err  error
}

func (e *Error) Error() string { return "ocsp: " + e.What + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CertID names a certificate by its issuer and serial number (RFC 6960, 4.1.1).
type CertID struct {
	Raw      []byte   // as it came; an answer repeats it
	Hash     alg.Hash // NoHash when the algorithm is unknown
	NameHash []byte   // digest of the issuer's name
	KeyHash  []byte   // digest of the issuer's key, the content of its BIT STRING
	Serial   x509.Serial
}

// NewCertID names a certificate of the issuer. The issuer's key must be of a
// known algorithm.
func NewCertID(h alg.Hash, issuer *x509.Certificate, serial x509.Serial) (CertID, error) {
	id := CertID{Hash: h, Serial: serial}
	key, ok := keyOctets(issuer.RawSPKI)
	if h == alg.NoHash || !ok {
		return id, &Error{What: "certificate identifier", Err: ErrTemplate}
	}
	id.NameHash, id.KeyHash = h.Sum(issuer.Subject.Raw), h.Sum(key)
	id.Raw = der.Sequence(h.Identifier(), der.OctetString(id.NameHash), der.OctetString(id.KeyHash), serial.Encode())
	return id, nil
}

// keyOctets is the content of the subjectPublicKey BIT STRING, for keys of
// unknown algorithms too.
func keyOctets(spki []byte) ([]byte, bool) {
	r := der.NewReader(spki)
	s := r.Sequence()
	s.Raw(der.TagSequence)
	bits := s.BitString()
	s.End()
	return bits, r.Close() == nil
}

// IssuedBy reports whether the identifier names the issuer.
func (id CertID) IssuedBy(issuer *x509.Certificate) bool {
	key, ok := keyOctets(issuer.RawSPKI)
	return ok && id.Hash != alg.NoHash &&
		bytes.Equal(id.NameHash, id.Hash.Sum(issuer.Subject.Raw)) && bytes.Equal(id.KeyHash, id.Hash.Sum(key))
}

func readCertID(r *der.Reader) CertID {
	before := r.Rest()
	s := r.Sequence()
	algorithm := s.Raw(der.TagSequence)
	id := CertID{NameHash: s.OctetString(), KeyHash: s.OctetString(), Serial: x509.ReadSerial(s)}
	s.End()
	if r.Err() != nil {
		return CertID{}
	}
	id.Raw = before[:len(before)-len(r.Rest())]
	// An unknown digest names nobody; the answer will be "unknown".
	id.Hash, _ = alg.ParseHash(algorithm)
	return id
}

// readNonce takes the nonce out of extensions: the content of its OCTET STRING,
// or the bare octets that clients before RFC 6960 sent.
func readNonce(list []x509.Extension) []byte {
	e := x509.FindExtension(list, oidNonce)
	if e == nil {
		return nil
	}
	r := der.NewReader(e.Value)
	if nonce := r.OctetString(); r.Close() == nil {
		return nonce
	}
	return e.Value
}

func nonceExtension(nonce []byte) []x509.Extension {
	if nonce == nil {
		return nil
	}
	return []x509.Extension{{OID: oidNonce, Value: der.OctetString(nonce)}}
}
