// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xmltree

import (
	"slices"
	"strings"
)

// parser reads from the front of src. The namespaces in scope are a table with
// an undo list, so that looking a prefix up costs the same at every depth.
type parser struct {
	src   string
	at    int
	doc   *Document
	open  *Node // where children go
	depth int
	scope bindings
}

// Parse reads a document. Errors are [*Error].
func Parse(in []byte) (*Document, error) {
	if len(in) > MaxSize {
		return nil, &Error{ErrTooLarge, MaxSize}
	}
	text, encoding, err := decode(in)
	if err != nil {
		return nil, &Error{err, 0}
	}
	if i := firstForbidden(text); i >= 0 {
		return nil, &Error{ErrCharacter, i}
	}
	p := &parser{src: text, doc: &Document{Source: text, Encoding: encoding}, scope: newBindings()}
	p.open = &p.doc.Node
	p.doc.End = len(text)
	if err := p.document(); err != nil {
		return nil, &Error{err, p.at}
	}
	return p.doc, nil
}

func (p *parser) document() error {
	if err := p.declaration(); err != nil {
		return err
	}
	for p.at < len(p.src) {
		if err := p.next(); err != nil {
			return err
		}
	}
	if p.doc.Root == nil || p.depth > 0 {
		return ErrSyntax
	}
	return nil
}

// next reads one thing: a piece of markup or a run of text.
func (p *parser) next() error {
	rest := p.src[p.at:]
	switch {
	case rest[0] != '<', strings.HasPrefix(rest, "<![CDATA["):
		return p.text()
	case strings.HasPrefix(rest, "</"):
		return p.endTag()
	case strings.HasPrefix(rest, "<!--"):
		return p.comment()
	case strings.HasPrefix(rest, "<?"):
		return p.instruction()
	case strings.HasPrefix(rest, "<!"):
		return ErrDTD
	}
	return p.startTag()
}

// declaration reads <?xml version="1.0" encoding="…" standalone="…"?>.
func (p *parser) declaration() error {
	if !strings.HasPrefix(p.src, "<?xml") || len(p.src) < 6 || !isSpace(p.src[5]) {
		return nil
	}
	p.at = 5
	names := []string{"version", "encoding", "standalone"}
	for i := 0; ; {
		spaced := p.space()
		if p.take("?>") {
			if i == 0 {
				return ErrVersion
			}
			return nil
		}
		name, err := p.name()
		if err != nil {
			return err
		}
		at := slices.Index(names[i:], name)
		if !spaced || at < 0 || i == 0 && at != 0 {
			return ErrSyntax
		}
		value, err := p.equalsValue()
		if err != nil {
			return err
		}
		switch {
		case name == "version" && value != "1.0":
			return ErrVersion
		case name == "standalone" && value != "yes" && value != "no":
			return ErrSyntax
		}
		i += at + 1
	}
}

func (p *parser) add(n *Node) error {
	if p.doc.nodes++; p.doc.nodes > MaxNodes {
		return ErrTooMany
	}
	n.Parent = p.open
	if p.open.last == nil {
		p.open.First = n
	} else {
		p.open.last.Next = n
	}
	p.open.last = n
	return nil
}

// text reads text and CDATA up to other markup, as one node.
func (p *parser) text() error {
	var b strings.Builder
	single := ""
	for pieces := 0; p.at < len(p.src); pieces++ {
		var piece string
		switch {
		case p.take("<![CDATA["):
			i := strings.Index(p.src[p.at:], "]]>")
			if i < 0 || p.open.Kind == DocumentNode {
				return ErrSyntax
			}
			piece = lineEnds(p.src[p.at : p.at+i])
			p.at += i + 3
		case p.src[p.at] == '<':
			return p.addText(&b, single)
		default:
			i := strings.IndexByte(p.src[p.at:], '<')
			if i < 0 {
				i = len(p.src) - p.at
			}
			raw := p.src[p.at : p.at+i]
			if strings.Contains(raw, "]]>") {
				return ErrSyntax // XML 1.0, 2.4
			}
			if p.open.Kind == DocumentNode && strings.Trim(raw, " \t\r\n") != "" {
				return ErrSyntax // text outside of the document element
			}
			var err error
			if piece, err = expand(lineEnds(raw)); err != nil {
				return err
			}
			p.at += i
		}
		if pieces == 0 {
			single = piece
			continue
		}
		if pieces == 1 {
			b.WriteString(single)
		}
		b.WriteString(piece)
	}
	return p.addText(&b, single)
}

func (p *parser) addText(b *strings.Builder, single string) error {
	if b.Len() > 0 {
		single = b.String()
	}
	if p.open.Kind == DocumentNode || single == "" {
		return nil
	}
	return p.add(&Node{Kind: Text, Data: single})
}

func (p *parser) comment() error {
	p.at += len("<!--")
	i := strings.Index(p.src[p.at:], "--")
	if i < 0 || !strings.HasPrefix(p.src[p.at+i:], "-->") {
		return ErrSyntax // XML 1.0, 2.5: no "--" inside
	}
	data := lineEnds(p.src[p.at : p.at+i])
	p.at += i + 3
	return p.add(&Node{Kind: Comment, Data: data})
}

func (p *parser) instruction() error {
	p.at += len("<?")
	target, err := p.name()
	if err != nil {
		return err
	}
	if strings.EqualFold(target, "xml") || strings.Contains(target, ":") {
		return ErrSyntax
	}
	spaced := p.space()
	i := strings.Index(p.src[p.at:], "?>")
	if i < 0 || i > 0 && !spaced {
		return ErrSyntax
	}
	data := lineEnds(p.src[p.at : p.at+i])
	p.at += i + 2
	return p.add(&Node{Kind: Instruction, Name: Name{Local: target}, Data: data})
}

func (p *parser) startTag() error {
	n := &Node{Kind: Element, Start: p.at}
	p.at++
	qualified, err := p.name()
	if err != nil {
		return err
	}
	if p.open.Kind == DocumentNode && p.doc.Root != nil {
		return ErrSyntax // a second document element
	}
	if p.depth >= MaxDepth {
		return ErrTooDeep
	}
	if err := p.add(n); err != nil {
		return err
	}
	if p.depth == 0 {
		p.doc.Root = n
	}
	closed, err := p.attributes(n)
	if err != nil {
		return err
	}
	p.scope.mark()
	for _, d := range n.Decls {
		p.scope.set(d.Prefix, d.URI)
	}
	if err := p.resolve(n, qualified); err != nil {
		return err
	}
	if closed {
		n.End = p.at
		p.scope.undo()
		return nil
	}
	p.open = n
	p.depth++
	return nil
}

func (p *parser) endTag() error {
	p.at += len("</")
	qualified, err := p.name()
	if err != nil {
		return err
	}
	p.space()
	if !p.take(">") || p.depth == 0 || qualified != p.open.qualified() {
		return ErrSyntax
	}
	p.open.End = p.at
	p.scope.undo()
	p.open = p.open.Parent
	p.depth--
	return nil
}

// attributes reads up to the end of the tag.
func (p *parser) attributes(n *Node) (closed bool, err error) {
	for {
		spaced := p.space()
		switch {
		case p.take(">"):
			return false, nil
		case p.take("/>"):
			return true, nil
		case !spaced:
			return false, ErrSyntax
		}
		qualified, err := p.name()
		if err != nil {
			return false, err
		}
		value, err := p.equalsValue()
		if err != nil {
			return false, err
		}
		if len(n.Attrs)+len(n.Decls) >= MaxAttributes {
			return false, ErrAttributes
		}
		if err := n.addAttribute(qualified, value); err != nil {
			return false, err
		}
	}
}

func (n *Node) addAttribute(qualified, value string) error {
	prefix, local, err := split(qualified)
	if err != nil {
		return err
	}
	switch {
	case qualified == "xmlns":
		local = ""
	case prefix == "xmlns":
		// Namespaces in XML 1.0, 3: reserved names and no undeclaring of prefixes.
		if local == "xmlns" || value == "" || (local == "xml") != (value == XMLNamespace) {
			return ErrNamespace
		}
	default:
		n.Attrs = append(n.Attrs, Attr{Name: Name{Local: local}, Prefix: prefix, Value: value})
		return nil
	}
	if value == XMLNSNamespace || local == "" && value == XMLNamespace {
		return ErrNamespace
	}
	n.Decls = append(n.Decls, Decl{local, value})
	return nil
}

// resolve gives names their namespaces and puts attributes in canonical order.
func (p *parser) resolve(n *Node, qualified string) (err error) {
	slices.SortFunc(n.Decls, func(a, b Decl) int { return strings.Compare(a.Prefix, b.Prefix) })
	for i := 1; i < len(n.Decls); i++ {
		if n.Decls[i].Prefix == n.Decls[i-1].Prefix {
			return ErrDuplicate
		}
	}
	if n.Prefix, n.Local, err = split(qualified); err != nil {
		return err
	}
	if n.Space, err = p.uri(n.Prefix); err != nil {
		return err
	}
	for i := range n.Attrs {
		a := &n.Attrs[i]
		if a.Prefix == "" {
			continue // the default namespace is not for attributes
		}
		if a.Space, err = p.uri(a.Prefix); err != nil {
			return err
		}
	}
	slices.SortFunc(n.Attrs, func(a, b Attr) int { return compareNames(a.Name, b.Name) })
	for i := 1; i < len(n.Attrs); i++ {
		if n.Attrs[i].Name == n.Attrs[i-1].Name {
			return ErrDuplicate
		}
	}
	return nil
}

func (p *parser) uri(prefix string) (string, error) {
	switch prefix {
	case "xml":
		return XMLNamespace, nil
	case "xmlns":
		return "", ErrNamespace
	}
	uri := p.scope.get(prefix)
	if uri == "" && prefix != "" {
		return "", ErrNamespace
	}
	return uri, nil
}

func compareNames(a, b Name) int {
	if c := strings.Compare(a.Space, b.Space); c != 0 {
		return c
	}
	return strings.Compare(a.Local, b.Local)
}

func (n *Node) qualified() string {
	if n.Prefix == "" {
		return n.Local
	}
	return n.Prefix + ":" + n.Local
}
