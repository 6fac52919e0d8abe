// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"net/http"
	"time"

	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
	"podpis/internal/service/factor"
	"podpis/internal/service/ra"
)

// StaffSecurity is where staff keep their own ways in: they have no role in the address.
const StaffSecurity = "/staff/security"

func securityBase(r *http.Request) string {
	if r.PathValue("pid") == "" {
		return StaffSecurity
	}
	return "/c/" + r.PathValue("pid") + "/security"
}

func factorActor(a ra.Actor) factor.Actor {
	return factor.Actor{Account: a.Account.ID, Origin: a.Client.Network}
}

// securityView is the first page of security: what there is, and how good it is.
type securityView struct {
	Base     string
	Has      factor.Overview
	Sessions int
	Old      bool // the password
	Changed  time.Time
	Staff    bool
}

// Security is the first page of security.
func (s *Site) Security(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	has, err := s.Factors.Of(r.Context(), actor.Account.ID)
	if err != nil {
		return err
	}
	sessions, err := s.Accounts.Sessions(r.Context(), actor.Account)
	if err != nil {
		return err
	}
	old, err := s.Accounts.PasswordOld(r.Context(), actor.Account)
	if err != nil {
		return err
	}
	p := s.New(r, "security.title", "security")
	return s.Show(w, r, p, security(securityView{Base: securityBase(r), Has: has, Sessions: len(sessions), Old: old, Changed: actor.Account.PasswordAt, Staff: actor.Account.Role.Staff()}))
}

// habits are the good habits of the page, each kept or not.
func (v securityView) habits(p *kit.Page) []line {
	second := "security.habit.second.off"
	if len(v.Has.Methods) > 0 {
		second = "security.habit.second"
	}
	return []line{
		{p.T(second), len(v.Has.Methods) > 0, "/second"},
		{p.T("security.habit.codes", "Count", v.Has.CodesLeft), v.Has.CodesLeft > 2, "/second"},
		{p.T("security.habit.password", "Date", p.Words.Date(v.Changed)), !v.Old, "/password"},
		{p.T("security.habit.sessions", "Count", v.Sessions), v.Sessions == 1, "/sessions"},
	}
}

// line is a line of the check-list.
type line struct {
	Text string
	Kept bool
	Path string
}

// ChangePassword shows the form of a new password.
func (s *Site) ChangePassword(w http.ResponseWriter, r *http.Request, _ ra.Actor) error {
	return s.showPassword(w, r, http.StatusOK, nil)
}

func (s *Site) showPassword(w http.ResponseWriter, r *http.Request, status int, refused error) error {
	p := s.New(r, "password.title", "security")
	if refused != nil {
		var err error
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	length, err := s.Accounts.PasswordLength(r.Context())
	if err != nil {
		return err
	}
	return s.Render(w, r, p, status, changePassword(securityBase(r), r.PostFormValue("keep") == "yes", length))
}

// ChangePasswordDone changes the password.
func (s *Site) ChangePasswordDone(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	session, _ := page.SessionOf(r.Context())
	c := auth.Change{Old: r.PostForm.Get("old_password"), New: r.PostForm.Get("password"), KeepOthers: r.PostForm.Get("keep") == "yes"}
	if err := s.Accounts.ChangePassword(r.Context(), session.Session, c, actor.Client); err != nil {
		return s.showPassword(w, r, http.StatusUnprocessableEntity, err)
	}
	token, err := s.Accounts.Renew(r.Context(), session.Session, session.Token, actor.Client)
	if err != nil {
		return err
	}
	s.SetSecret(w, page.SessionCookie, token)
	return page.SeeOther(w, r, securityBase(r)+"?done=password")
}

// Sessions lists the sessions of the account.
func (s *Site) Sessions(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	list, err := s.Accounts.Sessions(r.Context(), actor.Account)
	if err != nil {
		return err
	}
	own, _ := page.SessionOf(r.Context())
	p := s.New(r, "sessions.title", "security")
	return s.Show(w, r, p, sessions(securityBase(r), own.ID, list))
}

// EndSession ends one session. Of the own one that is the sign-out.
func (s *Site) EndSession(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	own, _ := page.SessionOf(r.Context())
	if err := s.Accounts.EndSession(r.Context(), own.Session, r.PathValue("id"), actor.Client); err != nil {
		return err
	}
	return page.SeeOther(w, r, securityBase(r)+"/sessions")
}

// EndOtherSessions ends all sessions but this one. «Это не я» of a line of the journal does
// it too, and goes on to the recovery.
func (s *Site) EndOtherSessions(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	own, _ := page.SessionOf(r.Context())
	if err := s.Accounts.EndOthers(r.Context(), own.Session, actor.Client); err != nil {
		return err
	}
	if r.PostForm.Get("then") == "recover" {
		return page.SeeOther(w, r, kit.RecoverURL)
	}
	return page.SeeOther(w, r, securityBase(r)+"/sessions")
}

// methodText is how a session was opened, in words.
func methodText(p *kit.Page, m auth.Method) string {
	if key := "session.method." + string(m); p.Words.Has(key) {
		return p.T(key)
	}
	return string(m)
}
