// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
)

// NotMe asks whether somebody else was here: the link of a letter opens it.
func (s *Site) NotMe(w http.ResponseWriter, r *http.Request) error {
	if err := s.Accounts.Alarm(r.Context(), r.PathValue("token")); err != nil {
		return err
	}
	p := s.New(r, "notme.title", "")
	return s.Show(w, r, p, notMe("/not-me/"+r.PathValue("token")))
}

// NotMeDone ends all sessions of the account and leads to the recovery.
func (s *Site) NotMeDone(w http.ResponseWriter, r *http.Request) error {
	if err := s.Accounts.NotMe(r.Context(), r.PathValue("token"), page.Client(r)); err != nil {
		return err
	}
	return page.SeeOther(w, r, kit.RecoverURL)
}

// SessionLeft tells a script how long the session has.
func (s *Site) SessionLeft(w http.ResponseWriter, r *http.Request) error {
	session, ok := page.SessionOf(r.Context())
	if !ok {
		return problem.New(problem.Forbidden, "auth.session.ended")
	}
	left := func(seconds float64) int { return max(0, int(seconds)) }
	page.WriteJSON(w, http.StatusOK, map[string]any{
		"left": left(session.ExpiresAt.Sub(s.Now()).Seconds()), "warn": left(session.WarnAt.Sub(s.Now()).Seconds()),
		"at": s.New(r, "brand", "").Words.Clock(session.ExpiresAt),
	})
	return nil
}

// Password asks for a new password: of those whose password was set by somebody else, or
// is too old for the policy.
func (s *Site) Password(w http.ResponseWriter, r *http.Request) error {
	if led, err := s.chosen(w, r); led || err != nil {
		return err
	}
	return s.showPassword(w, r, http.StatusOK, nil)
}

// chosen leads whoever need not replace the password, and wants to, to a fresh second step:
// that is what the page of the cabinet asks for too.
func (s *Site) chosen(w http.ResponseWriter, r *http.Request) (led bool, err error) {
	session, ok := page.SessionOf(r.Context())
	if !ok || session.Level != auth.Full || session.Account.MustChange || session.OldSecret {
		return false, nil
	}
	return s.LedToStep(w, r)
}

func (s *Site) showPassword(w http.ResponseWriter, r *http.Request, status int, refused error) error {
	session, ok := page.SessionOf(r.Context())
	if !ok || session.Level != auth.Full {
		return page.SeeOther(w, r, "/login")
	}
	p := s.New(r, "password.new.title", "")
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
	return s.Render(w, r, p, status, newPassword(page.Local(r.FormValue("return"), ""), !session.Account.MustChange, length))
}

// PasswordDone takes the new password.
func (s *Site) PasswordDone(w http.ResponseWriter, r *http.Request) error {
	session, ok := page.SessionOf(r.Context())
	if !ok {
		return page.SeeOther(w, r, "/login")
	}
	if led, err := s.chosen(w, r); led || err != nil {
		return err
	}
	if err := page.Form(r); err != nil {
		return err
	}
	c := auth.Change{Old: r.PostForm.Get("old_password"), New: r.PostForm.Get("password")}
	if err := s.Accounts.ChangePassword(r.Context(), session.Session, c, page.Client(r)); err != nil {
		return s.showPassword(w, r, http.StatusUnprocessableEntity, err)
	}
	token, err := s.Accounts.Renew(r.Context(), session.Session, session.Token, page.Client(r))
	if err != nil {
		return err
	}
	s.SetSecret(w, page.SessionCookie, token)
	return s.landed(w, r, token, r.PostForm.Get("return"))
}
