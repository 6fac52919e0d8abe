// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"podpis/internal/server/web/cabinet"
	"podpis/internal/server/web/page"
	"podpis/internal/server/web/public"
)

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
