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

// consultRoutes are orders by phone. The offer of another carrier is a ticket's.
func consultRoutes(mux *http.ServeMux, b *page.Base, p Parts, mine *cabinet.Site) {
	op := &console.Orders{Base: b, Consult: p.Consult}
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /op"+pattern, b.StaffOf(h, auth.Operator)) }
	post := func(pattern string, h page.HolderHandler) {
		mux.Handle("POST /op"+pattern, bound(b, b.StaffOf(h, auth.Operator)))
	}
	get("/orders", op.Queue)
	get("/orders/new", op.Form)
	post("/orders", op.Take)
	get("/orders/{id}", op.Order)
	post("/orders/{id}/cancel", op.Cancel)
	get("/clients/{id}/order", op.Client)
	post("/clients/{id}/order", op.Prepare)
	mux.Handle("POST /c/{pid}/applications/{id}/take", bound(b, b.Holder(mine.TakePrepared)))
}
