// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"time"

	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/service/auth/approve"
	"podpis/internal/service/factor"
	"podpis/internal/service/push"
	"podpis/verify/fetch"
)

// openPush makes what tells devices, and the second step that they approve. Addresses of
// subscriptions are strangers' words: the guard of package fetch stands before each call.
func (a *App) openPush(ctx context.Context, policies *policy.Book, teller *notify.Teller, words *locale.Bundle, factors *factor.Service) error {
	client := fetch.Options{Timeout: 10 * time.Second, AllowLoopback: a.settings.Training}.HTTP()
	a.push = push.New(push.Parts{
		DB: a.db, Ring: a.ring, Policies: policies, Teller: teller, Words: words, Client: client, Plain: a.settings.Training, PublicURL: a.settings.PublicURL,
	})
	a.push.Work(a.runner)
	a.approvals = approve.New(a.db, a.ring, policies, a.accounts, factors)
	a.approvals.Work(a.runner)
	return a.db.Write(ctx, a.push.Install)
}
