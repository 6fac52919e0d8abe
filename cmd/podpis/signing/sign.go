// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package signing is what is made over a document: signatures, their higher levels, time stamps and digests.
package signing

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"podpis/cmd/podpis/keys"
	"podpis/cmd/podpis/terminal"
	"podpis/pki/pades"
	"podpis/pki/pdf"
	"podpis/sign"
	"podpis/verify/fetch"
	"podpis/verify/format"
)

// Sign is podpis sign.
func Sign() terminal.Command { return terminal.Command{Name: "sign", Help: "sign-help", Run: runSign} }

type signOptions struct {
	key, passwordFile, cert, format, level, tsa, out string
	detached, attached, force, local                 bool
}

func runSign(ctx context.Context, c *terminal.Console, args []string) error {
	var o signOptions
	f := c.Flags("podpis sign", "sign-synopsis")
	f.StringVar(&o.key, "key", "", "opt-key")
	f.StringVar(&o.passwordFile, "password-file", "", "opt-password-file")
	f.StringVar(&o.cert, "cert", "", "opt-cert")
	f.StringVar(&o.format, "format", "cades", "opt-format")
	f.StringVar(&o.level, "level", "b", "opt-level")
	f.BoolVar(&o.detached, "detached", false, "opt-detached")
	f.BoolVar(&o.attached, "attached", false, "opt-attached")
	f.StringVar(&o.tsa, "tsa", "", "opt-tsa")
	f.StringVar(&o.out, "o", "", "opt-out")
	f.BoolVar(&o.force, "force", false, "opt-force")
	f.BoolVar(&o.local, "allow-local", false, "opt-allow-local")
	files, err := f.Arguments(args)
	if err != nil {
		return err
	}
	switch {
	case len(files) == 0:
		return terminal.Usage("files-missing", "sign")
	case o.format == "pades" && (o.attached || o.detached):
		return terminal.Usage("pades-inside")
	case o.attached && o.detached:
		return terminal.Usage("attached-detached")
	case o.out != "" && len(files) > 1:
		return terminal.Usage("one-output")
	}
	settings, err := o.settings(c)
	if err != nil {
		return err
	}
	for _, name := range files { // before the password is asked
		document, err := terminal.Open(name)
		if err != nil {
			return err
		}
		_ = document.Close()
	}
	if o.out != "" || o.force { // otherwise what is there is kept
		if err := o.apart(files); err != nil {
			return err
		}
	}
	id, err := keys.Load(c, o.key, o.passwordFile, o.cert)
	if err != nil {
		return err
	}
	defer id.Key.Zero()
	switch {
	case id.Key.Kind().ReadOnly():
		return terminal.Failed("key-read-only", nil, o.key)
	case len(id.Certificates) == 0:
		return terminal.Failed("certificate-missing", nil, o.key)
	}
	settings.Certificate, settings.Chain = id.Certificates[0], id.Certificates[1:]
	for _, name := range files {
		out, err := o.sign(ctx, c, name, id, settings)
		if err != nil {
			return terminal.Interrupted(ctx, signError(name, err))
		}
		c.Print(c.Err, "signed", name, out)
	}
	return nil
}

func (o *signOptions) settings(c *terminal.Console) (sign.Options, error) {
	s := sign.Options{Time: c.Now()}
	switch o.format + " " + o.level {
	case "cades b", "pades b":
		s.Level = sign.B
	case "cades t", "pades t":
		s.Level = sign.T
		if o.tsa == "" {
			return s, terminal.Usage("tsa-missing")
		}
		s.Timestamper = timestamper(o.tsa, o.local)
	case "cms b":
		s.Level = sign.CMS
	case "cades lt", "cades lta":
		return s, terminal.Usage("format-extend", o.level)
	case "cades xl1", "xades b", "xades t":
		return s, terminal.Usage("format-later", o.format, o.level)
	default:
		return s, terminal.Usage("format-unknown", o.format, o.level)
	}
	return s, nil
}

// timestamper speaks with a time stamp authority.
func timestamper(address string, local bool) sign.Timestamper {
	return fetch.TSA{Client: fetch.New(fetch.Options{AllowLoopback: local, AllowPrivate: local}), URL: address}
}

func (o *signOptions) output(name string) string {
	switch {
	case o.out != "":
		return o.out
	case o.format == "pades":
		return strings.TrimSuffix(name, filepath.Ext(name)) + ".signed" + filepath.Ext(name)
	}
	return name + ".sig"
}

// apart refuses outputs that are among the files read: those would be lost.
func (o *signOptions) apart(files []string) error {
	inputs := slices.Concat(files, []string{o.key, o.cert, o.passwordFile})
	for _, name := range files {
		if slices.ContainsFunc(inputs, func(in string) bool { return terminal.SameFile(in, o.output(name)) }) {
			return terminal.Usage("output-is-input", o.output(name))
		}
	}
	return nil
}

// keep moves a signature that is already there out of the way: it may be someone
// else's, and it may be the only one.
func (o *signOptions) keep(c *terminal.Console, out string) error {
	if _, err := os.Lstat(out); err != nil || o.force || o.out != "" {
		return nil
	}
	for n := 1; n < 1000; n++ {
		kept := out + "." + strconv.Itoa(n)
		if _, err := os.Lstat(kept); err == nil {
			continue
		}
		if err := os.Rename(out, kept); err != nil {
			return terminal.Failed("output-unwritable", err, kept)
		}
		c.Print(c.Err, "signature-kept", kept)
		return nil
	}
	return terminal.Usage("output-exists", out)
}

// sign signs one file; the signature appears whole or not at all.
func (o *signOptions) sign(ctx context.Context, c *terminal.Console, name string, id *keys.Identity, s sign.Options) (string, error) {
	document, err := terminal.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = document.Close() }()
	out := o.output(name)
	if o.format == "pades" {
		return out, o.signPDF(ctx, c, name, document, out, id, s)
	}
	return out, terminal.Create(out, 0o644, func(w io.Writer) error {
		if o.attached {
			if err := sign.Attached(ctx, c.Random, w, document, id.Key, s); err != nil {
				return err
			}
			return o.keep(c, out)
		}
		message, err := sign.Detached(ctx, c.Random, document, id.Key, s)
		if err != nil {
			return err
		}
		if _, err := w.Write(message); err != nil {
			return err
		}
		return o.keep(c, out)
	})
}

// signPDF copies the document and appends the signature; earlier ones stay what they were.
func (o *signOptions) signPDF(ctx context.Context, c *terminal.Console, name string, document *os.File, out string, id *keys.Identity, s sign.Options) error {
	info, err := document.Stat()
	if err != nil {
		return terminal.Input(name, err)
	}
	head := make([]byte, 1024)
	if n, err := document.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return terminal.Input(name, err)
	} else if !format.IsPDF(head[:n]) {
		return terminal.Failed("pdf-none", nil, name)
	}
	tail, err := sign.PDF(ctx, c.Random, document, info.Size(), id.Key, s, pades.Options{Name: s.Certificate.Subject.DisplayName()})
	if err != nil {
		return err
	}
	return terminal.Create(out, 0o644, func(w io.Writer) error {
		if _, err := io.Copy(w, io.NewSectionReader(document, 0, info.Size())); err != nil {
			return err
		}
		if _, err := w.Write(tail); err != nil {
			return err
		}
		return o.keep(c, out)
	})
}

// signError puts the refusals of package sign into words.
func signError(name string, err error) error {
	var known *terminal.Problem
	if errors.As(err, &known) {
		return err
	}
	for _, e := range []struct {
		err error
		key string
	}{
		{sign.ErrPair, "key-pair"},
		{sign.ErrExpired, "certificate-expired"},
		{sign.ErrNotYetValid, "certificate-early"},
		{sign.ErrKeyPeriod, "key-period"},
		{sign.ErrKeyUsage, "certificate-usage"},
		{sign.ErrChanged, "document-changed"},
		{sign.ErrSelfCheck, "self-check"},
		{sign.ErrTimestamp, "tsa-failed"},
		{pades.ErrCertified, "pdf-certified"},
		{pades.ErrSelfCheck, "self-check"},
		{pdf.ErrDamaged, "pdf-damaged"},
	} {
		if errors.Is(err, e.err) {
			return terminal.Failed(e.key, err, name)
		}
	}
	return terminal.Failed("sign-failed", err, name)
}
