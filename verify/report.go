// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"encoding/hex"

	"podpis/pki/alg"
	"podpis/pki/x509"
	"podpis/verify/format"
	"podpis/verify/law"
	"podpis/verify/reasons"
	"podpis/verify/report"
)

// The shape of a judgement has a package of its own; callers know it by these names.
type (
	// Report is the judgement on one file.
	Report = report.Report
	// Lists says what trust was decided by.
	Lists = report.Lists
	// AnswerReport is the judgement on a list or an answer that came alone.
	AnswerReport = report.AnswerReport
	// Signature is the judgement on one signature.
	Signature = report.Signature
	// Facts are the four lines a person reads first.
	Facts = report.Facts
	// Fact is an answer with its ground.
	Fact = report.Fact
	// Subject is whom a certificate names.
	Subject = report.Subject
	// Link is a certificate of a path.
	Link = report.Link
	// Timestamp is a judged time stamp.
	Timestamp = report.Timestamp
	// Status is what one source said of one certificate.
	Status = report.Status
	// Warning does not change the verdict.
	Warning = report.Warning
	// Law63 is the second verdict.
	Law63 = report.Law63
	// Condition is one of its four.
	Condition = report.Condition
	// CertificateReport is the judgement on a certificate.
	CertificateReport = report.CertificateReport
	// Answer is yes, no, or not known.
	Answer = report.Answer
)

// The answers.
const (
	Yes     = report.Yes
	No      = report.No
	Unknown = report.Unknown
)

func newReport(file string, kind format.Kind, o Options) *Report {
	o.Lists.Anchors = len(o.Trust)
	return &Report{File: file, Kind: kind, Time: o.At, Verdict: reasons.Indeterminate, Signatures: []Signature{}, Lists: o.Lists}
}

func subjectOf(c *x509.Certificate) *Subject {
	return &Subject{
		Name: c.Subject.DisplayName(), Organization: c.Subject.Get(x509.OIDOrganizationName),
		INN: c.Subject.Get(x509.OIDINN), Subject: c.Subject.String(), Issuer: c.Issuer.String(), Serial: c.Serial.Hex(),
		Class: law.ClassOf(c),
	}
}

func links(path []*x509.Certificate, anchored bool) []Link {
	out := make([]Link, 0, len(path))
	for i, c := range path {
		role := "ca"
		switch {
		case i == 0:
			role = "signer"
		case i == len(path)-1 && anchored:
			role = "anchor"
		}
		out = append(out, Link{
			Role: role, Subject: c.Subject.String(), Serial: c.Serial.Hex(), NotBefore: c.NotBefore, NotAfter: c.NotAfter,
			Fingerprint: hex.EncodeToString(c.Fingerprint(alg.SHA256)),
		})
	}
	return out
}
