// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pades

import (
	"bytes"
	"errors"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/pdf"
	"podpis/pki/tsp"
	"podpis/pki/x509"
)

var (
	// ErrRange says that a signature has no range to be checked.
	ErrRange = errors.New("pades: signature covers nothing")
	// ErrMessage says that a signature has no message to be checked.
	ErrMessage = errors.New("pades: signature value malformed")
)

// oidRSAWithSHA1 is the one algorithm of adbe.x509.rsa_sha1.
const oidRSAWithSHA1 der.OID = "1.2.840.113549.1.1.5"

// CheckDigest compares the signed octets with what the signature says of them.
// The answer is nil, [cms.ErrContentDigest] when the document is another one, or
// an error that says why it cannot be told. A signature with [Signature.Problems]
// is no good whatever the answer.
func (s *Signature) CheckDigest() error {
	if s.SubFilter == SubFilterRSA {
		return nil // its value covers the octets themselves
	}
	if s.Signer == nil {
		return ErrMessage
	}
	content, err := s.contentDigest()
	if err != nil {
		return err
	}
	switch s.SubFilter {
	case SubFilterTimestamp:
		imprint, err := s.digest(s.Token.Hash)
		if err != nil {
			return err
		}
		if !bytes.Equal(imprint, s.Token.Imprint) {
			return cms.ErrContentDigest
		}
		return s.Signer.CheckDigest(tsp.OIDTSTInfo, content)
	case SubFilterSHA1:
		// The message holds the SHA-1 of the document (ISO 32000-1, 12.8.3.3).
		sum, err := s.digest(alg.SHA1)
		if err != nil {
			return err
		}
		if !bytes.Equal(sum, s.Message.Content) {
			return cms.ErrContentDigest
		}
	}
	return s.Signer.CheckDigest(s.Message.ContentType, content)
}

// contentDigest is the digest of the content of the message, by the signer's hash.
func (s *Signature) contentDigest() ([]byte, error) {
	h := s.Signer.Digest
	if h == alg.NoHash {
		return nil, alg.ErrUnsupported
	}
	if s.Message.Detached {
		return s.digest(h)
	}
	return h.Sum(s.Message.Content), nil
}

// CheckValue verifies the value of the signature with a key; [Signature.CheckDigest]
// ties it to the document. The errors are those of [alg.PublicKey.Verify].
func (s *Signature) CheckValue(key *alg.PublicKey) error {
	if s.SubFilter == SubFilterRSA {
		return s.checkRSA(key)
	}
	if s.Signer == nil {
		return ErrMessage
	}
	content, err := s.contentDigest()
	if err != nil {
		return err
	}
	return s.Signer.CheckSignature(key, content)
}

// checkRSA verifies a bare value of PKCS #1 in an OCTET STRING.
func (s *Signature) checkRSA(key *alg.PublicKey) error {
	_, head, length, err := der.Header(s.Contents)
	if err != nil || head+length > len(s.Contents) || der.Tag(s.Contents[0]) != der.TagOctetString {
		return ErrMessage
	}
	a, err := alg.ParseSignatureAlgorithm(der.Sequence(der.ObjectID(oidRSAWithSHA1), der.Null()))
	if err != nil {
		return err
	}
	sum, err := s.digest(alg.SHA1)
	if err != nil {
		return err
	}
	return key.Verify(a, alg.SHA1, sum, s.Contents[head:head+length])
}

// Certificate is the one the signature names, out of those it encloses, those of
// its attributes and those of the document; nil when none is.
func (s *Signature) Certificate() *x509.Certificate {
	if s.SubFilter == SubFilterRSA {
		if len(s.Enclosed) > 0 {
			return s.Enclosed[0]
		}
		return nil
	}
	if s.Signer == nil {
		return nil
	}
	for _, list := range [][]*x509.Certificate{s.Enclosed, cades.MaterialOf(s.Signer).Certificates, s.doc.Evidence.Certificates} {
		for _, c := range list {
			if s.Signer.Names(c) {
				return c
			}
		}
	}
	return nil
}

// Level is what a signature carries, from what is there alone.
type Level string

// The levels, lowest first (EN 319 142-1, 6). Basic is a signature whose
// certificate is not bound into it, or of an adbe subfilter; the levels of CAdES
// that such a one may have inside are told by [cades.LevelOf].
const (
	Basic    Level = "PDF"
	LevelB   Level = "PAdES-B"
	LevelT   Level = "PAdES-T"
	LevelLT  Level = "PAdES-LT"
	LevelLTA Level = "PAdES-LTA"
)

// Level recognises the level by what the signature and the later revisions hold:
// a time stamp over the value or the document, revocation data, and a document
// time stamp over these. It checks nothing else. Document time stamps have none.
func (s *Signature) Level() Level {
	if s.SubFilter != SubFilterCAdES || s.Signer == nil ||
		!cms.Has(s.Signer.SignedAttributes, cades.OIDSigningCertificateV2) && !cms.Has(s.Signer.SignedAttributes, cades.OIDSigningCertificate) {
		return Basic
	}
	stamps := s.Stamps()
	if len(cades.SignatureTimestamps(s.Signer)) == 0 && len(stamps) == 0 {
		return LevelB
	}
	if !s.doc.Evidence.revocation() {
		return LevelT
	}
	for _, t := range stamps {
		if t.signed != nil && evidenceOf(t.signed).revocation() {
			return LevelLTA
		}
	}
	return LevelLT
}

// Stamps are the document time stamps without a problem that cover the signature,
// the earliest first. Stamps over its value are in its message.
func (s *Signature) Stamps() (list []*Signature) {
	for _, t := range s.doc.Signatures {
		if t.Kind == Timestamp && len(t.Problems) == 0 && s.Covers > 0 && t.Range[1] >= s.Covers {
			list = append(list, t)
		}
	}
	return list
}

// Evidence is validation data of a document: its security store (DSS, ISO
// 32000-2, 12.8.4.3; EN 319 142-1, 5.4.2). Nothing of it is checked.
type Evidence struct {
	Certificates []*x509.Certificate
	CRLs         [][]byte // CertificateList
	OCSP         [][]byte // OCSPResponse
	// Err is the first error met: more may be there than is listed.
	Err error
}

func (e Evidence) revocation() bool { return len(e.CRLs)+len(e.OCSP) > 0 }

// evidenceOf reads the store of a view: its own lists, which hold all that the
// entries for single signatures (VRI) refer to, and those entries too, since
// writers of the field forget the first.
func evidenceOf(view *pdf.Document) Evidence {
	e := Evidence{}
	dss := view.Dict(view.Catalog()["DSS"])
	if dss == nil {
		return e
	}
	seen := map[pdf.Ref]bool{}
	e.add(view, dss, [3]pdf.Name{"Certs", "CRLs", "OCSPs"}, seen)
	vri := view.Dict(dss["VRI"])
	if len(vri) > MaxSignatures {
		e.Err = &pdf.LimitError{What: "entries of the security store"}
		return e
	}
	for _, o := range vri {
		e.add(view, view.Dict(o), [3]pdf.Name{"Cert", "CRL", "OCSP"}, seen)
	}
	return e
}

func (e *Evidence) add(view *pdf.Document, d pdf.Dict, keys [3]pdf.Name, seen map[pdf.Ref]bool) {
	for i, key := range keys {
		for _, o := range view.Array(d[key]) {
			r, ok := o.(pdf.Ref)
			if !ok || seen[r] {
				continue // streams are indirect always
			}
			seen[r] = true
			if len(seen) > MaxEvidence {
				e.Err = &pdf.LimitError{What: "entries of the security store"}
				return
			}
			data, err := streamData(view, r)
			switch {
			case err != nil:
				if e.Err == nil {
					e.Err = err
				}
			case i == 1:
				e.CRLs = append(e.CRLs, data)
			case i == 2:
				e.OCSP = append(e.OCSP, data)
			default:
				if c, err := x509.ParseCertificate(data); err == nil {
					e.Certificates = append(e.Certificates, c)
				}
			}
		}
	}
}

func streamData(view *pdf.Document, r pdf.Ref) ([]byte, error) {
	o, err := view.Resolve(r)
	if err != nil {
		return nil, err
	}
	st, ok := o.(*pdf.Stream)
	if !ok {
		return nil, errStream
	}
	return view.Data(st)
}

var errStream = errors.New("pades: stream expected")
