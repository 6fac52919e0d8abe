// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package digest reads a document of any size once and computes every digest that its
// signatures want.
package digest

import (
	"context"
	"errors"
	"io"

	"podpis/pki/alg"
)

// HeadSize is how many of the first octets are kept: enough for the signed attributes of
// the field.
const HeadSize = 8 << 10

// Stream reads to the end, in pieces, and returns the digests with the first octets. An
// error is that of the reader or of the context.
func Stream(ctx context.Context, r io.Reader, needed map[alg.Hash]bool) (digests map[alg.Hash][]byte, head []byte, err error) {
	type running struct {
		h alg.Hash
		w interface {
			io.Writer
			Sum(b []byte) []byte
		}
	}
	var all []running
	for h := range needed {
		all = append(all, running{h, h.New()})
	}
	buffer := make([]byte, 64<<10)
	for {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		n, err := r.Read(buffer)
		head = append(head, buffer[:min(n, HeadSize-len(head))]...)
		for _, d := range all {
			_, _ = d.w.Write(buffer[:n]) // hash.Hash never fails
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, err
		}
	}
	digests = map[alg.Hash][]byte{}
	for _, d := range all {
		digests[d.h] = d.w.Sum(nil)
	}
	return digests, head, nil
}
