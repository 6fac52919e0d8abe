// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xades

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"podpis/pki/alg"
	"podpis/pki/tsp"
	"podpis/pki/xmldsig"
	"podpis/pki/xmltree"
)

// StampKind says what a time stamp is over.
type StampKind string

// The kinds of time stamps.
const (
	ContentStamp   StampKind = "content"      // AllDataObjectsTimeStamp, IndividualDataObjectsTimeStamp: proves "not earlier"
	SignatureStamp StampKind = "signature"    // over the value
	RefsStamp      StampKind = "sig-and-refs" // value, signature stamps and references
	RefsOnlyStamp  StampKind = "refs-only"
	ArchiveStamp   StampKind = "archive" // all of the signature and its data
)

// Timestamp is one token with what it has to cover.
type Timestamp struct {
	Kind    StampKind
	ID      string
	Token   []byte // TimeStampToken, nil with Err
	Err     error  // why it cannot be used
	Element *xmltree.Node

	method xmltree.Method
	of     *Signature
}

// Write gives out what the token has to cover.
func (t *Timestamp) Write(w io.Writer) error {
	if t.Err != nil {
		return t.Err
	}
	switch t.Kind {
	case ContentStamp:
		return t.writeData(w)
	case SignatureStamp:
		return t.writeElements(w, t.of.ValueElement())
	case RefsStamp:
		// EN 319 132-1, A.1.5.1: value, signature time stamps, references, in order
		// of appearance.
		if err := t.writeElements(w, t.of.ValueElement()); err != nil {
			return err
		}
		return t.writeBefore(w, "SignatureTimeStamp", "CompleteCertificateRefs", "CompleteRevocationRefs", "AttributeCertificateRefs", "AttributeRevocationRefs")
	case RefsOnlyStamp:
		return t.writeBefore(w, "CompleteCertificateRefs", "CompleteRevocationRefs", "AttributeCertificateRefs", "AttributeRevocationRefs")
	}
	return t.writeArchive(w)
}

// Digest is the digest of what the token has to cover.
func (t *Timestamp) Digest(h alg.Hash) ([]byte, error) {
	if h.Size() == 0 {
		return nil, alg.ErrUnsupported
	}
	d := h.New()
	if err := t.Write(d); err != nil {
		return nil, err
	}
	return d.Sum(nil), nil
}

// Check compares the token with what it has to cover: nil, [tsp.ErrImprint], or
// why it cannot be told. The token's own signature is another question.
func (t *Timestamp) Check(token *tsp.Token) error {
	digest, err := t.Digest(token.Hash)
	if err != nil {
		return err
	}
	if !bytes.Equal(digest, token.Imprint) {
		return tsp.ErrImprint
	}
	return nil
}

func (t *Timestamp) writeElements(w io.Writer, elements ...*xmltree.Node) error {
	for _, e := range elements {
		if e == nil {
			continue
		}
		if err := t.of.Document().Canonical(w, t.method, e); err != nil {
			return err
		}
	}
	return nil
}

// writeBefore writes the unsigned properties of these names (with or without V2)
// that stand before the time stamp.
func (t *Timestamp) writeBefore(w io.Writer, names ...string) error {
	for _, p := range t.of.unsigned {
		if p == t.Element {
			return nil
		}
		for _, name := range names {
			if strings.TrimSuffix(p.Local, "V2") == name {
				if err := t.writeElements(w, p); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// writeData writes what the references give: all of the data, or with Include
// those that are named (EN 319 132-1, 5.2.8).
func (t *Timestamp) writeData(w io.Writer) error {
	references := t.of.DataReferences()
	if includes := t.includes(); len(includes) > 0 {
		references = nil
		for _, i := range includes {
			uri, _ := i.Attr("URI")
			n, err := t.of.Document().ByID(strings.TrimPrefix(uri, "#"))
			if err != nil {
				return err
			}
			r := t.referenceOf(n)
			if data, _ := i.Attr("referencedData"); r == nil || data != "true" {
				return ErrStamp
			}
			references = append(references, r)
		}
	}
	return t.writeReferences(w, references)
}

func (t *Timestamp) includes() (list []*xmltree.Node) {
	for _, c := range t.Element.Children(maxValues) {
		if c.Is(Namespace, "Include") {
			list = append(list, c)
		}
	}
	return list
}

func (t *Timestamp) referenceOf(n *xmltree.Node) *xmldsig.Reference {
	for _, r := range t.of.References {
		if r.Element == n {
			return r
		}
	}
	return nil
}

func (t *Timestamp) writeReferences(w io.Writer, references []*xmldsig.Reference) error {
	for _, r := range references {
		if err := r.Write(w, t.method); err != nil {
			return err
		}
	}
	return nil
}

// writeArchive writes what TS 101 903 v1.4.2, 8.2.1 and EN 319 132-1, 5.5.2.2 list: the data of all references,
// SignedInfo, SignatureValue, KeyInfo, the unsigned properties before the stamp,
// and the Objects but that of the properties. The older stamp of TS 101 903 v1.3.2
// left out the Objects that a reference names.
func (t *Timestamp) writeArchive(w io.Writer) error {
	s := t.of
	if err := t.writeReferences(w, s.References); err != nil {
		return err
	}
	if err := t.writeElements(w, s.SignedInfo(), s.ValueElement(), s.KeyInfo()); err != nil {
		return err
	}
	for _, p := range s.unsigned {
		if p == t.Element {
			break
		}
		if err := t.writeElements(w, p); err != nil {
			return err
		}
	}
	named := t.referenced()
	for _, o := range s.Objects() {
		if o == s.holder || t.Element.Space == Namespace && named[o] {
			continue
		}
		if err := t.writeElements(w, o); err != nil {
			return err
		}
	}
	return nil
}

// referenced are the elements that references of the signature name.
func (t *Timestamp) referenced() map[*xmltree.Node]bool {
	set := map[*xmltree.Node]bool{}
	for _, r := range t.of.References {
		if n, err := r.Target(); err == nil {
			set[n] = true
		}
	}
	return set
}

// readStamps lists the time stamps in the order of the properties, those of the
// content first.
func (s *Signature) readStamps() error {
	for _, e := range s.signed.Child(Namespace, "SignedDataObjectProperties").Children(maxValues) {
		if e.Is(Namespace, "AllDataObjectsTimeStamp") || e.Is(Namespace, "IndividualDataObjectsTimeStamp") {
			s.addStamps(ContentStamp, e)
		}
	}
	for _, e := range s.unsigned {
		switch {
		case e.Is(Namespace, "SignatureTimeStamp"):
			s.addStamps(SignatureStamp, e)
		case e.Is(Namespace, "SigAndRefsTimeStamp"), e.Is(Namespace141, "SigAndRefsTimeStampV2"):
			s.addStamps(RefsStamp, e)
		case e.Is(Namespace, "RefsOnlyTimeStamp"), e.Is(Namespace141, "RefsOnlyTimeStampV2"):
			s.addStamps(RefsOnlyStamp, e)
		case e.Is(Namespace, "ArchiveTimeStamp"), e.Is(Namespace141, "ArchiveTimeStamp"):
			s.addStamps(ArchiveStamp, e)
		}
		if len(s.Timestamps) > maxTimestamps {
			s.Timestamps = nil
			return ErrTooMany
		}
	}
	return nil
}

// addStamps reads XAdESTimeStampType (EN 319 132-1, 4.4): a canonicalization,
// Canonical XML 1.0 when unstated, and one or more tokens over the same octets.
func (s *Signature) addStamps(kind StampKind, e *xmltree.Node) {
	base := Timestamp{Kind: kind, Element: e, of: s}
	base.ID, _ = e.Attr("Id")
	if m := e.Child(xmldsig.Namespace, "CanonicalizationMethod"); m != nil {
		base.method, base.Err = xmldsig.Canonicalization(m)
	}
	if kind != ContentStamp && len(base.includes()) > 0 {
		base.Err = ErrStamp
	}
	before := len(s.Timestamps)
	for _, c := range e.Children(maxValues) {
		if !c.Is(Namespace, "EncapsulatedTimeStamp") {
			continue
		}
		t := base
		token, err := xmldsig.Base64(c, maxEncapsulated)
		if encoding, _ := c.Attr("Encoding"); encoding != "" && !strings.HasSuffix(encoding, "#DER") && !strings.HasSuffix(encoding, "#BER") {
			err = ErrStamp
		}
		if err != nil {
			t.Err = errors.Join(ErrStamp, t.Err)
		} else {
			t.Token = token
		}
		s.Timestamps = append(s.Timestamps, &t)
	}
	if len(s.Timestamps) == before {
		base.Err = ErrStamp
		s.Timestamps = append(s.Timestamps, &base)
	}
}
