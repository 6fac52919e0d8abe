// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"podpis/internal/server/web/cabinet"
	"podpis/internal/server/web/page"
)

// proofRoutes are the pages by which a person is recognised.
func proofRoutes(mux *http.ServeMux, b *page.Base, c *cabinet.Proofs) {
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /c/{pid}/identity"+pattern, b.Holder(h)) }
	get("", c.Identity)
	get("/certificate", c.Certificate)
	mux.Handle("POST /c/{pid}/identity/certificate/ask", bound(b, b.Holder(b.AsksCounted(c.Factors, c.CertificateAsk))))
	mux.Handle("POST /c/{pid}/identity/certificate", bound(b, b.Holder(c.CertificateDone)))
}
