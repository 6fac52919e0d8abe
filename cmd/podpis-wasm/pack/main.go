// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Command pack compresses the signing module for the program to embed: pack IN
// OUT writes OUT.br and OUT.gz and prints the sizes. A module over the budget is
// refused: a person on a phone waits for every octet of it.
package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/andybalholm/brotli"
)

// budget is what the module may weigh with brotli, in octets.
const budget = 900_000

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
		if form.suffix == ".br" && out.Len() > budget {
			return fmt.Errorf("the module weighs %d octets, %d is the budget", out.Len(), budget)
		}
		if err := os.WriteFile(args[1]+form.suffix, out.Bytes(), 0o600); err != nil {
			return err
		}
		fmt.Printf("%s%s: %d of %d octets\n", args[1], form.suffix, out.Len(), len(in))
	}
	return nil
}
