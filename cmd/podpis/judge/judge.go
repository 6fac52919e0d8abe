// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package judge is podpis verify: which of the files are signatures and which documents, by what they are judged, and how the
// answer is printed. The judge itself is package verify.
//
// Many files, of folders or of a list, are judged on all processors at once within bounds of memory, and answered in their
// order. With a journal a run that was killed goes on where it was.
package judge

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"podpis/cmd/podpis/terminal"
	"podpis/pki/alg"
	"podpis/verify"
)

// Verify is podpis verify.
func Verify() terminal.Command {
	return terminal.Command{Name: "verify", Help: "verify-help", Run: runVerify}
}

type options struct {
	Sources
	signature, at, report    string
	list, resume             string
	policy, tsl              string
	signers                  terminal.Many
	json, stamped, recursive bool
	brief                    bool // a simple report was asked for
	policyText               []byte
	names                    []string
}

func runVerify(ctx context.Context, c *terminal.Console, args []string) error {
	var o options
	f := c.Flags("podpis verify", "verify-synopsis")
	f.StringVar(&o.signature, "signature", "", "opt-signature")
	o.Register(f)
	o.RegisterCertificates(f)
	f.StringVar(&o.policy, "policy", "", "opt-policy")
	f.StringVar(&o.tsl, "tsl", "", "opt-tsl")
	f.Var(&o.signers, "tsl-signer", "opt-tsl-signer")
	f.StringVar(&o.at, "at", "", "opt-at")
	f.BoolVar(&o.stamped, "require-timestamp", false, "opt-require-timestamp")
	f.BoolVar(&o.recursive, "recursive", false, "opt-recursive")
	f.StringVar(&o.list, "list", "", "opt-list")
	f.StringVar(&o.resume, "resume", "", "opt-resume")
	f.BoolVar(&o.json, "json", false, "opt-json")
	f.StringVar(&o.report, "report", "", "opt-report")
	var err error
	if o.names, err = f.Arguments(args); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	settings, err := o.Settings(c)
	if err != nil {
		return err
	}
	if err := o.rules(&settings); err != nil {
		return err
	}
	return o.run(ctx, c, settings)
}

// rules adds to the settings what only verify asks for: the moment, the policy, the list of accredited centres.
func (o *options) rules(s *verify.Options) (err error) {
	if o.at != "" {
		if s.At, err = time.Parse(time.RFC3339, o.at); err != nil {
			return terminal.Usage("at-format", o.at)
		}
	}
	s.Policy = verify.DefaultPolicy()
	if o.policy != "" {
		if o.policyText, err = terminal.Read(o.policy, terminal.MaxKeyFile); err != nil {
			return err
		}
		if s.Policy, err = verify.ParsePolicy(o.policyText); err != nil {
			return &terminal.Problem{Exit: terminal.ExitNoInput, Key: "policy-bad", Args: []any{o.policy}, Err: err}
		}
	}
	if o.stamped {
		s.Policy.RequireTimestamp = true
	}
	if o.tsl == "" {
		return nil
	}
	list, err := readAccredited(o.tsl, o.signers, s.At)
	if err != nil {
		return err
	}
	list.apply(s)
	return nil
}

// check refuses options that do not go together.
func (o *options) check() error {
	switch {
	case len(o.names) == 0 && o.signature == "" && o.list == "":
		return terminal.Usage("files-missing", "verify")
	case len(o.names) > 1 && o.signature != "":
		return terminal.Usage("one-signature")
	case (o.tsl != "") != (len(o.signers) > 0):
		return terminal.Usage("tsl-pair")
	case o.list != "" && (len(o.names) > 0 || o.signature != ""):
		return terminal.Usage("list-alone")
	}
	o.brief = o.report == "simple"
	if o.report == "" {
		if o.report = "simple"; o.list != "" || o.recursive {
			o.report = "table"
		}
	}
	if !slices.Contains([]string{"simple", "detailed", "table", "csv", "etsi"}, o.report) {
		return terminal.Usage("report-unknown", o.report)
	}
	return nil
}

func (o *options) run(ctx context.Context, c *terminal.Console, settings verify.Options) (err error) {
	b := &batch{c: c, settings: settings, encoded: o.json, brief: o.json && o.brief, many: o.list != "" || o.recursive}
	if o.list != "" {
		b.tasks, err = readList(o.list)
	} else {
		b.tasks, err = tasks(o.signature, o.names, o.recursive)
	}
	if err != nil {
		return err
	}
	switch {
	case o.json:
		b.out = objects{c.Out}
	case o.report == "table":
		b.out = &table{c, map[string]int{}}
	case o.report == "etsi" && len(b.tasks) > 1:
		return terminal.Usage("etsi-one")
	case o.report == "etsi":
		b.out = paper{c.Out}
	case o.report == "csv":
		b.out = newSheet(c)
	default:
		b.out = pages{c, o.report == "detailed"}
	}
	if b.many {
		b.progress = c.Progress(len(b.tasks))
	}
	if o.resume != "" {
		if b.journal, err = openJournal(o.resume, o.fingerprint(settings)); err != nil {
			return err
		}
		defer b.journal.close()
	}
	return b.run(ctx)
}

// fingerprint is what the answers depend on beside the files: of other settings a journal says nothing.
func (o *options) fingerprint(s verify.Options) string {
	d := alg.Streebog256.New()
	add := func(parts ...string) { d.Write([]byte(strings.Join(parts, "\x00") + "\x01")) }
	add(string(s.Language), o.at, string(o.policyText), s.Lists.Version)
	if o.stamped {
		add("stamped")
	}
	if o.offline {
		add("offline")
	}
	for _, a := range s.Trust {
		add("trust", string(a.Certificate.Raw))
	}
	for _, e := range s.Evidence {
		pool, ok := e.(*verify.Pool)
		if !ok {
			continue
		}
		for _, cert := range pool.Certificates {
			add("certificate", string(cert.Raw))
		}
		for _, data := range pool.Data {
			if data.CRL != nil {
				add("crl", string(data.CRL.Raw))
			} else {
				add("ocsp", string(data.OCSP.Raw))
			}
		}
	}
	return hex.EncodeToString(d.Sum(nil)[:16])
}
