// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !js || judge

package sign

import (
	"context"
	"io"
	"time"

	"podpis/pki/alg"
	"podpis/pki/pades"
)

// PDF signs a document from the inside and returns what is to be appended to it: PAdES level B, or T with a stamp
// (EN 319 142-1, 6.3). The claimed time stands in the document and not in the message; what a signature in it forbids is
// refused with the errors of package pades. The signing module of the browser is without it.
func PDF(ctx context.Context, rand io.Reader, in io.ReaderAt, size int64, signer alg.Signer, o Options, field pades.Options) (tail []byte, err error) {
	if o.Certificate == nil || !signer.PublicKey().Equal(o.Certificate.PublicKey) {
		return nil, ErrPair
	}
	p, err := PreparePDF(in, size, o, field)
	if err != nil {
		return nil, err
	}
	value, err := signer.SignDigest(rand, o.Hash(), p.Digest())
	if err != nil {
		return nil, err
	}
	return p.Finish(ctx, rand, value, false)
}

// PreparedPDF is a signature inside a document that lacks only its value.
type PreparedPDF struct {
	*Prepared
	field *pades.Prepared
}

// PreparePDF appends a signature field with room for the value; the file is read where it is and not changed.
func PreparePDF(in io.ReaderAt, size int64, o Options, field pades.Options) (*PreparedPDF, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	field.Time = o.Time
	p, err := pades.Prepare(in, size, field)
	if err != nil {
		return nil, err
	}
	digest, err := p.Digest(o.Hash())
	if err != nil {
		return nil, err
	}
	o.Time = time.Time{} // EN 319 142-1, 6.3: the time stands in the document
	inner, err := Prepare(o, digest)
	if err != nil {
		return nil, err
	}
	return &PreparedPDF{inner, p}, nil
}

// Finish puts the value in as [Prepared.Finish] does, and returns what is to be appended to the file.
func (p *PreparedPDF) Finish(ctx context.Context, rand io.Reader, value []byte, verified bool) (tail []byte, err error) {
	s, err := p.Prepared.Finish(ctx, rand, value, verified)
	if err != nil {
		return nil, err
	}
	return p.field.Finish(s.Detached())
}
