// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"podpis/internal/server/web/cabinet"
	"podpis/internal/server/web/console"
	"podpis/internal/server/web/page"
	"podpis/internal/server/web/public"
	"podpis/internal/service/auth"
	"podpis/internal/service/news"
)

// newsRoutes are the news: of everybody, of a role, and where they are written.
func newsRoutes(mux *http.ServeMux, b *page.Base, s *news.Service) {
	open := &public.News{Base: b, News: s}
	mux.Handle("GET /news", b.Handle(open.List))
	mux.Handle("GET /news.atom", b.Handle(open.Feed))
	mux.Handle("GET /news/{id}", b.Handle(open.Item))
	mux.Handle("GET /news/{id}/event.ics", b.Handle(open.Event))

	mine := &cabinet.News{Base: b, News: s}
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /c/{pid}/news"+pattern, b.Holder(h)) }
	get("", mine.List)
	get("/{id}", mine.Item)
	get("/{id}/event.ics", mine.Event)
	mux.Handle("POST /c/{pid}/news", bound(b, b.Holder(mine.Choose)))
	mux.Handle("POST /c/{pid}/news/{id}", bound(b, b.Holder(mine.Answer)))

	desk := &console.News{Site: &console.Site{Base: b}, News: s}
	staff := func(h page.HolderHandler) http.Handler {
		return bound(b, b.StaffOf(h, auth.Operator, auth.Administrator))
	}
	mux.Handle("GET /staff/news", staff(desk.List))
	mux.Handle("GET /staff/news/new", staff(desk.Edit))
	mux.Handle("POST /staff/news/new", staff(desk.Save))
	mux.Handle("GET /staff/news/{id}", staff(desk.Item))
	mux.Handle("GET /staff/news/{id}/edit", staff(desk.Edit))
	mux.Handle("POST /staff/news/{id}/edit", staff(desk.Save))
	for _, what := range []string{"publish", "withdraw", "drop"} {
		mux.Handle("POST /staff/news/{id}/"+what, staff(b.StepUp(desk.Move(what))))
	}
}
