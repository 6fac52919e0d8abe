// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"
	"net/url"
	"slices"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
)

// Second shows the second step: of a sign-in that waits for it, of an act that asks for a
// fresh one, and for a session by phone code the password.
func (s *Site) Second(w http.ResponseWriter, r *http.Request) error {
	return s.showSecond(w, r, http.StatusOK, nil)
}

// secondView is the page of the second step.
type secondView struct {
	Way   auth.Way
	Ways  []auth.Way
	Back  string
	Phone string
	Sent  *codeForm // the message that was sent, nil: none yet
}

// to is the address of the step in a way.
func (v secondView) to(way auth.Way) string {
	return "/login/second?way=" + string(way) + "&return=" + url.QueryEscape(v.Back)
}

// hidden are the fields of a form that takes the step.
func (v secondView) hidden() [][2]string {
	return [][2]string{{"way", string(v.Way)}, {"return", v.Back}}
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
	back := page.Local(r.FormValue("return"), "")
	if session.Level == auth.Viewing {
		return s.Render(w, r, p, status, secondPassword(back))
	}
	ways, err := s.Accounts.Ways(r.Context(), session.Account)
	if err != nil {
		return err
	}
	v := secondView{Way: auth.Way(r.FormValue("way")), Ways: ways, Back: back, Phone: identity.MaskPhone(session.Account.Phone)}
	if !slices.Contains(ways, v.Way) {
		v.Way = ways[0]
	}
	switch v.Way {
	case factor.Passkey:
		p = s.withPasskeys(p)
	case factor.SMS:
		challenge, err := s.Accounts.Challenge(r.Context(), s.Secret(r, page.ChallengeCookie))
		if err == nil && challenge.Phone == session.Account.Phone && challenge.TriesLeft > 0 {
			v.Sent = &codeForm{
				Phone: v.Phone, Action: "/login/second", Resend: "/login/resend", Challenge: challenge, Submit: p.T("code.confirm"),
				Hidden: v.hidden(),
			}
		}
	}
	return s.Render(w, r, p, status, second(v))
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
	err := s.mayAsk(r)
	var challenge string
	if err == nil {
		challenge, err = s.Accounts.AskSecond(r.Context(), session.Token)
	}
	if err != nil {
		return s.showSecond(w, r, http.StatusUnprocessableEntity, err)
	}
	s.SetSecret(w, page.ChallengeCookie, challenge)
	return page.SeeOther(w, r, secondView{Back: r.PostForm.Get("return")}.to(factor.SMS))
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
		proof := auth.Proof{Way: auth.Way(r.FormValue("way")), Challenge: s.Secret(r, page.ChallengeCookie), Code: r.PostForm.Get("code")}
		if proof.Way == "" {
			proof.Way = factor.SMS
		}
		token, err = s.Accounts.Second(r.Context(), session.Token, proof, page.Client(r))
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
	back, show := "/login/code"+returning(r.FormValue("return")), s.showLoginCode
	if _, ok := page.SessionOf(r.Context()); ok {
		back, show = secondView{Back: r.FormValue("return")}.to(factor.SMS), s.showSecond
	}
	if _, err := s.Accounts.Resend(r.Context(), s.Secret(r, page.ChallengeCookie)); err != nil {
		if problem.KindOf(err) == problem.Internal {
			return err
		}
		return show(w, r, http.StatusTooManyRequests, err)
	}
	return page.SeeOther(w, r, back)
}
