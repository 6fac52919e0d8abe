// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package lint_test

import (
	"strings"
	"testing"
	"time"

	"podpis/internal/service/ca/lint"
	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// The rules of a certificate as the test's authority makes them; each row of the
// table turns one of them, and the judge has to name it and nothing else.
func TestEachRuleIsHeld(t *testing.T) {
	t.Parallel()
	kind := 0
	tools := &x509.IssuerSignTool{SignTool: "a", CATool: "b", SignToolCert: "c", CAToolCert: "d"}
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	begin := pkitest.Now.UTC().Truncate(time.Second)
	leaf := root.Issue(t, alg.GOST256B, "CN=Иванов, C=RU, INN=990100001169", func(c *x509.Template) {
		c.Serial = x509.NewSerial([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9})
		c.NotBefore, c.NotAfter = begin, begin.AddDate(0, 0, 10).Add(-time.Second)
		c.PrivateKeyNotBefore, c.PrivateKeyNotAfter = c.NotBefore, c.NotAfter
		c.KeyUsage, c.BasicConstraints = x509.DigitalSignature, true
		c.ExtKeyUsage, c.ExtKeyUsageCritical = []der.OID{x509.OIDClientAuth}, false
		c.Policies = []x509.Policy{{OID: "1.2.643.100.113.1"}}
		c.CRLDistributionPoints, c.OCSPServers, c.IssuingURLs = []string{"http://a/crl"}, []string{"http://a/ocsp"}, []string{"http://a/ca"}
		c.SubjectSignTool, c.IssuerSignTool, c.IdentificationKind, c.OCSPNoCheck = "t", tools, &kind, false
	}).Cert
	rules := func() lint.Rules {
		return lint.Rules{
			Now: begin, Keys: []alg.Kind{alg.GOST256B}, KeyUsage: x509.DigitalSignature, ExtKeyUsage: []der.OID{x509.OIDClientAuth},
			Attributes: []lint.Attribute{{OID: x509.OIDCommonName, Required: true, Max: 64}, {OID: x509.OIDCountryName}, {OID: x509.OIDINN}},
			Policies:   []der.OID{"1.2.643.100.113.1"}, Validity: 10 * 24 * time.Hour, KeyPeriod: 10 * 24 * time.Hour,
			CRL: "http://a/crl", OCSP: "http://a/ocsp", Issuer: "http://a/ca", SubjectTool: "t", IssuerTool: tools, Identification: &kind,
		}
	}
	if found := lint.Check(leaf, root.Cert, rules()); len(found) != 0 {
		t.Fatal(found)
	}
	other := 3
	for want, change := range map[string]func(*lint.Rules){
		"does not begin now":                            func(r *lint.Rules) { r.Now = r.Now.Add(2 * time.Hour) },
		"public key not of the profile":                 func(r *lint.Rules) { r.Keys = []alg.Kind{alg.P256} },
		"key usage is not that of the profile":          func(r *lint.Rules) { r.KeyUsage |= x509.NonRepudiation },
		"extended key usage is not that of the profile": func(r *lint.Rules) { r.ExtKeyUsage = []der.OID{x509.OIDTimeStamping} },
		"extension critical or not":                     func(r *lint.Rules) { r.EKUCritical = true },
		"basic constraints":                             func(r *lint.Rules) { r.CA = true },
		"attribute missing: 2.5.4.4": func(r *lint.Rules) {
			r.Attributes = append(r.Attributes, lint.Attribute{OID: x509.OIDSurname, Required: true})
		},
		"attribute not of the profile":                      func(r *lint.Rules) { r.Attributes = r.Attributes[:2] },
		"CN is longer than the profile says":                func(r *lint.Rules) { r.Attributes[0].Max = 5 },
		"policies are not those of the profile":             func(r *lint.Rules) { r.Policies = []der.OID{"1.2.643.100.113.2"} },
		"valid longer than the profile says":                func(r *lint.Rules) { r.Validity -= time.Second },
		"key usable longer than the profile says":           func(r *lint.Rules) { r.KeyPeriod -= time.Second },
		"extension not of the profile: 2.5.29.16":           func(r *lint.Rules) { r.KeyPeriod = 0 },
		"extension not of the profile: 1.2.643.100.112":     func(r *lint.Rules) { r.IssuerTool = nil },
		"extension not of the profile: 1.2.643.100.114":     func(r *lint.Rules) { r.Identification = nil },
		"tools of the authority are not those":              func(r *lint.Rules) { r.IssuerTool = &x509.IssuerSignTool{} },
		"kind of identification is not that of the profile": func(r *lint.Rules) { r.Identification = &other },
		"tool of the holder is not that of the profile":     func(r *lint.Rules) { r.SubjectTool = "u" },
		"extension missing: 1.3.6.1.5.5.7.48.1.5":           func(r *lint.Rules) { r.NoCheck = true },
		"address for relying parties":                       func(r *lint.Rules) { r.OCSP = "http://b/" },
		"extension not of the profile: 2.5.29.31":           func(r *lint.Rules) { r.CRL = "" },
	} {
		r := rules()
		change(&r)
		found := lint.Check(leaf, root.Cert, r)
		if len(found) == 0 || !strings.Contains(found.Error(), want) {
			t.Errorf("want %q, found %v", want, found)
		}
	}
	stranger := pkitest.Root(t, alg.P256, "CN=Other")
	found := lint.Check(leaf, stranger.Cert, rules()).Error()
	for _, want := range []string{"4.1.2.4", "4.1.1.2", "4.2.1.1"} {
		if !strings.Contains(found, want) {
			t.Errorf("under another authority: %s lacks %s", found, want)
		}
	}
}
