// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/privacy"
	"podpis/internal/service/ra"
)

// Privacy is the register of breaches of personal data.
type Privacy struct {
	*Site
	Privacy *privacy.Service
}

// Breaches shows the register with the terms of each.
func (s *Privacy) Breaches(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.show(w, r, actor, nil)
}

func (s *Privacy) show(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	list, err := s.Privacy.Breaches(r.Context(), actor.Account)
	if err != nil {
		return err
	}
	p := s.New(r, "breach.title", "admin-breaches")
	t := table{Empty: p.T("breach.empty"), Head: []string{p.T("breach.found"), p.T("breach.words"), p.T("breach.people"), p.T("breach.tell"), p.T("breach.results"), p.T("breach.next")}}
	for _, b := range list {
		next := cell{Text: "—"}
		name := timeText(p, b.FoundAt)
		switch {
		case b.ToldAt.IsZero():
			next = cell{Text: p.T("breach.tell.done"), Post: "/admin/breaches/" + b.ID + "/tell", Name: name}
		case b.ResultsAt.IsZero():
			next = cell{Text: p.T("breach.results.done"), Post: "/admin/breaches/" + b.ID + "/results", Name: name}
		}
		t.Rows = append(t.Rows, []cell{
			{Text: name}, {Text: b.Words}, {Text: strconv.FormatInt(b.People, 10)}, termCell(p, b.ToldAt, b.TellBy, b.TellLate), termCell(p, b.ResultsAt, b.ResultsBy, b.EndedLate), next,
		})
	}
	f := r.PostForm
	v := sheet{Lead: p.T("breach.text"), Tables: []table{t}, Forms: []form{{
		ID: "breach", Title: p.T("breach.new"), Lead: p.T("breach.new.text"), Action: "/admin/breaches", Button: p.T("breach.enter"),
		Inputs: []kit.Input{
			{Name: "words", Label: p.T("breach.words"), Hint: p.T("breach.words.hint"), Value: f.Get("words"), MaxLength: 1000},
			{Name: "people", Label: p.T("breach.people"), Value: f.Get("people"), Mode: "numeric"},
		},
	}}}
	return s.showSheet(w, r, p, v, refused)
}

// termCell says until when, or when it was done.
func termCell(p *kit.Page, done, due time.Time, late bool) cell {
	switch {
	case !done.IsZero():
		return cell{Text: p.T("breach.done", "Time", timeText(p, done)), Tag: true, Tone: kit.OK}
	case late:
		return cell{Text: p.T("breach.late", "Time", timeText(p, due)), Tag: true, Tone: kit.Wax}
	}
	return cell{Text: p.T("breach.due", "Time", timeText(p, due)), Tag: true, Tone: kit.Warn}
}

// Enter puts a breach into the register.
func (s *Privacy) Enter(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	n, err := strconv.ParseInt(strings.TrimSpace(r.PostForm.Get("people")), 10, 64)
	if err != nil {
		return s.show(w, r, actor, problem.New(problem.Invalid, "privacy.breach.people").At("people"))
	}
	if err := s.Privacy.Enter(r.Context(), actor.Account, actor.Client, r.PostForm.Get("words"), n); err != nil {
		return s.show(w, r, actor, err)
	}
	return page.SeeOther(w, r, "/admin/breaches")
}

// Done notes a step of a breach.
func (s *Privacy) Done(what string) page.HolderHandler {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		if err := s.Privacy.Done(r.Context(), actor.Account, actor.Client, r.PathValue("id"), what); err != nil {
			return s.show(w, r, actor, err)
		}
		return page.SeeOther(w, r, "/admin/breaches")
	}
}
