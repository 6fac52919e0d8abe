// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
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

// holder reports a profile of people's certificates. Only these can be ordered:
// an order for a responder's or a CA's certificate would hand out the authority.
func (p Profile) holder() bool { return p.Identification != nil }

// ShippedProfiles are the profiles that come with the program.
func ShippedProfiles() fs.FS {
	sub, err := fs.Sub(shippedProfiles, "profiles")
	if err != nil {
		panic(err) // the directory is embedded above
	}
	return sub
}

// loadProfiles reads and checks profiles, by name. What is not understood is an
// error: a mistyped rule would be a rule that silently is not.
func loadProfiles(from fs.FS) (map[string]Profile, error) {
	names, err := fs.Glob(from, "*.json")
	if err != nil {
		return nil, fmt.Errorf("list profiles: %w", err)
	}
	profiles := map[string]Profile{}
	for _, name := range names {
		text, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, fmt.Errorf("read profile: %w", err)
		}
		var p Profile
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(&p); err != nil {
			return nil, fmt.Errorf("profile %s: %w", name, err)
		}
		if p.Name+".json" != name {
			return nil, fmt.Errorf("profile %s: names itself %q", name, p.Name)
		}
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("profile %s: %w", name, err)
		}
		profiles[p.Name] = p
	}
	for _, role := range roles() {
		if _, ok := profiles[string(role)]; !ok {
			return nil, fmt.Errorf("profile %s is missing", role)
		}
	}
	return profiles, nil
}

// check refuses a profile that no honest certificate could follow.
func (p Profile) check() error {
	usage, err := p.usage()
	if err != nil {
		return err
	}
	signs := usage&(x509.KeyCertSign|x509.CRLSign) != 0
	_, known := p.kinds()
	switch {
	case p.Title == "":
		return errors.New("no title")
	case p.ValidDays < 1 || p.ValidDays > maxValidDays:
		return fmt.Errorf("valid_days %d", p.ValidDays)
	case p.KeyDays < 0 || p.KeyDays > p.ValidDays:
		return fmt.Errorf("key_days %d", p.KeyDays)
	case len(p.Keys) == 0 || !known:
		return fmt.Errorf("keys %q", p.Keys)
	case usage == 0 || signs != p.CA:
		return fmt.Errorf("key_usage %q with ca %v", p.KeyUsage, p.CA)
	case p.MaxPathLen < -1 || !p.CA && p.MaxPathLen != -1:
		return fmt.Errorf("max_path_len %d with ca %v", p.MaxPathLen, p.CA)
	case p.CA && p.holder():
		return errors.New("ca with identification_kind")
	case p.NoCheck != slices.Contains(p.ExtKeyUsage, x509.OIDOCSPSigning):
		return errors.New("ocsp_no_check is for responders alone, and for each")
	case !distinct(p.ExtKeyUsage) || slices.Contains(p.ExtKeyUsage, x509.OIDAnyExtKeyUsage):
		return fmt.Errorf("ext_key_usage %q", p.ExtKeyUsage)
	case !distinct(p.Policies) || slices.Contains(p.Policies, x509.OIDAnyPolicy):
		return fmt.Errorf("policies %q", p.Policies)
	}
	if err := p.checkTools(); err != nil {
		return err
	}
	return p.checkSubject()
}

// maxValidDays bounds a profile: 25 years, beyond which no key of today reaches.
const maxValidDays = 25*365 + 7

func distinct(list []der.OID) bool {
	seen := map[der.OID]bool{}
	for _, oid := range list {
		if !oid.Valid() || seen[oid] {
			return false
		}
		seen[oid] = true
	}
	return true
}

// checkTools holds the profile to the form of FSB order 795.
func (p Profile) checkTools() error {
	fits := func(text string, limit int) bool { return text != "" && utf8.RuneCountInString(text) <= limit }
	if p.SubjectTool != "" && !fits(p.SubjectTool, 200) {
		return errors.New("subject_sign_tool too long")
	}
	if t := p.IssuerTool; t != nil {
		if fit := fits(t.SignTool, 200) && fits(t.CATool, 200) && fits(t.SignToolCert, 100) && fits(t.CAToolCert, 100); !fit {
			return errors.New("issuer_sign_tool empty or too long")
		}
	}
	if !p.holder() {
		return nil
	}
	switch {
	case *p.Identification < 0 || *p.Identification > 3:
		return fmt.Errorf("identification_kind %d", *p.Identification)
	case p.SubjectTool == "" || p.IssuerTool == nil || len(p.Policies) == 0 || p.KeyDays == 0:
		return errors.New("a holder's certificate names tools, their class and the term of the key")
	}
	return nil
}

func (p Profile) checkSubject() error {
	seen := map[string]bool{}
	for _, row := range p.Subject {
		t, ok := x509.AttributeByName(row.Name)
		if !ok || t.Short != row.Name || seen[row.Name] {
			return fmt.Errorf("subject: attribute %q unknown or twice", row.Name)
		}
		if row.Max < 0 || row.Max > t.Max {
			return fmt.Errorf("subject: %s of up to %d characters", row.Name, row.Max)
		}
		seen[row.Name] = row.Required
	}
	if !seen["CN"] || !seen["C"] {
		return errors.New("subject: CN and C are required of everybody")
	}
	return nil
}

// kinds are the kinds of keys, and whether all of them are known.
func (p Profile) kinds() (list []alg.Kind, known bool) {
	for _, name := range p.Keys {
		k, ok := alg.KindByName(name)
		if !ok {
			return nil, false
		}
		list = append(list, k)
	}
	return list, true
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
			wrong = append(wrong, problem.New(problem.Invalid, "ca.subject.missing").With("Name", problem.Words("subject."+row.Name)))
		case value == "":
		case row.Max > 0 && n > row.Max, t.Length > 0 && n != t.Length:
			wrong = append(wrong, problem.New(problem.Invalid, "ca.subject.length").With("Name", problem.Words("subject."+row.Name)).With("Max", max(row.Max, t.Length)).With("Count", n))
		default:
			attributes = append(attributes, x509.Attribute{OID: t.OID, Value: value})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if values[name] != "" && !known[name] {
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
	kinds, _ := p.kinds()
	return slices.Contains(kinds, k)
}

// template joins a profile with what the order and the issuer add.
func (p Profile) template(serial x509.Serial, subject x509.Name, key *alg.PublicKey, issuer *x509.Certificate, where addresses, now time.Time) (*x509.Template, error) {
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
	if issuer == nil {
		t.AuthorityKeyID = t.SubjectKeyID
	} else {
		t.Issuer = issuer.Subject
		t.AuthorityKeyID, t.AuthorityIssuer, t.AuthoritySerial = issuer.SubjectKeyID, issuer.Issuer, issuer.Serial
		t.NotAfter = earlier(t.NotAfter, issuer.NotAfter)
	}
	if p.KeyDays > 0 {
		t.PrivateKeyNotBefore, t.PrivateKeyNotAfter = now, earlier(now.AddDate(0, 0, p.KeyDays).Add(-time.Second), t.NotAfter)
	}
	t.CRLDistributionPoints, t.OCSPServers, t.IssuingURLs = some(where.crl), some(where.ocsp), some(where.issuer)
	return t, nil
}

// earlier is the earlier of two times: a certificate does not outlive its issuer,
// nor a key its certificate.
func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func some(address string) []string {
	if address == "" {
		return nil
	}
	return []string{address}
}

// addresses are where a relying party finds what it needs of an issuer; empty
// ones are not named in the certificate.
type addresses struct{ crl, ocsp, issuer string }

// rules are what the judge holds a certificate of the profile to.
func (p Profile) rules(where addresses, now time.Time) lint.Rules {
	usage, _ := p.usage() // these were checked when the profile was read
	kinds, _ := p.kinds()
	const day = 24 * time.Hour
	r := lint.Rules{
		Now: now, CA: p.CA, MaxPathLen: p.MaxPathLen, Keys: kinds, KeyUsage: usage, ExtKeyUsage: p.ExtKeyUsage, EKUCritical: p.EKUCritical,
		Policies: p.Policies, Validity: time.Duration(p.ValidDays) * day, KeyPeriod: time.Duration(p.KeyDays) * day,
		CRL: where.crl, OCSP: where.ocsp, Issuer: where.issuer,
		SubjectTool: p.SubjectTool, IssuerTool: p.IssuerTool, Identification: p.Identification, NoCheck: p.NoCheck,
	}
	for _, row := range p.Subject {
		if t, ok := x509.AttributeByName(row.Name); ok {
			r.Attributes = append(r.Attributes, lint.Attribute{OID: t.OID, Required: row.Required, Max: row.Max})
		}
	}
	return r
}
