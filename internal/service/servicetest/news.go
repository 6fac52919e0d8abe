// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package servicetest

import (
	"context"
	"net/http"

	"podpis/internal/platform/db"
	"podpis/internal/service/inbox"
	"podpis/internal/service/news"
	"podpis/internal/service/support/chat"
)

// openNews makes the news of a world with a desk.
func (w *World) openNews() {
	w.News = news.New(news.Parts{DB: w.DB, Policies: w.Book, Teller: w.Teller, Accounts: w.Accounts, Registry: w.Registry})
	w.News.Work(w.Runner)
}

// terms are the webinars that somebody comes to.
func (w *World) terms(ctx context.Context, tx *db.Tx, accountID string) (list []inbox.Term, err error) {
	if w.News == nil {
		return nil, nil
	}
	come, err := w.News.Terms(ctx, tx, accountID)
	for _, t := range come {
		list = append(list, inbox.Term{ID: t.ID, At: t.Starts, End: t.Ends, Kind: "webinar", Title: t.Title})
	}
	return list, err
}

// BridgeSecret signs messages of other chats in a world.
const BridgeSecret = "secret-of-the-bridge"

// openChats makes the conversations of a world.
func (w *World) openChats() {
	w.Chats = chat.New(chat.Parts{
		DB: w.DB, Ring: w.Ring, Policies: w.Book, Accounts: w.Accounts, Tickets: w.Support, Bridge: chat.Bridge{Secret: BridgeSecret, Client: http.DefaultClient},
	})
	w.Chats.Work(w.Runner)
}
