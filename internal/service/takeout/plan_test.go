// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package takeout

import (
	"testing"
	"time"
)

// TestNext: the day of a plan is one of the zone of the site, at the hour, after the moment; quarters begin in January.
func TestNext(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("MSK", 3*3600)
	for _, c := range []struct {
		plan        Plan
		after, want string
	}{
		{Plan{Every: Weekly, Day: 1}, "2026-11-22T12:00:00+03:00", "2026-11-23T03:00:00+03:00"},
		{Plan{Every: Weekly, Day: 7}, "2026-11-22T02:59:00+03:00", "2026-11-22T03:00:00+03:00"},
		{Plan{Every: Weekly, Day: 7}, "2026-11-22T03:00:00+03:00", "2026-11-29T03:00:00+03:00"},
		{Plan{Every: Monthly, Day: 28}, "2026-11-29T00:00:00+03:00", "2026-12-28T03:00:00+03:00"},
		{Plan{Every: Monthly, Day: 1}, "2026-12-31T23:30:00Z", "2027-01-01T03:00:00+03:00"}, // the first has begun in the zone
		{Plan{Every: Quarterly, Day: 5}, "2026-11-22T00:00:00+03:00", "2027-01-05T03:00:00+03:00"},
		{Plan{Every: Quarterly, Day: 5}, "2027-04-05T02:00:00+03:00", "2027-04-05T03:00:00+03:00"},
	} {
		after, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.plan.next(after, zone, 3).Format(time.RFC3339); got != c.want {
			t.Errorf("%+v after %s: %s, want %s", c.plan, c.after, got, c.want)
		}
	}
}
