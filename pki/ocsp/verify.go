// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ocsp

import (
	"bytes"

	"podpis/pki/alg"
	"podpis/pki/x509"
)

// maxResponders bounds the certificates that fit the identifier and are tried. A
// responder has some, one after another; a hostile message can carry a thousand of
// one name beside a thousand answers, and each try is a check of a signature.
const maxResponders = 8

// Verify checks that the response was signed by who may answer for certificates
// of the issuer, and returns the responder's certificate: the issuer itself, one
// the issuer delegated by id-kp-OCSPSigning, or one of the responders the caller
// trusts for this issuer (RFC 6960, 4.2.2.2). Certificates that are not in the
// response are looked for among the others; of those that fit the first 8 count.
//
// A delegated certificate must be within its validity when the answer was
// produced. Whether it was revoked is the caller's question, unless it says
// OCSPNoCheck.
//
// The errors are [ErrNoBasic], [ErrCritical], [ErrResponder], [ErrDelegation] and
// those of [x509.CheckTBS].
func (p *Response) Verify(issuer *x509.Certificate, trusted, others []*x509.Certificate) (*x509.Certificate, error) {
	if p.Status != Successful || p.RawTBS == nil {
		return nil, ErrNoBasic
	}
	if len(p.UnknownCritical) > 0 {
		return nil, ErrCritical
	}
	failure := ErrResponder
	tried := 0
	for _, list := range [][]*x509.Certificate{{issuer}, trusted, p.Certificates, others} {
		for _, c := range list {
			if !p.names(c) {
				continue
			}
			if tried++; tried > maxResponders {
				return nil, failure
			}
			err := x509.CheckTBS(c.PublicKey, p.SignatureAlgorithm, p.RawTBS, p.Signature)
			if err == nil {
				err = p.authorised(c, issuer, trusted)
			}
			if err == nil {
				return c, nil
			}
			failure = err
		}
	}
	return nil, failure
}

// names reports whether the responder's identifier is of the certificate.
func (p *Response) names(c *x509.Certificate) bool {
	if p.ResponderKey == nil {
		return p.ResponderName.Equal(c.Subject)
	}
	key, ok := keyOctets(c.RawSPKI)
	return ok && bytes.Equal(p.ResponderKey, alg.SHA1.Sum(key))
}

func (p *Response) authorised(c, issuer *x509.Certificate, trusted []*x509.Certificate) error {
	for _, t := range append([]*x509.Certificate{issuer}, trusted...) {
		if c.Equal(t) {
			return nil
		}
	}
	// The same authority under another certificate of the same key.
	if c.Subject.Equal(issuer.Subject) && c.PublicKey.Equal(issuer.PublicKey) {
		return nil
	}
	signs := !c.HasKeyUsage || c.KeyUsage&(x509.DigitalSignature|x509.NonRepudiation) != 0
	if !c.HasExtKeyUsage(x509.OIDOCSPSigning) || !signs || len(c.UnknownCritical) > 0 || !c.ValidAt(p.ProducedAt) ||
		c.CheckSignatureFrom(issuer) != nil {
		return ErrDelegation
	}
	return nil
}
