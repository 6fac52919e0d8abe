// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/ocsp"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/format"
	"podpis/verify/reasons"
)

// TestCertificateOutcomes: the statuses of the state portal, each with its next step.
// S002-005, S002-006, S002-007, S002-008, S002-009, S002-010, S002-011, S002-013
func TestCertificateOutcomes(t *testing.T) {
	t.Parallel()
	entry := func(w *world, reason x509.Reason) x509.Revoked {
		return x509.Revoked{Serial: w.signer.Cert.Serial, At: pkitest.Now.AddDate(0, 0, -3), Reason: reason}
	}
	for _, test := range []struct {
		name    string
		change  func(w *world)
		outcome reasons.Code
		verdict reasons.Code
		text    string
	}{
		{"good", func(*world) {}, reasons.CertificateValid, reasons.TotalPassed, "действителен"},
		{"ended", func(w *world) { w.options.At = pkitest.End.AddDate(0, 0, 1); w.crls() }, reasons.CertificateExpired, reasons.TotalFailed, "закончился 01.01.2027"},
		{"not begun", func(w *world) { w.options.At = pkitest.Start.AddDate(0, 0, -1); w.crls() }, reasons.CertificateNotYetValid, reasons.TotalFailed, "с 01.01.2026"},
		{"revoked", func(w *world) { w.crls(entry(w, x509.ReasonKeyCompromise)) }, reasons.CertificateRevoked, reasons.TotalFailed, "отозван 29.05.2026: ключ попал"},
		{"revoked and ended", func(w *world) {
			w.options.At = pkitest.End.AddDate(0, 0, 1)
			w.crls(entry(w, x509.ReasonSuperseded))
		}, reasons.CertificateRevoked, reasons.TotalFailed, "отозван"},
		{"revoked by an answer", func(w *world) {
			w.pool.Data = w.pool.Data[:1]
			single := w.single(ocsp.Revoked, pkitest.Now, pkitest.End)
			single.Reason = x509.ReasonCessationOfOperation
			w.addOCSP(w.ca, single)
		}, reasons.CertificateRevoked, reasons.TotalFailed, "не пользуется"},
		{"issuer revoked", func(w *world) {
			w.pool.Data = nil
			w.addCRL(w.root, pkitest.Now, pkitest.End, x509.Revoked{Serial: w.ca.Cert.Serial, At: pkitest.Now, Reason: x509.ReasonCACompromise})
		}, reasons.CertificateRevoked, reasons.TotalFailed, "издателя"},
		{"on hold", func(w *world) { w.crls(entry(w, x509.ReasonCertificateHold)) }, reasons.CertificateSuspended, reasons.TotalFailed, "приостановлено 29.05.2026"},
		{"no list", func(w *world) { w.pool.Data = nil }, reasons.CertificateNotChecked, reasons.Indeterminate, "нет сведений"},
		{"old list", func(w *world) { w.options.At = pkitest.Now.AddDate(0, 2, 0) }, reasons.CertificateNotChecked, reasons.Indeterminate, "устарел"},
		{"server down", func(w *world) {
			w.pool.Data = nil
			w.options.Evidence = append(w.options.Evidence, failing{})
		}, reasons.CertificateNotChecked, reasons.Indeterminate, "не ответил"},
		{"issuer not at hand, server down", func(w *world) {
			w.pool.Certificates = nil
			w.options.Evidence = append(w.options.Evidence, failing{})
		}, reasons.CertificateNotChecked, reasons.Indeterminate, "не ответил"},
		{"issuer not at hand", func(w *world) { w.pool.Certificates = nil }, reasons.CertificateNotTrusted, reasons.Indeterminate, "Подчинённый УЦ"},
		{"another root", func(w *world) { w.options.Trust[0].Certificate = pkitest.Root(t, alg.GOST256A, "CN=Другой").Cert }, reasons.CertificateNotTrusted, reasons.Indeterminate, "нет в списке"},
		{"forged", func(w *world) {
			other := pkitest.Root(t, alg.GOST256B, "CN=Подчинённый УЦ", func(x *x509.Template) { x.SubjectKeyID = w.ca.Cert.SubjectKeyID })
			w.signer = other.Signer(t, alg.GOST256B, "CN=Иванов")
		}, reasons.CertificateSignatureInvalid, reasons.TotalFailed, "неверна"},
		{"trust ended", func(w *world) { w.options.Trust[0].Until = pkitest.Now.AddDate(0, 0, -1) }, reasons.CertificateAccreditationEnded, reasons.TotalFailed, "Аккредитация"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, alg.GOST256B)
			w.options.Authority = func(issuer *x509.Certificate) *verify.Authority {
				if issuer.Subject.DisplayName() != "Подчинённый УЦ" {
					return nil
				}
				return &verify.Authority{Name: "Подчинённый УЦ", Phone: "+7", Mail: "ca@example.org", Periods: []verify.Period{{From: pkitest.Start.AddDate(-1, 0, 0)}}}
			}
			test.change(w)
			for _, l := range reasons.Languages() {
				w.options.Language = l
				c := w.certificate(w.signer.Cert)
				if atHand := len(w.pool.Certificates) > 0; atHand != (c.Authority != nil && c.Authority.Phone != "") {
					t.Errorf("contacts %+v", c.Authority)
				}
				if c.Outcome != test.outcome || c.Verdict != test.verdict || c.Reason.Code != test.outcome {
					t.Fatalf("%s, %s (%s)", c.Outcome, c.Verdict, c.SubIndication)
				}
				if l == reasons.Russian && !strings.Contains(c.Reason.Text, test.text) {
					t.Errorf("%q, want %q", c.Reason.Text, test.text)
				}
				if (c.Reason.Next == "") != (test.verdict == reasons.TotalPassed) || c.Reason.Text == "" {
					t.Errorf("%s: %+v", l, c.Reason)
				}
				if l == reasons.Russian && test.verdict == reasons.TotalFailed && !strings.Contains(c.Reason.Next, "Сначала сверьте срок") {
					t.Errorf("S002-011: %q", c.Reason.Next)
				}
				if c.Subject.Name == "" || c.NotBefore.IsZero() || c.NotAfter.IsZero() || c.Subject.Issuer == "" {
					t.Errorf("%+v", c)
				}
			}
		})
	}
}

// TestCertificateFiles: one certificate, however it comes, gives one answer; of a bundle
// the certificate that issued none of the others is judged.
func TestCertificateFiles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST512A)
	pem := x509.EncodePEM(x509.PEMCertificate, w.signer.Cert.Raw)
	chain := slices.Concat(x509.EncodePEM(x509.PEMCertificate, w.root.Cert.Raw), x509.EncodePEM(x509.PEMCertificate, w.ca.Cert.Raw), pem)
	bundle := (&cms.Builder{Certificates: []*x509.Certificate{w.ca.Cert, w.signer.Cert, w.root.Cert}}).Detached()
	w.pool.Certificates = nil
	for name, in := range map[string][]byte{
		"PEM chain": chain, "p7b": bundle, "p7b in PEM": x509.EncodePEM("PKCS7", bundle),
		"p7b in base64":     []byte(base64.StdEncoding.EncodeToString(bundle)),
		"PEM in other text": slices.Concat([]byte("Bag Attributes\n  friendlyName: я\n"), chain),
	} {
		report, err := verify.Check(t.Context(), verify.Input{Signature: in}, w.options)
		if err != nil || report.Kind != format.Certificate || len(report.Certificates) != 1 || report.Verdict != reasons.TotalPassed {
			t.Errorf("%s: %+v %v", name, report, err)
			continue
		}
		if c := report.Certificates[0]; c.Subject.Name != "Иванов Иван" || len(c.Chain) != 3 {
			t.Errorf("%s: %+v", name, c)
		}
	}
	w.pool.Certificates = []*x509.Certificate{w.ca.Cert}
	for name, in := range map[string][]byte{
		"DER": w.signer.Cert.Raw, "PEM": pem, "base64": []byte(base64.StdEncoding.EncodeToString(w.signer.Cert.Raw)),
		"pasted": []byte("  \r\n" + strings.ReplaceAll(base64.StdEncoding.EncodeToString(w.signer.Cert.Raw), "\n", "\r\n  ")),
	} {
		report, err := verify.Check(t.Context(), verify.Input{Signature: in}, w.options)
		if err != nil || len(report.Certificates) != 1 || report.Verdict != reasons.TotalPassed {
			t.Errorf("%s: %+v %v", name, report, err)
		}
	}
	damaged := bytes.Clone(w.signer.Cert.Raw)
	damaged[30] = 0xff
	report, err := verify.Check(t.Context(), verify.Input{Signature: damaged, MayBeDocument: true}, w.options)
	if err != nil || report.Verdict == reasons.TotalPassed || report.Kind != format.Certificate {
		t.Errorf("damaged: %+v %v", report, err)
	}
}

// qualified gives a certificate the form of the law.
func qualified(x *x509.Template) {
	x.Policies = []x509.Policy{{OID: "1.2.643.100.113.1"}, {OID: "1.2.643.100.113.2"}}
	x.SubjectSignTool = "Подпись"
	x.IssuerSignTool = &x509.IssuerSignTool{SignTool: "Подпись", CATool: "УЦ", SignToolCert: "нет", CAToolCert: "нет"}
}

// TestQualified: the class of the tools and the extensions of the law.
func TestQualified(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B, qualified)
	c := w.certificate(w.signer.Cert)
	if c.Qualified != unknown || c.Subject.Class != "КС2" {
		t.Errorf("%s %s", c.Qualified, c.Subject.Class)
	}
	w.options.Authority = func(*x509.Certificate) *verify.Authority {
		return &verify.Authority{Periods: []verify.Period{{From: pkitest.Start}}}
	}
	if c = w.certificate(w.signer.Cert); c.Qualified != yes {
		t.Errorf("accredited: %s", c.Qualified)
	}
	if c = newWorld(t, alg.P256).certificate(newWorld(t, alg.P256).signer.Cert); c.Qualified != no || c.Subject.Class != "" {
		t.Errorf("of another form: %s", c.Qualified)
	}
}

// TestBundleIsBounded: a bundle of many certificates is judged as far as it goes.
func TestBundleIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, alg.GOST256B)
	var list []*x509.Certificate
	for range 100 {
		list = append(list, w.ca.IssueFor(t, w.signer.Key, "CN=x").Cert)
	}
	start := time.Now()
	report, err := verify.CheckCertificates(t.Context(), "f", list, w.options)
	if err != nil || len(report.Certificates) != 64 || report.Verdict != reasons.Indeterminate {
		t.Errorf("%d certificates, %s %v", len(report.Certificates), report.Verdict, err)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Error(took)
	}
}
