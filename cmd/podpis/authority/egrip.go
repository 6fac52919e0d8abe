// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package authority

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"podpis/cmd/podpis/terminal"
	"podpis/internal/app"
	"podpis/internal/service/egrip"
	"podpis/wire/egr"
)

// egripCommand is podpis admin egrip: what the registers of the state give as files.
func egripCommand() terminal.Command {
	return terminal.Command{Name: "egrip", Help: "admin-egrip-help", Sub: []terminal.Command{
		{Name: "import", Help: "admin-egrip-import-help", Run: runEGRIPImport},
		{Name: "okved", Help: "admin-egrip-okved-help", Run: runActivities},
	}}
}

// runEGRIPImport takes extract files, archives of them, or a folder of both.
func runEGRIPImport(ctx context.Context, c *terminal.Console, args []string) error {
	i := options(c, "podpis admin egrip import", "admin-egrip-import-synopsis")
	name, err := i.single(args)
	if err != nil {
		return err
	}
	files, err := extracts(name)
	if err != nil {
		return terminal.Failed("egrip-failed", err)
	}
	return i.with(ctx, c, false, func(a *app.Authority) error {
		var sum egrip.Imported
		for _, file := range files {
			if err := importExtract(ctx, a, file, &sum); err != nil {
				return terminal.Failed("egrip-failed", err)
			}
		}
		for _, wrong := range sum.Wrong {
			fmt.Fprintln(c.Err, wrong)
		}
		c.Print(c.Out, "egrip-imported", sum.Files, sum.Taken, sum.Left)
		return nil
	})
}

// extracts are the files of a name: itself, or what a folder and its folders hold, in
// the order of names, which is the order of days.
func extracts(name string) ([]string, error) {
	info, err := os.Stat(name)
	if err != nil || !info.IsDir() {
		return []string{name}, err
	}
	var files []string
	err = filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (egr.IsArchiveName(d.Name()) || strings.EqualFold(filepath.Ext(path), ".xml")) {
			files = append(files, path)
		}
		return err
	})
	slices.Sort(files)
	if err == nil && len(files) == 0 {
		err = errors.New(name + ": no extract files")
	}
	return files, err
}

func importExtract(ctx context.Context, a *app.Authority, name string, sum *egrip.Imported) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	if !strings.EqualFold(filepath.Ext(name), ".zip") {
		return a.Registry().Import(ctx, actor, filepath.Base(name), file, sum)
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return egr.Archive(file, info.Size(), func(inside string, content io.Reader) error {
		return a.Registry().Import(ctx, actor, filepath.Base(inside), content, sum)
	})
}

// runActivities takes a table of kinds of activity (ОКВЭД).
func runActivities(ctx context.Context, c *terminal.Console, args []string) error {
	i := options(c, "podpis admin egrip okved", "admin-egrip-okved-synopsis")
	name, err := i.single(args)
	if err != nil {
		return err
	}
	file, err := terminal.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	return i.with(ctx, c, false, func(a *app.Authority) error {
		n, err := a.Registry().ImportActivities(ctx, actor, file)
		if err != nil {
			return terminal.Failed("egrip-failed", err)
		}
		c.Print(c.Out, "egrip-okved", n)
		return nil
	})
}
