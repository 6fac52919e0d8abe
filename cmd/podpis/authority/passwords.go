// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package authority

import (
	"context"

	"podpis/cmd/podpis/terminal"
	"podpis/internal/app"
)

// passwordsCommand is podpis admin passwords: what people may not choose.
func passwordsCommand() terminal.Command {
	return terminal.Command{Name: "passwords", Help: "admin-passwords-help", Sub: []terminal.Command{
		{Name: "import", Help: "admin-passwords-import-help", Run: runPasswordsImport},
	}}
}

// runPasswordsImport takes a list of leaked passwords.
func runPasswordsImport(ctx context.Context, c *terminal.Console, args []string) error {
	i := options(c, "podpis admin passwords import", "admin-passwords-import-synopsis")
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
		n, err := a.ImportPasswords(ctx, actor, file)
		if err != nil {
			return terminal.Failed("passwords-failed", err)
		}
		c.Print(c.Out, "passwords-imported", n)
		return nil
	})
}
