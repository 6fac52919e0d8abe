// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egr

import (
	"archive/zip"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
)

// The bounds of an archive: the exchange rules know up to 100 files of up to 1000
// records.
const (
	maxFiles = 200
	maxFile  = 4 << 30
)

var archiveName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(?:EGRIP|EGRUL)_\d{4}-\d{2}-\d{2}_\d+\.zip$`)
})

// IsArchiveName reports the name of an archive of the exchange, EGRIP_YYYY-MM-DD_N.zip.
func IsArchiveName(name string) bool { return archiveName().MatchString(name) }

// Archive calls do for each extract file in a zip, in its order. Other files are left
// out.
func Archive(in io.ReaderAt, size int64, do func(name string, content io.Reader) error) error {
	z, err := zip.NewReader(in, size)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	if len(z.File) > maxFiles {
		return ErrLarge
	}
	for _, f := range z.File {
		if f.FileInfo().IsDir() || !strings.HasSuffix(strings.ToLower(f.Name), ".xml") {
			continue
		}
		if err := one(f, do); err != nil {
			return fmt.Errorf("%s: %w", clean(f.Name), err)
		}
	}
	return nil
}

func one(f *zip.File, do func(name string, content io.Reader) error) error {
	content, err := f.Open()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	defer func() { _ = content.Close() }()
	return do(f.Name, &whole{content, maxFile})
}

// whole ends a file that unpacks to more than its bound.
type whole struct {
	in   io.Reader
	left int64
}

func (w *whole) Read(p []byte) (int, error) {
	if w.left <= 0 {
		return 0, ErrLarge
	}
	n, err := w.in.Read(p[:min(int64(len(p)), w.left)])
	w.left -= int64(n)
	return n, err
}
