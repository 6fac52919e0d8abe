// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"
	"net/url"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
)

// Second shows the second step: of a sign-in that waits for it, of an act that asks for a
// fresh one, and for a session by phone code the password.
func (s *Site) Second(w http.ResponseWriter, r *http.Request) error {
	return s.showSecond(w, r, http.StatusOK, nil)
}

func (s *Site) showSecond(w http.ResponseWriter, r *http.Request, status int, refused error) error {
	session, ok := page.SessionOf(r.Context())
	if !ok {
		return page.SeeOther(w, r, "/login")
	}
	p := s.New(r, secondTitle(session.Level), "")
	if refused != nil {
		var err error
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	back := r.FormValue("return")
	if session.Level == auth.Viewing {
		return s.Render(w, r, p, status, secondPassword(back))
	}
	phone := identity.MaskPhone(session.Account.Phone)
	challenge, err := s.Accounts.Challenge(r.Context(), s.Secret(r, page.ChallengeCookie))
	if err != nil || challenge.Phone != session.Account.Phone {
		return s.Render(w, r, p, status, secondAsk(phone, back))
	}
	return s.Render(w, r, p, status, codeScreen(p, codeForm{
		Phone: phone, Action: "/login/second?return=" + url.QueryEscape(back), Resend: "/login/resend?return=" + url.QueryEscape(back),
		Challenge: challenge, Submit: p.T("code.confirm"),
	}))
}

func secondTitle(l auth.Level) string {
	switch l {
	case auth.Viewing:
		return "second.password.title"
	case auth.Waiting:
		return "second.title"
	}
	return "second.step.title"
}

// SecondAsk sends the code of the second step.
func (s *Site) SecondAsk(w http.ResponseWriter, r *http.Request) error {
	session, ok := page.SessionOf(r.Context())
	if !ok {
		return page.SeeOther(w, r, "/login")
	}
	if err := page.Form(r); err != nil {
		return err
	}
	challenge, err := s.Accounts.AskSecond(r.Context(), session.Token)
	if err != nil {
		return s.showSecond(w, r, http.StatusUnprocessableEntity, err)
	}
	s.SetSecret(w, page.ChallengeCookie, challenge)
	return page.SeeOther(w, r, "/login/second?return="+url.QueryEscape(r.PostForm.Get("return")))
}

// SecondDone takes the second step.
func (s *Site) SecondDone(w http.ResponseWriter, r *http.Request) error {
	session, ok := page.SessionOf(r.Context())
	if !ok {
		return page.SeeOther(w, r, "/login")
	}
	if err := page.Form(r); err != nil {
		return err
	}
	var token string
	var err error
	if session.Level == auth.Viewing {
		token, err = s.Accounts.StepUp(r.Context(), session.Token, r.PostForm.Get("password"), page.Client(r))
	} else {
		token, err = s.Accounts.FinishSecond(r.Context(), session.Token, s.Secret(r, page.ChallengeCookie), r.PostForm.Get("code"), page.Client(r))
	}
	if err != nil {
		return s.showSecond(w, r, http.StatusUnprocessableEntity, err)
	}
	s.SetSecret(w, page.SessionCookie, token)
	s.SetSecret(w, page.ChallengeCookie, "")
	return s.landed(w, r, token, r.FormValue("return"))
}

// LoginResend sends another code of a sign-in.
func (s *Site) LoginResend(w http.ResponseWriter, r *http.Request) error {
	back, show := "/login/code", s.showLoginCode
	if _, ok := page.SessionOf(r.Context()); ok {
		back, show = "/login/second?return="+url.QueryEscape(r.FormValue("return")), s.showSecond
	}
	if _, err := s.Accounts.Resend(r.Context(), s.Secret(r, page.ChallengeCookie)); err != nil {
		if problem.KindOf(err) == problem.Internal {
			return err
		}
		return show(w, r, http.StatusTooManyRequests, err)
	}
	return page.SeeOther(w, r, back)
}
