// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package authority is the server and the commands that work on the state of an installation: the authority, its
// administration.
package authority

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"log/slog"
	"net"
	"syscall"

	"podpis/cmd/podpis/terminal"
	"podpis/internal/app"
)

// Serve is podpis serve.
func Serve() terminal.Command {
	return terminal.Command{Name: "serve", Help: "serve-help", Run: runServe}
}

// installation is the set of options that say which installation is meant; the
// server and the commands that work on its state have the same.
type installation struct {
	flags    *terminal.Flags
	config   *string
	given    app.Settings
	settings app.Settings
}

func options(c *terminal.Console, name, synopsis string) *installation {
	i := &installation{flags: c.Flags(name, synopsis)}
	i.config = i.flags.String("config", "", "opt-config")
	i.flags.StringVar(&i.given.Data, "data", "", "opt-data")
	i.flags.StringVar(&i.given.Listen, "listen", "", "opt-listen")
	i.flags.StringVar(&i.given.Database, "database", "", "opt-database")
	i.flags.BoolVar(&i.given.Training, "training", false, "opt-training")
	return i
}

// parse reads the options and the settings; an option wins over the file.
func (i *installation) parse(args []string) ([]string, error) {
	rest, err := i.flags.Arguments(args)
	if err != nil {
		return nil, err
	}
	if *i.config != "" {
		err := app.ReadSettings(*i.config, &i.settings)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			return nil, terminal.Input(*i.config, err)
		} else if err != nil {
			return nil, terminal.Failed("settings-bad", err)
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
		return terminal.Failed("installation-none", nil, i.settings.Data)
	case errors.Is(err, app.ErrSettings):
		return terminal.Failed("settings-bad", err)
	case errors.Is(err, syscall.EADDRINUSE):
		return terminal.Failed("address-taken", nil, i.settings.Listen)
	case errors.As(err, &network) && network.Op == "listen":
		return terminal.Failed("address-bad", err, i.settings.Listen)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR):
		return terminal.Failed("data-forbidden", err, i.settings.Data)
	}
	return terminal.Failed("installation-failed", err, i.settings.Data)
}

func runServe(ctx context.Context, c *terminal.Console, args []string) error {
	i := options(c, "podpis serve", "serve-synopsis")
	rest, err := i.parse(args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return terminal.Usage("no-arguments", rest[0])
	}
	log := slog.New(slog.NewTextHandler(c.Err, nil))
	a, err := app.New(ctx, i.settings, log, nil)
	if err != nil {
		return i.problem(err)
	}
	return i.problem(errors.Join(a.Run(ctx, c.Out), a.Close()))
}
