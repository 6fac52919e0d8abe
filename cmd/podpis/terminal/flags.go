// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// Flags is a set of options whose words come from texts.tsv; options may stand
// behind arguments.
type Flags struct {
	*flag.FlagSet
	c        *Console
	synopsis string // key of the line that shows the arguments
}

// Flags begins the options of a command; synopsis is a key of texts.tsv.
func (c *Console) Flags(name, synopsis string) *Flags {
	f := &Flags{FlagSet: flag.NewFlagSet(name, flag.ContinueOnError), c: c, synopsis: synopsis}
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	return f
}

// Arguments reads the options and returns what is none.
func (f *Flags) Arguments(args []string) ([]string, error) {
	var rest []string
	for {
		err := f.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			f.help()
			return nil, ExitCode(0)
		}
		if err != nil {
			return nil, Usage("bad-option", f.Name(), err.Error())
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

func (f *Flags) help() {
	fmt.Fprintf(f.c.Out, f.c.Text("help-head")+"\n", f.Name(), f.c.Text(f.synopsis))
	f.VisitAll(func(o *flag.Flag) {
		name := "--" + o.Name
		if len(o.Name) == 1 {
			name = "-" + o.Name
		}
		fmt.Fprintf(f.c.Out, "  %-18s %s\n", name, f.c.Text(o.Usage))
	})
}

// Many is an option that may stand several times.
type Many []string

func (m *Many) String() string { return strings.Join(*m, ", ") }

// Set adds a value.
func (m *Many) Set(v string) error { *m = append(*m, v); return nil }
