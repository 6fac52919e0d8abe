// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package console is where staff work: the operator's queue, the officer's register, the
// auditor's record, the administrator's installation. Staff sign in with a password and
// a code; each console admits its one role; what they look at is recorded.
package console

import (
	"net/http"
	"strings"

	"podpis/internal/server/web/page"
	"podpis/internal/service/ca"
	"podpis/internal/service/egrip"
	"podpis/internal/service/oversight"
	"podpis/internal/service/ra"
)

// Site is the consoles.
type Site struct {
	*page.Base
	Desk      *ra.Service
	Registry  *egrip.Service
	Authority *ca.Service
	Oversight *oversight.Service
}

// Queue shows what waits, the earliest term first.
func (s *Site) Queue(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	list, err := s.Desk.Queue(r.Context(), actor)
	if err != nil {
		return err
	}
	p := s.New(r, "queue.title", "queue")
	return s.Show(w, r, p, queue(list, s.Now()))
}

// Application shows an application to be decided. ?reveal=1 shows numbers of
// documents in full, which is recorded and asks for a fresh second step.
func (s *Site) Application(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if led, err := revealing(s.Base, w, r); led || err != nil {
		return err
	}
	return s.show(w, r, actor, http.StatusOK, nil)
}

// revealing leads who opens what is sealed to the second step first.
func revealing(b *page.Base, w http.ResponseWriter, r *http.Request) (led bool, err error) {
	if r.FormValue("reveal") != "1" {
		return false, nil
	}
	return b.LedToStep(w, r)
}

func (s *Site) show(w http.ResponseWriter, r *http.Request, actor ra.Actor, status int, refused error) error {
	a, err := s.Desk.Inspect(r.Context(), actor, r.PathValue("id"), r.FormValue("reveal") == "1")
	if err != nil {
		return err
	}
	p := s.New(r, "check.title", "queue", "Number", ra.Number(a.Number))
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, check(p, checkView{
		App: a, URL: "/op/applications/" + a.ID, Ticks: r.PostForm["ticks"], Words: r.PostForm.Get("words"), Reason: r.PostForm.Get("reason"),
		Field: r.PostForm.Get("field"),
	}))
}

type checkView struct {
	App                       ra.Application
	URL, Words, Reason, Field string
	Ticks                     []string
}

// Decide takes one of the three decisions.
func (s *Site) Decide(decision string) func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		if err := page.Form(r); err != nil {
			return err
		}
		id, f := r.PathValue("id"), r.PostForm
		var refused error
		switch decision {
		case "approve":
			refused = s.Desk.Approve(r.Context(), actor, id, f.Get("seen"), f["ticks"])
		case "return":
			var marks []ra.Mark
			if words := strings.TrimSpace(f.Get("words")); words != "" {
				marks = []ra.Mark{{Field: markField(f.Get("field")), Words: words}}
			}
			refused = s.Desk.ReturnForCorrection(r.Context(), actor, id, marks)
		default:
			refused = s.Desk.RefuseApplication(r.Context(), actor, id, f.Get("reason"))
		}
		if refused != nil {
			return s.show(w, r, actor, http.StatusUnprocessableEntity, refused)
		}
		http.Redirect(w, r, "/op/applications", http.StatusSeeOther)
		return nil
	}
}

// markFields are the parts of an application that can be marked.
func markFields() []string { return []string{"person", "documents", "place", "holder"} }

func markField(name string) string {
	for _, f := range markFields() {
		if f == name {
			return f
		}
	}
	return "person"
}

// File shows a document.
func (s *Site) File(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return page.ServeFile(w, r, s.Desk, actor)
}
