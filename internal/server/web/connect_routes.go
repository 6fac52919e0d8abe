// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"podpis/internal/server/web/console"
	"podpis/internal/server/web/page"
	"podpis/internal/server/web/public"
	"podpis/internal/service/auth"
)

// connectRoutes are requests to be connected, and the queue of who calls back.
func connectRoutes(mux *http.ServeMux, b *page.Base, p Parts) {
	open := &public.Connections{Base: b, Connections: p.Connections, Documents: p.Documents, Guard: p.Guard, Consult: p.Consult}
	mux.Handle("GET /connect", b.Handle(open.Form))
	mux.Handle("POST /connect", bound(b, b.Handle(open.Ask)))
	mux.Handle("GET /connect/state/{token}", b.Handle(open.State))
	op := &console.Connections{Base: b, Connections: p.Connections}
	mux.Handle("GET /op/connections", b.StaffOf(op.Queue, auth.Operator))
	mux.Handle("GET /op/connections/{id}", b.StaffOf(op.Request, auth.Operator))
	mux.Handle("POST /op/connections/{id}", bound(b, b.StaffOf(op.Move, auth.Operator)))
}
