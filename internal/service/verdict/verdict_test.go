// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verdict_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/problem"
	"podpis/internal/service/servicetest"
	"podpis/internal/service/verdict"
	"podpis/pki/pdf"
	"podpis/verify"
	"podpis/verify/etsi"
	"podpis/verify/format"
	"podpis/verify/reasons"
)

var ctx = context.Background()

type world struct {
	*servicetest.World
	*verdict.Service
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := servicetest.NewDesk(t)
	return &world{w, w.Verdicts}
}

// options judge by the world's authority.
func (w *world) options(t *testing.T) verify.Options {
	t.Helper()
	chain := w.Authority.Chain()
	pool := &verify.Pool{Certificates: chain}
	lists, err := w.Authority.Lists(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, raw := range lists {
		if err := pool.AddCRL(raw, "own"); err != nil {
			t.Fatal(err)
		}
	}
	return verify.Options{At: w.DB.Now(), Trust: []verify.Anchor{{Certificate: chain[len(chain)-1]}}, Evidence: []verify.Evidence{pool}}
}

// full is a report with everything that is drawn.
func (w *world) full() *verify.Report {
	at := w.DB.Now()
	who := &verify.Subject{Name: "Соколова Анна", Organization: "ООО «Заря»", Issuer: "CN=УЦ", Subject: "CN=Соколова Анна", Serial: "0A"}
	reason := reasons.Of(reasons.Russian, reasons.RevokedNoPOE, reasons.Details{Date: at})
	fact := verify.Fact{Answer: verify.Unknown, Why: "?"}
	one := verify.Signature{
		ID: "1", Verdict: reasons.Indeterminate, Indication: reasons.Indeterminate, SubIndication: reasons.RevokedNoPOE, Reason: reason,
		Facts: verify.Facts{Document: fact, Certificate: fact, Issuer: fact, Time: fact}, Signer: who, Level: "CAdES-T",
		BestTime: &at, ClaimedTime: &at, Warnings: []verify.Warning{{Text: "Осторожно"}},
		Chain: []verify.Link{{Role: "signer", Subject: "CN=a", Serial: "0A", Fingerprint: strings.Repeat("ab", 32)}, {Role: "ca", Subject: "b"}, {Role: "anchor", Subject: "c"}},
		Timestamps: []verify.Timestamp{
			{Type: "signature", Time: at, Indication: "PASSED", Signer: who}, {Type: "content", Indication: "FAILED", Reason: &reason},
			{Type: "references", Time: at}, {Type: "archive", Time: at},
		},
		Revocation: []verify.Status{{Type: "crl", Status: "good"}, {Type: "ocsp", Status: "revoked", Time: &at}, {Type: "crl", Status: "unknown"}},
		Law63:      verify.Law63{Recognized: verify.No, Conditions: []verify.Condition{{Code: reasons.LawValid, Answer: verify.No, Text: "x"}}},
		Authority:  &verify.Authority{Name: "УЦ", Mail: "ca@example.org", Site: "https://ca.example.org"},
	}
	two := one
	two.Verdict, two.Indication, two.SubIndication = reasons.TotalPassed, reasons.TotalPassed, ""
	two.CounterSignatures = []verify.Signature{one}
	return &verify.Report{
		File: "договор.pdf", Kind: format.Signature, Verdict: reasons.Indeterminate, Signatures: []verify.Signature{one, two},
		Certificates: []verify.CertificateReport{{
			Outcome: reasons.CertificateRevoked, Verdict: reasons.TotalFailed, Reason: reason, Subject: who, NotBefore: at, NotAfter: at,
			Accredited: verify.Yes, Qualified: verify.No, Authority: one.Authority, Warnings: one.Warnings,
		}},
		Lists: verify.Lists{Anchors: 2, Version: "16300", Date: &at}, Time: at,
	}
}

// A document that goes out is itself a good signature, and carries the report for programs.
func TestPDF(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, language := range reasons.Languages() {
		j := w.Number(w.full(), language)
		out, err := w.PDF(ctx, j)
		if err != nil {
			t.Fatal(err)
		}
		report, err := verify.CheckPDF(ctx, "report.pdf", bytes.NewReader(out), int64(len(out)), w.options(t))
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Signatures) != 1 || report.Verdict != reasons.TotalPassed || report.Signatures[0].Level != "PAdES-T" {
			t.Errorf("%s: %+v", language, report.Signatures)
		}
		d, err := pdf.Open(bytes.NewReader(out), int64(len(out)))
		if err != nil {
			t.Fatal(err)
		}
		spec := d.Dict(d.Array(d.Catalog()["AF"])[0])
		file, err := d.Resolve(d.Dict(spec["EF"])["F"])
		if err != nil {
			t.Fatal(err)
		}
		content, err := d.Data(file.(*pdf.Stream))
		if err != nil {
			t.Fatal(err)
		}
		var back verify.Report
		if err := json.Unmarshal(content, &back); err != nil || !cmp.Equal(&back, j.Report) {
			t.Errorf("%s: attached: %v %s", language, err, cmp.Diff(j.Report, &back))
		}
	}
}

// Every word that is put together from a code is there in every language.
func TestWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, language := range reasons.Languages() {
		words := w.Words.For(string(language))
		for _, key := range []string{
			"report.role.signer", "report.role.ca", "report.role.anchor", "report.stamp.signature", "report.stamp.content", "report.stamp.references",
			"report.stamp.archive", "report.source.crl", "report.source.ocsp", "report.status.good", "report.status.revoked", "report.status.unknown",
		} {
			if !words.Has(key) {
				t.Errorf("%s: %s", language, key)
			}
		}
	}
}

func TestXML(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	out, err := w.XML(ctx, w.Number(w.full(), reasons.Russian))
	if err != nil {
		t.Fatal(err)
	}
	report, err := verify.Check(ctx, verify.Input{Name: "report.xml", Signature: out}, w.options(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Signatures) != 1 || report.Verdict != reasons.TotalPassed || report.Signatures[0].Level != "XAdES-T" {
		t.Errorf("%+v", report.Signatures)
	}
	if !bytes.Contains(out, []byte("REVOKED_NO_POE")) {
		t.Error("without the reason")
	}
	empty := &verify.Report{Time: w.DB.Now(), Signatures: []verify.Signature{}}
	if _, err := w.XML(ctx, w.Number(empty, reasons.Russian)); !errors.Is(err, etsi.ErrNoSignature) {
		t.Error(err)
	}
}

// A document of a training installation says so, another does not.
func TestTraining(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.Number(w.full(), reasons.Russian)
	for _, training := range []bool{false, true} {
		parts := w.Parts
		parts.Training = training
		out, err := verdict.New(parts).PDF(ctx, j)
		if err != nil {
			t.Fatal(err)
		}
		if !says(t, out, "Соколова") {
			t.Error("the signer is not named: this test would see nothing")
		}
		if says(t, out, "УЧЕБНЫЙ") != training {
			t.Errorf("training %v: marked %v", training, !training)
		}
	}
}

// says looks for a word on the pages. The fonts of package paper number letters as
// UTF-16 does.
func says(t *testing.T, document []byte, word string) bool {
	t.Helper()
	d, err := pdf.Open(bytes.NewReader(document), int64(len(document)))
	if err != nil {
		t.Fatal(err)
	}
	var octets []byte
	for _, unit := range utf16.Encode([]rune(word)) {
		octets = append(octets, byte(unit>>8), byte(unit))
	}
	for _, page := range d.Array(d.Dict(d.Catalog()["Pages"])["Kids"]) {
		content, err := d.Resolve(d.Dict(page)["Contents"])
		if err != nil {
			t.Fatal(err)
		}
		data, err := d.Data(content.(*pdf.Stream))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, octets) {
			return true
		}
	}
	return false
}

// What a page carries comes back as it was; not from another installation, not changed, not after its time.
func TestCarry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	j := w.Number(w.full(), reasons.Kazakh)
	text, days, err := w.Carry(ctx, j)
	if err != nil || days != 30 {
		t.Fatal(days, err)
	}
	back, err := w.Carried(ctx, text)
	if err != nil || !cmp.Equal(j, back) {
		t.Fatalf("%v %s", err, cmp.Diff(j, back))
	}
	other, err := keys.Load(filepath.Join(t.TempDir(), "key"), "")
	if err != nil {
		t.Fatal(err)
	}
	parts := w.Parts
	parts.Ring = other
	foreign, _, err := verdict.New(parts).Carry(ctx, j)
	if err != nil {
		t.Fatal(err)
	}
	middle := len(text) / 2
	for name, bad := range map[string]string{
		"empty": "", "no base64": "ё", "foreign": foreign, "too long": strings.Repeat("A", 2<<20),
		"changed": text[:middle] + string(text[middle]^1) + text[middle+1:],
	} {
		if _, err := w.Carried(ctx, bad); problem.KindOf(err) != problem.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.Clock.Pass(25 * time.Hour)
	if _, err := w.Carried(ctx, text); problem.KindOf(err) != problem.Invalid {
		t.Error("carried after its time")
	}
}

// A link ends with its term or when it is taken back; the database does not know who is named, nor the link.
func TestKeep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Work(w.Runner)
	j := w.Number(w.full(), reasons.Russian)
	token, until, err := w.Keep(ctx, j, "192.0.2.0/24")
	if err != nil {
		t.Fatal(err)
	}
	if days := until.Sub(w.DB.Now()).Hours() / 24; days != 30 {
		t.Errorf("%v days", days)
	}
	kept, err := w.Find(ctx, token)
	if err != nil || !cmp.Equal(kept.Judgement, j) || !kept.Until.Equal(until) {
		t.Fatalf("%v", err)
	}
	err = w.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var hash, sealed []byte
		if err := tx.QueryRowContext(ctx, "SELECT token_hash, sealed FROM verdict").Scan(&hash, &sealed); err != nil {
			return err
		}
		if bytes.Contains(hash, []byte(token)) || bytes.Contains(sealed, []byte("Соколова")) || bytes.Contains(sealed, []byte(j.Number)) {
			t.Error("the link or the judgement can be read in the database")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Find(ctx, token+"A"); problem.KindOf(err) != problem.NotFound {
		t.Error(err)
	}
	if err := w.Forget(ctx, token, ""); err != nil {
		t.Fatal(err)
	}
	if err := w.Forget(ctx, token, ""); problem.KindOf(err) != problem.NotFound {
		t.Error(err)
	}
	token, _, err = w.Keep(ctx, j, "")
	if err != nil {
		t.Fatal(err)
	}
	w.Clock.Pass(31 * 24 * time.Hour)
	if _, err := w.Find(ctx, token); problem.KindOf(err) != problem.NotFound {
		t.Error(err)
	}
}
