// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

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
	get("/login/second", s.Second)
	post("/login/second", s.SecondDone)
	post("/login/second/ask", s.SecondAsk)
	post("/logout", s.Logout)
}
