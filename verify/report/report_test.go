// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package report_test

import (
	"encoding/json"
	"strings"
	"testing"

	"podpis/verify/reasons"
	"podpis/verify/report"
)

// TestUnknown: what nobody looked at is not known, and lists are never null in JSON.
func TestUnknown(t *testing.T) {
	t.Parallel()
	var s report.Signature
	s.Clear(reasons.English)
	for _, f := range []report.Fact{s.Facts.Document, s.Facts.Certificate, s.Facts.Issuer, s.Facts.Time} {
		if f.Answer != report.Unknown || f.Why == "" {
			t.Errorf("%+v", f)
		}
	}
	if s.Law63.Recognized != report.Unknown || len(s.Law63.Conditions) != 4 {
		t.Errorf("%+v", s.Law63)
	}
	out, err := json.Marshal(s)
	if err != nil || strings.Contains(string(out), "null") {
		t.Errorf("%s %v", out, err)
	}
}

func TestConclude(t *testing.T) {
	t.Parallel()
	for code, want := range map[reasons.Code]reasons.Code{"": reasons.TotalPassed, reasons.HashFailure: reasons.TotalFailed, reasons.TryLater: reasons.Indeterminate} {
		var s report.Signature
		s.Conclude(reasons.Russian, code, reasons.Details{})
		if s.Verdict != want || s.Indication != want || s.SubIndication != code || s.Reason.Text == "" {
			t.Errorf("%q: %+v", code, s)
		}
	}
	var s report.Signature
	s.Warn(reasons.English, reasons.WarnPartCovered, reasons.Details{})
	var c report.CertificateReport
	c.Warn(reasons.English, reasons.WarnNotAccredited, reasons.Details{})
	if len(s.Warnings) != 1 || s.Warnings[0].Text == "" || len(c.Warnings) != 1 || c.Warnings[0].Code != reasons.WarnNotAccredited {
		t.Errorf("%+v %+v", s.Warnings, c.Warnings)
	}
}

// TestLaw: one no decides, and one that is not known leaves it open.
func TestLaw(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]report.Answer{
		"yes yes yes yes": report.Yes, "yes unknown yes yes": report.Unknown, "unknown yes yes no": report.No, "no unknown yes yes": report.No,
	} {
		var law report.Law63
		for answer := range strings.FieldsSeq(text) {
			law.Conditions = append(law.Conditions, report.Condition{Answer: report.Answer(answer)})
		}
		if law.Decide(); law.Recognized != want {
			t.Errorf("%s: %s, want %s", text, law.Recognized, want)
		}
	}
}
