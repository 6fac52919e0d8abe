// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ocsp

import (
	"podpis/pki/der"
	"podpis/pki/x509"
)

// Request asks for the status of certificates (RFC 6960, 4.1.1).
type Request struct {
	Raw        []byte
	IDs        []CertID
	Nonce      []byte           // nil when there is none
	Requestor  x509.GeneralName // zero when not stated
	Signed     bool             // a signature is present; it is not checked
	Extensions []x509.Extension
	// UnknownCritical lists critical extensions that were not understood; such a
	// request is to be refused as malformed.
	UnknownCritical []der.OID
}

// ParseRequest reads a request of 1 to 256 certificates.
func ParseRequest(in []byte) (*Request, error) {
	if len(in) > maxRequest {
		return nil, ErrTooLarge
	}
	q := &Request{Raw: in}
	r := der.NewReader(in)
	outer := r.Sequence()
	q.readTBS(outer.Sequence())
	if _, signed := outer.EnterOptional(der.ContextConstructed(0)); signed {
		q.Signed = true
	}
	outer.End()
	if err := r.Close(); err != nil {
		return nil, &Error{What: "request", Err: err}
	}
	q.Nonce = readNonce(q.Extensions)
	if len(q.Nonce) > maxNonce {
		return nil, &Error{What: "nonce", Err: ErrTooLarge}
	}
	return q, nil
}

func (q *Request) readTBS(t *der.Reader) {
	if e, ok := t.EnterOptional(der.ContextConstructed(0)); ok {
		if e.Int() != 0 {
			e.Fail("unknown version of request")
		}
		e.End()
	}
	if e, ok := t.EnterOptional(der.ContextConstructed(1)); ok {
		q.Requestor = x509.ReadGeneralName(e)
		e.End()
	}
	list := t.Sequence()
	if list.Empty() {
		list.Fail("request without certificates")
	}
	for !list.Empty() {
		s := list.Sequence()
		q.IDs = append(q.IDs, readCertID(s))
		if e, ok := s.EnterOptional(der.ContextConstructed(0)); ok {
			q.note(x509.ReadExtensions(e))
			e.End()
		}
		s.End()
		if len(q.IDs) > maxSingles {
			list.Fail("too many certificates")
		}
	}
	if e, ok := t.EnterOptional(der.ContextConstructed(2)); ok {
		q.Extensions = x509.ReadExtensions(e)
		e.End()
		q.note(q.Extensions)
	}
	t.End()
}

func (q *Request) note(list []x509.Extension) {
	for _, e := range list {
		if e.Critical && e.OID != oidNonce {
			q.UnknownCritical = append(q.UnknownCritical, e.OID)
		}
	}
}

// NewRequest encodes a request for the certificates. The nonce, 1 to 128 octets
// that were never used before, binds the answer to it; nil leaves it out.
func NewRequest(nonce []byte, ids ...CertID) ([]byte, error) {
	if len(ids) == 0 || len(ids) > maxSingles || len(nonce) > maxNonce || nonce != nil && len(nonce) == 0 {
		return nil, &Error{What: "request", Err: ErrTemplate}
	}
	list := make([][]byte, len(ids))
	for i, id := range ids {
		list[i] = der.Sequence(id.Raw)
	}
	var extensions []byte
	if nonce != nil {
		extensions = der.Explicit(2, x509.EncodeExtensions(nonceExtension(nonce)))
	}
	return der.Sequence(der.Sequence(der.Sequence(list...), extensions)), nil
}
