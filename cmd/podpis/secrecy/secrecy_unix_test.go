// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix

package secrecy

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"podpis/cmd/podpis/keys"
	"podpis/cmd/podpis/terminal"
	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// TestDecryptToPipe: what goes into a pipe cannot be taken back, so nothing goes there before the code is checked.
func TestDecryptToPipe(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	to := root.Signer(t, alg.GOST256B, "CN=To")
	var message bytes.Buffer
	content := bytes.Repeat([]byte("secret"), 1000)
	if err := cms.Encrypt(rand.Reader, &message, bytes.NewReader(content), int64(len(content)), []*x509.Certificate{to.Cert}, 0); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	name, pipe := filepath.Join(dir, "message"), filepath.Join(dir, "pipe")
	message.Bytes()[message.Len()-1] ^= 1 // in the code, which is behind the content
	if err := errors.Join(os.WriteFile(name, message.Bytes(), 0o600), syscall.Mkfifo(pipe, 0o600)); err != nil {
		t.Fatal(err)
	}
	other, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	c := &terminal.Console{Err: io.Discard, Random: rand.Reader}
	if err := decrypt(t.Context(), c, name, pipe, &keys.Identity{Key: to.Key}, nil); err == nil {
		t.Error("a changed message is decrypted")
	}
	// What is written now must be the first that comes out.
	if _, err := other.WriteString("end"); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(content)+3)
	if n, err := other.Read(got); err != nil || string(got[:n]) != "end" {
		t.Errorf("%d octets came out of the pipe, %v", n, err)
	}
}

// TestInterrupted: a long encryption ends when the program is told to stop.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	to := root.Signer(t, alg.GOST256B, "CN=To")
	name := filepath.Join(t.TempDir(), "document")
	if err := os.WriteFile(name, make([]byte, 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	c := &terminal.Console{Err: io.Discard, Random: rand.Reader}
	recipients := []*x509.Certificate{to.Cert}
	if err := encrypt(ctx, c, name, name+".enc", recipients, alg.KuznyechikCTROMAC); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := encrypt(ctx, c, name, name+".2", recipients, alg.KuznyechikCTROMAC); !errors.Is(err, context.Canceled) {
		t.Errorf("encrypted: %v", err)
	}
	if err := decrypt(ctx, c, name+".enc", name+".3", &keys.Identity{Key: to.Key}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("decrypted: %v", err)
	}
	for _, left := range []string{name + ".2", name + ".3"} {
		if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", left, err)
		}
	}
}
