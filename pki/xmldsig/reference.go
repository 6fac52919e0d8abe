// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xmldsig

import (
	"bytes"
	"crypto/subtle"
	"io"
	"slices"
	"strings"

	"podpis/pki/alg"
	"podpis/pki/xmltree"
)

// Types of references (XML Signature 1.1, 4.4.3.1).
const (
	TypeObject   = Namespace + "Object"
	TypeManifest = Namespace + "Manifest"
)

// Reference is one ds:Reference: a digest and what it is of.
type Reference struct {
	Element *xmltree.Node
	ID      string
	URI     string
	HasURI  bool // without a URI the application knows what is meant
	Type    string
	Hash    alg.Hash // NoHash when unknown
	Digest  []byte   // as stated

	hashErr    error
	transforms []*xmltree.Node
	signature  *Signature
}

// Coverage is what a reference covers.
type Coverage struct {
	Node *xmltree.Node // the document node, or an element; its Path says where
	// Whole says that nothing of the document is left out but the signatures in
	// Omitted (which may hold anything), comments, and what stands beside the root.
	Whole bool
	// Decoded says that only the text of Node is covered, decoded from base64: not
	// its attributes and not the names of elements inside.
	Decoded bool
	// Omitted are the signatures inside of Node that are not covered.
	Omitted []*xmltree.Node
}

// Transforms lists the identifiers of the transforms.
func (r *Reference) Transforms() (uris []string) {
	for _, t := range r.transforms {
		uri, _ := t.Attr("Algorithm")
		uris = append(uris, uri)
	}
	return uris
}

// External reports a reference to something outside of the document; see
// [Document.Open].
func (r *Reference) External() bool {
	return !r.HasURI || r.URI != "" && !strings.HasPrefix(r.URI, "#")
}

// Check computes the digest: nil, [ErrDigest], or why it cannot be computed
// ([ErrNotFound], [ErrAmbiguous], [ErrMisplaced], [ErrExternal], [ErrTransform],
// [*UnsupportedError]).
func (r *Reference) Check() error {
	if r.hashErr != nil {
		return r.hashErr
	}
	h := r.Hash.New()
	if err := r.Write(h, xmltree.Method{}); err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(h.Sum(nil), r.Digest) != 1 {
		return ErrDigest
	}
	return nil
}

// Write gives out what was digested, by the same computation. Where the
// transforms leave a part of a document, m makes octets of it: archive time
// stamps have their own; the digest is over the zero Method.
func (r *Reference) Write(w io.Writer, m xmltree.Method) error {
	x, err := r.resolve()
	if err != nil {
		return err
	}
	for _, t := range r.transforms {
		if err := r.transform(x, t); err != nil {
			return err
		}
	}
	return x.write(w, r.signature.doc, m)
}

// Octets is what was digested.
func (r *Reference) Octets() ([]byte, error) {
	var b bytes.Buffer
	err := r.Write(&b, xmltree.Method{})
	return b.Bytes(), err
}

// Target is the element or the document node that the URI names; outside of the
// document there is none ([ErrExternal]).
func (r *Reference) Target() (*xmltree.Node, error) {
	if r.External() {
		return nil, ErrExternal
	}
	x, err := r.resolve()
	if err != nil {
		return nil, err
	}
	return x.apex, nil
}

// Coverage says what part of the document the reference covers. It must be
// compared with what the caller takes for signed.
func (r *Reference) Coverage() (Coverage, error) {
	if r.External() {
		return Coverage{}, ErrExternal
	}
	x, err := r.resolve()
	if err != nil {
		return Coverage{}, err
	}
	doc := r.signature.doc
	c := Coverage{Node: x.apex, Decoded: slices.Contains(r.Transforms(), uriBase64)}
	c.Whole = (x.apex == &doc.Node || x.apex == doc.Root) && !c.Decoded
	for _, t := range r.transforms {
		// From the first octets on nothing can be left out any more.
		uri, _ := t.Attr("Algorithm")
		if IsCanonicalization(uri) || uri == uriBase64 || uri == uriSMEV {
			break
		}
		if err := r.transform(x, t); err != nil {
			return c, err
		}
	}
	for _, s := range doc.Signatures {
		if x.leavesOut(s.Element) && s.Element.Inside(c.Node) {
			c.Omitted = append(c.Omitted, s.Element)
		}
	}
	return c, nil
}

// Enveloped reports a reference to the whole document but the signature itself, and
// how its octets come about: for documents that are digested while they are read and
// never held ([xmltree.Stream]). References of another shape, which may mean the same,
// are not reported.
func (r *Reference) Enveloped() (m xmltree.Method, ok bool) {
	n := len(r.transforms)
	if !r.HasURI || r.URI != "" || n == 0 || n > 2 || r.Transforms()[0] != uriEnveloped {
		return m, false
	}
	if n == 2 {
		var err error
		if m, err = Canonicalization(r.transforms[1]); err != nil {
			return m, false
		}
	}
	m.Comments = false // the empty URI leaves them out (XML Signature 1.1, 4.4.3.3)
	return m, true
}

// resolve finds what the URI names: "" and "#xpointer(/)" the document, "#id" and
// "#xpointer(id('id'))" an element (XML Signature 1.1, 4.4.3.3). The xpointer
// forms keep comments.
func (r *Reference) resolve() (*data, error) {
	doc := r.signature.doc
	fragment, _ := strings.CutPrefix(r.URI, "#")
	switch {
	case r.External():
		if doc.Open == nil {
			return nil, ErrExternal
		}
		content, err := doc.Open(r)
		return &data{content: content}, err
	case r.URI == "":
		return &data{apex: &doc.Node}, nil
	case fragment == "xpointer(/)":
		return &data{apex: &doc.Node, comments: true}, nil
	}
	x := &data{}
	if inner, ok := strings.CutPrefix(fragment, "xpointer("); ok {
		id, ok := pointedID(inner)
		if !ok {
			return nil, &UnsupportedError{What: "reference", URI: short(r.URI)}
		}
		fragment, x.comments = id, true
	}
	n, err := doc.ByID(fragment)
	if err != nil {
		return nil, err
	}
	if r.Type == TypeObject && (!n.Is(Namespace, "Object") || n.Parent != r.signature.Element) {
		return nil, ErrMisplaced
	}
	x.apex = n
	return x, nil
}

// pointedID reads id('…')) or id("…")).
func pointedID(s string) (string, bool) {
	s, ok := strings.CutPrefix(s, "id(")
	if !ok || len(s) < 4 || !strings.HasSuffix(s, "))") || s[0] != '\'' && s[0] != '"' {
		return "", false
	}
	quoted := s[:len(s)-2]
	if quoted[len(quoted)-1] != quoted[0] {
		return "", false
	}
	id := quoted[1 : len(quoted)-1]
	return id, !strings.ContainsAny(id, `'"`)
}

// Manifest reads the references of a ds:Manifest that this reference covers. XML
// Signature leaves their checking to the application (2.3).
func (r *Reference) Manifest() ([]*Reference, error) {
	n, err := r.Target()
	if err != nil {
		return nil, err
	}
	if r.Type != TypeManifest || !n.Is(Namespace, "Manifest") {
		return nil, nil
	}
	var list []*Reference
	for _, c := range n.Elements() {
		entry, err := r.signature.readReference(c)
		if err != nil {
			return nil, err
		}
		if list = append(list, entry); len(list) > MaxReferences {
			return nil, ErrTooMany
		}
	}
	return list, nil
}
