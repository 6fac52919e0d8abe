// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package path

import (
	"strings"
	"testing"

	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

func general(kind x509.NameKind, value string) []byte { return der.Text(der.Context(int(kind)), value) }

func address(octets ...byte) []byte { return der.Element(der.Context(int(x509.IPAddress)), octets) }

func directory(t *testing.T, text string) []byte {
	return der.Explicit(int(x509.DirectoryName), pkitest.Name(t, text).Raw)
}

func readName(t *testing.T, raw []byte) x509.GeneralName {
	t.Helper()
	r := der.NewReader(raw)
	g := x509.ReadGeneralName(r)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return g
}

// TestNameConstraints compares one name with one subtree, permitted and excluded.
func TestNameConstraints(t *testing.T) {
	t.Parallel()
	mail := func(v string) []byte { return general(x509.EmailName, v) }
	dns := func(v string) []byte { return general(x509.DNSName, v) }
	uri := func(v string) []byte { return general(x509.URIName, v) }
	other := der.Element(der.ContextConstructed(0), append(der.ObjectID("1.2.3"), der.Explicit(0, der.Null())...))
	no, yes, bad := "no", "yes", "bad"
	for _, c := range []struct {
		what       string
		base, name []byte
		permitted  string // yes: within, no: outside, bad: cannot be compared
		excluded   string // the same when it differs
	}{
		{"the mailbox", mail("User@Example.COM"), mail("User@example.com"), yes, ""},
		{"local parts have case", mail("User@example.com"), mail("user@example.com"), no, ""},
		{"host of mailboxes", mail("example.com"), mail("a@example.com"), yes, ""},
		{"not of hosts below", mail("example.com"), mail("a@b.example.com"), no, ""},
		{"hosts below", mail(".example.com"), mail("a@b.example.com"), yes, ""},
		{"not the host itself", mail(".example.com"), mail("a@example.com"), no, ""},
		{"last sign", mail("example.com"), mail("\"a@evil.com\"@example.com"), yes, ""},
		{"no mailbox", mail("example.com"), mail("example.com"), bad, ""},
		{"domain", dns("example.com"), dns("EXAMPLE.com"), yes, ""},
		{"below", dns("example.com"), dns("a.b.example.com"), yes, ""},
		{"end of a label", dns("example.com"), dns("myexample.com"), no, ""},
		{"period first", dns(".example.com"), dns("a.example.com"), yes, ""},
		{"period first, itself", dns(".example.com"), dns("example.com"), no, ""},
		{"all", dns(""), dns("a.example"), yes, ""},
		{"final period", dns("example.com"), dns("example.com."), bad, ""},
		{"space", dns("example.com"), dns(" "), bad, ""},
		{"wildcard below", dns("example.com"), dns("*.example.com"), yes, ""},
		{"wildcard around", dns("www.example.com"), dns("*.example.com"), no, yes},
		{"host of a URI", uri("example.com"), uri("https://u@EXAMPLE.com:443/x@evil.org"), yes, ""},
		{"other host", uri("example.com"), uri("https://evil.org/example.com"), no, ""},
		{"user like a host", uri("example.com"), uri("https://example.com@evil.org/"), no, ""},
		{"hosts of URIs below", uri(".example.com"), uri("ldap://a.example.com?x"), yes, ""},
		{"URI without host", uri("example.com"), uri("urn:example.com"), bad, ""},
		{"URI with an address", uri("example.com"), uri("https://127.0.0.1/"), bad, ""},
		{"URI with an address in brackets", uri("example.com"), uri("https://[::1]/"), bad, ""},
		{"network", address(10, 0, 0, 0, 255, 0, 0, 0), address(10, 200, 3, 4), yes, ""},
		{"other network", address(10, 0, 0, 0, 255, 0, 0, 0), address(11, 0, 0, 1), no, ""},
		{"all of version 4", address(0, 0, 0, 0, 0, 0, 0, 0), address(make([]byte, 16)...), no, ""},
		{"address of no length", address(10, 0, 0, 0, 255, 0, 0, 0), address(10, 0, 0), bad, ""},
		{"names below", directory(t, "O=Org"), directory(t, "O=ORG,CN=x"), yes, ""},
		{"another name", directory(t, "O=Org"), directory(t, "O=Orga,CN=x"), no, ""},
		{"a form that is not understood", other, other, bad, ""},
	} {
		for _, excluding := range []bool{false, true} {
			base, ok := newSubtree(readName(t, c.base))
			if !ok {
				t.Fatalf("%s: base", c.what)
			}
			want := c.permitted
			if excluding && c.excluded != "" {
				want = c.excluded
			}
			s := subtrees{left: 1}
			n := newName(readName(t, c.name))
			constrained, found, r := s.find([]subtree{base}, &n, excluding)
			got := no
			switch {
			case r != "":
				got = bad
			case found:
				got = yes
			}
			// Other kinds of addresses are constrained with those of their form.
			if got != want || !constrained {
				t.Errorf("%s (excluding %v): %s, want %s", c.what, excluding, got, want)
			}
		}
	}
}

// TestSubjectAddress: the address in the subject counts when no other is named.
func TestSubjectAddress(t *testing.T) {
	t.Parallel()
	base, _ := newSubtree(x509.GeneralName{Kind: x509.EmailName, Value: "example.com"})
	c := &x509.Certificate{Subject: x509.Name{Attributes: []x509.Attribute{{OID: x509.OIDEmailAddress, Tag: der.TagIA5String, Value: "a@evil.org"}}}}
	check := func() Reason {
		s := subtrees{left: maxComparisons, permitted: [][]subtree{{base}}}
		return s.check(c)
	}
	if r := check(); r != ReasonNameNotPermitted {
		t.Errorf("address in the subject: %q", r)
	}
	c.SubjectAltName = []x509.GeneralName{readName(t, general(x509.DNSName, "host.evil.org"))}
	if r := check(); r != ReasonNameNotPermitted {
		t.Errorf("address in the subject beside a host: %q", r)
	}
	c.SubjectAltName = []x509.GeneralName{readName(t, general(x509.EmailName, "a@example.com"))}
	if r := check(); r != "" {
		t.Errorf("another address is named: %q", r)
	}
	utf8 := der.Element(der.ContextConstructed(0), append(der.ObjectID("1.3.6.1.5.5.7.8.9"), der.Explicit(0, der.Text(der.TagUTF8String, "почта@evil.org"))...))
	c.SubjectAltName = append(c.SubjectAltName, readName(t, utf8))
	if r := check(); r != ReasonNameForm {
		t.Errorf("an address with other letters: %q", r)
	}
}

// TestComparisonsAreBounded: names times constraints end with a reason.
func TestComparisonsAreBounded(t *testing.T) {
	t.Parallel()
	base, _ := newSubtree(x509.GeneralName{Kind: x509.DNSName, Value: "example.com"})
	s := subtrees{left: maxComparisons}
	for range 16 {
		list := make([]subtree, maxMappings)
		for i := range list {
			list[i] = base
		}
		s.excluded = append(s.excluded, list...)
	}
	c := new(x509.Certificate)
	for range 1000 {
		c.SubjectAltName = append(c.SubjectAltName, x509.GeneralName{Kind: x509.DNSName, Value: "a.org"})
	}
	if r := s.check(c); r != ReasonBound {
		t.Errorf("%q", r)
	}
}

// TestBrokenExtensions: what each parser refuses, and why.
func TestBrokenExtensions(t *testing.T) {
	t.Parallel()
	small := func(n int, v ...byte) []byte { return der.Element(der.Context(n), v) }
	subtreeOf := func(n int, parts ...[]byte) []byte {
		return der.Sequence(der.Element(der.ContextConstructed(n), der.Sequence(parts...)))
	}
	host := general(x509.DNSName, "example.com")
	for _, c := range []struct {
		what   string
		oid    der.OID
		value  []byte
		reason string
	}{
		{"mappings", oidPolicyMappings, der.Sequence(), "empty list of mappings"},
		{"mapping of one", oidPolicyMappings, der.Sequence(der.Sequence(der.ObjectID("1.2.3"))), "element missing"},
		{"too many mappings", oidPolicyMappings, der.Sequence([]byte(strings.Repeat(string(der.Sequence(der.ObjectID("1.2"), der.ObjectID("1.2"))), maxMappings+1))), "too many mappings"},
		{"constraints", oidPolicyConstraints, der.Sequence(), "policy constraints without content"},
		{"negative", oidPolicyConstraints, der.Sequence(small(0, 0xff)), "negative number of certificates"},
		{"order", oidPolicyConstraints, der.Sequence(small(1, 1), small(0, 1)), "trailing octets"},
		{"no octets", oidInhibitAnyPolicy, der.Element(der.TagInteger, nil), "integer without octets"},
		{"trailing", oidInhibitAnyPolicy, append(der.Int(1), 0), "trailing octets"},
		{"names", OIDNameConstraints, der.Sequence(), "name constraints without content"},
		{"no subtrees", OIDNameConstraints, der.Sequence(der.Element(der.ContextConstructed(0), nil)), "empty list of subtrees"},
		{"minimum", OIDNameConstraints, subtreeOf(0, host, small(0, 1)), "minimum of a subtree is not zero"},
		{"maximum", OIDNameConstraints, subtreeOf(1, host, small(1, 1)), "trailing octets"},
		{"host", OIDNameConstraints, subtreeOf(0, general(x509.DNSName, "a..b")), "malformed base"},
		{"no mask", OIDNameConstraints, subtreeOf(0, address(1, 2, 3, 4)), "malformed base"},
		{"mask with holes", OIDNameConstraints, subtreeOf(0, address(1, 2, 3, 4, 255, 0, 255, 0)), "malformed base"},
	} {
		_, err := readConstraints(&x509.Certificate{Extensions: []x509.Extension{{OID: c.oid, Value: c.value}}})
		if err == nil || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%s: %v, want %q", c.what, err, c.reason)
		}
	}
	good, err := readConstraints(&x509.Certificate{Extensions: []x509.Extension{
		{OID: oidPolicyConstraints, Value: der.Sequence(small(0, 3), small(1, 1, 0))},
		{OID: oidInhibitAnyPolicy, Value: der.Int(7)},
		{OID: OIDNameConstraints, Value: subtreeOf(1, host)},
	}})
	if err != nil || good.requirePolicy != 3 || good.inhibitMap <= maxLength || good.inhibitAny != 7 || len(good.names.excluded) != 1 {
		t.Errorf("%+v, %v", good, err)
	}
}

func FuzzConstraints(f *testing.F) {
	for i, value := range [][]byte{
		der.Sequence(der.Element(der.ContextConstructed(0), der.Sequence(general(x509.DNSName, "example.com")))),
		der.Sequence(der.Element(der.ContextConstructed(1), der.Sequence(address(10, 0, 0, 0, 255, 0, 0, 0)))),
		der.Sequence(der.Element(der.ContextConstructed(1), der.Sequence(general(x509.EmailName, ".example.com")))),
		der.Sequence(der.Element(der.ContextConstructed(1), der.Sequence(general(x509.URIName, "example.com")))),
		der.Sequence(der.Sequence(der.ObjectID("1.2.3"), der.ObjectID("1.2.4"))),
		der.Sequence(der.Element(der.Context(0), []byte{1})), der.Int(1),
	} {
		f.Add(byte(i), value, general(x509.URIName, "https://a@example.com:1/"))
	}
	oids := []der.OID{OIDNameConstraints, oidPolicyMappings, oidPolicyConstraints, oidInhibitAnyPolicy}
	f.Fuzz(func(t *testing.T, which byte, value, name []byte) {
		limits, err := readConstraints(&x509.Certificate{Extensions: []x509.Extension{{OID: oids[int(which)%len(oids)], Value: value}}})
		if err != nil {
			return
		}
		if len(limits.mappings) > maxMappings || limits.requirePolicy < unlimited || limits.inhibitAny < unlimited || limits.inhibitMap < unlimited {
			t.Errorf("%+v", limits)
		}
		r := der.NewReader(name)
		g := x509.ReadGeneralName(r)
		if r.Close() != nil || limits.names == nil {
			return
		}
		c := &x509.Certificate{Fields: x509.Fields{SubjectAltName: []x509.GeneralName{g}}}
		// A name cannot be both within what is permitted and within the same excluded.
		p := subtrees{left: maxComparisons}
		p.add(limits.names)
		e := subtrees{left: maxComparisons}
		e.add(&nameConstraints{excluded: limits.names.permitted})
		kinds := map[x509.NameKind]bool{}
		for _, s := range limits.names.permitted {
			kinds[s.kind] = true
		}
		if kinds[g.Kind] && p.check(c) == "" && e.check(c) == "" {
			t.Errorf("%x is neither within nor without", name)
		}
	})
}
