// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package oversight_test

import (
	"context"
	"testing"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/ca"
	"podpis/internal/service/oversight"
	"podpis/internal/service/servicetest"
)

func actor(a auth.Account) oversight.Actor {
	return oversight.Actor{Account: a, Client: servicetest.Client()}
}

// A role that was taken away since the sign-in opens nothing, and looks are recorded.
func TestRoleIsReadAnew(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	auditor := w.Staff(auth.Auditor, "+79990001003", "auditor@example.org", "Аудитов А. А.")
	admin := w.Staff(auth.Administrator, "+79990001004", "admin@example.org", "Админов А. А.")
	officer := w.Staff(auth.Officer, "+79990001002", "officer@example.org", "Офицеров О. О.")
	lines, err := w.Oversight.Log(t.Context(), actor(auditor), oversight.Filter{Action: "auth.", Actor: "installation", Limit: 2})
	if err != nil || len(lines) != 2 || lines[0].Action != "auth.staff.create" {
		t.Errorf("%+v, %v", lines, err)
	}
	if lines, err = w.Oversight.Log(t.Context(), actor(auditor), oversight.Filter{From: w.DB.Now().Add(time.Hour)}); err != nil || len(lines) != 0 {
		t.Errorf("lines of the future: %+v, %v", lines, err)
	}
	for _, kind := range []string{"", "active", "expired", "revoked", "orders"} {
		if list, err := w.Oversight.Certificates(t.Context(), actor(officer), ca.Query{Text: "nobody", Kind: kind, Limit: 5}); err != nil || len(list) != 0 {
			t.Errorf("%s: %d, %v", kind, len(list), err)
		}
	}
	if lines, err = w.Oversight.Which(t.Context(), actor(auditor), oversight.Looks(), time.Time{}, 10); err != nil || len(lines) != 5 || lines[0].Who != officer.Title {
		t.Errorf("%+v, %v", lines, err)
	}
	if err := w.Oversight.SetRole(t.Context(), actor(admin), auditor.ID, auth.Operator); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Oversight.Log(t.Context(), actor(auditor), oversight.Filter{}); problem.KindOf(err) != problem.Forbidden {
		t.Errorf("a former auditor reads: %v", err)
	}
	if err := w.Oversight.SetRole(t.Context(), actor(admin), officer.ID, auth.Holder); problem.KindOf(err) != problem.Invalid {
		t.Errorf("an officer becomes a holder: %v", err)
	}
}

// What cannot be recorded is not done: policies, roles and looks alike.
func TestNothingWithoutTheRecord(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	admin := w.Staff(auth.Administrator, "+79990001004", "admin@example.org", "Админов А. А.")
	auditor := w.Staff(auth.Auditor, "+79990001003", "auditor@example.org", "Аудитов А. А.")
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, "ALTER TABLE audit_entry RENAME TO audit_gone")
		return err
	})
	if err := w.Oversight.SetRule(t.Context(), actor(admin), "auth.password.tries", "9", time.Time{}, time.Time{}); err == nil {
		t.Error("a policy changes without a record")
	}
	if err := w.Oversight.SetBlocked(t.Context(), actor(admin), auditor.ID, true); err == nil {
		t.Error("an account is closed without a record")
	}
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.ExecContext(ctx, "ALTER TABLE audit_gone RENAME TO audit_entry"); err != nil {
			return err
		}
		n, err := w.Book.Number(ctx, tx, "auth.password.tries")
		if err != nil || n != 3 {
			t.Errorf("tries: %d, %v", n, err)
		}
		until, _, err := w.Accounts.Closed(ctx, tx, auditor.ID)
		if err != nil || !until.IsZero() {
			t.Errorf("closed until %v, %v", until, err)
		}
		return audit.Health(ctx, tx)
	})
}
