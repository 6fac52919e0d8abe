// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/notify"
	"podpis/internal/service/ra"
)

// The end of a certificate is told 60, 30, 14, 7 and 1 days before, once each, and no more
// when a newer one of the same role is installed.
func TestReminders(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := d.arrive(ra.Done)
	c, err := d.Authority.Certificate(context.Background(), d.get(d.anna, id).Serial)
	must(t, err)
	told := func() (n int) {
		t.Helper()
		d.Write(func(ctx context.Context, tx *db.Tx) error {
			letters, err := d.Teller.Letters(ctx, tx, d.anna.Account.ID)
			n = 0
			for _, l := range letters {
				if l.Kind == "certificate.ending" {
					n++
					if l.Class != notify.Reminder || !l.Action || !strings.Contains(l.Subject, "С-1001") {
						t.Errorf("%+v", l)
					}
				}
			}
			return err
		})
		return n
	}
	until := func(days int) {
		t.Helper()
		d.Clock.Pass(c.NotAfter.Add(-time.Duration(days)*24*time.Hour + time.Hour).Sub(d.DB.Now()))
		d.Deliver()
		d.Deliver()
	}
	for i, days := range []int{61, 60, 59, 30, 14, 13} {
		until(days)
		if want := []int{0, 1, 1, 2, 3, 3}[i]; told() != want {
			t.Errorf("%d days before the end: %d reminders, want %d", days, told(), want)
		}
	}
	d.arrive(ra.Done) // a newer one
	until(7)
	until(1)
	if told() != 3 {
		t.Errorf("%d reminders after a newer certificate was installed", told())
	}
}
