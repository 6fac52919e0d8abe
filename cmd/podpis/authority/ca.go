// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package authority

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"podpis/cmd/podpis/keys"
	"podpis/cmd/podpis/terminal"
	"podpis/internal/app"
	service "podpis/internal/platform/problem"
	"podpis/internal/service/ca"
	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/x509"
)

// CA is podpis ca.
func CA() terminal.Command {
	return terminal.Command{Name: "ca", Help: "ca-help", Sub: []terminal.Command{
		{Name: "init", Help: "ca-init-help", Run: runCAInit},
		{Name: "issue", Help: "ca-issue-help", Run: runCAIssue},
		{Name: "revoke", Help: "ca-revoke-help", Run: runCARevoke},
		{Name: "crl", Help: "ca-crl-help", Run: runCACRL},
		{Name: "list", Help: "ca-list-help", Run: runCAList},
		{Name: "lint", Help: "ca-lint-help", Run: runCALint},
	}}
}

// actor is who acts when the authority is worked from the command line: whoever
// may read the installation's key file.
const actor = "cli"

// with opens the authority, does the work and closes it. What the work has
// recorded is sealed, for perhaps no server runs.
func (i *installation) with(ctx context.Context, c *terminal.Console, create bool, work func(*app.Authority) error) error {
	log := slog.New(slog.NewTextHandler(c.Err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	a, err := app.OpenAuthority(ctx, i.settings, log, create)
	if err != nil {
		return i.problem(err)
	}
	if err = work(a); err == nil {
		if err := a.Seal(ctx); err != nil {
			log.Warn("seal audit", "error", err)
		}
	}
	if closing := a.Close(); err == nil && closing != nil {
		err = i.problem(closing)
	}
	return err
}

// refusal puts what the authority says no to into words.
func refusal(err error) error {
	p, ok := service.Of(err)
	if !ok {
		return terminal.Failed("ca-failed", err)
	}
	switch p.Key {
	case "ca.profile.unknown":
		return terminal.Usage("ca-profile-unknown")
	case "ca.certificate.missing":
		return terminal.Failed("ca-certificate-missing", nil)
	case "ca.certificate.revoked":
		return terminal.Failed("ca-certificate-revoked", nil)
	case "ca.key.taken":
		return terminal.Failed("ca-key-taken", nil)
	case "ca.request.large", "ca.request.broken", "ca.request.key", "ca.request.signature":
		return terminal.Failed("ca-request-bad", err)
	}
	return terminal.Failed("ca-refused", err)
}

func runCAInit(ctx context.Context, c *terminal.Console, args []string) error {
	i := options(c, "podpis ca init", "ca-init-synopsis")
	rest, err := i.parse(args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return terminal.Usage("no-arguments", rest[0])
	}
	err = i.with(ctx, c, false, func(*app.Authority) error { return nil })
	var p *terminal.Problem
	if err == nil {
		return terminal.Failed("ca-exists", nil, i.settings.Data)
	} else if !errors.As(err, &p) || p.Key != "installation-none" {
		return err
	}
	return i.with(ctx, c, true, func(a *app.Authority) error {
		for _, cert := range a.Chain() {
			c.Print(c.Out, "ca-made", cert.Subject.String(), cert.Serial.Hex(), keys.Period(c, cert.NotBefore, cert.NotAfter),
				strings.ToUpper(hex.EncodeToString(cert.Fingerprint(alg.SHA256))))
		}
		return nil
	})
}

func runCAIssue(ctx context.Context, c *terminal.Console, args []string) error {
	i := options(c, "podpis ca issue", "ca-issue-synopsis")
	csr := i.flags.String("csr", "", "opt-csr")
	profile := i.flags.String("profile", "", "opt-profile")
	subject := i.flags.String("subject", "", "opt-issue-subject")
	out := i.flags.String("o", "", "opt-cert-out")
	force := i.flags.Bool("force", false, "opt-force")
	rest, err := i.parse(args)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return terminal.Usage("no-arguments", rest[0])
	case *csr == "":
		return terminal.Usage("csr-missing")
	case *out == "":
		return terminal.Usage("out-missing")
	}
	if err := terminal.Free(*out, *force); err != nil {
		return err
	}
	order, err := orderOf(*csr, *profile, *subject)
	if err != nil {
		return err
	}
	return i.with(ctx, c, false, func(a *app.Authority) error {
		issued, err := a.Issue(ctx, order)
		if err != nil {
			return refusal(err)
		}
		if err := terminal.Save(*out, 0o644, x509.EncodePEM(x509.PEMCertificate, issued.DER)); err != nil {
			return err
		}
		c.Print(c.Out, "ca-issued", issued.Serial.Hex(), *out)
		return nil
	})
}

// orderOf makes an order of a request. The same request, profile and subject are
// the same order: a command that is repeated issues nothing new.
func orderOf(file, profile, subject string) (ca.Order, error) {
	data, err := terminal.Read(file, terminal.MaxKeyFile)
	if err != nil {
		return ca.Order{}, err
	}
	req, err := x509.ParseRequest(cms.Unarmor(data))
	if err != nil {
		return ca.Order{}, terminal.Failed("ca-request-bad", err)
	}
	name := req.Subject
	if subject != "" {
		if name, err = x509.NameByText(subject); err != nil {
			return ca.Order{}, terminal.Usage("subject-bad", subject, err.Error())
		}
	}
	values := map[string]string{}
	for _, a := range name.Attributes {
		t, known := x509.AttributeByOID(a.OID)
		if _, twice := values[t.Short]; !known || twice {
			return ca.Order{}, terminal.Usage("subject-bad", name.String(), string(a.OID))
		}
		values[t.Short] = a.Value
	}
	digest := alg.Streebog256.Sum([]byte(profile + "\x00" + name.Key() + "\x00" + string(req.RawSPKI)))
	return ca.Order{
		Key: actor + "/" + hex.EncodeToString(digest), Profile: profile, Subject: values, Request: req.Raw,
		Approval: digest, ApprovedBy: actor, OrderedBy: actor,
	}, nil
}

func reasonNames() map[string]x509.Reason {
	names := map[string]x509.Reason{}
	for r := x509.Reason(0); r <= 10; r++ {
		if r.Valid() {
			names[r.String()] = r
		}
	}
	return names
}

func runCARevoke(ctx context.Context, c *terminal.Console, args []string) error {
	i := options(c, "podpis ca revoke", "ca-revoke-synopsis")
	name := i.flags.String("reason", x509.ReasonUnspecified.String(), "opt-reason")
	rest, err := i.parse(args)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return terminal.Usage("ca-serial-one")
	}
	reason, ok := reasonNames()[*name]
	if !ok {
		return terminal.Usage("ca-reason-unknown", *name)
	}
	serial, err := x509.SerialFromHex(rest[0])
	if err != nil {
		return terminal.Usage("ca-serial-bad", rest[0])
	}
	return i.with(ctx, c, false, func(a *app.Authority) error {
		err := a.Revoke(ctx, actor, serial.Hex(), reason)
		if p, ok := service.Of(err); ok && p.Key == "ca.reason.wrong" {
			return terminal.Usage("ca-reason-unknown", *name)
		} else if err != nil {
			return refusal(err)
		}
		if err := a.PublishLists(ctx); err != nil {
			return terminal.Failed("ca-failed", err)
		}
		c.Print(c.Out, "ca-revoked", serial.Hex(), reason.String())
		return nil
	})
}

func runCACRL(ctx context.Context, c *terminal.Console, args []string) error {
	i := options(c, "podpis ca crl", "ca-crl-synopsis")
	out := i.flags.String("o", "", "opt-crl-out")
	force := i.flags.Bool("force", false, "opt-force")
	rest, err := i.parse(args)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return terminal.Usage("no-arguments", rest[0])
	case *out == "":
		return terminal.Usage("out-missing")
	}
	if err := terminal.Free(*out, *force); err != nil {
		return err
	}
	return i.with(ctx, c, false, func(a *app.Authority) error {
		if err := a.PublishLists(ctx); err != nil {
			return terminal.Failed("ca-failed", err)
		}
		issuing, err := a.Key(ca.Issuing)
		if err != nil {
			return terminal.Failed("ca-failed", err)
		}
		raw, next, err := a.CRL(ctx, issuing.ID)
		if err != nil {
			return terminal.Failed("ca-failed", err)
		}
		if strings.HasSuffix(*out, ".pem") {
			raw = x509.EncodePEM(x509.PEMCRL, raw)
		}
		if err := terminal.Save(*out, 0o644, raw); err != nil {
			return err
		}
		c.Print(c.Out, "ca-crl", *out, next.UTC().Format(time.RFC3339))
		return nil
	})
}

func runCAList(ctx context.Context, c *terminal.Console, args []string) error {
	i := options(c, "podpis ca list", "ca-list-synopsis")
	limit := i.flags.Int("limit", 100, "opt-limit")
	rest, err := i.parse(args)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return terminal.Usage("no-arguments", rest[0])
	case *limit < 1:
		return terminal.Usage("limit-bad")
	}
	return i.with(ctx, c, false, func(a *app.Authority) error {
		list, err := a.List(ctx, time.Time{}, *limit)
		if err != nil {
			return terminal.Failed("ca-failed", err)
		}
		for _, r := range list {
			status := string(r.State)
			if r.State == ca.Issued {
				status = r.Status(c.Now())
			}
			fmt.Fprintf(c.Out, "%s  %-9s  %s  %s\n", r.Serial, status, r.NotAfter.UTC().Format(time.DateOnly), terminal.Plain(r.Subject))
		}
		return nil
	})
}

func runCALint(ctx context.Context, c *terminal.Console, args []string) error {
	i := options(c, "podpis ca lint", "ca-lint-synopsis")
	profile := i.flags.String("profile", "person", "opt-profile")
	rest, err := i.parse(args)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return terminal.Usage("files-missing", "ca lint")
	}
	return i.with(ctx, c, false, func(a *app.Authority) error {
		wrong := false
		for _, name := range rest {
			list, err := keys.ReadCertificates(name)
			if err != nil {
				return err
			}
			findings, err := a.Lint(*profile, list[0])
			if err != nil {
				return refusal(err)
			}
			for _, f := range findings {
				fmt.Fprintf(c.Out, "%s: %s: %s\n", name, f.Rule, terminal.Plain(f.Text))
			}
			wrong = wrong || len(findings) > 0
		}
		if wrong {
			return terminal.ExitCode(terminal.ExitFailed)
		}
		return nil
	})
}
