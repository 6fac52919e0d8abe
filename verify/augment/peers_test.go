// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build peers

package augment_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/sign"
	"podpis/verify/augment"
)

// TestPeers: qpdf looks at the syntax of what is appended, pdfsig (NSS, which knows RSA) finds the signature good as before
// and the document time stamp beside it.
func TestPeers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.signer = w.ca.Signer(t, alg.RSA, "CN=RSA")
	file := w.signPDF(t, pkitest.PDF(nil), sign.B, 0)
	tail, err := w.RaisePDF(t.Context(), bytes.NewReader(file), int64(len(file)), augment.LTA)
	if err != nil {
		t.Fatal(err)
	}
	raised := slices.Concat(file, tail)
	path := filepath.Join(t.TempDir(), "raised.pdf")
	look := func(octets []byte, name string, args ...string) string {
		t.Helper()
		if err := os.WriteFile(path, octets, 0o600); err != nil {
			t.Fatal(err)
		}
		out, _ := exec.Command(name, append(args, path)...).CombinedOutput() // what it says is looked at
		return string(out)
	}
	if out := look(raised, "qpdf", "--check"); !strings.Contains(out, "No syntax or stream encoding errors found") || strings.Contains(out, "WARNING") {
		t.Errorf("qpdf: %s", out)
	}
	out := look(raised, "pdfsig", "-nocert")
	if strings.Count(out, "Signature is Valid.") != 1 || strings.Count(out, "Signature #") != 3 || strings.Count(out, "- Total document signed") != 1 {
		t.Errorf("pdfsig: %s", out)
	}
	spoiled := bytes.Replace(raised, []byte("595 842"), []byte("595 843"), 1)
	if out := look(spoiled, "pdfsig", "-nocert"); strings.Contains(out, "Signature is Valid.") {
		t.Errorf("pdfsig passes a changed document: %s", out)
	}
}
