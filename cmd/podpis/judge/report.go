// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package judge

import (
	"fmt"

	"podpis/cmd/podpis/terminal"
	"podpis/verify"
	"podpis/verify/reasons"
)

// show writes a judgement for people: the verdict, the reason with what to do,
// the four facts, and on demand the details.
func show(c *terminal.Console, r *verify.Report, detailed bool) {
	fmt.Fprintf(c.Out, "%s: %s\n", r.File, reasons.Text(c.Language, r.Verdict))
	if r.Reason != nil {
		fmt.Fprintf(c.Out, "  %s %s\n", r.Reason.Text, r.Reason.Next)
	}
	for i := range r.Signatures {
		reportSignature(c, &r.Signatures[i], len(r.Signatures) > 1, detailed)
	}
}

func reportSignature(c *terminal.Console, s *verify.Signature, numbered, detailed bool) {
	if numbered {
		c.Print(c.Out, "report-signature", s.ID, reasons.Text(c.Language, s.Verdict))
	}
	if s.SubIndication != "" {
		fmt.Fprintf(c.Out, "  %s %s [%s]\n", s.Reason.Text, s.Reason.Next, s.SubIndication)
	}
	for _, fact := range []verify.Fact{s.Facts.Document, s.Facts.Certificate, s.Facts.Issuer, s.Facts.Time} {
		fmt.Fprintf(c.Out, "  %s %s\n", mark(fact.Answer), fact.Why)
	}
	if s.Signer != nil {
		c.Print(c.Out, "report-signer", s.Signer.Name, s.Signer.Issuer)
	}
	c.Print(c.Out, "report-level", s.Level)
	if s.BestTime != nil {
		c.Print(c.Out, "report-best", reasons.Moment(c.Language, *s.BestTime))
	}
	if s.ClaimedTime != nil {
		c.Print(c.Out, "report-claimed", reasons.Moment(c.Language, *s.ClaimedTime))
	}
	for _, w := range s.Warnings {
		fmt.Fprintf(c.Out, "  ! %s\n", w.Text)
	}
	c.Print(c.Out, "report-law", mark(s.Law63.Recognized))
	if detailed {
		reportDetails(c, s)
	}
}

func reportDetails(c *terminal.Console, s *verify.Signature) {
	for _, condition := range s.Law63.Conditions {
		fmt.Fprintf(c.Out, "    %s %s\n", mark(condition.Answer), condition.Text)
	}
	for _, link := range s.Chain {
		c.Print(c.Out, "report-link", link.Role, link.Subject, link.Serial,
			reasons.Date(c.Language, link.NotBefore), reasons.Date(c.Language, link.NotAfter))
	}
	for _, t := range s.Timestamps {
		c.Print(c.Out, "report-stamp", t.Type, reasons.Moment(c.Language, t.Time), t.Indication, t.SubIndication)
	}
	for _, r := range s.Revocation {
		c.Print(c.Out, "report-revocation", r.Certificate, r.Type, r.Source, r.Status, reasons.Moment(c.Language, r.ThisUpdate))
	}
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
