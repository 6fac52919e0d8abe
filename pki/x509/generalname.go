// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509

import (
	"podpis/pki/der"
)

// NameKind is an alternative of GeneralName (RFC 5280, 4.2.1.6).
type NameKind int

// The alternatives, by their tag numbers.
const (
	OtherName     NameKind = 0
	EmailName     NameKind = 1
	DNSName       NameKind = 2
	X400Address   NameKind = 3
	DirectoryName NameKind = 4
	EDIPartyName  NameKind = 5
	URIName       NameKind = 6
	IPAddress     NameKind = 7
	RegisteredID  NameKind = 8
)

// GeneralName is one of several forms of a name.
type GeneralName struct {
	Kind  NameKind
	Value string // text of an address; hexadecimal octets of the forms without one
	Name  Name   // of a DirectoryName
	Raw   []byte // the element as it came, nil in a new one
}

// URI returns a GeneralName with an address.
func URI(address string) GeneralName { return GeneralName{Kind: URIName, Value: address} }

// Directory returns a GeneralName with a distinguished name.
func Directory(n Name) GeneralName { return GeneralName{Kind: DirectoryName, Name: n} }

// ReadGeneralNames reads the content of GeneralNames.
func ReadGeneralNames(s *der.Reader) (names []GeneralName) {
	for !s.Empty() {
		names = append(names, ReadGeneralName(s))
		if len(names) > maxNames {
			s.Fail("too many names")
		}
	}
	return names
}

// ReadGeneralName reads one GeneralName.
func ReadGeneralName(r *der.Reader) GeneralName {
	tag, raw, content := r.Any()
	g := GeneralName{Kind: NameKind(tag & 0x1f), Raw: raw}
	switch tag {
	case der.Context(int(EmailName)), der.Context(int(DNSName)), der.Context(int(URIName)):
		g.Value = addressText(content)
	case der.ContextConstructed(int(DirectoryName)):
		n, err := ParseName(content) // EXPLICIT, for Name is a CHOICE
		if err != nil {
			r.FailWith(err)
		}
		g.Name = n
	default:
		if tag&0xc0 != der.Context(0) || g.Kind > RegisteredID {
			r.Fail("general name expected")
		}
		g.Value = encodeHex(content)
	}
	return g
}

// addressText reads IA5String, or UTF-8 where an address was written with its
// Cyrillic letters as they are.
func addressText(content []byte) string {
	if text, ok := decodeText(der.TagUTF8String, content); ok {
		return text
	}
	return "#" + encodeHex(content)
}

// Encode returns the name: the octets it came with, or those of a new URI,
// address or directory name.
func (g GeneralName) Encode() ([]byte, error) {
	switch {
	case g.Raw != nil:
		return g.Raw, nil
	case g.Kind == DirectoryName && g.Name.Raw != nil:
		return der.Explicit(int(g.Kind), g.Name.Raw), nil
	case g.Kind == EmailName, g.Kind == DNSName, g.Kind == URIName:
		if g.Value == "" || !fits(der.TagIA5String, g.Value) {
			return nil, wrap("general name", ErrName)
		}
		return der.Text(der.Context(int(g.Kind)), g.Value), nil
	}
	return nil, wrap("general name", ErrTemplate)
}

// EncodeGeneralNames returns the content of GeneralNames.
func EncodeGeneralNames(names []GeneralName) ([]byte, error) {
	var out []byte
	for _, g := range names {
		e, err := g.Encode()
		if err != nil {
			return nil, err
		}
		out = append(out, e...)
	}
	return out, nil
}

// addresses returns the values of the URIs among the names.
func addresses(names []GeneralName) (uris []string) {
	for _, g := range names {
		if g.Kind == URIName {
			uris = append(uris, g.Value)
		}
	}
	return uris
}
