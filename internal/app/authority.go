// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/blob"
	"podpis/internal/service/auth"
	"podpis/internal/service/ca"
	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
	"podpis/internal/service/trust"
)

// ErrNoInstallation says that a data directory holds no installation.
var ErrNoInstallation = errors.New("no installation in this directory")

// Authority is the authority of an installation without its site, for the command
// line. It works on the same state as a server that may run beside it.
type Authority struct {
	*ca.Service
	app *App
}

// OpenAuthority opens the authority of an installation. Only with create is an
// absent one made.
func OpenAuthority(ctx context.Context, s Settings, log *slog.Logger, create bool) (*Authority, error) {
	// Nobody said where the site is: certificates go on to say what they said.
	asFounded := !create && s.PublicURL == "" && s.Listen == ""
	if err := s.complete(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSettings, err)
	}
	if asFounded {
		s.PublicURL = ""
	}
	a := &App{settings: s, log: log}
	if _, err := os.Stat(s.path("kek")); errors.Is(err, fs.ErrNotExist) && os.Getenv("PODPIS_KEK") == "" {
		if !create {
			return nil, fmt.Errorf("%w: %s", ErrNoInstallation, s.Data)
		}
		if err := os.MkdirAll(s.Data, 0o700); err != nil {
			return nil, fmt.Errorf("data directory: %w", err)
		}
	}
	err := a.openAlone(ctx, create)
	if errors.Is(err, ca.ErrNoAuthority) {
		err = fmt.Errorf("%w: %s", ErrNoInstallation, s.Data)
	}
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return &Authority{a.authority, a}, nil
}

func (a *App) openAlone(ctx context.Context, create bool) error {
	if err := a.remember(ctx); err != nil {
		return err
	}
	policies, err := a.rules(ctx)
	if err != nil {
		return err
	}
	blobs, err := blob.Open(a.settings.path("blobs"))
	if err != nil {
		return err
	}
	persons := identity.New(a.ring)
	a.accounts = auth.New(auth.Parts{DB: a.db, Ring: a.ring, Policies: policies, Persons: persons})
	a.registry = egrip.New(egrip.Parts{DB: a.db, Ring: a.ring, Policies: policies, Persons: persons})
	a.register = trust.NewRegister(trust.RegisterParts{DB: a.db, Policies: policies, Blobs: blobs, Log: a.log})
	var names ca.Names
	if create {
		names = a.names()
	}
	return a.openAuthority(ctx, policies, nil, names)
}

// Register is whom the installation trusts.
func (a *Authority) Register() *trust.Register { return a.app.register }

// Registry is what the registers of the state say.
func (a *Authority) Registry() *egrip.Service { return a.app.registry }

// VerifyAudit checks the audit record against its signed roots and, when there are
// some, the anchors kept outside of the database.
func (a *Authority) VerifyAudit(ctx context.Context, anchors io.Reader) (*audit.Report, error) {
	key, err := a.Key(ca.Auditing)
	if err != nil {
		return nil, err
	}
	return audit.Verify(ctx, a.app.db, anchors, key.Certificate.PublicKey)
}

// Seal seals what was recorded, so that the record is whole when no server runs.
// When one does, the two may get in each other's way: its sealer tries again.
func (a *Authority) Seal(ctx context.Context) error { return a.app.sealer.Seal(ctx) }

// Close closes the database and forgets the keys.
func (a *Authority) Close() error { return a.app.Close() }
