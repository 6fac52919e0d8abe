// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package signing is what is made over a document: signatures of every format and level, signatures over signatures, several
// in one file or apart, time stamps and digests.
package signing

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"podpis/cmd/podpis/judge"
	"podpis/cmd/podpis/keys"
	"podpis/cmd/podpis/terminal"
	"podpis/pki/pades"
	"podpis/pki/pades/stamp"
	"podpis/pki/pdf"
	"podpis/pki/xades"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/fetch"
)

// Sign is podpis sign.
func Sign() terminal.Command {
	return terminal.Command{Name: "sign", Help: "sign-help", Run: runSign}
}

type signOptions struct {
	judge.Sources
	key, passwordFile, cert, format, level, tsa, out string
	detached, attached, force, add, counter          bool
	stamp                                            stampOption
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
	f.BoolVar(&o.add, "add", false, "opt-add")
	f.BoolVar(&o.counter, "counter", false, "opt-counter")
	f.Var(&o.stamp, "stamp", "opt-stamp")
	f.StringVar(&o.tsa, "tsa", "", "opt-tsa")
	f.StringVar(&o.out, "o", "", "opt-out")
	f.BoolVar(&o.force, "force", false, "opt-force")
	o.Register(f)
	files, err := f.Arguments(args)
	if err != nil {
		return err
	}
	if err := o.check(files); err != nil {
		return err
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
	s, err := o.signer(c, settings)
	if err != nil {
		return err
	}
	defer s.id.Key.Zero()
	for _, name := range files {
		out, err := s.sign(ctx, name)
		if err != nil {
			return terminal.Interrupted(ctx, signError(name, err))
		}
		c.Print(c.Err, "signed", name, out)
	}
	return nil
}

// check refuses options that do not go together.
func (o *signOptions) check(files []string) error {
	switch {
	case len(files) == 0:
		return terminal.Usage("files-missing", "sign")
	case o.format == "pades" && (o.attached || o.detached):
		return terminal.Usage("pades-inside")
	case o.attached && o.detached:
		return terminal.Usage("attached-detached")
	case o.out != "" && len(files) > 1:
		return terminal.Usage("one-output")
	case o.stamp.on && o.format != "pades":
		return terminal.Usage("stamp-pades")
	case (o.add || o.counter) && (o.format != "cades" || o.attached || o.detached || o.add && o.counter):
		return terminal.Usage("add-cades")
	case o.counter && o.level != "b" && o.level != "t":
		return terminal.Usage("add-cades")
	}
	return nil
}

// levels are those that podpis makes of each format.
func levels() map[string][]string {
	return map[string][]string{"cades": {"b", "t", "xl1", "lt", "lta"}, "xades": {"b", "t", "lt", "lta"}, "pades": {"b", "t", "lt", "lta"}, "cms": {"b"}}
}

func (o *signOptions) settings(c *terminal.Console) (sign.Options, error) {
	s := sign.Options{Time: c.Now()}
	known, ok := levels()[o.format]
	switch {
	case !ok || !slices.Contains(known, o.level):
		return s, terminal.Usage("format-unknown", o.format, o.level)
	case o.format == "cms":
		s.Level = sign.CMS
		return s, nil
	case o.level == "b":
		return s, nil
	case o.tsa == "":
		return s, terminal.Usage("tsa-missing")
	case o.level != "t" && !o.Trusts():
		return s, terminal.Usage("extend-trust")
	}
	s.Level, s.Timestamper = sign.T, timestamper(o.tsa, o.Local())
	return s, nil
}

// signer reads the key.
func (o *signOptions) signer(c *terminal.Console, settings sign.Options) (*signer, error) {
	s := &signer{signOptions: o, c: c, settings: settings}
	var err error
	if o.level != "b" && o.level != "t" || o.add || o.counter {
		if s.trust, err = o.Settings(c); err != nil {
			return nil, err
		}
	}
	if s.id, err = keys.Load(c, o.key, o.passwordFile, o.cert); err != nil {
		return nil, err
	}
	switch {
	case s.id.Key.Kind().ReadOnly():
		err = terminal.Failed("key-read-only", nil, o.key)
	case len(s.id.Certificates) == 0:
		err = terminal.Failed("certificate-missing", nil, o.key)
	}
	if err != nil {
		s.id.Key.Zero()
		return nil, err
	}
	s.settings.Certificate, s.settings.Chain = s.id.Certificates[0], s.id.Certificates[1:]
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
	case o.format == "pades", o.format == "xades" && o.attached && strings.EqualFold(filepath.Ext(name), ".xml"):
		return strings.TrimSuffix(name, filepath.Ext(name)) + ".signed" + filepath.Ext(name)
	case o.format == "xades" && o.attached:
		return name + ".xml"
	}
	return name + ".sig"
}

// apart refuses outputs that are among the files read: those would be lost. A signature that is added goes into its own file.
func (o *signOptions) apart(files []string) error {
	inputs := slices.Concat(files, []string{o.key, o.cert, o.passwordFile})
	for _, name := range files {
		if o.out == "" && (o.add || o.counter) {
			continue
		}
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

// signer signs files with one key.
type signer struct {
	*signOptions
	c        *terminal.Console
	id       *keys.Identity
	settings sign.Options
	trust    verify.Options // what the levels above T are judged by
}

// sign signs one file; the signature appears whole or not at all.
func (s *signer) sign(ctx context.Context, name string) (string, error) {
	if s.add || s.counter {
		return s.join(ctx, name)
	}
	document, err := terminal.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = document.Close() }()
	out := s.output(name)
	switch s.format {
	case "pades":
		return out, s.pdf(ctx, name, document, out)
	case "xades":
		return out, s.xml(ctx, name, document, out)
	}
	return out, s.message(ctx, name, document, out)
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
		{sign.ErrNoSigner, "signer-missing"},
		{pades.ErrCertified, "pdf-certified"},
		{pades.ErrSelfCheck, "self-check"},
		{pades.ErrPage, "pdf-page"},
		{stamp.ErrRoom, "stamp-room"},
		{stamp.ErrLetter, "stamp-letter"},
		{pdf.ErrDamaged, "pdf-damaged"},
		{xades.ErrBreaks, "xml-breaks"},
		{xades.ErrExtend, "extend-none"},
		{xades.ErrSelfCheck, "self-check"},
	} {
		if errors.Is(err, e.err) {
			return terminal.Failed(e.key, err, name)
		}
	}
	return terminal.Failed("sign-failed", err, name)
}
