// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package servicetest

import (
	"context"

	"podpis/internal/platform/notify"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/external"
	"podpis/internal/service/auth/signup"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
)

// openAccounts makes what lets people in, and what leads them to an account.
func (w *World) openAccounts() {
	w.t.Helper()
	departments, err := identity.SampleDepartments()
	if err != nil {
		w.t.Fatal(err)
	}
	w.Factors, err = factor.New(factor.Parts{DB: w.DB, Ring: w.Ring, Policies: w.Book, Judge: w.judge, PublicURL: PublicURL, Name: "Подпись"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Factors.Work(w.Runner)
	w.Teller = notify.NewTeller(w.notices, w.Words, PublicURL)
	w.Accounts = auth.New(auth.Parts{
		Outside: w.Federation,
		DB:      w.DB, Ring: w.Ring, Policies: w.Book, Notices: w.notices, Words: w.Words, Teller: w.Teller, Persons: w.Persons, Factors: w.Factors,
		PublicURL: PublicURL,
		Cost:      auth.Cost{Memory: 64, Passes: 1, Lanes: 1},
	})
	w.Accounts.Work(w.Runner)
	w.Signups = signup.New(signup.Parts{
		DB: w.DB, Ring: w.Ring, Policies: w.Book, Persons: w.Persons, Factors: w.Factors, Accounts: w.Accounts, Outside: w.Federation, Departments: departments,
	})
	w.Signups.Work(w.Runner)
	w.External = external.New(external.Parts{DB: w.DB, Policies: w.Book, Persons: w.Persons, Accounts: w.Accounts, Signups: w.Signups, Outside: w.Federation})
}

// Client is where the requests of tests come from.
func Client() auth.Client { return auth.Client{Network: "192.0.2.1", Device: "Test"} }

// Password is good by the rules.
const Password = "Зимний лес 42!" //nolint:gosec // of accounts that exist in tests only

// SignUp makes an account by the steps of the sign-up, and returns it with the
// token of its first session.
func (w *World) SignUp(phone, mail string, p identity.Person) (auth.Account, string) {
	w.t.Helper()
	ctx := context.Background()
	must := func(err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
	}
	token, err := w.Signups.Start(ctx, "", phone, Client())
	must(err)
	must(w.Signups.ConfirmPhone(ctx, token, w.Code(phone)))
	must(w.Signups.SetMailAndPassword(ctx, token, mail, Password))
	must(w.Signups.SetName(ctx, token, p))
	must(w.Signups.SetDocuments(ctx, token, p))
	session, err := w.Signups.Finish(ctx, token, true, Client())
	must(err)
	s, err := w.Accounts.Session(ctx, session)
	must(err)
	return s.Account, session
}
