// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// TestStringTypes checks that attributes are written in the types of the
// qualified certificate.
func TestStringTypes(t *testing.T) {
	t.Parallel()
	n := pkitest.Name(t, `CN=Иванов, SN=Иванов, G=Иван, C=RU, ST=77, L=г. Москва, STREET="ул. 1, д. 2", O=О, OU=П, T=Директор, `+
		`OGRN=1239900000010, SNILS=11223344595, INNLE=9901000010, OGRNIP=323990000000011, INN=990100001169, E=a@b.ru, DC=ru, SERIALNUMBER=12`)
	want := map[der.OID]der.Tag{
		x509.OIDCountryName: der.TagPrintableString, x509.OIDSerialNumber: der.TagPrintableString,
		x509.OIDEmailAddress: der.TagIA5String, x509.OIDDomainComponent: der.TagIA5String,
		x509.OIDOGRN: der.TagNumericString, x509.OIDSNILS: der.TagNumericString, x509.OIDINNLE: der.TagNumericString,
		x509.OIDOGRNIP: der.TagNumericString, x509.OIDINN: der.TagNumericString,
	}
	for _, a := range n.Attributes {
		tag := want[a.OID]
		if tag == 0 {
			tag = der.TagUTF8String
		}
		if a.Tag != tag || a.Joined {
			t.Errorf("%s: tag %x, want %x", a.OID, a.Tag, tag)
		}
	}
	if len(n.Attributes) != 18 || n.Get(x509.OIDStreetAddress) != "ул. 1, д. 2" || n.Get("1.2.3") != "" {
		t.Errorf("%s", n)
	}
}

func TestAttributeTable(t *testing.T) {
	t.Parallel()
	for _, a := range x509.AttributeTypes() {
		if got, ok := x509.AttributeByName(strings.ToLower(a.Short)); !ok || got.OID != a.OID {
			t.Errorf("%s: %v", a.Short, got)
		}
		if got, ok := x509.AttributeByOID(a.OID); !ok || got.Short != a.Short || !a.OID.Valid() {
			t.Errorf("%s: %v", a.OID, got)
		}
	}
	for name, oid := range map[string]der.OID{"ИНН": x509.OIDINN, "снилс": x509.OIDSNILS, "огрн": x509.OIDOGRN, "ОГРНИП": x509.OIDOGRNIP, "ИННЮЛ": x509.OIDINNLE, "S": x509.OIDStateOrProvinceName, "emailAddress": x509.OIDEmailAddress, "Surname": x509.OIDSurname} {
		if got, ok := x509.AttributeByName(name); !ok || got.OID != oid {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, name := range []string{"", " ", "X", "gn givenname"} {
		if got, ok := x509.AttributeByName(name); ok {
			t.Errorf("%q is %v", name, got)
		}
	}
}

// TestNameText lists texts and what they mean: the text of the name, or "" for
// none.
func TestNameText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"CN=a", "CN=a"},
		{" cn = a b ,o=c; OU=d", "CN=a b, O=c, OU=d"},
		{`CN=ООО "Пример", ИНН=990100001169`, `CN=ООО "Пример", INN=990100001169`},
		{`CN="ООО \"Пример\", Москва"`, `CN="ООО \"Пример\", Москва"`},
		{`CN=a\, b`, `CN="a, b"`},
		{`CN=a\ `, `CN="a "`},
		{`CN=\ a`, `CN=" a"`},
		{`CN=\D0\98ван`, "CN=Иван"},
		{`CN="a" , O=b`, "CN=a, O=b"},
		{`CN=a=b`, "CN=a=b"},
		{`CN=a+SN=b, O=c`, "CN=a + SN=b, O=c"},
		{`CN=a\\b`, `CN="a\\b"`},
		{`CN=a\"`, `CN=a"`},
		{`CN=\"a`, `CN="\"a"`},
		{"OID.1.2.3.4=x, 2.5.4.3=y", "1.2.3.4=x, CN=y"},
		{"CN=#0c0141", "CN=#0c0141"},
		{"", ""},
		{"CN", ""},
		{"CN=", ""},
		{"CN=a,", ""},
		{"CN=a,,O=b", ""},
		{"XX=a", ""},
		{"=a", ""},
		{`CN="a`, ""},
		{`CN="a"b`, ""},
		{`CN=a\`, ""},
		{`CN=a\q`, ""},
		{`CN=\ff`, ""},
		{`CN=\00`, ""},
		{"CN=a\x00", ""},
		{"CN=a\nb", ""},
		{"CN=\xff", ""},
		{"C=RUS", ""},
		{"C=Р1", ""},
		{"INN=12345", ""},
		{"INN=12345678901x", ""},
		{"E=почта@example.org", ""},
		{"CN=" + strings.Repeat("ы", 513), ""},
		{strings.Repeat("CN=a,", 4000) + "CN=a", ""},
	} {
		n, err := x509.NameByText(c.in)
		if got := n.String(); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q: %q, %v, want %q", c.in, got, err, c.want)
		}
		if err != nil && !errors.Is(err, x509.ErrNameText) && !errors.Is(err, x509.ErrName) {
			t.Errorf("%q: %v", c.in, err)
		}
	}
}

// TestNameTextRoundTrip checks that every name that can be made comes back from
// its text.
func TestNameTextRoundTrip(t *testing.T) {
	t.Parallel()
	types := x509.AttributeTypes()
	rapid.Check(t, func(t *rapid.T) {
		var attributes []x509.Attribute
		for i := range rapid.IntRange(1, 6).Draw(t, "n") {
			at := types[rapid.IntRange(0, 10).Draw(t, "type")]
			value := rapid.StringOfN(rapid.RuneFrom([]rune(`aЫ ",;+\#=<>.`+"\u200f\u00a0")), 1, 12, -1).Draw(t, "value")
			attributes = append(attributes, x509.Attribute{OID: at.OID, Value: value, Joined: i > 0 && rapid.Bool().Draw(t, "joined")})
		}
		n, err := x509.NewName(attributes...)
		if err != nil {
			return // C and E cannot hold every text
		}
		back, err := x509.NameByText(n.String())
		if err != nil || !bytes.Equal(back.Raw, n.Raw) {
			t.Fatalf("%q came back as %q, %v", n, back, err)
		}
		if again, err := x509.ParseName(n.Raw); err != nil || again.String() != n.String() || again.Key() != n.Key() {
			t.Fatalf("%q was read as %q, %v", n, again, err)
		}
	})
}

// TestHiddenCharacters checks that a name cannot pass for another on the screen.
func TestHiddenCharacters(t *testing.T) {
	t.Parallel()
	n, err := x509.ParseName(rawName("CN", der.TagUTF8String, "a\u202eb\x00c"))
	if err != nil {
		t.Fatal(err)
	}
	if got := n.String(); got != `CN=a\e2\80\aeb\00c` {
		t.Errorf("%q", got)
	}
}

// rawName encodes a name of one attribute as it is given.
func rawName(short string, tag der.Tag, value string) []byte {
	a, _ := x509.AttributeByName(short)
	return der.Sequence(der.SetOf(der.Sequence(der.ObjectID(a.OID), der.Text(tag, value))))
}

// TestTextDecoding reads the string types of the field.
func TestTextDecoding(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tag         der.Tag
		value, want string
	}{
		{der.TagUTF8String, "Иван", "Иван"},
		{der.TagPrintableString, "a_b@c", "a_b@c"},
		{der.TagBMPString, "\x04\x18\x04\x32", "Ив"},
		{der.TagBMPString, "\xd8\x3d\xde\x00", "\U0001F600"},
		{der.TagBMPString, "\x04", "#1e0104"},
		{der.TagUniversalString, "\x00\x00\x04\x18", "И"},
		{der.TagUniversalString, "\x00\x11\x00\x00", "#1c0400110000"},
		{der.TagUniversalString, "\x00", "#1c0100"},
		{der.TagT61String, "caf\xe9", "café"},
		{der.TagUTF8String, "\xff", "#0c01ff"},
		{der.TagPrintableString, "\xc8", "#1301c8"},
		{der.TagInteger, "\x05", "#020105"},
	} {
		n, err := x509.ParseName(rawName("CN", c.tag, c.value))
		if err != nil || n.Get(x509.OIDCommonName) != c.want {
			t.Errorf("%x %q: %q, %v", c.tag, c.value, n.Get(x509.OIDCommonName), err)
		}
		// What came from a certificate can be written again, octet by octet.
		if again, err := x509.NewName(n.Attributes...); err != nil || !bytes.Equal(again.Raw, n.Raw) {
			t.Errorf("%q: %x, %v", c.value, again.Raw, err)
		}
	}
	lines := der.Sequence(der.Text(der.TagUTF8String, "ул. 1"), der.Text(der.TagPrintableString, "RU"))
	n, err := x509.ParseName(der.Sequence(der.SetOf(der.Sequence(der.ObjectID(x509.OIDPostalAddress), lines))))
	if err != nil || n.Get(x509.OIDPostalAddress) != "ул. 1, RU" {
		t.Errorf("postal address: %s, %v", n, err)
	}
	odd := der.Sequence(der.Int(1))
	n, err = x509.ParseName(der.Sequence(der.SetOf(der.Sequence(der.ObjectID(x509.OIDPostalAddress), odd))))
	if err != nil || n.Get(x509.OIDPostalAddress) != "#3003020101" {
		t.Errorf("postal address of numbers: %s, %v", n, err)
	}
}

// TestNameEqual compares as RFC 5280, 7.1.
func TestNameEqual(t *testing.T) {
	t.Parallel()
	parse := func(raw []byte) x509.Name {
		n, err := x509.ParseName(raw)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	set := func(short string, tag der.Tag, v string) []byte {
		a, _ := x509.AttributeByName(short)
		return der.Sequence(der.ObjectID(a.OID), der.Text(tag, v))
	}
	base := parse(rawName("CN", der.TagUTF8String, "Иван Петров"))
	for name, c := range map[string]struct {
		other x509.Name
		want  bool
	}{
		"same":                {base, true},
		"case":                {parse(rawName("CN", der.TagUTF8String, "ИВАН ПЕТРОВ")), true},
		"white space":         {parse(rawName("CN", der.TagUTF8String, "  Иван \u00a0 Петров ")), true},
		"string type":         {parse(rawName("CN", der.TagBMPString, "\x04\x18\x04\x32\x04\x30\x04\x3d\x00 \x04\x1f\x04\x35\x04\x42\x04\x40\x04\x3e\x04\x32")), true},
		"attribute":           {parse(rawName("O", der.TagUTF8String, "Иван Петров")), false},
		"value":               {parse(rawName("CN", der.TagUTF8String, "ИванПетров")), false},
		"one more":            {pkitest.Name(t, "CN=Иван Петров, C=RU"), false},
		"empty":               {parse(der.Sequence()), false},
		"value that is not":   {parse(rawName("CN", der.TagInteger, "\x05")), false},
		"joined is not apart": {parse(der.Sequence(der.SetOf(set("CN", der.TagUTF8String, "Иван Петров"), set("C", der.TagPrintableString, "RU")))), false},
	} {
		if got := base.Equal(c.other); got != c.want || c.other.Equal(base) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	// A literal "#020105" is not the INTEGER 5, nor are two broken strings one.
	if parse(rawName("CN", der.TagUTF8String, "#020105")).Equal(parse(rawName("CN", der.TagInteger, "\x05"))) {
		t.Error("text equals number")
	}
	if parse(rawName("CN", der.TagUTF8String, "#0c01ff")).Equal(parse(rawName("CN", der.TagUTF8String, "\xff"))) {
		t.Error("text equals broken text")
	}
	ab := pkitest.Name(t, "CN=a + SN=b, O=c")
	if !ab.Equal(pkitest.Name(t, "SN=B + CN=A, O=C")) || ab.Equal(pkitest.Name(t, "CN=a, SN=b, O=c")) || ab.Equal(pkitest.Name(t, "O=c, CN=a + SN=b")) {
		t.Error("relative names")
	}
	// No value may imitate the boundaries of the key.
	if pkitest.Name(t, "CN=a, O=b").Equal(pkitest.Name(t, "CN=a2.5.4.10=b")) {
		t.Error("boundary imitated")
	}
}

// TestNameEqualIsKey: comparison one by one gives the answer of the whole keys.
func TestNameEqualIsKey(t *testing.T) {
	t.Parallel()
	equal := 0
	rapid.Check(t, func(t *rapid.T) {
		name := func(label string) x509.Name {
			var n x509.Name
			for range rapid.IntRange(0, 3).Draw(t, label+" attributes") {
				n.Attributes = append(n.Attributes, x509.Attribute{
					OID:    rapid.SampledFrom([]der.OID{x509.OIDCommonName, x509.OIDOrganizationName}).Draw(t, label),
					Value:  rapid.SampledFrom([]string{"a", "A", " a", "b"}).Draw(t, label),
					Tag:    rapid.SampledFrom([]der.Tag{der.TagUTF8String, der.TagPrintableString}).Draw(t, label),
					Joined: len(n.Attributes) > 0 && rapid.IntRange(0, 2).Draw(t, label) == 0,
				})
			}
			made, err := x509.NewName(n.Attributes...)
			if err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, label+" encoded") {
				return made
			}
			return n
		}
		a, b := name("a"), name("b")
		if a.Equal(b) != (a.Key() == b.Key()) || a.Equal(b) != b.Equal(a) {
			t.Fatalf("%q %q: %v", a.Key(), b.Key(), a.Equal(b))
		}
		if a.Equal(b) {
			equal++
		}
	})
	if equal == 0 {
		t.Error("no two names were equal")
	}
}

func TestNameParts(t *testing.T) {
	t.Parallel()
	n := pkitest.Name(t, "C=RU, CN=a, O=b, INN=990100001169")
	if n.DisplayName() != "a" || pkitest.Name(t, "C=RU, O=b").DisplayName() != "b" || pkitest.Name(t, "C=RU").DisplayName() != "C=RU" {
		t.Error("display names")
	}
	empty, err := x509.NewName()
	if err != nil || !empty.Empty() || n.Empty() || !bytes.Equal(empty.Raw, []byte{0x30, 0}) {
		t.Errorf("%x, %v", empty.Raw, err)
	}
	for _, a := range []x509.Attribute{
		{OID: "nonsense", Value: "x"}, {OID: x509.OIDCommonName}, {OID: x509.OIDCommonName, Tag: der.TagBMPString, Value: "x"},
		{OID: x509.OIDCommonName, Tag: der.TagNumericString, Value: "x"}, {OID: x509.OIDCommonName, Value: "\xff"},
	} {
		if _, err := x509.NewName(a); !errors.Is(err, x509.ErrName) {
			t.Errorf("%+v: %v", a, err)
		}
	}
	typed, err := x509.NewName(x509.Attribute{OID: x509.OIDCommonName, Tag: der.TagPrintableString, Value: "Test (1)"})
	if err != nil || typed.Attributes[0].Tag != der.TagPrintableString {
		t.Errorf("%v, %v", typed, err)
	}
	if !slices.Equal(x509.NewSerial([]byte{0, 0, 5}), []byte{5}) {
		t.Error("serial")
	}
}

func TestSerial(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, hex, decimal, encoded string }{
		{"00", "00", "0", "020100"},
		{"7f", "7F", "127", "02017f"},
		{"80", "80", "128", "02020080"},
		{"00 01", "01", "1", "020101"},
		{"01:00", "0100", "256", "02020100"},
		{"abc", "0ABC", "2748", "02020abc"},
		{"01DA2C6DEEB111100006836E381D0002", "01DA2C6DEEB111100006836E381D0002", "2462049846709275807166769678411169794", "021001da2c6deeb111100006836e381d0002"},
	} {
		s, err := x509.SerialFromHex(c.in)
		if err != nil || s.Hex() != c.hex || s.Decimal() != c.decimal && c.decimal != "" || !bytes.Equal(s.Encode(), unhex(t, c.encoded)) || s.String() != s.Hex() {
			t.Errorf("%s: %s, %s, %x, %v", c.in, s.Hex(), s.Decimal(), s.Encode(), err)
		}
		r := der.NewReader(s.Encode())
		if back := x509.ReadSerial(r); !back.Equal(s) || r.Close() != nil {
			t.Errorf("%s came back as %s", s, back)
		}
	}
	for _, bad := range []string{"", " ", "xyz", strings.Repeat("11", 65), "-1"} {
		if _, err := x509.SerialFromHex(bad); !errors.Is(err, x509.ErrSerial) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for in, want := range map[string][2]string{"0201ff": {"-01", "-1"}, "020180": {"-80", "-128"}, "0202ff00": {"-0100", "-256"}} {
		s := x509.ReadSerial(der.NewReader(unhex(t, in)))
		if !s.Negative() || s.Hex() != want[0] || s.Decimal() != want[1] || !bytes.Equal(s.Encode(), unhex(t, in)) {
			t.Errorf("%s: %s, %s, %x", in, s.Hex(), s.Decimal(), s.Encode())
		}
	}
	if x509.ReadSerial(der.NewReader(unhex(t, "0201ff"))).Equal(x509.ReadSerial(der.NewReader(unhex(t, "020200ff")))) {
		t.Error("-1 is 255")
	}
	r := der.NewReader(der.Unsigned(bytes.Repeat([]byte{1}, 65)))
	if x509.ReadSerial(r); r.Err() == nil {
		t.Error("65 octets were read")
	}
}

func TestFullName(t *testing.T) {
	t.Parallel()
	attribute := func(oid der.OID, value string) x509.Attribute { return x509.Attribute{OID: oid, Value: value} }
	for want, attributes := range map[string][]x509.Attribute{
		"Соколова Анна Ивановна": {attribute(x509.OIDCommonName, "ООО «Заря»"), attribute(x509.OIDSurname, "Соколова"), attribute(x509.OIDGivenName, "Анна Ивановна")},
		"ООО «Заря»":             {attribute(x509.OIDCommonName, "ООО «Заря»"), attribute(x509.OIDSurname, "Соколова")},
	} {
		n, err := x509.NewName(attributes...)
		if err != nil {
			t.Fatal(err)
		}
		if got := n.FullName(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
