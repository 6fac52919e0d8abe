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
)

// registryRoutes are roles, the register of the state, services and search.
func registryRoutes(mux *http.ServeMux, b *page.Base, open *public.Site, s *cabinet.Site, staff *console.Site) {
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /c/{pid}"+pattern, b.Holder(h)) }
	post := func(pattern string, h page.HolderHandler) { mux.Handle("POST /c/{pid}"+pattern, bound(b, b.Holder(h))) }

	mux.Handle("GET /help/registry", b.Handle(open.Text("registry")))
	mux.Handle("GET /roles", b.Handle(b.ChooseRole))
	mux.Handle("POST /roles", bound(b, b.Handle(b.RoleChosen)))
	mux.Handle("GET /roles/confirm/{token}", b.Person(s.RoleLink))
	mux.Handle("POST /roles/confirm/{token}", bound(b, b.Person(s.RoleConfirmed)))
	get("/roles/new", s.NewRole)
	post("/roles/new", s.AskRole)
	post("/roles/requests/{id}/withdraw", s.WithdrawRole)
	get("/registry", s.Register)
	post("/registry/own", s.SetOwn)
	get("/registry/compare", s.Comparing)
	post("/registry/compare", s.Compare)
	post("/registry/take", s.TakeRow)
	get("/registry/activities", s.Activities)
	get("/licences", s.Licences)
	get("/services", s.Services)
	get("/kep", s.KEP)
	get("/search", s.Search)
	mux.Handle("GET /op/roles", b.StaffOf(staff.Roles, auth.Operator))
	mux.Handle("POST /op/roles/{id}", bound(b, b.StaffOf(staff.DecideRole, auth.Operator)))
}
