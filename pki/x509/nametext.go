// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"podpis/pki/der"
)

// ErrNameText says that a text is not a name in the form "CN=…, O=…".
var ErrNameText = errors.New(`x509: not a name in the form "CN=…, O=…"`)

// maxNameText bounds the text of a name that is parsed.
const maxNameText = 16 << 10

// String is the name for people, in the order of the encoding:
// `CN=ООО "Пример", STREET="ул. Примерная, д. 1", INN=990100001169`. A value with
// separators stands in quotation marks; what cannot be seen is escaped as in
// RFC 4514, 2.4. [NameByText] reads it back.
func (n Name) String() string {
	var b strings.Builder
	for i, a := range n.Attributes {
		switch {
		case i > 0 && a.Joined:
			b.WriteString(" + ")
		case i > 0:
			b.WriteString(", ")
		}
		if t, ok := AttributeByOID(a.OID); ok {
			b.WriteString(t.Short)
		} else {
			b.WriteString(string(a.OID))
		}
		b.WriteByte('=')
		writeValue(&b, a.Value)
	}
	return b.String()
}

func writeValue(b *strings.Builder, v string) {
	quote := strings.ContainsAny(v, `,+;\`) || strings.TrimSpace(v) != v ||
		strings.HasPrefix(v, `"`)
	if quote {
		b.WriteByte('"')
	}
	for _, r := range v {
		switch {
		case quote && (r == '"' || r == '\\'):
			b.WriteByte('\\')
			b.WriteRune(r)
		case hidden(r):
			for _, o := range []byte(string(r)) {
				b.WriteByte('\\')
				b.WriteString(encodeHex([]byte{o}))
			}
		default:
			b.WriteRune(r)
		}
	}
	if quote {
		b.WriteByte('"')
	}
}

// hidden reports characters that would let a name look like another: controls
// and those that turn the direction of writing.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == 0x2028 || r == 0x2029
}

// NameByText reads a name in the form of [Name.String] or of RFC 4514: types by
// short name, in Russian or by OID, separated by "," or ";" ("+" within a
// relative name), values bare, with escapes, or in quotation marks. The order of
// the text is the order of the name.
func NameByText(text string) (Name, error) {
	attributes, err := ParseNameText(text)
	if err != nil {
		return Name{}, err
	}
	return NewName(attributes...)
}

// ParseNameText is [NameByText] without the encoding.
func ParseNameText(text string) ([]Attribute, error) {
	if len(text) > maxNameText || !utf8.ValidString(text) {
		return nil, ErrNameText
	}
	var attributes []Attribute
	joined := false
	for rest := trimLeft(text); rest != "" || joined; {
		name, after, ok := strings.Cut(rest, "=")
		if !ok {
			return nil, ErrNameText
		}
		oid, ok := attributeType(strings.TrimSpace(name))
		if !ok {
			return nil, wrap("attribute "+strings.ToValidUTF8(strings.TrimSpace(name), "?"), ErrNameText)
		}
		value, separator, left, err := cutValue(trimLeft(after))
		if err != nil {
			return nil, err
		}
		attributes = append(attributes, Attribute{OID: oid, Value: value, Joined: joined})
		joined = separator == '+'
		rest = trimLeft(left)
		if separator != 0 && rest == "" {
			return nil, ErrNameText
		}
	}
	if len(attributes) == 0 {
		return nil, ErrNameText
	}
	return attributes, nil
}

// trimLeft drops bare space. Behind a value it is dropped by [cutValue], which
// knows what was escaped.
func trimLeft(s string) string { return strings.TrimLeft(s, " \t\r\n") }

func attributeType(name string) (der.OID, bool) {
	if t, ok := AttributeByName(name); ok {
		return t.OID, true
	}
	oid := der.OID(strings.TrimPrefix(strings.TrimPrefix(name, "OID."), "oid."))
	return oid, oid.Valid()
}

// cutValue takes a value off the front of s and returns the separator behind it,
// 0 at the end.
func cutValue(s string) (value string, separator byte, rest string, err error) {
	quoted := strings.HasPrefix(s, `"`)
	i := 0
	if quoted {
		i = 1
	}
	var b strings.Builder
	keep := 0 // length of the value up to the last character that is not a bare space
	closed := false
	for i < len(s) && !closed {
		switch c := s[i]; {
		case c == '\\':
			var o byte
			o, i, err = unescape(s, i)
			if err != nil {
				return "", 0, "", err
			}
			b.WriteByte(o)
			keep = b.Len()
			continue
		case quoted && c == '"':
			closed = true
		case !quoted && (c == ',' || c == ';' || c == '+'):
			return finish(b.String()[:keep], c, s[i+1:])
		default:
			b.WriteByte(c)
			if c != ' ' && c != '\t' {
				keep = b.Len()
			}
		}
		i++
	}
	if !quoted {
		return finish(b.String()[:keep], 0, "")
	}
	left := trimLeft(s[i:])
	switch {
	case !closed:
		return "", 0, "", ErrNameText
	case left == "":
		return finish(b.String(), 0, "")
	case left[0] == ',' || left[0] == ';' || left[0] == '+':
		return finish(b.String(), left[0], left[1:])
	}
	return "", 0, "", ErrNameText
}

func finish(value string, separator byte, rest string) (string, byte, string, error) {
	if value == "" || !utf8.ValidString(value) {
		return "", 0, "", ErrNameText
	}
	return value, separator, rest, nil
}

// unescape reads "\," or "\D0" at s[i:] (RFC 4514, 2.4).
func unescape(s string, i int) (octet byte, next int, err error) {
	if i+2 < len(s) {
		if pair, ok := decodeHex(s[i+1 : i+3]); ok {
			return pair[0], i + 3, nil
		}
	}
	if i+1 < len(s) && strings.IndexByte(`,+"\<>;=# `, s[i+1]) >= 0 {
		return s[i+1], i + 2, nil
	}
	return 0, 0, ErrNameText
}
