// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package augment

import (
	"bytes"
	"context"
	"io"

	"podpis/pki/alg"
	"podpis/pki/pades"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/reasons"
)

// RaisePDF brings every signature of a PDF document to a level and returns what is to be appended to it: T by a document time
// stamp unless each has a stamp, LT by what the judgement needed, LTA by a document time stamp over that (EN 319 142-1, 6.3).
func (a *Augmenter) RaisePDF(ctx context.Context, in io.ReaderAt, size int64, level Level) ([]byte, error) {
	if level != T && level != LT && level != LTA {
		return nil, ErrLevel
	}
	grown := &growing{in: in, size: size}
	d, err := pades.Read(in, size)
	if err != nil {
		return nil, err
	}
	h := alg.Streebog256
	for _, s := range d.Signatures {
		if s.Signer != nil && s.Signer.Digest.Size() > 0 && s.Signer.Digest != alg.SHA1 && s.Signer.Digest != alg.GOST94 {
			h = s.Signer.Digest
		}
	}
	if err := a.acceptPDF(ctx, grown, verify.Options{At: a.Options.At, Language: a.Options.Language, Policy: a.Options.Policy}, reasons.TotalFailed); err != nil {
		return nil, err
	}
	if d.Unstamped() {
		if err := grown.add(sign.StampPDF(ctx, a.Random, grown, grown.Size(), h, a.Timestamper)); err != nil {
			return nil, err
		}
	}
	if level == T {
		return grown.tail, nil
	}
	var recorder verify.Recorder
	o := a.Options
	o.Evidence = recorder.Around(o.Evidence)
	if err := a.acceptPDF(ctx, grown, o, reasons.TotalFailed, reasons.Indeterminate); err != nil {
		return nil, err
	}
	certificates, lists, answers := recorder.Recorded()
	if err := grown.add(pades.AddEvidence(grown, grown.Size(), pades.Evidence{Certificates: certificates, CRLs: lists, OCSP: answers})); err != nil {
		return nil, err
	}
	if level == LTA {
		if err := grown.add(sign.StampPDF(ctx, a.Random, grown, grown.Size(), h, a.Timestamper)); err != nil {
			return nil, err
		}
	}
	return grown.tail, a.acceptPDF(ctx, grown, a.Options, reasons.TotalFailed, reasons.Indeterminate)
}

// acceptPDF judges a document and refuses the verdicts named.
func (a *Augmenter) acceptPDF(ctx context.Context, in *growing, o verify.Options, refused ...reasons.Code) error {
	report, err := verify.CheckPDF(ctx, "", in, in.Size(), o)
	if err != nil {
		return err
	}
	if len(report.Signatures) == 0 {
		return &RefusedError{report.Reason.Text}
	}
	for _, s := range report.Signatures {
		for _, verdict := range refused {
			if s.Verdict == verdict {
				return &RefusedError{s.Reason.Text}
			}
		}
	}
	return nil
}

// growing is a file with what was appended to it so far.
type growing struct {
	in   io.ReaderAt
	size int64
	tail []byte
}

// Size is the length of both.
func (g *growing) Size() int64 { return g.size + int64(len(g.tail)) }

func (g *growing) add(tail []byte, err error) error {
	g.tail = append(g.tail, tail...)
	return err
}

// ReadAt reads over both.
func (g *growing) ReadAt(p []byte, offset int64) (n int, err error) {
	if offset < g.size {
		n, err = g.in.ReadAt(p[:min(int64(len(p)), g.size-offset)], offset)
		if n == len(p) || offset+int64(n) < g.size {
			return n, err
		}
	}
	m, err := bytes.NewReader(g.tail).ReadAt(p[n:], offset+int64(n)-g.size)
	return n + m, err
}
