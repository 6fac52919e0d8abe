// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package augment

import (
	"io"
	"slices"
	"time"

	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/pades"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/pki/xades"
)

// Until is when the proof that a message carries of its own ends: for each signature its newest time stamp lasts as long as
// the certificate of who made it, and without a stamp the signer's does; of several signatures the first to end counts. An
// archive stamp made before then carries the proof on. Zero: it is not known, since a certificate is missing.
func Until(sd *cms.SignedData) (until time.Time) {
	for i, si := range sd.Signers {
		end := notAfter(si, sd.Certificates)
		var newest time.Time
		for _, s := range cades.Stamps(sd, si) {
			if s.Kind == cades.ContentStamp {
				continue
			}
			if token, err := tsp.ParseToken(s.Token); err == nil && token.Time.After(newest) {
				newest, end = token.Time, notAfter(token.Signature, slices.Concat(token.Message.Certificates, sd.Certificates))
			}
		}
		if i == 0 || end.Before(until) {
			until = end
		}
	}
	return until
}

// notAfter is the end of the certificate of a signer, zero when it is not at hand.
func notAfter(si *cms.SignerInfo, near []*x509.Certificate) time.Time {
	for _, c := range slices.Concat(near, cades.MaterialOf(si).Certificates) {
		if si.Names(c) {
			return c.NotAfter
		}
	}
	return time.Time{}
}

// UntilPDF is the same of a PDF document: its newest document time stamp covers all of it.
func UntilPDF(d *pades.Document) (until time.Time) {
	var newest *pades.Signature
	for _, s := range d.Signatures {
		if s.Kind == pades.Timestamp && s.Token != nil && len(s.Problems) == 0 && (newest == nil || s.Token.Time.After(newest.Token.Time)) {
			newest = s
		}
	}
	first := true
	for _, s := range d.Signatures {
		if s.Kind == pades.Timestamp || s.Signer == nil {
			continue
		}
		end := Until(s.Message)
		if newest != nil && newest.Covers > s.Covers {
			end = notAfter(newest.Signer, slices.Concat(newest.Enclosed, d.Evidence.Certificates))
		}
		if first || end.Before(until) {
			until, first = end, false
		}
	}
	return until
}

// UntilXML is the same of an XML document.
func UntilXML(d *xades.Document) (until time.Time) {
	for i, s := range d.Signatures {
		end := time.Time{}
		for _, c := range s.Evidence.Certificates {
			if s.CheckSigningCertificate(c) == nil {
				end = c.NotAfter
			}
		}
		var newest time.Time
		for _, t := range s.Timestamps {
			if t.Kind == xades.ContentStamp {
				continue
			}
			if token, err := tsp.ParseToken(t.Token); err == nil && token.Time.After(newest) {
				newest, end = token.Time, notAfter(token.Signature, slices.Concat(token.Message.Certificates, s.Evidence.Certificates))
			}
		}
		if i == 0 || end.Before(until) {
			until = end
		}
	}
	return until
}

// Appended is a file with what was appended to it.
func Appended(in io.ReaderAt, size int64, tail []byte) *io.SectionReader {
	g := &growing{in: in, size: size, tail: tail}
	return io.NewSectionReader(g, 0, g.Size())
}
