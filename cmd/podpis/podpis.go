// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Command podpis is the whole product in one program: the server, the tools for
// signatures, keys and certificates, and the authority's ceremonies.
//
// The names of commands and options, the exit codes and the JSON of verify are a
// contract. This package is the list of parts: each command stands in a package
// beneath, and its words in terminal/texts.tsv. It speaks Russian, with --lang en or
// kk, or such a locale, English or Kazakh.
//
// Secrets never stand on the command line: passwords come from a file, from the
// environment (PODPIS_PASSWORD) or from the terminal.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"podpis/cmd/podpis/judge"
	"podpis/cmd/podpis/keys"
	"podpis/cmd/podpis/secrecy"
	"podpis/cmd/podpis/signing"
	"podpis/cmd/podpis/terminal"
)

// commands lists the program in the order of the help.
func commands() []terminal.Command {
	serve, ca, admin := house()
	return []terminal.Command{
		serve,
		signing.Sign(),
		judge.Verify(),
		signing.Extend(),
		signing.Join(),
		signing.Split(),
		signing.Timestamp(),
		secrecy.Encrypt(),
		secrecy.Decrypt(),
		signing.Hash(),
		keys.Key(),
		keys.Cert(),
		ca,
		admin,
	}
}

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	go interrupted(cancel) // beside the work: the first signal handler takes 0.3 ms
	os.Exit(terminal.New().Run(ctx, commands(), os.Args[1:]))
}

// interrupted tells the work to end when the person or the system does.
func interrupted(cancel context.CancelFunc) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	<-signals
	cancel()
}
