// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509_test

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/pkcs8"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func loadJSON(t testing.TB, v any, path ...string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, v); err != nil {
		t.Fatal(err)
	}
}

type rfc9215 struct {
	Cases []struct {
		Name        string `json:"name"`
		Request     string `json:"pkcs10_der"`
		Certificate string `json:"certificate_der"`
		List        string `json:"crl_der"`
		OID         string `json:"sig_oid"`
	} `json:"cases"`
}

// TestRFC9215 reads the examples of RFC 9215, appendix D, checks their
// signatures, and makes the same octets to be signed again.
func TestRFC9215(t *testing.T) {
	t.Parallel()
	var file rfc9215
	loadJSON(t, &file, "testdata", "x509-rfc9215.json")
	if len(file.Cases) != 3 {
		t.Fatalf("%d cases", len(file.Cases))
	}
	for _, v := range file.Cases {
		q, err := x509.ParseRequest(unhex(t, v.Request))
		if err != nil {
			t.Fatal(v.Name, err)
		}
		c, err := x509.ParseCertificate(unhex(t, v.Certificate))
		if err != nil {
			t.Fatal(v.Name, err)
		}
		list, err := x509.ParseCRL(unhex(t, v.List))
		if err != nil {
			t.Fatal(v.Name, err)
		}
		if err := errors.Join(q.CheckSignature(), c.CheckSignatureFrom(c), list.CheckSignatureFrom(c)); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		if c.Subject.String() != "CN=Example" || len(c.Serial) != 1 || !c.IsCA || string(c.SignatureAlgorithm.OID) != v.OID ||
			len(c.Warnings) != 0 || list.Len() != 0 || !q.PublicKey.Equal(c.PublicKey) {
			t.Errorf("%s: %s, %s, %v", v.Name, c.Subject, c.Serial, c.Warnings)
		}
		remake(t, v.Name, c, q)
	}
}

// remake builds the TBS octets from the parsed parts.
func remake(t *testing.T, name string, c *x509.Certificate, q *x509.Request) {
	t.Helper()
	template := x509.Template{
		Serial: c.Serial, Issuer: c.Issuer, Subject: c.Subject, NotBefore: c.NotBefore, NotAfter: c.NotAfter,
		IsCA: true, MaxPathLen: -1,
	}
	tbs, err := template.TBS(c.SignatureAlgorithm, c.RawSPKI)
	if err != nil || !slices.Equal(tbs, c.RawTBS) {
		t.Errorf("%s: certificate differs: %x\n%x\n%v", name, tbs, c.RawTBS, err)
	}
	if got := x509.AssembleSigned(tbs, c.SignatureAlgorithm, c.Signature); !slices.Equal(got, c.Raw) {
		t.Errorf("%s: assembled differently", name)
	}
	tbs, err = x509.RequestTBS(q.RawSPKI, q.Subject, nil)
	if err != nil || !slices.Equal(tbs, q.RawTBS) {
		t.Errorf("%s: request differs: %x\n%x\n%v", name, tbs, q.RawTBS, err)
	}
}

// TestGostEngine reads the self-signed certificates of gost-engine, which are of
// version 1 and carry NULL parameters.
func TestGostEngine(t *testing.T) {
	t.Parallel()
	var file struct {
		Cases []struct {
			Name        string `json:"name"`
			Certificate string `json:"certificate_der"`
			SPKI        string `json:"spki_der"`
		} `json:"cases"`
	}
	loadJSON(t, &file, "..", "..", "gost", "gost3410", "testdata", "interop-gost-engine.json")
	if len(file.Cases) != 12 {
		t.Fatalf("%d cases", len(file.Cases))
	}
	for _, v := range file.Cases {
		c, err := x509.ParseCertificate(unhex(t, v.Certificate))
		if err != nil {
			t.Fatal(v.Name, err)
		}
		if err := c.CheckSignatureFrom(c); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
		if c.Version != 1 || !slices.Contains(c.Warnings, x509.WarnNullParameters) || hex.EncodeToString(c.RawSPKI) != v.SPKI {
			t.Errorf("%s: version %d, %v", v.Name, c.Version, c.Warnings)
		}
	}
}

// TestR1323565 reads the certificates of R 1323565.1.025, with digest parameters
// that RFC 9215 omits and obsolete key identifiers.
func TestR1323565(t *testing.T) {
	t.Parallel()
	var file struct {
		Certificates map[string]string `json:"certificates"`
	}
	loadJSON(t, &file, "..", "cms", "testdata", "cms-r1323565.1.025.json")
	if len(file.Certificates) != 5 {
		t.Fatalf("%d certificates", len(file.Certificates))
	}
	root, err := x509.ParseCertificate(unhex(t, file.Certificates["root256"]))
	if err != nil {
		t.Fatal(err)
	}
	obsolete := 0
	for name, v := range file.Certificates {
		c, err := x509.ParseCertificate(unhex(t, v))
		if err != nil {
			t.Fatal(name, err)
		}
		if err := c.CheckSignatureFrom(root); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if slices.Contains(c.Warnings, x509.WarnObsoleteKeyID) {
			obsolete++
			if len(c.AuthorityKeyID) == 0 {
				t.Errorf("%s: no key identifier: %+v", name, c.Extensions)
			}
		}
	}
	if obsolete == 0 {
		t.Error("no obsolete key identifier was met")
	}
}

// TestOlderExamples verifies GOST R 34.10-2001 and recognises GOST R 34.10-94, which
// is not computed.
func TestOlderExamples(t *testing.T) {
	t.Parallel()
	c, err := x509.ParseCertificate(pkitest.ReadCorpus(t, "certs/misc-gost/bc-gostRFC4491_2001.der"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.CheckSignatureFrom(c); err != nil || c.PublicKey.Kind() != alg.GOST2001A {
		t.Errorf("%v, key %v", err, c.PublicKey)
	}
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	template := &x509.Template{
		Serial: x509.NewSerial([]byte("0123456789")), Issuer: root.Cert.Subject, Subject: c.Subject, NotBefore: pkitest.Start, NotAfter: pkitest.Now,
	}
	if _, err := x509.CreateCertificate(rand.Reader, template, root.Cert.RawSPKI, root.Key); err != nil {
		t.Error(err)
	}
	if _, err := x509.CreateCertificate(rand.Reader, template, c.RawSPKI, root.Key); !errors.Is(err, alg.ErrReadOnly) {
		t.Errorf("a certificate for an old key: %v", err)
	}
	if _, err := template.TBS(alg.GOST2001A.Algorithm(), root.Cert.RawSPKI); !errors.Is(err, alg.ErrReadOnly) {
		t.Errorf("a certificate by an old key: %v", err)
	}
	key, err := pkcs8.Read(pkitest.ReadCorpus(t, "keys/pkcs8/engine-gost2001_A.pem"), nil)
	if err != nil {
		t.Fatal(err)
	}
	list := &x509.CRLTemplate{Issuer: c.Subject, ThisUpdate: pkitest.Start, NextUpdate: pkitest.Now, Number: x509.NewSerial([]byte{1})}
	if _, err := x509.CreateCRL(rand.Reader, list, key); !errors.Is(err, alg.ErrReadOnly) {
		t.Errorf("a list by an old key: %v", err)
	}
	if _, err := x509.CreateRequest(rand.Reader, key, c.Subject, nil); !errors.Is(err, alg.ErrReadOnly) {
		t.Errorf("a request of an old key: %v", err)
	}
	c, err = x509.ParseCertificate(pkitest.ReadCorpus(t, "certs/misc-gost/bc-gostRFC4491_94.der"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.CheckSignatureFrom(c); !errors.Is(err, alg.ErrUnsupported) || c.PublicKey != nil {
		t.Errorf("%v, key %v", err, c.PublicKey)
	}
}

// TestPKITS finds the issuer of every certificate of the NIST path validation
// suite by its name: names that differ in case, white space and string type among
// them. Its keys are too short to verify.
func TestPKITS(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join(pkitest.Corpus(t), "generic", "pkits", "certs", "*.crt"))
	if err != nil || len(paths) < 300 {
		t.Fatalf("%d certificates, %v", len(paths), err)
	}
	all := map[string]*x509.Certificate{}
	subjects := map[string]bool{}
	for _, p := range paths {
		raw, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(raw)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(p), err)
			continue
		}
		all[strings.TrimSuffix(filepath.Base(p), ".crt")] = c
		subjects[c.Subject.Key()] = true
	}
	var orphans []string
	for name, c := range all {
		if !subjects[c.Issuer.Key()] {
			orphans = append(orphans, name)
		}
	}
	slices.Sort(orphans)
	if want := []string{"InvalidNameChainingOrderTest2EE", "InvalidNameChainingTest1EE"}; !slices.Equal(orphans, want) {
		t.Errorf("without issuer: %v, want %v", orphans, want)
	}
	// The list of this authority revokes −1, the certificate is 255.
	raw, err := os.ReadFile(filepath.Join(pkitest.Corpus(t), "generic", "pkits", "crls", "NegativeSerialNumberCACRL.crl"))
	if err != nil {
		t.Fatal(err)
	}
	list, err := x509.ParseCRL(raw)
	if err != nil {
		t.Fatal(err)
	}
	for e := range list.All() {
		if e.Serial.Hex() != "-01" {
			t.Errorf("serial number %s, want -01", e.Serial)
		}
	}
	if _, ok := list.Find(all["ValidNegativeSerialNumberTest14EE"].Serial); ok || list.Len() != 1 {
		t.Error("255 was taken for -1")
	}
}

// TestPKITSLists reads the lists of the suite, indirect and delta ones with
// them.
func TestPKITSLists(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join(pkitest.Corpus(t), "generic", "pkits", "crls", "*.crl"))
	if err != nil || len(paths) < 100 {
		t.Fatalf("%d lists, %v", len(paths), err)
	}
	var indirect, delta, partial, unknown int
	for _, p := range paths {
		raw, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCRL(raw)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(p), err)
			continue
		}
		for e := range c.All() {
			if _, ok := c.FindOf(e.Issuer, e.Serial); !ok {
				t.Errorf("%s: %s of %s not found", filepath.Base(p), e.Serial, e.Issuer)
			}
			if !e.Issuer.Equal(c.Issuer) {
				indirect++
			}
		}
		if c.IsDelta {
			delta++
		}
		if c.Point != nil && (c.Point.OnlyCACerts || c.Point.OnlyUserCerts || c.Point.OnlySomeReasons != 0) {
			partial++
		}
		if len(c.UnknownCritical) > 0 {
			unknown++
		}
	}
	t.Logf("%d lists: %d entries of other issuers, %d delta, %d partial, %d with unknown critical extensions", len(paths), indirect, delta, partial, unknown)
	if indirect == 0 || delta == 0 || partial == 0 || unknown == 0 {
		t.Error("a kind of list was not met")
	}
}
