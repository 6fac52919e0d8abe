// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"encoding/hex"
	"time"

	"podpis/pki/alg"
	"podpis/pki/x509"
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

func newReport(file string, kind format.Kind, o Options) *Report {
	o.Lists.Anchors = len(o.Trust)
	return &Report{File: file, Kind: kind, Time: o.At, Verdict: reasons.Indeterminate, Signatures: []Signature{}, Lists: o.Lists}
}

// Lists says what trust was decided by. The caller fills all but the number of anchors.
type Lists struct {
	Anchors int `json:"anchors"`
	// The trusted list of the state, by its own words; empty when there is none.
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
	Authority     *Authority     `json:"authority,omitempty"` // whose certificate it is: whom to ask
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

// empty fills what every signature reports with "not known".
func (s *Signature) empty(l reasons.Language) {
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

// conclude writes the verdict; no code means that it passed.
func (s *Signature) conclude(l reasons.Language, code reasons.Code, d reasons.Details) {
	s.Indication = code.Indication()
	s.Verdict, s.SubIndication = s.Indication, code
	if code == "" {
		code = reasons.TotalPassed
	}
	s.Reason = reasons.Of(l, code, d)
}

func (s *Signature) warn(l reasons.Language, code reasons.Code, d reasons.Details) {
	s.Warnings = append(s.Warnings, Warning{code, reasons.Of(l, code, d).Text})
}
