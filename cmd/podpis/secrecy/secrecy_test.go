// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package secrecy

import (
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"podpis/cmd/podpis/keys"
	"podpis/cmd/podpis/terminal"
	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// A message for another certificate of the same key opens: a key is made with a certificate of its own, and others follow.
func TestDecryptForAnotherCertificate(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	to := root.Signer(t, alg.GOST256B, "CN=To")
	dir := t.TempDir()
	name, target := filepath.Join(dir, "document"), filepath.Join(dir, "decrypted")
	if err := os.WriteFile(name, []byte("document"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &terminal.Console{Err: io.Discard, Random: rand.Reader}
	if err := encrypt(t.Context(), c, name, name+".enc", []*x509.Certificate{to.Cert}, alg.KuznyechikCTROMAC); err != nil {
		t.Fatal(err)
	}
	if err := decrypt(t.Context(), c, name+".enc", target, &keys.Identity{Key: to.Key, Certificates: []*x509.Certificate{root.Cert}}, nil); err != nil {
		t.Error(err)
	}
	var p *terminal.Problem
	if err := decrypt(t.Context(), c, name+".enc", target, &keys.Identity{Key: root.Key, Certificates: []*x509.Certificate{root.Cert}}, nil); !errors.As(err, &p) || p.Key != "not-recipient" {
		t.Errorf("with another key: %v", err)
	}
}
