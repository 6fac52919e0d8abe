// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"
	"time"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
	"podpis/internal/service/federation"
	"podpis/internal/service/identity"
)

// Login shows the sign-in by password.
func (s *Site) Login(w http.ResponseWriter, r *http.Request) error {
	if session, ok := page.SessionOf(r.Context()); ok && session.Level == auth.Full {
		return page.SeeOther(w, r, page.Local(r.URL.Query().Get("return"), page.Home(session.Account, session.Profile)))
	}
	p := s.New(r, "login.title", "login")
	return s.Show(w, r, s.withPasskeys(p), login(loginView{Providers: s.letOut(w), Back: page.Local(r.URL.Query().Get("return"), ""), Passkeys: s.Factors.Passkeys(), Staff: len(s.staffWays()) > 0}))
}

// LoginPassword signs in by password. Staff go on to the code.
func (s *Site) LoginPassword(w http.ResponseWriter, r *http.Request) error {
	if err := page.Form(r); err != nil {
		return err
	}
	name, back := r.PostForm.Get("login"), page.Local(r.PostForm.Get("return"), "")
	token, challenge, refused := s.Accounts.Login(r.Context(), name, r.PostForm.Get("password"), page.Client(r))
	if refused != nil {
		p := s.New(r, "login.title", "login")
		status, err := s.Refused(r, p, refused)
		if err != nil {
			return err
		}
		v := loginView{Providers: s.letOut(w), Name: name, Back: back, Passkeys: s.Factors.Passkeys(), Staff: len(s.staffWays()) > 0}
		if list := problem.All(refused); list[0].Kind == problem.Limited {
			v.Locked = s.Now().Add(list[0].RetryAfter)
		}
		return s.Render(w, r, s.withPasskeys(p), status, login(v))
	}
	s.SetSecret(w, page.SessionCookie, token)
	s.SetSecret(w, page.ChallengeCookie, challenge)
	return s.landed(w, r, token, back)
}

// loginView is the page of the password.
type loginView struct {
	Name, Back string
	Locked     time.Time // until when the password is closed; zero: it is not
	Passkeys   bool
	Staff      bool                  // some sign in by a directory of their company
	Providers  []federation.Provider // whose accounts one may sign in by
}

// withPasskeys adds the script of passkeys where they work.
func (s *Site) withPasskeys(p *kit.Page) *kit.Page {
	if s.Factors.Passkeys() {
		p.Scripts = append(p.Scripts, "passkey.js")
	}
	return p
}

// landed sends a person who has signed in where they were going.
func (s *Site) landed(w http.ResponseWriter, r *http.Request, token, back string) error {
	address, err := s.next(r, token, back)
	if err != nil {
		return err
	}
	return page.SeeOther(w, r, address)
}

// next is where a session goes from the sign-in: to its second step, to a password that
// has to be replaced, to the choice of a role, to where the person was going.
func (s *Site) next(r *http.Request, token, back string) (string, error) {
	session, err := s.Accounts.Session(r.Context(), token)
	if err != nil {
		return "", err
	}
	after := returning(back)
	switch {
	case session.Level == auth.Waiting:
		return "/login/second" + after, nil
	case session.Level == auth.Full && (session.Account.MustChange || session.OldSecret):
		return "/login/password" + after, nil
	}
	home, err := s.FirstPage(r, session.Account)
	if err != nil {
		return "", err
	}
	return page.Local(back, home), nil
}

// LoginPhone shows the sign-in by code.
func (s *Site) LoginPhone(w http.ResponseWriter, r *http.Request) error {
	p := s.New(r, "login.phone.title", "login")
	return s.Show(w, r, p, loginPhone("", r.URL.Query().Get("return")))
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
		return s.Render(w, r, p, status, loginPhone(phone, r.PostForm.Get("return")))
	}
	s.SetSecret(w, page.ChallengeCookie, challenge)
	return page.SeeOther(w, r, "/login/code"+returning(r.PostForm.Get("return")))
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
	back := page.Local(r.FormValue("return"), "")
	challenge, err := s.Accounts.Challenge(r.Context(), s.Secret(r, page.ChallengeCookie))
	if gone := err != nil || challenge.TriesLeft == 0; gone && refused == nil {
		return page.SeeOther(w, r, "/login/phone")
	} else if gone { // another code is asked for
		p.Title = p.T("login.phone.title")
		for i := range p.Errors {
			p.Errors[i].Field = "phone"
		}
		return s.Render(w, r, p, status, loginPhone("", back))
	}
	return s.Render(w, r, p, status, codeScreen(p, codeForm{
		Phone: identity.MaskPhone(challenge.Phone), Action: "/login/code", Resend: "/login/resend", Back: "/login/phone",
		Challenge: challenge, Submit: p.T("login.enter"), Hidden: [][2]string{{"return", back}},
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
	return s.landed(w, r, token, r.FormValue("return"))
}

// Logout ends the session.
func (s *Site) Logout(w http.ResponseWriter, r *http.Request) error {
	if session, ok := page.SessionOf(r.Context()); ok {
		if err := s.Accounts.Logout(r.Context(), session.Token, page.Client(r)); err != nil {
			return err
		}
	}
	s.SetSecret(w, page.SessionCookie, "")
	s.SetSecret(w, page.DraftCookie, "") // who comes to this browser next begins anew
	return page.SeeOther(w, r, "/")
}
