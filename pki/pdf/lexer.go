// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pdf

import (
	"errors"
	"strconv"
)

// parser reads objects out of a window of the file. Where the window ends before
// the file does and the answer might depend on what follows, short is set and
// the caller reads again with a larger window.
type parser struct {
	in    []byte
	pos   int
	base  int64 // offset of in[0] in the file
	last  bool  // the window ends where the file ends
	short bool
	plain bool // inside an object stream: strings have no offset
}

func (p *parser) fail(reason string) error {
	return &SyntaxError{Offset: p.base + int64(p.pos), Reason: reason}
}

// peek returns the next octet; false at the end.
func (p *parser) peek() (byte, bool) {
	if p.pos < len(p.in) {
		return p.in[p.pos], true
	}
	if !p.last {
		p.short = true
	}
	return 0, false
}

// White space and delimiters (ISO 32000-1, 7.2.2).
func isSpace(c byte) bool {
	return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' '
}

func isDelimiter(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

func isRegular(c byte) bool { return !isSpace(c) && !isDelimiter(c) }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// space passes over white space and comments.
func (p *parser) space() {
	for {
		c, ok := p.peek()
		switch {
		case !ok:
			return
		case isSpace(c):
			p.pos++
		case c == '%':
			for ok && c != '\n' && c != '\r' {
				p.pos++
				c, ok = p.peek()
			}
		default:
			return
		}
	}
}

// word reads regular characters.
func (p *parser) word() []byte {
	start := p.pos
	for {
		c, ok := p.peek()
		if !ok || !isRegular(c) {
			return p.in[start:p.pos]
		}
		p.pos++
	}
}

// keyword passes over a word if it is the one.
func (p *parser) keyword(w string) bool {
	p.space()
	start := p.pos
	if string(p.word()) == w {
		return true
	}
	p.pos = start
	return false
}

// integer reads a number without sign or fraction; false and nothing read else.
func (p *parser) integer() (int64, bool) {
	p.space()
	start := p.pos
	v, err := parseInteger(p.word())
	if err != nil || v < 0 {
		p.pos = start
		return 0, false
	}
	return v, true
}

var errNumber = errors.New("not an integer")

func parseInteger(w []byte) (int64, error) {
	if len(w) == 0 || len(w) > 32 {
		return 0, errNumber
	}
	return strconv.ParseInt(string(w), 10, 64)
}

// object reads a direct object or a reference.
func (p *parser) object(depth int) (Object, error) {
	if depth > MaxDepth {
		return nil, &LimitError{"depth of nesting"}
	}
	p.space()
	c, ok := p.peek()
	switch {
	case !ok:
		return nil, p.fail("object expected, file ends")
	case c == '/':
		return p.name(), nil
	case c == '(':
		return p.literal()
	case c == '<':
		p.pos++
		if c, _ := p.peek(); c == '<' {
			p.pos++
			return p.dict(depth)
		}
		return p.hex()
	case c == '[':
		p.pos++
		return p.array(depth)
	case isDigit(c) || c == '+' || c == '-' || c == '.':
		return p.number()
	case isDelimiter(c):
		return nil, p.fail("object expected")
	}
	start := p.pos
	switch string(p.word()) {
	case "null":
		return nil, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	p.pos = start
	return nil, p.fail("object expected")
}

func (p *parser) array(depth int) (Object, error) {
	a := Array{}
	for {
		p.space()
		if c, ok := p.peek(); ok && c == ']' {
			p.pos++
			return a, nil
		}
		o, err := p.object(depth + 1)
		if err != nil {
			return nil, err
		}
		a = append(a, o)
	}
}

func (p *parser) dict(depth int) (Object, error) {
	d := Dict{}
	for {
		p.space()
		c, ok := p.peek()
		if ok && c == '>' {
			p.pos++
			if c, ok := p.peek(); !ok || c != '>' {
				return nil, p.fail("end of dictionary expected")
			}
			p.pos++
			return d, nil
		}
		if !ok || c != '/' {
			return nil, p.fail("key expected")
		}
		key := p.name()
		value, err := p.object(depth + 1)
		if err != nil {
			return nil, err
		}
		if _, twice := d[key]; twice {
			return nil, p.fail("key " + string(key) + " twice in a dictionary")
		}
		d[key] = value
	}
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case isDigit(c):
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// name reads a name with its slash (ISO 32000-1, 7.3.5).
func (p *parser) name() Name {
	p.pos++
	w := p.word()
	out := make([]byte, 0, len(w))
	for i := 0; i < len(w); i++ {
		if w[i] == '#' && i+2 < len(w) {
			h, ok1 := hexDigit(w[i+1])
			l, ok2 := hexDigit(w[i+2])
			if ok1 && ok2 {
				out = append(out, h<<4|l)
				i += 2
				continue
			}
		}
		out = append(out, w[i])
	}
	return Name(out)
}

// number reads a number, or a reference when two integers and R stand there.
func (p *parser) number() (Object, error) {
	w := p.word()
	n, err := parseInteger(w)
	if err != nil {
		if _, err := strconv.ParseFloat(string(w), 64); err != nil || len(w) > 64 {
			return nil, p.fail("malformed number")
		}
		return Real(w), nil
	}
	if !isDigit(w[0]) || n > MaxNumber {
		return n, nil
	}
	back := p.pos
	generation, ok := p.integer()
	if ok && generation <= 65535 && p.keyword("R") {
		return Ref{int(n), int(generation)}, nil
	}
	p.pos = back
	return n, nil
}

// MaxNumber is the highest number of an object (ISO 32000-1, annex C).
const MaxNumber = 8_388_607

func (p *parser) span(start int) (from, to int64) {
	if p.plain {
		return 0, 0
	}
	return p.base + int64(start), p.base + int64(p.pos)
}

// hex reads a hexadecimal string behind its <.
func (p *parser) hex() (Object, error) {
	start := p.pos - 1
	var out []byte
	high, half, irregular := byte(0), false, false
	for {
		c, ok := p.peek()
		if !ok {
			return nil, p.fail("end of string expected")
		}
		p.pos++
		if c == '>' {
			break
		}
		if isSpace(c) {
			irregular = true
			continue
		}
		v, ok := hexDigit(c)
		if !ok {
			return nil, p.fail("hexadecimal digit expected")
		}
		if half {
			out = append(out, high|v)
		}
		high, half = v<<4, !half
	}
	if half {
		out = append(out, high)
	}
	from, to := p.span(start)
	return String{Value: out, Start: from, End: to, Hex: true, Irregular: irregular || half}, nil
}

// literal reads a string in parentheses (ISO 32000-1, 7.3.4.2).
func (p *parser) literal() (Object, error) {
	start := p.pos
	p.pos++
	var out []byte
	for open := 1; ; {
		c, ok := p.peek()
		if !ok {
			return nil, p.fail("end of string expected")
		}
		p.pos++
		switch c {
		case '(':
			open++
		case ')':
			open--
			if open == 0 {
				from, to := p.span(start)
				return String{Value: out, Start: from, End: to}, nil
			}
		case '\r': // an end of line is one line feed
			if c, _ := p.peek(); c == '\n' {
				p.pos++
			}
			c = '\n'
		case '\\':
			out = p.escape(out)
			continue
		}
		out = append(out, c)
	}
}

// escape reads what stands behind a backslash.
func (p *parser) escape(out []byte) []byte {
	c, ok := p.peek()
	if !ok {
		return out
	}
	p.pos++
	switch c {
	case 'n':
		return append(out, '\n')
	case 'r':
		return append(out, '\r')
	case 't':
		return append(out, '\t')
	case 'b':
		return append(out, '\b')
	case 'f':
		return append(out, '\f')
	case '\r':
		if c, _ := p.peek(); c == '\n' {
			p.pos++
		}
		return out
	case '\n':
		return out
	}
	if c < '0' || c > '7' {
		return append(out, c)
	}
	v := c - '0'
	for range 2 {
		c, ok := p.peek()
		if !ok || c < '0' || c > '7' {
			break
		}
		v = v<<3 | (c - '0') // high-order overflow is ignored
		p.pos++
	}
	return append(out, v)
}

// indirect is an indirect object with its place.
type indirect struct {
	ref    Ref
	object Object
	end    int64 // offset behind endobj, or behind the keyword stream
}

// indirect reads "n g obj ... endobj"; the data of a stream are left where they are.
func (p *parser) indirect() (*indirect, error) {
	n, ok1 := p.integer()
	g, ok2 := p.integer()
	if !ok1 || !ok2 || n > MaxNumber || g > 65535 || !p.keyword("obj") {
		return nil, p.fail("indirect object expected")
	}
	o, err := p.object(0)
	if err != nil {
		return nil, err
	}
	in := &indirect{ref: Ref{int(n), int(g)}, object: o}
	if d, ok := o.(Dict); ok && p.keyword("stream") {
		if c, _ := p.peek(); c == '\r' {
			p.pos++
		}
		if c, _ := p.peek(); c == '\n' {
			p.pos++
		}
		in.object = &Stream{Dict: d, start: p.base + int64(p.pos)}
	} else if !p.keyword("endobj") {
		return nil, p.fail("endobj expected")
	}
	in.end = p.base + int64(p.pos)
	return in, nil
}
