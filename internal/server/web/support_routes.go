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

// recoverRoutes are the ways back into an account, and the help for those who have none.
func recoverRoutes(mux *http.ServeMux, b *page.Base, s *public.Site) {
	get := func(pattern string, h page.Handler) { mux.Handle("GET "+pattern, b.Handle(h)) }
	post := func(pattern string, h page.Handler) { mux.Handle("POST "+pattern, bound(b, b.Handle(h))) }

	get("/recover", s.Recover)
	get("/recover/{path}", s.RecoverPath)
	post("/recover/{path}", s.RecoverBegin)
	mux.Handle("POST /recover/write", b.Handle(s.GuestWrite))
	get("/recover/guest", s.Guest)
	post("/recover/guest", s.GuestCode)
	post("/recover/guest/resend", s.GuestResend)
	get("/recover/ticket/{token}", s.GuestTicket)
	mux.Handle("POST /recover/ticket/{token}", b.Handle(s.GuestReply))
	get("/recover/ticket/{token}/files/{file}", s.GuestFile)
	get("/recover/case", s.RecoverCase)
	for _, step := range []string{"code", "resend", "proof", "contact", "password"} {
		post("/recover/case/"+step, s.RecoverGoOn(step))
	}
	get("/recover/stop/{token}", s.Stop)
	post("/recover/stop/{token}", s.StopDone)
	post("/help/rate", s.RateHelp)
}

// supportRoutes are tickets: of holders, of operators, and of those who write letters.
func supportRoutes(mux *http.ServeMux, b *page.Base, p Parts) {
	if p.MailKey != "" {
		in := &public.Inbound{Base: b, Desk: p.Support, Key: p.MailKey}
		mux.Handle("POST /support/mail", bound(b, b.Handle(in.Mail)))
	}
	supportCabinet(mux, b, &cabinet.Support{Base: b, Desk: p.Support, Chats: p.Chats, Consult: p.Consult})
	supportConsole(mux, b, &console.Support{Base: b, Desk: p.Support, Recovery: p.Recovery, Registration: p.Desk, Consult: p.Consult})
}

func supportCabinet(mux *http.ServeMux, b *page.Base, s *cabinet.Support) {
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /c/{pid}/support"+pattern, b.Holder(h)) }
	get("", s.List)
	get("/new", s.Write)
	get("/{id}", s.Ticket)
	get("/{id}/files/{file}", s.File)
	mux.Handle("POST /c/{pid}/support", b.Typing(s.WriteDone)) // whoever came in by a code may ask for help
	mux.Handle("POST /c/{pid}/support/{id}", b.Typing(s.Reply))
	mux.Handle("POST /c/{pid}/support/{id}/replacement", bound(b, b.Holder(s.Replacement)))
	mux.Handle("POST /c/{pid}/support/{id}/rate", bound(b, b.Typing(s.Rate)))
}

// inboxRoutes are letters, how one is told of them, and what programs get.
func inboxRoutes(mux *http.ServeMux, b *page.Base, s *cabinet.Inbox) {
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /c/{pid}"+pattern, b.Holder(h)) }
	post := func(pattern string, h page.HolderHandler) { mux.Handle("POST /c/{pid}"+pattern, bound(b, b.Holder(h))) }
	get("/inbox", s.List)
	get("/inbox/{id}", s.Letter)
	mux.Handle("POST /c/{pid}/inbox/{id}/done", bound(b, b.Typing(s.LetterDone("done"))))
	mux.Handle("POST /c/{pid}/inbox/{id}/later", bound(b, b.Typing(s.LetterDone("later"))))
	get("/profile/notices", s.Settings)
	post("/profile/notices", s.SettingsDone)
	post("/profile/notices/{outlet}", s.Outlet)
	post("/calendar/feed", s.Feed)
	get("/developers/webhooks", s.Hooks)
	post("/developers/webhooks", b.StepUp(s.AddHook))
	for _, what := range []string{"test", "retry", "drop"} {
		post("/developers/webhooks/{id}/"+what, s.HookDone(what))
	}
	post("/developers/webhooks/{id}/resume", b.StepUp(s.HookDone("resume")))
	get("/developers", s.Lead("/developers/webhooks"))
	mux.Handle("GET /calendar/{token}", b.Handle(s.Calendar))
}

func supportConsole(mux *http.ServeMux, b *page.Base, s *console.Support) {
	only := func(h page.HolderHandler) http.Handler { return b.StaffOf(h, auth.Operator) }
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /op"+pattern, only(h)) }
	post := func(pattern string, h page.HolderHandler) { mux.Handle("POST /op"+pattern, bound(b, only(h))) }
	get("/tickets", s.Queue)
	get("/tickets/{id}", s.Ticket)
	post("/tickets/{id}", s.Decide)
	post("/tickets/{id}/replacement", s.Offer)
	get("/tickets/{id}/files/{file}", s.File)
	get("/unlock", s.Unlock("unlock"))
	get("/visits", s.Unlock("visits"))
	post("/clients", s.Find)
	get("/clients/{id}", s.Client)
	post("/clients/{id}/help", s.Help)
	mux.Handle("POST /op/clients/{id}/issue", only(b.StepUp(s.Issue)))
	post("/clients/{id}/identity", b.StepUp(s.Came))
	get("/cases/{id}", s.Case)
	for _, decision := range []string{"identify", "agree", "refuse"} {
		post("/cases/{id}/"+decision, b.StepUp(s.DecideCase(decision)))
	}
}
