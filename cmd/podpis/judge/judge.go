// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package judge is podpis verify: which of the files are signatures and which documents, by what they are judged, and how the
// answer is printed. The judge itself is package verify.
package judge

import (
	"context"
	"encoding/json"
	"time"

	"podpis/cmd/podpis/terminal"
	"podpis/verify"
	"podpis/verify/reasons"
)

// Verify is podpis verify.
func Verify() terminal.Command {
	return terminal.Command{Name: "verify", Help: "verify-help", Run: runVerify}
}

type options struct {
	Sources
	signature, at, report string
	json, requireStamped  bool
}

func runVerify(ctx context.Context, c *terminal.Console, args []string) error {
	var o options
	f := c.Flags("podpis verify", "verify-synopsis")
	f.StringVar(&o.signature, "signature", "", "opt-signature")
	o.Register(f)
	f.StringVar(&o.at, "at", "", "opt-at")
	f.BoolVar(&o.requireStamped, "require-timestamp", false, "opt-require-timestamp")
	f.BoolVar(&o.json, "json", false, "opt-json")
	f.StringVar(&o.report, "report", "simple", "opt-report")
	names, err := f.Arguments(args)
	if err != nil {
		return err
	}
	switch {
	case len(names) == 0 && o.signature == "":
		return terminal.Usage("files-missing", "verify")
	case len(names) > 1 && o.signature != "":
		return terminal.Usage("one-signature")
	case o.report != "simple" && o.report != "detailed":
		return terminal.Usage("report-unknown", o.report)
	}
	settings, err := o.Settings(c)
	if err != nil {
		return err
	}
	settings.Policy = verify.DefaultPolicy()
	settings.Policy.RequireTimestamp = o.requireStamped
	if o.at != "" {
		if settings.At, err = time.Parse(time.RFC3339, o.at); err != nil {
			return terminal.Usage("at-format", o.at)
		}
	}
	jobs, err := Jobs(o.signature, names)
	if err != nil {
		return err
	}
	return o.run(ctx, c, jobs, settings)
}

// run judges every job; of several the worst verdict counts.
func (o *options) run(ctx context.Context, c *terminal.Console, jobs []Job, settings verify.Options) error {
	worst := reasons.TotalPassed
	for _, job := range jobs {
		report, err := job.check(ctx, settings)
		if err != nil {
			return terminal.Interrupted(ctx, err)
		}
		worst = verify.Worse(worst, report.Verdict)
		if o.json {
			encoder := json.NewEncoder(c.Out)
			encoder.SetEscapeHTML(false)
			if err := encoder.Encode(report); err != nil {
				return terminal.Failed("output-unwritable", err, "stdout")
			}
			continue
		}
		show(c, report, o.report == "detailed")
	}
	switch worst {
	case reasons.TotalPassed:
		return nil
	case reasons.TotalFailed:
		return terminal.ExitCode(1)
	}
	return terminal.ExitCode(2)
}
