// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509

import (
	"strings"
	"unicode/utf8"

	"podpis/pki/der"
)

// AttributeType is a row of the table of attributes.
type AttributeType struct {
	OID     der.OID
	Short   string  // as Russian programs show it: SN is the surname, G the given name
	Tag     der.Tag // string type that is written
	Length  int     // exact number of characters, 0 for any up to Max
	Max     int
	aliases string // other names that are read, in lower case, each between spaces
}

// maxValue bounds attributes without a bound of their own. X.520 has 64 for most;
// certificates of the field exceed it, for names of organisations do.
const maxValue = 512

// AttributeTypes lists the attributes that have a short name. The string types
// are those of the qualified certificate.
func AttributeTypes() []AttributeType {
	const (
		utf8String = der.TagUTF8String
		numeric    = der.TagNumericString
		printable  = der.TagPrintableString
		ia5        = der.TagIA5String
	)
	return []AttributeType{
		{OIDCommonName, "CN", utf8String, 0, maxValue, " commonname "},
		{OIDSurname, "SN", utf8String, 0, maxValue, " surname "},
		{OIDGivenName, "G", utf8String, 0, maxValue, " gn givenname "},
		{OIDCountryName, "C", printable, 2, 2, " countryname "},
		{OIDStateOrProvinceName, "ST", utf8String, 0, maxValue, " s stateorprovincename "},
		{OIDLocalityName, "L", utf8String, 0, maxValue, " localityname "},
		{OIDStreetAddress, "STREET", utf8String, 0, maxValue, " streetaddress "},
		{OIDOrganizationName, "O", utf8String, 0, maxValue, " organizationname "},
		{OIDOrganizationalUnitName, "OU", utf8String, 0, maxValue, " organizationalunitname "},
		{OIDTitle, "T", utf8String, 0, maxValue, " title "},
		{OIDEmailAddress, "E", ia5, 0, 255, " email emailaddress "},
		{OIDINN, "INN", numeric, 12, 12, " инн "},
		{OIDINNLE, "INNLE", numeric, 10, 10, " иннюл инн_юл "},
		{OIDOGRN, "OGRN", numeric, 13, 13, " огрн "},
		{OIDOGRNIP, "OGRNIP", numeric, 15, 15, " огрнип "},
		{OIDSNILS, "SNILS", numeric, 11, 11, " снилс "},
		{OIDUnstructuredName, "UN", utf8String, 0, maxValue, " unstructuredname "},
		{OIDSerialNumber, "SERIALNUMBER", printable, 0, 64, " "},
		{OIDPostalAddress, "POSTALADDRESS", utf8String, 0, maxValue, " "},
		{OIDPostalCode, "POSTALCODE", utf8String, 0, 40, " "},
		{OIDDescription, "DESCRIPTION", utf8String, 0, maxValue, " "},
		{OIDBusinessCategory, "BUSINESSCATEGORY", utf8String, 0, 128, " "},
		{OIDName, "NAME", utf8String, 0, maxValue, " "},
		{OIDInitials, "INITIALS", utf8String, 0, maxValue, " i "},
		{OIDGenerationQualifier, "GENERATION", utf8String, 0, maxValue, " generationqualifier "},
		{OIDDNQualifier, "DNQ", printable, 0, maxValue, " dnqualifier "},
		{OIDPseudonym, "PSEUDONYM", utf8String, 0, 128, " "},
		{OIDDomainComponent, "DC", ia5, 0, 255, " domaincomponent "},
		{OIDUserID, "UID", utf8String, 0, 255, " userid "},
	}
}

// AttributeByName finds an attribute type by its short name or another that
// programs show, in any case.
func AttributeByName(name string) (AttributeType, bool) {
	lower := strings.ToLower(name)
	for _, t := range AttributeTypes() {
		if strings.EqualFold(t.Short, name) || !strings.Contains(lower, " ") && strings.Contains(t.aliases, " "+lower+" ") {
			return t, true
		}
	}
	return AttributeType{}, false
}

// AttributeByOID finds an attribute type by its identifier.
func AttributeByOID(oid der.OID) (AttributeType, bool) {
	for _, t := range AttributeTypes() {
		if t.OID == oid {
			return t, true
		}
	}
	return AttributeType{}, false
}

// NewName encodes a name, one relative name for each attribute that is not
// Joined, in the given order. Attributes that came from a parsed name keep their
// octets; new ones get the string type of the table unless they name one. A value
// that its type cannot hold is [ErrName].
func NewName(attributes ...Attribute) (Name, error) {
	encoded := make([][]byte, 0, len(attributes))
	var rdn [][]byte
	for i, a := range attributes {
		value, err := encodeAttribute(a)
		if err != nil {
			return Name{}, err
		}
		if !a.Joined || i == 0 {
			if rdn != nil {
				encoded = append(encoded, der.SetOf(rdn...))
			}
			rdn = nil
		}
		rdn = append(rdn, der.Sequence(der.ObjectID(a.OID), value))
	}
	if rdn != nil {
		encoded = append(encoded, der.SetOf(rdn...))
	}
	return ParseName(der.Sequence(encoded...))
}

func encodeAttribute(a Attribute) ([]byte, error) {
	if !a.OID.Valid() {
		return nil, wrap("attribute "+string(a.OID), ErrName)
	}
	if a.Raw != nil {
		return a.Raw, nil
	}
	t, known := AttributeByOID(a.OID)
	if !known {
		t = AttributeType{OID: a.OID, Tag: der.TagUTF8String, Max: maxValue}
	}
	if a.Tag != 0 {
		t.Tag = a.Tag
	}
	n := utf8.RuneCountInString(a.Value)
	if n == 0 || n > t.Max || t.Length != 0 && n != t.Length || !fits(t.Tag, a.Value) {
		return nil, wrap("attribute "+t.label(), ErrName)
	}
	return der.Text(t.Tag, a.Value), nil
}

func (t AttributeType) label() string {
	if t.Short != "" {
		return t.Short
	}
	return string(t.OID)
}
