// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"podpis/internal/server/web/cabinet"
	"podpis/internal/server/web/page"
	"podpis/internal/server/web/public"
)

// profileRoutes are what a person keeps of themselves: contacts.
func profileRoutes(mux *http.ServeMux, b *page.Base, p Parts) {
	whole := func(h page.HolderHandler) http.Handler { return b.Holder(b.Whole(h)) }
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /c/{pid}"+pattern, whole(h)) }
	post := func(pattern string, h page.HolderHandler) { mux.Handle("POST /c/{pid}"+pattern, bound(b, whole(h))) }

	c := &cabinet.Contacts{Base: b, Contacts: p.Contacts}
	get("/profile/contacts", c.Show)
	post("/profile/contacts/{kind}", b.StepUp(c.Ask))
	post("/profile/contacts/{kind}/code", b.StepUp(c.Confirm))
	post("/profile/contacts/{kind}/resend", c.Resend)
	post("/profile/contacts/{kind}/drop", c.Drop)
	stop := &public.ContactStops{Base: b, Contacts: p.Contacts}
	mux.Handle("GET /contacts/stop/{token}", b.Handle(stop.Stop))
	mux.Handle("POST /contacts/stop/{token}", bound(b, b.Handle(stop.StopDone)))
}
