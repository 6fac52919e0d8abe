// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package report is the shape of a judgement: what the command line, the API and saved
// reports give as JSON, and what every drawing of it is drawn from. Package verify fills
// it.
//
// Left out: the words, which are package reasons', and other forms such as ETSI TS
// 119 102-2, which is package etsi's.
package report

import (
	"time"

	"podpis/verify/format"
	"podpis/verify/law"
	"podpis/verify/reasons"
)

// Report is the judgement on one file: the JSON of the command line and of the
// API. Its shape is a contract; fields are added, never changed.
type Report struct {
	File         string              `json:"file"`
	Kind         format.Kind         `json:"kind"` // what the file is
	Verdict      reasons.Code        `json:"verdict"`
	Reason       *reasons.Reason     `json:"reason,omitempty"` // when there is nothing to judge: what it is and what to do
	Signatures   []Signature         `json:"signatures"`
	Certificates []CertificateReport `json:"certificates,omitempty"` // of a file of certificates
	Timestamps   []Timestamp         `json:"timestamps,omitempty"`   // of a file that is itself a time stamp
	Answers      []AnswerReport      `json:"answers,omitempty"`      // of a file that is itself a revocation list or an OCSP answer
	Lists        Lists               `json:"lists"`
	Time         time.Time           `json:"time"` // the moment of the judgement
}

// Lists says what trust was decided by. The caller fills all but the number of anchors.
type Lists struct {
	Anchors int `json:"anchors"`
	// The trusted list of the state, by its own words; empty when there is none.
	// Kind is "signed" for the ministry's own list, "table" for somebody's copy of it,
	// which proves less.
	Kind    string     `json:"kind,omitempty" enum:"signed,table"`
	Version string     `json:"version,omitempty"`
	Date    *time.Time `json:"date,omitempty"`    // stated in the list
	Fetched *time.Time `json:"fetched,omitempty"` // when this copy came
	AgeDays int        `json:"ageDays,omitempty"` // of the list, at the time of the check
}

// AnswerReport is the judgement on a revocation list or an OCSP answer that came alone.
type AnswerReport struct {
	Type          string          `json:"type"` // crl, ocsp
	Indication    reasons.Code    `json:"indication"`
	SubIndication reasons.Code    `json:"subIndication,omitempty"`
	Reason        *reasons.Reason `json:"reason,omitempty"`
	Signer        *Subject        `json:"signer,omitempty"` // nil: not found among what is at hand
	Issuer        string          `json:"issuer,omitempty"` // who made it, by its own words
	ThisUpdate    time.Time       `json:"thisUpdate,omitzero"`
	NextUpdate    time.Time       `json:"nextUpdate,omitzero"`
	Revoked       int             `json:"revoked"`            // certificates it calls revoked
	Statuses      []Status        `json:"statuses,omitempty"` // of an OCSP answer: what it says of whom
}

// Answer is yes, no, or not known.
type Answer string

// The answers.
const (
	Yes     Answer = "yes"
	No      Answer = "no"
	Unknown Answer = "unknown"
)

// Signature is the judgement on one signature.
type Signature struct {
	ID            string         `json:"id"`
	Verdict       reasons.Code   `json:"verdict"`
	Indication    reasons.Code   `json:"indication"`
	SubIndication reasons.Code   `json:"subIndication,omitempty"`
	Reason        reasons.Reason `json:"reason"`
	Facts         Facts          `json:"facts"`
	Signer        *Subject       `json:"signer,omitempty"`
	Level         string         `json:"level"`
	BestTime      *time.Time     `json:"bestTime,omitempty"`    // proved by a time stamp
	ClaimedTime   *time.Time     `json:"claimedTime,omitempty"` // stated by the signer
	Chain         []Link         `json:"chain"`
	Timestamps    []Timestamp    `json:"timestamps"`
	Revocation    []Status       `json:"revocation"`
	Warnings      []Warning      `json:"warnings"`
	Law63         Law63          `json:"law63"`
	Authority     *law.Authority `json:"authority,omitempty"` // whose certificate it is: whom to ask
	// CounterSignatures are over the value of this one; each is judged by itself.
	CounterSignatures []Signature `json:"counterSignatures,omitempty"`
}

// Facts are the four lines a person reads first.
type Facts struct {
	Document    Fact `json:"document"`
	Certificate Fact `json:"certificate"`
	Issuer      Fact `json:"issuer"`
	Time        Fact `json:"time"`
}

// Fact is an answer with its ground.
type Fact struct {
	Answer Answer `json:"answer"`
	Why    string `json:"why"`
}

// Subject is whom a certificate names.
type Subject struct {
	Name         string `json:"name"`
	Organization string `json:"organization,omitempty"`
	INN          string `json:"inn,omitempty"`
	Subject      string `json:"subject"`
	Issuer       string `json:"issuer"`
	Serial       string `json:"serial"`          // hexadecimal, upper case
	Class        string `json:"class,omitempty"` // of a qualified certificate: КС1 and so on
}

// Link is a certificate of the path, the signer's first.
type Link struct {
	Role        string    `json:"role"` // signer, ca, anchor
	Subject     string    `json:"subject"`
	Serial      string    `json:"serial"`
	NotBefore   time.Time `json:"notBefore"`
	NotAfter    time.Time `json:"notAfter"`
	Fingerprint string    `json:"sha256"`
}

// Timestamp is a judged time stamp.
type Timestamp struct {
	Type          string          `json:"type"` // signature: not later than; content: not earlier than
	Time          time.Time       `json:"time"`
	Indication    reasons.Code    `json:"indication"`
	SubIndication reasons.Code    `json:"subIndication,omitempty"`
	Reason        *reasons.Reason `json:"reason,omitempty"`
	Signer        *Subject        `json:"signer,omitempty"`
	Policy        string          `json:"policy,omitempty"`
	Hash          string          `json:"hash,omitempty"`
	Serial        string          `json:"serial,omitempty"`
	Fingerprint   string          `json:"sha256,omitempty"` // of the token
}

// Status is what one source said of one certificate.
type Status struct {
	Certificate string     `json:"certificate"` // serial
	Type        string     `json:"type"`        // crl, ocsp
	Source      string     `json:"source"`
	ThisUpdate  time.Time  `json:"thisUpdate"`
	NextUpdate  *time.Time `json:"nextUpdate,omitempty"`
	Status      string     `json:"status"` // good, revoked, unknown
	Time        *time.Time `json:"time,omitempty"`
	Reason      string     `json:"reason,omitempty"`
}

// Warning does not change the verdict.
type Warning struct {
	Code reasons.Code `json:"code"`
	Text string       `json:"text"`
}

// Law63 is the second verdict: whether a qualified signature is recognised under
// article 11 of the Russian law 63-FZ.
type Law63 struct {
	Recognized Answer      `json:"recognized"`
	Conditions []Condition `json:"conditions"`
}

// Condition is one of the four of article 11.
type Condition struct {
	Code   reasons.Code `json:"code"`
	Answer Answer       `json:"answer"`
	Text   string       `json:"text"`
}

// CertificateReport is the judgement on a certificate for today.
type CertificateReport struct {
	Outcome reasons.Code   `json:"outcome"` // in the words of the state portal
	Verdict reasons.Code   `json:"verdict"` // the outcome as passed, failed, not known
	Reason  reasons.Reason `json:"reason"`
	// Indication and SubIndication are those of EN 319 102-1 for a part of a signature.
	Indication    reasons.Code   `json:"indication"`
	SubIndication reasons.Code   `json:"subIndication,omitempty"`
	Subject       *Subject       `json:"subject"`
	NotBefore     time.Time      `json:"notBefore"`
	NotAfter      time.Time      `json:"notAfter"`
	Chain         []Link         `json:"chain"`
	Revocation    []Status       `json:"revocation"`
	Authority     *law.Authority `json:"authority,omitempty"` // whom to ask
	// Accredited: the centre was accredited on the day of issue. Qualified: and the
	// certificate is of the form that the law demands.
	Accredited Answer    `json:"accredited"`
	Qualified  Answer    `json:"qualified"`
	Warnings   []Warning `json:"warnings"`
}

// Clear fills what every signature reports with "not known".
func (s *Signature) Clear(l reasons.Language) {
	unknown := func(c reasons.Code) Fact { return Fact{Unknown, reasons.Text(l, c)} }
	s.Facts = Facts{
		Document: unknown(reasons.FactDocumentUnknown), Certificate: unknown(reasons.FactCertificateUnknown),
		Issuer: unknown(reasons.FactIssuerUnknown), Time: unknown(reasons.FactTimeUnknown),
	}
	s.Chain, s.Timestamps, s.Revocation, s.Warnings = []Link{}, []Timestamp{}, []Status{}, []Warning{}
	s.Law63.Recognized = Unknown
	for _, c := range []reasons.Code{reasons.LawAccredited, reasons.LawValid, reasons.LawUnchanged, reasons.LawRestrictions} {
		s.Law63.Conditions = append(s.Law63.Conditions, Condition{c, Unknown, reasons.Text(l, c)})
	}
}

// Conclude writes the verdict; no code means that it passed.
func (s *Signature) Conclude(l reasons.Language, code reasons.Code, d reasons.Details) {
	s.Indication = code.Indication()
	s.Verdict, s.SubIndication = s.Indication, code
	if code == "" {
		code = reasons.TotalPassed
	}
	s.Reason = reasons.Of(l, code, d)
}

// Warn adds a warning.
func (s *Signature) Warn(l reasons.Language, code reasons.Code, d reasons.Details) {
	s.Warnings = append(s.Warnings, Warning{code, reasons.Of(l, code, d).Text})
}

// Decide sums up the conditions of the law.
func (law *Law63) Decide() {
	law.Recognized = Yes
	for _, c := range law.Conditions {
		switch c.Answer {
		case No:
			law.Recognized = No
			return
		case Unknown:
			law.Recognized = Unknown
		}
	}
}

// Warn adds a warning.
func (c *CertificateReport) Warn(l reasons.Language, code reasons.Code, d reasons.Details) {
	c.Warnings = append(c.Warnings, Warning{code, reasons.Of(l, code, d).Text})
}
