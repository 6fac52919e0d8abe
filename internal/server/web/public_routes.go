// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"podpis/internal/server/web/page"
	"podpis/internal/server/web/public"
)

// publicRoutes are the first page, trying a signature, the authority and its texts, and what
// every page may send.
func publicRoutes(mux *http.ServeMux, b *page.Base, s *public.Site) {
	get := func(pattern string, h page.Handler) { mux.Handle("GET "+pattern, b.Handle(h)) }
	post := func(pattern string, h page.Handler) { mux.Handle("POST "+pattern, bound(b, b.Handle(h))) }

	get("/{$}", s.Landing)
	get("/try", s.Try)
	mux.Handle("POST /sign/raise", b.Handle(s.Raise))
	get("/ca", s.CA)
	get("/ca/accredited", s.Accredited)
	get("/ca/accredited/export.csv", s.AccreditedExport)
	get("/ca/accredited/export.xlsx", s.AccreditedExport)
	get("/ca/accredited/{number}", s.AccreditedCentre)
	get("/law", s.Law)
	get("/legal/terms", s.Text("terms"))
	get("/legal/privacy", s.Text("privacy"))
	get("/accessibility", s.Text("accessibility"))
	post("/view", b.SetView)
	post("/drafts", b.SaveDraft)
}

// largeForm bounds the form that carries a judgement.
const largeForm = 2 << 20

// verifyRoutes are the check of signatures and certificates.
func verifyRoutes(mux *http.ServeMux, b *page.Base, s *public.Site) {
	get := func(pattern string, h page.Handler) { mux.Handle("GET "+pattern, b.Handle(h)) }
	mux.Handle("POST /verify/report", boundTo(largeForm, b, b.Handle(s.Report)))
	get("/verify/r/{token}", s.Kept)
	get("/verify/r/{token}/{form}", s.KeptDocument)
	mux.Handle("POST /verify/r/{token}/forget", bound(b, b.Handle(s.Forget)))
	get("/verify", s.Verify(public.OfDocument()))
	mux.Handle("POST /verify", b.Handle(s.VerifyDone(public.OfDocument())))
	get("/verify/certificate", s.Verify(public.OfCertificate()))
	mux.Handle("POST /verify/certificate", b.Handle(s.VerifyDone(public.OfCertificate())))
	get("/verify/evidence", s.Evidence)
	mux.Handle("POST /verify/evidence", b.Handle(s.EvidenceAbout))
	get("/verify/guard", s.Challenge)
	get("/verify/code/picture", s.CodePicture)
	get("/verify/code/sound", s.CodeSound)
	get("/verify/offline", s.Offline)
	get("/verify/offline/page", s.OfflinePage)
}
