// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"testing"

	"podpis/internal/server/web"
	"podpis/internal/service/inbox"
)

// The page of notices asks before letters go to the state portal, and takes the consent back.
func TestPortalIsAskedFor(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(s *site, p *web.Parts) {
		p.Letters = inbox.New(inbox.Parts{
			DB: s.DB, Ring: s.Ring, Policies: s.Book, Teller: s.Teller, Words: s.Words, Accounts: s.Accounts, Hooks: http.DefaultClient,
			Outlets: []inbox.Outlet{{Name: "portal", Asked: true}, {Name: "push"}},
		})
		p.Base.Letters = p.Letters
	})
	v := s.visitor().signUp().open("/login")
	settings := "/c/" + v.pid() + "/profile/notices"
	v.open(settings).shows(200, "Госуслуги", "Согласен, присылать и туда")
	v.send(settings+"/portal", "give", "yes").shows(200, "Присылаем с", "Больше не присылать")
	v.send(settings+"/portal", "give", "no").shows(200, "Согласен, присылать и туда")
	v.post(settings+"/push", "give", "yes").shows(404)
}
