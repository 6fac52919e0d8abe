// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"

	"podpis/internal/platform/problem"
	"podpis/internal/server/middleware"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
	"podpis/internal/service/factor"
)

// PasskeyAsk begins a sign-in by passkey.
func (s *Site) PasskeyAsk(w http.ResponseWriter, r *http.Request) error {
	return s.askPasskey(w, r, "")
}

// PasskeyStepAsk begins the second step by passkey.
func (s *Site) PasskeyStepAsk(w http.ResponseWriter, r *http.Request) error {
	session, err := stepping(r)
	if err != nil {
		return err
	}
	return s.askPasskey(w, r, session.Account.ID)
}

// stepping is the session that takes a second step.
func stepping(r *http.Request) (page.Session, error) {
	session, ok := page.SessionOf(r.Context())
	if !ok {
		return session, problem.New(problem.Forbidden, "auth.session.needed")
	}
	return session, nil
}

// mayAsk bounds the challenges that a network asks for.
func (s *Site) mayAsk(r *http.Request) error {
	most, err := s.Factors.Asks(r.Context())
	if err != nil {
		return err
	}
	if wait, ok := s.asks.Allow(middleware.Network(r), int(most), s.Now()); !ok {
		return problem.New(problem.Limited, "auth.asks.often").After(wait)
	}
	return nil
}

func (s *Site) askPasskey(w http.ResponseWriter, r *http.Request, account string) error {
	if err := s.mayAsk(r); err != nil {
		return err
	}
	options, token, err := s.Factors.AskPasskey(r.Context(), account)
	if err != nil {
		return err
	}
	s.SetSecret(w, page.CeremonyCookie, token)
	page.WriteJSON(w, http.StatusOK, options)
	return nil
}

// PasskeyDone signs in by passkey.
func (s *Site) PasskeyDone(w http.ResponseWriter, r *http.Request) error {
	body, err := page.Answer(w, r)
	if err != nil {
		return err
	}
	token, err := s.Accounts.LoginByPasskey(r.Context(), s.Secret(r, page.CeremonyCookie), body, page.Client(r))
	return s.entered(w, r, token, err)
}

// PasskeyStepDone takes the second step by passkey.
func (s *Site) PasskeyStepDone(w http.ResponseWriter, r *http.Request) error {
	session, err := stepping(r)
	if err != nil {
		return err
	}
	body, err := page.Answer(w, r)
	if err != nil {
		return err
	}
	proof := auth.Proof{Way: factor.Passkey, Challenge: s.Secret(r, page.CeremonyCookie), Answer: body}
	token, err := s.Accounts.Second(r.Context(), session.Token, proof, page.Client(r))
	return s.entered(w, r, token, err)
}

// entered gives a script the session it asked for and says where to go.
func (s *Site) entered(w http.ResponseWriter, r *http.Request, token string, err error) error {
	s.SetSecret(w, page.CeremonyCookie, "")
	if err != nil {
		return err
	}
	next, err := s.next(r, token, r.URL.Query().Get("return"))
	if err != nil {
		return err
	}
	s.SetSecret(w, page.SessionCookie, token)
	page.WriteJSON(w, http.StatusOK, map[string]string{"next": next})
	return nil
}
