// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"podpis/internal/server/web/cabinet"
	"podpis/internal/server/web/page"
	"podpis/internal/server/web/public"
)

// signupRoutes are the sign-up, step by step.
func signupRoutes(mux *http.ServeMux, b *page.Base, s *public.Site) {
	get := func(pattern string, h page.Handler) { mux.Handle("GET "+pattern, b.Handle(h)) }
	post := func(pattern string, h page.Handler) { mux.Handle("POST "+pattern, bound(b, b.Handle(h))) }

	get("/signup", s.Signup)
	post("/signup/phone", s.SignupPhone)
	post("/signup/code", s.SignupStep("code"))
	post("/signup/resend", s.SignupResend)
	post("/signup/mail", s.SignupStep("mail"))
	post("/signup/name", s.SignupStep("name"))
	post("/signup/documents", s.SignupStep("documents"))
	post("/signup/draft", s.SignupDraft)
	post("/signup/finish", s.SignupFinish)
	get("/welcome", s.Welcome)
	get("/confirm/{token}", s.Confirm)
	post("/confirm/{token}", s.ConfirmDone)
}

// joinRoutes are the sign-up with a certificate, and the agreement that the head of an
// organisation signs.
func joinRoutes(mux *http.ServeMux, b *page.Base, s *public.Site, c *cabinet.Site) {
	mux.Handle("GET /signup/certificate", b.Handle(s.Join))
	mux.Handle("POST /signup/certificate", bound(b, b.Handle(s.JoinDone)))
	mux.Handle("POST /signup/certificate/ask", bound(b, b.Handle(s.JoinAsk)))
	mux.Handle("POST /signup/certificate/drop", bound(b, b.Handle(s.JoinDrop)))

	const agreement = " /c/{pid}/roles/requests/{id}/agreement"
	mux.Handle("GET"+agreement, b.Holder(c.Agreement))
	mux.Handle("GET"+agreement+"/{file}", b.Holder(c.AgreementFile))
	mux.Handle("POST"+agreement+"/ask", bound(b, b.Holder(c.AgreementAsk)))
	mux.Handle("POST"+agreement, bound(b, b.Holder(c.AgreementDone)))
	mux.Handle("POST"+agreement+"/upload", b.Holder(c.AgreementUpload))
}
