// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package pkitest is a small certification authority for tests of everything
// that handles certificates: roots, intermediate authorities, signers, time
// stamp authorities, revocation lists, and the place of the corpus of real files.
//
// It is no authority for use: it keeps keys in memory, asks nobody and remembers
// nothing. Programs must not import it.
package pkitest

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/x509"
)

// Start and End bound the validity of what is made unless told otherwise.
var (
	Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	End   = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	// Now is a moment inside, the clock of most tests.
	Now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
)

// Kinds are the sets the project promises to work with foreign programs.
func Kinds() []alg.Kind {
	return []alg.Kind{alg.GOST256A, alg.GOST256B, alg.GOST512A, alg.GOST512C, alg.P256, alg.RSA}
}

// Identity is a key with its certificate. It can issue when the certificate is
// of an authority.
type Identity struct {
	Key  *alg.PrivateKey
	Cert *x509.Certificate
}

var keys struct {
	sync.Mutex
	rsa *alg.PrivateKey
}

// Key makes a key. RSA keys take a second each, so the tests of one process
// share one.
func Key(tb testing.TB, k alg.Kind) *alg.PrivateKey {
	tb.Helper()
	if k == alg.RSA {
		keys.Lock()
		defer keys.Unlock()
		if keys.rsa != nil {
			return keys.rsa
		}
	}
	key, err := alg.Generate(k, rand.Reader)
	if err != nil {
		tb.Fatalf("generate %s: %v", k.Name(), err)
	}
	if k == alg.RSA {
		keys.rsa = key
	}
	return key
}

// Name parses a name such as "CN=Test".
func Name(tb testing.TB, text string) x509.Name {
	tb.Helper()
	n, err := x509.NameByText(text)
	if err != nil {
		tb.Fatalf("name %q: %v", text, err)
	}
	return n
}

// Root makes a self-signed authority.
func Root(tb testing.TB, k alg.Kind, name string, changes ...func(*x509.Template)) *Identity {
	tb.Helper()
	self := &Identity{Key: Key(tb, k)}
	t := template(tb, self.Key, name)
	authority(t)
	for _, change := range changes {
		change(t)
	}
	t.Issuer = t.Subject
	self.Cert = sign(tb, t, self.Key.PublicKey(), self.Key)
	return self
}

// CA makes an authority below.
func (a *Identity) CA(tb testing.TB, name string, changes ...func(*x509.Template)) *Identity {
	tb.Helper()
	return a.Issue(tb, a.Key.Kind(), name, append([]func(*x509.Template){authority}, changes...)...)
}

// Signer makes a certificate for signing documents.
func (a *Identity) Signer(tb testing.TB, k alg.Kind, name string, changes ...func(*x509.Template)) *Identity {
	tb.Helper()
	return a.Issue(tb, k, name, append([]func(*x509.Template){func(t *x509.Template) {
		t.KeyUsage = x509.DigitalSignature | x509.NonRepudiation
	}}, changes...)...)
}

// TSA makes a certificate for time stamps alone.
func (a *Identity) TSA(tb testing.TB, k alg.Kind, changes ...func(*x509.Template)) *Identity {
	tb.Helper()
	return a.Issue(tb, k, "CN=Test TSA", append([]func(*x509.Template){func(t *x509.Template) {
		t.KeyUsage = x509.DigitalSignature
		t.ExtKeyUsage, t.ExtKeyUsageCritical = []der.OID{x509.OIDTimeStamping}, true
	}}, changes...)...)
}

// OCSP makes a certificate of a delegated responder.
func (a *Identity) OCSP(tb testing.TB, k alg.Kind, changes ...func(*x509.Template)) *Identity {
	tb.Helper()
	return a.Issue(tb, k, "CN=Test OCSP", append([]func(*x509.Template){func(t *x509.Template) {
		t.KeyUsage = x509.DigitalSignature
		t.ExtKeyUsage, t.OCSPNoCheck = []der.OID{x509.OIDOCSPSigning}, true
	}}, changes...)...)
}

// Issue makes a certificate with a key of its own.
func (a *Identity) Issue(tb testing.TB, k alg.Kind, name string, changes ...func(*x509.Template)) *Identity {
	tb.Helper()
	return a.IssueFor(tb, Key(tb, k), name, changes...)
}

// IssueFor makes a certificate for a key.
func (a *Identity) IssueFor(tb testing.TB, key *alg.PrivateKey, name string, changes ...func(*x509.Template)) *Identity {
	tb.Helper()
	t := template(tb, key, name)
	t.Issuer = a.Cert.Subject
	t.AuthorityKeyID = a.Cert.SubjectKeyID
	for _, change := range changes {
		change(t)
	}
	return &Identity{Key: key, Cert: sign(tb, t, key.PublicKey(), a.Key)}
}

// CRL makes a list of the given certificates.
func (a *Identity) CRL(tb testing.TB, this, next time.Time, revoked ...x509.Revoked) []byte {
	tb.Helper()
	list, err := x509.CreateCRL(rand.Reader, &x509.CRLTemplate{
		Issuer: a.Cert.Subject, ThisUpdate: this, NextUpdate: next, Number: x509.NewSerial([]byte{1}),
		AuthorityKeyID: a.Cert.SubjectKeyID, Revoked: revoked,
	}, a.Key)
	if err != nil {
		tb.Fatalf("revocation list: %v", err)
	}
	return list
}

func template(tb testing.TB, key *alg.PrivateKey, name string) *x509.Template {
	tb.Helper()
	serial := make([]byte, 16)
	if _, err := rand.Read(serial); err != nil {
		tb.Fatal(err)
	}
	serial[0] = serial[0]&0x7f | 1
	return &x509.Template{
		Serial: x509.NewSerial(serial), Subject: Name(tb, name), NotBefore: Start, NotAfter: End,
		SubjectKeyID: x509.KeyID(key.PublicKey()), MaxPathLen: -1,
	}
}

func authority(t *x509.Template) { t.IsCA, t.KeyUsage = true, x509.KeyCertSign|x509.CRLSign }

func sign(tb testing.TB, t *x509.Template, key *alg.PublicKey, signer *alg.PrivateKey) *x509.Certificate {
	tb.Helper()
	raw, err := x509.CreateCertificate(rand.Reader, t, key.SPKI(), signer)
	if err != nil {
		tb.Fatalf("certificate: %v", err)
	}
	c, err := x509.ParseCertificate(raw)
	if err != nil {
		tb.Fatalf("read own certificate: %v", err)
	}
	return c
}

// Corpus returns the folder of real files: PODPIS_CORPUS or ../shared/corpus
// beside the repository. It skips the test when there is none.
func Corpus(tb testing.TB) string {
	tb.Helper()
	dir := os.Getenv("PODPIS_CORPUS")
	if dir == "" {
		dir = filepath.Join(repository(tb), "..", "shared", "corpus")
	}
	if _, err := os.Stat(filepath.Join(dir, "MANIFEST.md")); err != nil {
		tb.Skipf("no corpus of real files: set PODPIS_CORPUS (%v)", err)
	}
	return dir
}

// repository finds the folder of go.mod.
func repository(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			tb.Fatal("go.mod not found above the test")
		}
		dir = parent
	}
}

// ManifestFiles lists the files that the manifest of the corpus names in a
// section such as "cms".
func ManifestFiles(tb testing.TB, section string) (files []string) {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(Corpus(tb), "MANIFEST.md"))
	if err != nil {
		tb.Fatal(err)
	}
	inside := false
	for _, line := range bytes.Split(text, []byte("\n")) {
		if title, ok := bytes.CutPrefix(line, []byte("## ")); ok {
			inside = string(bytes.TrimSpace(title)) == section
			continue
		}
		cells := bytes.SplitN(line, []byte("|"), 3)
		if inside && len(cells) == 3 && bytes.HasPrefix(bytes.TrimSpace(cells[1]), []byte(section+"/")) {
			files = append(files, string(bytes.TrimSpace(cells[1])))
		}
	}
	if len(files) == 0 {
		tb.Fatalf("manifest has no section %q", section)
	}
	return files
}

// ReadCorpus reads one file of the corpus.
func ReadCorpus(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(Corpus(tb), filepath.FromSlash(name)))
	if err != nil {
		tb.Fatal(err)
	}
	return data
}
