// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth/employee"
	"podpis/internal/service/federation"
)

// staffWays are the directories by which staff sign in.
func (s *Site) staffWays() []employee.Way {
	if s.Employees == nil {
		return nil
	}
	return s.Employees.Ways()
}

// StaffLogin shows the sign-in of staff by the directories of their company.
func (s *Site) StaffLogin(w http.ResponseWriter, r *http.Request) error {
	return s.showStaffLogin(w, r, "", nil)
}

func (s *Site) showStaffLogin(w http.ResponseWriter, r *http.Request, at string, refused error) error {
	ways := s.staffWays()
	if len(ways) == 0 {
		return problem.New(problem.NotFound, "error.page_missing")
	}
	p := s.New(r, "employee.title", "login")
	p.Path = "/login/staff"
	status := http.StatusOK
	if refused != nil {
		var list problem.List
		for _, e := range problem.All(refused) {
			if e.Kind == problem.Forbidden { // said here: no other page knows better
				e = problem.New(problem.Conflict, e.Key)
			}
			list = append(list, e)
		}
		if len(list) > 0 {
			refused = list.Err()
		}
		var err error
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	var outside []federation.Provider
	for _, way := range ways {
		outside = append(outside, way.Provider)
	}
	page.LeadsTo(w, outside...)
	return s.Render(w, r, p, status, staffLogin(ways, at, r.PostFormValue("login"), r.FormValue("return")))
}

// StaffLoginDone signs in by a password of a directory, or sends to a provider.
func (s *Site) StaffLoginDone(w http.ResponseWriter, r *http.Request) error {
	if err := page.Form(r); err != nil {
		return err
	}
	if s.Employees == nil {
		return problem.New(problem.NotFound, "error.page_missing")
	}
	provider, back := r.PathValue("provider"), page.Local(r.PostForm.Get("return"), "")
	if s.Employees.Speaks(provider) {
		d, err := s.Employees.Leave(r.Context(), provider, back, page.Client(r))
		if err != nil {
			return s.showStaffLogin(w, r, provider, err)
		}
		s.SetSecret(w, page.ExternalCookie, d.Browser)
		return page.SeeOther(w, r, d.URL)
	}
	token, err := s.Employees.SignIn(r.Context(), provider, r.PostForm.Get("login"), r.PostForm.Get("password"), page.Client(r))
	if err != nil {
		return s.showStaffLogin(w, r, provider, err)
	}
	s.SetSecret(w, page.SessionCookie, token)
	return s.landed(w, r, token, back)
}

// staffReturn takes a member of staff who came back from a provider.
func (s *Site) staffReturn(w http.ResponseWriter, r *http.Request) error {
	token, back, err := s.Employees.Return(r.Context(), r.PathValue("provider"), s.Secret(r, page.ExternalCookie), r.URL.Query(), page.Client(r))
	if err != nil {
		return s.showStaffLogin(w, r, "", err)
	}
	s.SetSecret(w, page.ExternalCookie, "")
	s.SetSecret(w, page.SessionCookie, token)
	return s.landed(w, r, token, back)
}
