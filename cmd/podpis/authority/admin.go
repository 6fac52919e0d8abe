// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package authority

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"podpis/cmd/podpis/terminal"
	"podpis/internal/app"
)

// Admin is podpis admin.
func Admin() terminal.Command {
	return terminal.Command{Name: "admin", Help: "admin-help", Sub: []terminal.Command{
		{Name: "audit", Help: "admin-audit-help", Sub: []terminal.Command{
			{Name: "verify", Help: "admin-audit-verify-help", Run: runAuditVerify},
		}},
		trustCommand(),
		egripCommand(),
		passwordsCommand(),
		userCommand(),
	}}
}

// runAuditVerify checks the audit record; each thing that is wrong is a line.
func runAuditVerify(ctx context.Context, c *terminal.Console, args []string) error {
	i := options(c, "podpis admin audit verify", "admin-audit-verify-synopsis")
	anchors := i.flags.String("anchors", "", "opt-anchors")
	rest, err := i.parse(args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return terminal.Usage("no-arguments", rest[0])
	}
	return i.with(ctx, c, false, func(a *app.Authority) error {
		// What the command itself has recorded on its way is sealed first.
		if err := a.Seal(ctx); err != nil {
			return terminal.Failed("ca-failed", err)
		}
		name := *anchors
		if name == "" {
			name = filepath.Join(i.settings.Data, "anchors")
		}
		file, err := terminal.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		report, err := a.VerifyAudit(ctx, io.Reader(file))
		if err != nil {
			return terminal.Failed("ca-failed", err)
		}
		for _, f := range report.Findings {
			fmt.Fprintf(c.Out, "%s: %s\n", f.Fault, f.Text)
		}
		if !report.OK() {
			return terminal.Failed("audit-bad", nil, len(report.Findings))
		}
		c.Print(c.Out, "audit-good", report.Entries, report.Roots, report.Anchors)
		return nil
	})
}
