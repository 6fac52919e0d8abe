// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xmltree

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// Bounds of a stream. What is held at a time is one child of the root.
const (
	MaxStream = 256 << 20 // octets of the document
	MaxChild  = 4 << 20   // octets of one child of the root, and of what stands before it
)

// Stream reads a document one child of its root after another: for lists that are
// long and whose entries are not. All that holds for [Parse] holds here, but for
// UTF-16, which is refused, and for [MaxNodes], which is for each child.
//
// The canonical form of the whole document can be had on the way
// ([Stream.Canonical]): it is written out of the same nodes that Next gives out.
type Stream struct {
	Root *Node // with its attributes and declarations; it has no children

	in      io.Reader
	decode  func(out, in []byte) ([]byte, error) // nil for UTF-8
	chunk   []byte
	text    []byte // decoded, not yet read
	at      int    // of it, what was read
	total   int64
	ended   bool // the input
	p       parser
	source  string
	out     *canonicalizer
	outside []*Node // before the root
	err     error
}

// chunkSize is how much is read at a time.
const chunkSize = 64 << 10

// NewStream reads up to the start tag of the root.
func NewStream(in io.Reader) (*Stream, error) {
	s := &Stream{in: in, chunk: make([]byte, chunkSize), p: parser{doc: &Document{}, scope: newBindings()}}
	s.p.open = &s.p.doc.Node
	if err := s.begin(); err != nil {
		return nil, err
	}
	for s.Root == nil {
		n, err := s.next()
		switch {
		case errors.Is(err, io.EOF):
			return nil, s.fail(ErrSyntax)
		case err != nil:
			return nil, err
		case n != nil && n.Kind == Element:
			s.Root = n
		case n != nil:
			s.outside = append(s.outside, n)
		}
	}
	return s, nil
}

// begin finds out the encoding and reads the declaration.
func (s *Stream) begin() error {
	n, err := io.ReadAtLeast(s.in, s.chunk, 256)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	head := s.chunk[:n]
	s.ended = err != nil
	head = bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF"))
	switch name := strings.ToLower(declaredEncoding(head)); {
	case bytes.HasPrefix(head, []byte("\xFE\xFF")), bytes.HasPrefix(head, []byte("\xFF\xFE")):
		return s.fail(ErrEncoding)
	case name == "windows-1251" || name == "cp1251":
		s.decode = append1251
	case name != "" && name != "utf-8" && name != "utf8" && name != "us-ascii" && name != "ascii":
		return s.fail(ErrEncoding)
	}
	if err := s.take(head); err != nil {
		return err
	}
	if !bytes.HasPrefix(s.text, []byte("<?xml")) || len(s.text) < 6 || !isSpace(s.text[5]) {
		return nil
	}
	end, err := s.find(0, "?>")
	if err != nil {
		return err
	}
	if err := s.cut(end); err != nil {
		return err
	}
	return s.fail(s.p.declaration())
}

// take decodes octets of the input.
func (s *Stream) take(octets []byte) (err error) {
	if s.total += int64(len(octets)); s.total > MaxStream {
		return s.fail(ErrTooLarge)
	}
	if s.at > 0 {
		s.text = append(s.text[:0], s.text[s.at:]...)
		s.at = 0
	}
	if s.decode == nil {
		s.text = append(s.text, octets...)
		return nil
	}
	if s.text, err = s.decode(s.text, octets); err != nil {
		return s.fail(err)
	}
	return nil
}

// fill reads more of the input; io.EOF when there is no more.
func (s *Stream) fill() error {
	if s.ended {
		return io.EOF
	}
	n, err := s.in.Read(s.chunk)
	if errors.Is(err, io.EOF) {
		s.ended, err = true, nil
	}
	if err != nil {
		return err
	}
	return s.take(s.chunk[:n])
}

// find returns where the separator ends, counted from what was not yet read, from an
// offset on.
func (s *Stream) find(from int, separator string) (int, error) {
	for {
		rest := s.text[s.at:]
		if from < len(rest) {
			if i := bytes.Index(rest[from:], []byte(separator)); i >= 0 {
				return from + i + len(separator), nil
			}
			from = max(from, len(rest)-len(separator)+1)
		}
		if len(rest) > MaxChild {
			return 0, s.fail(ErrTooLarge)
		}
		if err := s.more(); err != nil {
			return 0, err
		}
	}
}

// more is fill where the document cannot end.
func (s *Stream) more() error {
	err := s.fill()
	if errors.Is(err, io.EOF) {
		return s.fail(ErrSyntax)
	}
	return err
}

// peek tells whether what comes next at an offset begins so.
func (s *Stream) peek(from int, prefix string) (bool, error) {
	for len(s.text)-s.at < from+len(prefix) {
		if err := s.fill(); errors.Is(err, io.EOF) {
			return false, nil
		} else if err != nil {
			return false, err
		}
	}
	return string(s.text[s.at+from:s.at+from+len(prefix)]) == prefix, nil
}

// cut gives the parser the next octets.
func (s *Stream) cut(n int) error {
	if n > MaxChild {
		return s.fail(ErrTooLarge)
	}
	piece := s.text[s.at : s.at+n]
	if !utf8.Valid(piece) {
		return s.fail(ErrCharacter)
	}
	s.source = string(piece)
	s.at += n
	s.p.src, s.p.at = s.source, 0
	if firstForbidden(s.source) >= 0 {
		return s.fail(ErrCharacter)
	}
	return nil
}

// fail remembers the first error with its place.
func (s *Stream) fail(err error) error {
	if err == nil {
		return nil
	}
	if s.err == nil {
		s.err = &Error{err, int(s.total) - (len(s.text) - s.at)}
	}
	return s.err
}

// Source is the text, in UTF-8, of what was read last: the start tag of the root,
// or the child that Next returned.
func (s *Stream) Source() string { return s.source }

// Canonical has the canonical form of the document written while it is read, without
// the children of the root that omit names. It is called before the first Next.
func (s *Stream) Canonical(m Method, w io.Writer, omit func(*Node) bool) error {
	c, err := m.canonicalizer(w, omit)
	if err != nil {
		return err
	}
	s.out = c
	for _, n := range s.outside {
		c.beside(n, true)
	}
	c.startTag(s.Root, nil)
	if s.p.depth == 0 { // <root/>
		c.endTag(s.Root)
	}
	return nil
}

// Next returns the next child of the root, with all that is below it. The node is
// good until the next call. At the end of the document, which is then known to be
// well-formed, the error is io.EOF.
func (s *Stream) Next() (*Node, error) {
	for {
		n, err := s.next()
		if errors.Is(err, io.EOF) && s.out != nil {
			if err := s.out.out.Flush(); err != nil {
				return nil, err
			}
		}
		if err != nil {
			return nil, err
		}
		if n == nil {
			continue // white space outside of the root, or its end
		}
		if s.p.depth == 0 {
			if s.out != nil {
				s.out.beside(n, false)
			}
			continue
		}
		if s.out != nil {
			s.out.node(n, nil)
		}
		return n, nil
	}
}

// next reads one thing: a child of what is open, or its end.
func (s *Stream) next() (*Node, error) {
	if s.err != nil {
		return nil, s.err
	}
	n, err := s.extent()
	if err != nil {
		return nil, err
	}
	if n == 0 {
		if s.p.depth > 0 || s.Root == nil {
			return nil, s.fail(ErrSyntax)
		}
		return nil, io.EOF
	}
	if err := s.cut(n); err != nil {
		return nil, err
	}
	parent := s.p.open
	depth := s.p.depth
	parent.First, parent.last, s.p.doc.nodes = nil, nil, 0
	for s.p.at < len(s.p.src) {
		if err := s.p.next(); err != nil {
			return nil, s.fail(err)
		}
	}
	child := parent.First
	parent.First, parent.last = nil, nil
	switch {
	case s.Root == nil && s.p.depth == 1: // the start tag of the root
	case s.p.depth == 0 && depth == 1:
		if s.out != nil {
			s.out.endTag(parent)
		}
		return nil, nil
	case s.p.depth != depth:
		return nil, s.fail(ErrSyntax)
	}
	return child, nil
}

// extent finds how many octets the next thing has: a run of text, a comment, an
// instruction, an element with all that is in it; of the root its start tag. 0 at
// the end of the input.
func (s *Stream) extent() (int, error) {
	for s.at == len(s.text) {
		if err := s.fill(); errors.Is(err, io.EOF) {
			return 0, nil
		} else if err != nil {
			return 0, err
		}
	}
	element, err := s.elementAhead()
	switch {
	case err != nil:
		return 0, err
	case element && s.p.depth == 0:
		return s.tag(0)
	case element:
		return s.element()
	}
	return s.run()
}

// elementAhead tells a start tag from all else.
func (s *Stream) elementAhead() (bool, error) {
	if s.text[s.at] != '<' {
		return false, nil
	}
	for _, other := range []string{"</", "<!", "<?"} {
		if is, err := s.peek(0, other); is || err != nil {
			return false, err
		}
	}
	return true, nil
}

// run measures what is no element; text goes on over sections of CDATA.
func (s *Stream) run() (int, error) {
	for at := 0; ; {
		if at == len(s.text)-s.at {
			if err := s.fill(); errors.Is(err, io.EOF) {
				return at, nil
			} else if err != nil {
				return 0, err
			}
			continue
		}
		if at > MaxChild {
			return 0, s.fail(ErrTooLarge)
		}
		if s.text[s.at+at] != '<' {
			rest := s.text[s.at+at:]
			if i := bytes.IndexByte(rest, '<'); i >= 0 {
				at += i
			} else {
				at += len(rest)
			}
			continue
		}
		end, err := s.markup(at)
		if err != nil {
			return 0, err
		}
		cdata, err := s.peek(at, "<![CDATA[")
		switch {
		case err != nil:
			return 0, err
		case cdata:
			at = end
		case at > 0:
			return at, nil
		default:
			return end, nil
		}
	}
}

// markup returns where the piece of markup at an offset ends.
func (s *Stream) markup(at int) (int, error) {
	for _, m := range []struct{ begin, end string }{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}} {
		is, err := s.peek(at, m.begin)
		if err != nil {
			return 0, err
		}
		if is {
			return s.find(at+len(m.begin), m.end)
		}
	}
	declaration, err := s.peek(at, "<!")
	if err != nil {
		return 0, err
	}
	if declaration {
		return 0, s.fail(ErrDTD)
	}
	return s.tag(at)
}

// tag returns where a tag ends: at the first > outside of quotes.
func (s *Stream) tag(at int) (int, error) {
	for {
		for at >= len(s.text)-s.at {
			if err := s.more(); err != nil {
				return 0, err
			}
		}
		rest := s.text[s.at+at:]
		i := bytes.IndexAny(rest, `>"'`)
		switch {
		case i < 0:
			at += len(rest)
		case rest[i] == '>':
			return at + i + 1, nil
		default:
			end, err := s.find(at+i+1, string(rest[i]))
			if err != nil {
				return 0, err
			}
			at = end
		}
		if at > MaxChild {
			return 0, s.fail(ErrTooLarge)
		}
	}
}

// element measures an element with all that is in it. The parser reads it once more
// and decides whether it is one.
func (s *Stream) element() (int, error) {
	depth := 0
	for at := 0; ; {
		end, err := s.markup(at)
		if err != nil {
			return 0, err
		}
		piece := s.text[s.at+at : s.at+end]
		switch {
		case piece[1] == '!' || piece[1] == '?':
		case piece[1] == '/':
			depth--
		case piece[len(piece)-2] != '/':
			depth++
		}
		if depth == 0 {
			return end, nil
		}
		if at, err = s.find(end, "<"); err != nil {
			return 0, err
		}
		at--
	}
}
