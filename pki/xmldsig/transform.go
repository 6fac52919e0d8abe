// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xmldsig

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"podpis/pki/xmltree"
)

const (
	uriEnveloped = Namespace + "enveloped-signature"
	uriBase64    = Namespace + "base64"
	uriXPath     = "http://www.w3.org/TR/1999/REC-xpath-19991116"
	uriXPath2    = "http://www.w3.org/2002/06/xmldsig-filter2"
	uriSMEV      = "urn://smev-gov-ru/xmldsig/transform"
	uriExclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
)

// ExclusiveURI is the canonicalization that is written: it does not change when
// a signature moves to another document.
const ExclusiveURI = uriExclusive

func methodByURI(uri string) (m xmltree.Method, ok bool) {
	switch uri {
	case "http://www.w3.org/TR/2001/REC-xml-c14n-20010315":
		return xmltree.Method{}, true
	case "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments":
		return xmltree.Method{Comments: true}, true
	case "http://www.w3.org/2006/12/xml-c14n11":
		return xmltree.Method{V11: true}, true
	case "http://www.w3.org/2006/12/xml-c14n11#WithComments":
		return xmltree.Method{V11: true, Comments: true}, true
	case uriExclusive:
		return xmltree.Method{Exclusive: true}, true
	case uriExclusive + "WithComments":
		return xmltree.Method{Exclusive: true, Comments: true}, true
	}
	return xmltree.Method{}, false
}

// IsCanonicalization reports a transform that changes the octets and nothing of
// what they say.
func IsCanonicalization(uri string) bool {
	_, ok := methodByURI(uri)
	return ok
}

// Canonicalization reads ds:CanonicalizationMethod, or a ds:Transform of that
// kind.
func Canonicalization(n *xmltree.Node) (xmltree.Method, error) {
	uri, _ := n.Attr("Algorithm")
	m, ok := methodByURI(uri)
	if !ok {
		return m, &UnsupportedError{What: "canonicalization", URI: short(uri)}
	}
	if list := n.Child(uriExclusive, "InclusiveNamespaces"); list != nil && m.Exclusive {
		prefixes, _ := list.Attr("PrefixList")
		m.Prefixes = strings.Fields(prefixes)
		for i, p := range m.Prefixes {
			if p == "#default" {
				m.Prefixes[i] = ""
			}
		}
		if len(m.Prefixes) > xmltree.MaxPrefixes {
			return m, ErrTooMany
		}
	}
	return m, nil
}

// Canonical writes the canonical form of an element of the document and counts
// it as work.
func (d *Document) Canonical(w io.Writer, m xmltree.Method, n *xmltree.Node) error {
	if err := d.chargeAncestors(n); err != nil {
		return err
	}
	return m.Write(&meter{w, d}, n, nil)
}

// chargeAncestors counts the look at what stands above a part of a document: with
// many small parts it would be the most of the work, and leaves no octets.
func (d *Document) chargeAncestors(n *xmltree.Node) error {
	for n = n.Parent; n != nil; n = n.Parent {
		d.work += 16 * int64(1+len(n.Decls)+len(n.Attrs))
	}
	if d.work > MaxWork {
		return ErrWork
	}
	return nil
}

// meter counts the octets that are canonicalized for a document.
type meter struct {
	io.Writer
	doc *Document
}

func (m *meter) Write(p []byte) (int, error) {
	if m.doc.work += int64(len(p)); m.doc.work > MaxWork {
		return 0, ErrWork
	}
	return m.Writer.Write(p)
}

// data is what goes from one transform to the next: octets, or a part of a
// document (a node-set of XPath in the few shapes that occur).
type data struct {
	content  io.Reader // of an external reference, not read yet
	octets   []byte
	apex     *xmltree.Node // nil for octets
	comments bool
	omit     map[*xmltree.Node]bool // these elements are left out
	omitAll  bool                   // every ds:Signature is left out

	// method is a canonicalization that was asked for and is done when the
	// octets are needed: the last one streams.
	method *xmltree.Method
}

// leavesOut says which elements canonicalization skips.
func (x *data) leavesOut(n *xmltree.Node) bool {
	return x.omit[n] || x.omitAll && n.Is(Namespace, "Signature")
}

// write gives the octets. A part of a document that nothing canonicalized is
// written as Canonical XML 1.0 without comments (XML Signature 1.1, 4.4.3.2).
func (x *data) write(w io.Writer, d *Document, m xmltree.Method) error {
	if x.content != nil {
		_, err := io.Copy(w, x.content)
		return errors.Join(err, x.close())
	}
	w = &meter{w, d}
	if x.apex == nil {
		_, err := w.Write(x.octets)
		return err
	}
	if x.method != nil {
		m = *x.method
	}
	m.Comments = m.Comments && x.comments
	if err := d.chargeAncestors(x.apex); err != nil {
		return err
	}
	return m.Write(w, x.apex, x.leavesOut)
}

func (x *data) close() error {
	if c, ok := x.content.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// toOctets does the canonicalization that is outstanding, or reads content to
// its end.
func (x *data) toOctets(d *Document) error {
	if x.content != nil {
		octets, err := io.ReadAll(io.LimitReader(x.content, xmltree.MaxSize+1))
		if err == nil && len(octets) > xmltree.MaxSize {
			err = xmltree.ErrTooLarge
		}
		err = errors.Join(err, x.close())
		*x = data{octets: octets}
		return err
	}
	if x.apex == nil {
		return nil
	}
	var b bytes.Buffer
	if err := x.write(&b, d, xmltree.Method{}); err != nil {
		return err
	}
	*x = data{octets: b.Bytes()}
	return nil
}

// toNodes parses octets into a document.
func (x *data) toNodes(d *Document) error {
	if x.apex != nil && x.method == nil {
		return nil
	}
	if err := x.toOctets(d); err != nil {
		return err
	}
	tree, err := xmltree.Parse(x.octets)
	if err != nil {
		return err
	}
	*x = data{apex: &tree.Node, comments: true}
	return nil
}

// transform applies one ds:Transform of a reference.
func (r *Reference) transform(x *data, t *xmltree.Node) error {
	d := r.signature.doc
	uri, _ := t.Attr("Algorithm")
	if IsCanonicalization(uri) {
		m, err := Canonicalization(t)
		if err == nil {
			err = x.toNodes(d)
		}
		x.method = &m
		return err
	}
	switch uri {
	case uriEnveloped:
		return r.leaveOut(x)
	case uriXPath, uriXPath2:
		return r.xpath(x, t, uri)
	case uriBase64:
		return x.decode(d)
	case uriSMEV:
		if err := x.smevInput(d); err != nil {
			return err
		}
		var b bytes.Buffer
		if err := smevTransform(&meter{&b, d}, x.apex); err != nil {
			return err
		}
		*x = data{octets: b.Bytes()}
		return nil
	}
	return &UnsupportedError{What: "transform", URI: short(uri)}
}

// smevInput makes a document of what is to be transformed. The methodical
// recommendations put Exclusive Canonicalization in front of it; it is added
// where it is missing, since the transform reads octets.
func (x *data) smevInput(d *Document) error {
	if x.apex != nil && x.method == nil {
		x.method = &xmltree.Method{Exclusive: true}
	}
	return x.toNodes(d)
}

// leaveOut takes the reference's own signature out of the data. It must be in
// the document itself, not in a copy, and not be all there is.
func (r *Reference) leaveOut(x *data) error {
	own := r.signature.Element
	if x.apex == nil || x.method != nil || x.apex.Inside(own) || !own.Inside(x.apex) {
		return ErrTransform
	}
	if x.omit == nil {
		x.omit = map[*xmltree.Node]bool{}
	}
	x.omit[own] = true
	return nil
}

// xpath knows the expressions that leave signatures out and no others. XPath in
// general is a language to be attacked with.
func (r *Reference) xpath(x *data, t *xmltree.Node, uri string) error {
	refused := &UnsupportedError{What: "transform", URI: uri, Why: "only expressions that leave signatures out"}
	children := t.Elements()
	if len(children) != 1 || children[0].Local != "XPath" {
		return refused
	}
	e := children[0]
	expression := strings.Join(strings.Fields(e.Text()), "")
	prefix := signaturePrefix(e)
	if prefix == "" {
		return refused
	}
	expression = strings.ReplaceAll(expression, prefix+":Signature", "ds:Signature")
	if uri == uriXPath2 {
		if filter, _ := e.Attr("Filter"); filter != "subtract" {
			return refused
		}
	}
	switch expression {
	case "not(ancestor-or-self::ds:Signature)":
		if uri == uriXPath2 {
			return refused
		}
	case "/descendant::ds:Signature", "//ds:Signature":
		if uri == uriXPath {
			return refused
		}
	case "here()/ancestor::ds:Signature[1]":
		if uri == uriXPath {
			return refused
		}
		return r.leaveOut(x)
	case "count(ancestor-or-self::ds:Signature|here()/ancestor::ds:Signature[1])>count(ancestor-or-self::ds:Signature)":
		// XML Signature 1.1, 6.6.4: the same as enveloped-signature.
		if uri == uriXPath2 {
			return refused
		}
		return r.leaveOut(x)
	default:
		return refused
	}
	// In a copy [Reference.Coverage] could not name what is left out.
	if x.apex == nil || x.method != nil || x.apex.Inside(r.signature.Element) {
		return ErrTransform
	}
	x.omitAll = true
	return nil
}

// signaturePrefix finds the prefix by which an expression names signatures: one
// that is bound to their namespace at that place.
func signaturePrefix(e *xmltree.Node) string {
	text := e.Text()
	i := strings.Index(text, ":Signature")
	if i <= 0 {
		return ""
	}
	start := strings.LastIndexAny(text[:i], " \t\r\n:/(|") + 1
	prefix := text[start:i]
	if uri, ok := e.URIOf(prefix); !ok || uri != Namespace {
		return ""
	}
	return prefix
}

// decode is the base64 transform (XML Signature 1.1, 6.6.2): of a part of a
// document its text is decoded.
func (x *data) decode(d *Document) error {
	var text string
	if x.apex != nil && x.method == nil {
		if len(x.omit) > 0 || x.omitAll {
			return ErrTransform
		}
		text = x.apex.Text()
	} else {
		if err := x.toOctets(d); err != nil {
			return err
		}
		text = string(x.octets)
	}
	octets, err := decodeBase64(text, len(text))
	if err != nil {
		return err
	}
	*x = data{octets: octets}
	return nil
}
