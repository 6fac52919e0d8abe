// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package xmldsig reads signatures of XML: what each says, what exactly it
// covers, and whether digests and values are right.
//
// Standards: XML Signature 1.1 (its first edition is RFC 3275), identifiers of RFC
// 6931 and, for GOST, of the draft chudov-cryptopro-cpxmldsig and of CryptoPro, the
// transform of SMEV 3 (urn://smev-gov-ru/xmldsig/transform), and the X.509 tokens
// of WS-Security 1.1.
//
// Three questions stay apart: is a digest right ([Reference.Check]), is the value
// right under a key ([Signature.CheckValue]), and what was digested
// ([Reference.Coverage], [Reference.Write]). The last one is the answer to
// signature wrapping: whoever uses signed data takes what the reference gives,
// never what a name search finds. An Id that two elements have resolves to
// nothing.
//
// Supported transforms: enveloped signature, the family of canonicalizations,
// base64, SMEV 3, and XPath in the idioms that leave signatures out. XSLT and
// other XPath are refused with a reason ([*UnsupportedError]), as are MACs and
// algorithms that package alg does not know.
//
// Left out: trust, time, fetching of references (a caller gives detached content
// through [Document.Open]), and keys that stand in KeyInfo without a
// certificate.
package xmldsig

import (
	"errors"
	"io"
	"slices"

	"podpis/pki/alg"
	"podpis/pki/x509"
	"podpis/pki/xmltree"
)

// Names of namespaces.
const (
	Namespace    = "http://www.w3.org/2000/09/xmldsig#"
	securityExt  = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
	securityUtil = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
)

// Bounds of what is read and computed.
const (
	MaxSignatures   = 256
	MaxReferences   = 1024 // of one signature
	MaxTransforms   = 8    // of one reference
	MaxCertificates = 64   // in one KeyInfo
	MaxValue        = 16 << 10
	// MaxWork bounds the octets that are canonicalized for one document over its
	// life: a small file could otherwise ask to be hashed a thousand times.
	MaxWork = 512 << 20
)

// What may be wrong with a signature.
var (
	// ErrFormat says that a signature lacks a part or has one that is malformed.
	ErrFormat = errors.New("xmldsig: malformed signature")
	// ErrTooMany says that a document has more signatures, references,
	// transforms or certificates than the bounds allow.
	ErrTooMany = errors.New("xmldsig: too many signatures, references, transforms or certificates")
	// ErrWork says that the signatures ask for more canonicalization than MaxWork.
	ErrWork = errors.New("xmldsig: signatures ask for too much work")
	// ErrDigest says that what a reference covers was changed.
	ErrDigest = errors.New("xmldsig: digest differs")
	// ErrNotFound says that nothing in the document has the Id of a reference.
	ErrNotFound = errors.New("xmldsig: signed data not found")
	// ErrAmbiguous says that several elements have the Id of a reference.
	ErrAmbiguous = errors.New("xmldsig: Id of the signed data is not unique")
	// ErrMisplaced says that a reference to an Object of the signature leads
	// elsewhere.
	ErrMisplaced = errors.New("xmldsig: signed data is not where the reference says")
	// ErrExternal says that a reference is to something outside of the document.
	ErrExternal = errors.New("xmldsig: signed data is outside of the document")
	// ErrTransform says that transforms do not fit what they are applied to.
	ErrTransform = errors.New("xmldsig: transform cannot be applied")
)

// UnsupportedError says that something is known by its name at most and not
// computed.
type UnsupportedError struct {
	What string // "signature algorithm", "digest algorithm", "transform", "canonicalization"
	URI  string
	Why  string // what is known about it, empty when nothing is
}

func (e *UnsupportedError) Error() string {
	s := "xmldsig: " + e.What + " not supported: " + e.URI
	if e.Why != "" {
		s += " (" + e.Why + ")"
	}
	return s
}

// Is reports [alg.ErrUnsupported].
func (*UnsupportedError) Is(target error) bool { return target == alg.ErrUnsupported }

// Document is a document with its signatures. Its methods and those of what
// belongs to it are for one goroutine at a time.
type Document struct {
	*xmltree.Document
	Signatures []*Signature // in document order, those inside others as well
	// Open gives the content of an external reference, once for every use; nil:
	// such references are [ErrExternal]. A caller sets it before asking. What has a
	// Close is closed after it was read.
	Open func(*Reference) (io.Reader, error)

	ids  map[string]*xmltree.Node // nil for an Id that several elements have
	work int64
}

// Parse reads a document and its signatures. A document without signatures is no
// error. A signature that is malformed is listed with its Err.
func Parse(in []byte) (*Document, error) {
	tree, err := xmltree.Parse(in)
	if err != nil {
		return nil, err
	}
	d := &Document{Document: tree, ids: map[string]*xmltree.Node{}}
	var elements []*xmltree.Node
	tree.Walk(func(n *xmltree.Node) bool {
		if n.Kind == xmltree.Element {
			d.index(n)
			if n.Is(Namespace, "Signature") {
				elements = append(elements, n)
			}
		}
		return true
	})
	if len(elements) > MaxSignatures {
		return nil, ErrTooMany
	}
	for _, n := range elements {
		d.Signatures = append(d.Signatures, d.read(n))
	}
	return d, nil
}

// index notes the Ids of an element. Without a schema an Id is what the
// specifications of the field call so.
func (d *Document) index(n *xmltree.Node) {
	for _, a := range n.Attrs {
		id := a.Space == "" && (a.Local == "Id" || a.Local == "ID" || a.Local == "id") ||
			a.Space == securityUtil && a.Local == "Id" || a.Space == xmltree.XMLNamespace && a.Local == "id"
		if !id {
			continue
		}
		if old, known := d.ids[a.Value]; known && old != n {
			d.ids[a.Value] = nil
		} else {
			d.ids[a.Value] = n
		}
	}
}

// ByID finds the element of an Id.
func (d *Document) ByID(id string) (*xmltree.Node, error) {
	n, known := d.ids[id]
	switch {
	case !known:
		return nil, ErrNotFound
	case n == nil:
		return nil, ErrAmbiguous
	}
	return n, nil
}

// Signature is one ds:Signature.
type Signature struct {
	Element    *xmltree.Node
	ID         string
	Err        error // why it cannot be used; the other fields are then incomplete
	Method     SignatureMethod
	Value      []byte
	References []*Reference
	// Certificates are those of KeyInfo, in its order. Who signed is for the caller
	// to find: the order proves nothing.
	Certificates []*x509.Certificate
	// BadCertificates counts those of KeyInfo that could not be read.
	BadCertificates int

	doc        *Document
	signedInfo *xmltree.Node
	value      *xmltree.Node
	keyInfo    *xmltree.Node
	c14n       xmltree.Method
}

// Document is where the signature stands.
func (s *Signature) Document() *Document { return s.doc }

// ValueElement is ds:SignatureValue, over which time stamps and counter
// signatures are.
func (s *Signature) ValueElement() *xmltree.Node { return s.value }

// SignedInfo is ds:SignedInfo.
func (s *Signature) SignedInfo() *xmltree.Node { return s.signedInfo }

// KeyInfo is ds:KeyInfo, nil when absent.
func (s *Signature) KeyInfo() *xmltree.Node { return s.keyInfo }

// Objects are the ds:Object of the signature.
func (s *Signature) Objects() (list []*xmltree.Node) {
	for _, n := range s.Element.Elements() {
		if n.Is(Namespace, "Object") {
			list = append(list, n)
		}
	}
	return list
}

// Uncovered are the Objects of the signature that none of its references leads to,
// nor into, nor around: anyone may have put them there.
func (s *Signature) Uncovered() (list []*xmltree.Node) {
	covered := map[*xmltree.Node]bool{}
	for _, r := range s.References {
		c, err := r.Coverage()
		switch {
		case err != nil:
		case s.Element.Inside(c.Node):
			if !slices.Contains(c.Omitted, s.Element) {
				return nil
			}
		default:
			for n := c.Node; n != nil; n = n.Parent {
				covered[n] = true
			}
		}
	}
	for _, o := range s.Objects() {
		if !covered[o] {
			list = append(list, o)
		}
	}
	return list
}

// Digest computes what was signed: the digest of the canonical SignedInfo.
func (s *Signature) Digest() ([]byte, error) {
	if s.Err != nil {
		return nil, s.Err
	}
	h := s.Method.Hash.New()
	if err := s.doc.Canonical(h, s.c14n, s.signedInfo); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}

// CheckValue checks the signature value under a key: nil, [alg.ErrSignature],
// [alg.ErrMismatch], [alg.ErrUnsupported], or why there is nothing to check. It
// says nothing about the references.
func (s *Signature) CheckValue(key *alg.PublicKey) error {
	digest, err := s.Digest()
	if err != nil {
		return err
	}
	return s.Method.verify(key, digest, s.Value)
}
