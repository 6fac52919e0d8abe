// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"strings"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
	"podpis/internal/service/egrip"
	"podpis/internal/service/ra"
)

func asker(actor ra.Actor) egrip.Actor {
	return egrip.Actor{Name: "account/" + actor.Account.ID, AccountID: actor.Account.ID, Origin: actor.Client.Network}
}

// operates refuses staff of other duties: who a person may act for is an operator's to
// decide.
func operates(actor ra.Actor) error {
	if actor.Account.Role != auth.Operator {
		return problem.New(problem.Forbidden, "auth.role.other")
	}
	return nil
}

// Roles shows the requests for roles that the register does not settle.
func (s *Site) Roles(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showRoles(w, r, actor, nil)
}

func (s *Site) showRoles(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	if err := operates(actor); err != nil {
		return err
	}
	list, err := s.Registry.Reviewable(r.Context(), asker(actor))
	if err != nil {
		return err
	}
	p := s.New(r, "op.roles.title", "roles")
	status := http.StatusOK
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, roles(list, r.PathValue("id"), r.PostForm.Get("words")))
}

// DecideRole takes an operator's decision on a request for a role.
func (s *Site) DecideRole(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := operates(actor); err != nil {
		return err
	}
	if err := page.Form(r); err != nil {
		return err
	}
	f := r.PostForm
	opens := f.Get("decision") == "approve"
	if opens {
		if led, err := s.LedToStep(w, r); led || err != nil {
			return err
		}
	}
	if err := s.Registry.Decide(r.Context(), asker(actor), r.PathValue("id"), opens, f.Get("words")); err != nil {
		return s.showRoles(w, r, actor, err)
	}
	return page.SeeOther(w, r, "/op/roles")
}

// headsOf are whom the register names.
func headsOf(r egrip.Request) string {
	if r.Register == nil {
		return ""
	}
	var list []string
	for _, h := range r.Register.Heads {
		list = append(list, strings.TrimSuffix(h.Name.String()+", "+h.Position, ", "))
	}
	return strings.Join(list, "; ")
}
