// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package xmltree reads XML into a tree, strictly and within bounds, and writes
// canonical XML out of it: what signatures of XML are computed over.
//
// Standards: XML 1.0 (fifth edition) and Namespaces in XML 1.0 without document
// type declarations; Canonical XML 1.0 and 1.1 (RFC 3076), Exclusive XML
// Canonicalization 1.0 (RFC 3741) with InclusiveNamespaces PrefixList, each with
// and without comments.
//
// A document is hostile until its signature is checked. So there are no DTDs and
// no entities but the five of the standard and characters by number, two
// attributes of one name are an error, prefixes must be declared, and size, depth
// and counts are limited by the constants below. What is allocated is a bounded
// multiple of the input.
//
// Encodings: UTF-8, UTF-16 with a byte order mark, and windows-1251, in which
// Russian authorities exchange documents.
//
// Long lists are read one entry at a time with [NewStream].
//
// Left out: XML 1.1, validation against schemas, and xml:base in Canonical XML
// 1.1 of a part of a document ([ErrXMLBase]).
package xmltree

import (
	"errors"
	"strconv"
	"strings"
)

// Bounds of a document.
const (
	MaxSize       = 64 << 20 // octets
	MaxDepth      = 256      // elements inside each other
	MaxNodes      = 1 << 20  // elements, texts, comments, processing instructions
	MaxAttributes = 256      // of one element, declarations of namespaces included
	MaxName       = 1 << 10  // octets of a name
	MaxValue      = 1 << 20  // octets of an attribute's value
)

// What may be wrong with a document; an [*Error] says where.
var (
	ErrSyntax     = errors.New("xml: not well-formed")
	ErrDTD        = errors.New("xml: document type declarations and entities are refused")
	ErrDuplicate  = errors.New("xml: attribute given twice")
	ErrNamespace  = errors.New("xml: namespace prefix not declared or declared against the rules")
	ErrCharacter  = errors.New("xml: character that XML does not allow, or octets that are not of the encoding")
	ErrEncoding   = errors.New("xml: encoding not supported")
	ErrVersion    = errors.New("xml: only version 1.0 is read")
	ErrTooLarge   = errors.New("xml: document too large")
	ErrTooDeep    = errors.New("xml: elements nested too deep")
	ErrTooMany    = errors.New("xml: too many nodes")
	ErrAttributes = errors.New("xml: too many attributes, or a name or value too long")
)

// Error is a refusal with its place.
type Error struct {
	Err    error
	Offset int // octets into the UTF-8 form of the document
}

func (e *Error) Error() string { return e.Err.Error() + " (at octet " + strconv.Itoa(e.Offset) + ")" }

// Unwrap returns one of the errors above.
func (e *Error) Unwrap() error { return e.Err }

// Kind is the type of a node.
type Kind uint8

// The kinds of nodes. Sections of CDATA are text.
const (
	DocumentNode Kind = iota
	Element
	Text
	Comment
	Instruction
)

// Names of namespaces that need no declaration.
const (
	XMLNamespace   = "http://www.w3.org/XML/1998/namespace"
	XMLNSNamespace = "http://www.w3.org/2000/xmlns/"
)

// Name is a name with its namespace, "" for none.
type Name struct{ Space, Local string }

// Attr is an attribute that is not a declaration of a namespace.
type Attr struct {
	Name
	Prefix string
	Value  string // normalized (XML 1.0, 3.3.3)
}

// Decl declares a namespace; the prefix of the default one is "".
type Decl struct{ Prefix, URI string }

// Node is a node of the tree. Nothing changes it after parsing.
type Node struct {
	Kind
	Name              // of an element; Local is the target of an instruction
	Prefix     string // of an element
	Attrs      []Attr // sorted as canonical XML has them: by namespace, then by name
	Decls      []Decl // of this element alone, sorted by prefix
	Data       string // of a text, comment or instruction
	Parent     *Node
	First      *Node // child
	Next       *Node // sibling
	Start, End int   // octets of the element in Document.Source, tags included

	last *Node
}

// Document is a parsed document.
type Document struct {
	Node              // the document node: its children are the root and what stands beside it
	Root     *Node    // the document element
	Source   string   // the document in UTF-8
	Encoding Encoding // what it came in

	nodes int
}

// Attr returns the value of an attribute without a namespace; of no node there is
// none.
func (n *Node) Attr(local string) (string, bool) { return n.AttrOf("", local) }

// AttrOf returns the value of an attribute.
func (n *Node) AttrOf(space, local string) (string, bool) {
	if n == nil {
		return "", false
	}
	for _, a := range n.Attrs {
		if a.Local == local && a.Space == space {
			return a.Value, true
		}
	}
	return "", false
}

// Is reports an element of the name.
func (n *Node) Is(space, local string) bool {
	return n != nil && n.Kind == Element && n.Local == local && n.Space == space
}

// Elements returns the child elements.
func (n *Node) Elements() (list []*Node) {
	for c := n.First; c != nil; c = c.Next {
		if c.Kind == Element {
			list = append(list, c)
		}
	}
	return list
}

// Child returns the first child element of the name, or nil.
func (n *Node) Child(space, local string) *Node {
	if n == nil {
		return nil
	}
	for c := n.First; c != nil; c = c.Next {
		if c.Is(space, local) {
			return c
		}
	}
	return nil
}

// Text is the text of the node and of everything below it, without comments.
func (n *Node) Text() string {
	if n == nil {
		return ""
	}
	if n.Kind == Text {
		return n.Data
	}
	if n.First != nil && n.First.Next == nil && n.First.Kind == Text {
		return n.First.Data
	}
	var out []byte
	n.Walk(func(c *Node) bool {
		if c.Kind == Text {
			out = append(out, c.Data...)
		}
		return true
	})
	return string(out)
}

// Walk visits the node and what is below it in document order; enter says whether
// to go below.
func (n *Node) Walk(enter func(*Node) bool) {
	if !enter(n) {
		return
	}
	for c := n.First; c != nil; c = c.Next {
		c.Walk(enter)
	}
}

// Inside reports whether the node is the other one or below it.
func (n *Node) Inside(other *Node) bool {
	for ; n != nil; n = n.Parent {
		if n == other {
			return true
		}
	}
	return false
}

// Path says where the node is, as an XPath of local names with positions among
// siblings of one local name, such as "/Envelope/Body/Request[2]".
func (n *Node) Path() string {
	if n.Kind == DocumentNode {
		return "/"
	}
	var path string
	for ; n.Parent != nil; n = n.Parent {
		position, more := 0, false
		for c, before := n.Parent.First, true; c != nil; c = c.Next {
			if c.Kind == Element && c.Local == n.Local {
				if before {
					position++
				} else {
					more = true
				}
			}
			before = before && c != n
		}
		step := "/" + n.Local
		if position > 1 || more {
			step += "[" + strconv.Itoa(position) + "]"
		}
		path = step + path
	}
	return path
}

// URIOf returns the namespace that the prefix has at this element.
func (n *Node) URIOf(prefix string) (string, bool) {
	if prefix == "xml" {
		return XMLNamespace, true
	}
	for ; n != nil; n = n.Parent {
		for _, d := range n.Decls {
			if d.Prefix == prefix {
				return d.URI, d.URI != ""
			}
		}
	}
	return "", false
}

// Trimmed is [Node.Text] without white space around it, "" of no node.
func (n *Node) Trimmed() string { return strings.Trim(n.Text(), " \t\r\n") }

// Children returns at most limit child elements; none of no node.
func (n *Node) Children(limit int) []*Node {
	if n == nil {
		return nil
	}
	list := n.Elements()
	return list[:min(len(list), limit)]
}
