// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"bytes"
	"context"
	"errors"
	"io"

	"podpis/pki/alg"
	"podpis/pki/asic"
	"podpis/pki/tsp"
	"podpis/pki/xades"
	"podpis/pki/xmldsig"
	"podpis/verify/digest"
	"podpis/verify/evidence"
	"podpis/verify/format"
	"podpis/verify/reasons"
)

// checkContainer judges what lies in an archive: the signatures of ASiC-S and -E, and the
// pairs of document and signature that people pack.
func checkContainer(ctx context.Context, in Input, o Options) (*Report, error) {
	report := newReport(in.Name, format.Archive, o)
	opened, err := asic.Read(bytes.NewReader(in.Signature), int64(len(in.Signature)))
	if err != nil {
		nothing(report, o, reasons.FileArchive, reasons.Details{Cause: archiveCause(err)})
		return report, nil //nolint:nilerr // a file that cannot be opened is an answer, not a failure
	}
	c := &container{checker: newChecker(ctx, o), Container: opened}
	for _, s := range opened.Signatures {
		if s.Form == asic.Stamp {
			report.Timestamps = append(report.Timestamps, c.timestampOf(s))
			continue
		}
		if err := judgeAll(report, c.checker, c.forms(s)); err != nil {
			return nil, err
		}
	}
	switch {
	case len(report.Signatures) == 0 && len(report.Timestamps) == 0:
		nothing(report, o, reasons.FileArchive, reasons.Details{})
	case len(report.Signatures) == 0:
		report.Kind, report.Verdict = format.Timestamp, reasons.TotalPassed
		for _, t := range report.Timestamps {
			report.Verdict = Worse(report.Verdict, total(t.Indication))
		}
	}
	return report, nil
}

func archiveCause(err error) reasons.Code {
	switch {
	case errors.Is(err, asic.ErrBounds):
		return reasons.CauseTooLarge
	case errors.Is(err, asic.ErrEncrypted):
		return reasons.CauseArchiveEncrypted
	}
	return reasons.CauseArchiveBroken
}

// container judges the signatures of one archive.
type container struct {
	*checker
	*asic.Container
}

// forms are the signatures of one file of the container.
func (c *container) forms(s *asic.Signature) (out []form) {
	switch {
	case s.Err != nil:
		out = []form{{broken: containerFailure(s.Err)}}
	case s.Form == asic.XAdES:
		out = c.xmlForms(s)
	default:
		out = c.messageForms(s)
	}
	for i := range out {
		if out[i].id = s.Name + "#" + out[i].id; len(out) == 1 {
			out[i].id = s.Name
		}
	}
	return out
}

// containerFailure is what is wrong around a signature.
func containerFailure(err error) failure {
	switch {
	case err == nil:
		return failure{}
	case errors.Is(err, asic.ErrMissing):
		return failure{code: reasons.SignedDataNotFound}
	case errors.Is(err, asic.ErrDigest):
		return failure{code: reasons.HashFailure}
	case errors.Is(err, alg.ErrUnsupported):
		return failure{code: reasons.CryptoNoPOE}
	case errors.Is(err, asic.ErrUnclear):
		return fail(reasons.FormatFailure, reasons.CauseContainerUnclear)
	}
	return fail(reasons.FormatFailure, archiveCause(err))
}

// messageForms are CAdES over the one document, or over a manifest in its place.
func (c *container) messageForms(s *asic.Signature) []form {
	f := format.Of(s.Data)
	if f.Message == nil || f.Err != nil || len(f.Message.Signers) == 0 {
		return []form{{level: "CMS", broken: failure{code: reasons.FormatFailure}}}
	}
	m := &message{checker: c.checker, sd: f.Message, pool: evidence.FromMessage(f.Message)}
	in, known, left := Input{}, failure{}, c.Documents
	switch {
	case s.Manifest != nil:
		in.Document, known, left = bytes.NewReader(s.Manifest.Raw), manifestFailure(s.Manifest), s.Manifest.Uncovered(c.Documents)
	case s.Over != nil:
		in.Document, left = s.Over.Open(), without(c.Documents, s.Over)
	case !f.Message.Detached: // a signature with its document inside, in a plain archive
		left = nil
	}
	if c.Type == asic.Plain {
		left = nil // each pair is about itself
	}
	if err := m.hashDocument(in)(); err != nil {
		known = containerFailure(err)
	}
	var out []form
	for _, form := range m.forms() {
		form.known = first(known, form.known)
		out = append(out, c.part(form, left))
	}
	return out
}

func without(list []*asic.Entry, e *asic.Entry) (out []*asic.Entry) {
	for _, o := range list {
		if o != e {
			out = append(out, o)
		}
	}
	return out
}

func manifestFailure(m *asic.Manifest) failure {
	if m.Err != nil {
		return fail(reasons.FormatFailure, reasons.CauseArchiveBroken)
	}
	var list []failure
	for i := range m.References {
		list = append(list, containerFailure(m.References[i].Check()))
	}
	return first(list...)
}

// part says what of the container is not signed. A signature over none of its documents
// stands where people take it for theirs.
func (c *container) part(f form, left []*asic.Entry) form {
	if len(left) == 0 {
		return f
	}
	if len(left) == len(c.Documents) {
		f.known = first(f.known, fail(reasons.FormatFailure, reasons.CauseContainerUnclear))
	}
	f.partial = true
	remark := f.remark
	f.remark = func(s *Signature) {
		remark(s)
		s.Warn(c.o.Language, reasons.WarnContainerPart, reasons.Details{File: left[0].Text()})
	}
	return f
}

// xmlForms are XAdES with references to files of the container.
func (c *container) xmlForms(s *asic.Signature) []form {
	document, err := xades.Parse(s.Data)
	if err != nil {
		return []form{{broken: fail(reasons.FormatFailure, reasons.CauseXMLUnreadable)}}
	}
	document.Open = func(r *xmldsig.Reference) (io.Reader, error) {
		e := c.Find(r.URI)
		if e == nil {
			return nil, xmldsig.ErrNotFound
		}
		return e.Open(), nil
	}
	out := xmlForms(c.checker, document.Signatures)
	for i, x := range document.Signatures {
		if out[i].broken.code != "" {
			continue
		}
		left := c.Documents
		for _, r := range x.DataReferences() {
			if r.External() {
				left = without(left, c.Find(r.URI))
			}
		}
		out[i].partial, out[i].remark = false, func(*Signature) {}
		out[i] = c.part(out[i], left)
	}
	return out
}

// timestampOf judges a time stamp over the document or over a manifest.
func (c *container) timestampOf(s *asic.Signature) Timestamp {
	token, err := tsp.ParseToken(s.Data)
	if err != nil {
		token = nil
	}
	check := func() error {
		switch {
		case s.Err != nil:
			return s.Err
		case s.Manifest != nil:
			if f := manifestFailure(s.Manifest); f.code != "" {
				return tsp.ErrImprint
			}
			return token.Covers(s.Manifest.Raw)
		case token.Hash == alg.NoHash:
			return alg.ErrUnsupported
		}
		digests, _, err := digest.Stream(c.ctx, s.Over.Open(), map[alg.Hash]bool{token.Hash: true})
		if err == nil && !bytes.Equal(digests[token.Hash], token.Imprint) {
			err = tsp.ErrImprint
		}
		return err
	}
	out, _ := c.timestamp(stamp{token: token, check: check}, new(Pool), moment{now: c.o.At, at: c.o.At})
	out.Type = "document"
	return out
}
