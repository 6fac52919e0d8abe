// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509_test

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// expectations reads testdata/corpus.tsv: rows of a type by the name of the
// file.
func expectations(t *testing.T, kind string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("testdata/corpus.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		if f := strings.Split(strings.TrimSpace(line), "\t"); f[0] == kind {
			rows[f[1]] = f[2:]
		}
	}
	return rows
}

// corpusFiles lists the files of manifest sections and insists that each has an
// expectation, and each expectation a file.
func corpusFiles(t *testing.T, want map[string][]string, sections ...string) []string {
	t.Helper()
	var files []string
	for _, s := range sections {
		files = append(files, pkitest.ManifestFiles(t, s)...)
	}
	for _, f := range files {
		if want[f] == nil {
			t.Errorf("%s: no expectation in testdata/corpus.tsv", f)
		}
	}
	if len(files) != len(want) {
		t.Errorf("%d files, %d expectations", len(files), len(want))
	}
	return files
}

func corpusCertificates(t *testing.T) (map[string]*x509.Certificate, map[string][]string) {
	t.Helper()
	want := expectations(t, "certificate")
	all := map[string]*x509.Certificate{}
	for _, f := range corpusFiles(t, want, "certs/ru-ca", "certs/ru-leaf", "certs/misc-gost", "kz/ca", "kz/certs") {
		list, err := x509.ParseCertificates(pkitest.ReadCorpus(t, f))
		if err != nil || len(list) != 1 {
			t.Errorf("%s: %d certificates, %v", f, len(list), err)
			continue
		}
		all[f] = list[0]
	}
	return all, want
}

// TestCorpusCertificates reads every certificate of the corpus and compares with
// what OpenSSL read, then verifies every chain whose algorithms are computed.
func TestCorpusCertificates(t *testing.T) {
	t.Parallel()
	all, rows := corpusCertificates(t)
	counts := map[string]int{}
	for f, c := range all {
		want := rows[f]
		if len(want) != 4 {
			continue
		}
		checkKey(t, f, c, want[0])
		if got := c.Serial.Hex(); got != want[2] {
			t.Errorf("%s: serial %s, want %s", f, got, want[2])
		}
		if got := c.NotAfter.Format(time.RFC3339); got != want[3] {
			t.Errorf("%s: ends %s, want %s", f, got, want[3])
		}
		if len(c.UnknownCritical) > 0 {
			t.Errorf("%s: unknown critical %v", f, c.UnknownCritical)
		}
		if got := verdict(c, all); got != want[1] {
			t.Errorf("%s: %s, want %s", f, got, want[1])
		}
		counts[want[1]]++
	}
	t.Logf("%d certificates: %v", len(all), counts)
	if counts["chain"] < 91 || counts["root"] < 17 {
		t.Errorf("too few: %v", counts)
	}
}

func checkKey(t *testing.T, f string, c *x509.Certificate, want string) {
	t.Helper()
	got := "none"
	switch {
	case c.PublicKey == nil:
	case c.PublicKey.Kind() == alg.RSA:
		got = "rsa"
	case c.PublicKey.Kind() == alg.KZ2015, c.PublicKey.Kind() == alg.KZ2004:
		got = "kz"
	case c.PublicKey.Kind().ReadOnly():
		got = "gost2001"
	case c.PublicKey.Kind().IsGOST():
		got = "gost" + strconv.Itoa(c.PublicKey.Bits())
	}
	old := map[string]bool{"gost94": true}
	if got != want && (got != "none" || !old[want]) {
		t.Errorf("%s: key %s, want %s", f, got, want)
	}
}

// verdict follows signatures from a certificate to a self-signed one. Of several
// issuers of the name any that verifies will do.
func verdict(c *x509.Certificate, all map[string]*x509.Certificate) string {
	if c.SelfIssued() && c.CheckSignatureFrom(c) == nil {
		return "root"
	}
	found := "orphan"
	for _, issuer := range all {
		if len(c.AuthorityKeyID) > 0 && len(issuer.SubjectKeyID) > 0 && !bytes.Equal(c.AuthorityKeyID, issuer.SubjectKeyID) {
			continue // another key of the same name
		}
		switch err := c.CheckSignatureFrom(issuer); {
		case errors.Is(err, x509.ErrNotIssuer):
		case errors.Is(err, alg.ErrUnsupported):
			if found == "orphan" {
				found = "unsupported"
			}
		case err == nil && slices.Contains([]string{"root", "chain"}, verdict(issuer, all)):
			return "chain"
		case found == "orphan":
			found = "bad signature"
		}
	}
	if !c.SignatureAlgorithm.Known() {
		return "unsupported"
	}
	return found
}

// TestCorpusLists reads every revocation list and verifies it with an authority
// of the corpus.
func TestCorpusLists(t *testing.T) {
	t.Parallel()
	certificates, _ := corpusCertificates(t)
	want := expectations(t, "list")
	for _, f := range corpusFiles(t, want, "crl", "kz/crl") {
		list, err := x509.ParseCRL(pkitest.ReadCorpus(t, f))
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		row := want[f]
		number := "-"
		if list.Number != nil {
			number = "0x" + list.Number.Hex()
		}
		got := []string{number, list.ThisUpdate.Format(time.RFC3339), list.NextUpdate.Format(time.RFC3339), strconv.Itoa(list.Len())}
		if strings.Join(got, " ") != strings.Join(row[2:], " ") {
			t.Errorf("%s: %v, want %v", f, got, row[2:])
		}
		if got := listVerdict(list, certificates); got != row[1] {
			t.Errorf("%s: %s, want %s", f, got, row[1])
		}
		for e := range list.All() {
			if found, ok := list.Find(e.Serial); !ok || !found.At.Equal(e.At) {
				t.Errorf("%s: %s not found", f, e.Serial)
			}
		}
		if _, ok := list.Find(x509.NewSerial([]byte("not there"))); ok || len(list.UnknownCritical) != 0 {
			t.Errorf("%s: found what is not there, or %v", f, list.UnknownCritical)
		}
	}
}

func listVerdict(list *x509.CRL, all map[string]*x509.Certificate) string {
	found := "orphan"
	for _, c := range all {
		switch err := list.CheckSignatureFrom(c); {
		case err == nil:
			return "chain"
		case errors.Is(err, alg.ErrUnsupported):
			found = "unsupported"
		case !errors.Is(err, x509.ErrNotIssuer) && found == "orphan":
			found = "bad signature"
		}
	}
	return found
}

func TestCorpusRequests(t *testing.T) {
	t.Parallel()
	want := expectations(t, "request")
	for _, f := range corpusFiles(t, want, "csr") {
		q, err := x509.ParseRequest(pkitest.ReadCorpus(t, f))
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		if err := q.CheckSignature(); err != nil || want[f][1] != "good" || want[f][0] != "gost2001" || !q.PublicKey.Kind().ReadOnly() {
			t.Errorf("%s: %v, want %v", f, err, want[f])
		}
		if q.SignatureAlgorithm.OID != "1.2.643.2.2.3" || q.Subject.Get(x509.OIDCommonName) != "test" || q.Subject.Get(x509.OIDEmailAddress) != "sdb@dol.ru" {
			t.Errorf("%s: %s, %s", f, q.SignatureAlgorithm.OID, q.Subject)
		}
	}
}

// TestCorpusDetails looks at what is special in some files.
func TestCorpusDetails(t *testing.T) {
	t.Parallel()
	read := func(f string) *x509.Certificate {
		list, err := x509.ParseCertificates(pkitest.ReadCorpus(t, f))
		if err != nil {
			t.Fatal(err)
		}
		return list[0]
	}
	legal := read("certs/ru-leaf/fns-moc-dpc-legal-entity.cer")
	if legal.Subject.Get(x509.OIDINNLE) == "" || legal.Subject.Get(x509.OIDSurname) != "" || legal.IdentificationKind < 0 ||
		legal.SubjectSignTool == "" || legal.IssuerSignTool == nil || legal.IssuerSignTool.CATool == "" ||
		len(legal.CRLAddresses()) == 0 || len(legal.IssuingURLs) == 0 ||
		len(legal.AuthorityIssuer) != 1 || len(legal.AuthoritySerial) == 0 {
		t.Errorf("legal entity: %s, %+v", legal.Subject, legal.Fields)
	}
	if got := legal.PolicyOIDs(); len(got) == 0 || got[0] != x509.OIDClassKC1 {
		t.Errorf("classes %v", got)
	}
	ca := read("certs/ru-ca/Федеральная_налоговая_служба_2023-11-20T13-56-19Z_2038-11-20T13-56-19Z.pem")
	if !ca.IsCA || ca.KeyUsage&x509.KeyCertSign == 0 || ca.SubjectSignTool == "" {
		t.Errorf("authority: %+v", ca.Fields)
	}
	old := read("certs/ru-leaf/smev3-expert-org.cer").Subject
	if u := old.Get(x509.OIDUnstructuredName); !strings.HasPrefix(u, "INN=") || !strings.Contains(u, "/KPP=") {
		t.Errorf("unstructured name %q of %s", u, old)
	}
	for _, f := range pkitest.ManifestFiles(t, "certs/ru-ca") {
		if !strings.Contains(f, "/odd-") {
			continue
		}
		list, err := x509.ParseCertificates(pkitest.ReadCorpus(t, f))
		if err != nil {
			t.Fatal(err)
		}
		address := list[0].Subject.Get(x509.OIDPostalAddress)
		if address == "" || strings.HasPrefix(address, "#") {
			t.Errorf("address %q", address)
		}
	}
	responder := read("certs/ru-leaf/ac-ocsp-2024.cer")
	if !responder.OCSPNoCheck || !responder.HasExtKeyUsage(x509.OIDOCSPSigning) {
		t.Errorf("responder: %+v, %v", responder.Fields, responder.Warnings)
	}
}

// TestCorpusNames checks that every real name comes back from its text.
func TestCorpusNames(t *testing.T) {
	t.Parallel()
	all, _ := corpusCertificates(t)
	for f, c := range all {
		for _, n := range []x509.Name{c.Subject, c.Issuer} {
			if n.DisplayName() == "" {
				t.Errorf("%s: %s", f, n)
			}
			attributes, err := x509.ParseNameText(n.String())
			if err != nil || len(attributes) != len(n.Attributes) {
				t.Errorf("%s: %q: %v", f, n, err)
				continue
			}
			for i, a := range attributes {
				if a.OID != n.Attributes[i].OID || a.Value != n.Attributes[i].Value {
					t.Errorf("%s: %v became %v", f, n.Attributes[i], a)
				}
			}
		}
	}
}
