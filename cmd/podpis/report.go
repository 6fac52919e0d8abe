// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"podpis/verify"
	"podpis/verify/reasons"
)

// report prints a judgement for people: the verdict, the reason with what to do,
// the four facts, and on demand the details.
func (c *console) report(r *verify.Report, detailed bool) {
	fmt.Fprintf(c.out, "%s: %s\n", r.File, reasons.Text(c.language, r.Verdict))
	if r.Reason != nil {
		fmt.Fprintf(c.out, "  %s %s\n", r.Reason.Text, r.Reason.Next)
	}
	for i := range r.Signatures {
		c.reportSignature(&r.Signatures[i], len(r.Signatures) > 1, detailed)
	}
}

func (c *console) reportSignature(s *verify.Signature, numbered, detailed bool) {
	if numbered {
		c.print(c.out, "report-signature", s.ID, reasons.Text(c.language, s.Verdict))
	}
	if s.SubIndication != "" {
		fmt.Fprintf(c.out, "  %s %s [%s]\n", s.Reason.Text, s.Reason.Next, s.SubIndication)
	}
	for _, fact := range []verify.Fact{s.Facts.Document, s.Facts.Certificate, s.Facts.Issuer, s.Facts.Time} {
		fmt.Fprintf(c.out, "  %s %s\n", mark(fact.Answer), fact.Why)
	}
	if s.Signer != nil {
		c.print(c.out, "report-signer", s.Signer.Name, s.Signer.Issuer)
	}
	c.print(c.out, "report-level", s.Level)
	if s.BestTime != nil {
		c.print(c.out, "report-best", reasons.Moment(c.language, *s.BestTime))
	}
	if s.ClaimedTime != nil {
		c.print(c.out, "report-claimed", reasons.Moment(c.language, *s.ClaimedTime))
	}
	for _, w := range s.Warnings {
		fmt.Fprintf(c.out, "  ! %s\n", w.Text)
	}
	c.print(c.out, "report-law", mark(s.Law63.Recognized))
	if detailed {
		c.reportDetails(s)
	}
}

func (c *console) reportDetails(s *verify.Signature) {
	for _, condition := range s.Law63.Conditions {
		fmt.Fprintf(c.out, "    %s %s\n", mark(condition.Answer), condition.Text)
	}
	for _, link := range s.Chain {
		c.print(c.out, "report-link", link.Role, link.Subject, link.Serial,
			reasons.Date(c.language, link.NotBefore), reasons.Date(c.language, link.NotAfter))
	}
	for _, t := range s.Timestamps {
		c.print(c.out, "report-stamp", t.Type, reasons.Moment(c.language, t.Time), t.Indication, t.SubIndication)
	}
	for _, r := range s.Revocation {
		c.print(c.out, "report-revocation", r.Certificate, r.Type, r.Source, r.Status, reasons.Moment(c.language, r.ThisUpdate))
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
