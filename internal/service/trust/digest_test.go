// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"bytes"
	"crypto/sha256"
	"io"
	"strings"
	"testing"

	"podpis/gost/streebog"
	"podpis/pki/alg"
)

// TestDigester: the digests are those of the whole document, in whatever pieces it
// came, and asking for them does not end it.
func TestDigester(t *testing.T) {
	t.Parallel()
	d := NewDigester()
	for _, piece := range []string{"one ", "document"} {
		if _, err := io.Copy(d, strings.NewReader(piece)); err != nil {
			t.Fatal(err)
		}
		d.Digests()
	}
	got := d.Digests()
	sha, gost := sha256.Sum256([]byte("one document")), streebog.Sum256([]byte("one document"))
	if !bytes.Equal(got[alg.SHA256], sha[:]) || !bytes.Equal(got[alg.Streebog256], gost[:]) {
		t.Error("digests differ from those of the whole document")
	}
	for h, sum := range got {
		if len(sum) != h.Size() {
			t.Errorf("%v: %d octets of %d", h, len(sum), h.Size())
		}
	}
	if len(got) != 5 {
		t.Errorf("%d digests, want one for each of the five functions", len(got))
	}
}
