// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !js

package sign

import (
	"context"
	"io"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/pades"
	"podpis/pki/x509"
)

// PDF signs a document from the inside and returns what is to be appended to it: PAdES level B, or T with a stamp
// (EN 319 142-1, 6.3). The claimed time stands in the document and not in the message; what a signature in it forbids is
// refused with the errors of package pades. The module of the browser is without it.
func PDF(ctx context.Context, rand io.Reader, in io.ReaderAt, size int64, signer alg.Signer, o Options, field pades.Options) (tail []byte, err error) {
	if o.Certificate == nil || !signer.PublicKey().Equal(o.Certificate.PublicKey) {
		return nil, ErrPair
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	field.Time = o.Time
	p, err := pades.Prepare(in, size, field)
	if err != nil {
		return nil, err
	}
	h := o.Hash()
	digest, err := p.Digest(h)
	if err != nil {
		return nil, err
	}
	attributes := cades.SignedAttributes(cms.OIDData, digest, h, o.Certificate, time.Time{})
	value, err := signer.SignDigest(rand, h, h.Sum(cms.SignedOctets(attributes)))
	if err != nil {
		return nil, err
	}
	si := cms.NewSigner(o.Certificate, h, o.kind().Algorithm(), attributes, value)
	if o.Level == T {
		token, err := askStamp(ctx, rand, o.Timestamper, h, h.Sum(value))
		if err != nil {
			return nil, err
		}
		cades.AddTimestamp(si, token.Raw)
	}
	b := cms.Builder{Certificates: append([]*x509.Certificate{o.Certificate}, o.Chain...), Signers: []*cms.SignerInfo{si}}
	return p.Finish(b.Detached())
}
