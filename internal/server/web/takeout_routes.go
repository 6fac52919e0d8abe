// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"podpis/internal/server/web/cabinet"
	"podpis/internal/server/web/page"
)

// takeoutRoutes are the archives of one's own data by a plan. What begins to hand data out, and what hands it out,
// asks for a fresh second step.
func takeoutRoutes(mux *http.ServeMux, b *page.Base, s *cabinet.Takeouts) {
	whole := func(h page.HolderHandler) http.Handler { return b.Holder(b.Whole(h)) }
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /c/{pid}"+pattern, whole(h)) }
	post := func(pattern string, h page.HolderHandler) { mux.Handle("POST /c/{pid}"+pattern, bound(b, whole(h))) }

	get("/security/takeout", s.Show)
	post("/security/takeout", b.StepUp(s.Set))
	post("/security/takeout/now", b.StepUp(s.Now))
	post("/security/takeout/resume", b.StepUp(s.Pause(false)))
	post("/security/takeout/pause", s.Pause(true))
	post("/security/takeout/end", s.End)
	get("/security/takeout/{id}/archive.zip", b.StepUp(s.Archive))
}
