// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

// Package openssltest runs OpenSSL with its GOST engine as an independent judge
// in tests. It is built with the tag openssl only, and then both programs must be
// installed (Debian: openssl, libengine-gost-openssl): what is missing fails the
// test, nothing is skipped.
package openssltest

import (
	"bytes"
	"context"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// config loads the engine. It is given by OPENSSL_CONF and never by -config as
// well: the second load of the engine fails.
const config = `openssl_conf = openssl_init
[openssl_init]
engines = engine_section
[engine_section]
gost = gost_section
[gost_section]
engine_id = gost
default_algorithms = ALL
[req]
distinguished_name = dn
prompt = no
[dn]
`

// timeout of one run. OpenSSL answers in milliseconds; more is a hang.
const timeout = 30 * time.Second

// Bench is a folder with files where OpenSSL is run.
type Bench struct {
	t   testing.TB
	dir string
	// Env is added to the environment of every run, such as
	// "CRYPT_PARAMS=id-tc26-gost-28147-param-Z" for the S-boxes of the engine.
	Env []string
}

// New makes an empty folder and checks that the engine is there.
func New(t testing.TB) *Bench {
	t.Helper()
	b := &Bench{t: t, dir: t.TempDir()}
	b.Write("openssl.cnf", []byte(config))
	if out := b.Run("engine", "gost"); !bytes.Contains(out, []byte("(gost)")) {
		t.Fatalf("the GOST engine of OpenSSL is not installed: %s", out)
	}
	return b
}

// Path returns the path of a file of the folder.
func (b *Bench) Path(name string) string { return filepath.Join(b.dir, name) }

// Write stores a file and returns its path.
func (b *Bench) Write(name string, content []byte) string {
	b.t.Helper()
	if err := os.WriteFile(b.Path(name), content, 0o600); err != nil {
		b.t.Fatal(err)
	}
	return b.Path(name)
}

// Read returns a file that OpenSSL has written.
func (b *Bench) Read(name string) []byte {
	b.t.Helper()
	content, err := os.ReadFile(b.Path(name))
	if err != nil {
		b.t.Fatal(err)
	}
	return content
}

// Run runs openssl in the folder and returns what it printed on both outputs. A
// failure of the program fails the test.
func (b *Bench) Run(args ...string) []byte {
	b.t.Helper()
	out, err := b.Try(args...)
	if err != nil {
		b.t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// Try is Run for what may fail.
func (b *Bench) Try(args ...string) ([]byte, error) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "openssl", args...) //nolint:gosec // G204: the tests choose the arguments.
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "OPENSSL_CONF="+b.Path("openssl.cnf"), "LC_ALL=C.UTF-8")
	cmd.Env = append(cmd.Env, b.Env...)
	return cmd.CombinedOutput()
}

// Refuses runs openssl and fails the test unless it fails and says the reason.
func (b *Bench) Refuses(reason string, args ...string) {
	b.t.Helper()
	out, err := b.Try(args...)
	if err == nil || !bytes.Contains(out, []byte(reason)) {
		b.t.Errorf("openssl %s: %v, want %q\n%s", strings.Join(args, " "), err, reason, out)
	}
}

// WritePEM stores DER as PEM, the only form some commands take, under a label of
// RFC 7468.
func (b *Bench) WritePEM(name, label string, der ...[]byte) string {
	b.t.Helper()
	var out []byte
	for _, d := range der {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: label, Bytes: d})...)
	}
	return b.Write(name, out)
}
