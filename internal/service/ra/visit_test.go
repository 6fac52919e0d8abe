// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra_test

import (
	"context"
	"testing"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
)

// Somebody who came with the passport is a confirmed person (63-ФЗ, 18): every tick, the number of the original,
// an operator, and never oneself. A number that differs proves nothing and stands in the record.
func TestProvedByVisit(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ctx := context.Background()
	level := func() (l identity.Level) {
		t.Helper()
		must(t, d.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			proofs, err := d.Persons.Proofs(ctx, tx, d.anna.Account.PersonID)
			l = identity.LevelAt(proofs, tx.Now())
			return err
		}))
		return l
	}
	id, number := d.anna.Account.ID, "9999 123456"
	before := level()
	refused(t, d.ProveByVisit(ctx, d.op, id, number, []string{"original", "face"}), problem.Invalid, "ra.ticks.missing")
	refused(t, d.ProveByVisit(ctx, d.op, id, "9999 123457", ra.VisitTicks()), problem.Invalid, "ra.visit.differs")
	refused(t, d.ProveByVisit(ctx, d.op, id, "", ra.VisitTicks()), problem.Invalid, "ra.visit.differs")
	refused(t, d.ProveByVisit(ctx, d.anna, id, number, ra.VisitTicks()), problem.Forbidden, "ra.operator.only")
	refused(t, d.ProveByVisit(ctx, d.op, d.op.Account.ID, number, ra.VisitTicks()), problem.Forbidden, "ra.operator.own")
	if level() != before || before == identity.Confirmed {
		t.Fatalf("%s before, %s after what was refused", before, level())
	}
	must(t, d.ProveByVisit(ctx, d.op, id, number, ra.VisitTicks()))
	if level() != identity.Confirmed {
		t.Errorf("%s after the visit", level())
	}
	if n := len(d.Entries("ra.visit")); n != 3 {
		t.Errorf("%d lines in the record", n)
	}
}
