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
	wayRoutes(mux, b, s, "/c/{pid}/security", whole)
	mux.Handle("GET /c/{pid}/security/log", whole(s.Journal))
	mux.Handle("GET /c/{pid}/security/log.csv", whole(s.JournalFile))
}

// wayRoutes are the password, the second step and the sessions of whoever is admitted.
func wayRoutes(mux *http.ServeMux, b *page.Base, s *cabinet.Site, prefix string, admit func(page.HolderHandler) http.Handler) {
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET "+prefix+pattern, admit(h)) }
	post := func(pattern string, h page.HolderHandler) { mux.Handle("POST "+prefix+pattern, bound(b, admit(h))) }

	get("", s.Security)
	get("/password", b.StepUp(s.ChangePassword))
	post("/password", b.StepUp(s.ChangePasswordDone))
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
	post("/second/passkey/add/ask", b.StepUp(b.AsksCounted(s.Factors, s.AddPasskeyAsk)))
	post("/second/passkey/add", b.StepUp(s.AddPasskey))
	get("/second/certificate", b.StepUp(s.BindCertificate))
	post("/second/certificate/ask", b.StepUp(b.AsksCounted(s.Factors, s.BindCertificateAsk)))
	post("/second/certificate", b.StepUp(s.BindCertificateDone))
	post("/second/sms", b.StepUp(s.AddSMS))
	get("/second/sms", b.StepUp(s.SMS))
	post("/second/sms/confirm", b.StepUp(s.ConfirmSMS))
	post("/second/remove/{id}", b.StepUp(s.RemoveMethod))
	get("/sessions", s.Sessions)
	post("/sessions/others", s.EndOtherSessions)
	post("/sessions/{id}/end", s.EndSession)
}
