// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package blob keeps large things beside the database, by id, in a directory.
// What is secret is sealed by the caller first (package keys). An id is made by
// the caller and never used twice, so nothing is overwritten.
//
// Left out for now: S3, which installations of several nodes need.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

var (
	// ErrID says that an id is not one of [0-9a-z]{2,64}.
	ErrID = errors.New("blob: malformed id")
	// ErrMissing says that there is no blob of the id.
	ErrMissing = errors.New("blob: no such blob")
	// ErrExists says that the id is taken.
	ErrExists = errors.New("blob: id is taken")
)

// Store is a directory of blobs. It is safe for concurrent use.
type Store struct{ dir string }

// Open returns the store in a directory, which is made (0700) when absent.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open blobs: %w", err)
	}
	return &Store{dir: dir}, nil
}

// path spreads blobs over directories by the last signs of the id: the first
// ones are the time and alike.
func (s *Store) path(id string) (string, error) {
	if len(id) < 2 || len(id) > 64 {
		return "", ErrID
	}
	for _, c := range id {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return "", ErrID
		}
	}
	return filepath.Join(s.dir, id[len(id)-2:], id), nil
}

// Put stores what r gives. It returns after the content is durable; a crash
// before leaves nothing under the id.
func (s *Store) Put(ctx context.Context, id string, r io.Reader) (err error) {
	name, err := s.path(id)
	if err != nil {
		return err
	}
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("store blob: %w", err)
	}
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return fmt.Errorf("store blob: %w", err)
	}
	defer func() {
		f.Close()
		if e := os.Remove(f.Name()); err == nil && e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = fmt.Errorf("store blob: %w", e)
		}
	}()
	if _, err := io.Copy(f, reader{ctx, r}); err != nil {
		return fmt.Errorf("store blob: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("store blob: %w", err)
	}
	// A link, unlike a rename, does not replace what is there.
	if err := os.Link(f.Name(), name); errors.Is(err, fs.ErrExist) {
		return ErrExists
	} else if err != nil {
		return fmt.Errorf("store blob: %w", err)
	}
	if err := syncDir(dir); err != nil {
		return err
	}
	return syncDir(s.dir) // dir itself may be new
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("store blob: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("store blob: %w", err)
	}
	return nil
}

// reader stops when the one who asked has gone.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// Get returns the content of a blob.
func (s *Store) Get(_ context.Context, id string) ([]byte, error) {
	name, err := s.path(id)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMissing
	} else if err != nil {
		return nil, fmt.Errorf("read blob: %w", err)
	}
	return content, nil
}

// File opens what is large, to be read in parts. The caller closes it.
func (s *Store) File(id string) (*os.File, error) {
	name, err := s.path(id)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMissing
	} else if err != nil {
		return nil, fmt.Errorf("read blob: %w", err)
	}
	return f, nil
}

// Delete takes a blob away. What is not there is no error: the wish is met.
func (s *Store) Delete(_ context.Context, id string) error {
	name, err := s.path(id)
	if err != nil {
		return err
	}
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete blob: %w", err)
	}
	return nil
}
