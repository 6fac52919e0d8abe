// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"podpis/pki/alg"
)

func hashCommand() command { return command{name: "hash", help: "hash-help", run: runHash} }

func runHash(ctx context.Context, c *console, args []string) error {
	f := c.flags("podpis hash", "hash-synopsis")
	name := f.String("alg", alg.Streebog256.Name(), "opt-hash")
	files, err := f.parse(args)
	if err != nil {
		return err
	}
	h, ok := alg.HashByName(*name)
	if !ok {
		var known []string
		for _, h := range alg.Hashes() {
			known = append(known, h.Name())
		}
		return usageError("hash-unknown", *name, strings.Join(known, ", "))
	}
	if len(files) == 0 {
		return usageError("files-missing", "hash")
	}
	for _, file := range files {
		digest, err := c.hashFile(ctx, h, file)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%x  %s\n", digest, file)
	}
	return nil
}

// hashFile reads a file, or the standard input for "-".
func (c *console) hashFile(ctx context.Context, h alg.Hash, name string) ([]byte, error) {
	in := c.in
	if name != "-" {
		f, err := open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	d := h.New()
	if _, err := io.Copy(d, contextReader{ctx, in}); err != nil {
		return nil, ctxErr(ctx, inputError(name, err))
	}
	return d.Sum(nil), nil
}

// contextReader ends a long reading when the program is told to stop.
type contextReader struct {
	ctx context.Context // of one copy
	r   io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
