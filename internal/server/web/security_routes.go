// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"podpis/internal/server/web/cabinet"
	"podpis/internal/server/web/page"
	"podpis/internal/server/web/public"
)

// signInRoutes are the ways in and their second step.
func signInRoutes(mux *http.ServeMux, b *page.Base, s *public.Site) {
	get := func(pattern string, h page.Handler) { mux.Handle("GET "+pattern, b.Handle(h)) }
	post := func(pattern string, h page.Handler) { mux.Handle("POST "+pattern, bound(b, b.Handle(h))) }

	get("/login", s.Login)
	post("/login", s.LoginPassword)
	get("/login/phone", s.LoginPhone)
	post("/login/phone", s.LoginPhoneAsk)
	get("/login/code", s.LoginCode)
	post("/login/code", s.LoginCodeDone)
	post("/login/resend", s.LoginResend)
	get("/login/certificate", s.LoginCertificate)
	post("/login/certificate/ask", s.CertificateAsk)
	post("/login/certificate", s.CertificateDone)
	post("/login/certificate/step/ask", s.CertificateStepAsk)
	post("/login/certificate/step", s.CertificateStepDone)
	post("/login/passkey/ask", s.PasskeyAsk)
	post("/login/passkey", s.PasskeyDone)
	post("/login/passkey/step/ask", s.PasskeyStepAsk)
	post("/login/passkey/step", s.PasskeyStepDone)
	get("/login/second", s.Second)
	post("/login/second", s.SecondDone)
	post("/login/second/ask", s.SecondAsk)
	get("/login/password", s.Password)
	post("/login/password", s.PasswordDone)
	get("/not-me/{token}", s.NotMe)
	post("/not-me/{token}", s.NotMeDone)
	get(page.SessionPath, s.SessionLeft)
	post(page.SessionPath, s.SessionLeft)
	post("/logout", s.Logout)
}

// securityRoutes are what a person sees and changes of their ways in.
func securityRoutes(mux *http.ServeMux, b *page.Base, s *cabinet.Site) {
	whole := func(h page.HolderHandler) http.Handler { return b.Holder(b.Whole(h)) }
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /c/{pid}"+pattern, whole(h)) }
	post := func(pattern string, h page.HolderHandler) { mux.Handle("POST /c/{pid}"+pattern, bound(b, whole(h))) }

	get("/security", s.Security)
	get("/security/password", b.StepUp(s.ChangePassword))
	post("/security/password", b.StepUp(s.ChangePasswordDone))
	get("/security/second", b.StepUp(s.SecondStep))
	post("/security/second/codes", b.StepUp(s.MakeCodes))
	get("/security/second/codes", b.StepUp(s.Codes))
	get("/security/second/codes.txt", b.StepUp(s.CodesFile))
	post("/security/second/codes/confirm", b.StepUp(s.ConfirmCodes))
	post("/security/second/app", b.StepUp(s.AddApp))
	get("/security/second/app", b.StepUp(s.App))
	get("/security/second/app.png", b.StepUp(s.AppPicture))
	post("/security/second/app/confirm", b.StepUp(s.ConfirmApp))
	get("/security/second/passkey", b.StepUp(s.Passkey))
	post("/security/second/passkey/add/ask", b.StepUp(s.AddPasskeyAsk))
	post("/security/second/passkey/add", b.StepUp(s.AddPasskey))
	get("/security/second/certificate", b.StepUp(s.BindCertificate))
	post("/security/second/certificate/ask", b.StepUp(s.BindCertificateAsk))
	post("/security/second/certificate", b.StepUp(s.BindCertificateDone))
	post("/security/second/sms", b.StepUp(s.AddSMS))
	get("/security/second/sms", b.StepUp(s.SMS))
	post("/security/second/sms/confirm", b.StepUp(s.ConfirmSMS))
	post("/security/second/remove/{id}", b.StepUp(s.RemoveMethod))
	get("/security/sessions", s.Sessions)
	post("/security/sessions/others", s.EndOtherSessions)
	post("/security/sessions/{id}/end", s.EndSession)
	get("/security/log", s.Journal)
	get("/security/log.csv", s.JournalFile)
}
