// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package tsp reads and writes the messages of the Time-Stamp Protocol
// (RFC 3161 with RFC 5816): request, response and token, for the one who asks,
// the authority that answers and the one who checks.
//
// The authority's decisions (which policy, which clock, who may ask) are not
// made here: [ParseRequest] says what is wrong with a request in the words of
// the protocol, [Template.Token] signs what it is told.
//
// Left out: the socket and e-mail transports, and trust in the signer of a
// token, which package verify judges as for any signature.
package tsp

import (
	"errors"
	"io"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
)

// OIDTSTInfo is the content type of a token (RFC 3161, 2.4.2).
const OIDTSTInfo der.OID = "1.2.840.113549.1.9.16.1.4"

// Media types of HTTP (RFC 3161, 3.4).
const (
	RequestType  = "application/timestamp-query"
	ResponseType = "application/timestamp-reply"
)

// MaxRequest and MaxResponse bound messages in octets: a request holds a digest,
// a policy and a nonce; a response may carry a chain of certificates and, with
// CryptoPro, revocation lists.
const (
	MaxRequest  = 4 << 10
	MaxResponse = 4 << 20
)

// maxNonce is generous: clients send 8 to 20 octets.
const maxNonce = 64

// FailInfo says why a request was refused: the number of the bit (RFC 3161,
// 2.4.2).
type FailInfo int

// The reasons of the protocol.
const (
	NoFailInfo          FailInfo = -1
	BadAlg              FailInfo = 0
	BadRequest          FailInfo = 2
	BadDataFormat       FailInfo = 5
	TimeNotAvailable    FailInfo = 14
	UnacceptedPolicy    FailInfo = 15
	UnacceptedExtension FailInfo = 16
	AddInfoNotAvailable FailInfo = 17
	SystemFailure       FailInfo = 25
)

// FailInfos lists the reasons.
func FailInfos() []FailInfo {
	return []FailInfo{BadAlg, BadRequest, BadDataFormat, TimeNotAvailable, UnacceptedPolicy,
		UnacceptedExtension, AddInfoNotAvailable, SystemFailure}
}

func (f FailInfo) String() string {
	switch f {
	case NoFailInfo:
		return ""
	case BadAlg:
		return "badAlg"
	case BadRequest:
		return "badRequest"
	case BadDataFormat:
		return "badDataFormat"
	case TimeNotAvailable:
		return "timeNotAvailable"
	case UnacceptedPolicy:
		return "unacceptedPolicy"
	case UnacceptedExtension:
		return "unacceptedExtension"
	case AddInfoNotAvailable:
		return "addInfoNotAvailable"
	case SystemFailure:
		return "systemFailure"
	}
	return "unknown"
}

// RequestError is a refusal in the words of the protocol.
type RequestError struct {
	Info   FailInfo
	Reason string
}

func (e *RequestError) Error() string { return "tsp: " + e.Info.String() + ": " + e.Reason }

// Request is TimeStampReq.
type Request struct {
	Hash      alg.Hash
	Algorithm []byte  // AlgorithmIdentifier of the imprint as it came
	Imprint   []byte  // the digest to be stamped
	Policy    der.OID // empty: whatever the authority prefers
	Nonce     []byte  // octets of the INTEGER, nil when absent
	CertReq   bool    // the token shall carry its signer's certificate
}

// NewRequest makes a request for a digest with a nonce of 8 random octets.
func NewRequest(rand io.Reader, h alg.Hash, digest []byte) (*Request, error) {
	nonce := make([]byte, 8)
	if _, err := io.ReadFull(rand, nonce); err != nil {
		return nil, err
	}
	nonce[0] = nonce[0]&0x7f | 0x40 // positive and of full length, whatever was drawn
	return &Request{Hash: h, Algorithm: h.Identifier(), Imprint: digest, Nonce: nonce, CertReq: true}, nil
}

// ParseRequest reads TimeStampReq. Every error is a [*RequestError] ready to be
// answered.
func ParseRequest(in []byte) (*Request, error) {
	if len(in) > MaxRequest {
		return nil, &RequestError{BadDataFormat, "request too long"}
	}
	r := der.NewReader(in)
	s := r.Sequence()
	version := s.Int()
	imprint := s.Sequence()
	q := &Request{Algorithm: imprint.Raw(der.TagSequence), Imprint: imprint.OctetString()}
	imprint.End()
	if s.Peek() == der.TagOID {
		q.Policy = s.OID()
	}
	if s.Peek() == der.TagInteger {
		q.Nonce = s.Integer()
	}
	if s.Peek() == der.TagBoolean {
		q.CertReq = s.Bool()
	}
	extensions, extended := s.Optional(der.ContextConstructed(0))
	s.End()
	if err := r.Close(); err != nil {
		return nil, &RequestError{BadDataFormat, err.Error()}
	}
	switch {
	case version != 1:
		return nil, &RequestError{BadRequest, "version is not 1"}
	case len(q.Nonce) > maxNonce:
		return nil, &RequestError{BadRequest, "nonce too long"}
	case extended && len(extensions) != 0:
		// RFC 3161, 2.4.1: an extension that is not recognised, critical or
		// not, must be answered so.
		return nil, &RequestError{UnacceptedExtension, "no extension is known"}
	}
	h, err := alg.ParseHash(q.Algorithm)
	if err != nil || h == alg.GOST94 {
		return nil, &RequestError{BadAlg, "digest algorithm not known, or too old"}
	}
	if len(q.Imprint) != h.Size() {
		return nil, &RequestError{BadDataFormat, "imprint is not of the length of its digest"}
	}
	q.Hash = h
	return q, nil
}

// Marshal encodes the request.
func (q *Request) Marshal() []byte {
	var policy, nonce, certReq []byte
	if q.Policy != "" {
		policy = der.ObjectID(q.Policy)
	}
	if q.Nonce != nil {
		nonce = der.Element(der.TagInteger, q.Nonce)
	}
	if q.CertReq {
		certReq = der.Bool(true)
	}
	return der.Sequence(der.Int(1), q.imprint(), policy, nonce, certReq)
}

func (q *Request) imprint() []byte { return der.Sequence(q.Algorithm, der.OctetString(q.Imprint)) }

// Status values of a response (RFC 3161, 2.4.2).
const (
	Granted         = 0
	GrantedWithMods = 1
	Rejection       = 2
	Waiting         = 3
)

// ErrRefused says that a response carries no token.
var ErrRefused = errors.New("tsp: the authority refused")

// Response is TimeStampResp.
type Response struct {
	Status   int
	Text     []string
	FailInfo FailInfo // NoFailInfo when absent
	Token    []byte   // ContentInfo, nil unless granted
}

// Grant is the response that carries a token.
func Grant(token []byte) *Response {
	return &Response{Status: Granted, FailInfo: NoFailInfo, Token: token}
}

// Refuse is the response that carries a reason.
func Refuse(info FailInfo, text string) *Response {
	return &Response{Status: Rejection, Text: []string{text}, FailInfo: info}
}

// Marshal encodes the response.
func (p *Response) Marshal() []byte {
	var text, info []byte
	if len(p.Text) != 0 {
		var parts [][]byte
		for _, t := range p.Text {
			parts = append(parts, der.Text(der.TagUTF8String, t))
		}
		text = der.Sequence(parts...)
	}
	if p.FailInfo != NoFailInfo {
		info = der.NamedBits(int(p.FailInfo))
	}
	return der.Sequence(der.Sequence(der.Int(int64(p.Status)), text, info), p.Token)
}

// ParseResponse reads TimeStampResp. A refusal is no error here; see
// [Response.Granted].
func ParseResponse(in []byte) (*Response, error) {
	if len(in) > MaxResponse {
		return nil, errors.New("tsp: response too long")
	}
	message, rest, err := der.FromBER(in)
	if err != nil {
		return nil, err
	}
	r := der.NewReader(message)
	s := r.Sequence()
	status := s.Sequence()
	p := &Response{Status: status.Int(), FailInfo: NoFailInfo}
	if text, ok := status.EnterOptional(der.TagSequence); ok {
		for !text.Empty() && len(p.Text) < 16 {
			p.Text = append(p.Text, string(text.Content(der.TagUTF8String)))
		}
		text.End()
	}
	if status.Peek() == der.TagBitString {
		bits, _ := status.Bits()
		p.FailInfo = firstBit(bits)
	}
	status.End()
	if !s.Empty() {
		p.Token = s.Raw(der.TagSequence)
	}
	s.End()
	if err := r.Close(); err != nil {
		return nil, err
	}
	if len(rest) != 0 {
		return nil, errors.New("tsp: octets behind the response")
	}
	return p, nil
}

func firstBit(bits []byte) FailInfo {
	for i := range 8 * len(bits) {
		if bits[i/8]&(0x80>>(i%8)) != 0 {
			return FailInfo(i)
		}
	}
	return NoFailInfo
}

// Granted reports a response with a token.
func (p *Response) Granted() bool {
	return (p.Status == Granted || p.Status == GrantedWithMods) && p.Token != nil
}

// Accuracy is how far the clock may be off, 0 when unstated.
type Accuracy = time.Duration
