// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Command pack compresses a module of the browser for the program to embed: pack IN
// OUT writes OUT.br and OUT.gz and prints the sizes. A module over its budget is
// refused: a person on a phone waits for every octet of it.
package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/andybalholm/brotli"
)

// budget is what a module may weigh with brotli, in octets (ux 10).
func budget(name string) (int, bool) {
	switch name {
	case "sign.wasm":
		return 900_000, true
	case "verify.wasm", "document.wasm":
		return 2_000_000, true
	}
	return 0, false
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return errors.New("usage: pack IN OUT")
	}
	limit, known := budget(filepath.Base(args[1]))
	if !known {
		return fmt.Errorf("%s has no budget", args[1])
	}
	in, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	gz := func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, gzip.BestCompression) }
	br := func(w io.Writer) (io.WriteCloser, error) {
		return brotli.NewWriterLevel(w, brotli.BestCompression), nil
	}
	for _, form := range []struct {
		suffix string
		open   func(io.Writer) (io.WriteCloser, error)
	}{{".br", br}, {".gz", gz}} {
		var out bytes.Buffer
		w, err := form.open(&out)
		if err != nil {
			return err
		}
		if _, err := w.Write(in); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		if form.suffix == ".br" && out.Len() > limit {
			return fmt.Errorf("the module weighs %d octets, %d is the budget", out.Len(), limit)
		}
		if err := os.WriteFile(args[1]+form.suffix, out.Bytes(), 0o600); err != nil {
			return err
		}
		fmt.Printf("%s%s: %d of %d octets\n", args[1], form.suffix, out.Len(), len(in))
	}
	return nil
}
