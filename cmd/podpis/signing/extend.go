// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package signing

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"podpis/cmd/podpis/judge"
	"podpis/cmd/podpis/terminal"
	"podpis/pki/alg"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/augment"
	"podpis/verify/format"
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

// extension raises signature files.
type extension struct {
	judge.Sources
	c                          *terminal.Console
	settings                   verify.Options
	authority                  sign.Timestamper
	signature, level, tsa, out string
	force, recursive, dry      bool
	before                     time.Time // archive what does not last until then; zero: whatever there is
}

func runExtend(ctx context.Context, c *terminal.Console, args []string) error {
	o := extension{c: c}
	f := c.Flags("podpis extend", "extend-synopsis")
	f.StringVar(&o.level, "level", "lta", "opt-extend-level")
	f.StringVar(&o.tsa, "tsa", "", "opt-tsa")
	f.StringVar(&o.signature, "signature", "", "opt-signature")
	before := f.String("archive-before", "", "opt-archive-before")
	f.BoolVar(&o.recursive, "recursive", false, "opt-recursive")
	f.BoolVar(&o.dry, "dry-run", false, "opt-dry-run")
	o.Register(f)
	o.RegisterCertificates(f)
	f.StringVar(&o.out, "o", "", "opt-extend-out")
	f.BoolVar(&o.force, "force", false, "opt-force")
	names, err := f.Arguments(args)
	if err != nil {
		return err
	}
	if *before != "" {
		if o.before, err = time.Parse(time.DateOnly, *before); err != nil {
			return terminal.Usage("archive-date", *before)
		}
	}
	if err := o.check(names); err != nil {
		return err
	}
	if o.settings, err = o.Settings(c); err != nil {
		return err
	}
	if o.tsa != "" {
		o.authority = timestamper(o.tsa, o.Local())
	}
	if !o.before.IsZero() {
		return o.archive(ctx, names)
	}
	jobs, err := judge.Jobs(o.signature, names)
	if err != nil {
		return err
	}
	out, err := o.raise(ctx, jobs[0])
	if err != nil {
		return terminal.Interrupted(ctx, err)
	}
	c.Print(c.Err, "extended", jobs[0].Signature, strings.ToUpper(o.level), out)
	return nil
}

// check refuses options that do not go together.
func (o *extension) check(names []string) error {
	switch {
	case !o.before.IsZero() && (o.level != "lta" || o.out != "" || o.signature != "" || len(names) == 0), o.before.IsZero() && (o.dry || o.recursive):
		return terminal.Usage("archive-alone")
	case o.before.IsZero() && (len(names) > 1 || len(names) == 0 && o.signature == ""):
		return terminal.Usage("extend-one")
	case !slices.Contains([]string{"t", "xl1", "lt", "lta"}, o.level):
		return terminal.Usage("extend-level", o.level)
	case o.tsa == "" && !o.dry:
		return terminal.Usage("tsa-missing")
	case o.level != "t" && !o.Trusts() && !o.dry:
		return terminal.Usage("extend-trust")
	}
	return nil
}

// raise raises one file and returns where it was written: it grows, what it proved before stays inside.
func (o *extension) raise(ctx context.Context, job judge.Job) (out string, err error) {
	if out = o.out; out == "" {
		out = job.Signature
	} else if err := terminal.Apart(out, o.force, []string{job.Signature, job.Document}); err != nil {
		return "", err
	}
	file, err := openPDF(job)
	if err != nil {
		return "", err
	}
	if file != nil {
		defer func() { _ = file.Close() }()
		return out, o.raisePDF(ctx, job, file, out)
	}
	text, err := readXML(job)
	if err != nil {
		return "", err
	}
	if text != nil {
		return out, o.raiseXML(ctx, job, text, out)
	}
	if job.Perhaps {
		return "", terminal.Failed("extend-none", nil, job.Name)
	}
	sd, err := readMessage(job)
	if err != nil {
		return "", err
	}
	if sd.Detached && job.Document == "" && o.level != "t" {
		return "", terminal.Usage("extend-document", job.Signature)
	}
	message, err := raise(ctx, o.c, job, sd, o.level, o.settings, o.authority)
	if err != nil {
		return "", err
	}
	return out, terminal.Save(out, 0o644, message)
}

func (o *extension) raisePDF(ctx context.Context, job judge.Job, file *os.File, out string) error {
	if o.level == "xl1" {
		return terminal.Usage("format-unknown", "pades", o.level)
	}
	info, err := file.Stat()
	if err != nil {
		return terminal.Input(job.Name, err)
	}
	a := &augment.Augmenter{Random: o.c.Random, Options: o.settings, Timestamper: o.authority}
	tail, err := a.RaisePDF(ctx, file, info.Size(), augment.Level(o.level))
	if err != nil {
		return raiseError(job, err)
	}
	return terminal.Create(out, 0o644, func(w io.Writer) error {
		_, err := io.Copy(w, augment.Appended(file, info.Size(), tail))
		return err
	})
}

func (o *extension) raiseXML(ctx context.Context, job judge.Job, text []byte, out string) error {
	if o.level == "xl1" {
		return terminal.Usage("format-unknown", "xades", o.level)
	}
	a := &augment.Augmenter{Random: o.c.Random, Options: o.settings, Timestamper: o.authority}
	raised, err := a.RaiseXML(ctx, text, augment.Level(o.level), openDocument(job))
	if err != nil {
		return raiseError(job, err)
	}
	return terminal.Save(out, 0o644, raised)
}

// readXML reads an XML document; nil is another file.
func readXML(job judge.Job) ([]byte, error) {
	file, err := terminal.Open(job.Signature)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	head := make([]byte, 64)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, terminal.Input(job.Signature, err)
	}
	if !format.IsXML(head[:n]) {
		return nil, nil
	}
	rest, err := terminal.ReadFrom(file, job.Signature, terminal.MaxMessage)
	return slices.Concat(head[:n], rest), err
}

// openPDF opens a PDF document; nil is another file.
func openPDF(job judge.Job) (*os.File, error) {
	if !job.Perhaps {
		return nil, nil
	}
	file, err := terminal.Open(job.Signature)
	if err != nil {
		return nil, err
	}
	head := make([]byte, 1024)
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		_ = file.Close()
		return nil, terminal.Input(job.Signature, err)
	}
	if !format.IsPDF(head[:n]) {
		_ = file.Close()
		return nil, nil
	}
	return file, nil
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
