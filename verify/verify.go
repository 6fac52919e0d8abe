// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package verify judges signatures: what holds, what does not, and what could
// not be found out.
//
// It follows the order of ETSI EN 319 102-1: format, identification of the signing
// certificate, time stamps each as a signature of its own, cryptographic verification,
// path and revocation (RFC 5280, RFC 6960) at the time that a stamp proves, attributes.
// What was not checked is "unknown", never "no". Beside the verdict of the standard
// stands that of article 11 of the law 63-FZ, which asks another question and may answer
// otherwise.
//
// [Check] takes any file: messages of CMS, PDF, XML, containers and archives, a mail;
// what holds no signature is judged or told as what it is (package format): certificates
// in the words of the state portal ([CheckCertificates]), time stamps, revocation lists
// and OCSP answers by themselves. Every form goes through one judge; a format gives what
// there is and what has to be asked. Each signature is judged by itself, counter
// signatures too.
//
// The package is pure: certificates and revocation data come through [Evidence], the
// clock and what is acceptable through [Options]; a detached document is read once, in
// pieces, and never held. It is the same code on the server, on the command line and in a
// browser.
//
// Paths and revocation lists of every kind are package path's; answers of OCSP, the
// sources in their order and the time that is proved are judged here.
//
// Left out: archive stamps of version 1, evidence records, the rules that a signature
// policy states (such a signature stays open).
package verify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/x509"
	"podpis/verify/evidence"
	"podpis/verify/format"
	"podpis/verify/reasons"
)

// Anchor is a certificate that is trusted by decision.
type Anchor struct {
	Certificate *x509.Certificate
	// Until ends the trust, such as the day an accreditation ended; zero: it
	// goes on. Signatures proved to be older stay good.
	Until time.Time
}

// Options say what to judge by.
type Options struct {
	At       time.Time // the clock; required
	Trust    []Anchor
	Evidence []Evidence // asked in this order, after what the message carries
	Language reasons.Language
	// Policy is what is acceptable; nil: [DefaultPolicy], from which one of your own
	// begins: an empty one has no ended algorithms and no patience with clocks.
	Policy *Policy
	// Authority finds the accredited centre that a certificate of an authority
	// belongs to (63-FZ, article 11). A nil function: it is not known here; a nil
	// answer: the centre is not in the list, and so not accredited.
	Authority func(issuer *x509.Certificate) *Authority
	// Lists are told in the report as they are; the anchors are counted here.
	Lists Lists
}

// Input is a signature with what it is over.
type Input struct {
	Name      string    // of the file, for the report
	Signature []byte    // the message: DER, BER, PEM or base64
	Document  io.Reader // nil when it is inside, or not at hand
	// Digests stand for the document where it was hashed elsewhere.
	Digests map[alg.Hash][]byte
	// MayBeDocument says that Signature is a file of unknown kind: what is no message
	// at all is a document without a signature, not a broken one.
	MayBeDocument bool
}

// Check judges any file: every signature of it, or what it is instead. An error means
// that the document could not be read; whatever is wrong with the file is in the report.
func Check(ctx context.Context, in Input, o Options) (*Report, error) {
	f := format.Of(in.Signature)
	switch f.Form {
	case format.PDF:
		return CheckPDF(ctx, in.Name, bytes.NewReader(in.Signature), int64(len(in.Signature)), o)
	case format.XML:
		return checkXML(ctx, in, o)
	case format.Zip:
		return checkContainer(ctx, in, o)
	}
	switch {
	case f.Kind == format.Signature:
		return checkMessage(ctx, in, f, o)
	case len(f.Certificates) > 0:
		return CheckCertificates(ctx, in.Name, f.Certificates, o)
	case f.Kind == format.Timestamp:
		return checkTimestamp(ctx, in, f, o)
	case f.Kind == format.CRL:
		return checkList(ctx, in, f, o)
	case f.Kind == format.OCSP:
		return checkAnswer(ctx, in, f, o)
	}
	return notSignature(in, f, o), nil
}

// checkMessage judges the signatures of a message.
func checkMessage(ctx context.Context, in Input, f format.File, o Options) (*Report, error) {
	report := newReport(in.Name, f.Kind, o)
	if f.Err != nil {
		unreadable(report, o, reasons.Details{})
		return report, nil
	}
	if len(f.Message.Signers) == 0 {
		nothing(report, o, reasons.NoSignatureFound, reasons.Details{})
		return report, nil
	}
	if in.Document == nil && in.Digests == nil && f.Document != nil {
		in.Document = bytes.NewReader(f.Document)
	}
	m := &message{checker: newChecker(ctx, o), sd: f.Message, pool: evidence.FromMessage(f.Message)}
	read := m.hashDocument(in)
	err := judgeAll(report, m.checker, m.forms())
	if err := read(); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	if in.Document != nil && !m.sd.Detached {
		for i := range report.Signatures {
			report.Signatures[i].Warn(o.Language, reasons.WarnAttachedAndFile, reasons.Details{})
		}
	}
	return report, nil
}

// judgeAll judges signatures one by one; of several the worst verdict counts for the file.
func judgeAll(r *Report, c *checker, list []form) error {
	if len(r.Signatures) == 0 && len(list) > 0 {
		r.Kind, r.Verdict = format.Signature, reasons.TotalPassed
	}
	for _, f := range list {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		s := c.judge(f)
		r.Signatures = append(r.Signatures, s)
		r.Verdict = Worse(r.Verdict, s.Verdict)
	}
	return nil
}

// notSignature tells what a file is instead.
func notSignature(in Input, f format.File, o Options) *Report {
	report := newReport(in.Name, f.Kind, o)
	var other *cms.TypeError
	switch f.Kind {
	case format.Key:
		nothing(report, o, reasons.FileKey, reasons.Details{})
	case format.Request:
		nothing(report, o, reasons.FileRequest, reasons.Details{})
	case format.Encrypted:
		nothing(report, o, reasons.FileEncrypted, reasons.Details{})
	case format.Archive:
		nothing(report, o, reasons.FileArchive, reasons.Details{})
	case format.Document:
		switch {
		case errors.As(f.Err, &other):
			nothing(report, o, reasons.FileOtherDocument, reasons.Details{Cause: reasons.CauseNotDER})
		case in.MayBeDocument:
			nothing(report, o, reasons.NoSignatureFound, empty(in.Signature))
		default:
			report.Kind = format.Signature
			unreadable(report, o, empty(in.Signature))
		}
	default:
		nothing(report, o, reasons.FileOtherDocument, reasons.Details{})
	}
	return report
}

// nothing says that there is nothing to judge, and what to do.
func nothing(r *Report, o Options, code reasons.Code, d reasons.Details) {
	reason := reasons.Of(o.Language, code, d)
	r.Reason = &reason
}

// empty tells a file of no octets: it came so, and looking for a signature elsewhere does not help.
func empty(file []byte) reasons.Details {
	if len(file) == 0 {
		return reasons.Details{Cause: reasons.CauseEmpty}
	}
	return reasons.Details{}
}

// unreadable reports a signature in which nothing can be seen.
func unreadable(r *Report, o Options, d reasons.Details) {
	s := Signature{ID: "1", Level: string(cades.LevelCMS)}
	s.Clear(o.Language)
	s.Conclude(o.Language, reasons.FormatFailure, d)
	r.Signatures = append(r.Signatures, s)
	r.Verdict = s.Verdict
}

// Worse returns the verdict that counts of two: failed, then open, then passed.
func Worse(a, b reasons.Code) reasons.Code {
	for _, v := range []reasons.Code{reasons.TotalFailed, reasons.Indeterminate} {
		if a == v || b == v {
			return v
		}
	}
	return reasons.TotalPassed
}
