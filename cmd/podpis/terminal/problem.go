// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Exit codes (sysexits.h). Those of verify are its verdicts: 0 passed, 1 failed,
// 2 not known.
const (
	ExitFailed  = 1
	ExitUnknown = 2
	ExitUsage   = 64
	ExitNoInput = 66
)

// ExitCode ends the program with a code and no further words.
type ExitCode int

func (e ExitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// Problem is a failure in words of texts.tsv.
type Problem struct {
	Exit int
	Key  string
	Args []any
	Err  error // beneath, for the details
}

func (p *Problem) Error() string { return p.Key }
func (p *Problem) Unwrap() error { return p.Err }

// Usage is a command line that asks for what there is not.
func Usage(key string, args ...any) error {
	return &Problem{Exit: ExitUsage, Key: key, Args: args}
}

// Input is a file that cannot be read.
func Input(name string, err error) error {
	key := "input-unreadable"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		key = "input-missing"
	case errors.Is(err, fs.ErrPermission):
		key = "input-forbidden"
	case errors.Is(err, errDirectory):
		key = "input-directory"
	case errors.Is(err, errTooLarge):
		key = "input-large"
	}
	return &Problem{Exit: ExitNoInput, Key: key, Args: []any{name}, Err: err}
}

// Failed is an act that did not come about.
func Failed(key string, err error, args ...any) error {
	return &Problem{Exit: ExitFailed, Key: key, Args: args, Err: err}
}

// Interrupted names a run that was told to stop; any other error stays what it is.
func Interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return Failed("interrupted", nil)
	}
	return err
}

// complain says what went wrong on the error output and returns the exit code.
func (c *Console) complain(err error) int {
	var p *Problem
	if !errors.As(err, &p) {
		p = &Problem{Exit: ExitFailed, Key: "internal", Args: []any{err.Error()}}
	}
	fmt.Fprintln(c.Err, "podpis: "+c.Explain(p))
	if p.Err != nil && !quiet(p.Err) {
		fmt.Fprintln(c.Err, "  "+Plain(strings.ReplaceAll(p.Err.Error(), "\n", ": ")))
	}
	return p.Exit
}

// Explain puts a failure into words.
func (c *Console) Explain(p *Problem) string { return c.Format(p.Key, p.Args...) }

// quiet: the words already say all that these errors know.
func quiet(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errDirectory) || errors.Is(err, errTooLarge)
}
