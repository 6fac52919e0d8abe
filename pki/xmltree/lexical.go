// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xmltree

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

func (p *parser) space() bool {
	start := p.at
	for p.at < len(p.src) && isSpace(p.src[p.at]) {
		p.at++
	}
	return p.at > start
}

func (p *parser) take(s string) bool {
	if !strings.HasPrefix(p.src[p.at:], s) {
		return false
	}
	p.at += len(s)
	return true
}

// name reads a Name (XML 1.0, 2.3).
func (p *parser) name() (string, error) {
	start := p.at
	for p.at < len(p.src) {
		r, size := utf8.DecodeRuneInString(p.src[p.at:])
		if !isNameStart(r) && (p.at == start || !isNameRest(r)) {
			break
		}
		if p.at += size; p.at-start > MaxName {
			return "", ErrAttributes
		}
	}
	if p.at == start {
		return "", ErrSyntax
	}
	return p.src[start:p.at], nil
}

func isNameStart(r rune) bool {
	switch {
	case r < 0x80:
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r == ':'
	case r < 0x300:
		return r >= 0xC0 && r != 0xD7 && r != 0xF7
	case r < 0x2000:
		return r >= 0x370 && r != 0x37E
	}
	return r >= 0x200C && r <= 0x200D || r >= 0x2070 && r <= 0x218F || r >= 0x2C00 && r <= 0x2FEF ||
		r >= 0x3001 && r <= 0xD7FF || r >= 0xF900 && r <= 0xFDCF || r >= 0xFDF0 && r <= 0xFFFD || r >= 0x10000 && r <= 0xEFFFF
}

func isNameRest(r rune) bool {
	return r >= '0' && r <= '9' || r == '-' || r == '.' || r == 0xB7 || r >= 0x300 && r <= 0x36F || r >= 0x203F && r <= 0x2040
}

// split cuts a QName (Namespaces in XML 1.0, 4).
func split(qualified string) (prefix, local string, err error) {
	prefix, local, found := strings.Cut(qualified, ":")
	if !found {
		return "", qualified, nil
	}
	if prefix == "" || local == "" || strings.Contains(local, ":") {
		return "", "", ErrNamespace
	}
	if r, _ := utf8.DecodeRuneInString(local); !isNameStart(r) {
		return "", "", ErrNamespace
	}
	return prefix, local, nil
}

// equalsValue reads = and a quoted value, and normalizes it (XML 1.0, 3.3.3):
// white space that is not written by number becomes a space.
func (p *parser) equalsValue() (string, error) {
	p.space()
	if !p.take("=") {
		return "", ErrSyntax
	}
	p.space()
	if p.at >= len(p.src) || p.src[p.at] != '"' && p.src[p.at] != '\'' {
		return "", ErrSyntax
	}
	quote := p.src[p.at]
	p.at++
	i := strings.IndexByte(p.src[p.at:], quote)
	if i < 0 {
		return "", ErrSyntax
	}
	if i > MaxValue {
		return "", ErrAttributes
	}
	raw := p.src[p.at : p.at+i]
	if strings.IndexByte(raw, '<') >= 0 {
		return "", ErrSyntax
	}
	if strings.ContainsAny(raw, "\t\r\n") {
		raw = strings.NewReplacer("\t", " ", "\n", " ").Replace(lineEnds(raw))
	}
	value, err := expand(raw)
	p.at += i + 1
	return value, err
}

// lineEnds makes one line feed of every line end (XML 1.0, 2.11).
func lineEnds(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
}

// expand replaces characters by number and the five entities; any other entity
// would need a DTD.
func expand(s string) (string, error) {
	i := strings.IndexByte(s, '&')
	if i < 0 {
		return s, nil
	}
	out := make([]byte, 0, len(s))
	for {
		out = append(out, s[:i]...)
		s = s[i+1:]
		end := strings.IndexByte(s[:min(len(s), 16)], ';')
		if end < 0 {
			return "", ErrSyntax
		}
		r, err := reference(s[:end])
		if err != nil {
			return "", err
		}
		out = utf8.AppendRune(out, r)
		s = s[end+1:]
		if i = strings.IndexByte(s, '&'); i < 0 {
			return string(append(out, s...)), nil
		}
	}
}

func reference(name string) (rune, error) {
	switch name {
	case "amp":
		return '&', nil
	case "lt":
		return '<', nil
	case "gt":
		return '>', nil
	case "quot":
		return '"', nil
	case "apos":
		return '\'', nil
	}
	digits, numbered := strings.CutPrefix(name, "#")
	if !numbered {
		return 0, ErrDTD
	}
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	v, err := strconv.ParseUint(digits, base, 32)
	if err != nil || v > utf8.MaxRune || !isChar(rune(v)) {
		return 0, ErrCharacter
	}
	return rune(v), nil
}

// isChar is Char of XML 1.0, 2.2.
func isChar(r rune) bool {
	return r >= 0x20 && r <= 0xD7FF || r == '\t' || r == '\n' || r == '\r' || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= utf8.MaxRune
}

// firstForbidden finds a character that no XML document has.
func firstForbidden(s string) int {
	for i := 0; i < len(s); {
		if b := s[i]; b >= 0x20 && b < 0x7F {
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if !isChar(r) {
			return i
		}
		i += size
	}
	return -1
}
