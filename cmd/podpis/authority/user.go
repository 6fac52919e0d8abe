// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package authority

import (
	"context"

	"podpis/cmd/podpis/terminal"
	"podpis/internal/app"
	"podpis/internal/service/auth"
)

// userCommand is podpis admin user: the first administrator has nobody to make theirs.
func userCommand() terminal.Command {
	return terminal.Command{Name: "user", Help: "admin-user-help", Sub: []terminal.Command{
		{Name: "create", Help: "admin-user-create-help", Run: runUserCreate},
	}}
}

// runUserCreate makes an account of a member of staff.
func runUserCreate(ctx context.Context, c *terminal.Console, args []string) error {
	i := options(c, "podpis admin user create", "admin-user-create-synopsis")
	role := i.flags.String("role", "", "opt-role")
	mail := i.flags.String("mail", "", "opt-mail")
	phone := i.flags.String("phone", "", "opt-phone")
	title := i.flags.String("name", "", "opt-staff-name")
	passwordFile := i.flags.String("password-file", "", "opt-password-file")
	rest, err := i.parse(args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return terminal.Usage("no-arguments", rest[0])
	}
	if !auth.Role(*role).Staff() {
		return terminal.Usage("role-unknown", *role)
	}
	password, err := c.Password(*passwordFile, "PODPIS_PASSWORD", "prompt-password", true)
	if err != nil {
		return err
	}
	return i.with(ctx, c, false, func(a *app.Authority) error {
		account := auth.Account{Role: auth.Role(*role), Mail: *mail, Phone: *phone, Title: *title}
		if account.Title == "" {
			account.Title = *mail
		}
		if err := a.Hire(ctx, actor, account, string(password)); err != nil {
			return terminal.Failed("user-failed", err)
		}
		c.Print(c.Out, "user-made", *mail)
		return nil
	})
}
