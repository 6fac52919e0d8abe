// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"podpis/internal/app"
)

func adminCommand() command {
	return command{name: "admin", help: "admin-help", sub: []command{
		{name: "audit", help: "admin-audit-help", sub: []command{
			{name: "verify", help: "admin-audit-verify-help", run: runAuditVerify},
		}},
	}}
}

// runAuditVerify checks the audit record; each thing that is wrong is a line.
func runAuditVerify(ctx context.Context, c *console, args []string) error {
	i := c.installation("podpis admin audit verify", "admin-audit-verify-synopsis")
	anchors := i.flags.String("anchors", "", "opt-anchors")
	rest, err := i.parse(args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return usageError("no-arguments", rest[0])
	}
	return i.with(ctx, false, func(a *app.Authority) error {
		// What the command itself has recorded on its way is sealed first.
		if err := a.Seal(ctx); err != nil {
			return failed("ca-failed", err)
		}
		name := *anchors
		if name == "" {
			name = filepath.Join(i.settings.Data, "anchors")
		}
		file, err := open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		report, err := a.VerifyAudit(ctx, io.Reader(file))
		if err != nil {
			return failed("ca-failed", err)
		}
		for _, f := range report.Findings {
			fmt.Fprintf(c.out, "%s: %s\n", f.Fault, f.Text)
		}
		if !report.OK() {
			return failed("audit-bad", nil, len(report.Findings))
		}
		c.print(c.out, "audit-good", report.Entries, report.Roots, report.Anchors)
		return nil
	})
}
