// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xmldsig

import (
	"bufio"
	"io"
	"slices"
	"strconv"
	"strings"

	"podpis/pki/xmltree"
)

// smevTransform is urn://smev-gov-ru/xmldsig/transform of the methodical
// recommendations for SMEV 3: without instructions, comments and text of white
// space alone; prefixes ns1, ns2, … in order of first use, declared where they
// are first needed; attributes sorted, those with a namespace first; no empty
// element tags.
//
// The recommendations speak through the classes that came with them, which write
// by the Java runtime: > is escaped in attributes too, and a carriage return is
// not escaped. Elements without a namespace are not supported there ("No
// namespace"), so they are refused here.
func smevTransform(w io.Writer, document *xmltree.Node) error {
	s := &smevWriter{out: bufio.NewWriterSize(w, 16<<10), prefixes: map[string]string{}}
	for n := document.First; n != nil; n = n.Next {
		if n.Kind == xmltree.Element {
			s.element(n)
		}
	}
	if s.err != nil {
		return s.err
	}
	return s.out.Flush()
}

type smevWriter struct {
	out      *bufio.Writer
	prefixes map[string]string // of namespaces in scope
	count    int
	err      error
}

func (s *smevWriter) element(n *xmltree.Node) {
	if n.Space == "" {
		s.err = &UnsupportedError{What: "transform", URI: uriSMEV, Why: "element without a namespace: " + short(n.Local)}
		return
	}
	var declared []string
	prefixOf := func(space string) string {
		prefix, known := s.prefixes[space]
		if !known {
			s.count++
			prefix = "ns" + strconv.Itoa(s.count)
			s.prefixes[space] = prefix
			declared = append(declared, space)
		}
		return prefix
	}
	name := prefixOf(n.Space) + ":" + n.Local
	// The tree has attributes without a namespace first.
	split := 0
	for split < len(n.Attrs) && n.Attrs[split].Space == "" {
		split++
	}
	attrs := slices.Concat(n.Attrs[split:], n.Attrs[:split])
	names := make([]string, len(attrs))
	for i, a := range attrs {
		if names[i] = a.Local; a.Space != "" {
			names[i] = prefixOf(a.Space) + ":" + a.Local
		}
	}
	s.write("<", name)
	for _, space := range declared {
		s.write(" xmlns:", s.prefixes[space], `="`)
		s.write(smevAttribute.Replace(space), `"`)
	}
	for i, a := range attrs {
		s.write(" ", names[i], `="`, smevAttribute.Replace(a.Value), `"`)
	}
	s.write(">")
	for c := n.First; c != nil && s.err == nil; c = c.Next {
		switch {
		case c.Kind == xmltree.Element:
			s.element(c)
		case c.Kind == xmltree.Text && strings.TrimLeft(c.Data, smevSpace) != "":
			s.write(smevText.Replace(c.Data))
		}
	}
	s.write("</", name, ">")
	for _, space := range declared {
		delete(s.prefixes, space)
	}
}

func (s *smevWriter) write(parts ...string) {
	for _, p := range parts {
		_, _ = s.out.WriteString(p) // Flush tells of errors
	}
}

// smevSpace are the characters up to U+0020 that XML allows.
const smevSpace = "\t\n\r "

var (
	smevText      = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	smevAttribute = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
)
