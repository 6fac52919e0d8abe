// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ocsp

import (
	"bytes"
	"errors"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/x509"
)

// ResponseStatus says whether a response has content (RFC 6960, 4.2.1).
type ResponseStatus int

// The statuses of responses.
const (
	Successful       ResponseStatus = 0
	MalformedRequest ResponseStatus = 1
	InternalError    ResponseStatus = 2
	TryLater         ResponseStatus = 3
	SigRequired      ResponseStatus = 5
	Unauthorized     ResponseStatus = 6
)

// String is the name of the standard, such as "tryLater".
func (s ResponseStatus) String() string {
	switch s {
	case Successful:
		return "successful"
	case MalformedRequest:
		return "malformedRequest"
	case InternalError:
		return "internalError"
	case TryLater:
		return "tryLater"
	case SigRequired:
		return "sigRequired"
	case Unauthorized:
		return "unauthorized"
	}
	return ""
}

// CertStatus is what is known of a certificate.
type CertStatus int

// The statuses of certificates, by their tag numbers.
const (
	Good    CertStatus = 0
	Revoked CertStatus = 1
	Unknown CertStatus = 2 // not issued by the authority that is asked
)

// String is the name of the standard.
func (s CertStatus) String() string {
	switch s {
	case Good:
		return "good"
	case Revoked:
		return "revoked"
	}
	return "unknown"
}

// Single is the answer for one certificate.
type Single struct {
	ID         CertID
	Status     CertStatus
	RevokedAt  time.Time   // with Revoked
	Reason     x509.Reason // with Revoked; unspecified when not stated
	ThisUpdate time.Time
	NextUpdate time.Time // zero: newer information is always there
	// ArchiveCutoff says from when on the responder remembers expired
	// certificates (RFC 6960, 4.4.4); zero when not stated.
	ArchiveCutoff time.Time
	Extensions    []x509.Extension
}

// Response is an answer: a status, and with [Successful] a basic response.
type Response struct {
	Raw    []byte
	Status ResponseStatus

	// Basic is the encoding of BasicOCSPResponse: what CAdES keeps.
	Basic              []byte
	RawTBS             []byte
	ResponderName      x509.Name // one of these two is present
	ResponderKey       []byte    // SHA-1 of the responder's key
	ProducedAt         time.Time
	Singles            []Single
	Nonce              []byte // nil when there is none
	Extensions         []x509.Extension
	SignatureAlgorithm alg.SignatureAlgorithm
	Signature          []byte
	Certificates       []*x509.Certificate
	// UnknownCritical lists critical extensions that were not understood. Such a
	// response does not verify.
	UnknownCritical []der.OID
}

// ParseResponse reads a response. One with an error status has no content and is
// no error.
func ParseResponse(in []byte) (*Response, error) {
	if len(in) > maxResponse {
		return nil, ErrTooLarge
	}
	r := der.NewReader(in)
	outer := r.Sequence()
	status := ResponseStatus(outer.Enumerated())
	var basic []byte
	if e, ok := outer.EnterOptional(der.ContextConstructed(0)); ok {
		s := e.Sequence()
		e.End()
		if s.OID() == oidBasic {
			basic = s.OctetString()
			s.End()
		}
	}
	outer.End()
	if r.Err() == nil && status.String() == "" {
		outer.Fail("unknown status")
	}
	if err := r.Close(); err != nil {
		return nil, &Error{What: "response", Err: err}
	}
	if status != Successful {
		return &Response{Raw: in, Status: status}, nil
	}
	if basic == nil {
		return nil, ErrNoBasic
	}
	p, err := ParseBasic(basic)
	if err != nil {
		return nil, err
	}
	p.Raw = in
	return p, nil
}

// ParseBasic reads a bare BasicOCSPResponse, as CAdES and XAdES keep it. Raw is
// nil then.
func ParseBasic(in []byte) (*Response, error) {
	p, err := parseBasic(in)
	if err != nil {
		return nil, &Error{What: "basic response", Err: err}
	}
	return p, nil
}

func parseBasic(in []byte) (*Response, error) {
	if len(in) > maxResponse {
		return nil, ErrTooLarge
	}
	p := &Response{Status: Successful, Basic: in}
	r := der.NewReader(in)
	s := r.Sequence()
	p.RawTBS = s.Raw(der.TagSequence)
	algorithm := s.Raw(der.TagSequence)
	p.Signature = s.BitString()
	var certificates [][]byte
	if e, ok := s.EnterOptional(der.ContextConstructed(0)); ok {
		for list := e.Sequence(); !list.Empty(); {
			certificates = append(certificates, list.Raw(der.TagSequence))
			if len(certificates) > maxCertificates {
				list.Fail("too many certificates of responders")
			}
		}
		e.End()
	}
	s.End()
	if err := r.Close(); err != nil {
		return nil, err
	}
	var err error
	p.SignatureAlgorithm, err = alg.ParseSignatureAlgorithm(algorithm)
	if err != nil && !errors.Is(err, alg.ErrUnsupported) {
		return nil, err
	}
	for _, raw := range certificates {
		c, err := x509.ParseCertificate(raw)
		if err != nil {
			return nil, err
		}
		p.Certificates = append(p.Certificates, c)
	}
	return p, p.readTBS()
}

func (p *Response) readTBS() error {
	r := der.NewReader(p.RawTBS)
	t := r.Sequence()
	if e, ok := t.EnterOptional(der.ContextConstructed(0)); ok {
		if e.Int() != 0 {
			e.Fail("unknown version of response")
		}
		e.End()
	}
	if e, ok := t.EnterOptional(der.ContextConstructed(1)); ok {
		p.ResponderName = x509.ReadName(e)
		e.End()
	} else {
		e := t.Enter(der.ContextConstructed(2))
		p.ResponderKey = e.OctetString()
		e.End()
	}
	p.ProducedAt = t.GeneralizedTime()
	for list := t.Sequence(); !list.Empty(); {
		p.Singles = append(p.Singles, p.readSingle(list.Sequence()))
		if len(p.Singles) > maxSingles {
			list.Fail("too many certificates")
		}
	}
	if e, ok := t.EnterOptional(der.ContextConstructed(1)); ok {
		p.Extensions = x509.ReadExtensions(e)
		e.End()
	}
	t.End()
	p.note(p.Extensions, oidNonce)
	p.Nonce = readNonce(p.Extensions)
	return r.Close()
}

func (p *Response) note(list []x509.Extension, known der.OID) {
	for _, e := range list {
		if e.Critical && e.OID != known {
			p.UnknownCritical = append(p.UnknownCritical, e.OID)
		}
	}
}

func (p *Response) readSingle(s *der.Reader) Single {
	a := Single{ID: readCertID(s)}
	switch tag := s.Peek(); tag {
	case der.Context(0), der.Context(2): // IMPLICIT NULL
		a.Status = CertStatus(tag &^ der.Context(0))
		if len(s.Content(tag)) != 0 {
			s.Fail("null with content")
		}
	default:
		a.Status = Revoked
		e := s.Enter(der.ContextConstructed(1))
		a.RevokedAt = e.GeneralizedTime()
		if reason, ok := e.EnterOptional(der.ContextConstructed(0)); ok {
			a.Reason = x509.Reason(reason.Enumerated())
			reason.End()
			if !a.Reason.Valid() {
				reason.Fail("unknown reason")
			}
		}
		e.End()
	}
	a.ThisUpdate = s.GeneralizedTime()
	if e, ok := s.EnterOptional(der.ContextConstructed(0)); ok {
		a.NextUpdate = e.GeneralizedTime()
		e.End()
	}
	if e, ok := s.EnterOptional(der.ContextConstructed(1)); ok {
		a.Extensions = x509.ReadExtensions(e)
		e.End()
		p.note(a.Extensions, oidArchiveCutoff)
		a.readCutoff(s)
	}
	s.End()
	return a
}

func (a *Single) readCutoff(s *der.Reader) {
	if e := x509.FindExtension(a.Extensions, oidArchiveCutoff); e != nil {
		r := der.NewReader(e.Value)
		a.ArchiveCutoff = r.GeneralizedTime()
		if err := r.Close(); err != nil {
			s.FailWith(err)
		}
	}
}

// Find returns the answer for a certificate of the issuer.
func (p *Response) Find(issuer *x509.Certificate, serial x509.Serial) (*Single, bool) {
	for i := range p.Singles {
		if id := &p.Singles[i].ID; id.Serial.Equal(serial) && id.IssuedBy(issuer) {
			return &p.Singles[i], true
		}
	}
	return nil, false
}

// CheckFresh reports whether the answer holds at the moment: nil, [ErrNotYet] or
// [ErrStale]. Clocks may differ by skew; an answer without nextUpdate is fresh
// for maxAge (RFC 6960, 4.2.2.1).
func (a *Single) CheckFresh(at time.Time, skew, maxAge time.Duration) error {
	until := a.NextUpdate
	if until.IsZero() {
		until = a.ThisUpdate.Add(maxAge)
	}
	switch {
	case a.ThisUpdate.After(at.Add(skew)):
		return ErrNotYet
	case until.Before(at.Add(-skew)):
		return ErrStale
	}
	return nil
}

// CheckNonce compares the nonce with that of the request. A response without one
// is not bound to any request: [ErrNonce] as well; a caller that accepts prepared
// answers looks at Nonce itself.
func (p *Response) CheckNonce(sent []byte) error {
	if p.Nonce == nil || !bytes.Equal(p.Nonce, sent) {
		return ErrNonce
	}
	return nil
}
