// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"podpis/internal/server/web/cabinet"
	"podpis/internal/server/web/page"
)

// habitRoutes are the list of good habits and the copies of keys.
func habitRoutes(mux *http.ServeMux, b *page.Base, s *cabinet.Site) {
	whole := func(h page.HolderHandler) http.Handler { return b.Holder(b.Whole(h)) }
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /c/{pid}"+pattern, whole(h)) }
	post := func(pattern string, h page.HolderHandler) { mux.Handle("POST /c/{pid}"+pattern, bound(b, whole(h))) }

	get("/security/habits", s.GoodHabits)
	post("/security/habits/done", s.HabitDone)
	get("/keys", s.Keys)
	get("/keys/backups", s.KeyCopies)
	post("/keys/backups", s.AddKeyCopy)
	post("/keys/backups/{id}/confirm", s.ChangeKeyCopy("confirm"))
	post("/keys/backups/{id}/end", s.ChangeKeyCopy("end"))
}
