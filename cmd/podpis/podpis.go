// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Command podpis is the whole product in one program: the server, the tools for
// signatures, keys and certificates, and the authority's ceremonies.
//
// The names of commands and options, the exit codes and the JSON of verify are a
// contract. A command is one file here and one line in [commands]; its words are
// in texts.tsv. It speaks Russian, with --lang en or an English locale English.
//
// Secrets never stand on the command line: passwords come from a file, from the
// environment (PODPIS_PASSWORD) or from the terminal.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"podpis/verify/reasons"
)

// Exit codes (sysexits.h). Those of verify are its verdicts: 0 passed, 1 failed,
// 2 not known.
const (
	exitFailed  = 1
	exitUsage   = 64
	exitNoInput = 66
)

// command is one word of the command line.
type command struct {
	name string
	help string // key of texts.tsv
	run  func(ctx context.Context, c *console, args []string) error
	sub  []command
}

// commands lists the program in the order of the help.
func commands() []command {
	return []command{
		serveCommand(),
		signCommand(),
		verifyCommand(),
		extendCommand(),
		timestampCommand(),
		encryptCommand(),
		decryptCommand(),
		hashCommand(),
		keyCommand(),
		certCommand(),
		caCommand(),
		adminCommand(),
	}
}

// console is everything a command may touch of the world outside its files.
type console struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) string
	now      func() time.Time
	random   io.Reader
	language reasons.Language
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, newConsole(), os.Args[1:])
	stop()
	os.Exit(code)
}

// run finds the command, runs it and says what went wrong.
func run(ctx context.Context, c *console, args []string) int {
	args = c.chooseLanguage(args)
	err := dispatch(ctx, c, "podpis", commands(), args)
	if err == nil {
		return 0
	}
	var code exitCode
	if errors.As(err, &code) {
		return int(code)
	}
	return c.complain(err)
}

func dispatch(ctx context.Context, c *console, name string, list []command, args []string) error {
	if len(args) == 0 {
		c.usage(c.err, name, list)
		return exitCode(exitUsage)
	}
	switch args[0] {
	case "help", "-h", "--help", "-help":
		c.usage(c.out, name, list)
		return nil
	}
	for _, command := range list {
		if command.name != args[0] {
			continue
		}
		if command.sub != nil {
			return dispatch(ctx, c, name+" "+command.name, command.sub, args[1:])
		}
		return command.run(ctx, c, args[1:])
	}
	return usageError("unknown-command", args[0], name)
}

// usage lists the commands of a level.
func (c *console) usage(w io.Writer, name string, list []command) {
	c.print(w, "usage-head", name)
	for _, command := range list {
		c.print(w, "usage-line", command.name, c.text(command.help))
	}
	c.print(w, "usage-tail", name)
}
