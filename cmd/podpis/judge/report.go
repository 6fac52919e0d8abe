// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package judge

import (
	"fmt"
	"strings"
	"time"

	"podpis/cmd/podpis/terminal"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/reasons"
)

// show writes a judgement for people: the verdict, the reason with what to do,
// the four facts, and on demand the details.
func show(c *terminal.Console, r *verify.Report, detailed bool) {
	fmt.Fprintf(c.Out, "%s: %s\n", terminal.Plain(r.File), terminal.Plain(headline(c, r)))
	if r.Reason != nil {
		fmt.Fprintf(c.Out, "  %s\n", strings.TrimSpace(terminal.Plain(told(r))+" "+r.Reason.Next))
	}
	for i := range r.Signatures {
		reportSignature(c, &r.Signatures[i], len(r.Signatures) > 1, detailed)
	}
	for i := range r.Certificates {
		reportCertificate(c, &r.Certificates[i], detailed)
	}
	for i := range r.Timestamps {
		reportTimestamp(c, &r.Timestamps[i])
	}
	for i := range r.Answers {
		reportAnswer(c, &r.Answers[i])
	}
	if l := r.Lists; l.Version != "" {
		c.Print(c.Out, "report-lists", l.Version, date(c, l.Date), l.AgeDays)
	}
}

// headline is the answer in a line: the verdict on signatures, the outcome of a
// certificate, or what the file is when there is nothing to judge.
func headline(c *terminal.Console, r *verify.Report) string {
	switch {
	case len(r.Certificates) == 1 && len(r.Signatures) == 0:
		return strings.TrimSuffix(r.Certificates[0].Reason.Text, ".")
	case len(r.Timestamps) == 1 && r.Verdict != reasons.Indeterminate:
		return c.Text(choose(verdictAnswer(r.Verdict), "report-timestamp-yes", "report-timestamp-no", ""))
	case len(r.Answers) == 1 && r.Answers[0].Type == "ocsp":
		return c.Text("report-answer-ocsp")
	case len(r.Answers) == 1:
		return c.Text("report-answer-crl")
	case nothing(r):
		return strings.TrimSuffix(r.Reason.Text, ".")
	}
	return reasons.Text(c.Language, r.Verdict)
}

// nothing tells a file in which there is nothing to judge.
func nothing(r *verify.Report) bool {
	return r.Reason != nil && len(r.Signatures)+len(r.Certificates)+len(r.Timestamps)+len(r.Answers) == 0
}

// told is the reason, unless the headline said it.
func told(r *verify.Report) string {
	if nothing(r) {
		return ""
	}
	return r.Reason.Text
}

func date(c *terminal.Console, t *time.Time) string {
	if t == nil {
		return "?"
	}
	return reasons.Date(c.Language, *t)
}

func reportCertificate(c *terminal.Console, r *verify.CertificateReport, detailed bool) {
	fmt.Fprintf(c.Out, "  %s %s [%s]\n", mark(verdictAnswer(r.Verdict)), strings.TrimSpace(terminal.Plain(r.Reason.Text)+" "+r.Reason.Next), r.Outcome)
	c.Print(c.Out, "report-holder", r.Subject.Name, issuer(r.Subject.Issuer, detailed), r.Subject.Serial)
	c.Print(c.Out, "report-valid", reasons.Date(c.Language, r.NotBefore), reasons.Date(c.Language, r.NotAfter))
	fmt.Fprintf(c.Out, "  %s\n", c.Text(choose(r.Accredited, "report-accredited-yes", "report-accredited-no", "report-accredited-unknown"))+" "+
		c.Text(choose(r.Qualified, "report-qualified-yes", "report-qualified-no", "report-qualified-unknown")))
	reportAuthority(c, r.Authority)
	reportWarnings(c, r.Warnings)
	if detailed {
		reportEvidence(c, r.Chain, nil, r.Revocation)
	}
}

// issuer is the name of an issuer: whole for those who ask for details, else what it is called.
func issuer(name string, detailed bool) string {
	if n, err := x509.NameByText(name); err == nil && !detailed {
		return n.DisplayName()
	}
	return name
}

// reportWarnings says each thing once: several stamps may fail alike.
func reportWarnings(c *terminal.Console, warnings []verify.Warning) {
	told := map[string]bool{}
	for _, w := range warnings {
		if !told[w.Text] {
			fmt.Fprintf(c.Out, "  ! %s\n", terminal.Plain(w.Text))
		}
		told[w.Text] = true
	}
}

// reportAuthority says whom to ask.
func reportAuthority(c *terminal.Console, a *verify.Authority) {
	if a == nil {
		return
	}
	line := a.Name
	for _, contact := range []string{a.Region, a.Phone, a.Mail, a.Site} {
		if contact != "" {
			line += ", " + contact
		}
	}
	c.Print(c.Out, "report-authority", line)
}

func reportTimestamp(c *terminal.Console, t *verify.Timestamp) {
	fmt.Fprintf(c.Out, "  %s %s", mark(partAnswer(t.Indication)), reasons.Moment(c.Language, t.Time))
	if t.SubIndication != "" {
		fmt.Fprintf(c.Out, " [%s]", t.SubIndication)
	}
	fmt.Fprintln(c.Out)
	reportPart(c, t.Reason, t.Signer)
}

func reportAnswer(c *terminal.Console, a *verify.AnswerReport) {
	fmt.Fprintf(c.Out, "  %s %s", mark(partAnswer(a.Indication)), terminal.Plain(issuer(a.Issuer, false)))
	if a.SubIndication != "" {
		fmt.Fprintf(c.Out, " [%s]", a.SubIndication)
	}
	fmt.Fprintln(c.Out)
	reportPart(c, a.Reason, a.Signer)
	switch {
	case a.ThisUpdate.IsZero():
	case a.NextUpdate.IsZero():
		c.Print(c.Out, "report-made", reasons.Moment(c.Language, a.ThisUpdate))
	default:
		c.Print(c.Out, "report-current", reasons.Moment(c.Language, a.ThisUpdate), reasons.Moment(c.Language, a.NextUpdate))
	}
	if a.Type == "crl" {
		c.Print(c.Out, "report-revoked", a.Revoked)
	}
	reportEvidence(c, nil, nil, a.Statuses)
}

func reportPart(c *terminal.Console, reason *reasons.Reason, signer *verify.Subject) {
	if reason != nil && reason.Text != "" {
		fmt.Fprintf(c.Out, "  %s %s\n", terminal.Plain(reason.Text), reason.Next)
	}
	if signer != nil {
		c.Print(c.Out, "report-signer", signer.Name, issuer(signer.Issuer, false))
	}
}

// partAnswer is yes, no or unknown of a part: a time stamp, an answer.
func partAnswer(indication reasons.Code) verify.Answer {
	switch indication {
	case "PASSED":
		return verify.Yes
	case "FAILED":
		return verify.No
	}
	return verdictAnswer(indication)
}

func reportSignature(c *terminal.Console, s *verify.Signature, numbered, detailed bool) {
	if numbered {
		c.Print(c.Out, "report-signature", s.ID, reasons.Text(c.Language, s.Verdict))
	}
	if s.SubIndication != "" {
		fmt.Fprintf(c.Out, "  %s %s [%s]\n", terminal.Plain(s.Reason.Text), s.Reason.Next, s.SubIndication)
	}
	for _, fact := range []verify.Fact{s.Facts.Document, s.Facts.Certificate, s.Facts.Issuer, s.Facts.Time} {
		fmt.Fprintf(c.Out, "  %s %s\n", mark(fact.Answer), terminal.Plain(fact.Why))
	}
	if s.Signer != nil {
		c.Print(c.Out, "report-signer", s.Signer.Name, issuer(s.Signer.Issuer, detailed))
	}
	c.Print(c.Out, "report-level", s.Level)
	if s.BestTime != nil {
		c.Print(c.Out, "report-best", reasons.Moment(c.Language, *s.BestTime))
	}
	if s.ClaimedTime != nil {
		c.Print(c.Out, "report-claimed", reasons.Moment(c.Language, *s.ClaimedTime))
	}
	reportWarnings(c, s.Warnings)
	c.Print(c.Out, choose(s.Law63.Recognized, "report-law-yes", "report-law-no", "report-law-unknown"))
	reportAuthority(c, s.Authority)
	if detailed {
		reportDetails(c, s)
	}
	for i := range s.CounterSignatures {
		c.Print(c.Out, "report-counter", s.ID)
		reportSignature(c, &s.CounterSignatures[i], true, detailed)
	}
}

func reportDetails(c *terminal.Console, s *verify.Signature) {
	for _, condition := range s.Law63.Conditions {
		fmt.Fprintf(c.Out, "    %s %s\n", mark(condition.Answer), condition.Text)
	}
	reportEvidence(c, s.Chain, s.Timestamps, s.Revocation)
}

// reportEvidence lists by what it was judged.
func reportEvidence(c *terminal.Console, chain []verify.Link, stamps []verify.Timestamp, statuses []verify.Status) {
	for _, link := range chain {
		c.Print(c.Out, "report-link", link.Role, link.Subject, link.Serial,
			reasons.Date(c.Language, link.NotBefore), reasons.Date(c.Language, link.NotAfter))
	}
	for _, t := range stamps {
		c.Print(c.Out, "report-stamp", t.Type, reasons.Moment(c.Language, t.Time), t.Indication, t.SubIndication)
	}
	for _, r := range statuses {
		c.Print(c.Out, "report-revocation", r.Certificate, c.Text(choose(status(r.Status), "report-status-good", "report-status-revoked", "report-status-unknown")), strings.ToUpper(r.Type), r.Source, reasons.Moment(c.Language, r.ThisUpdate))
	}
}

// choose finds the words of an answer.
func choose(a verify.Answer, yes, no, unknown string) string {
	switch a {
	case verify.Yes:
		return yes
	case verify.No:
		return no
	}
	return unknown
}

// status is whether a certificate is good, in what an authority says of it.
func status(s string) verify.Answer {
	switch s {
	case "good":
		return verify.Yes
	case "revoked":
		return verify.No
	}
	return verify.Unknown
}

func mark(a verify.Answer) string {
	switch a {
	case verify.Yes:
		return "✓"
	case verify.No:
		return "✕"
	}
	return "?"
}
