// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package policy_test

import (
	"context"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/db/dbtest"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
)

var rules = []policy.Rule{
	{Key: "auth.tries", Kind: policy.Number, Default: "3"},
	{Key: "auth.pause", Kind: policy.Duration, Default: "5m"},
	{Key: "auth.second", Kind: policy.Switch, Default: "false"},
	{Key: "ca.name", Kind: policy.Text, Default: "УЦ"},
}

func TestValuesInForce(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	d := dbtest.OpenClock(t, func() time.Time { return now })
	b, err := policy.New(rules)
	if err != nil {
		t.Fatal(err)
	}
	write := func(f func(ctx context.Context, tx *db.Tx) error) error { return d.Write(t.Context(), f) }
	set := func(key, value string, from, to time.Time) error {
		return write(func(ctx context.Context, tx *db.Tx) error { return b.Set(ctx, tx, "admin", key, value, from, to) })
	}
	tries := func() (n int64) {
		err := d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) (err error) {
			n, err = b.Number(ctx, tx, "auth.tries")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if got := tries(); got != 3 {
		t.Errorf("before Install: %d, want the default", got)
	}
	for range 2 { // the second start changes nothing
		if err := write(b.Install); err != nil {
			t.Fatal(err)
		}
		if err := set("auth.tries", "5", now.Add(time.Hour), time.Time{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := set("auth.tries", "9", now.Add(2*time.Hour), now.Add(3*time.Hour)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		after time.Duration
		want  int64
	}{{0, 3}, {59 * time.Minute, 3}, {1 * time.Minute, 5}, {time.Hour, 9}, {time.Hour, 5}} {
		now = now.Add(c.after)
		if got := tries(); got != c.want {
			t.Errorf("at %v: %d tries, want %d", now, got, c.want)
		}
	}
	err = d.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		pause, err1 := b.Duration(ctx, tx, "auth.pause")
		second, err2 := b.Switch(ctx, tx, "auth.second")
		name, err3 := b.String(ctx, tx, "ca.name")
		if pause != 5*time.Minute || second || name != "УЦ" || err1 != nil || err2 != nil || err3 != nil {
			t.Errorf("values: %v %v %q; %v %v %v", pause, second, name, err1, err2, err3)
		}
		history, err := b.History(ctx, tx, "auth.tries")
		if err != nil || len(history) != 3 || history[0].ChangedBy != "default" || history[1].ChangedBy != "admin" {
			t.Errorf("history: %+v, %v", history, err)
		}
		all, err := b.All(ctx, tx)
		if err != nil || len(all) != 6 {
			t.Errorf("%d rows, %v; want 6", len(all), err)
		}
		for _, bad := range []func() error{
			func() error { _, err := b.Number(ctx, tx, "no.such"); return err },
			func() error { _, err := b.Duration(ctx, tx, "no.such"); return err },
			func() error { _, err := b.Switch(ctx, tx, "no.such"); return err },
		} {
			if bad() == nil {
				t.Error("a policy that is not declared has a value")
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestRefusedValues(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	d := dbtest.Open(t)
	b, err := policy.New(rules)
	if err != nil {
		t.Fatal(err)
	}
	set := func(key, value string, from, to time.Time) error {
		return d.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { return b.Set(ctx, tx, "admin", key, value, from, to) })
	}
	for name, c := range map[string]struct {
		err  error
		want problem.Kind
	}{
		"unknown":  {set("no.such", "1", now, time.Time{}), problem.NotFound},
		"number":   {set("auth.tries", "three", now, time.Time{}), problem.Invalid},
		"duration": {set("auth.pause", "5", now, time.Time{}), problem.Invalid},
		"switch":   {set("auth.second", "maybe", now, time.Time{}), problem.Invalid},
		"term":     {set("auth.tries", "1", now, now), problem.Invalid},
	} {
		if got := problem.KindOf(c.err); got != c.want {
			t.Errorf("%s: %v, want %v", name, c.err, c.want)
		}
	}
}

func TestBadDeclarations(t *testing.T) {
	t.Parallel()
	for name, lists := range map[string][][]policy.Rule{
		"twice":   {rules, rules[:1]},
		"default": {{{Key: "a", Kind: policy.Number, Default: "x"}}},
		"kind":    {{{Key: "a", Kind: "colour", Default: "x"}}},
	} {
		if _, err := policy.New(lists...); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	b, _ := policy.New(rules)
	if r, ok := b.Rule("auth.tries"); !ok || r.Default != "3" {
		t.Errorf("rule: %+v, %v", r, ok)
	}
}
