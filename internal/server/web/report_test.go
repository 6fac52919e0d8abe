// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"podpis/internal/service/ca"
	"podpis/internal/service/servicetest"
	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/reasons"
)

// signedMessage is an attached signature by a certificate of the site's authority.
func (s *site) signedMessage() []byte {
	s.t.Helper()
	key, cert := s.holder()
	var out bytes.Buffer
	must(s.t, sign.Attached(context.Background(), rand.Reader, &out, bytes.NewReader([]byte("договор")), key, sign.Options{Certificate: cert, Time: s.DB.Now()}))
	return out.Bytes()
}

// issued is the number of a certificate of the site's authority.
func (s *site) issued() x509.Serial {
	s.t.Helper()
	_, cert := s.holder()
	return cert.Serial
}

// holder has a certificate of the site's authority.
func (s *site) holder() (alg.Signer, *x509.Certificate) {
	s.t.Helper()
	key, request := servicetest.Request(s.t, alg.GOST256B)
	issued, err := s.Authority.Issue(context.Background(), ca.Order{
		Key: "report/1", Profile: "person", Request: request, Approval: []byte{1}, ApprovedBy: "account/o", OrderedBy: "account/h",
		Subject: map[string]string{
			"CN": "Соколова Анна Ивановна", "SN": "Соколова", "G": "Анна Ивановна", "C": "RU", "ST": "16 Республика Татарстан", "L": "Казань",
			"INN": "990000001704", "SNILS": "99000000153", "E": "anna@example.org",
		},
	})
	must(s.t, err)
	cert, err := x509.ParseCertificate(issued.DER)
	must(s.t, err)
	return key, cert
}

// A person checks a signature, takes the report along as a signed document, keeps it behind a link, shows it, and takes it back.
func TestReportIsTakenAlong(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.upload("/verify", map[string][]byte{"files": s.signedMessage()}).shows(200, "Подпись верна", "Взять отчёт с собой", "Ссылка на 30 дней")
	checked := *v

	v.send("/verify/report", "form", "pdf")
	if v.code != 200 || v.head.Get("Content-Type") != "application/pdf" || !strings.Contains(v.head.Get("Content-Disposition"), ".pdf") {
		t.Fatalf("%d %v", v.code, v.head)
	}
	chain := s.Authority.Chain()
	report, err := verify.CheckPDF(context.Background(), "report.pdf", strings.NewReader(v.body), int64(len(v.body)), verify.Options{
		At: s.DB.Now(), Trust: []verify.Anchor{{Certificate: chain[len(chain)-1]}}, Evidence: []verify.Evidence{&verify.Pool{Certificates: chain}},
	})
	must(t, err)
	if len(report.Signatures) != 1 || report.Signatures[0].Facts.Document.Answer != verify.Yes || report.Signatures[0].Facts.Issuer.Answer != verify.Yes {
		t.Errorf("the report's own signature: %+v", report.Signatures)
	}

	*v = checked
	v.send("/verify/report", "form", "json")
	var machine verify.Report
	if err := json.Unmarshal([]byte(v.body), &machine); err != nil || machine.Verdict != reasons.TotalPassed {
		t.Errorf("%v %s", err, v.body)
	}
	*v = checked
	if v.send("/verify/report", "form", "xml"); !strings.Contains(v.body, "urn:etsi:019102:mainindication:total-passed") {
		t.Error(v.body)
	}
	*v = checked
	v.send("/verify/report", "form", "exe").shows(404)
	*v = checked
	v.post("/verify/report", "carried", "forged", "form", "pdf").shows(422, "Проверьте подпись ещё раз")

	*v = checked
	v.send("/verify/report", "form", "link").shows(200, "Сохранённый отчёт В-", "Подпись верна", "Соколова Анна Ивановна")
	link := v.at
	if !strings.HasPrefix(link, "/verify/r/") || v.head.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("%s %v", link, v.head)
	}
	if secret := strings.TrimPrefix(link, "/verify/r/"); strings.Contains(s.log.String(), secret) {
		t.Error("the secret of the link is in the log")
	}
	other := s.visitor()
	other.open(link).shows(200, "Подпись верна")
	if other.open(link + "/pdf"); other.head.Get("Content-Type") != "application/pdf" {
		t.Error(other.head)
	}
	other.open(link).post(link+"/forget").shows(200, "Отчёт удалён")
	v.open(link).shows(404, "По этой ссылке ничего нет")
	v.open(link + "/pdf").shows(404)
	other.post(link+"/forget").shows(404, "По этой ссылке ничего нет")
}

// A page that was shown once is not good for links and seals without end.
func TestReportsAreCounted(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	v.upload("/verify", map[string][]byte{"files": s.signedMessage()})
	checked := *v
	for range 30 {
		*v = checked
		v.send("/verify/report", "form", "link").shows(200)
	}
	for _, form := range []string{"link", "pdf"} {
		*v = checked
		v.send("/verify/report", "form", form).shows(429, "Повторите через минуту")
	}
}

// What is no signature can be taken along too, but not in the form for signatures.
func TestReportOfCertificate(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	v := s.visitor()
	root := pkitest.Root(t, alg.GOST256A, "CN=Чужой УЦ")
	v.upload("/verify", map[string][]byte{"files": root.Cert.Raw})
	if strings.Contains(v.body, `value="xml"`) {
		t.Error("offers the form for signatures")
	}
	checked := *v
	if v.send("/verify/report", "form", "pdf"); v.head.Get("Content-Type") != "application/pdf" {
		t.Error(v.code, v.body)
	}
	*v = checked
	v.send("/verify/report", "form", "xml").shows(404)
	*v = checked
	s.Clock.Pass(25 * time.Hour)
	v.send("/verify/report", "form", "pdf").shows(422, "открыта слишком давно")
}
