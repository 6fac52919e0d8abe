// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"podpis/internal/server/web/cabinet"
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
	staff := func(h page.HolderHandler) http.Handler { return b.StaffOf(h, auth.StaffRoles()...) }
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /staff/security"+pattern, staff(h)) }
	post := func(pattern string, h page.HolderHandler) {
		mux.Handle("POST /staff/security"+pattern, bound(b, staff(h)))
	}
	get("", s.Security)
	get("/password", b.StepUp(s.ChangePassword))
	post("/password", b.StepUp(s.ChangePasswordDone))
	get("/sessions", s.Sessions)
	post("/sessions/others", s.EndOtherSessions)
	post("/sessions/{id}/end", s.EndSession)
	get("/second", b.StepUp(s.SecondStep))
	post("/second/codes", b.StepUp(s.MakeCodes))
	get("/second/codes", b.StepUp(s.Codes))
	get("/second/codes.txt", b.StepUp(s.CodesFile))
	post("/second/codes/confirm", b.StepUp(s.ConfirmCodes))
	post("/second/app", b.StepUp(s.AddApp))
	get("/second/app", b.StepUp(s.App))
	get("/second/app.png", b.StepUp(s.AppPicture))
	post("/second/app/confirm", b.StepUp(s.ConfirmApp))
	get("/second/passkey", b.StepUp(s.Passkey))
	post("/second/passkey/add/ask", b.StepUp(s.AddPasskeyAsk))
	post("/second/passkey/add", b.StepUp(s.AddPasskey))
	get("/second/certificate", b.StepUp(s.BindCertificate))
	post("/second/certificate/ask", b.StepUp(s.BindCertificateAsk))
	post("/second/certificate", b.StepUp(s.BindCertificateDone))
	post("/second/sms", b.StepUp(s.AddSMS))
	get("/second/sms", b.StepUp(s.SMS))
	post("/second/sms/confirm", b.StepUp(s.ConfirmSMS))
	post("/second/remove/{id}", b.StepUp(s.RemoveMethod))
}
