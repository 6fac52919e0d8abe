// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ocsp

import (
	"io"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/x509"
)

// Template is what a new response says.
type Template struct {
	// ResponderKey names the responder by SHA-1 of its key ([x509.KeyID]),
	// otherwise ResponderName does. The digest is shorter and does not change
	// with the spelling of names.
	ResponderKey  []byte
	ResponderName x509.Name
	ProducedAt    time.Time
	Singles       []Single // Extensions are not written
	Nonce         []byte   // of the request; nil leaves it out
}

// TBS returns the octets of the response that are to be signed.
func (t *Template) TBS() ([]byte, error) {
	var responder []byte
	switch {
	case len(t.ResponderKey) > 0:
		responder = der.Explicit(2, der.OctetString(t.ResponderKey))
	case t.ResponderName.Raw != nil:
		responder = der.Explicit(1, t.ResponderName.Raw)
	}
	if responder == nil || t.ProducedAt.IsZero() || len(t.Singles) == 0 || len(t.Nonce) > maxNonce {
		return nil, &Error{What: "response", Err: ErrTemplate}
	}
	singles := make([][]byte, len(t.Singles))
	for i := range t.Singles {
		var err error
		if singles[i], err = t.Singles[i].encode(); err != nil {
			return nil, err
		}
	}
	var extensions []byte
	if t.Nonce != nil {
		extensions = der.Explicit(1, x509.EncodeExtensions(nonceExtension(t.Nonce)))
	}
	return der.Sequence(responder, seconds(t.ProducedAt), der.Sequence(singles...), extensions), nil
}

// seconds encodes a time without fraction (RFC 6960, 4.2.2.1 by RFC 5280,
// 4.1.2.5.2).
func seconds(t time.Time) []byte { return der.GeneralizedTime(t.Truncate(time.Second)) }

func (a *Single) encode() ([]byte, error) {
	if a.ID.Raw == nil || a.Status < Good || a.Status > Unknown || a.ThisUpdate.IsZero() ||
		!a.NextUpdate.IsZero() && a.NextUpdate.Before(a.ThisUpdate) {
		return nil, &Error{What: "answer", Err: ErrTemplate}
	}
	status := der.Element(der.Context(int(a.Status)))
	if a.Status == Revoked {
		if a.RevokedAt.IsZero() || !a.Reason.Valid() {
			return nil, &Error{What: "answer", Err: ErrTemplate}
		}
		var reason []byte
		if a.Reason != x509.ReasonUnspecified {
			reason = der.Explicit(0, der.Enumerated(int64(a.Reason)))
		}
		status = der.Explicit(1, seconds(a.RevokedAt), reason)
	}
	var next, extensions []byte
	if !a.NextUpdate.IsZero() {
		next = der.Explicit(0, seconds(a.NextUpdate))
	}
	if !a.ArchiveCutoff.IsZero() {
		extensions = der.Explicit(1, x509.EncodeExtensions(
			[]x509.Extension{{OID: oidArchiveCutoff, Value: seconds(a.ArchiveCutoff)}}))
	}
	return der.Sequence(a.ID.Raw, status, seconds(a.ThisUpdate), next, extensions), nil
}

// Assemble joins TBS octets, signature and the certificates a client will need
// to a successful response.
func Assemble(tbs []byte, a alg.SignatureAlgorithm, sig []byte, certificates ...*x509.Certificate) []byte {
	var list []byte
	if len(certificates) > 0 {
		raw := make([][]byte, len(certificates))
		for i, c := range certificates {
			raw[i] = c.Raw
		}
		list = der.Explicit(0, der.Sequence(raw...))
	}
	basic := der.Sequence(tbs, a.Identifier(), der.BitString(sig), list)
	return WrapBasic(basic)
}

// WrapBasic makes a response of a BasicOCSPResponse.
func WrapBasic(basic []byte) []byte {
	return der.Sequence(
		der.Enumerated(int64(Successful)),
		der.Explicit(0, der.Sequence(der.ObjectID(oidBasic), der.OctetString(basic))))
}

// Create makes a response with a key at hand.
func Create(rand io.Reader, t *Template, signer alg.Signer, certificates ...*x509.Certificate) ([]byte, error) {
	tbs, err := t.TBS()
	if err != nil {
		return nil, err
	}
	sig, err := x509.SignTBS(rand, signer, tbs)
	if err != nil {
		return nil, &Error{What: "sign", Err: err}
	}
	return Assemble(tbs, signer.PublicKey().Kind().Algorithm(), sig, certificates...), nil
}

// ErrorResponse is a response without content. It is not signed.
func ErrorResponse(s ResponseStatus) []byte {
	return der.Sequence(der.Enumerated(int64(s)))
}
