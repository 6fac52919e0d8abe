// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package markup_test

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/verify"
	"podpis/verify/format"
	"podpis/verify/markup"
	"podpis/verify/reasons"
)

// keys are words that show their keys, and note those that are not listed.
type keys struct{ t *testing.T }

func (k keys) T(key string) string {
	if !slices.Contains(markup.Keys(), key) {
		k.t.Errorf("%s is asked for and not listed", key)
	}
	return "‹" + key + "›"
}

func (keys) DateTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

var day = time.Date(2026, 11, 21, 11, 2, 0, 0, time.UTC)

// nasty stands wherever a certificate or a file may bring text.
const nasty = `<script>alert("x")</script>&'`

func signature(verdict reasons.Code) verify.Signature {
	return verify.Signature{
		ID: nasty, Verdict: verdict, Indication: verdict, Reason: reasons.Reason{Code: verdict, Text: "text " + nasty, Next: "next " + nasty},
		Facts: verify.Facts{
			Document: verify.Fact{Answer: verify.Yes, Why: "‹fact.document›"}, Certificate: verify.Fact{Answer: verify.No, Why: nasty},
			Issuer: verify.Fact{Answer: verify.Unknown, Why: "why"}, Time: verify.Fact{Answer: verify.Yes, Why: "why"},
		},
		Signer:   &verify.Subject{Name: nasty, Organization: "Organisation", INN: "990000001704", Issuer: `CN="Issuer, \"best\"", O=Org`, Serial: "0A0B", Class: "КС2"},
		Level:    "CAdES-T",
		BestTime: &day, ClaimedTime: &day,
		Chain:      []verify.Link{{Role: "signer", Subject: nasty, Serial: "0A", NotBefore: day, NotAfter: day}},
		Timestamps: []verify.Timestamp{{Type: "signature", Time: day, Signer: &verify.Subject{Name: "TSA"}}, {Type: "content", Time: day, SubIndication: "X", Indication: "FAILED", Reason: &reasons.Reason{Text: "bad stamp"}}},
		Revocation: []verify.Status{{Certificate: "0A", Type: "crl", Source: nasty, ThisUpdate: day, Status: "revoked", Time: &day}, {Certificate: "0B", Type: "ocsp", Status: "good"}},
		Warnings:   []verify.Warning{{Code: "W", Text: nasty}},
		Law63:      verify.Law63{Recognized: verify.No, Conditions: []verify.Condition{{Code: reasons.LawAccredited, Answer: verify.Yes, Text: nasty}}},
		Authority:  &verify.Authority{Name: "Centre", Phone: "+7 495", Mail: nasty, Site: "javascript:alert(1)", Region: "16"},
	}
}

func report(signatures ...verify.Signature) *verify.Report {
	r := &verify.Report{File: nasty, Kind: format.Signature, Verdict: reasons.TotalPassed, Signatures: signatures, Time: day, Lists: verify.Lists{Date: &day}}
	for _, s := range signatures {
		r.Verdict = verify.Worse(r.Verdict, s.Verdict)
	}
	return r
}

// wellFormed reads a drawing as XML, which forgives nothing, and returns its headings:
// their levels never leave one out.
func wellFormed(t *testing.T, html string) (headings []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader("<main>" + html + "</main>"))
	level := byte('0')
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return headings
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, html)
		}
		if e, ok := token.(xml.StartElement); ok {
			name := e.Name.Local
			if name == "script" || name == "a" {
				t.Errorf("<%s> came from a file", name)
			}
			if len(name) == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6' {
				if name[1] > level+1 {
					t.Errorf("%s after h%c", name, level)
				}
				level = name[1]
				headings = append(headings, name)
			}
		}
	}
}

// The parts stand in the order a person reads them, and nothing of a file becomes markup.
//
// a negative result gives the contacts of the issuing authority as the trusted list
// has them.
func TestOrder(t *testing.T) {
	t.Parallel()
	title, html := markup.Report(report(signature(reasons.TotalFailed)), keys{t}, markup.About{Left: markup.LeftNothing})
	wellFormed(t, html)
	if title != "‹verdict.TOTAL-FAILED›" {
		t.Errorf("title %s", title)
	}
	at := 0
	for _, want := range []string{
		`verdict-failed`, `<h1`, "text &lt;script", "next &lt;script", "‹fact.document›", "‹fact.certificate›", "‹fact.issuer›", "‹fact.time›",
		"‹verify.signer›", "Organisation", "99••••••••04", "‹verify.time_proved›", "0A0B", "Issuer, &#34;best&#34;<", "‹verify.class.yes›, КС2", "‹verify.level›",
		`class="alert"`, "‹verify.contact›", "Centre", "+7 495", "‹verify.law63›", "‹verify.chain›", "‹verify.stamps›", "bad stamp",
		"‹verify.revocation›", "‹verify.status.revoked›", "‹verify.judged›", "‹verify.list_of›", "‹verify.left.nothing›",
	} {
		next := strings.Index(html[at:], want)
		if next < 0 {
			t.Fatalf("%q is missing or stands too early in\n%s", want, html)
		}
		at += next
	}
}

// S002-014: who knows no more is sent to the issuing authority, by its certificate where
// no list has its contacts. A good signature sends nobody there; several are summed up and drawn each by
// itself, counter signatures under theirs.
func TestSeveral(t *testing.T) {
	t.Parallel()
	if _, html := markup.Report(report(signature(reasons.TotalPassed)), keys{t}, markup.About{}); strings.Contains(html, "‹verify.contact›") || strings.Contains(html, "data-left") {
		t.Error("whom to ask about a good signature")
	}
	bare := signature(reasons.Indeterminate)
	bare.Authority, bare.Signer = nil, nil
	with := signature(reasons.TotalPassed)
	with.CounterSignatures = []verify.Signature{signature(reasons.TotalPassed), signature(reasons.TotalFailed)}
	named := signature(reasons.TotalFailed)
	named.Authority = nil
	title, html := markup.Report(report(with, bare, named), keys{t}, markup.About{Left: markup.LeftFiles})
	headings := wellFormed(t, html)
	if got := strings.Join(headings, " "); title != "‹verdict.TOTAL-FAILED›" || got != "h1 h2 h3 h3 h4 h2 h2 h3" {
		t.Errorf("%s: %s", title, got)
	}
	for _, want := range []string{"‹verify.count› 3 · ‹verify.count.TOTAL-PASSED› 1 · ‹verify.count.TOTAL-FAILED› 1 · ‹verify.count.INDETERMINATE› 1", "‹verify.contact.issuer› Issuer, &#34;best&#34;<"} {
		if !strings.Contains(html, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

// A certificate of a training installation is not called qualified, whatever its list.
func TestTraining(t *testing.T) {
	t.Parallel()
	if _, html := markup.Report(report(signature(reasons.TotalPassed)), keys{t}, markup.About{Training: true}); !strings.Contains(html, "‹verify.class.training›") ||
		strings.Contains(html, "‹verify.class.yes›") {
		t.Error(html)
	}
}

// Certificates, stamps, lists, and what is none of these.
//
// Whether the issuer was accredited is said, also that it is not known.
func TestOthers(t *testing.T) {
	t.Parallel()
	c := verify.CertificateReport{
		Outcome: reasons.CertificateRevoked, Verdict: reasons.TotalFailed, Reason: reasons.Of(reasons.English, reasons.CertificateRevoked, reasons.Details{Date: day}),
		Subject: &verify.Subject{Name: "Owner", Organization: "Org", INN: "123", Issuer: "CN=Issuer", Serial: "0C"}, NotBefore: day, NotAfter: day,
		Accredited: verify.Unknown, Qualified: verify.No, Warnings: []verify.Warning{{Text: "careful"}},
	}
	good := c
	good.Outcome, good.Verdict, good.Authority = reasons.CertificateValid, reasons.TotalPassed, &verify.Authority{Name: "Centre"}
	r := &verify.Report{Kind: format.Certificate, Verdict: reasons.TotalFailed, Certificates: []verify.CertificateReport{c, good}}
	title, html := markup.Report(r, keys{t}, markup.About{Left: markup.LeftCertificates})
	wellFormed(t, html)
	for _, want := range []string{`data-outcome="CERTIFICATE_REVOKED"`, "Owner", "‹verify.validity›", ">Issuer<", "‹verify.accredited.unknown›", "‹verify.class.no›", "Centre", "123", "careful"} {
		if !strings.Contains(html, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if !strings.HasPrefix(c.Reason.Text, title) || strings.HasSuffix(title, ".") {
		t.Errorf("title %q of %q", title, c.Reason.Text)
	}
	for _, r := range []*verify.Report{
		{Kind: format.Timestamp, Timestamps: []verify.Timestamp{{Time: day}}},
		{Kind: format.CRL, Answers: []verify.AnswerReport{{Type: "crl", Issuer: "O=" + nasty, ThisUpdate: day, NextUpdate: day, Reason: &reasons.Reason{Text: "stale"}}}, Reason: &reasons.Reason{Text: "other"}},
		{Kind: format.OCSP, Answers: []verify.AnswerReport{{Type: "ocsp", Statuses: []verify.Status{{Status: "unknown"}}}}},
		{Kind: format.Document, Reason: &reasons.Reason{Text: "nothing " + nasty, Next: "add"}}, {Kind: format.Key},
	} {
		title, html := markup.Report(r, keys{t}, markup.About{Left: markup.LeftCertificates})
		wellFormed(t, html)
		if title == "" || !strings.Contains(html, "<h1") {
			t.Errorf("%s: %q", r.Kind, title)
		}
		if got := strings.Contains(html, "‹verify.revoked›"); got != (r.Kind == format.CRL) { // an answer counts nothing
			t.Errorf("%s: a count of revoked certificates: %v", r.Kind, got)
		}
	}
}

// Every key that stands in the source is listed, and every listed one stands there or
// is put together from one that does.
func TestKeys(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	literal := regexp.MustCompile(`"((?:answer|certificate|fact|field|form|verdict|verify)\.[A-Za-z0-9_.-]*)"`)
	var whole, begins []string
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") || f == "keys.go" {
			continue
		}
		source, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range literal.FindAllStringSubmatch(string(source), -1) {
			if strings.HasSuffix(m[1], ".") {
				begins = append(begins, m[1])
			} else {
				whole = append(whole, m[1])
			}
		}
	}
	for _, k := range whole {
		if !slices.Contains(markup.Keys(), k) {
			t.Errorf("%s is not listed", k)
		}
	}
	for _, k := range markup.Keys() {
		if !slices.Contains(whole, k) && !slices.ContainsFunc(begins, func(b string) bool { return strings.HasPrefix(k, b) }) {
			t.Errorf("nothing asks for %s", k)
		}
	}
}
