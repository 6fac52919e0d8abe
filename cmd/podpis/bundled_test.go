// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build bundled && linux

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// handing makes the test program hand over to another one by one of the ways.
const handing = "PODPIS_TEST_HANDING"

func init() { //nolint:gochecknoinits // before the tests of this program begin
	ways := map[string]func(string) error{"memory": fromMemory, "file": fromFile}
	if way := ways[os.Getenv(handing)]; way != nil {
		program, err := os.ReadFile("/bin/echo")
		if err == nil {
			err = way(string(program))
		}
		os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
}

// TestBundledHandsOver: the same process becomes the other program, with its arguments; no file is left.
func TestBundledHandsOver(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"memory", "file"} {
		dir := t.TempDir()
		c := exec.CommandContext(t.Context(), os.Args[0], "handed", "over")
		c.Env = append(os.Environ(), handing+"="+way, "TMPDIR="+dir)
		out, err := c.CombinedOutput()
		if err != nil || string(out) != "handed over\n" {
			t.Errorf("%s: %v %q", way, err, out)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s: left %v, %v", way, left, err)
		}
	}
}

// TestBundledProgram: commands of the server are those of the whole program, answers and exit codes too.
func TestBundledProgram(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "whole")
	if err := os.WriteFile(program, []byte(whole), 0o700); err != nil { //nolint:gosec // it is executed
		t.Fatal(err)
	}
	run := func(name string, args ...string) (code int, out string) {
		c := exec.CommandContext(t.Context(), name, args...)
		c.Dir = t.TempDir()
		var b bytes.Buffer
		c.Stdout, c.Stderr = &b, &b
		err := c.Run()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return c.ProcessState.ExitCode(), b.String()
	}
	if list := commands(); len(list) != 14 {
		t.Errorf("%d commands", len(list))
	}
	for _, args := range [][]string{
		{"serve", "--listen", "nowhere"}, {"serve", "--help"}, {"ca", "--help"}, {"ca", "--lang", "en", "list", "--data", "missing"}, {"admin", "nothing"}, {"--lang", "kk", "admin"},
	} {
		code, out := run(program, args...)
		// The test program is not the one that is shipped: main is asked in a process of its own.
		gotCode, got := run(os.Args[0], append([]string{"-test.run=TestMainOfBundle", "--"}, args...)...)
		if gotCode != code || !strings.Contains(got, strings.TrimSpace(out)) {
			t.Errorf("%v: %d %q, want %d %q", args, gotCode, got, code, out)
		}
	}
}

// TestMainOfBundle is main in a process of its own.
func TestMainOfBundle(t *testing.T) {
	for i, a := range os.Args {
		if a == "--" {
			os.Args = append([]string{"podpis"}, os.Args[i+1:]...)
			main()
		}
	}
	t.Log("asked by TestBundledProgram alone")
}
