// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"podpis/internal/server/web/cabinet"
	"podpis/internal/server/web/page"
	"podpis/internal/server/web/public"
)

// powerForm bounds the form that carries a power with its signature.
const powerForm = 6 << 20

// peopleRoutes are who acts for an organisation, and powers of attorney.
func peopleRoutes(mux *http.ServeMux, b *page.Base, open *public.Site, s *cabinet.Site) {
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /c/{pid}/people"+pattern, b.Holder(h)) }
	post := func(pattern string, h page.HolderHandler) {
		mux.Handle("POST /c/{pid}/people"+pattern, bound(b, b.Holder(h)))
	}
	file := func(pattern string, h page.HolderHandler) {
		mux.Handle("POST /c/{pid}/people"+pattern, boundTo(powerForm, b, b.Holder(h)))
	}

	mux.Handle("GET /powers/{guid}", b.Handle(open.Power))
	mux.Handle("GET /people/join/{token}", b.Handle(s.Joining))
	mux.Handle("POST /people/join/{token}", bound(b, b.Person(s.Joined)))
	get("", s.Employees)
	get("/members/new", b.StepUp(s.Invite)) // who else acts for an organisation is as grave as a key
	post("/members/new", b.StepUp(s.InviteDone))
	get("/members/{id}", s.Employee)
	post("/members/{id}", b.StepUp(s.ChangeEmployee))
	post("/members/{id}/again", b.StepUp(s.InviteAgain))
	post("/members/{id}/dismiss", s.Dismiss)
	get("/powers/new", b.StepUp(s.NewPower))
	post("/powers/new", b.StepUp(s.MakePower))
	get("/powers/import", b.StepUp(s.ImportPower))
	file("/powers/import", b.StepUp(s.PowerImported))
	get("/powers/{id}", s.Power)
	get("/powers/{id}/{file}", s.PowerFile)
	file("/powers/{id}/sign", b.StepUp(s.SignPower))
	post("/powers/{id}/revoke", s.RevokePower)
}
