// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"net/http"
	"time"

	"podpis/internal/platform/blob"
	"podpis/internal/platform/db"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/valve"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
	"podpis/internal/service/inbox"
	"podpis/internal/service/recovery"
	"podpis/internal/service/support"
	"podpis/internal/service/support/chat"
	"podpis/verify/fetch"
)

// SupportSettings say how letters come back, and who else takes those we send.
type SupportSettings struct {
	// KeyFile holds what a mail server shows to hand over what it got.
	KeyFile string `toml:"key_file"`
	// Bridge carries messages of other chats: both directions are signed with the secret of its
	// token_file (docs/design/bridge.md).
	Bridge OutletSettings `toml:"bridge"`
	// Portal and Push take letters over HTTP; on a training installation the stand's.
	Portal OutletSettings `toml:"portal"`
	Push   OutletSettings `toml:"push"`
}

// OutletSettings are an address that takes letters, and what we show there.
type OutletSettings struct {
	URL       string `toml:"url"`
	TokenFile string `toml:"token_file"`
}

// openSupport makes the desk of those who cannot go on, and the inbox. It returns the key
// that a mail server shows.
func (a *App) openSupport(ctx context.Context, policies *policy.Book, teller *notify.Teller, blobs *blob.Store, persons *identity.Service, words *locale.Bundle, factors *factor.Service) (mailKey string, err error) {
	a.support = support.New(support.Parts{
		DB: a.db, Ring: a.ring, Policies: policies, Teller: teller, Blobs: blobs, Accounts: a.accounts,
		PublicURL: a.settings.PublicURL,
	})
	a.support.Work(a.runner)
	a.recovery = recovery.New(recovery.Parts{
		DB: a.db, Ring: a.ring, Policies: policies, Teller: teller, Persons: persons, Accounts: a.accounts, Tickets: a.support,
		Factor: recovery.ByFactors(factors), PublicURL: a.settings.PublicURL,
	})
	a.recovery.Work(a.runner)
	bridge, err := secret(a.settings.Support.Bridge.TokenFile)
	if err != nil {
		return "", err
	}
	a.chats = chat.New(chat.Parts{DB: a.db, Ring: a.ring, Policies: policies, Accounts: a.accounts, Tickets: a.support, Bridge: chat.Bridge{
		Secret: bridge, URL: a.settings.Support.Bridge.URL, Client: &http.Client{Timeout: 30 * time.Second},
	}})
	a.chats.Work(a.runner)
	if a.outlets, err = a.openOutlets(); err != nil {
		return "", err
	}
	a.letters = inbox.New(inbox.Parts{
		DB: a.db, Ring: a.ring, Policies: policies, Teller: teller, Words: words, Accounts: a.accounts, Terms: a.terms, Outlets: a.outlets,
		Hooks: fetch.Options{Timeout: 10 * time.Second, AllowLoopback: a.settings.Training}.HTTP(),
	})
	a.letters.Work(a.runner)
	if err := a.openPush(ctx, policies, teller, words, factors); err != nil {
		return "", err
	}
	return secret(a.settings.Support.KeyFile)
}

// terms are the dates that the desk knows, and the webinars somebody comes to.
func (a *App) terms(ctx context.Context, tx *db.Tx, accountID string) (list []inbox.Term, err error) {
	ends, err := a.desk.Ends(ctx, tx, accountID)
	for _, e := range ends {
		list = append(list, inbox.Term{ID: e.Serial, At: e.At, Kind: "certificate", Title: e.Number + ", " + e.Title})
	}
	if err != nil {
		return nil, err
	}
	come, err := a.news.Terms(ctx, tx, accountID)
	for _, t := range come {
		list = append(list, inbox.Term{ID: t.ID, At: t.Starts, End: t.Ends, Kind: "webinar", Title: t.Title})
	}
	return list, err
}

// openOutlets makes the systems outside that take letters.
func (a *App) openOutlets() (list []inbox.Outlet, err error) {
	for _, o := range []struct {
		name     string
		settings OutletSettings
		classes  []notify.Class
		kinds    []string
		asked    bool
	}{
		{"portal", a.settings.Support.Portal, []notify.Class{notify.Reminder}, []string{"certificate.ending"}, true},
		{"push", a.settings.Support.Push, []notify.Class{notify.Security, notify.Case, notify.Reminder, notify.Demand}, nil, false},
	} {
		token, err := secret(o.settings.TokenFile)
		if err != nil {
			return nil, err
		}
		address := o.settings.URL
		if a.stand != nil {
			service := map[string]string{"portal": "inbox", "push": "push"}[o.name]
			address, token = a.stand.servers.Portal.URL(service), a.stand.servers.Portal.Key()
		}
		if address != "" {
			list = append(list, inbox.Outlet{Name: o.name, URL: address, Token: token, Classes: o.classes, Kinds: o.kinds, Asked: o.asked, Client: &http.Client{Timeout: 30 * time.Second, Transport: valve.Transport(a.db, o.name, nil)}})
		}
	}
	return list, nil
}
