// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"net/http"
	"strings"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/document"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
)

type requisitesView struct {
	Base  string
	Known document.Known
	Role  identity.Profile
	Typed document.Requisites
	Saved bool
}

// Requisites shows the requisites of the role: what the register states, and what was typed.
func (s *Documents) Requisites(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.requisites(w, r, actor, nil)
}

func (s *Documents) requisites(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	if role(r).Kind == identity.Individual {
		return problem.New(problem.NotFound, "egrip.no_register")
	}
	known, err := s.Documents.Requisites(r.Context(), s.actor(r, actor))
	if err != nil {
		return err
	}
	v := requisitesView{Base: "/c/" + r.PathValue("pid") + "/requisites", Known: known, Role: role(r), Typed: known.Requisites, Saved: r.URL.Query().Get("done") != ""}
	p := s.New(r, "requisites.title", "requisites")
	status := http.StatusOK
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
		v.Typed = requisitesOf(r)
	}
	return s.Render(w, r, p, status, requisitesPage(v))
}

func requisitesOf(r *http.Request) document.Requisites {
	f := r.PostForm
	return document.Requisites{
		Address: f.Get("address"), Postal: f.Get("postal"), Phone: f.Get("phone"), Mail: f.Get("mail"), Bank: f.Get("bank"), BIK: f.Get("bik"),
		Account: f.Get("account"), Correspondent: f.Get("correspondent"),
	}
}

// SetRequisites takes what was typed.
func (s *Documents) SetRequisites(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	if err := s.Documents.SetRequisites(r.Context(), s.actor(r, actor), requisitesOf(r)); err != nil {
		return s.requisites(w, r, actor, err)
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/requisites?done=1")
}

// stated are the requisites that the register knows.
func (v requisitesView) stated(p *kit.Page) (list []kit.Fact) {
	rec := v.Known.Register
	if rec == nil {
		return nil
	}
	heads := make([]string, 0, len(rec.Heads))
	for _, h := range rec.Heads {
		heads = append(heads, strings.TrimSuffix(h.Name.String()+", "+h.Position, ", "))
	}
	for _, f := range []kit.Fact{
		{Name: p.T("registry.field.name." + string(rec.Register)), Value: rec.Title()},
		{Name: p.T("registry.field.inn"), Value: rec.INN, Mono: true, Copy: true},
		{Name: p.T("registry.field.kpp"), Value: v.Known.KPP(), Mono: true, Copy: true},
		{Name: p.T("registry.field.number." + string(rec.Register)), Value: rec.Number, Mono: true, Copy: true},
		{Name: p.T("requisites.address"), Value: rec.Address.String(), Copy: true},
		{Name: p.T("registry.field.head"), Value: strings.Join(heads, "; ")},
	} {
		if f.Value != "" {
			list = append(list, f)
		}
	}
	return list
}

// typesAddress reports a role whose legal address no register tells.
func (v requisitesView) typesAddress() bool {
	return v.Known.Register == nil || v.Known.Register.Address.String() == ""
}
