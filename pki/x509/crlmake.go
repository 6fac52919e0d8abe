// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509

import (
	"io"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
)

// CRLTemplate is what a new revocation list says.
type CRLTemplate struct {
	Issuer                 Name
	ThisUpdate, NextUpdate time.Time
	Number                 Serial // RFC 5280, 5.2.3: required
	IsDelta                bool
	DeltaBase              Serial // with IsDelta: number of the complete list
	AuthorityKeyID         []byte
	Point                  *IssuingPoint
	FreshestCRL            []string // addresses of the delta list
	Revoked                []Revoked
	Extra                  []Extension
}

// TBS returns the octets of the list that are to be signed.
func (t *CRLTemplate) TBS(a alg.SignatureAlgorithm) ([]byte, error) {
	extensions, err := t.extensions()
	if err != nil {
		return nil, wrap("revocation list", err)
	}
	if !a.Known() || t.Issuer.Raw == nil || t.ThisUpdate.IsZero() || !t.NextUpdate.After(t.ThisUpdate) {
		return nil, wrap("revocation list", ErrTemplate)
	}
	// RFC 5280, 5.1.2.6: no list of entries when there are none.
	var entries []byte
	if len(t.Revoked) > 0 {
		parts := make([][]byte, len(t.Revoked))
		for i, e := range t.Revoked {
			if parts[i], err = e.encode(); err != nil {
				return nil, wrap("revocation list", err)
			}
		}
		entries = der.Sequence(parts...)
	}
	return der.Sequence(
		der.Int(1),
		a.Identifier(),
		t.Issuer.Raw,
		der.Time(t.ThisUpdate),
		der.Time(t.NextUpdate),
		entries,
		der.Explicit(0, EncodeExtensions(extensions)),
	), nil
}

// CreateCRL makes a list with a key at hand.
func CreateCRL(rand io.Reader, t *CRLTemplate, signer alg.Signer) ([]byte, error) {
	tbs, err := t.TBS(signer.PublicKey().Kind().Algorithm())
	if err != nil {
		return nil, err
	}
	return signAssemble(rand, signer, tbs)
}

func (t *CRLTemplate) extensions() ([]Extension, error) {
	if t.Number == nil || t.Number.Negative() || len(t.Number) > 20 || t.DeltaBase.Negative() || len(t.DeltaBase) > 20 {
		return nil, ErrTemplate
	}
	var b extensionList
	if len(t.AuthorityKeyID) > 0 {
		b.add(OIDAuthorityKeyIdentifier, false, encodeAuthorityKeyID(t.AuthorityKeyID, Name{}, nil))
	}
	b.add(OIDCRLNumber, false, t.Number.Encode())
	if t.IsDelta {
		b.add(OIDDeltaCRLIndicator, true, t.DeltaBase.Encode())
	}
	if t.Point != nil {
		value, err := t.Point.encode()
		if err != nil {
			return nil, err
		}
		b.add(OIDIssuingDistributionPoint, true, value)
	}
	if len(t.FreshestCRL) > 0 {
		if t.IsDelta { // RFC 5280, 5.2.6
			return nil, ErrTemplate
		}
		value, err := encodePoints(t.FreshestCRL)
		if err != nil {
			return nil, err
		}
		b.add(OIDFreshestCRL, false, value)
	}
	b = append(b, t.Extra...)
	return b, b.check()
}

func (p *IssuingPoint) encode() ([]byte, error) {
	if p.Indirect || len(p.Relative) > 0 {
		return nil, ErrTemplate // not made, see the package's comment
	}
	var name []byte
	if len(p.Names) > 0 {
		names, err := EncodeGeneralNames(p.Names)
		if err != nil {
			return nil, err
		}
		name = der.Explicit(0, der.Explicit(0, names))
	}
	flag := func(n int, v bool) []byte {
		if !v {
			return nil // DEFAULT FALSE
		}
		return der.Retag(der.Context(n), der.Bool(true))
	}
	var reasons []byte
	if p.OnlySomeReasons != 0 {
		reasons = der.Retag(der.Context(3), der.NamedBits(bitNumbers(p.OnlySomeReasons)...))
	}
	return der.Sequence(name, flag(1, p.OnlyUserCerts), flag(2, p.OnlyCACerts), reasons,
		flag(5, p.OnlyAttributeCerts)), nil
}

func (e Revoked) encode() ([]byte, error) {
	if len(e.Serial) == 0 || e.Serial.Negative() || e.At.IsZero() || !e.Reason.Valid() {
		return nil, ErrTemplate
	}
	var b extensionList
	if e.Reason != ReasonUnspecified { // RFC 5280, 5.3.1: absent rather than zero
		b.add(OIDReasonCode, false, der.Enumerated(int64(e.Reason)))
	}
	if !e.InvalidityDate.IsZero() {
		b.add(OIDInvalidityDate, false, der.GeneralizedTime(e.InvalidityDate.Truncate(time.Second)))
	}
	return der.Sequence(e.Serial.Encode(), der.Time(e.At), EncodeExtensions(b)), nil
}
