// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"net/http"

	"podpis/internal/server/web/kit"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
)

// KEP is the section of the menu where everything about the electronic signature is found
// by its name.
func (s *Site) KEP(w http.ResponseWriter, r *http.Request, _ ra.Actor) error {
	p := s.New(r, "kep.title", "kep")
	return s.Show(w, r, p, kepPage(roleBase(r), role(r).Kind))
}

// kepLinks are what one does with a signature, in the order of its life.
func kepLinks(base string) []kit.Fact {
	return []kit.Fact{
		{Name: "identity", Value: base + "/profile"},
		{Name: "applications", Value: base + "/applications"},
		{Name: "certificates", Value: base + "/certificates"},
		{Name: "sign", Value: base + "/sign"},
		{Name: "verify", Value: "/verify"},
		{Name: "help", Value: "/help/kep"},
		{Name: "support", Value: base + "/support/new"},
	}
}

// kepKey is how the page names for whom a certificate is issued.
func kepKey(k identity.Kind) string { return "kep.for." + string(k) }
