// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Command podpis-stand runs the stand alone: a message centre (SMPP), a mail server (SMTP),
// a list of accredited centres (HTTP) and the page that shows what they got. "podpis serve --training" runs the same within
// itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"podpis/stand"
)

func main() {
	if err := run(os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "podpis-stand:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("podpis-stand", flag.ContinueOnError)
	page := flags.String("listen", "127.0.0.1:8025", "address of the page")
	sms := flags.String("sms", "127.0.0.1:2775", "address of the message centre (SMPP 3.4)")
	mail := flags.String("mail", "127.0.0.1:2525", "address of the mail server (SMTP)")
	lists := flags.String("lists", "127.0.0.1:8026", "address of the list of accredited centres (HTTP)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	servers, err := stand.Start(*sms, *mail, *lists)
	if err != nil {
		return err
	}
	defer servers.Close()
	servers.Zone = time.Local
	handler, err := servers.Handler()
	if err != nil {
		return err
	}
	server := &http.Server{Addr: *page, Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	fmt.Printf("http://%s/  SMPP %s  SMTP %s  %s\n", *page, servers.SMS.Addr(), servers.Mail.Addr(), servers.Lists.URL())
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
