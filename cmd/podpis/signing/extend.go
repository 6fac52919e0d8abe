// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package signing

import (
	"context"
	"errors"
	"io"
	"strings"

	"podpis/cmd/podpis/judge"
	"podpis/cmd/podpis/terminal"
	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/sign"
	"podpis/verify"
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
	f.StringVar(&o.out, "o", "", "opt-extend-out")
	f.BoolVar(&o.force, "force", false, "opt-force")
	names, err := f.Arguments(args)
	if err != nil {
		return err
	}
	switch {
	case len(names) > 1 || len(names) == 0 && o.signature == "":
		return terminal.Usage("extend-one")
	case o.level != "t" && o.level != "lt" && o.level != "lta":
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
	message, err := o.extend(ctx, c, jobs[0], settings)
	if err != nil {
		return terminal.Interrupted(ctx, err)
	}
	if err := terminal.Save(out, 0o644, message); err != nil {
		return err
	}
	c.Print(c.Err, "extended", jobs[0].Signature, strings.ToUpper(o.level), out)
	return nil
}

// extend stamps, then encloses what a judgement needs, then archives; each step is judged before the next.
func (o *extension) extend(ctx context.Context, c *terminal.Console, job judge.Job, settings verify.Options) ([]byte, error) {
	raw, err := terminal.Read(job.Signature, terminal.MaxMessage)
	if err != nil {
		return nil, err
	}
	sd, err := cms.ParseSignedData(cms.Unarmor(raw))
	if err != nil {
		return nil, terminal.Failed("extend-none", err, job.Signature)
	}
	if sd.Detached && job.Document == "" && o.level != "t" {
		return nil, terminal.Usage("extend-document", job.Signature)
	}
	tsa := timestamper(o.tsa, o.Local())
	if _, err := sign.Stamp(ctx, c.Random, sd, tsa); err != nil {
		return nil, signError(job.Signature, err)
	}
	message := sd.Encode()
	if o.level == "t" {
		settings.Trust, settings.Evidence = nil, nil // integrity alone
		return message, o.accept(ctx, job, message, settings, reasons.TotalFailed)
	}
	var recorder verify.Recorder
	sources := settings.Evidence
	settings.Evidence = recorder.Around(sources)
	if err := o.accept(ctx, job, message, settings, reasons.TotalFailed, reasons.Indeterminate); err != nil {
		return nil, err
	}
	certificates, lists, answers := recorder.Recorded()
	for _, cert := range certificates {
		sd.AddCertificate(cert)
	}
	for _, list := range lists {
		sd.AddCRL(list)
	}
	for _, answer := range answers {
		sd.AddOCSP(answer)
	}
	if o.level == "lta" {
		if err := sign.Archive(ctx, c.Random, sd, digest(ctx, job, sd), tsa); err != nil {
			return nil, signError(job.Signature, err)
		}
	}
	message = sd.Encode()
	settings.Evidence = sources
	return message, o.accept(ctx, job, message, settings, reasons.TotalFailed, reasons.Indeterminate)
}

// accept judges a message and refuses the verdicts named: what is not good is not dressed up.
func (o *extension) accept(ctx context.Context, job judge.Job, message []byte, settings verify.Options, refused ...reasons.Code) error {
	in := verify.Input{Name: job.Name, Signature: message}
	if job.Document != "" {
		document, err := terminal.Open(job.Document)
		if err != nil {
			return err
		}
		defer func() { _ = document.Close() }()
		in.Document = document
	}
	report, err := verify.Check(ctx, in, settings)
	if err != nil {
		return terminal.Input(job.Document, err)
	}
	for _, verdict := range refused {
		if report.Verdict != verdict {
			continue
		}
		for _, s := range report.Signatures {
			if s.Verdict == verdict {
				return terminal.Failed("extend-refused", nil, job.Signature, s.Reason.Text)
			}
		}
	}
	return nil
}

// digest gives the digests of the content that an archive stamp needs.
func digest(ctx context.Context, j judge.Job, sd *cms.SignedData) func(h alg.Hash) ([]byte, error) {
	return func(h alg.Hash) ([]byte, error) {
		if !sd.Detached {
			return h.Sum(sd.Content), nil
		}
		document, err := terminal.Open(j.Document)
		if err != nil {
			return nil, err
		}
		defer func() { _ = document.Close() }()
		d := h.New()
		if _, err := io.Copy(d, document); err != nil {
			return nil, terminal.Input(j.Document, err)
		}
		return d.Sum(nil), ctx.Err()
	}
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
