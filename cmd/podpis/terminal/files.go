// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/term"
)

// Limits of what is read whole. Documents are streamed and have none.
const (
	MaxMessage  = 256 << 20 // a signature, perhaps with its document inside
	MaxEvidence = 64 << 20  // a revocation list
	MaxKeyFile  = 4 << 20
	maxPassword = 4 << 10
)

var (
	errDirectory = errors.New("is a directory")
	errTooLarge  = errors.New("file too large")
)

// Open opens a file for reading; a directory is refused before the first read.
func Open(name string) (*os.File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, Input(name, err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = errDirectory
	}
	if err != nil {
		_ = f.Close()
		return nil, Input(name, err)
	}
	return f, nil
}

// Read reads a whole file of bounded size.
func Read(name string, limit int64) ([]byte, error) {
	f, err := Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return ReadFrom(f, name, limit)
}

// ReadFrom reads what is left of a file of bounded size.
func ReadFrom(f io.Reader, name string, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = errTooLarge
	}
	if err != nil {
		return nil, Input(name, err)
	}
	return data, nil
}

// Create writes a file so that it is either whole or not there: into a file
// beside it that takes its name at the end. A link stays a link; a device or a pipe
// is written to, never replaced.
func Create(name string, mode os.FileMode, write func(io.Writer) error) error {
	if !Replaceable(name) {
		return createThrough(name, write)
	}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".podpis-*")
	if err != nil {
		return Failed("output-unwritable", err, name)
	}
	defer func() { _ = os.Remove(f.Name()) }() // it has its own name after a success
	if err := write(f); err != nil {
		_ = f.Close()
		return err
	}
	if err := errors.Join(f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return Failed("output-unwritable", err, name)
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return Failed("output-unwritable", err, name)
	}
	return nil
}

// Replaceable tells whether a new file may take the name: a device or a pipe is not replaced.
func Replaceable(name string) bool {
	info, err := os.Stat(name)
	return err != nil || info.Mode().IsRegular() || info.IsDir()
}

func createThrough(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return Failed("output-unwritable", err, name)
	}
	if err := write(f); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return Failed("output-unwritable", err, name)
	}
	return nil
}

// SameFile reports that both names lead to one file.
func SameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil || !x.Mode().IsRegular() {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// Save is Create for octets at hand.
func Save(name string, mode os.FileMode, data []byte) error {
	return Create(name, mode, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// Free refuses to replace a file that nobody asked to replace.
func Free(name string, force bool) error {
	if _, err := os.Lstat(name); err == nil && !force && Replaceable(name) {
		return Usage("output-exists", name)
	}
	return nil
}

// Apart refuses an output that is there already or is among the files read.
func Apart(target string, force bool, inputs []string) error {
	if slices.ContainsFunc(inputs, func(in string) bool { return SameFile(in, target) }) {
		return Usage("output-is-input", target)
	}
	return Free(target, force)
}

// Reader ends a long reading when the program is told to stop.
type Reader struct {
	Context context.Context // of one copy
	R       io.Reader
}

func (r Reader) Read(p []byte) (int, error) {
	if err := r.Context.Err(); err != nil {
		return 0, err
	}
	return r.R.Read(p)
}

// Password takes a password from a file (which loses one trailing newline), from
// the environment or from the terminal; prompt is a key of texts.tsv.
func (c *Console) Password(file, variable, prompt string, twice bool) ([]byte, error) {
	if file != "" {
		data, err := Read(file, maxPassword)
		if err != nil {
			return nil, err
		}
		data, newline := bytes.CutSuffix(data, []byte("\n"))
		if newline {
			data = bytes.TrimSuffix(data, []byte("\r"))
		}
		return data, nil
	}
	if value := c.Env(variable); value != "" {
		return []byte(value), nil
	}
	f, ok := c.In.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, Usage("password-missing", variable)
	}
	first, err := c.ask(f, prompt)
	if err != nil || !twice {
		return first, err
	}
	second, err := c.ask(f, "prompt-again")
	if err == nil && !bytes.Equal(first, second) {
		err = Usage("passwords-differ")
	}
	return first, err
}

func (c *Console) ask(f *os.File, prompt string) ([]byte, error) {
	_, _ = io.WriteString(c.Err, c.Text(prompt))
	answer, err := term.ReadPassword(int(f.Fd()))
	_, _ = io.WriteString(c.Err, "\n")
	if err != nil {
		return nil, Failed("terminal", err)
	}
	return answer, nil
}
