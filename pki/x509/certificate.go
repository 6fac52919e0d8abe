// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509

import (
	"bytes"
	"errors"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
)

// Certificate is a certificate of RFC 5280, 4.1. It is not changed after the
// parsing and may be used by several goroutines.
type Certificate struct {
	Raw     []byte
	RawTBS  []byte // what was signed
	RawSPKI []byte

	Version            int // 1, 2 or 3
	Serial             Serial
	SignatureAlgorithm alg.SignatureAlgorithm
	Signature          []byte
	Issuer, Subject    Name
	NotBefore          time.Time
	NotAfter           time.Time      // inclusive
	PublicKey          *alg.PublicKey // nil when the algorithm is unknown
	Extensions         []Extension
	Warnings           []Warning
	Fields
}

// ParseCertificate reads one certificate in DER.
func ParseCertificate(in []byte) (*Certificate, error) {
	c, err := parseCertificate(in)
	if err != nil {
		return nil, wrap("certificate", err)
	}
	return c, nil
}

func parseCertificate(in []byte) (*Certificate, error) {
	if len(in) > maxCertificate {
		return nil, ErrTooLarge
	}
	s, err := readSigned(in)
	if err != nil {
		return nil, err
	}
	c := &Certificate{Raw: in, RawTBS: s.tbs, SignatureAlgorithm: s.algorithm, Signature: s.signature}
	r := der.NewReader(s.tbs)
	t := r.Sequence()
	inner := c.readHead(t)
	if t.Peek() == der.Context(1) || t.Peek() == der.Context(2) {
		c.readUniqueIDs(t)
	}
	if e, ok := t.EnterOptional(der.ContextConstructed(3)); ok {
		c.Extensions = ReadExtensions(e)
		e.End()
		if c.Version != 3 {
			c.Warnings = append(c.Warnings, WarnVersion)
		}
	}
	t.End()
	if err := r.Close(); err != nil {
		return nil, err
	}
	// RFC 5280, 4.1.1.2: both fields are the same.
	if !bytes.Equal(inner, s.rawAlgorithm) {
		return nil, errAlgorithms
	}
	return c, c.decode(s.rawAlgorithm)
}

var errAlgorithms = errors.New("signature algorithm inside and outside differ")

// readHead reads the fields every version has and returns the encoding of the
// signature algorithm.
func (c *Certificate) readHead(t *der.Reader) (inner []byte) {
	c.Version = 1
	if e, ok := t.EnterOptional(der.ContextConstructed(0)); ok {
		c.Version = e.Int() + 1
		e.End()
		if c.Version < 2 || c.Version > 3 {
			e.Fail("unknown version of certificate")
		}
	}
	c.Serial = ReadSerial(t)
	inner = t.Raw(der.TagSequence)
	c.Issuer = ReadName(t)
	validity := t.Sequence()
	c.NotBefore, c.NotAfter = validity.Time(), validity.Time()
	validity.End()
	c.Subject = ReadName(t)
	c.RawSPKI = t.Raw(der.TagSequence)
	return inner
}

// readUniqueIDs passes the fields of version 2, that nobody uses.
func (c *Certificate) readUniqueIDs(t *der.Reader) {
	for _, tag := range []der.Tag{der.Context(1), der.Context(2)} {
		if t.Peek() == tag {
			t.ImplicitBits(tag)
		}
	}
	c.Warnings = append(c.Warnings, WarnObsoleteUniqueID)
}

// decode reads what is inside the fields.
func (c *Certificate) decode(algorithm []byte) error {
	var err error
	if c.PublicKey, err = parseKey(c.RawSPKI); err != nil {
		return wrap("public key", err)
	}
	var warnings []Warning
	if c.Fields, warnings, err = decodeFields(c.Extensions); err != nil {
		return err
	}
	c.Warnings = append(c.Warnings, warnings...)
	c.Warnings = append(c.Warnings, warnSerial(c.Serial)...)
	if c.SignatureAlgorithm.OID != "" && bytes.HasSuffix(algorithm, der.Null()) &&
		!bytes.Equal(algorithm, c.SignatureAlgorithm.Identifier()) {
		c.Warnings = append(c.Warnings, WarnNullParameters)
	}
	if c.Subject.warnText() || c.Issuer.warnText() {
		c.Warnings = append(c.Warnings, WarnText)
	}
	return nil
}

// parseKey reads SubjectPublicKeyInfo, nil for an unknown algorithm. A key that
// breaks the rules of a known one is an error.
func parseKey(spki []byte) (*alg.PublicKey, error) {
	key, err := alg.ParsePublicKey(spki)
	if errors.Is(err, alg.ErrUnsupported) {
		return nil, nil
	}
	return key, err
}

// CheckSignatureFrom checks one link of a path: that the issuer has the name the
// certificate gives and that its key verifies the signature. Whether the issuer
// may issue, and when, is decided where paths are (package verify).
func (c *Certificate) CheckSignatureFrom(issuer *Certificate) error {
	if !c.Issuer.Equal(issuer.Subject) {
		return ErrNotIssuer
	}
	return CheckTBS(issuer.PublicKey, c.SignatureAlgorithm, c.RawTBS, c.Signature)
}

// SelfIssued reports that issuer and subject have one name.
func (c *Certificate) SelfIssued() bool { return c.Issuer.Equal(c.Subject) }

// Equal reports whether both are the same octets.
func (c *Certificate) Equal(o *Certificate) bool {
	return c == o || c != nil && o != nil && bytes.Equal(c.Raw, o.Raw)
}

// Fingerprint is the digest of the whole certificate.
func (c *Certificate) Fingerprint(h alg.Hash) []byte { return h.Sum(c.Raw) }

// ValidAt reports whether the moment is within the validity (RFC 5280, 4.1.2.5:
// both ends inclusive).
func (c *Certificate) ValidAt(t time.Time) bool {
	return !t.Before(c.NotBefore) && !t.After(c.NotAfter)
}
