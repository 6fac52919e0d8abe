// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"fmt"
	"net/http"

	"podpis/internal/server/web/kit"
	"podpis/internal/service/identity"
	"podpis/internal/service/inbox"
	"podpis/internal/service/ra"
)

// settingRow is a parameter with its value and where it is changed.
type settingRow struct{ Name, Value, URL string }

// Settings gathers the parameters of the cabinet on one page, each with what it is now.
func (s *Documents) Settings(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	p := s.New(r, "settings.title", "settings")
	base := "/c/" + r.PathValue("pid")
	rows, err := s.settings(p, r, actor, base)
	if err != nil {
		return err
	}
	return s.Show(w, r, p, settingsPage(rows))
}

func (s *Documents) settings(p *kit.Page, r *http.Request, actor ra.Actor, base string) ([]settingRow, error) {
	a := actor.Account
	notices, err := s.Letters.Settings(r.Context(), inbox.Actor{Account: a, Client: actor.Client})
	if err != nil {
		return nil, err
	}
	has, err := s.Factors.Of(r.Context(), a.ID)
	if err != nil {
		return nil, err
	}
	sessions, err := s.Accounts.Sessions(r.Context(), a)
	if err != nil {
		return nil, err
	}
	known, err := s.External.MyData(r.Context(), a, false, actor.Client)
	if err != nil {
		return nil, err
	}
	mail := "settings.mail.unconfirmed"
	if a.MailConfirmed {
		mail = "settings.mail.confirmed"
	}
	quiet := p.T("settings.quiet.none")
	if q := notices.Quiet; q.From != q.Until {
		quiet = fmt.Sprintf("%02d:%02d – %02d:%02d", q.From/60, q.From%60, q.Until/60, q.Until%60)
	}
	rows := []settingRow{
		{p.T("contact.kind.phone"), identity.MaskPhone(a.Phone), base + "/profile/contacts#phone"},
		{p.T("contact.kind.mail"), p.T(mail, "Mail", identity.MaskMail(a.Mail)), base + "/profile/contacts#mail"},
		{p.T("settings.password"), p.T("settings.since", "Date", p.Words.Date(a.PasswordAt)), base + "/security/password"},
		{p.T("settings.second"), p.T("settings.methods", "Count", len(has.Methods)), base + "/security/second"},
		{p.T("settings.sessions"), p.T("settings.count", "Count", len(sessions)), base + "/security/sessions"},
		{p.T("settings.notices"), p.T("settings.muted", "Count", len(notices.Muted)), base + "/profile/notices"},
		{p.T("settings.quiet"), quiet, base + "/profile/notices"},
	}
	if role(r).Kind != identity.Individual && s.Allowed(r.Context(), role(r), "requisites") == nil {
		requisites, err := s.Documents.Requisites(r.Context(), s.actor(r, actor))
		if err != nil {
			return nil, err
		}
		value := p.T("settings.requisites.none")
		if !requisites.ChangedAt.IsZero() {
			value = p.T("settings.since", "Date", p.Words.Date(requisites.ChangedAt))
		}
		rows = append(rows, settingRow{p.T("requisites.title"), value, base + "/requisites"})
	}
	return append(rows,
		settingRow{p.T("settings.accounts"), p.T("settings.linked", "Count", len(known.Links)), base + "/profile"},
		settingRow{p.T("settings.role"), p.T("settings.count", "Count", len(p.Viewer.Roles)), "/roles"},
		settingRow{p.T("settings.privacy"), p.T("settings.privacy.text"), base + "/security/privacy"},
	), nil
}
