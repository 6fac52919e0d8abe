// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package page is what the pages of the stand's servers share: one style sheet, which
// they serve themselves, and careful headers. The servers stand on ports of their own,
// as the real ones on hosts of their own.
package page

import (
	_ "embed"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

//go:embed style.css
var style []byte

// StylePath is where a server serves the style sheet.
const StylePath = "/stand.css"

// ServeStyle answers StylePath.
func ServeStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(style) // the reader may have gone
}

// Render draws a page. back is where a form of the page leads to beside the server
// itself: a browser holds redirects after a form to the policy of the page.
func Render(w http.ResponseWriter, status int, t *template.Template, data any, back string) {
	action := "'self'"
	if u, err := url.Parse(back); err == nil && u.Host != "" && !strings.ContainsAny(u.Host, " ;,'\"") {
		action += " " + u.Scheme + "://" + u.Host
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action "+action+"; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	_ = t.Execute(w, data) // the reader may have gone
}
