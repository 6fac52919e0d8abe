// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"io"
	"strings"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/reasons"
)

func extendCommand() command { return command{name: "extend", help: "extend-help", run: runExtend} }

func timestampCommand() command {
	return command{name: "timestamp", help: "timestamp-help", run: runTimestamp}
}

// extension raises one signature file.
type extension struct {
	verifyOptions
	level, tsa, out string
	force           bool
}

func runExtend(ctx context.Context, c *console, args []string) error {
	var o extension
	f := c.flags("podpis extend", "extend-synopsis")
	f.StringVar(&o.level, "level", "lta", "opt-extend-level")
	f.StringVar(&o.tsa, "tsa", "", "opt-tsa")
	f.StringVar(&o.signature, "signature", "", "opt-signature")
	f.Var(&o.trust, "trust", "opt-trust")
	f.Var(&o.crl, "crl", "opt-crl")
	f.Var(&o.ocsp, "ocsp", "opt-ocsp")
	f.Var(&o.cert, "cert", "opt-extra-cert")
	f.BoolVar(&o.offline, "offline", false, "opt-offline")
	f.BoolVar(&o.local, "allow-local", false, "opt-allow-local")
	f.StringVar(&o.out, "o", "", "opt-extend-out")
	f.BoolVar(&o.force, "force", false, "opt-force")
	names, err := f.parse(args)
	if err != nil {
		return err
	}
	switch {
	case len(names) > 1 || len(names) == 0 && o.signature == "":
		return usageError("extend-one")
	case o.level != "t" && o.level != "lt" && o.level != "lta":
		return usageError("extend-level", o.level)
	case o.tsa == "":
		return usageError("tsa-missing")
	case o.level != "t" && len(o.trust) == 0:
		return usageError("extend-trust")
	}
	settings, err := o.settings(c)
	if err != nil {
		return err
	}
	jobs, err := o.jobs(names)
	if err != nil {
		return err
	}
	if jobs[0].perhaps {
		return failed("extend-none", nil, jobs[0].name)
	}
	out := o.out
	if out == "" {
		out = jobs[0].signature // it grows: what it proved before stays inside
	} else if err := apart(out, o.force, []string{jobs[0].signature, jobs[0].document}); err != nil {
		return err
	}
	message, err := o.extend(ctx, c, jobs[0], settings)
	if err != nil {
		return ctxErr(ctx, err)
	}
	if err := save(out, 0o644, message); err != nil {
		return err
	}
	c.print(c.err, "extended", jobs[0].signature, strings.ToUpper(o.level), out)
	return nil
}

// extend stamps, then encloses what a judgement needs, then archives; each step is judged before the next.
func (o *extension) extend(ctx context.Context, c *console, job verifyJob, settings verify.Options) ([]byte, error) {
	raw, err := read(job.signature, maxMessage)
	if err != nil {
		return nil, err
	}
	sd, err := cms.ParseSignedData(cms.Unarmor(raw))
	if err != nil {
		return nil, failed("extend-none", err, job.signature)
	}
	if sd.Detached && job.document == "" && o.level != "t" {
		return nil, usageError("extend-document", job.signature)
	}
	tsa := timestamper(o.tsa, o.local)
	if _, err := sign.Stamp(ctx, c.random, sd, tsa); err != nil {
		return nil, signError(job.signature, err)
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
		if err := sign.Archive(ctx, c.random, sd, job.digest(ctx, sd), tsa); err != nil {
			return nil, signError(job.signature, err)
		}
	}
	message = sd.Encode()
	settings.Evidence = sources
	return message, o.accept(ctx, job, message, settings, reasons.TotalFailed, reasons.Indeterminate)
}

// accept judges a message and refuses the verdicts named: what is not good is not dressed up.
func (o *extension) accept(ctx context.Context, job verifyJob, message []byte, settings verify.Options, refused ...reasons.Code) error {
	in := verify.Input{Name: job.name, Signature: message}
	if job.document != "" {
		document, err := open(job.document)
		if err != nil {
			return err
		}
		defer func() { _ = document.Close() }()
		in.Document = document
	}
	report, err := verify.Check(ctx, in, settings)
	if err != nil {
		return inputError(job.document, err)
	}
	for _, verdict := range refused {
		if report.Verdict != verdict {
			continue
		}
		for _, s := range report.Signatures {
			if s.Verdict == verdict {
				return failed("extend-refused", nil, job.signature, s.Reason.Text)
			}
		}
	}
	return nil
}

// digest gives the digests of the content that an archive stamp needs.
func (j verifyJob) digest(ctx context.Context, sd *cms.SignedData) func(h alg.Hash) ([]byte, error) {
	return func(h alg.Hash) ([]byte, error) {
		if !sd.Detached {
			return h.Sum(sd.Content), nil
		}
		document, err := open(j.document)
		if err != nil {
			return nil, err
		}
		defer func() { _ = document.Close() }()
		d := h.New()
		if _, err := io.Copy(d, document); err != nil {
			return nil, inputError(j.document, err)
		}
		return d.Sum(nil), ctx.Err()
	}
}

func runTimestamp(ctx context.Context, c *console, args []string) error {
	f := c.flags("podpis timestamp", "timestamp-synopsis")
	tsa := f.String("tsa", "", "opt-tsa")
	name := f.String("alg", alg.Streebog256.Name(), "opt-hash")
	out := f.String("o", "", "opt-timestamp-out")
	force := f.Bool("force", false, "opt-force")
	local := f.Bool("allow-local", false, "opt-allow-local")
	files, err := f.parse(args)
	if err != nil {
		return err
	}
	h, known := alg.HashByName(*name)
	switch {
	case len(files) == 0:
		return usageError("files-missing", "timestamp")
	case *tsa == "":
		return usageError("tsa-missing")
	case !known || h == alg.SHA1:
		return usageError("hash-unknown", *name, "streebog256, streebog512, sha256, sha384, sha512")
	case *out != "" && len(files) > 1:
		return usageError("one-output")
	}
	authority := timestamper(*tsa, *local)
	for _, file := range files {
		target := *out
		if target == "" {
			target = file + ".tst"
		}
		if err := apart(target, *force, files); err != nil {
			return err
		}
		if err := c.timestamp(ctx, file, target, h, authority); err != nil {
			return ctxErr(ctx, err)
		}
	}
	return nil
}

func (c *console) timestamp(ctx context.Context, file, target string, h alg.Hash, authority sign.Timestamper) error {
	document, err := open(file)
	if err != nil {
		return err
	}
	defer func() { _ = document.Close() }()
	token, err := sign.File(ctx, c.random, document, h, authority)
	if errors.Is(err, sign.ErrTimestamp) {
		return signError(file, err)
	}
	if err != nil {
		return inputError(file, err)
	}
	if err := save(target, 0o644, token.Raw); err != nil {
		return err
	}
	c.print(c.err, "timestamped", file, reasons.Date(c.language, token.Time)+" "+token.Time.UTC().Format("15:04:05")+" UTC", target)
	return nil
}
