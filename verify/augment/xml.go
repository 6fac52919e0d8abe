// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package augment

import (
	"context"
	"io"

	"podpis/pki/alg"
	"podpis/pki/xades"
	"podpis/pki/xmldsig"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/reasons"
)

// RaiseXML brings every XAdES signature of an XML document to a level and returns the document: a stamp over the value, what
// the judgement needed, a stamp over all of it (EN 319 132-1, 6.3). The document is what a signature beside it is over.
func (a *Augmenter) RaiseXML(ctx context.Context, in []byte, level Level, document Document) ([]byte, error) {
	if level != T && level != LT && level != LTA {
		return nil, ErrLevel
	}
	d, err := xades.Parse(in)
	if err != nil {
		return nil, err
	}
	if len(d.Signatures) == 0 {
		return nil, xades.ErrExtend
	}
	if err := a.Whole(ctx, in, document); err != nil {
		return nil, err
	}
	open := func(*xmldsig.Reference) (io.Reader, error) {
		if document == nil {
			return nil, xmldsig.ErrExternal
		}
		return document()
	}
	out := in
	for i, s := range d.Signatures {
		if has(s, xades.SignatureStamp) {
			continue
		}
		if out, err = a.stampXML(ctx, out, i, xades.SignatureStamp, open); err != nil {
			return nil, err
		}
	}
	if level == T {
		return out, a.Whole(ctx, out, document)
	}
	var recorder verify.Recorder
	o := a.Options
	o.Evidence = recorder.Around(o.Evidence)
	if err := a.accept(ctx, out, document, o, reasons.TotalFailed, reasons.Indeterminate); err != nil {
		return nil, err
	}
	certificates, lists, answers := recorder.Recorded()
	for i := range d.Signatures {
		if out, err = xades.AddValues(out, i, certificates, lists, answers); err != nil {
			return nil, err
		}
	}
	if level == LTA {
		for i := range d.Signatures {
			if out, err = a.stampXML(ctx, out, i, xades.ArchiveStamp, open); err != nil {
				return nil, err
			}
		}
	}
	return out, a.accept(ctx, out, document, a.Options, reasons.TotalFailed, reasons.Indeterminate)
}

func has(s *xades.Signature, kind xades.StampKind) bool {
	for _, t := range s.Timestamps {
		if t.Kind == kind {
			return true
		}
	}
	return false
}

func (a *Augmenter) stampXML(ctx context.Context, in []byte, n int, kind xades.StampKind, open xades.Open) ([]byte, error) {
	p, err := xades.PrepareStamp(in, n, kind, open)
	if err != nil {
		return nil, err
	}
	h := alg.Streebog256
	if d, err := xades.Parse(in); err == nil {
		if own := d.Signatures[n].Method.Hash; own.Size() > 0 && own != alg.SHA1 && own != alg.GOST94 {
			h = own
		}
	}
	digest, err := p.Digest(h)
	if err != nil {
		return nil, err
	}
	token, err := sign.StampDigest(ctx, a.Random, h, digest, a.Timestamper)
	if err != nil {
		return nil, err
	}
	return p.Finish(token)
}
