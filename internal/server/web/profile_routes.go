// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"podpis/internal/server/web/cabinet"
	"podpis/internal/server/web/page"
	"podpis/internal/server/web/public"
)

// profileRoutes are what a person keeps of themselves: contacts, documents, extracts,
// requisites, settings.
func profileRoutes(mux *http.ServeMux, b *page.Base, mine *cabinet.Site, p Parts) {
	whole := func(h page.HolderHandler) http.Handler { return b.Holder(b.Whole(h)) }
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /c/{pid}"+pattern, whole(h)) }
	post := func(pattern string, h page.HolderHandler) { mux.Handle("POST /c/{pid}"+pattern, bound(b, whole(h))) }

	c := &cabinet.Contacts{Base: b, Contacts: p.Contacts}
	get("/profile/contacts", c.Show)
	post("/profile/contacts/{kind}", b.StepUp(c.Ask))
	post("/profile/contacts/{kind}/code", b.StepUp(c.Confirm))
	post("/profile/contacts/{kind}/resend", c.Resend)
	post("/profile/contacts/{kind}/drop", c.Drop)

	d := &cabinet.Documents{Site: mine, Documents: p.Documents}
	get("/documents", d.List)
	mux.Handle("POST /c/{pid}/documents", whole(d.Upload))
	get("/documents/{id}", d.File)
	post("/documents/{id}/delete", d.Delete(false))
	post("/documents/{id}/restore", d.Delete(true))
	get("/registry/extracts", d.Extracts)
	post("/registry/extracts", d.Extract)
	get("/requisites", d.Requisites)
	post("/requisites", d.SetRequisites)
	get("/settings", d.Settings)
	m := &cabinet.Corrections{Documents: d, Desk: p.Support}
	get("/registry/correct", m.Form)
	mux.Handle("POST /c/{pid}/registry/correct", whole(m.Send))

	stop := &public.ContactStops{Base: b, Contacts: p.Contacts}
	mux.Handle("GET /contacts/stop/{token}", b.Handle(stop.Stop))
	mux.Handle("POST /contacts/stop/{token}", bound(b, b.Handle(stop.StopDone)))
}
