// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"log/slog"
	"net"
	"syscall"

	"podpis/internal/app"
)

func serveCommand() command { return command{name: "serve", help: "serve-help", run: runServe} }

// installation is the set of options that say which installation is meant; the
// server and the commands that work on its state have the same.
type installation struct {
	flags    *flags
	config   *string
	given    app.Settings
	settings app.Settings
}

func (c *console) installation(name, synopsis string) *installation {
	i := &installation{flags: c.flags(name, synopsis)}
	i.config = i.flags.String("config", "", "opt-config")
	i.flags.StringVar(&i.given.Data, "data", "", "opt-data")
	i.flags.StringVar(&i.given.Listen, "listen", "", "opt-listen")
	i.flags.StringVar(&i.given.Database, "database", "", "opt-database")
	i.flags.BoolVar(&i.given.Training, "training", false, "opt-training")
	return i
}

// parse reads the options and the settings; an option wins over the file.
func (i *installation) parse(args []string) ([]string, error) {
	rest, err := i.flags.parse(args)
	if err != nil {
		return nil, err
	}
	if *i.config != "" {
		err := app.ReadSettings(*i.config, &i.settings)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return nil, inputError(*i.config, err)
		} else if err != nil {
			return nil, failed("settings-bad", err)
		}
	}
	i.flags.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "data":
			i.settings.Data = i.given.Data
		case "listen":
			i.settings.Listen = i.given.Listen
		case "database":
			i.settings.Database = i.given.Database
		case "training":
			i.settings.Training = i.given.Training
		}
	})
	if i.settings.Data == "" {
		i.settings.Data = "data"
	}
	return rest, nil
}

// problem says why an installation could not be opened or stopped working.
func (i *installation) problem(err error) error {
	var network *net.OpError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, app.ErrNoInstallation):
		return failed("installation-none", nil, i.settings.Data)
	case errors.Is(err, app.ErrSettings):
		return failed("settings-bad", err)
	case errors.Is(err, syscall.EADDRINUSE):
		return failed("address-taken", nil, i.settings.Listen)
	case errors.As(err, &network) && network.Op == "listen":
		return failed("address-bad", err, i.settings.Listen)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR):
		return failed("data-forbidden", err, i.settings.Data)
	}
	return failed("installation-failed", err, i.settings.Data)
}

func runServe(ctx context.Context, c *console, args []string) error {
	i := c.installation("podpis serve", "serve-synopsis")
	rest, err := i.parse(args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usageError("no-arguments", rest[0])
	}
	log := slog.New(slog.NewTextHandler(c.err, nil))
	a, err := app.New(ctx, i.settings, log, nil)
	if err != nil {
		return i.problem(err)
	}
	return i.problem(errors.Join(a.Run(ctx, c.out), a.Close()))
}
