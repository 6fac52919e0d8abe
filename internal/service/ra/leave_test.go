// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra_test

import (
	"context"
	"testing"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/ca"
	"podpis/internal/service/ra"
	"podpis/internal/service/servicetest"
	"podpis/pki/alg"
)

// leaves closes Anna's account, and lets others hear of it.
func (d *desk) leaves(heard bool) {
	d.t.Helper()
	d.Write(func(ctx context.Context, tx *db.Tx) error { return d.Accounts.Close(ctx, tx, d.anna.Account) })
	if heard {
		d.Deliver()
	}
}

// Whoever leaves while the authority is at work gets no certificate, wherever the order stands: before it is planned,
// while the key signs, and when it is issued and nobody has told so yet. The application is stopped, with a record.
func TestClosedWhileIssuing(t *testing.T) {
	t.Parallel()
	order := func(d *desk, id string) ca.Order {
		d.t.Helper()
		d.keys[id], d.requests[id] = servicetest.Request(d.t, alg.P256)
		d.must(d.AskIssue(ctx, d.anna, id, true))
		o, err := d.OrderOnly(ctx, d.anna, id, d.Code(phone), d.requests[id])
		d.must(err)
		return o
	}
	for name, c := range map[string]struct {
		when  func(d *desk, id string) error
		end   ra.Move
		state string // of the authority's draft; empty: there is none
	}{
		"before it is planned": {func(d *desk, id string) error {
			o := order(d, id)
			d.leaves(true)
			_, err := d.Authority.Issue(ctx, o)
			return err
		}, ra.Stop, ""},
		"before others have heard": {func(d *desk, id string) error {
			o := order(d, id)
			d.leaves(false)
			_, err := d.Authority.Issue(ctx, o)
			return err
		}, ra.Stop, ""},
		"while the key signs": {func(d *desk, id string) error {
			d.Key.Before(func() error {
				d.Key.Before(nil)
				d.leaves(true)
				return nil
			})
			return d.order(d.anna, id)
		}, ra.Stop, "abandoned"},
		"issued, and not told": {func(d *desk, id string) error {
			_, err := d.Authority.Issue(ctx, order(d, id))
			d.must(err)
			d.exec("DELETE FROM job") // the authority's event is lost
			d.leaves(true)
			return problem.New(problem.Conflict, "revoked")
		}, ra.Stop, "issued"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			id := d.arrive(ra.Approved)
			if err := c.when(d, id); err == nil {
				t.Error("a certificate is handed out")
			}
			d.Deliver()
			if a := d.get(d.anna, id); a.State != ra.Withdrawn || event(a, c.end).Kind != string(c.end) {
				t.Errorf("%s, %+v", a.State, a.Events)
			}
			if n := len(d.Entries("ra." + string(c.end))); n != 1 {
				t.Errorf("recorded %d times", n)
			}
			if n := d.Count("certificate", "profile = 'person' AND state = 'issued' AND revoked_at = 0"); n != 0 {
				t.Errorf("%d good certificates of a closed account", n)
			}
			drafts := d.Count("certificate", "profile = 'person'")
			if c.state == "" && drafts != 0 || c.state != "" && (drafts != 1 || d.Count("certificate", "state = $1 AND revoked_at <> 0", c.state) != 1) {
				t.Errorf("the authority keeps %d drafts", drafts)
			}
			d.must(d.Reconcile(ctx))
			if n := d.Count("job", "state = 'dead' OR attempt > 1"); n != 0 {
				t.Errorf("%d jobs failed", n)
			}
		})
	}
}
