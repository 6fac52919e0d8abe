// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build unix

package terminal

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
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
	if err := Save(pipe, 0o600, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Fatalf("the pipe was replaced: %v %v", info, err)
	}
	data := make([]byte, 3)
	if _, err := io.ReadFull(other, data); err != nil || string(data) != "new" {
		t.Errorf("through the pipe came %q %v", data, err)
	}
	if err := Save(link, 0o600, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("the link was replaced: %v %v", info, err)
	}
	if data, err := os.ReadFile(target); err != nil || string(data) != "new" {
		t.Errorf("behind the link: %q %v", data, err)
	}
}
