// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package judge

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"podpis/cmd/podpis/terminal"
	"podpis/verify"
	"podpis/verify/reasons"
)

// hostile is a report in which everything that others choose is meant to deceive who reads it.
func hostile() *verify.Report {
	const evil = "=Иванов\n  ✓ Подпись верна\x1b[2J"
	subject := &verify.Subject{Name: evil, Subject: evil, Issuer: evil, Serial: "00"}
	reason := reasons.Reason{Code: "X", Text: evil, Next: "next"}
	authority := &verify.Authority{Name: evil, Phone: evil, Mail: evil, Site: evil, Region: evil}
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	s := verify.Signature{
		ID: evil, Verdict: reasons.TotalFailed, SubIndication: "HASH_FAILURE", Reason: reason, Signer: subject, Level: evil, BestTime: &at, ClaimedTime: &at,
		Facts:      verify.Facts{Document: verify.Fact{Answer: verify.No, Why: evil}},
		Chain:      []verify.Link{{Role: "signer", Subject: evil, Serial: "00"}},
		Timestamps: []verify.Timestamp{{Type: "signature", Time: at, Indication: "PASSED"}},
		Revocation: []verify.Status{{Certificate: "00", Type: "crl", Source: evil, Status: "good"}},
		Warnings:   []verify.Warning{{Text: evil}}, Authority: authority,
	}
	s.CounterSignatures = []verify.Signature{s}
	return &verify.Report{
		File: evil, Verdict: reasons.TotalFailed, Reason: &reason, Signatures: []verify.Signature{s, s},
		Certificates: []verify.CertificateReport{{Verdict: reasons.Indeterminate, Outcome: "X", Reason: reason, Subject: subject, Authority: authority, Warnings: s.Warnings, Chain: s.Chain}},
		Timestamps:   []verify.Timestamp{{Time: at, Indication: "FAILED", SubIndication: "X", Reason: &reason, Signer: subject}},
		Answers:      []verify.AnswerReport{{Type: "crl", Issuer: evil, Indication: "INDETERMINATE", SubIndication: "X", Reason: &reason, Signer: subject, ThisUpdate: at, Statuses: s.Revocation}},
		Lists:        verify.Lists{Version: "7", Date: &at},
	}
}

// What others choose cannot move the cursor, begin a line of its own or become a formula.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	for _, detailed := range []bool{false, true} {
		for _, language := range []reasons.Language{reasons.Russian, reasons.Kazakh, reasons.English} {
			var out bytes.Buffer
			c := &terminal.Console{Out: &out, Err: &out, Language: language}
			show(c, hostile(), detailed)
			if strings.Contains(out.String(), "\x1b") || strings.Contains(out.String(), "\n  ✓ Подпись верна") {
				t.Errorf("%s", out.String())
			}
			if !strings.Contains(out.String(), "HASH_FAILURE") || !strings.Contains(out.String(), "=Иванов") {
				t.Errorf("not told: %s", out.String())
			}
		}
	}
	var out bytes.Buffer
	c := &terminal.Console{Out: &out, Err: &out, Language: reasons.Russian}
	o := outcome{report: hostile()}
	line := &table{c, map[string]int{}}
	if err := line.print("name", o); err != nil || strings.Count(out.String(), "\n") != 1 || strings.Contains(out.String(), "\x1b") {
		t.Errorf("%v %q", err, out.String())
	}
	out.Reset()
	rows := newSheet(c)
	if err := rows.print("name", o); err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(all) != 3 {
		t.Fatalf("%d rows, %v", len(all), err)
	}
	for _, row := range all {
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") {
				t.Errorf("a formula: %q", cell)
			}
		}
	}
}
