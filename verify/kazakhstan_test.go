// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"slices"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/pkcs12"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/reasons"
)

// TestKazakhstan judges what the national authority of Kazakhstan issued, by its own lists
// and answers: RSA, GOST 34.310-2004 and GOST 34.10-2015, out of containers with the
// ciphers of old.
func TestKazakhstan(t *testing.T) {
	t.Parallel()
	o := corpusTrust(t)
	issuing, err := x509.ParseCertificates(pkitest.ReadCorpus(t, "kz/ca/nca_gost2015_test.cer"))
	if err != nil {
		t.Fatal(err)
	}
	o.Trust = append(o.Trust, verify.Anchor{Certificate: issuing[0]}) // its root is not stored
	for _, test := range []struct {
		file, password, at string
		kind               alg.Kind
		want               reasons.Code
	}{
		{"individual-2015-gost", "Aa123456", "2022-08-10", alg.KZ2015, reasons.CertificateValid},
		{"individual-2015-gost", "Aa123456", "2022-07-01", alg.KZ2015, reasons.CertificateNotYetValid},
		{"individual-2015-gost", "Aa123456", "2024-01-01", alg.KZ2015, reasons.CertificateExpired},
		{"gokalkan-gost2015-2023", "Qwerty12", "2024-01-01", alg.KZ2015, reasons.CertificateNotChecked}, // the list is older
		{"ceo-sign-2004-gost-revoked", "Qwerty12", "2022-04-10", alg.KZ2004, reasons.CertificateRevoked},
		{"gokalkan-h1_gost1", "Qwerty12", "2024-01-01", alg.KZ2004, reasons.CertificateExpired},
		{"2018-gost-legal", "Qwerty12", "2018-12-01", alg.KZ2004, reasons.CertificateNotChecked}, // no list is stored
		{"individual-sign-2004-rsa-revoked", "Qwerty12", "2022-04-10", alg.RSA, reasons.CertificateRevoked},
		{"individual-sign-2004-rsa", "Qwerty12", "2022-04-10", alg.RSA, reasons.CertificateExpired},
		{"2018-auth-rsa", "Qwerty12", "2021-06-01", alg.RSA, reasons.CertificateExpired},
	} {
		c, err := pkcs12.Decode(pkitest.ReadCorpus(t, "kz/p12/"+test.file+".p12"), []byte(test.password))
		if err != nil {
			t.Errorf("%s: %v", test.file, err)
			continue
		}
		if o.At, err = time.Parse(time.DateOnly, test.at); err != nil {
			t.Fatal(err)
		}
		report, err := verify.CheckCertificates(t.Context(), test.file, c.Certificates, o)
		if err != nil || len(report.Certificates) != 1 {
			t.Fatalf("%s: %+v %v", test.file, report, err)
		}
		judged := report.Certificates[0]
		if judged.Outcome != test.want || c.Key.Kind() != test.kind {
			t.Errorf("%s at %s: %s (%s), %s", test.file, test.at, judged.Outcome, judged.Reason.Text, c.Key.Kind())
		}
		// Its certificates name persons by IIN; nothing of Russia is asked of them.
		if judged.Qualified == verify.Yes || slices.ContainsFunc(judged.Warnings, func(w verify.Warning) bool { return w.Code == reasons.WarnNotAccredited }) {
			t.Errorf("%s: %+v", test.file, judged)
		}
	}
}
