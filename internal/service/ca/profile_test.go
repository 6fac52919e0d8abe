// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"podpis/internal/platform/problem"
	"podpis/internal/service/ca/lint"
	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/x509"
)

// changed is the set of shipped profiles with one of them changed.
func changed(t *testing.T, name string, change func(map[string]any)) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	shipped := ShippedProfiles()
	names, err := fs.Glob(shipped, "*.json")
	if err != nil || len(names) < 8 {
		t.Fatal(names, err)
	}
	for _, file := range names {
		text, err := fs.ReadFile(shipped, file)
		if err != nil {
			t.Fatal(err)
		}
		if file == name+".json" {
			var p map[string]any
			if err := json.Unmarshal(text, &p); err != nil {
				t.Fatal(err)
			}
			change(p)
			if text, err = json.Marshal(p); err != nil {
				t.Fatal(err)
			}
		}
		files[file] = &fstest.MapFile{Data: text}
	}
	return files
}

// Scenario 6, first half: profiles that no honest certificate could follow.
func TestBadProfilesAreNotRead(t *testing.T) {
	t.Parallel()
	set := func(field string, value any) func(map[string]any) {
		return func(p map[string]any) { p[field] = value }
	}
	tool := func(field, value string) func(map[string]any) {
		return func(p map[string]any) { p["issuer_sign_tool"].(map[string]any)[field] = value }
	}
	attribute := func(name string, limit int) map[string]any {
		return map[string]any{"name": name, "required": true, "max": limit}
	}
	for name, row := range map[string]struct {
		profile string
		change  func(map[string]any)
	}{
		"unknown field":             {"person", set("valid_day", 3)},
		"other name":                {"person", set("name", "persona")},
		"no title":                  {"person", set("title", "")},
		"no validity":               {"person", set("valid_days", 0)},
		"negative validity":         {"person", set("valid_days", -1)},
		"validity of a century":     {"root", set("valid_days", 36500)},
		"negative key term":         {"person", set("key_days", -1)},
		"key outlives certificate":  {"person", set("key_days", 456)},
		"holder without key term":   {"person", set("key_days", 0)},
		"no keys":                   {"person", set("keys", []string{})},
		"unknown key":               {"person", set("keys", []string{"gost256-b", "gost2001"})},
		"no key usage":              {"person", set("key_usage", []string{})},
		"unknown key usage":         {"person", set("key_usage", []string{"digitalsignature"})},
		"holder signs certificates": {"person", set("key_usage", []string{"digitalSignature", "keyCertSign"})},
		"holder signs lists":        {"person", set("key_usage", []string{"digitalSignature", "cRLSign"})},
		"holder is a CA":            {"person", set("ca", true)},
		"CA identifies a holder":    {"issuing", set("identification_kind", 0)},
		"CA signs nothing":          {"issuing", set("key_usage", []string{"digitalSignature"})},
		"path length of a holder":   {"person", set("max_path_len", 0)},
		"path length below none":    {"root", set("max_path_len", -2)},
		"holder answers for OCSP":   {"person", set("ext_key_usage", []string{"1.3.6.1.5.5.7.3.9"})},
		"no-check of a holder":      {"person", set("ocsp_no_check", true)},
		"responder is checked":      {"ocsp", set("ocsp_no_check", false)},
		"any purpose":               {"person", set("ext_key_usage", []string{"2.5.29.37.0"})},
		"purpose twice":             {"person", set("ext_key_usage", []string{"1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.2"})},
		"purpose not an OID":        {"person", set("ext_key_usage", []string{"clientAuth"})},
		"any policy":                {"person", set("policies", []string{"2.5.29.32.0"})},
		"policy twice":              {"person", set("policies", []string{"1.2.643.100.113.1", "1.2.643.100.113.1"})},
		"policy not an OID":         {"person", set("policies", []string{"КС1"})},
		"holder without class":      {"person", set("policies", []string{})},
		"holder without tool":       {"person", set("subject_sign_tool", "")},
		"tool too long":             {"person", set("subject_sign_tool", strings.Repeat("я", 201))},
		"no issuer tools":           {"person", set("issuer_sign_tool", nil)},
		"empty issuer tool":         {"person", tool("SignTool", "")},
		"issuer tool too long":      {"person", tool("CATool", strings.Repeat("я", 201))},
		"conclusion too long":       {"person", tool("CAToolCert", strings.Repeat("я", 101))},
		"unknown identification":    {"person", set("identification_kind", 4)},
		"negative identification":   {"person", set("identification_kind", -1)},
		"no subject":                {"person", set("subject", []any{})},
		"no country":                {"person", set("subject", []any{attribute("CN", 64)})},
		"unknown attribute":         {"person", set("subject", []any{attribute("CN", 64), attribute("C", 0), attribute("KPP", 9)})},
		"attribute by another name": {"person", set("subject", []any{attribute("commonName", 64), attribute("C", 0)})},
		"attribute twice":           {"person", set("subject", []any{attribute("CN", 64), attribute("C", 0), attribute("CN", 64)})},
		"attribute beyond its type": {"person", set("subject", []any{attribute("CN", 64), attribute("C", 3)})},
	} {
		_, err := New(Parts{Profiles: changed(t, row.profile, row.change)})
		if err == nil {
			t.Errorf("%s: read", name)
		} else if !strings.Contains(err.Error(), "profile "+row.profile) {
			t.Errorf("%s: the error does not name the profile: %v", name, err)
		}
	}
	if _, err := New(Parts{Profiles: fstest.MapFS{}}); err == nil {
		t.Error("an authority without profiles")
	}
	if _, err := New(Parts{Profiles: fstest.MapFS{"person.json": {Data: []byte("{")}}}); err == nil {
		t.Error("a broken file was read")
	}
}

// Scenario 6, second half: templates that differ from the profile do not reach
// the key, however they came to differ.
func TestBadTemplatesAreNotSigned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	issuer, err := w.Key(Issuing)
	if err != nil {
		t.Fatal(err)
	}
	key, err := alg.Generate(alg.GOST256B, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	bad := badTemplates(t, issuer.Certificate)
	if len(bad) < 60 {
		t.Errorf("%d bad templates", len(bad))
	}
	for name, change := range bad {
		p := w.profiles["person"]
		if strings.HasPrefix(name, "tsa ") {
			p = w.profiles["tsa"]
		}
		tmpl, spki, rules := goodTemplate(t, w, p, key)
		change(tmpl)
		d, err := prepareDraft(tmpl, spki, issuer.Signer.PublicKey().Kind(), issuer.Certificate, rules)
		if err == nil {
			_, err = signDraft(d, issuer.Signer, issuer.Certificate)
			t.Errorf("%s: signed, %v", name, err)
		} else if problem.KindOf(err) != problem.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := w.key.calls.Load(); n != 0 {
		t.Errorf("the key was touched %d times", n)
	}
	// The same hands, nothing changed: this one passes.
	tmpl, spki, rules := goodTemplate(t, w, w.profiles["person"], key)
	if _, err := prepareDraft(tmpl, spki, issuer.Signer.PublicKey().Kind(), issuer.Certificate, rules); err != nil {
		t.Error(err)
	}
	// A key whose kind the profile does not name.
	other, err := alg.Generate(alg.P521, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl, spki, rules = goodTemplate(t, w, w.profiles["person"], other)
	if _, err := prepareDraft(tmpl, spki, issuer.Signer.PublicKey().Kind(), issuer.Certificate, rules); err == nil {
		t.Error("a key of another kind passed")
	}
	// The authority's own key.
	tmpl, spki, rules = goodTemplate(t, w, w.profiles["person"], issuer.Signer)
	if _, err := prepareDraft(tmpl, spki, issuer.Signer.PublicKey().Kind(), issuer.Certificate, rules); err == nil {
		t.Error("the authority's own key passed")
	}
}

func goodTemplate(t *testing.T, w *world, p Profile, key alg.Signer) (*x509.Template, []byte, lint.Rules) {
	t.Helper()
	issuer, err := w.Key(Issuing)
	if err != nil {
		t.Fatal(err)
	}
	values := person()
	if !p.holder() {
		values = testNames()[Stamping]
	}
	subject, err := p.name(values)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := w.newSerial()
	if err != nil {
		t.Fatal(err)
	}
	where, now := w.addresses(issuer.ID, p), w.db.Now()
	tmpl, err := p.template(serial, subject, key.PublicKey(), issuer.Certificate, where, now)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl, key.PublicKey().SPKI(), p.rules(where, now)
}

func badTemplates(t *testing.T, issuer *x509.Certificate) map[string]func(*x509.Template) {
	t.Helper()
	name := func(attributes ...x509.Attribute) x509.Name {
		n, err := x509.NewName(attributes...)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	subject := func(change func([]x509.Attribute) []x509.Attribute) func(*x509.Template) {
		return func(c *x509.Template) {
			var list []x509.Attribute
			for _, a := range c.Subject.Attributes {
				list = append(list, x509.Attribute{OID: a.OID, Value: a.Value})
			}
			c.Subject = name(change(list)...)
		}
	}
	// raw writes the octets of one attribute by hand: the encoder refuses them.
	raw := func(oid der.OID, value []byte) func(*x509.Template) {
		return func(c *x509.Template) {
			var rdns [][]byte
			for _, a := range c.Subject.Attributes {
				encoded := a.Raw
				if a.OID == oid {
					encoded = value
				}
				rdns = append(rdns, der.SetOf(der.Sequence(der.ObjectID(a.OID), encoded)))
			}
			n, err := x509.ParseName(der.Sequence(rdns...))
			if err != nil {
				t.Fatal(err)
			}
			c.Subject = n
		}
	}
	kind := 2
	return map[string]func(*x509.Template){
		"short serial":        func(c *x509.Template) { c.Serial = x509.NewSerial([]byte{1, 2, 3, 4}) },
		"long serial":         func(c *x509.Template) { c.Serial = x509.NewSerial(append([]byte{1}, make([]byte, 20)...)) },
		"serial of 21 octets": func(c *x509.Template) { c.Serial = x509.NewSerial(append([]byte{0x80}, make([]byte, 19)...)) },
		"one second too long": func(c *x509.Template) { c.NotAfter = c.NotAfter.Add(time.Second) },
		"a year too long":     func(c *x509.Template) { c.NotAfter = c.NotAfter.AddDate(1, 0, 0) },
		"outlives its issuer": func(c *x509.Template) { c.NotAfter = issuer.NotAfter.Add(time.Second) },
		"backdated": func(c *x509.Template) {
			c.NotBefore = c.NotBefore.AddDate(0, 0, -1)
			c.NotAfter = c.NotAfter.AddDate(0, 0, -1)
		},
		"begins tomorrow":           func(c *x509.Template) { c.NotBefore = c.NotBefore.AddDate(0, 0, 1) },
		"ends at its beginning":     func(c *x509.Template) { c.NotAfter = c.NotBefore },
		"key longer than profile":   func(c *x509.Template) { c.PrivateKeyNotAfter = c.PrivateKeyNotAfter.Add(time.Second) },
		"key begins earlier":        func(c *x509.Template) { c.PrivateKeyNotBefore = c.PrivateKeyNotBefore.Add(-time.Second) },
		"key without term":          func(c *x509.Template) { c.PrivateKeyNotBefore, c.PrivateKeyNotAfter = time.Time{}, time.Time{} },
		"no key usage":              func(c *x509.Template) { c.KeyUsage = 0 },
		"less key usage":            func(c *x509.Template) { c.KeyUsage &^= x509.NonRepudiation },
		"signs certificates":        func(c *x509.Template) { c.KeyUsage |= x509.KeyCertSign },
		"signs lists":               func(c *x509.Template) { c.KeyUsage |= x509.CRLSign },
		"no purposes":               func(c *x509.Template) { c.ExtKeyUsage = nil },
		"one purpose more":          func(c *x509.Template) { c.ExtKeyUsage = append(c.ExtKeyUsage[:2:2], x509.OIDTimeStamping) },
		"answers for OCSP":          func(c *x509.Template) { c.ExtKeyUsage = []der.OID{x509.OIDOCSPSigning} },
		"any purpose":               func(c *x509.Template) { c.ExtKeyUsage = []der.OID{x509.OIDAnyExtKeyUsage} },
		"purposes critical":         func(c *x509.Template) { c.ExtKeyUsageCritical = true },
		"tsa purposes not critical": func(c *x509.Template) { c.ExtKeyUsageCritical = false },
		"tsa second purpose":        func(c *x509.Template) { c.ExtKeyUsage = append(c.ExtKeyUsage[:1:1], x509.OIDClientAuth) },
		"is a CA":                   func(c *x509.Template) { c.IsCA = true },
		"no basic constraints":      func(c *x509.Template) { c.BasicConstraints = false },
		"no subject key identifier": func(c *x509.Template) { c.SubjectKeyID = nil },
		"other subject key id":      func(c *x509.Template) { c.SubjectKeyID = make([]byte, 20) },
		"short subject key id":      func(c *x509.Template) { c.SubjectKeyID = c.SubjectKeyID[:8] },
		"no authority key id":       func(c *x509.Template) { c.AuthorityKeyID, c.AuthorityIssuer, c.AuthoritySerial = nil, x509.Name{}, nil },
		"other authority key id":    func(c *x509.Template) { c.AuthorityKeyID = make([]byte, 20) },
		"other authority serial":    func(c *x509.Template) { c.AuthoritySerial = x509.NewSerial([]byte{9}) },
		"no policies":               func(c *x509.Template) { c.Policies = nil },
		"higher class":              func(c *x509.Template) { c.Policies = append(c.Policies[:1:1], x509.Policy{OID: "1.2.643.100.113.2"}) },
		"no CRL":                    func(c *x509.Template) { c.CRLDistributionPoints = nil },
		"CRL elsewhere":             func(c *x509.Template) { c.CRLDistributionPoints = []string{"http://evil.example/a.crl"} },
		"second CRL":                func(c *x509.Template) { c.CRLDistributionPoints = append(c.CRLDistributionPoints, "http://b.example/") },
		"CRL over LDAP":             func(c *x509.Template) { c.CRLDistributionPoints = []string{"ldap://ca.example.org/"} },
		"no OCSP":                   func(c *x509.Template) { c.OCSPServers = nil },
		"OCSP elsewhere":            func(c *x509.Template) { c.OCSPServers = []string{"http://evil.example/"} },
		"no issuer address":         func(c *x509.Template) { c.IssuingURLs = nil },
		"delta list":                func(c *x509.Template) { c.FreshestCRL = []string{"http://ca.example.org/delta"} },
		"alternative name":          func(c *x509.Template) { c.SubjectAltName = []x509.GeneralName{x509.URI("http://bank.example/")} },
		"no-check":                  func(c *x509.Template) { c.OCSPNoCheck = true },
		"no tool":                   func(c *x509.Template) { c.SubjectSignTool = "" },
		"other tool":                func(c *x509.Template) { c.SubjectSignTool = "КриптоПро CSP" },
		"no issuer tool":            func(c *x509.Template) { c.IssuerSignTool = nil },
		"other issuer tool": func(c *x509.Template) {
			c.IssuerSignTool = &x509.IssuerSignTool{SignTool: "a", CATool: "b", SignToolCert: "c", CAToolCert: "d"}
		},
		"no identification":    func(c *x509.Template) { c.IdentificationKind = nil },
		"other identification": func(c *x509.Template) { c.IdentificationKind = &kind },
		"extra extension":      func(c *x509.Template) { c.Extra = []x509.Extension{{OID: "1.2.3.4", Value: der.Null()}} },
		"extra critical extension": func(c *x509.Template) {
			c.Extra = []x509.Extension{{OID: "1.2.3.4", Critical: true, Value: der.Null()}}
		},
		"other issuer":             func(c *x509.Template) { c.Issuer = c.Subject },
		"subject is the authority": func(c *x509.Template) { c.Subject = c.Issuer },
		"attribute twice":          subject(func(a []x509.Attribute) []x509.Attribute { return append(a, a[0]) }),
		"attribute not of profile": subject(func(a []x509.Attribute) []x509.Attribute {
			return append(a, x509.Attribute{OID: x509.OIDOGRNIP, Value: "323990000000011"})
		}),
		"attribute unknown": subject(func(a []x509.Attribute) []x509.Attribute {
			return append(a, x509.Attribute{OID: "1.2.3.4", Tag: der.TagUTF8String, Value: "x"})
		}),
		"attribute missing":        subject(func(a []x509.Attribute) []x509.Attribute { return a[1:] }),
		"attributes joined":        subject(func(a []x509.Attribute) []x509.Attribute { a[2].Joined = true; return a }),
		"other string type":        raw(x509.OIDCommonName, der.Text(der.TagBMPString, "\x04\x10")),
		"country in small letters": subject(replace(x509.OIDCountryName, "ru", 0)),
		"INN as text":              raw(x509.OIDINN, der.Text(der.TagUTF8String, "990000001704")),
		"INN of ten digits":        raw(x509.OIDINN, der.Text(der.TagNumericString, "9900000017")),
		"SNILS with spaces":        raw(x509.OIDSNILS, der.Text(der.TagNumericString, "990 000 001")),
		"name too long":            subject(replace(x509.OIDCommonName, strings.Repeat("я", 251), 0)),
		"name turned round":        raw(x509.OIDCommonName, der.Text(der.TagUTF8String, "Иванов \u202eнавИ")),
		"empty subject":            func(c *x509.Template) { c.Subject = name() },
	}
}

func replace(oid der.OID, value string, tag der.Tag) func([]x509.Attribute) []x509.Attribute {
	return func(list []x509.Attribute) []x509.Attribute {
		for i := range list {
			if list[i].OID == oid {
				list[i].Value, list[i].Tag = value, tag
			}
		}
		return list
	}
}

// Scenario 7: one wrong attribute is enough, whichever it is.
func TestEachAttributeIsJudged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	subjects := map[string]map[string]string{
		"person": person(),
		"ip":     {"CN": "Иванов Иван", "SN": "Иванов", "G": "Иван", "C": "RU", "ST": "77 Москва", "INN": "990100001169", "OGRNIP": "323990000000011", "SNILS": "11223344595", "L": "Москва", "E": "a@example.org"},
		"org": {"CN": "ООО «Пример»", "O": "ООО «Пример»", "SN": "Иванов", "G": "Иван", "T": "Директор", "C": "RU", "ST": "77 Москва", "L": "Москва", "STREET": "ул. 1",
			"OGRN": "1239900000010", "INNLE": "9901000010", "SNILS": "11223344595", "INN": "990100001169", "E": "a@example.org"},
	}
	tried := 0
	for name, subject := range subjects {
		profile := w.profiles[name]
		if len(profile.Subject) != len(subject) {
			t.Fatalf("%s: the test knows %d attributes of %d", name, len(subject), len(profile.Subject))
		}
		for k, row := range profile.Subject {
			good := subject[row.Name]
			for what, bad := range map[string]string{
				"blank in front": " " + good, "blank behind": good + " ", "control": good + "\x00", "newline": "a\nb", "turned": "\u202e" + good,
				"no width": good[:1] + "\u200b", "long": strings.Repeat(good, 600), "blank": " ", "not text": "\xff\xfe", "private use": "\ue000",
			} {
				o := order(t, fmt.Sprintf("%s/%d/%s", name, k, what))
				o.Profile, o.Subject = name, map[string]string{}
				for n, v := range subject {
					o.Subject[n] = v
				}
				o.Subject[row.Name] = bad
				if _, err := w.Issue(context.Background(), o); problem.KindOf(err) != problem.Invalid {
					t.Errorf("%s, %s %s: %v", name, row.Name, what, err)
				}
				tried++
			}
			if !row.Required {
				continue
			}
			o := order(t, fmt.Sprintf("%s/%d/missing", name, k))
			o.Profile, o.Subject = name, map[string]string{}
			for n, v := range subject {
				if n != row.Name {
					o.Subject[n] = v
				}
			}
			if _, err := w.Issue(context.Background(), o); problem.KindOf(err) != problem.Invalid {
				t.Errorf("%s without %s: %v", name, row.Name, err)
			}
		}
		o := order(t, name+"/extra")
		o.Profile, o.Subject = name, map[string]string{"OU": "x"}
		for n, v := range subject {
			o.Subject[n] = v
		}
		if _, err := w.Issue(context.Background(), o); problem.KindOf(err) != problem.Invalid {
			t.Errorf("%s with an attribute more: %v", name, err)
		}
	}
	if n := w.key.calls.Load(); n != 0 || tried < 300 {
		t.Errorf("%d tried, the key was touched %d times", tried, n)
	}
	for name, subject := range subjects {
		o := order(t, name+"/good")
		o.Profile, o.Subject = name, subject
		if _, err := w.Issue(context.Background(), o); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Near the end of the issuer, certificates and the terms of their keys end with it.
func TestNothingOutlivesTheIssuer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.clock.move(5400 * 24 * time.Hour)
	done, err := w.Issue(context.Background(), order(t, "a/1"))
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(done.DER)
	if err != nil {
		t.Fatal(err)
	}
	end := w.Chain()[0].NotAfter
	if !cert.NotAfter.Equal(end) || !cert.PrivateKeyNotAfter.Equal(end) {
		t.Errorf("ends %v, key %v; the issuer %v", cert.NotAfter, cert.PrivateKeyNotAfter, end)
	}
}
