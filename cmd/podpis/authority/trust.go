// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package authority

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"podpis/cmd/podpis/terminal"
	"podpis/internal/app"
	"podpis/internal/platform/locale"
	service "podpis/internal/platform/problem"
	"podpis/internal/service/trust"
	"podpis/pki/tsl"
	"podpis/pki/x509"
)

// trustCommand is podpis admin trust: certificates trusted by decision, and lists of
// accredited centres.
func trustCommand() terminal.Command {
	return terminal.Command{Name: "trust", Help: "admin-trust-help", Sub: []terminal.Command{
		{Name: "add", Help: "admin-trust-add-help", Run: runTrustAdd},
		{Name: "remove", Help: "admin-trust-remove-help", Run: runTrustRemove},
		{Name: "import", Help: "admin-trust-import-help", Run: runTrustImport},
		{Name: "list", Help: "admin-trust-list-help", Run: runTrustList},
	}}
}

// purposeOf is what a certificate is trusted for.
func purposeOf(signer bool) trust.Purpose {
	if signer {
		return trust.Signer
	}
	return trust.Root
}

// runTrustAdd trusts a certificate.
func runTrustAdd(ctx context.Context, c *terminal.Console, args []string) error {
	i := options(c, "podpis admin trust add", "admin-trust-add-synopsis")
	signer := i.flags.Bool("signer", false, "opt-trust-signer")
	fingerprint := i.flags.String("fingerprint", "", "opt-trust-fingerprint")
	name, err := i.single(args)
	if err != nil {
		return err
	}
	content, err := terminal.Read(name, trustFile)
	if err != nil {
		return err
	}
	certs, err := x509.ParseCertificates(content)
	if err != nil || len(certs) != 1 {
		return terminal.Failed("trust-certificate-bad", err, name)
	}
	return i.with(ctx, c, false, func(a *app.Authority) error {
		added, err := a.Register().Trust(ctx, actor, certs[0], purposeOf(*signer), *fingerprint)
		if err != nil {
			return trustRefusal(c, err)
		}
		c.Print(c.Out, "trust-added", certs[0].Subject.DisplayName(), added.Fingerprint, added.Source)
		return nil
	})
}

// trustFile bounds a file with a certificate.
const trustFile = 1 << 20

// single reads the options and the one argument.
func (i *installation) single(args []string) (string, error) {
	rest, err := i.parse(args)
	switch {
	case err != nil:
		return "", err
	case len(rest) == 0:
		return "", terminal.Usage("trust-no-file")
	case len(rest) > 1:
		return "", terminal.Usage("no-arguments", rest[1])
	}
	return rest[0], nil
}

// runTrustRemove stops trusting a certificate.
func runTrustRemove(ctx context.Context, c *terminal.Console, args []string) error {
	i := options(c, "podpis admin trust remove", "admin-trust-remove-synopsis")
	signer := i.flags.Bool("signer", false, "opt-trust-signer")
	fingerprint, err := i.single(args)
	if err != nil {
		return err
	}
	return i.with(ctx, c, false, func(a *app.Authority) error {
		if err := a.Register().Distrust(ctx, actor, fingerprint, purposeOf(*signer)); err != nil {
			return trustRefusal(c, err)
		}
		c.Print(c.Out, "trust-removed", fingerprint)
		return nil
	})
}

// runTrustImport takes a list of accredited centres into force.
func runTrustImport(ctx context.Context, c *terminal.Console, args []string) error {
	i := options(c, "podpis admin trust import", "admin-trust-import-synopsis")
	date := i.flags.String("date", "", "opt-trust-date")
	name, err := i.single(args)
	if err != nil {
		return err
	}
	in := trust.Incoming{Source: filepath.Base(name), Actor: actor}
	if *date != "" {
		if in.Date, err = time.Parse(time.DateOnly, *date); err != nil {
			return terminal.Usage("trust-date-bad", *date)
		}
	}
	file, err := terminal.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return terminal.Input(name, err)
	}
	in.File, in.Size = file, info.Size()
	return i.with(ctx, c, false, func(a *app.Authority) error {
		list, err := a.Register().Accept(ctx, in)
		if err != nil {
			return trustRefusal(c, err)
		}
		c.Print(c.Out, "trust-accepted", list.Version, list.Date.Format(time.DateOnly), list.Centres, list.Unread)
		return nil
	})
}

// runTrustList says who is trusted and by which lists.
func runTrustList(ctx context.Context, c *terminal.Console, args []string) error {
	i := options(c, "podpis admin trust list", "admin-trust-list-synopsis")
	rest, err := i.parse(args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return terminal.Usage("no-arguments", rest[0])
	}
	return i.with(ctx, c, false, func(a *app.Authority) error {
		anchors, err := a.Register().Anchors(ctx)
		if err != nil {
			return terminal.Failed("ca-failed", err)
		}
		for _, n := range anchors {
			fmt.Fprintf(c.Out, "%s  %-6s  %s\n", n.Fingerprint, n.Purpose, n.Certificate.Subject.DisplayName())
		}
		found, err := a.Register().Find(ctx, trust.Query{})
		if err != nil {
			return terminal.Failed("ca-failed", err)
		}
		if l := found.List; l != nil {
			c.Print(c.Out, "trust-in-force", l.Version, l.Date.Format(time.DateOnly), int(l.Age(c.Now())/(24*time.Hour)), l.Kind, l.Source, l.Centres, found.Active)
		} else {
			c.Print(c.Out, "trust-no-list")
		}
		if f := found.Fetch; f.Failure != "" {
			c.Print(c.Out, "trust-fetch-failed", f.URL, f.Tried.Format(time.RFC3339), words(c, f.Failure, nil))
		}
		return nil
	})
}

// trustRefusal puts a refusal into words; of a stranger's signature it names the
// certificate, so that a person may compare and pin it.
func trustRefusal(c *terminal.Console, err error) error {
	p, ok := service.Of(err)
	if !ok {
		return terminal.Failed("ca-failed", err)
	}
	text := words(c, p.Key, p.Data)
	var stranger *tsl.SignerError
	if errors.As(err, &stranger) {
		return terminal.Failed("trust-stranger", nil, text, stranger.Certificate.Subject.DisplayName(), trust.Fingerprint(stranger.Certificate))
	}
	return terminal.Failed("trust-refused", nil, text)
}

// words are those of the site.
func words(c *terminal.Console, key string, data map[string]any) string {
	bundle, err := locale.Load(time.UTC)
	if err != nil {
		return key
	}
	return bundle.For(string(c.Language)).T(key, data)
}
