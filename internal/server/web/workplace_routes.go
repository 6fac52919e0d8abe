// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"podpis/internal/server/web/page"
	"podpis/internal/server/web/public"
)

// workplaceRoutes are the help and the check of the workplace.
func workplaceRoutes(mux *http.ServeMux, b *page.Base, open *public.Site) {
	get := func(pattern string, h page.Handler) { mux.Handle("GET "+pattern, b.Handle(h)) }

	get("/check", open.Check)
	get("/check/table", open.CheckTable)
	get("/check/time", open.CheckTime)
	get("/check/load", open.CheckLoad)
	get("/downloads", open.DownloadPage)
	get("/downloads/{name}", open.Download)
	get("/help", open.Help)
	get("/help/kep", open.Text("kep"))
	get("/help/{topic}", open.HelpGuide)
	get("/help/errors/{code}", open.HelpError)
}
