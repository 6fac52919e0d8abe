// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package path

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	stdx509 "crypto/x509"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// pkitsCase is a row of vectors.json in Go's distribution, which is extracted from the
// description of the suite.
type pkitsCase struct {
	Name                        string
	CertPath, CRLPath           []string
	ShouldValidate              bool
	InitialPolicySet            []string
	InitialPolicyMappingInhibit bool
	InitialExplicitPolicy       bool
	InitialAnyPolicyInhibit     bool
}

// pkitsUnsupported are the tests whose answer this package cannot give.
var pkitsUnsupported = map[string]string{
	"4.1.4 Valid DSA Signatures Test4":            "DSA keys",
	"4.1.5 Valid DSA Parameter Inheritance Test5": "DSA keys",
	"4.1.6 Invalid DSA Signature Test6":           "DSA keys", // refused, but not for the signature
}

const pkitsTests = 249

// pkitsReasons are the reasons for which the invalid paths of a section may be refused:
// a path refused for another one would agree by accident.
var pkitsReasons = map[string][]string{
	"4.1.":  {string(ReasonSignature), string(ReasonAlgorithm), "bit string not of whole octets"}, // two signatures are no octets
	"4.2.":  {string(ReasonNotYetValid), string(ReasonExpired)},
	"4.3.":  {string(ReasonNoPath)},
	"4.4.":  {"revoked: keyCompromise", "undetermined: list-"},
	"4.5.":  {"revoked: keyCompromise", string(ReasonNotCA)},
	"4.6.":  {string(ReasonNotCA), string(ReasonPathLength)},
	"4.7.":  {string(ReasonKeyUsage), "undetermined: " + string(ListSigner)},
	"4.8.":  {string(ReasonPolicy)},
	"4.9.":  {string(ReasonPolicy)},
	"4.10.": {string(ReasonPolicy), string(ReasonPolicyMapping)},
	"4.11.": {string(ReasonPolicy)},
	"4.12.": {string(ReasonPolicy)},
	"4.13.": {string(ReasonNameNotPermitted), string(ReasonNameExcluded)},
	"4.14.": {"revoked: ", "undetermined: " + string(ListScope), "undetermined: " + string(ListReasonsNotAll)},
	"4.15.": {"revoked: ", "undetermined: " + string(ListNoBase), "undetermined: " + string(ListStale)},
	"4.16.": {string(ReasonCriticalExtension)},
}

// expected reports a refusal that is of the section.
func expected(name, why string) bool {
	section := name[:strings.Index(name[2:], ".")+3]
	return why == "" || slices.ContainsFunc(pkitsReasons[section], func(r string) bool { return strings.Contains(why, r) })
}

// goPKITS finds the suite in Go's own distribution.
func goPKITS(t *testing.T) (dir string, cases []pkitsCase) {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(strings.TrimSpace(string(root)), "src", "crypto", "x509", "testdata", "nist-pkits")
	raw, err := os.ReadFile(filepath.Join(dir, "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &cases); err != nil || len(cases) != pkitsTests {
		t.Fatalf("%d tests in the suite, want %d (%v)", len(cases), pkitsTests, err)
	}
	return filepath.Join(dir, "certs"), cases
}

// TestPKITS runs the whole suite with the certificates of 2011 (RSA of 2048 bits,
// SHA-256), verified by pki/alg. The lists of 2011 are not at hand: those of the first
// edition, same in content, are rewritten to the names of 2011, and their signatures are
// verified as they were made, with the first edition's key for the certificate of the
// same file name. Both editions are valid at the beginning of 2011.
func TestPKITS(t *testing.T) {
	t.Parallel()
	dir, cases := goPKITS(t)
	corpus := filepath.Join(pkitest.Corpus(t), "generic", "pkits")
	s := &pkits{certs: dir, crls: filepath.Join(corpus, "crls"), at: time.Date(2011, 1, 15, 0, 0, 0, 0, time.UTC),
		rewritten: map[string]*x509.CRL{}, firstKeys: map[string][]byte{}}
	files, err := filepath.Glob(filepath.Join(dir, "*.crt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		first, err := os.ReadFile(filepath.Join(corpus, "certs", filepath.Base(f)))
		if err != nil {
			continue // the corpus has not all certificates of leaves
		}
		a, err := s.certificate(f)
		b, errFirst := x509.ParseCertificate(first)
		if err != nil || errFirst != nil {
			continue // those whose signature was damaged
		}
		s.firstKeys[string(a.RawSPKI)] = b.RawSPKI
	}
	s.run(t, cases)
}

// TestPKITSPaths runs the sections that lists do not decide, with nothing but Go's
// distribution.
func TestPKITSPaths(t *testing.T) {
	t.Parallel()
	dir, cases := goPKITS(t)
	cases = slices.DeleteFunc(cases, func(c pkitsCase) bool {
		return slices.ContainsFunc([]string{"4.4.", "4.5.", "4.7.4 ", "4.7.5 ", "4.14.", "4.15."}, func(section string) bool {
			return strings.HasPrefix(c.Name, section)
		})
	})
	s := &pkits{certs: dir, at: time.Date(2011, 1, 15, 0, 0, 0, 0, time.UTC), rewritten: map[string]*x509.CRL{}}
	s.run(t, cases)
}

// TestPKITSFirstEdition runs what the corpus has of the first edition (RSA of 1024 bits,
// SHA-1), through the door for callers who compute what pki/alg refuses.
func TestPKITSFirstEdition(t *testing.T) {
	t.Parallel()
	_, cases := goPKITS(t)
	corpus := filepath.Join(pkitest.Corpus(t), "generic", "pkits")
	s := &pkits{certs: filepath.Join(corpus, "certs"), crls: filepath.Join(corpus, "crls"),
		at: time.Date(2010, 6, 1, 0, 0, 0, 0, time.UTC)}
	all := len(cases)
	cases = slices.DeleteFunc(cases, func(c pkitsCase) bool {
		return slices.ContainsFunc(c.CertPath, func(name string) bool {
			_, err := os.Stat(filepath.Join(s.certs, name))
			return err != nil
		})
	})
	if len(cases) < 160 {
		t.Fatalf("certificates for %d tests only", len(cases))
	}
	t.Logf("first edition: %d of %d tests have all their certificates in the corpus", len(cases), all)
	s.run(t, cases)
}

// pkits is an edition of the suite.
type pkits struct {
	certs, crls string
	at          time.Time
	// Of lists of the first edition under names of the second: the list by the new
	// octets, and the first edition's key by the second's.
	rewritten map[string]*x509.CRL
	firstKeys map[string][]byte
}

func (s *pkits) run(t *testing.T, cases []pkitsCase) {
	t.Helper()
	agree := 0
	var unsupported []string
	for _, c := range cases {
		why := s.refusal(t, c)
		switch reason := pkitsUnsupported[c.Name]; {
		case (why == "") == c.ShouldValidate && reason == "" && expected(c.Name, why):
			agree++
			t.Logf("%s: %s", c.Name, why)
		case reason != "" && why != "":
			unsupported = append(unsupported, c.Name+" ("+reason+"): "+why)
		default:
			t.Errorf("%s: should validate: %v, was refused: %q", c.Name, c.ShouldValidate, why)
		}
	}
	t.Logf("PKITS: %d agree, %d not supported: %s", agree, len(unsupported), strings.Join(unsupported, "; "))
	if agree+len(unsupported) != len(cases) {
		t.Errorf("%d of %d tests differ", len(cases)-agree-len(unsupported), len(cases))
	}
}

// refusal runs one test: path, then revocation of every certificate.
func (s *pkits) refusal(t *testing.T, c pkitsCase) string {
	t.Helper()
	var certs []*x509.Certificate
	for _, name := range c.CertPath {
		cert, err := s.certificate(filepath.Join(s.certs, name))
		if err != nil {
			return err.Error()
		}
		certs = append(certs, cert)
	}
	anchor := AnchorOf(certs[0])
	anchor.Constrained = false // the suite's anchor is a name and a key
	o := Options{At: s.at, Verify: s.verify, ExplicitPolicy: c.InitialExplicitPolicy,
		InhibitPolicyMapping: c.InitialPolicyMappingInhibit, InhibitAnyPolicy: c.InitialAnyPolicyInhibit}
	for _, p := range c.InitialPolicySet {
		if n, ok := strings.CutPrefix(p, "NIST-test-policy-"); ok {
			o.Policies = append(o.Policies, der.OID("2.16.840.1.101.3.2.1.48."+n))
		} else if p != "anyPolicy" {
			t.Fatalf("policy %q", p)
		}
	}
	leaf := certs[len(certs)-1]
	sources := []Source{Pool(certs[1 : len(certs)-1])}
	b := Builder{Anchors: []Anchor{anchor}, Sources: sources, Options: o}
	p, err := b.Build(leaf)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || e.Reason == "" {
			t.Errorf("%s: an error without a reason: %v", c.Name, err)
		}
		return err.Error()
	}
	if _, err := Validate(p.Certificates, anchor, o); err != nil {
		t.Errorf("%s: Build and Validate differ: %v", c.Name, err)
	}
	if s.crls == "" {
		return ""
	}
	r := NewRevocation(p, s.at, sources, o, nil)
	for _, name := range c.CRLPath {
		r.Add(s.list(t, name))
	}
	for i := len(p.Certificates) - 1; i >= 0; i-- {
		switch status := r.Status(i); status.State {
		case Good:
		case Revoked:
			return "revoked: " + status.Entry.Reason.String()
		default:
			return "undetermined: " + string(status.Why)
		}
	}
	return ""
}

func (s *pkits) certificate(file string) (*x509.Certificate, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(raw)
}

func (s *pkits) list(t *testing.T, name string) *x509.CRL {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(s.crls, name))
	if err != nil {
		t.Fatal(err)
	}
	first, err := x509.ParseCRL(raw)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if s.rewritten == nil {
		return first
	}
	list, err := x509.ParseCRL(renamed(raw))
	if err != nil {
		t.Fatalf("%s under the names of 2011: %v", name, err)
	}
	s.rewritten[string(list.RawTBS)] = first
	return list
}

// verify is pki/alg, but for what belongs to the first edition.
func (s *pkits) verify(spki []byte, a alg.SignatureAlgorithm, tbs, signature []byte) error {
	if first := s.rewritten[string(tbs)]; first != nil {
		return verifyOld(s.firstKeys[string(spki)], first.SignatureAlgorithm, first.RawTBS, first.Signature)
	}
	if s.rewritten == nil {
		return verifyOld(spki, a, tbs, signature)
	}
	key, err := alg.ParsePublicKey(spki)
	if err != nil {
		return err
	}
	return x509.CheckTBS(key, a, tbs, signature)
}

// verifyOld is RSA of any length with SHA-1.
func verifyOld(spki []byte, a alg.SignatureAlgorithm, tbs, signature []byte) error {
	parsed, err := stdx509.ParsePKIXPublicKey(spki)
	key, ok := parsed.(*rsa.PublicKey)
	if err != nil || !ok || a.Hash != alg.SHA1 {
		return alg.ErrUnsupported
	}
	if rsa.VerifyPKCS1v15(key, crypto.SHA1, alg.SHA1.Sum(tbs), signature) != nil {
		return alg.ErrSignature
	}
	return nil
}

// renamed rewrites the organization of the first edition to that of the second, at any
// depth of the encoding and inside of octet strings.
func renamed(in []byte) (out []byte) {
	const first, second = "Test Certificates", "Test Certificates 2011"
	r := der.NewReader(in)
	for !r.Empty() {
		tag, raw, content := r.Any()
		switch {
		case tag.Constructed():
			out = append(out, der.Element(tag, renamed(content))...)
		case tag == der.TagOctetString && bytes.Contains(content, []byte(first)):
			out = append(out, der.Element(tag, renamed(content))...)
		case string(content) == first:
			out = append(out, der.Element(tag, []byte(second))...)
		default:
			out = append(out, raw...)
		}
	}
	return out
}
