// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/signup"
	"podpis/internal/service/federation"
	"podpis/internal/service/identity"
)

// ExternalBegin sends a person to a provider to sign in.
func (s *Site) ExternalBegin(w http.ResponseWriter, r *http.Request) error {
	if err := page.Form(r); err != nil {
		return err
	}
	back := page.Local(r.PostForm.Get("return"), "")
	d, err := s.External.Leave(r.Context(), r.PathValue("provider"), federation.ForLogin, nil, back, page.Client(r))
	if err != nil {
		return s.externalFailed(w, r, federation.Attempt{}, err)
	}
	s.SetSecret(w, page.ExternalCookie, d.Browser)
	return page.SeeOther(w, r, d.URL)
}

// ExternalReturn takes a person who came back from a provider, whatever for.
func (s *Site) ExternalReturn(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Referrer-Policy", "no-referrer") // the address holds a code
	if s.Employees != nil && s.Employees.Speaks(r.PathValue("provider")) {
		return s.staffReturn(w, r)
	}
	browser := s.Secret(r, page.ExternalCookie)
	var session *auth.Session
	if now, ok := page.SessionOf(r.Context()); ok {
		session = &now.Session
	}
	e, err := s.External.Return(r.Context(), r.PathValue("provider"), browser, r.URL.Query(), session, page.Client(r))
	if err != nil {
		return s.externalFailed(w, r, e.Attempt, err)
	}
	s.SetSecret(w, page.ExternalCookie, "")
	switch {
	case e.Session != "":
		s.SetSecret(w, page.SessionCookie, e.Session)
		return s.landed(w, r, e.Session, e.Attempt.Return)
	case e.Arrival != "":
		s.SetSecret(w, page.ArrivalCookie, e.Arrival)
		return page.SeeOther(w, r, "/login/external/account")
	}
	return page.SeeOther(w, r, page.Local(e.Attempt.Return, "/"))
}

// externalFailed says why, and what else there is.
func (s *Site) externalFailed(w http.ResponseWriter, r *http.Request, a federation.Attempt, refused error) error {
	p := s.New(r, "external.failed.title", "login")
	p.Path = "/login"
	for _, e := range problem.All(refused) { // no form can show it: the page is of its own
		if e.Kind == problem.Forbidden {
			refused = problem.New(problem.Conflict, e.Key).Coded(e.Code).Because(refused)
		}
	}
	status, err := s.Refused(r, p, refused)
	if err != nil {
		return err
	}
	for i := range p.Errors {
		p.Errors[i].Field = ""
	}
	providers := s.letOut(w)
	back := ""
	if a.AccountID != "" {
		back = page.Local(a.Return, "")
	}
	return s.Render(w, r, p, status, externalFailed(providers, back))
}

// ExternalAccount asks somebody who came from a provider how to go on.
func (s *Site) ExternalAccount(w http.ResponseWriter, r *http.Request) error {
	return s.showArrival(w, r, http.StatusOK, nil)
}

func (s *Site) showArrival(w http.ResponseWriter, r *http.Request, status int, refused error) error {
	a, err := s.External.Arrival(r.Context(), s.Secret(r, page.ArrivalCookie))
	if err != nil {
		return s.externalFailed(w, r, federation.Attempt{}, err)
	}
	p := s.New(r, "external.account.title", "login")
	p.Path = "/login/external/account"
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
		for i := range p.Errors {
			p.Errors[i].Field = ""
		}
	}
	session, ok := page.SessionOf(r.Context())
	signedIn := ok && session.Level == auth.Full && !session.Account.Role.Staff()
	return s.Render(w, r, p, status, externalAccount(a, signedIn, session.Account.Title))
}

// ExternalBind links who came to the cabinet that has been signed in to.
func (s *Site) ExternalBind(w http.ResponseWriter, r *http.Request) error {
	session, ok := page.SessionOf(r.Context())
	if !ok {
		return page.SeeOther(w, r, "/login?return=/login/external/account")
	}
	if led, err := s.LedToStep(w, r); led || err != nil { // a new way in
		return err
	}
	if err := s.External.BindArrival(r.Context(), s.Secret(r, page.ArrivalCookie), session.Session, page.Client(r)); err != nil {
		return s.showArrival(w, r, http.StatusUnprocessableEntity, err)
	}
	s.SetSecret(w, page.ArrivalCookie, "")
	return page.SeeOther(w, r, "/c/"+session.Profile+"/profile")
}

// sourceOf is «из ЕСИА, 22.11.2026» when a value is what the provider answers for.
func (s *Site) sourceOf(p *kit.Page, f signup.Form) func(own, stated string) string {
	c := f.Draft.Outside
	if c == nil {
		return func(string, string) string { return "" }
	}
	name := c.Provider
	for _, o := range s.External.Providers() {
		if o.ID == c.Provider {
			name = o.Name
		}
	}
	return func(own, stated string) string {
		if own == "" || own != stated {
			return ""
		}
		return p.T("external.source", "Name", name, "Date", p.Words.Date(c.At))
	}
}

// prefilledPhone is the phone that a provider answers for.
func (s *Site) prefilledPhone(r *http.Request) string {
	token := s.Secret(r, page.ArrivalCookie)
	if token == "" {
		return ""
	}
	a, err := s.External.Arrival(r.Context(), token)
	if err != nil || !a.Claims.PhoneVerified {
		return ""
	}
	return identity.FormatPhone(a.Claims.Phone)
}

// letOut lets the forms of a page lead to the providers, and returns them.
func (s *Site) letOut(w http.ResponseWriter) []federation.Provider {
	providers := s.External.Providers()
	page.LeadsTo(w, providers...)
	return providers
}

// beginWith starts a sign-up with the country, or with what a provider answers for.
func (s *Site) beginWith(w http.ResponseWriter, r *http.Request, token string) error {
	if err := s.Signups.SetCountry(r.Context(), token, identity.Country(r.PostForm.Get("country"))); err != nil {
		return err
	}
	arrival := s.Secret(r, page.ArrivalCookie)
	if arrival == "" {
		return nil
	}
	s.SetSecret(w, page.ArrivalCookie, "")
	err := s.External.Attach(r.Context(), token, arrival)
	if problem.KindOf(err) == problem.NotFound { // its time is over: the form is filled in by hand
		return nil
	}
	return err
}
