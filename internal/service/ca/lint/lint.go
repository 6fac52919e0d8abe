// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package lint judges a certificate before the authority's key meets it. It
// looks at the encoded certificate, not at what it was made from, so that a
// mistake of the maker shows.
//
// The rules are those of RFC 5280 for every certificate, of RFC 9215 and the form
// of FSB order 795 for the names and extensions, and what the profile promises:
// what the profile does not name must not be there. Left out: whether a number
// such as an INN belongs to the person, which the registration desk has checked.
package lint

import (
	"bytes"
	"slices"
	"strings"
	"time"
	"unicode"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/x509"
)

// Rules are what the profile and the issuer promise of the certificate.
type Rules struct {
	Now         time.Time // of the issue
	CA          bool
	MaxPathLen  int // with CA; -1: no limit
	Keys        []alg.Kind
	KeyUsage    x509.KeyUsage
	ExtKeyUsage []der.OID
	EKUCritical bool
	Attributes  []Attribute // of the subject
	Policies    []der.OID
	Validity    time.Duration // at most, both ends included
	KeyPeriod   time.Duration // of privateKeyUsagePeriod at most; 0: not there

	// The addresses for relying parties; empty: must not be there.
	CRL, OCSP, Issuer string

	SubjectTool    string // empty: must not be there
	IssuerTool     *x509.IssuerSignTool
	Identification *int
	NoCheck        bool
}

// Attribute is what the profile says of an attribute of the subject.
type Attribute struct {
	OID      der.OID
	Required bool
	Max      int // characters; 0: what the type allows
}

// Finding is a rule that is broken.
type Finding struct {
	Rule string // the clause
	Text string
}

// Findings is the judgement: empty when nothing is wrong.
type Findings []Finding

// Error lists the findings.
func (f Findings) Error() string {
	texts := make([]string, len(f))
	for i, x := range f {
		texts[i] = x.Rule + ": " + x.Text
	}
	return "lint: " + strings.Join(texts, "; ")
}

// Check judges a certificate that is to be issued by an issuer; the certificate of
// a root is its own issuer.
func Check(c, issuer *x509.Certificate, rules Rules) Findings {
	j := &judge{c: c, issuer: issuer, root: c == issuer, rules: rules}
	j.form()
	j.validity()
	j.extensions()
	j.usage()
	j.identifiers()
	j.subject()
	j.addresses()
	j.tools()
	return j.found
}

type judge struct {
	c, issuer *x509.Certificate
	root      bool
	rules     Rules
	found     Findings
}

func (j *judge) must(ok bool, rule, text string) {
	if !ok {
		j.found = append(j.found, Finding{rule, text})
	}
}

func (j *judge) form() {
	j.must(j.c.Version == 3, "RFC 5280, 4.1.2.1", "version is not 3")
	n := len(j.c.Serial.Encode()) - 2 // tag and length
	j.must(n >= 8 && n <= 20 && !j.c.Serial.Negative(), "RFC 5280, 4.1.2.2", "serial number not positive of 8 to 20 octets")
	j.must(len(j.c.Warnings) == 0, "RFC 5280", "the reader has warnings")
	j.must(len(j.c.UnknownCritical) == 0, "RFC 5280, 4.2", "unknown critical extension")
	key := j.c.PublicKey
	j.must(key != nil && slices.Contains(j.rules.Keys, key.Kind()), "profile", "public key not of the profile")
	j.must(j.issuer.PublicKey != nil && j.c.SignatureAlgorithm.OID == j.issuer.PublicKey.Kind().Algorithm().OID,
		"RFC 5280, 4.1.1.2", "signature algorithm is not that of the authority's key")
	j.must(bytes.Equal(j.c.Issuer.Raw, j.issuer.Subject.Raw), "RFC 5280, 4.1.2.4", "issuer is not the name of the authority, octet by octet")
	if j.root {
		return
	}
	j.must(key == nil || !key.Equal(j.issuer.PublicKey), "RFC 5280, 4.1.2.7", "key of the authority itself")
	j.must(!j.c.SelfIssued(), "RFC 5280, 4.1.2.6", "subject bears the name of the authority")
}

// maxBackdating is how far the beginning of validity may lie from the clock: a
// certificate that says it was there before it was is a false statement.
const maxBackdating = time.Hour

func (j *judge) validity() {
	begin, end := j.c.NotBefore, j.c.NotAfter
	j.must(end.After(begin), "RFC 5280, 4.1.2.5", "ends before it begins")
	j.must(begin.Sub(j.rules.Now).Abs() <= maxBackdating, "profile", "does not begin now")
	j.must(j.root || !begin.Before(j.issuer.NotBefore), "RFC 5280, 6.1", "begins before its issuer")
	j.must(!end.After(j.issuer.NotAfter), "RFC 5280, 6.1", "outlives its issuer")
	// RFC 5280, 4.1.2.5: the last second belongs to the period.
	j.must(end.Sub(begin) < j.rules.Validity, "profile", "valid longer than the profile says")
	if j.rules.KeyPeriod == 0 {
		return // that it is not there, extensions sees
	}
	keyBegin, keyEnd := j.c.PrivateKeyNotBefore, j.c.PrivateKeyNotAfter
	j.must(keyBegin.Equal(begin) && keyEnd.After(keyBegin), "RFC 3280, 4.2.1.4", "period of the key does not begin with the certificate")
	j.must(keyEnd.Sub(keyBegin) < j.rules.KeyPeriod, "profile", "key usable longer than the profile says")
	j.must(!keyEnd.After(end), "RFC 3280, 4.2.1.4", "key usable longer than the certificate")
}

// extensions holds the list of extensions to the profile: what it promises is
// there, critical or not as it has to be, and nothing else is.
func (j *judge) extensions() {
	r := j.rules
	rows := []struct {
		oid              der.OID
		wanted, critical bool
		rule             string
	}{
		{x509.OIDKeyUsage, true, true, "RFC 5280, 4.2.1.3"},
		{x509.OIDBasicConstraints, true, true, "RFC 5280, 4.2.1.9"},
		{x509.OIDExtKeyUsage, len(r.ExtKeyUsage) > 0, r.EKUCritical, "RFC 5280, 4.2.1.12"},
		{x509.OIDSubjectKeyIdentifier, true, false, "RFC 5280, 4.2.1.2"},
		{x509.OIDAuthorityKeyIdentifier, true, false, "RFC 5280, 4.2.1.1"},
		{x509.OIDCertificatePolicies, len(r.Policies) > 0, false, "RFC 5280, 4.2.1.4"},
		{x509.OIDPrivateKeyUsagePeriod, r.KeyPeriod > 0, false, "RFC 3280, 4.2.1.4"},
		{x509.OIDSubjectSignTool, r.SubjectTool != "", false, "FSB order 795"},
		{x509.OIDIssuerSignTool, r.IssuerTool != nil, false, "FSB order 795"},
		{x509.OIDIdentificationKind, r.Identification != nil, false, "FSB order 795"},
		{x509.OIDOCSPNoCheck, r.NoCheck, false, "RFC 6960, 4.2.2.2.1"},
		{x509.OIDCRLDistributionPoints, r.CRL != "", false, "RFC 5280, 4.2.1.13"},
		{x509.OIDAuthorityInfoAccess, r.OCSP+r.Issuer != "", false, "RFC 5280, 4.2.2.1"},
	}
	known := map[der.OID]bool{}
	for _, row := range rows {
		e := x509.FindExtension(j.c.Extensions, row.oid)
		known[row.oid] = row.wanted
		j.must(!row.wanted || e != nil, row.rule, "extension missing: "+string(row.oid))
		j.must(e == nil || e.Critical == row.critical, row.rule, "extension critical or not as it must not be: "+string(row.oid))
	}
	for _, e := range j.c.Extensions {
		j.must(known[e.OID], "profile", "extension not of the profile: "+string(e.OID))
	}
}

func (j *judge) usage() {
	j.must(j.c.KeyUsage == j.rules.KeyUsage, "RFC 5280, 4.2.1.3", "key usage is not that of the profile")
	j.must(same(j.c.ExtKeyUsage, j.rules.ExtKeyUsage), "RFC 5280, 4.2.1.12", "extended key usage is not that of the profile")
	pathLen := -1
	if j.rules.CA {
		pathLen = j.rules.MaxPathLen
	}
	j.must(j.c.IsCA == j.rules.CA && j.c.MaxPathLen == pathLen, "RFC 5280, 4.2.1.9", "basic constraints are not those of the profile")
	j.must(same(j.c.PolicyOIDs(), j.rules.Policies), "RFC 5280, 4.2.1.4", "policies are not those of the profile")
}

// same compares lists; none and an empty one are alike.
func same[T comparable](a, b []T) bool { return len(a)+len(b) == 0 || slices.Equal(a, b) }

func (j *judge) identifiers() {
	j.must(j.c.PublicKey != nil && bytes.Equal(j.c.SubjectKeyID, x509.KeyID(j.c.PublicKey)),
		"RFC 5280, 4.2.1.2", "subject key identifier is not that of the key")
	j.must(len(j.c.AuthorityKeyID) > 0 && bytes.Equal(j.c.AuthorityKeyID, j.issuer.SubjectKeyID),
		"RFC 5280, 4.2.1.1", "authority key identifier is not that of the issuer")
	if len(j.c.AuthoritySerial) > 0 {
		j.must(j.c.AuthoritySerial.Equal(j.issuer.Serial), "RFC 5280, 4.2.1.1", "serial number of the authority is another")
	}
}

// subject applies every rule to every attribute: a rule that looks only at the
// first one has let bad names out of public authorities.
func (j *judge) subject() {
	present := map[der.OID]bool{}
	for _, a := range j.c.Subject.Attributes {
		j.must(!present[a.OID], "profile", "attribute twice: "+string(a.OID))
		present[a.OID] = true
		j.attribute(a)
	}
	for _, a := range j.rules.Attributes {
		j.must(!a.Required || present[a.OID], "FSB order 795", "attribute missing: "+string(a.OID))
	}
}

func (j *judge) attribute(a x509.Attribute) {
	at := slices.IndexFunc(j.rules.Attributes, func(r Attribute) bool { return r.OID == a.OID })
	t, known := x509.AttributeByOID(a.OID)
	if at < 0 || !known {
		j.must(false, "profile", "attribute not of the profile: "+string(a.OID))
		return
	}
	limit := t.Max
	if n := j.rules.Attributes[at].Max; n > 0 {
		limit = n
	}
	n := len([]rune(a.Value))
	j.must(a.Tag == t.Tag, "RFC 9215, 5", t.Short+" has another string type")
	j.must(!a.Joined, "RFC 5280, 4.1.2.4", t.Short+" shares its relative name with another")
	j.must(t.Length == 0 || n == t.Length, "RFC 9215, 5", t.Short+" has another length")
	j.must(n <= limit, "profile", t.Short+" is longer than the profile says")
	j.must(strings.TrimSpace(a.Value) == a.Value && a.Value != "", "RFC 5280, 4.1.2.4", t.Short+" is empty, or begins or ends with white space")
	j.must(!slices.ContainsFunc([]rune(a.Value), hidden), "profile", t.Short+" holds characters that cannot be seen")
	if t.Tag == der.TagNumericString {
		// X.680 lets a NumericString hold spaces; these numbers do not.
		j.must(strings.Trim(a.Value, "0123456789") == "", "RFC 9215, 5", t.Short+" holds other than digits")
	}
	if a.OID == x509.OIDCountryName {
		j.must(strings.ToUpper(a.Value) == a.Value && !strings.ContainsFunc(a.Value, func(r rune) bool { return r < 'A' || r > 'Z' }),
			"ISO 3166-1", "country is not two capital letters")
	}
}

// hidden reports characters that change how a name looks without being seen, and
// those that mean nothing to anybody else.
func hidden(r rune) bool {
	return unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar
}

func (j *judge) addresses() {
	for _, x := range []struct {
		got  []string
		want string
		rule string
	}{
		{j.c.CRLAddresses(), j.rules.CRL, "RFC 5280, 4.2.1.13"},
		{j.c.OCSPServers, j.rules.OCSP, "RFC 5280, 4.2.2.1"},
		{j.c.IssuingURLs, j.rules.Issuer, "RFC 5280, 4.2.2.1"},
	} {
		var want []string
		if x.want != "" {
			want = []string{x.want}
		}
		j.must(same(x.got, want), x.rule, "address for relying parties is not that of the authority")
		j.must(x.want == "" || strings.HasPrefix(x.want, "http://") || strings.HasPrefix(x.want, "https://"), x.rule, "address is not of HTTP")
	}
}

// tools judges the extensions of the qualified certificate: the tools, and how the
// holder was identified (FSB order 795).
func (j *judge) tools() {
	j.must(j.c.SubjectSignTool == j.rules.SubjectTool && len([]rune(j.c.SubjectSignTool)) <= 200, "FSB order 795", "tool of the holder is not that of the profile")
	if got, want := j.c.IssuerSignTool, j.rules.IssuerTool; got != nil && want != nil {
		j.must(*got == *want, "FSB order 795", "tools of the authority are not those of the profile")
		for i, text := range []string{got.SignTool, got.CATool, got.SignToolCert, got.CAToolCert} {
			limit := 200
			if i >= 2 {
				limit = 100
			}
			j.must(text != "" && len([]rune(text)) <= limit, "FSB order 795", "name of a tool empty or too long")
		}
	}
	if want := j.rules.Identification; want != nil {
		got := j.c.IdentificationKind
		j.must(got == *want && got >= 0 && got <= 3, "FSB order 795", "kind of identification is not that of the profile")
	}
}
