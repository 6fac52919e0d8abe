// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509

import (
	"io"

	"podpis/pki/alg"
	"podpis/pki/der"
)

// Request is a certification request of PKCS #10 (RFC 2986).
type Request struct {
	Raw     []byte
	RawTBS  []byte
	RawSPKI []byte

	Subject            Name
	PublicKey          *alg.PublicKey // nil when the algorithm is unknown
	SignatureAlgorithm alg.SignatureAlgorithm
	Signature          []byte
	Attributes         []RequestAttribute
	Extensions         []Extension // those asked for
	Fields                         // Extensions, decoded
	Warnings           []Warning
}

// RequestAttribute is an attribute of a request with the content of its SET.
type RequestAttribute struct {
	OID    der.OID
	Values []byte
}

// ParseRequest reads one request in DER. The signature is not checked.
func ParseRequest(in []byte) (*Request, error) {
	q, err := parseRequest(in)
	if err != nil {
		return nil, wrap("request", err)
	}
	return q, nil
}

func parseRequest(in []byte) (*Request, error) {
	if len(in) > maxRequest {
		return nil, ErrTooLarge
	}
	s, err := readSigned(in)
	if err != nil {
		return nil, err
	}
	q := &Request{Raw: in, RawTBS: s.tbs, SignatureAlgorithm: s.algorithm, Signature: s.signature}
	r := der.NewReader(s.tbs)
	t := r.Sequence()
	if t.Int() != 0 {
		t.Fail("unknown version of request")
	}
	q.Subject = ReadName(t)
	q.RawSPKI = t.Raw(der.TagSequence)
	// The attributes are not OPTIONAL, yet programs leave an empty set out.
	if e, ok := t.EnterOptional(der.ContextConstructed(0)); ok {
		q.readAttributes(e)
	}
	t.End()
	if err := r.Close(); err != nil {
		return nil, err
	}
	if q.PublicKey, err = parseKey(q.RawSPKI); err != nil {
		return nil, wrap("public key", err)
	}
	q.Fields, q.Warnings, err = decodeFields(q.Extensions)
	if q.Subject.warnText() {
		q.Warnings = append(q.Warnings, WarnText)
	}
	return q, err
}

func (q *Request) readAttributes(e *der.Reader) {
	for !e.Empty() {
		a := e.Sequence()
		oid, values := a.OID(), a.Set()
		a.End()
		q.Attributes = append(q.Attributes, RequestAttribute{OID: oid, Values: values.Rest()})
		if oid != oidExtensionRequest && oid != oidExtensionRequestMS {
			continue
		}
		if q.Extensions != nil {
			values.Fail("extensions asked for twice")
		}
		q.Extensions = ReadExtensions(values)
		values.End() // a single value
	}
}

// CheckSignature checks that who made the request holds the private key.
func (q *Request) CheckSignature() error {
	return CheckTBS(q.PublicKey, q.SignatureAlgorithm, q.RawTBS, q.Signature)
}

// RequestTBS returns the octets of a request that are to be signed.
func RequestTBS(spki []byte, subject Name, extensions []Extension) ([]byte, error) {
	if subject.Raw == nil || len(spki) == 0 || extensionList(extensions).check() != nil {
		return nil, wrap("request", ErrTemplate)
	}
	var attributes []byte
	if list := EncodeExtensions(extensions); list != nil {
		attributes = der.Sequence(der.ObjectID(oidExtensionRequest), der.SetOf(list))
	}
	return der.Sequence(der.Int(0), subject.Raw, spki, der.Explicit(0, attributes)), nil
}

// CreateRequest makes a request that asks for the extensions.
func CreateRequest(rand io.Reader, signer alg.Signer, subject Name, extensions []Extension) ([]byte, error) {
	tbs, err := RequestTBS(signer.PublicKey().SPKI(), subject, extensions)
	if err != nil {
		return nil, err
	}
	return signAssemble(rand, signer, tbs)
}

// RequestExtensions are the extensions of a template in the form a request asks
// for them: those that describe the holder and the use of the key.
func (t *Template) RequestExtensions() ([]Extension, error) { return t.extensions() }
