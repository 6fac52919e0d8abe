// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

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

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// TestCreateKeepsWhatIsNoFile: an output may be a link, a pipe or a device, such as
// /dev/null; replacing it by a file would break more than this program.
func TestCreateKeepsWhatIsNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe, target, link := filepath.Join(dir, "pipe"), filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	// Opened for both, a pipe does not wait for the other side.
	other, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	if err := save(pipe, 0o600, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Fatalf("the pipe was replaced: %v %v", info, err)
	}
	data := make([]byte, 3)
	if _, err := io.ReadFull(other, data); err != nil || string(data) != "new" {
		t.Errorf("through the pipe came %q %v", data, err)
	}
	if err := save(link, 0o600, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("the link was replaced: %v %v", info, err)
	}
	if data, err := os.ReadFile(target); err != nil || string(data) != "new" {
		t.Errorf("behind the link: %q %v", data, err)
	}
}

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
	c := &console{err: io.Discard, random: rand.Reader}
	if err := c.decrypt(t.Context(), name, pipe, &identity{key: to.Key}, nil); err == nil {
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
	c := &console{err: io.Discard, random: rand.Reader}
	recipients := []*x509.Certificate{to.Cert}
	if err := c.encrypt(ctx, name, name+".enc", recipients, alg.KuznyechikCTROMAC); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := c.encrypt(ctx, name, name+".2", recipients, alg.KuznyechikCTROMAC); !errors.Is(err, context.Canceled) {
		t.Errorf("encrypted: %v", err)
	}
	if err := c.decrypt(ctx, name+".enc", name+".3", &identity{key: to.Key}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("decrypted: %v", err)
	}
	for _, left := range []string{name + ".2", name + ".3"} {
		if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v", left, err)
		}
	}
}
