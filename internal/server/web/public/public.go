// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package public is the part of the site that needs no account: the first page,
// trying a signature, checking one, the authority's certificates, help, sign-up
// and sign-in.
package public

import (
	"net/http"

	"podpis/internal/platform/problem"
	"podpis/internal/server/middleware"
	"podpis/internal/server/web/guard"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/approve"
	"podpis/internal/service/auth/certified"
	"podpis/internal/service/auth/employee"
	"podpis/internal/service/auth/signup"
	"podpis/internal/service/ca"
	"podpis/internal/service/consult"
	"podpis/internal/service/download"
	"podpis/internal/service/factor"
	"podpis/internal/service/people"
	"podpis/internal/service/recovery"
	"podpis/internal/service/support"
	"podpis/internal/service/trust"
	"podpis/internal/service/verdict"
	"podpis/internal/service/workplace"
	"podpis/sign"
)

// Site is the public part.
type Site struct {
	*page.Base
	Accounts   *auth.Service
	Signups    *signup.Service
	Certified  *certified.Service
	Factors    *factor.Service
	Authority  *ca.Service
	Trust      *trust.Service
	Register   *trust.Register
	Gate       *trust.Gate
	Verdicts   *verdict.Service
	Stamps     sign.Timestamper // of signatures that are raised
	Guard      *guard.Guard
	Support    *support.Service
	Recovery   *recovery.Service
	People     *people.Service
	Workplaces *workplace.Service
	Approvals  *approve.Service
	Downloads  *download.Service
	Consult    *consult.Service
	Employees  *employee.Service // nil: staff have passwords here alone
	// Module gives a module of the browser, compressed by gzip.
	Module func(name string) (content []byte, ok bool)

	pages  savedPages
	handed middleware.Rate // reports and raised signatures
	loads  middleware.Rate // measurements of the connection
	asks   middleware.Rate // challenges of passkeys, certificates and second steps
}

// Landing is the first page.
func (s *Site) Landing(w http.ResponseWriter, r *http.Request) error {
	p := s.New(r, "landing.title", "")
	return s.Show(w, r, p, landing())
}

// CA shows the certificates and lists of the authority.
func (s *Site) CA(w http.ResponseWriter, r *http.Request) error {
	p := s.New(r, "ca.title", "ca")
	return s.Show(w, r, p, authority(s.Authority.Authorities()))
}

// Text shows a page that is only text: its key is the last part of the address.
func (s *Site) Text(key string) page.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p := s.New(r, "text."+key+".title", "")
		return s.Show(w, r, p, prose("text."+key))
	}
}

// HelpError explains an error of the catalogue.
func (s *Site) HelpError(w http.ResponseWriter, r *http.Request) error {
	code := r.PathValue("code")
	p := s.New(r, "help.error", "", "Code", code)
	if !kit.Catalogued(code) {
		return problem.New(problem.NotFound, "help.error_missing")
	}
	return s.Show(w, r, p, helpError(code, s.Phone(r.Context())))
}

// Try is the page with a throw-away key.
func (s *Site) Try(w http.ResponseWriter, r *http.Request) error {
	p := s.New(r, "try.title", "try")
	p.Scripts = append(p.Scripts, "signer.js")
	return s.Show(w, r, p, try())
}
