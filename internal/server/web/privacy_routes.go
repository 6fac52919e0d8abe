// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"podpis/internal/server/web/cabinet"
	"podpis/internal/server/web/console"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
)

// privacyRoutes are a person's own data, and the register of breaches.
func privacyRoutes(mux *http.ServeMux, b *page.Base, s *cabinet.Privacy, c *console.Privacy) {
	whole := func(h page.HolderHandler) http.Handler { return b.Holder(b.Whole(h)) }
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /c/{pid}"+pattern, whole(h)) }
	post := func(pattern string, h page.HolderHandler) { mux.Handle("POST /c/{pid}"+pattern, bound(b, whole(h))) }
	get("/security/privacy", s.Show)
	get("/security/privacy/data.zip", b.StepUp(s.Export))
	post("/security/privacy/ask", s.Ask)
	post("/security/privacy/withdraw", b.StepUp(s.Withdraw))
	post("/security/privacy/outlet", s.TakeOutlet)
	post("/security/privacy/close", b.StepUp(s.Close))
	post("/security/privacy/keep", s.Keep)

	admin := func(h page.HolderHandler) http.Handler { return b.StaffOf(h, auth.Administrator) }
	mux.Handle("GET /admin/breaches", admin(c.Breaches))
	mux.Handle("POST /admin/breaches", bound(b, admin(b.StepUp(c.Enter))))
	mux.Handle("POST /admin/breaches/{id}/tell", bound(b, admin(c.Done("tell"))))
	mux.Handle("POST /admin/breaches/{id}/results", bound(b, admin(c.Done("results"))))
}
