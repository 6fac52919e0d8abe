// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package page

import (
	"net/http"
	"strings"

	"podpis/internal/server/middleware"
	"podpis/internal/service/federation"
)

// ExternalCookie binds a person on the way to a provider to this browser, ArrivalCookie
// one who came back and has no session.
const (
	ExternalCookie = "external"
	ArrivalCookie  = "arrival"
)

// LeadsTo lets the forms of a page lead to providers: a browser holds the redirect after a
// form to the policy of the page it was on.
func LeadsTo(w http.ResponseWriter, providers ...federation.Provider) {
	action := "form-action 'self'"
	for _, p := range providers {
		if p.Origin != "" && !strings.ContainsAny(p.Origin, " ;,'\"\r\n") {
			action += " " + p.Origin
		}
	}
	w.Header().Set("Content-Security-Policy", strings.Replace(middleware.Policy, "form-action 'self'", action, 1))
}
