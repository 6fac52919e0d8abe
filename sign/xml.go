// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !js || judge

package sign

import (
	"context"
	"errors"
	"io"

	"podpis/pki/alg"
	"podpis/pki/tsp"
	"podpis/pki/xades"
)

// XML signs by XAdES level B or T (EN 319 132-1, 6.3) what was prepared by package xades with the same certificate and time,
// and returns the document with the signature, or the signature alone. The signing module of the browser is without it.
func XML(ctx context.Context, rand io.Reader, p *xades.Prepared, signer alg.Signer, o Options) ([]byte, error) {
	if o.Certificate == nil || !signer.PublicKey().Equal(o.Certificate.PublicKey) {
		return nil, ErrPair
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	value, err := signer.SignDigest(rand, o.Hash(), p.Digest())
	if err != nil {
		return nil, err
	}
	return FinishXML(ctx, rand, p, value, o, false)
}

// FinishXML puts in a value that was made elsewhere, over the octets of p, and stamps it for level T. What verified means is
// said at [Prepared.Finish].
func FinishXML(ctx context.Context, rand io.Reader, p *xades.Prepared, value []byte, o Options, verified bool) ([]byte, error) {
	signed, err := p.Finish(value, verified)
	if err != nil {
		return nil, err
	}
	if o.Level != T {
		return signed.Bytes(), nil
	}
	digest, err := signed.StampDigest(o.Hash())
	if err != nil {
		return nil, err
	}
	var token *tsp.Token
	if token, err = askStamp(ctx, rand, o.Timestamper, o.Hash(), digest); err != nil {
		return nil, err
	}
	if signed, err = signed.AddTimestamp(token); err != nil {
		return nil, errors.Join(ErrTimestamp, err)
	}
	return signed.Bytes(), nil
}
