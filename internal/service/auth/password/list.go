// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package password

import (
	"bufio"
	"bytes"
	"crypto/sha1" // what lists of leaked passwords are published in; it protects nothing here
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// entrySize is what is kept of a password: the first octets of its SHA-1. One good
// password in 2^64 divided by the length of the list is refused for nothing.
const entrySize = 8

// List is a list of leaked passwords in a file: entries in order. A nil list is empty. It
// is safe for concurrent use.
type List struct {
	file *os.File
	n    int64
}

// OpenList opens what [Import] wrote; without a file the list is nil.
func OpenList(name string) (*List, error) {
	file, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("open list of passwords: %w", err)
	}
	info, err := file.Stat()
	if err == nil && info.Size()%entrySize != 0 {
		err = errors.New("the file is cut")
	}
	if err != nil {
		return nil, fmt.Errorf("open list of passwords: %w", errors.Join(err, file.Close()))
	}
	return &List{file, info.Size() / entrySize}, nil
}

// Close closes the file.
func (l *List) Close() error {
	if l == nil {
		return nil
	}
	return l.file.Close()
}

// Has reports whether a password is in the list.
func (l *List) Has(password string) (bool, error) {
	if l == nil {
		return false, nil
	}
	sum := sha1.Sum([]byte(password))
	want := sum[:entrySize]
	low, high := int64(0), l.n
	entry := make([]byte, entrySize)
	for low < high {
		middle := low + (high-low)/2
		if _, err := l.file.ReadAt(entry, middle*entrySize); err != nil {
			return false, fmt.Errorf("read list of passwords: %w", err)
		}
		switch c := bytes.Compare(entry, want); {
		case c == 0:
			return true, nil
		case c < 0:
			low = middle + 1
		default:
			high = middle
		}
	}
	return false, nil
}

// maxLine bounds a line of a list that is imported.
const maxLine = 4 << 10

// Import reads a list, one password a line or one SHA-1 in hexadecimal, with or without
// ":count" behind it, and puts it in place of the one before. It holds eight octets a line
// in memory and returns how many passwords there are.
func Import(name string, in io.Reader) (n int, err error) {
	var entries []uint64
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, maxLine), maxLine)
	for lines.Scan() {
		if text := strings.TrimRight(lines.Text(), "\r"); text != "" {
			entries = append(entries, entryOf(text))
		}
	}
	if err := lines.Err(); err != nil {
		return 0, fmt.Errorf("read list of passwords: %w", err)
	}
	slices.Sort(entries)
	entries = slices.Compact(entries)
	return len(entries), replace(name, entries)
}

// entryOf is the entry of a line.
func entryOf(line string) uint64 {
	sum := sha1.Sum([]byte(line))
	digits, _, _ := strings.Cut(line, ":")
	if raw, err := hex.DecodeString(digits); err == nil && len(raw) == sha1.Size {
		copy(sum[:], raw)
	}
	return binary.BigEndian.Uint64(sum[:])
}

// replace writes the file beside and moves it: a running server keeps the old one.
func replace(name string, entries []uint64) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), ".passwords-*")
	if err != nil {
		return fmt.Errorf("write list of passwords: %w", err)
	}
	defer os.Remove(tmp.Name())
	out := bufio.NewWriter(tmp)
	for _, e := range entries {
		if _, err := out.Write(binary.BigEndian.AppendUint64(nil, e)); err != nil {
			return fmt.Errorf("write list of passwords: %w", errors.Join(err, tmp.Close()))
		}
	}
	if err := errors.Join(out.Flush(), tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("write list of passwords: %w", err)
	}
	return os.Rename(tmp.Name(), name)
}
