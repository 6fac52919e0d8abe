// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package servicetest

import (
	"context"

	"podpis/internal/platform/db"
	"podpis/internal/service/inbox"
	"podpis/internal/service/news"
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
