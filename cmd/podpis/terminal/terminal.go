// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package terminal is what every command of podpis stands on: the console, the words of the program in Russian, English and
// Kazakh (texts.tsv), options, failures with their exit codes, files that are written whole or not at all, and passwords.
//
// A command is a [Command]; the list of them is in package main. Nothing here knows what a command does.
package terminal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"podpis/verify/reasons"
)

// Console is everything a command may touch of the world outside its files.
type Console struct {
	In       io.Reader
	Out, Err io.Writer
	Env      func(string) string
	Now      func() time.Time
	Random   io.Reader
	Language reasons.Language
}

// New is the console of this process, in the language of its environment: Russian unless that is English or Kazakh.
func New() *Console {
	c := &Console{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Env: os.Getenv, Now: time.Now, Random: rand.Reader}
	c.Language = reasons.Russian
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		value := c.Env(name)
		if value == "" {
			continue
		}
		switch {
		case strings.HasPrefix(value, "en"):
			c.Language = reasons.English
		case strings.HasPrefix(value, "kk"):
			c.Language = reasons.Kazakh
		}
		break
	}
	return c
}

// Print writes a line of the catalogue.
func (c *Console) Print(w io.Writer, key string, args ...any) {
	fmt.Fprintln(w, c.Format(key, args...))
}

// Format puts values into a line of the catalogue; texts among them are [Plain].
func (c *Console) Format(key string, args ...any) string {
	shown := make([]any, len(args))
	for i, a := range args {
		if text, ok := a.(string); ok {
			a = Plain(text)
		}
		shown[i] = a
	}
	return fmt.Sprintf(c.Text(key), shown...)
}

// Plain is a text that may be shown: names in certificates and of files are anybody's, and could move the cursor, change the
// order of letters or begin a line of their own that looks like ours.
func Plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// Command is one word of the command line. It has either Run or commands beneath.
type Command struct {
	Name string
	Help string // key of texts.tsv
	Run  func(ctx context.Context, c *Console, args []string) error
	Sub  []Command
}

// Run finds the command, runs it and says what went wrong. The answer is the exit code.
func (c *Console) Run(ctx context.Context, commands []Command, args []string) int {
	args = c.chooseLanguage(args)
	err := c.dispatch(ctx, "podpis", commands, args)
	if err == nil {
		return 0
	}
	var code ExitCode
	if errors.As(err, &code) {
		return int(code)
	}
	return c.complain(err)
}

// chooseLanguage takes --lang out of the arguments, wherever it stands before a
// bare --.
func (c *Console) chooseLanguage(args []string) []string {
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
		c.Language = reasons.Language(value)
	}
	return rest
}

func (c *Console) dispatch(ctx context.Context, name string, list []Command, args []string) error {
	if len(args) == 0 {
		c.usage(c.Err, name, list)
		return ExitCode(ExitUsage)
	}
	switch args[0] {
	case "help", "-h", "--help", "-help":
		c.usage(c.Out, name, list)
		return nil
	}
	for _, command := range list {
		if command.Name != args[0] {
			continue
		}
		if command.Sub != nil {
			return c.dispatch(ctx, name+" "+command.Name, command.Sub, args[1:])
		}
		return command.Run(ctx, c, args[1:])
	}
	return Usage("unknown-command", args[0], name)
}

// usage lists the commands of a level.
func (c *Console) usage(w io.Writer, name string, list []Command) {
	c.Print(w, "usage-head", name)
	for _, command := range list {
		c.Print(w, "usage-line", command.Name, c.Text(command.Help))
	}
	c.Print(w, "usage-tail", name)
}
