// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"fmt"
	"os"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/policy"
	"podpis/internal/service/workplace"
)

// WorkplaceSettings say what workplaces are judged by.
type WorkplaceSettings struct {
	// Table is a file with browsers, systems, crypto providers, tools and tokens, in the
	// form of internal/service/workplace/table.csv; empty: the one of the program. Its rows
	// are put into the database at the start; later an administrator changes them there.
	Table string `toml:"table"`
}

// openWorkplace reads the table of browsers and systems. On a training installation the
// stand tells the time.
func (a *App) openWorkplace(ctx context.Context, policies *policy.Book) error {
	table, err := workplace.BuiltIn()
	if file := a.settings.Workplace.Table; err == nil && file != "" {
		table, err = readTable(file)
	}
	if err != nil {
		return err
	}
	setups, err := workplace.BuiltInSetups()
	if err != nil {
		return err
	}
	a.workplaces = workplace.New(workplace.Parts{DB: a.db, Policies: policies, Table: table, Setups: setups, Log: a.log})
	return a.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := a.workplaces.Install(ctx, tx); err != nil || a.stand == nil {
			return err
		}
		return policies.Set(ctx, tx, byInstallation, workplace.PolicyNTP, a.stand.servers.Time.Addr(), tx.Now(), time.Time{})
	})
}

func readTable(file string) (workplace.Table, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSettings, err)
	}
	defer f.Close()
	table, err := workplace.ParseTable(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrSettings, file, err)
	}
	return table, nil
}
