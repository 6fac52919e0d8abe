// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"strings"

	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/connection"
	"podpis/internal/service/ra"
)

// Connections is the queue of those who want to be connected.
type Connections struct {
	*page.Base
	Connections *connection.Service
}

// Queue shows who waits for a call.
func (s *Connections) Queue(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	list, err := s.Connections.Queue(r.Context(), actor.Account)
	if err != nil {
		return err
	}
	return s.Show(w, r, s.New(r, "op.connections.title", "connections"), connections(list, s.Now()))
}

// Request shows one; the look is recorded.
func (s *Connections) Request(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.request(w, r, actor, nil)
}

func (s *Connections) request(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	req, err := s.Connections.Look(r.Context(), actor.Account, r.PathValue("id"), actor.Client)
	if err != nil {
		return err
	}
	p := s.New(r, "connect.state.title", "connections", "Number", connection.Number(req.Number))
	status := http.StatusOK
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, connectionPage(req, r.PostForm.Get("note")))
}

// Move leads a request on.
func (s *Connections) Move(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	to := connection.State(r.PostForm.Get("to"))
	if err := s.Connections.Move(r.Context(), actor.Account, r.PathValue("id"), to, r.PostForm.Get("note"), actor.Client); err != nil {
		return s.request(w, r, actor, err)
	}
	if to == connection.Closed {
		return page.SeeOther(w, r, "/op/connections")
	}
	return page.SeeOther(w, r, "/op/connections/"+r.PathValue("id"))
}

// connectionFacts are what was asked.
func connectionFacts(p *kit.Page, f connection.Form) []kit.Fact {
	options := make([]string, 0, len(f.Options))
	for _, o := range f.Options {
		options = append(options, p.T("connect.options."+o))
	}
	rows := []kit.Fact{
		{Name: p.T("connect.purpose"), Value: p.T("connect.purpose." + f.Purpose)}, {Name: p.T("field.country"), Value: p.T("connect.country." + f.Country)},
		{Name: p.T("connect.region"), Value: f.Region}, {Name: p.T("connect.city"), Value: f.City}, {Name: p.T("connect.organisation"), Value: f.Organisation, Copy: true},
		{Name: p.T("connect.inn"), Value: f.INN, Copy: true, Mono: true}, {Name: p.T("connect.kpp"), Value: f.KPP, Copy: true, Mono: true},
		{Name: p.T("connect.person"), Value: f.Person}, {Name: p.T("field.phone"), Value: f.Phone, Copy: true}, {Name: p.T("field.mail"), Value: f.Mail, Copy: true},
		{Name: p.T("connect.options"), Value: strings.Join(options, "; ")}, {Name: p.T("connect.words"), Value: f.Words},
	}
	kept := rows[:0]
	for _, x := range rows {
		if x.Value != "" {
			kept = append(kept, x)
		}
	}
	return kept
}
