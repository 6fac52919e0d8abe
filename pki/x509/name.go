// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509

import (
	"bytes"
	"slices"
	"strings"
	"unicode"

	"podpis/pki/der"
)

// Name is a distinguished name: its encoding and its attributes in the order of
// the encoding. The zero value is no name at all; the empty name has Raw.
type Name struct {
	Raw        []byte // DER of Name
	Attributes []Attribute
}

// Attribute is a type and a value of a name.
type Attribute struct {
	OID   der.OID
	Tag   der.Tag // string type; 0 in a new attribute: the one of the table
	Value string  // UTF-8; what is no text is "#" and the hexadecimal encoding
	Raw   []byte  // encoding of the value as it came, nil in a new attribute
	// Joined says that the attribute stands in one relative name with the one
	// before it (a multi-valued RDN).
	Joined bool
}

// ParseName reads Name (RFC 5280, 4.1.2.4).
func ParseName(raw []byte) (Name, error) {
	r := der.NewReader(raw)
	n := ReadName(r)
	return n, wrap("name", r.Close())
}

// ReadName is [ParseName] inside a larger format.
func ReadName(r *der.Reader) Name {
	before := r.Rest()
	s := r.Sequence()
	n := Name{Raw: before[:len(before)-len(r.Rest())]}
	for !s.Empty() {
		n.Attributes = append(n.Attributes, readRDN(s.Set())...)
		if len(n.Attributes) > maxNames {
			s.Fail("too many attributes")
		}
	}
	if r.Err() != nil {
		return Name{}
	}
	return n
}

// readRDN reads the content of RelativeDistinguishedName.
func readRDN(set *der.Reader) (attributes []Attribute) {
	if set.Empty() {
		set.Fail("relative name without attributes")
	}
	for !set.Empty() {
		s := set.Sequence()
		a := Attribute{OID: s.OID(), Joined: len(attributes) > 0}
		var content []byte
		a.Tag, a.Raw, content = s.Any()
		s.End()
		if s.Err() == nil {
			a.Value = attributeText(a, content)
		}
		attributes = append(attributes, a)
		if len(attributes) > maxNames {
			set.Fail("too many attributes")
		}
	}
	return attributes
}

// attributeText is the value for people. An authority of the field writes
// postalAddress as X.520, 6.6.1 has it, a SEQUENCE of lines, where others put a
// single string.
func attributeText(a Attribute, content []byte) string {
	if text, ok := decodeText(a.Tag, content); ok {
		return text
	}
	if a.Tag == der.TagSequence && a.OID == OIDPostalAddress {
		if lines, ok := textLines(content); ok {
			return strings.Join(lines, ", ")
		}
	}
	return "#" + encodeHex(a.Raw)
}

func textLines(content []byte) (lines []string, ok bool) {
	r := der.NewReader(content)
	for !r.Empty() {
		tag, _, c := r.Any()
		text, ok := decodeText(tag, c)
		if !ok {
			return nil, false
		}
		lines = append(lines, text)
	}
	return lines, r.Err() == nil && len(lines) > 0
}

// Get returns the value of the first attribute of the type, or "".
func (n Name) Get(oid der.OID) string {
	for _, a := range n.Attributes {
		if a.OID == oid {
			return a.Value
		}
	}
	return ""
}

// Empty reports a name without attributes.
func (n Name) Empty() bool { return len(n.Attributes) == 0 }

// DisplayName is what a list shows: the common name, or the next best.
func (n Name) DisplayName() string {
	for _, oid := range []der.OID{OIDCommonName, OIDOrganizationName, OIDOrganizationalUnitName, OIDEmailAddress} {
		if v := n.Get(oid); v != "" {
			return v
		}
	}
	return n.String()
}

// FullName is how a person is named in full: surname and given names where the name has
// both, else what a list shows.
func (n Name) FullName() string {
	if surname, given := n.Get(OIDSurname), n.Get(OIDGivenName); surname != "" && given != "" {
		return surname + " " + given
	}
	return n.DisplayName()
}

// Equal compares names as RFC 5280, 7.1 does: relative names in the same order,
// attributes of the same types, texts without regard to case, to the width of
// white space and to the string type. The display form is never compared.
func (n Name) Equal(o Name) bool {
	if n.Raw != nil && bytes.Equal(n.Raw, o.Raw) {
		return true
	}
	if len(n.Attributes) != len(o.Attributes) {
		return false
	}
	// One attribute after the other, as far as relative names of several, whose order
	// is free, allow: most names differ early, and keys of all need not be made.
	for i, a := range n.Attributes {
		b := o.Attributes[i]
		if a.Joined || b.Joined || i+1 < len(n.Attributes) && (n.Attributes[i+1].Joined || o.Attributes[i+1].Joined) {
			return n.Key() == o.Key()
		}
		if a.OID != b.OID || (a.Raw == nil || !bytes.Equal(a.Raw, b.Raw)) && a.key() != b.key() {
			return false
		}
	}
	return true
}

// Key is equal for names that are [Name.Equal], for use in maps. It is not for
// people.
func (n Name) Key() string {
	var b strings.Builder
	for i := 0; i < len(n.Attributes); {
		end := i + 1
		for end < len(n.Attributes) && n.Attributes[end].Joined {
			end++
		}
		rdn := make([]string, 0, end-i)
		for _, a := range n.Attributes[i:end] {
			rdn = append(rdn, a.key())
		}
		slices.Sort(rdn) // a relative name is a set
		for _, k := range rdn {
			b.WriteString(k)
			b.WriteByte(1)
		}
		b.WriteByte(0)
		i = end
	}
	return b.String()
}

func (a Attribute) key() string {
	if !isText(a.Tag) || a.Raw == nil {
		if a.Raw == nil {
			return string(a.OID) + "=" + foldText(a.Value)
		}
		return string(a.OID) + "#" + encodeHex(a.Raw)
	}
	if strings.HasPrefix(a.Value, "#") { // may be undecodable text
		return string(a.OID) + "=" + foldText(a.Value) + "#" + encodeHex(a.Raw)
	}
	return string(a.OID) + "=" + foldText(a.Value)
}

// foldText is the preparation of RFC 5280, 7.1 (RFC 4518 in its basics): case
// folded, white space trimmed and every run of it one space, control characters
// dropped. Compatibility decomposition is left out; authorities copy names octet
// by octet.
func foldText(s string) string {
	var b strings.Builder
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case unicode.IsControl(r):
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(unicode.ToLower(unicode.ToUpper(r)))
	}
	return b.String()
}

// warnText reports a string value whose octets its type does not have.
func (n Name) warnText() bool {
	for _, a := range n.Attributes {
		if !isText(a.Tag) {
			continue
		}
		r := der.NewReader(a.Raw)
		if _, ok := decodeText(a.Tag, r.Content(a.Tag)); !ok {
			return true
		}
	}
	return false
}
