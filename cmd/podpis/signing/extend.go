// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package signing

import (
	"context"
	"errors"
	"slices"
	"strings"

	"podpis/cmd/podpis/judge"
	"podpis/cmd/podpis/terminal"
	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/sign"
	"podpis/verify/reasons"
)

// Extend is podpis extend.
func Extend() terminal.Command {
	return terminal.Command{Name: "extend", Help: "extend-help", Run: runExtend}
}

// Timestamp is podpis timestamp.
func Timestamp() terminal.Command {
	return terminal.Command{Name: "timestamp", Help: "timestamp-help", Run: runTimestamp}
}

// extension raises one signature file.
type extension struct {
	judge.Sources
	signature, level, tsa, out string
	force                      bool
}

func runExtend(ctx context.Context, c *terminal.Console, args []string) error {
	var o extension
	f := c.Flags("podpis extend", "extend-synopsis")
	f.StringVar(&o.level, "level", "lta", "opt-extend-level")
	f.StringVar(&o.tsa, "tsa", "", "opt-tsa")
	f.StringVar(&o.signature, "signature", "", "opt-signature")
	o.Register(f)
	o.RegisterCertificates(f)
	f.StringVar(&o.out, "o", "", "opt-extend-out")
	f.BoolVar(&o.force, "force", false, "opt-force")
	names, err := f.Arguments(args)
	if err != nil {
		return err
	}
	switch {
	case len(names) > 1 || len(names) == 0 && o.signature == "":
		return terminal.Usage("extend-one")
	case !slices.Contains([]string{"t", "xl1", "lt", "lta"}, o.level):
		return terminal.Usage("extend-level", o.level)
	case o.tsa == "":
		return terminal.Usage("tsa-missing")
	case o.level != "t" && !o.Trusts():
		return terminal.Usage("extend-trust")
	}
	settings, err := o.Settings(c)
	if err != nil {
		return err
	}
	jobs, err := judge.Jobs(o.signature, names)
	if err != nil {
		return err
	}
	if jobs[0].Perhaps {
		return terminal.Failed("extend-none", nil, jobs[0].Name)
	}
	out := o.out
	if out == "" {
		out = jobs[0].Signature // it grows: what it proved before stays inside
	} else if err := terminal.Apart(out, o.force, []string{jobs[0].Signature, jobs[0].Document}); err != nil {
		return err
	}
	raw, err := terminal.Read(jobs[0].Signature, terminal.MaxMessage)
	if err != nil {
		return err
	}
	sd, err := cms.ParseSignedData(cms.Unarmor(raw))
	if err != nil {
		return terminal.Failed("extend-none", err, jobs[0].Signature)
	}
	if sd.Detached && jobs[0].Document == "" && o.level != "t" {
		return terminal.Usage("extend-document", jobs[0].Signature)
	}
	message, err := raise(ctx, c, jobs[0], sd, o.level, settings, timestamper(o.tsa, o.Local()))
	if err != nil {
		return terminal.Interrupted(ctx, err)
	}
	if err := terminal.Save(out, 0o644, message); err != nil {
		return err
	}
	c.Print(c.Err, "extended", jobs[0].Signature, strings.ToUpper(o.level), out)
	return nil
}

func runTimestamp(ctx context.Context, c *terminal.Console, args []string) error {
	f := c.Flags("podpis timestamp", "timestamp-synopsis")
	tsa := f.String("tsa", "", "opt-tsa")
	name := f.String("alg", alg.Streebog256.Name(), "opt-hash")
	out := f.String("o", "", "opt-timestamp-out")
	force := f.Bool("force", false, "opt-force")
	local := f.Bool("allow-local", false, "opt-allow-local")
	files, err := f.Arguments(args)
	if err != nil {
		return err
	}
	h, known := alg.HashByName(*name)
	switch {
	case len(files) == 0:
		return terminal.Usage("files-missing", "timestamp")
	case *tsa == "":
		return terminal.Usage("tsa-missing")
	case !known || h == alg.SHA1:
		return terminal.Usage("hash-unknown", *name, "streebog256, streebog512, sha256, sha384, sha512")
	case *out != "" && len(files) > 1:
		return terminal.Usage("one-output")
	}
	authority := timestamper(*tsa, *local)
	for _, file := range files {
		target := *out
		if target == "" {
			target = file + ".tst"
		}
		if err := terminal.Apart(target, *force, files); err != nil {
			return err
		}
		if err := timestamp(ctx, c, file, target, h, authority); err != nil {
			return terminal.Interrupted(ctx, err)
		}
	}
	return nil
}

func timestamp(ctx context.Context, c *terminal.Console, file, target string, h alg.Hash, authority sign.Timestamper) error {
	document, err := terminal.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = document.Close() }()
	token, err := sign.File(ctx, c.Random, document, h, authority)
	if errors.Is(err, sign.ErrTimestamp) {
		return signError(file, err)
	}
	if err != nil {
		return terminal.Input(file, err)
	}
	if err := terminal.Save(target, 0o644, token.Raw); err != nil {
		return err
	}
	c.Print(c.Err, "timestamped", file, reasons.Date(c.Language, token.Time)+" "+token.Time.UTC().Format("15:04:05")+" UTC", target)
	return nil
}
