// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"podpis/internal/server/web/cabinet"
	"podpis/internal/server/web/page"
	"podpis/internal/server/web/public"
	"podpis/internal/service/federation"
)

// externalRoutes are the ways in by accounts of others, and «Мои данные».
func externalRoutes(mux *http.ServeMux, b *page.Base, s *public.Site, c *cabinet.Site) {
	mux.Handle("POST /login/external/{provider}", bound(b, b.Handle(s.ExternalBegin)))
	mux.Handle("GET /login/external/{provider}/callback", b.Handle(s.ExternalReturn))
	mux.Handle("GET /login/external/account", b.Handle(s.ExternalAccount))
	mux.Handle("POST /login/external/account/bind", bound(b, b.Handle(s.ExternalBind)))

	mux.Handle("GET /c/{pid}/profile", b.Holder(c.Profile))
	post := func(pattern string, h page.HolderHandler) {
		mux.Handle("POST /c/{pid}/profile/"+pattern, bound(b, b.Holder(h)))
	}
	mux.Handle("POST /c/{pid}/profile", bound(b, b.Holder(c.ProfileReveal)))
	post("link/{provider}", b.StepUp(c.ProfileLeave(federation.ForLink)))
	post("refresh/{provider}", c.ProfileLeave(federation.ForRefresh))
	post("compare/{provider}", b.StepUp(c.ProfileLeave(federation.ForProof)))
	post("unlink/{provider}", b.StepUp(c.ProfileUnlink))
}
