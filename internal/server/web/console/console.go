// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package console is where staff work: the operator's queue, the officer's register, the
// auditor's record, the administrator's installation. Staff sign in with a password and
// a code; each console admits its one role; what they look at is recorded.
package console

import (
	"net/http"
	"slices"
	"strings"

	"podpis/internal/server/web/page"
	"podpis/internal/service/ca"
	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
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
	p.Scripts = append(p.Scripts, "desk.js")
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
	if !asksReveal(r) {
		return false, nil
	}
	return b.LedToStep(w, r)
}

// asksReveal reports a page on which what is sealed is to be shown: the page alone, which asked for the step. A form that
// is refused draws the page anew without one.
func asksReveal(r *http.Request) bool {
	return r.Method == http.MethodGet && r.FormValue("reveal") == "1"
}

func (s *Site) show(w http.ResponseWriter, r *http.Request, actor ra.Actor, status int, refused error) error {
	a, err := s.Desk.Inspect(r.Context(), actor, r.PathValue("id"), asksReveal(r))
	if err != nil {
		return err
	}
	v, err := s.checked(r, actor, a)
	if err != nil {
		return err
	}
	p := s.New(r, "check.title", "queue", "Number", ra.Number(a.Number))
	p.Scripts = append(p.Scripts, "desk.js")
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, check(p, v))
}

type checkView struct {
	App                       ra.Application
	URL, Words, Reason, Field string
	Ticks                     []string
	Previous, Next            string // applications beside this one in the queue
	Rows                      []egrip.Row
	Entry                     egrip.Entry
}

// checked gathers what stands beside an application: its neighbours in the queue and what
// the register says.
func (s *Site) checked(r *http.Request, actor ra.Actor, a ra.Application) (v checkView, err error) {
	v = checkView{
		App: a, URL: "/op/applications/" + a.ID, Ticks: r.PostForm["ticks"], Words: r.PostForm.Get("words"), Reason: r.PostForm.Get("reason"),
		Field: r.PostForm.Get("field"),
	}
	list, err := s.Desk.Queue(r.Context(), actor)
	if err != nil {
		return v, err
	}
	for i, other := range list {
		if other.ID != a.ID {
			continue
		}
		if i > 0 {
			v.Previous = "/op/applications/" + list[i-1].ID
		}
		if i+1 < len(list) {
			v.Next = "/op/applications/" + list[i+1].ID
		}
	}
	stated := identity.Profile{Kind: a.Form.Kind, RegisterNumber: a.Form.OGRNIP, Company: a.Form.Company}
	if a.Form.Kind == identity.Organisation {
		stated.RegisterNumber = a.Form.Company.OGRN
	}
	v.Rows, v.Entry, err = s.Registry.Beside(r.Context(), asker(actor), stated, a.Form.Person)
	return v, err
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
			words := strings.TrimSpace(f.Get("words"))
			if i := slices.Index(returnPhrases(), f.Get("phrase")); words == "" && i >= 0 {
				words = s.New(r, "check.return", "queue").T("check.phrase." + returnPhrases()[i])
			}
			if words != "" {
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

// returnPhrases are ready words for what most applications are given back for.
func returnPhrases() []string {
	return []string{"unreadable", "spread", "names", "number", "address", "authority"}
}

// File shows a document.
func (s *Site) File(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return page.ServeFile(w, r, s.Desk, actor)
}
