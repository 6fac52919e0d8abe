// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pades_test

import (
	"bytes"
	"testing"

	"podpis/pki/pades"
	"podpis/pki/pkitest"
)

// FuzzRead reads whole documents with everything a judge asks of a signature.
func FuzzRead(f *testing.F) {
	f.Add(newFile(false))
	f.Add(newFile(true))
	for _, name := range []string{"pyhanko-pades-with-old-style-signing-cert-attr-issser", "pyhanko-minimal-signed-twice-no-sig-type"} {
		f.Add(pkitest.ReadCorpus(f, "generic/pades/"+name+".pdf"))
	}
	f.Fuzz(func(_ *testing.T, in []byte) {
		d, err := pades.Read(bytes.NewReader(in), int64(len(in)))
		if err != nil {
			return
		}
		for _, s := range d.Signatures {
			_, _ = verdictOf(s)
			_ = s.Level()
		}
		_, _ = pades.Prepare(bytes.NewReader(in), int64(len(in)), pades.Options{})
	})
}
