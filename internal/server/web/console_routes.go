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

// employeeRoutes are the sign-in of staff by a directory of their company.
func employeeRoutes(mux *http.ServeMux, b *page.Base, s *public.Site) {
	mux.Handle("GET /login/staff", b.Handle(s.StaffLogin))
	mux.Handle("POST /login/staff/{provider}", bound(b, b.Handle(s.StaffLoginDone)))
}

// staffSecurityRoutes are the own ways in of staff: the pages of a cabinet's security,
// without what only holders have.
func staffSecurityRoutes(mux *http.ServeMux, b *page.Base, s *cabinet.Site) {
	wayRoutes(mux, b, s, "/staff/security", func(h page.HolderHandler) http.Handler { return b.StaffOf(h, auth.StaffRoles()...) })
}

// deskRoutes are the queue of applications.
func deskRoutes(mux *http.ServeMux, b *page.Base, s *console.Site) {
	mux.Handle("GET /op/{$}", http.RedirectHandler("/op/applications", http.StatusSeeOther))
	mux.Handle("GET /op/applications", b.StaffOf(s.Queue, auth.Operator))
	mux.Handle("GET /op/applications/{id}", b.StaffOf(s.Application, auth.Operator))
	mux.Handle("GET /op/applications/{id}/files/{file}", b.StaffOf(s.File, auth.Operator))
	// What opens asks for a step that was shown lately: a desk is left unlocked for a minute, and a certificate is for a year.
	mux.Handle("POST /op/applications/{id}/approve", bound(b, b.StaffOf(b.StepUp(s.Decide("approve")), auth.Operator)))
	for _, decision := range []string{"return", "refuse"} {
		mux.Handle("POST /op/applications/{id}/"+decision, bound(b, b.StaffOf(s.Decide(decision), auth.Operator)))
	}
}
