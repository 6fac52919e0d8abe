// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package servicetest

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/service/auth"
	"podpis/internal/service/ca"
	"podpis/internal/service/oversight"
	"podpis/internal/service/privacy"
	"podpis/internal/service/workplace"
)

// oversee puts the consoles' service together, with a sealer that tests run.
func (w *World) oversee() {
	w.t.Helper()
	key, err := w.Authority.Key(ca.Auditing)
	if err != nil {
		w.t.Fatal(err)
	}
	w.AnchorFile = filepath.Join(w.t.TempDir(), "anchors")
	w.Sealer = audit.NewSealer(w.DB, audit.Config{Signer: key.Signer, Anchors: w.AnchorFile})
	w.Privacy = privacy.New(privacy.Parts{DB: w.DB, Ring: w.Ring, Policies: w.Book, Accounts: w.Accounts, Persons: w.Persons, Support: w.Support, Teller: w.Teller, Drafts: w.Drafts, Letters: w.Letters, LastEnd: w.Desk.LastEnd})
	w.Privacy.Work(w.Runner)
	table, err := workplace.BuiltIn()
	if err != nil {
		w.t.Fatal(err)
	}
	setups, err := workplace.BuiltInSetups()
	if err != nil {
		w.t.Fatal(err)
	}
	w.Workplaces = workplace.New(workplace.Parts{DB: w.DB, Policies: w.Book, Table: table, Setups: setups, Log: slog.New(slog.DiscardHandler)})
	w.Write(w.Workplaces.Install)
	w.openSelf()
	w.Oversight = oversight.New(oversight.Parts{
		Workplaces: w.Workplaces, Downloads: w.Downloads,
		DB: w.DB, Policies: w.Book, Accounts: w.Accounts, Authority: w.Authority, Verdicts: w.Verdicts, Notices: w.notices, Words: w.Words,
		Verify: func(ctx context.Context) (*audit.Report, error) {
			file, err := os.Open(w.AnchorFile)
			if os.IsNotExist(err) {
				return audit.Verify(ctx, w.DB, nil, key.Certificate.PublicKey)
			} else if err != nil {
				return nil, err
			}
			defer file.Close()
			return audit.Verify(ctx, w.DB, file, key.Certificate.PublicKey)
		},
		Connectors: []oversight.Connector{
			{Name: "sms", Address: "sms.example:2775", Try: func(context.Context) error { return nil }},
			{Name: "mail", Address: "mail.example:25", Try: func(context.Context) error { return context.DeadlineExceeded }},
		},
	})
	w.Oversight.Work(w.Runner)
}

// Seal links and signs what was recorded.
func (w *World) Seal() {
	w.t.Helper()
	if err := w.Sealer.Seal(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

// Operator makes an account of an operator.
func (w *World) Operator(phone, mail, title string) auth.Account {
	w.t.Helper()
	return w.Staff(auth.Operator, phone, mail, title)
}

// Staff makes an account of a member of staff.
func (w *World) Staff(role auth.Role, phone, mail, title string) (a auth.Account) {
	w.t.Helper()
	w.Write(func(ctx context.Context, tx *db.Tx) (err error) {
		a, err = w.Accounts.CreateStaff(ctx, tx, "installation", auth.Account{Role: role, Title: title, Phone: phone, Mail: mail}, Password)
		return err
	})
	return a
}
