// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"podpis/internal/server/web/cabinet"
	"podpis/internal/server/web/page"
)

// cabinetRoutes are the first page of a cabinet, its certificates and applications.
func cabinetRoutes(mux *http.ServeMux, b *page.Base, s *cabinet.Site) {
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /c/{pid}"+pattern, b.Holder(h)) }
	post := func(pattern string, h page.HolderHandler) { mux.Handle("POST /c/{pid}"+pattern, bound(b, b.Holder(h))) }

	get("/{$}", s.Home)
	post("/mail", s.MailLink)
	get("/sign", s.Sign)
	get("/certificates", s.Certificates)
	get("/certificates/{serial}", s.Certificate)
	get("/certificates/{serial}/certificate.cer", s.Download)
	get("/certificates/{serial}/revoke", s.Revoke)
	post("/certificates/{serial}/revoke", s.RevokeDone)
	get("/applications", s.Applications)
	post("/applications/new", s.NewApplication)
	get("/applications/{id}", s.Application)
	mux.Handle("POST /c/{pid}/applications/{id}/draft", bound(b, b.Typing(s.SaveTyped)))
	post("/applications/{id}/purposes", s.Fill("purposes"))
	post("/applications/{id}/holder", s.Fill("holder"))
	post("/applications/{id}/data", s.Fill("data"))
	mux.Handle("POST /c/{pid}/applications/{id}/files", b.Holder(s.Attach))
	get("/applications/{id}/files/{file}", b.Whole(s.File)) // a passport, as among «Мои документы»
	post("/applications/{id}/files/{file}/delete", s.Detach)
	post("/applications/{id}/sign", s.AskSignature)
	post("/applications/{id}/resend", s.Resend)
	post("/applications/{id}/submit", s.Submit)
	post("/applications/{id}/withdraw", s.Withdraw)
	get("/applications/{id}/issue", b.StepUpBesideCode(s.Issue))
	post("/applications/{id}/consent", b.StepUpBesideCode(s.Consent))
	post("/applications/{id}/order", b.StepUpBesideCode(s.OrderCertificate))
	post("/applications/{id}/installed", s.Installed)
	post("/applications/{id}/mend", s.Mend)
}
