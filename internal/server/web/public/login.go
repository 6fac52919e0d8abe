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

// Login shows the sign-in by password.
func (s *Site) Login(w http.ResponseWriter, r *http.Request) error {
	if session, ok := page.SessionOf(r.Context()); ok && session.Level == auth.Full {
		return page.SeeOther(w, r, page.Local(r.URL.Query().Get("return"), page.Home(session.Account, session.Profile)))
	}
	p := s.New(r, "login.title", "login")
	return s.Show(w, r, p, login("", r.URL.Query().Get("return")))
}

// LoginPassword signs in by password. Staff go on to the code.
func (s *Site) LoginPassword(w http.ResponseWriter, r *http.Request) error {
	if err := page.Form(r); err != nil {
		return err
	}
	name, back := r.PostForm.Get("login"), r.PostForm.Get("return")
	token, challenge, err := s.Accounts.Login(r.Context(), name, r.PostForm.Get("password"), page.Client(r))
	if err != nil {
		p := s.New(r, "login.title", "login")
		status, err := s.Refused(r, p, err)
		if err != nil {
			return err
		}
		return s.Render(w, r, p, status, login(name, back))
	}
	s.SetSecret(w, page.SessionCookie, token)
	if challenge != "" {
		s.SetSecret(w, page.ChallengeCookie, challenge)
		return page.SeeOther(w, r, "/login/second?return="+url.QueryEscape(back))
	}
	return s.landed(w, r, token, back)
}

// landed sends a person who has signed in where they were going.
func (s *Site) landed(w http.ResponseWriter, r *http.Request, token, back string) error {
	session, err := s.Accounts.Session(r.Context(), token)
	if err != nil {
		return err
	}
	home, err := s.FirstPage(r, session.Account)
	if err != nil {
		return err
	}
	return page.SeeOther(w, r, page.Local(back, home))
}

// LoginPhone shows the sign-in by code.
func (s *Site) LoginPhone(w http.ResponseWriter, r *http.Request) error {
	p := s.New(r, "login.phone.title", "login")
	return s.Show(w, r, p, loginPhone(""))
}

// LoginPhoneAsk sends the code. The answer is the same whether the number is
// known or not.
func (s *Site) LoginPhoneAsk(w http.ResponseWriter, r *http.Request) error {
	if err := page.Form(r); err != nil {
		return err
	}
	phone := r.PostForm.Get("phone")
	challenge, err := s.Accounts.AskLogin(r.Context(), phone, page.Client(r))
	if err != nil {
		p := s.New(r, "login.phone.title", "login")
		status, err := s.Refused(r, p, err)
		if err != nil {
			return err
		}
		return s.Render(w, r, p, status, loginPhone(phone))
	}
	s.SetSecret(w, page.ChallengeCookie, challenge)
	return page.SeeOther(w, r, "/login/code")
}

// LoginCode shows the screen of the code.
func (s *Site) LoginCode(w http.ResponseWriter, r *http.Request) error {
	return s.showLoginCode(w, r, http.StatusOK, nil)
}

func (s *Site) showLoginCode(w http.ResponseWriter, r *http.Request, status int, refused error) error {
	p := s.New(r, "code.title", "login")
	if refused != nil {
		var err error
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	challenge, err := s.Accounts.Challenge(r.Context(), s.Secret(r, page.ChallengeCookie))
	if gone := err != nil || challenge.TriesLeft == 0; gone && refused == nil {
		return page.SeeOther(w, r, "/login/phone")
	} else if gone { // another code is asked for
		p.Title = p.T("login.phone.title")
		for i := range p.Errors {
			p.Errors[i].Field = "phone"
		}
		return s.Render(w, r, p, status, loginPhone(""))
	}
	return s.Render(w, r, p, status, codeScreen(p, codeForm{
		Phone: identity.MaskPhone(challenge.Phone), Action: "/login/code", Resend: "/login/resend", Back: "/login/phone",
		Challenge: challenge, Submit: p.T("login.enter"),
	}))
}

// LoginCodeDone signs in by the code.
func (s *Site) LoginCodeDone(w http.ResponseWriter, r *http.Request) error {
	if err := page.Form(r); err != nil {
		return err
	}
	token, err := s.Accounts.LoginByCode(r.Context(), s.Secret(r, page.ChallengeCookie), r.PostForm.Get("code"), page.Client(r))
	if err != nil {
		if problem.KindOf(err) == problem.NotFound {
			return page.SeeOther(w, r, "/login/phone")
		}
		return s.showLoginCode(w, r, http.StatusUnprocessableEntity, err)
	}
	s.SetSecret(w, page.SessionCookie, token)
	s.SetSecret(w, page.ChallengeCookie, "")
	return s.landed(w, r, token, "")
}

// Logout ends the session.
func (s *Site) Logout(w http.ResponseWriter, r *http.Request) error {
	if session, ok := page.SessionOf(r.Context()); ok {
		if err := s.Accounts.Logout(r.Context(), session.Token, page.Client(r)); err != nil {
			return err
		}
	}
	s.SetSecret(w, page.SessionCookie, "")
	return page.SeeOther(w, r, "/")
}
