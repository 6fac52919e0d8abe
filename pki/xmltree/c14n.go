// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xmltree

import (
	"bufio"
	"errors"
	"io"
	"slices"
	"strings"
)

// ErrXMLBase says that a part of a document under xml:base was to be written as
// Canonical XML 1.1, which joins addresses there (Canonical XML 1.1, 2.4).
var ErrXMLBase = errors.New("xml: Canonical XML 1.1 of a part below xml:base is not supported")

// MaxPrefixes bounds InclusiveNamespaces.
const MaxPrefixes = 64

// Method is a way of canonicalization. The zero value is Canonical XML 1.0
// without comments.
type Method struct {
	Exclusive bool
	V11       bool // Canonical XML 1.1
	Comments  bool
	// Prefixes are treated as without Exclusive (RFC 3741, 3); "" is the default
	// namespace.
	Prefixes []string
}

// Write writes the canonical form of the node and what is below it, without the
// elements that omit names (and without what is below those). The namespaces and
// attributes of xml: that come from above the node are taken along as the method
// says.
func (m Method) Write(w io.Writer, apex *Node, omit func(*Node) bool) error {
	c, err := m.canonicalizer(w, omit)
	if err != nil {
		return err
	}
	if apex.Kind == DocumentNode {
		c.document(apex)
	} else {
		above, err := c.inherit(apex)
		if err != nil {
			return err
		}
		c.node(apex, above)
	}
	return c.out.Flush()
}

// Bytes returns what [Method.Write] writes.
func (m Method) Bytes(apex *Node, omit func(*Node) bool) ([]byte, error) {
	var b octets
	err := m.Write(&b, apex, omit)
	return b, err
}

type octets []byte

func (b *octets) Write(p []byte) (int, error) { *b = append(*b, p...); return len(p), nil }

type canonicalizer struct {
	Method
	out      *bufio.Writer // remembers the first error
	omit     func(*Node) bool
	rendered bindings // what the output says
	scope    bindings // what the document says; with Exclusive only kept for Prefixes
	inScope  []Decl   // at the apex
	inside   bool     // the apex is written
}

func (m Method) canonicalizer(w io.Writer, omit func(*Node) bool) (*canonicalizer, error) {
	if len(m.Prefixes) > MaxPrefixes {
		return nil, ErrTooMany
	}
	return &canonicalizer{Method: m, out: bufio.NewWriterSize(w, 16<<10), omit: omit, rendered: newBindings(), scope: newBindings()}, nil
}

// document writes the document node.
func (c *canonicalizer) document(n *Node) {
	before := true
	for k := n.First; k != nil; k = k.Next {
		if k.Kind == Element {
			before = false
			c.node(k, nil)
			continue
		}
		c.beside(k, before)
	}
}

// beside writes a comment or an instruction beside the root: each stands on a line
// of its own (Canonical XML 1.0, 2.3).
func (c *canonicalizer) beside(n *Node, before bool) {
	if n.Kind == Comment && !c.Comments {
		return
	}
	if !before {
		c.write("\n")
	}
	c.node(n, nil)
	if before {
		c.write("\n")
	}
}

// inherit collects what the apex takes from its ancestors: namespaces, and in
// the inclusive methods attributes of xml: that it does not have itself
// (Canonical XML 1.0, 2.4). Canonical XML 1.1 leaves xml:id out.
func (c *canonicalizer) inherit(apex *Node) (attrs []Attr, err error) {
	seen := map[string]bool{}
	for _, a := range apex.Attrs {
		seen[a.Local] = seen[a.Local] || a.Space == XMLNamespace
	}
	for n := apex.Parent; n != nil; n = n.Parent {
		for _, d := range n.Decls {
			if _, known := c.scope.uri[d.Prefix]; !known {
				c.scope.set(d.Prefix, d.URI)
			}
		}
		if c.Exclusive {
			continue
		}
		for _, a := range n.Attrs {
			switch {
			case a.Space != XMLNamespace:
				continue
			case c.V11 && a.Local == "base":
				return nil, ErrXMLBase
			case c.V11 && a.Local != "lang" && a.Local != "space":
				continue
			}
			if !seen[a.Local] {
				seen[a.Local] = true
				attrs = append(attrs, a)
			}
		}
	}
	for prefix, uri := range c.scope.uri {
		c.inScope = append(c.inScope, Decl{prefix, uri})
	}
	return attrs, nil
}

func (c *canonicalizer) node(n *Node, inherited []Attr) {
	switch n.Kind {
	case Element:
		if c.omit == nil || !c.omit(n) {
			c.element(n, inherited)
		}
	case Text:
		c.escape(n.Data, textEscapes)
	case Comment:
		if c.Comments {
			c.write("<!--", n.Data, "-->")
		}
	case Instruction:
		c.write("<?", n.Local)
		if n.Data != "" {
			c.write(" ", n.Data)
		}
		c.write("?>")
	}
}

func (c *canonicalizer) element(n *Node, inherited []Attr) {
	c.startTag(n, inherited)
	for k := n.First; k != nil; k = k.Next {
		c.node(k, nil)
	}
	c.endTag(n)
}

// startTag writes the tag and enters the element.
func (c *canonicalizer) startTag(n *Node, inherited []Attr) {
	c.rendered.mark()
	c.scope.mark()
	for _, d := range n.Decls {
		c.scope.set(d.Prefix, d.URI)
	}
	c.write("<", n.qualified())
	for _, d := range c.declarations(n) {
		if d.Prefix == "" {
			c.write(` xmlns="`)
		} else {
			c.write(" xmlns:", d.Prefix, `="`)
		}
		c.escape(d.URI, attributeEscapes)
		c.write(`"`)
	}
	attrs := n.Attrs
	if len(inherited) > 0 {
		attrs = append(slices.Clone(attrs), inherited...)
		slices.SortFunc(attrs, func(a, b Attr) int { return compareNames(a.Name, b.Name) })
	}
	for _, a := range attrs {
		c.write(" ")
		if a.Prefix != "" {
			c.write(a.Prefix, ":")
		}
		c.write(a.Local, `="`)
		c.escape(a.Value, attributeEscapes)
		c.write(`"`)
	}
	c.write(">")
	c.inScope = nil
}

// endTag writes the tag and leaves the element.
func (c *canonicalizer) endTag(n *Node) {
	c.write("</", n.qualified(), ">")
	c.rendered.undo()
	c.scope.undo()
}

// declarations chooses the declarations to write at an element, in order: those
// of the document that the output does not say yet, and with Exclusive of them
// only those whose prefix the element or an attribute has (RFC 3741, 3).
func (c *canonicalizer) declarations(n *Node) (list []Decl) {
	add := func(prefix, uri string) {
		if prefix == "xml" || c.rendered.get(prefix) == uri {
			return
		}
		c.rendered.set(prefix, uri)
		list = append(list, Decl{prefix, uri})
	}
	if !c.Exclusive {
		for _, d := range c.inScope {
			add(d.Prefix, c.scope.get(d.Prefix))
		}
		for _, d := range n.Decls {
			add(d.Prefix, d.URI)
		}
	} else {
		add(n.Prefix, n.Space)
		for _, a := range n.Attrs {
			if a.Prefix != "" {
				add(a.Prefix, a.Space)
			}
		}
		// Below the apex the output differs from the document only where a prefix is
		// declared anew.
		for _, prefix := range c.Prefixes {
			if uri, known := c.scope.uri[prefix]; known && !c.inside {
				add(prefix, uri)
			}
		}
		for _, d := range n.Decls {
			if c.inside && slices.Contains(c.Prefixes, d.Prefix) {
				add(d.Prefix, d.URI)
			}
		}
	}
	c.inside = true
	slices.SortFunc(list, func(a, b Decl) int { return strings.Compare(a.Prefix, b.Prefix) })
	return list
}

func (c *canonicalizer) write(parts ...string) {
	for _, s := range parts {
		_, _ = c.out.WriteString(s) // Flush tells of errors
	}
}

const (
	textEscapes      = "&<>\r"
	attributeEscapes = "&<\"\t\n\r"
)

// escape writes characters as Canonical XML 1.0, 2.3 has them.
func (c *canonicalizer) escape(s, special string) {
	for {
		i := strings.IndexAny(s, special)
		if i < 0 {
			c.write(s)
			return
		}
		c.write(s[:i], escaped(s[i]))
		s = s[i+1:]
	}
}

func escaped(b byte) string {
	switch b {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	case '"':
		return "&quot;"
	case '\t':
		return "&#x9;"
	case '\n':
		return "&#xA;"
	}
	return "&#xD;"
}

// bindings is a table of prefixes with an undo list.
type bindings struct {
	uri   map[string]string
	log   []Decl
	marks []int
}

func newBindings() bindings { return bindings{uri: map[string]string{}} }

func (b *bindings) get(prefix string) string { return b.uri[prefix] }

func (b *bindings) set(prefix, uri string) {
	old, known := b.uri[prefix]
	if !known {
		old = unbound
	}
	b.log = append(b.log, Decl{prefix, old})
	b.uri[prefix] = uri
}

// unbound stands in the undo list for a prefix that was not there; no URI has
// this character.
const unbound = "\x00"

func (b *bindings) mark() { b.marks = append(b.marks, len(b.log)) }

func (b *bindings) undo() {
	last := len(b.marks) - 1
	for i := len(b.log) - 1; i >= b.marks[last]; i-- {
		d := b.log[i]
		if d.URI == unbound {
			delete(b.uri, d.Prefix)
		} else {
			b.uri[d.Prefix] = d.URI
		}
	}
	b.log = b.log[:b.marks[last]]
	b.marks = b.marks[:last]
}
