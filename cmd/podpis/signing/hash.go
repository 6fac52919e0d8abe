// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package signing

import (
	"context"
	"fmt"
	"io"
	"strings"

	"podpis/cmd/podpis/terminal"
	"podpis/pki/alg"
)

// Hash is podpis hash.
func Hash() terminal.Command { return terminal.Command{Name: "hash", Help: "hash-help", Run: runHash} }

func runHash(ctx context.Context, c *terminal.Console, args []string) error {
	f := c.Flags("podpis hash", "hash-synopsis")
	name := f.String("alg", alg.Streebog256.Name(), "opt-hash")
	files, err := f.Arguments(args)
	if err != nil {
		return err
	}
	h, ok := alg.HashByName(*name)
	if !ok {
		var known []string
		for _, h := range alg.Hashes() {
			known = append(known, h.Name())
		}
		return terminal.Usage("hash-unknown", *name, strings.Join(known, ", "))
	}
	if len(files) == 0 {
		return terminal.Usage("files-missing", "hash")
	}
	for _, file := range files {
		digest, err := hashFile(ctx, c, h, file)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.Out, "%x  %s\n", digest, file)
	}
	return nil
}

// hashFile reads a file, or the standard input for "-".
func hashFile(ctx context.Context, c *terminal.Console, h alg.Hash, name string) ([]byte, error) {
	in := c.In
	if name != "-" {
		f, err := terminal.Open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	d := h.New()
	if _, err := io.Copy(d, terminal.Reader{Context: ctx, R: in}); err != nil {
		return nil, terminal.Interrupted(ctx, terminal.Input(name, err))
	}
	return d.Sum(nil), nil
}
