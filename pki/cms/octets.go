// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cms

import "podpis/pki/der"

// What follows gives out parts of a message octet by octet, for the stamps of CAdES, which are made over them, and puts in the
// evidence of its higher levels.

// EncapsulatedContentInfo is the element with the type and, unless detached, the content.
func (sd *SignedData) EncapsulatedContentInfo() []byte { return sd.encap }

// RawCertificates are the elements of the set of certificates, other kinds of certificates included.
func (sd *SignedData) RawCertificates() [][]byte { return sd.rawCertificates }

// RawRevocation are the elements of the set of revocation data.
func (sd *SignedData) RawRevocation() [][]byte { return sd.rawCRLs }

// RawCertificateSet is the set of certificates with its tag, nil if there is none.
func (sd *SignedData) RawCertificateSet() []byte { return rawSet(0, sd.rawCertificates) }

// RawRevocationSet is the set of revocation data with its tag, nil if there is none.
func (sd *SignedData) RawRevocationSet() []byte { return rawSet(1, sd.rawCRLs) }

func rawSet(n int, elements [][]byte) []byte {
	if elements == nil {
		return nil
	}
	return der.Element(der.ContextConstructed(n), elements...)
}

// Head is the content of SignerInfo from the version to the signature value.
func (s *SignerInfo) Head() []byte { return s.head }

// AddCRL puts a CertificateList into the message.
func (sd *SignedData) AddCRL(list []byte) {
	if !contains(sd.rawCRLs, list) {
		sd.rawCRLs, sd.CRLs = append(sd.rawCRLs, list), append(sd.CRLs, list)
	}
}

// AddOCSP puts an OCSPResponse into the message (RFC 5940, 2).
func (sd *SignedData) AddOCSP(response []byte) {
	if other := otherRevocation(response); !contains(sd.rawCRLs, other) {
		sd.rawCRLs, sd.OCSP = append(sd.rawCRLs, other), append(sd.OCSP, response)
	}
}
