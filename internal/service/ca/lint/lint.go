// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package lint judges a certificate before the authority's key meets it. It
// looks at the encoded certificate, not at what it was made from, so that a
// mistake of the maker shows.
//
// The rules are those of RFC 5280 for every certificate, of RFC 9215 and the form
// of FSB order 795 for the names and extensions, and what the profile promises.
package lint

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"podpis/pki/der"
	"podpis/pki/x509"
)

// Rules are what the profile promises of the certificate.
type Rules struct {
	CA          bool
	KeyUsage    x509.KeyUsage
	ExtKeyUsage []der.OID
	Required    []der.OID // attributes of the subject
	Allowed     []der.OID
	Policies    []der.OID
	MaxValidity time.Duration
	Holder      bool // carries the extensions of a holder's certificate
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

// Check judges a certificate that is to be issued by an issuer.
func Check(c, issuer *x509.Certificate, rules Rules) Findings {
	j := &judge{c: c, issuer: issuer, rules: rules}
	j.form()
	j.validity()
	j.usage()
	j.identifiers()
	j.subject()
	j.addresses()
	if rules.Holder {
		j.holder()
	}
	return j.found
}

type judge struct {
	c, issuer *x509.Certificate
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
	n := len(j.c.Serial)
	j.must(n >= 8 && n <= 20, "RFC 5280, 4.1.2.2", "serial number not of 8 to 20 octets")
	j.must(len(j.c.Warnings) == 0, "RFC 5280", "the reader has warnings")
	j.must(len(j.c.UnknownCritical) == 0, "RFC 5280, 4.2", "unknown critical extension")
	j.must(j.c.PublicKey != nil, "RFC 9215, 4", "unknown public key")
	j.must(j.c.Issuer.Equal(j.issuer.Subject), "RFC 5280, 4.1.2.4", "issuer is not the name of the authority")
	j.must(j.c.PublicKey == nil || !j.c.PublicKey.Equal(j.issuer.PublicKey), "RFC 5280, 4.1.2.7", "key of the authority itself")
}

func (j *judge) validity() {
	j.must(j.c.NotAfter.After(j.c.NotBefore), "RFC 5280, 4.1.2.5", "ends before it begins")
	j.must(!j.c.NotAfter.After(j.issuer.NotAfter), "RFC 5280, 6.1", "outlives its issuer")
	j.must(j.c.NotAfter.Sub(j.c.NotBefore) <= j.rules.MaxValidity, "profile", "valid longer than the profile says")
	if !j.c.PrivateKeyNotAfter.IsZero() {
		j.must(!j.c.PrivateKeyNotAfter.After(j.c.NotAfter.Add(time.Second)), "RFC 5280, 4.2.1.4", "key usable longer than the certificate")
	}
}

func (j *judge) usage() {
	j.must(j.c.HasKeyUsage && j.c.KeyUsage == j.rules.KeyUsage, "RFC 5280, 4.2.1.3", "key usage is not that of the profile")
	j.must(slices.Equal(j.c.ExtKeyUsage, j.rules.ExtKeyUsage) || len(j.c.ExtKeyUsage)+len(j.rules.ExtKeyUsage) == 0,
		"RFC 5280, 4.2.1.12", "extended key usage is not that of the profile")
	j.must(j.c.IsCA == j.rules.CA, "RFC 5280, 4.2.1.9", "basic constraints are not those of the profile")
	if e := x509.FindExtension(j.c.Extensions, "2.5.29.15"); e != nil {
		j.must(e.Critical, "RFC 5280, 4.2.1.3", "key usage not critical")
	}
	j.must(slices.Equal(j.c.PolicyOIDs(), j.rules.Policies) || len(j.c.Policies)+len(j.rules.Policies) == 0,
		"RFC 5280, 4.2.1.4", "policies are not those of the profile")
}

func (j *judge) identifiers() {
	j.must(len(j.c.SubjectKeyID) == 20, "RFC 5280, 4.2.1.2", "subject key identifier missing")
	j.must(len(j.c.AuthorityKeyID) > 0 && string(j.c.AuthorityKeyID) == string(j.issuer.SubjectKeyID),
		"RFC 5280, 4.2.1.1", "authority key identifier is not that of the issuer")
}

// subject applies every rule to every attribute: a rule that looks only at the
// first one has let bad names out of public authorities.
func (j *judge) subject() {
	var present []der.OID
	for _, a := range j.c.Subject.Attributes {
		j.must(!slices.Contains(present, a.OID), "profile", "attribute twice: "+string(a.OID))
		present = append(present, a.OID)
		j.must(slices.Contains(j.rules.Allowed, a.OID), "profile", "attribute not of the profile: "+string(a.OID))
		t, known := x509.AttributeByOID(a.OID)
		if !known {
			j.must(false, "RFC 9215, 5", "unknown attribute "+string(a.OID))
			continue
		}
		runes := []rune(a.Value)
		j.must(a.Tag == t.Tag, "RFC 9215, 5", t.Short+" has another string type")
		j.must(t.Length == 0 || len(runes) == t.Length, "RFC 9215, 5", t.Short+" has another length")
		j.must(strings.TrimSpace(a.Value) == a.Value && a.Value != "", "RFC 5280, 4.1.2.4", t.Short+" begins or ends with white space")
		j.must(!slices.ContainsFunc(runes, hidden), "profile", t.Short+" holds characters that cannot be seen")
	}
	for _, oid := range j.rules.Required {
		j.must(slices.Contains(present, oid), "FSB order 795", "attribute missing: "+string(oid))
	}
}

// hidden reports characters that change how a name looks without being seen.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar
}

func (j *judge) addresses() {
	if j.c.OCSPNoCheck {
		return
	}
	for _, list := range [][]string{j.c.CRLAddresses(), j.c.OCSPServers, j.c.IssuingURLs} {
		j.must(len(list) > 0, "RFC 5280, 4.2.1.13", "an address for relying parties is missing")
		for _, a := range list {
			j.must(strings.HasPrefix(a, "http://") || strings.HasPrefix(a, "https://"), "RFC 5280, 4.2.2.1", "address is not of HTTP")
		}
	}
}

func (j *judge) holder() {
	j.must(j.c.SubjectSignTool != "" && len([]rune(j.c.SubjectSignTool)) <= 200, "FSB order 795", "tool of the holder missing")
	t := j.c.IssuerSignTool
	j.must(t != nil, "FSB order 795", "tools of the authority missing")
	if t != nil {
		fits := len([]rune(t.SignTool)) <= 200 && len([]rune(t.CATool)) <= 200 && len([]rune(t.SignToolCert)) <= 100 && len([]rune(t.CAToolCert)) <= 100
		j.must(fits, "FSB order 795", "names of tools too long")
	}
	j.must(j.c.IdentificationKind >= 0 && j.c.IdentificationKind <= 3, "FSB order 795", "kind of identification missing")
}
