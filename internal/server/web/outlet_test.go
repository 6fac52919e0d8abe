// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"podpis/internal/server/web"
	"podpis/internal/service/inbox"
)

// The page of notices asks before letters go to the state portal, and takes the consent back; it stands with
// its date among the consents, where it is taken back too, and with all others.
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

	privacy := "/c/" + v.pid() + "/security/privacy"
	if v.open(privacy).shows(200, "Действует"); strings.Contains(v.body, "Госуслуги") {
		t.Error("a consent that was not given")
	}
	v.open(settings).send(settings+"/portal", "give", "yes").shows(200, "Присылаем с")
	s.Clock.Pass(5 * time.Minute)
	given := s.DB.Now().Add(-5 * time.Minute).In(s.Words.For("ru").Location()).Format("02.01.2006, 15:04")
	v.open(settings).post(settings+"/portal", "give", "yes") // pressed twice
	v.open(privacy).shows(200, "Госуслуги", given).send(privacy+"/outlet", "outlet", "portal").shows(200, "Действует")
	if n := s.Count("outlet_consent", "1 = 1"); n != 0 || strings.Contains(v.body, "Госуслуги") {
		t.Errorf("%d consents after they were taken back", n)
	}
	v.open(settings).send(settings+"/portal", "give", "yes").shows(200, "Присылаем с")
	v.open(privacy).send(privacy+"/withdraw", "agree", "yes").stepUp()
	v.open(privacy).send(privacy+"/withdraw", "agree", "yes").shows(200, "Отозвано")
	if n := s.Count("outlet_consent", "1 = 1"); n != 0 {
		t.Error("the portal has letters of who took all consents back")
	}
}
