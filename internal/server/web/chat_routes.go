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
	"podpis/internal/service/support"
	"podpis/internal/service/support/chat"
)

// chatRoutes are the conversations with a specialist: of guests, of holders, of operators, and of other
// chats.
func chatRoutes(mux *http.ServeMux, b *page.Base, desk *support.Service, chats *chat.Service) {
	open := &public.Chat{Base: b, Desk: desk, Chats: chats}
	mux.Handle("GET /help/chat", b.Handle(open.Ask))
	mux.Handle("POST /help/chat", bound(b, b.Handle(open.Start)))
	mux.Handle("POST /help/chat/reply", b.Handle(open.Reply))
	mux.Handle("POST /help/chat/leave", bound(b, b.Handle(open.Leave)))
	mux.Handle("GET /help/chat/files/{file}", b.Handle(open.File))
	mux.Handle("GET /help/chat/stream", b.Handle(open.Stream))
	mux.Handle("POST /support/chat", b.Handle(open.Carry))

	mine := &cabinet.Chat{Support: &cabinet.Support{Base: b, Desk: desk, Chats: chats}}
	mux.Handle("GET /c/{pid}/support/chat", b.Typing(mine.Ask))
	mux.Handle("POST /c/{pid}/support/chat", bound(b, b.Typing(mine.Start)))
	mux.Handle("GET /c/{pid}/support/{id}/stream", b.Typing(mine.Stream))
	mux.Handle("POST /c/{pid}/support/{id}/leave", bound(b, b.Typing(mine.Leave)))

	staff := &console.Chat{Base: b, Chats: chats}
	only := func(h page.HolderHandler) http.Handler { return b.StaffOf(h, auth.Operator) }
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /op/chats"+pattern, only(h)) }
	post := func(pattern string, h page.HolderHandler) { mux.Handle("POST /op/chats"+pattern, bound(b, only(h))) }
	get("", staff.List)
	get("/stream", staff.ListStream)
	get("/{id}", staff.Show)
	get("/{id}/stream", staff.Stream)
	post("/{id}", staff.Act)
}
