// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package digest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"podpis/pki/alg"
	"podpis/verify/digest"
)

func TestStream(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, digest.HeadSize - 1, digest.HeadSize, digest.HeadSize + 1, 200_000} {
		document := []byte(strings.Repeat("п", n)[:n])
		for _, r := range []io.Reader{bytes.NewReader(document), iotest.OneByteReader(bytes.NewReader(document)), iotest.DataErrReader(bytes.NewReader(document))} {
			got, head, err := digest.Stream(t.Context(), r, map[alg.Hash]bool{alg.Streebog256: true, alg.SHA256: true})
			if err != nil || len(got) != 2 || !bytes.Equal(got[alg.SHA256], alg.SHA256.Sum(document)) || !bytes.Equal(got[alg.Streebog256], alg.Streebog256.Sum(document)) {
				t.Errorf("%d: %v", n, err)
			}
			if !bytes.Equal(head, document[:min(n, digest.HeadSize)]) {
				t.Errorf("%d: head of %d", n, len(head))
			}
		}
	}
	broken := errors.New("disk")
	if _, _, err := digest.Stream(t.Context(), iotest.ErrReader(broken), nil); !errors.Is(err, broken) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := digest.Stream(ctx, strings.NewReader("x"), nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
