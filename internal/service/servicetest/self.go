// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package servicetest

import (
	"context"

	"podpis/internal/platform/blob"
	"podpis/internal/platform/policy"
	"podpis/internal/service/habit"
	"podpis/internal/service/takeout"
)

// Self is what people do for themselves.
type Self struct {
	Habits   *habit.Service
	Takeout  *takeout.Service
	Unsigned error // why the installation signs no lists of archives; nil: it does
}

func selfRules() []policy.Rule { return append(habit.Rules(), takeout.Rules()...) }

func (w *World) openSelf() {
	w.t.Helper()
	w.Habits = habit.New(habit.Parts{DB: w.DB, Ring: w.Ring, Policies: w.Book, Accounts: w.Accounts, Persons: w.Persons, Factors: w.Factors, Teller: w.Teller})
	w.Habits.Work(w.Runner)
	blobs, err := blob.Open(w.Blobs)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Takeout = takeout.New(takeout.Parts{
		DB: w.DB, Ring: w.Ring, Policies: w.Book, Blobs: blobs, Accounts: w.Accounts, Persons: w.Persons, Teller: w.Teller, Privacy: w.Privacy, Documents: w.Documents,
		Desk: w.Desk, Authority: w.Authority, Zone: w.Words.For("ru").Location(), Seal: func(ctx context.Context, by, object string, content []byte) ([]byte, error) {
			if w.Unsigned != nil {
				return nil, w.Unsigned
			}
			return w.Verdicts.Detached(ctx, by, object, content)
		},
	})
	w.Takeout.Work(w.Runner)
}
