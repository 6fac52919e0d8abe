// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cms

import (
	"bytes"
	"slices"

	"podpis/pki/der"
)

// Join puts the signatures of another message into this one with everything that message carries. What both have stands once.
// Whether both are over one content is the caller's question.
func (sd *SignedData) Join(other *SignedData) {
	for _, raw := range other.digestAlgorithms {
		if !contains(sd.digestAlgorithms, raw) {
			sd.digestAlgorithms = append(sd.digestAlgorithms, raw)
		}
	}
	for _, raw := range other.rawCertificates {
		if !contains(sd.rawCertificates, raw) {
			sd.rawCertificates = append(sd.rawCertificates, raw)
		}
	}
	for _, raw := range other.rawCRLs {
		if !contains(sd.rawCRLs, raw) {
			sd.rawCRLs = append(sd.rawCRLs, raw)
		}
	}
	for _, s := range other.Signers {
		if !slices.ContainsFunc(sd.Signers, func(mine *SignerInfo) bool { return bytes.Equal(mine.Encode(), s.Encode()) }) {
			sd.Signers = append(sd.Signers, s)
		}
	}
	sd.Certificates, sd.CRLs, sd.OCSP = nil, nil, nil
	sd.parseCertificates()
	sd.parseRevocation()
}

// Alone is a message with one of the signatures and everything else that this one carries: certificates and lists of the
// other signatures stay, for stamps may cover them.
func (sd *SignedData) Alone(s *SignerInfo) *SignedData {
	one := *sd
	one.Signers = []*SignerInfo{s}
	return &one
}

// Detach takes the content out of the message. The signatures are over the content and stay what they are.
func (sd *SignedData) Detach() {
	sd.Detached, sd.Content = true, nil
	sd.encap = der.Sequence(der.ObjectID(sd.ContentType))
}

// Attach puts the content into the message. The error is [ErrTooLong].
func (sd *SignedData) Attach(content []byte) error {
	if len(content) > maxAttached {
		return ErrTooLong
	}
	sd.Detached, sd.Content = false, content
	sd.encap = der.Sequence(der.ObjectID(sd.ContentType), der.Explicit(0, der.OctetString(content)))
	return nil
}
