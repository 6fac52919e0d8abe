// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"podpis/verify/reasons"
)

// exitCode ends the program with a code and no further words.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// problem is a failure in words of texts.tsv.
type problem struct {
	exit int
	key  string
	args []any
	err  error // beneath, for the details
}

func (p *problem) Error() string { return p.key }
func (p *problem) Unwrap() error { return p.err }

func usageError(key string, args ...any) error {
	return &problem{exit: exitUsage, key: key, args: args}
}

func inputError(name string, err error) error {
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
	return &problem{exit: exitNoInput, key: key, args: []any{name}, err: err}
}

func failed(key string, err error, args ...any) error {
	return &problem{exit: exitFailed, key: key, args: args, err: err}
}

func newConsole() *console {
	c := &console{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv, now: time.Now, random: rand.Reader}
	c.language = reasons.Russian
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		value := c.env(name)
		if value == "" {
			continue
		}
		switch {
		case strings.HasPrefix(value, "en"):
			c.language = reasons.English
		case strings.HasPrefix(value, "kk"):
			c.language = reasons.Kazakh
		}
		break
	}
	return c
}

// chooseLanguage takes --lang out of the arguments, wherever it stands before a
// bare --.
func (c *console) chooseLanguage(args []string) []string {
	var rest []string
	for i := 0; i < len(args); i++ {
		name, value, given := strings.Cut(args[i], "=")
		switch {
		case args[i] == "--":
			return append(rest, args[i:]...)
		case name != "--lang" && name != "-lang":
			rest = append(rest, args[i])
			continue
		case !given && i+1 < len(args):
			i++
			value = args[i]
		}
		c.language = reasons.Language(value)
	}
	return rest
}

// complain says what went wrong on the error output and returns the exit code.
func (c *console) complain(err error) int {
	var p *problem
	if !errors.As(err, &p) {
		p = &problem{exit: exitFailed, key: "internal", args: []any{err.Error()}}
	}
	fmt.Fprintln(c.err, "podpis: "+fmt.Sprintf(c.text(p.key), p.args...))
	if p.err != nil && !quiet(p.err) {
		fmt.Fprintln(c.err, "  "+p.err.Error())
	}
	return p.exit
}

// quiet: the words already say all that these errors know.
func quiet(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errDirectory) || errors.Is(err, errTooLarge)
}

func (c *console) print(w io.Writer, key string, args ...any) {
	fmt.Fprintf(w, c.text(key)+"\n", args...)
}

// flags is a set of options whose words come from texts.tsv; options may stand
// behind arguments.
type flags struct {
	*flag.FlagSet
	c    *console
	args []string // key of the line that shows the arguments
}

func (c *console) flags(name, synopsis string) *flags {
	f := &flags{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError), c: c}
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	f.args = []string{synopsis}
	return f
}

// parse returns the arguments that are no options.
func (f *flags) parse(args []string) ([]string, error) {
	var rest []string
	for {
		err := f.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			f.help()
			return nil, exitCode(0)
		}
		if err != nil {
			return nil, usageError("bad-option", f.Name(), err.Error())
		}
		left := f.Args()
		if len(left) == 0 {
			return rest, nil
		}
		if used := len(args) - len(left); used > 0 && args[used-1] == "--" {
			return append(rest, left...), nil
		}
		rest = append(rest, left[0])
		args = left[1:]
	}
}

func (f *flags) help() {
	f.c.print(f.c.out, "help-head", f.Name(), f.c.text(f.args[0]))
	f.VisitAll(func(o *flag.Flag) {
		name := "--" + o.Name
		if len(o.Name) == 1 {
			name = "-" + o.Name
		}
		fmt.Fprintf(f.c.out, "  %-18s %s\n", name, f.c.text(o.Usage))
	})
}

// many is an option that may stand several times.
type many []string

func (m *many) String() string     { return strings.Join(*m, ", ") }
func (m *many) Set(v string) error { *m = append(*m, v); return nil }

// ctxErr names an interrupted run.
func ctxErr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return failed("interrupted", nil)
	}
	return err
}
