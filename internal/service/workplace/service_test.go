// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package workplace_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/policy"
	"podpis/internal/service/workplace"
	"podpis/stand/ntp"
)

// TestClockIsCompared asks real time servers over UDP: the middle answer counts, servers
// that do not know the time or do not answer do not, and silence leaves no old reading.
func TestClockIsCompared(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	base, err := db.Open(ctx, db.Config{DataDir: t.TempDir()})
	must(t, err)
	t.Cleanup(func() { must(t, base.Close()) })
	book, err := policy.New(workplace.Rules())
	must(t, err)
	must(t, base.Write(ctx, book.Install))
	var log bytes.Buffer
	s := workplace.New(workplace.Parts{DB: base, Policies: book, Log: slog.New(slog.NewTextHandler(&log, nil))})

	compare := func() (workplace.Reading, bool) {
		t.Helper()
		every, err := s.Compare(ctx)
		must(t, err)
		if every != time.Hour {
			t.Errorf("asks again after %v", every)
		}
		return s.Clock()
	}
	if _, ok := compare(); ok {
		t.Error("a reading without servers")
	}
	servers := make([]*ntp.Server, 3)
	var list []string
	for i := range servers {
		servers[i], err = ntp.Start("127.0.0.1:0")
		must(t, err)
		t.Cleanup(func() { must(t, servers[i].Close()) })
		list = append(list, servers[i].Addr())
	}
	must(t, base.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return book.Set(ctx, tx, "admin", workplace.PolicyNTP, strings.Join(list, " "), tx.Now(), time.Time{})
	}))

	set := func(shifts [3]time.Duration, failures [3]ntp.Failure) {
		for i, server := range servers {
			server.Set(shifts[i], failures[i])
		}
	}
	near := func(got, want time.Duration) bool { return (got - want).Abs() < 500*time.Millisecond }
	set([3]time.Duration{0, 20 * time.Millisecond, -time.Hour}, [3]ntp.Failure{})
	if r, ok := compare(); !ok || r.Servers != 3 || !near(r.Offset, 0) {
		t.Errorf("with a liar: %+v %v", r, ok)
	}
	log.Reset()
	set([3]time.Duration{90 * time.Second, time.Hour, time.Hour}, [3]ntp.Failure{ntp.None, ntp.Unsure, ntp.Deny})
	if r, ok := compare(); !ok || r.Servers != 1 || !near(r.Offset, 90*time.Second) {
		t.Errorf("two that do not know: %+v %v", r, ok)
	}
	if !strings.Contains(log.String(), "the clock of this computer is off") {
		t.Errorf("nothing said of 90 seconds: %s", log.String())
	}
	set([3]time.Duration{}, [3]ntp.Failure{ntp.Broken, ntp.Deny, ntp.Unsure})
	if r, ok := compare(); ok {
		t.Errorf("an old reading stays: %+v", r)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
