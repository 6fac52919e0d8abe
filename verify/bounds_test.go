// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"bytes"
	"context"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/reasons"
)

// TestBounds: files made to exhaust the reader are answered in time and in memory. It is
// not parallel: memory is counted.
func TestBounds(t *testing.T) { //nolint:paralleltest // memory of the process is counted
	w := newWorld(t, alg.GOST256B)
	deep := bytes.Repeat([]byte{0x30, 0x80}, 200_000)
	inside := slices.Concat([]byte{0x30, 0x80, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02, 0xa0, 0x80}, deep)
	entities := `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">` + strings.Repeat(`<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">`, 50) + `]><x>&b;</x>`
	outside := `<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd" [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>`
	large := w.forge(w.attributes(), func(b *cms.Builder) { b.Signers[0].AddUnsigned("1.2.3.4", der.OctetString(make([]byte, 100<<20))) })
	signedAttribute := w.forge(w.attributes(cms.NewAttribute("1.2.3.4", der.OctetString(make([]byte, 20<<20)))))
	for _, test := range []struct {
		name    string
		in      []byte
		verdict reasons.Code
		memory  int // times the file, and 32 MiB
	}{
		{"200,000 levels of BER", deep, reasons.Indeterminate, 8},
		{"200,000 levels inside a message", inside, reasons.TotalFailed, 8},
		{"entities", []byte(entities), reasons.Indeterminate, 8},
		{"entities from outside", []byte(outside), reasons.Indeterminate, 8},
		{"deep XML", []byte(strings.Repeat("<a>", 500_000)), reasons.Indeterminate, 64},
		{"an unsigned attribute of 100 MiB", large, reasons.TotalPassed, 4},
		{"a signed attribute of 20 MiB", signedAttribute, reasons.TotalPassed, 6},
		{"a bomb", pack(t, packed{"a", make([]byte, 64<<20)}), reasons.Indeterminate, 8},
		{"PEM without end", []byte("-----BEGIN CERTIFICATE-----\n" + strings.Repeat("MIIB", 2<<20)), reasons.Indeterminate, 8},
		{"many PEM blocks", bytes.Repeat(x509.EncodePEM(x509.PEMCertificate, w.ca.Cert.Raw), 20_000), reasons.Indeterminate, 16},
	} {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		in := verify.Input{Signature: test.in, MayBeDocument: true}
		if test.verdict == reasons.TotalPassed {
			in.Document = bytes.NewReader(w.document)
		}
		report, err := verify.Check(t.Context(), in, w.options)
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		if err != nil || report.Verdict != test.verdict && test.name != "many PEM blocks" {
			t.Errorf("%s: %+v %v", test.name, report, err)
		}
		used, limit := after.TotalAlloc-before.TotalAlloc, uint64(test.memory*len(test.in)+32<<20)
		if took > 10*time.Second || used > limit {
			t.Errorf("%s: %v and %d octets for %d, at most %d", test.name, took, used, len(test.in), limit)
		}
		t.Logf("%s: %d octets, %v, %d KiB allocated", test.name, len(test.in), took.Round(time.Millisecond), used>>10)
	}
}

// circle is a source whose authorities certify each other without end.
type circle struct {
	t     *testing.T
	a, b  *pkitest.Identity
	asked int
}

func (c *circle) Issuers(_ context.Context, cert *x509.Certificate) ([]*x509.Certificate, error) {
	c.asked++
	by, of := c.a, c.b
	if cert.Issuer.Equal(c.a.Cert.Subject) {
		by, of = c.b, c.a
	}
	// A new certificate every time: what was seen does not end it.
	return []*x509.Certificate{by.IssueFor(c.t, of.Key, of.Cert.Subject.String(), func(x *x509.Template) {
		x.IsCA, x.KeyUsage, x.SubjectKeyID = true, x509.KeyCertSign|x509.CRLSign, of.Cert.SubjectKeyID
	}).Cert}, nil
}

func (c *circle) Revocation(context.Context, *x509.Certificate, *x509.Certificate) ([]verify.RevocationData, error) {
	return nil, nil
}

// TestCircularIssuers: certificates whose issuers lead in a circle end the search.
func TestCircularIssuers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	c := &circle{t: t, a: pkitest.Root(t, alg.GOST256B, "CN=A"), b: pkitest.Root(t, alg.GOST256B, "CN=B")}
	w.signer = c.a.Signer(t, alg.GOST256B, "CN=Иванов")
	w.options.Evidence = []verify.Evidence{c}
	start := time.Now()
	if s := w.check(w.sign(time.Time{})); s.SubIndication != reasons.NoChain {
		t.Errorf("%s", s.SubIndication)
	}
	if took := time.Since(start); took > 5*time.Second || c.asked > 100 {
		t.Errorf("%v, %d times asked", took, c.asked)
	}
}
