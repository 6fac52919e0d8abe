// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !js

package sign

import (
	"context"
	"io"

	"podpis/pki/alg"
	"podpis/pki/pades"
)

// StampPDF asks for a document time stamp over a whole PDF document and returns what is to be appended to it (EN 319 142-1,
// 5.4.3): it proves when everything in it was there.
func StampPDF(ctx context.Context, rand io.Reader, in io.ReaderAt, size int64, h alg.Hash, t Timestamper) (tail []byte, err error) {
	p, err := pades.PrepareTimestamp(in, size)
	if err != nil {
		return nil, err
	}
	digest, err := p.Digest(h)
	if err != nil {
		return nil, err
	}
	token, err := askStamp(ctx, rand, t, h, digest)
	if err != nil {
		return nil, err
	}
	return p.Finish(token.Raw)
}
