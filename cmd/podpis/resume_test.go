// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix

package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestResumeAfterKill: a check of a long list is killed again and again, and at last the answer is that of one that was not.
func TestResumeAfterKill(t *testing.T) {
	t.Parallel()
	office := newOffice(t)
	dir := t.TempDir()
	if err := office.files(dir); err != nil {
		t.Fatal(err)
	}
	const rows = 60
	document := bytes.Repeat([]byte("договор "), 1<<17) // long enough that a kill falls between two rows
	var list bytes.Buffer
	w := csv.NewWriter(&list)
	if err := w.Write([]string{"file"}); err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		name := fmt.Sprintf("document-%02d", i)
		if err := os.WriteFile(filepath.Join(dir, name), document, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := w.Write([]string{name}); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	if err := os.WriteFile(filepath.Join(dir, "list.csv"), list.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	command := func(args ...string) *exec.Cmd {
		c := exec.CommandContext(t.Context(), "podpis", args...)
		c.Dir = dir
		return c
	}
	sign := []string{"sign", "--key", "holder.p12", "--password-file", "password"}
	for i := range rows {
		sign = append(sign, fmt.Sprintf("document-%02d", i))
	}
	if out, err := command(sign...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "document-07"), document[1:], 0o600); err != nil {
		t.Fatal(err)
	}
	verify := []string{"verify", "--trust", "root.pem", "--crl", "all.crl", "--offline", "--list", "list.csv", "--json", "--at", time.Now().UTC().Format(time.RFC3339)}
	want, _ := command(verify...).Output() // its exit code is that of the bad one
	if n := strings.Count(string(want), "\n"); n != rows {
		t.Fatalf("%d answers of %d:\n%s", n, rows, want)
	}
	verify = append(verify, "--resume", "journal")
	kills, before := 0, 0
	for {
		c := command(verify...)
		var out bytes.Buffer
		c.Stdout = &out
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- c.Wait() }()
		if !killWhenFurther(t, c, ended, filepath.Join(dir, "journal"), &before) {
			if out.String() != string(want) {
				t.Errorf("after %d kills the answer differs:\n%s", kills, out.String())
			}
			break
		}
		kills++
	}
	if kills < 3 {
		t.Errorf("killed %d times only", kills)
	}
	t.Logf("killed %d times", kills)
}

// killWhenFurther kills a process when its journal has grown by some lines; false is a process that came to its end.
func killWhenFurther(t *testing.T, c *exec.Cmd, ended chan error, journal string, before *int) bool {
	t.Helper()
	look := time.NewTicker(2 * time.Millisecond) // at a file of another process
	defer look.Stop()
	for {
		select {
		case err := <-ended:
			t.Logf("ended: %v", err)
			return false
		case <-look.C:
		}
		data, _ := os.ReadFile(journal) // not there yet is as good as empty
		if n := bytes.Count(data, []byte("\n")); n >= *before+8 {
			*before = n
			if err := c.Process.Kill(); err != nil {
				t.Logf("kill: %v", err) // it ended just now
			}
			t.Logf("ended: %v", <-ended)
			return true
		}
	}
}
