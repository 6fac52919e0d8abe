// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"podpis/cmd/podpis/terminal"
	"podpis/pki/pkitest"
	"podpis/verify/reasons"
)

// say runs the program in this process.
func say(t *testing.T, password string, args ...string) (code int, out string) {
	t.Helper()
	var text bytes.Buffer
	c := &terminal.Console{In: strings.NewReader(""), Out: &text, Err: &text, Now: time.Now, Random: rand.Reader, Language: reasons.Russian,
		Env: func(name string) string {
			return map[string]string{"PODPIS_PASSWORD": password, "PODPIS_NEW_PASSWORD": "новый 1"}[name]
		}}
	code = c.Run(t.Context(), commands(), args)
	return code, text.String()
}

// Keys that other programs keep or export are shown, converted and used.
func TestForeignKeys(t *testing.T) {
	t.Parallel()
	corpus := filepath.Join(pkitest.Corpus(t), "keys")
	for _, k := range []struct{ file, password, kind string }{
		{"cryptopro-container", "", "ГОСТ Р 34.10-2001 (CryptoPro A)"},
		{"signalcom/2012", "", "ГОСТ Р 34.10-2012 512 (A)"},
		{"pkcs12/cryptopro-csp-strong.pfx", "remark", "ГОСТ Р 34.10-2012 512 (A)"},
		{"pkcs12/jcp-gost2012_256.pfx", "12345678", "ГОСТ Р 34.10-2012 256 (CryptoPro A)"},
		{"pkcs12/bc-gostPfx.p12", "1", "ГОСТ Р 34.10-2001 (CryptoPro A)"},
		{"pkcs8/key-gost12-256-2.p8", "", "ГОСТ Р 34.10-2012 256"},
	} {
		name := filepath.Join(corpus, k.file)
		if code, out := say(t, k.password, "key", "show", name); code != 0 || !strings.Contains(out, k.kind) {
			t.Errorf("show %s: %d %s", k.file, code, out)
		}
		converted := filepath.Join(t.TempDir(), "key.pem")
		if code, out := say(t, k.password, "key", "convert", "--key", name, "-o", converted); code != 0 {
			t.Errorf("convert %s: %d %s", k.file, code, out)
			continue
		}
		if code, out := say(t, "новый 1", "key", "show", converted); code != 0 || !strings.Contains(out, k.kind) {
			t.Errorf("show %s converted: %d %s", k.file, code, out)
		}
		if strings.Contains(k.kind, "2001") {
			if code, out := say(t, k.password, "sign", "--key", name, converted); code != 1 || !strings.Contains(out, "KEY-108") {
				t.Errorf("sign with %s: %d %s", k.file, code, out)
			}
			if code, out := say(t, k.password, "cert", "request", "--key", name, "--subject", "CN=x", "-o", converted+".csr"); code != 1 || !strings.Contains(out, "KEY-108") {
				t.Errorf("request with %s: %d %s", k.file, code, out)
			}
		}
	}
	// S002-025: containers of other programs are listed with a check of each.
	if code, out := say(t, "", "key", "check", filepath.Join(corpus, "cryptopro-container"), filepath.Join(corpus, "signalcom")); code != 1 || !strings.Contains(out, "cryptopro-container: ") || !strings.Contains(out, "2012: ") {
		t.Errorf("check of containers: %d %s", code, out)
	}
	container := filepath.Join(corpus, "cryptopro-container")
	if code, out := say(t, "не тот", "key", "show", container); code != 0 {
		t.Errorf("a password for a container without one: %d %s", code, out)
	}
	if code, out := say(t, "", "key", "passwd", container); code != 64 || !strings.Contains(out, "podpis key convert") {
		t.Errorf("a new password for a folder: %d %s", code, out)
	}
	empty := t.TempDir()
	if code, out := say(t, "", "key", "show", empty); code != 1 || !strings.Contains(out, "KEY-104") {
		t.Errorf("a folder without a container: %d %s", code, out)
	}
	for _, name := range []string{"header.key", "primary.key", "masks.key"} {
		content, err := os.ReadFile(filepath.Join(container, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "masks.key" {
			content[5] ^= 1
		}
		if err := os.WriteFile(filepath.Join(empty, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code, out := say(t, "", "key", "show", empty); code != 1 || !strings.Contains(out, "KEY-105") {
		t.Errorf("a damaged container: %d %s", code, out)
	}
}

// A message for nobody's certificate, but under a key that both sides have.
func TestDecryptWithoutRecipients(t *testing.T) {
	t.Parallel()
	corpus := filepath.Join(pkitest.Corpus(t), "cms-enveloped")
	code, out := say(t, "", "decrypt", "--key", filepath.Join(corpus, "tc26-recipient256_key.pem"), "-o", filepath.Join(t.TempDir(), "x"),
		filepath.Join(corpus, "tc26-encrypted_kuznyechik_a421.pem"))
	if code != 1 || !strings.Contains(out, "ENC-817") {
		t.Errorf("%d %s", code, out)
	}
}
