// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"time"
	"unicode/utf8"

	"podpis/internal/platform/problem"
	"podpis/internal/service/ca/lint"
	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/x509"
)

//go:embed profiles/*.json
var shippedProfiles embed.FS

// Profile says what may stand in a certificate. Profiles are files of data,
// docs/certificate-profile.md explains each.
type Profile struct {
	Name           string               `json:"name"`
	Title          string               `json:"title"`
	ValidDays      int                  `json:"valid_days"`
	KeyDays        int                  `json:"key_days"` // privateKeyUsagePeriod, 0 leaves it out
	Keys           []string             `json:"keys"`     // kinds a request may have, by name
	KeyUsage       []string             `json:"key_usage"`
	ExtKeyUsage    []der.OID            `json:"ext_key_usage"`
	EKUCritical    bool                 `json:"ext_key_usage_critical"`
	CA             bool                 `json:"ca"`
	MaxPathLen     int                  `json:"max_path_len"`
	Policies       []der.OID            `json:"policies"`
	Subject        []ProfileAttribute   `json:"subject"`
	SubjectTool    string               `json:"subject_sign_tool"`
	IssuerTool     *x509.IssuerSignTool `json:"issuer_sign_tool"`
	Identification *int                 `json:"identification_kind"`
	NoCheck        bool                 `json:"ocsp_no_check"`
}

// ProfileAttribute is a row of the subject, in the order of the certificate.
type ProfileAttribute struct {
	Name     string `json:"name"` // short name, as "INN"
	Required bool   `json:"required"`
	Max      int    `json:"max"` // characters, 0: what the type allows
}

// loadProfiles reads the shipped profiles, by name.
func loadProfiles() (map[string]Profile, error) {
	names, err := fs.Glob(shippedProfiles, "profiles/*.json")
	if err != nil {
		return nil, fmt.Errorf("list profiles: %w", err)
	}
	profiles := map[string]Profile{}
	for _, name := range names {
		text, err := shippedProfiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read profile: %w", err)
		}
		var p Profile
		if err := json.Unmarshal(text, &p); err != nil {
			return nil, fmt.Errorf("profile %s: %w", name, err)
		}
		if _, err := p.usage(); err != nil {
			return nil, fmt.Errorf("profile %s: %w", name, err)
		}
		profiles[p.Name] = p
	}
	return profiles, nil
}

// usage translates the names of RFC 5280, 4.2.1.3.
func (p Profile) usage() (x509.KeyUsage, error) {
	bits := map[string]x509.KeyUsage{
		"digitalSignature": x509.DigitalSignature, "nonRepudiation": x509.NonRepudiation, "keyEncipherment": x509.KeyEncipherment,
		"dataEncipherment": x509.DataEncipherment, "keyAgreement": x509.KeyAgreement, "keyCertSign": x509.KeyCertSign, "cRLSign": x509.CRLSign,
	}
	var usage x509.KeyUsage
	for _, name := range p.KeyUsage {
		bit, ok := bits[name]
		if !ok {
			return 0, fmt.Errorf("unknown key usage %q", name)
		}
		usage |= bit
	}
	return usage, nil
}

// name builds the subject from values by short name. A value that the profile
// does not name is refused: nothing gets into a certificate by the way.
func (p Profile) name(values map[string]string) (x509.Name, error) {
	var wrong problem.List
	var attributes []x509.Attribute
	known := map[string]bool{}
	for _, row := range p.Subject {
		known[row.Name] = true
		value := values[row.Name]
		t, ok := x509.AttributeByName(row.Name)
		if !ok {
			return x509.Name{}, fmt.Errorf("profile %s: unknown attribute %q", p.Name, row.Name)
		}
		n := utf8.RuneCountInString(value)
		switch {
		case value == "" && row.Required:
			wrong = append(wrong, problem.New(problem.Invalid, "ca.subject.missing").With("Name", row.Name))
		case value == "":
		case row.Max > 0 && n > row.Max, t.Length > 0 && n != t.Length:
			wrong = append(wrong, problem.New(problem.Invalid, "ca.subject.length").With("Name", row.Name))
		default:
			attributes = append(attributes, x509.Attribute{OID: t.OID, Value: value})
		}
	}
	for name, value := range values {
		if value != "" && !known[name] {
			wrong = append(wrong, problem.New(problem.Invalid, "ca.subject.extra").With("Name", name))
		}
	}
	if err := wrong.Err(); err != nil {
		return x509.Name{}, err
	}
	name, err := x509.NewName(attributes...)
	if err != nil {
		return x509.Name{}, problem.New(problem.Invalid, "ca.subject.wrong").Because(err)
	}
	return name, nil
}

// allows reports whether a key of the kind may be certified.
func (p Profile) allows(k alg.Kind) bool {
	for _, name := range p.Keys {
		if name == k.Name() {
			return true
		}
	}
	return false
}

// template joins a profile with what the order and the issuer add.
func (p Profile) template(serial x509.Serial, subject x509.Name, key *alg.PublicKey, issuer *x509.Certificate, addresses addresses, now time.Time) (*x509.Template, error) {
	usage, err := p.usage()
	if err != nil {
		return nil, err
	}
	now = now.UTC().Truncate(time.Second)
	t := &x509.Template{
		Serial: serial, Issuer: subject, Subject: subject,
		NotBefore: now, NotAfter: now.AddDate(0, 0, p.ValidDays).Add(-time.Second),
		KeyUsage: usage, ExtKeyUsage: p.ExtKeyUsage, ExtKeyUsageCritical: p.EKUCritical,
		BasicConstraints: true, IsCA: p.CA, MaxPathLen: p.MaxPathLen,
		SubjectKeyID: x509.KeyID(key), SubjectSignTool: p.SubjectTool, IssuerSignTool: p.IssuerTool,
		IdentificationKind: p.Identification, OCSPNoCheck: p.NoCheck,
	}
	for _, oid := range p.Policies {
		t.Policies = append(t.Policies, x509.Policy{OID: oid})
	}
	if p.KeyDays > 0 {
		t.PrivateKeyNotBefore, t.PrivateKeyNotAfter = now, now.AddDate(0, 0, p.KeyDays).Add(-time.Second)
	}
	if issuer == nil {
		t.AuthorityKeyID = t.SubjectKeyID
		return t, nil
	}
	t.Issuer = issuer.Subject
	t.AuthorityKeyID, t.AuthorityIssuer, t.AuthoritySerial = issuer.SubjectKeyID, issuer.Issuer, issuer.Serial
	// A certificate does not outlive its issuer.
	if t.NotAfter.After(issuer.NotAfter) {
		t.NotAfter = issuer.NotAfter
	}
	if !p.NoCheck {
		t.CRLDistributionPoints = []string{addresses.crl}
		t.OCSPServers = []string{addresses.ocsp}
	}
	t.IssuingURLs = []string{addresses.issuer}
	return t, nil
}

// addresses are where a relying party finds what it needs of an issuer.
type addresses struct{ crl, ocsp, issuer string }

// rules are what the judge holds a certificate of the profile to.
func (p Profile) rules() lint.Rules {
	usage, _ := p.usage() // checked when the profile was read
	r := lint.Rules{
		CA: p.CA, KeyUsage: usage, ExtKeyUsage: p.ExtKeyUsage, Policies: p.Policies,
		MaxValidity: time.Duration(p.ValidDays) * 24 * time.Hour, Holder: p.Identification != nil,
	}
	for _, row := range p.Subject {
		t, ok := x509.AttributeByName(row.Name)
		if !ok {
			continue
		}
		r.Allowed = append(r.Allowed, t.OID)
		if row.Required {
			r.Required = append(r.Required, t.OID)
		}
	}
	return r
}
