// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"io"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/blob"
	"podpis/internal/platform/db"
	"podpis/internal/platform/policy"
	"podpis/internal/service/auth/password"
	"podpis/internal/service/factor"
	"podpis/internal/service/trust"
)

// openWays makes the judge of signatures and, on it, what people prove with.
func (a *App) openWays(ctx context.Context, policies *policy.Book, blobs *blob.Store, name string) (*trust.Service, *factor.Service, error) {
	a.register = trust.NewRegister(trust.RegisterParts{DB: a.db, Policies: policies, Blobs: blobs, Log: a.log})
	if err := a.lists(ctx, policies); err != nil {
		return nil, nil, err
	}
	remote, err := trust.Remote(ctx, a.db, policies)
	if err != nil {
		return nil, nil, err
	}
	judge, err := trust.New(trust.Own{Chain: a.authority.Chain, Lists: a.authority.Lists}, a.register, a.settings.Roots, a.db.Now)
	if err != nil {
		return nil, nil, err
	}
	judge.Ask(remote)
	factors, err := factor.New(factor.Parts{
		DB: a.db, Ring: a.ring, Policies: policies, Judge: judge, PublicURL: a.settings.PublicURL, Name: name,
	})
	if err != nil {
		return nil, nil, err
	}
	factors.Work(a.runner)
	return judge, factors, nil
}

// leaked opens the list of leaked passwords that was imported, if any.
func (a *App) leaked() (*password.List, error) {
	list, err := password.OpenList(a.settings.path(leakedFile))
	if err == nil {
		a.closers = append(a.closers, list.Close)
	}
	return list, err
}

// leakedFile is where the imported list stands in the data directory.
const leakedFile = "leaked-passwords"

// ImportPasswords takes a list of leaked passwords in place of the one before and returns
// how many there are. A running server reads it from its next start on.
func (a *Authority) ImportPasswords(ctx context.Context, actor string, in io.Reader) (n int, err error) {
	if n, err = password.Import(a.app.settings.path(leakedFile), in); err != nil {
		return 0, err
	}
	return n, a.app.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return audit.Record(ctx, tx, audit.Entry{Actor: actor, Action: "auth.passwords.import", Object: "installation", Details: map[string]any{"count": n}})
	})
}
