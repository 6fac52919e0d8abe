// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cades

import (
	"errors"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/der"
)

// StampKind is what a time stamp of a signature covers.
type StampKind uint8

// The kinds, in the order in which they come to a signature.
const (
	ContentStamp   StampKind = iota + 1 // the content, before it was signed
	SignatureStamp                      // the signature value
	ReferenceStamp                      // the value, its stamps and the references (CAdES-C-timestamp)
	RefsOnlyStamp                       // the references alone
	ArchiveStamp                        // everything, so that it outlives its algorithms
)

// Errors of what a stamp has to cover.
var (
	// ErrNoContent says that the content is needed and not at hand.
	ErrNoContent = errors.New("cades: content is needed to check the stamp")
	// ErrHashIndex says that the index of an archive stamp names what is not in the message.
	ErrHashIndex = errors.New("cades: archive stamp refers to data that is not in the message")
	// ErrStampForm says that a stamp is not of a form that is read.
	ErrStampForm = errors.New("cades: stamp of an unknown form")
)

// Stamp is a time stamp token in a signature.
type Stamp struct {
	Kind  StampKind
	Token []byte

	sd        *cms.SignedData
	si        *cms.SignerInfo
	attribute der.OID
	at        int // of the attribute among the unsigned ones
}

// maxStamps bounds the stamps of one signature.
const maxStamps = 64

// Stamps returns the stamps of one signature of a message.
func Stamps(sd *cms.SignedData, si *cms.SignerInfo) (out []Stamp) {
	add := func(kind StampKind, attribute der.OID, at int, values [][]byte) {
		for _, token := range values {
			if len(out) < maxStamps {
				out = append(out, Stamp{kind, token, sd, si, attribute, at})
			}
		}
	}
	for i, a := range si.SignedAttributes {
		if a.Type == OIDContentTimestamp {
			add(ContentStamp, a.Type, i, a.Values)
		}
	}
	for i, a := range si.UnsignedAttributes {
		switch a.Type {
		case OIDSignatureTimestamp:
			add(SignatureStamp, a.Type, i, a.Values)
		case OIDCTimestamp:
			add(ReferenceStamp, a.Type, i, a.Values)
		case OIDRefsTimestamp:
			add(RefsOnlyStamp, a.Type, i, a.Values)
		case OIDArchiveTimestamp, OIDArchiveTimestampV2, OIDArchiveTimestampV3:
			add(ArchiveStamp, a.Type, i, a.Values)
		}
	}
	return out
}

// Protects tells whether another stamp of the same signature is among what this one covers: then it was there when this one
// was made.
func (s *Stamp) Protects(o *Stamp) bool {
	if s.si != o.si || o.Kind == ContentStamp && s.Kind != ContentStamp {
		return s.si == o.si && s.Kind != RefsOnlyStamp // a signed attribute, under the signature value
	}
	switch s.attribute {
	case OIDCTimestamp:
		return o.Kind == SignatureStamp
	case OIDArchiveTimestampV2:
		return o.Kind != ContentStamp && (o.at < s.at || !isArchive(o.attribute))
	case OIDArchiveTimestampV3:
		index, err := readHashIndex(s.Token)
		return err == nil && index.protects(o)
	}
	return false
}

// Content gives what the message is about: its digest under a hash and, for the archive stamps of old, the octets
// themselves. A nil function is content that is not at hand.
type Content struct {
	Digest func(h alg.Hash) ([]byte, bool)
	Write  func(to func([]byte)) bool
}

// Imprint is the digest that the stamp has to hold under its hash.
func (s *Stamp) Imprint(h alg.Hash, content Content) ([]byte, error) {
	if h.Size() == 0 {
		return nil, alg.ErrUnsupported
	}
	d := h.New()
	write := func(parts ...[]byte) {
		for _, p := range parts {
			d.Write(p)
		}
	}
	switch s.attribute {
	case OIDContentTimestamp:
		return contentDigest(h, content)
	case OIDSignatureTimestamp:
		write(s.si.Signature)
	case OIDCTimestamp: // EN 319 122-1, A.1.5.2: the value, then stamps and references as they stand
		write(s.si.Signature)
		s.writeAttributes(write, OIDSignatureTimestamp, OIDCertificateRefs, OIDRevocationRefs)
	case OIDRefsTimestamp: // A.1.5.1
		s.writeAttributes(write, OIDCertificateRefs, OIDRevocationRefs)
	case OIDArchiveTimestampV3:
		return s.imprintV3(h, content)
	case OIDArchiveTimestampV2:
		if err := s.writeV2(write, content); err != nil {
			return nil, err
		}
	default:
		return nil, ErrStampForm
	}
	return d.Sum(nil), nil
}

// writeAttributes writes type and values of unsigned attributes of the types, without the head of their SEQUENCE.
func (s *Stamp) writeAttributes(write func(...[]byte), types ...der.OID) {
	for _, want := range types {
		for _, a := range s.si.UnsignedAttributes {
			if a.Type == want {
				write(der.NewReader(a.Raw).Content(der.TagSequence))
			}
		}
	}
}

func contentDigest(h alg.Hash, content Content) ([]byte, error) {
	if content.Digest == nil {
		return nil, ErrNoContent
	}
	digest, ok := content.Digest(h)
	if !ok {
		return nil, ErrNoContent
	}
	return digest, nil
}

// writeV2 is what archive-time-stamp version 2 covers (TS 101 733 V1.8.3, 6.4.1): the content with its head, the
// certificates and lists, and the signature with the unsigned attributes that were there before.
func (s *Stamp) writeV2(write func(...[]byte), content Content) error {
	write(s.sd.EncapsulatedContentInfo())
	if s.sd.Detached {
		if content.Write == nil || !content.Write(func(piece []byte) { write(piece) }) {
			return ErrNoContent
		}
	}
	write(s.sd.RawCertificateSet(), s.sd.RawRevocationSet(), s.si.Head())
	var before [][]byte
	for i, a := range s.si.UnsignedAttributes {
		if i != s.at && (i < s.at || !isArchive(a.Type)) {
			before = append(before, a.Raw)
		}
	}
	write(der.Retag(der.ContextConstructed(1), der.Element(der.TagSet, before...)))
	return nil
}

func isArchive(oid der.OID) bool {
	return oid == OIDArchiveTimestamp || oid == OIDArchiveTimestampV2 || oid == OIDArchiveTimestampV3
}
