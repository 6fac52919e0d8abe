// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build peers

package pades_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/pades"
	"podpis/pki/pades/stamp"
	"podpis/pki/pkitest"
)

// run runs a program that must be installed (Debian: qpdf, poppler-utils).
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

func mark() stamp.Stamp {
	return stamp.Stamp{
		Heading: "ДОКУМЕНТ ПОДПИСАН ЭЛЕКТРОННОЙ ПОДПИСЬЮ",
		Lines:   []string{"Сертификат: 00A1B2C3D4E5F60718293A4B5C6D7E8F90", "Владелец: Иванов Иван Иванович", "Действителен: с 22.11.2026 по 22.11.2027"},
	}
}

// TestPeers lets programs nobody of us wrote look at what is written: qpdf at the
// syntax, pdfsig (NSS, which knows RSA and ECDSA) at the signatures, pdftotext at the stamp.
func TestPeers(t *testing.T) {
	t.Parallel()
	for _, kind := range []alg.Kind{alg.RSA, alg.P256, alg.GOST256B} {
		for name, asStream := range map[string]bool{"table": false, "stream": true} {
			objects := page()
			objects[3] = strings.Replace(objects[3], "/XObject<</X 50 0 R>>", "", 1) // qpdf warns of what is missing
			objects[4] = stream("BT /F1 20 Tf 50 200 Td (Pay 100) Tj ET")
			delete(objects, 9)
			id := signer(t, kind)
			file := write([]byte("%PDF-1.7\n"), objects, -1, asStream, "")
			file = signed(t, file, id, pades.Options{Name: "Иванов", Time: pkitest.Now, Permission: 2})
			file = signed(t, file, id, pades.Options{Time: pkitest.Now, Rect: [4]float64{60, 100, 280, 170}, Draw: mark().Draw})
			path := filepath.Join(t.TempDir(), "signed.pdf")
			if err := os.WriteFile(path, file, 0o600); err != nil {
				t.Fatal(err)
			}
			if out := run(t, "qpdf", "--check", path); !strings.Contains(out, "No syntax or stream encoding errors found") || strings.Contains(out, "WARNING") {
				t.Errorf("%v, %s: %s", kind, name, out)
			}
			if out := run(t, "pdftotext", path, "-"); !strings.Contains(out, "ДОКУМЕНТ ПОДПИСАН") || !strings.Contains(out, "Владелец: Иванов Иван Иванович") {
				t.Errorf("%v, %s: stamp is not read: %s", kind, name, out)
			}
			if kind == alg.GOST256B {
				continue
			}
			out := run(t, "pdfsig", "-nocert", path)
			if strings.Count(out, "Signature Validation: Signature is Valid.") != 2 || strings.Count(out, "Total document signed") != 1 {
				t.Errorf("%v, %s: %s", kind, name, out)
			}
			// The control: one octet of the page, and pdfsig must say so.
			spoiled := []byte(strings.Replace(string(file), "Pay 100", "Pay 900", 1))
			if err := os.WriteFile(path, spoiled, 0o600); err != nil {
				t.Fatal(err)
			}
			if out, _ := exec.Command("pdfsig", "-nocert", path).CombinedOutput(); strings.Contains(string(out), "Signature is Valid.") {
				t.Errorf("%v, %s: pdfsig passes a changed document: %s", kind, name, out)
			}
		}
	}
}
