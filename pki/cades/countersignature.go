// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cades

import (
	"time"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/x509"
)

// OIDCounterSignature is the attribute with signatures over a signature value (RFC 5652, 11.4).
const OIDCounterSignature der.OID = "1.2.840.113549.1.9.6"

// maxCounterSignatures bounds those of one signature.
const maxCounterSignatures = 32

// CounterSignatures returns the signatures made over the value of a signature. Each may carry more of them. One that does
// not parse is an error: it may be the one that matters.
func CounterSignatures(si *cms.SignerInfo) (out []*cms.SignerInfo, err error) {
	for i, raw := range cms.All(si.UnsignedAttributes, OIDCounterSignature) {
		if i == maxCounterSignatures {
			break
		}
		counter, err := cms.ParseSignerInfo(raw)
		if err != nil {
			return nil, err
		}
		out = append(out, counter)
	}
	return out, nil
}

// CheckCounterDigest compares the signed attributes of a counter signature with the value it is over: messageDigest is the
// digest of the value, and there is no contentType, since nothing has one (RFC 5652, 11.4). The answer is nil,
// [cms.ErrContentDigest] or [cms.ErrAttributes].
func CheckCounterDigest(counter, over *cms.SignerInfo) error {
	if cms.Has(counter.SignedAttributes, cms.OIDContentType) {
		return cms.ErrAttributes
	}
	if counter.SignedOctets == nil {
		return nil // the signature itself is over the digest
	}
	value, ok := cms.Find(counter.SignedAttributes, cms.OIDMessageDigest)
	if !ok {
		return cms.ErrAttributes
	}
	r := der.NewReader(value)
	signed := r.OctetString()
	if r.Close() != nil {
		return cms.ErrAttributes
	}
	if counter.Digest.Size() == 0 || string(signed) != string(counter.Digest.Sum(over.Signature)) {
		return cms.ErrContentDigest
	}
	return nil
}

// CounterAttributes are the signed attributes of a counter signature over a signature value: those of level B without a
// content type (RFC 5652, 11.4).
func CounterAttributes(over *cms.SignerInfo, h alg.Hash, cert *x509.Certificate, signingTime time.Time) []cms.Attribute {
	all := SignedAttributes(cms.OIDData, h.Sum(over.Signature), h, cert, signingTime)
	return all[1:]
}

// AddCounterSignature puts a counter signature into the signature that it is over.
func AddCounterSignature(over, counter *cms.SignerInfo) {
	over.AddUnsigned(OIDCounterSignature, counter.Encode())
}
