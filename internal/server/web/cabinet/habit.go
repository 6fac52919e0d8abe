// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"encoding/json"
	"net/http"
	"time"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/habit"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
)

func habitActor(a ra.Actor) habit.Actor {
	return habit.Actor{Account: a.Account, Origin: a.Client.Network}
}

// habitsView is the list of good habits.
type habitsView struct {
	Base string // of the profile
	List []habit.State
}

// GoodHabits shows the list of good habits with the day each was last kept.
func (s *Site) GoodHabits(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	list, err := s.Habits.List(r.Context(), actor.Account)
	if err != nil {
		return err
	}
	p := s.New(r, "habits.title", "security")
	return s.Show(w, r, p, goodHabits(habitsView{Base: "/c/" + r.PathValue("pid"), List: list}))
}

// HabitDone takes the person's word.
func (s *Site) HabitDone(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	if err := s.Habits.Done(r.Context(), habitActor(actor), habit.Name(r.PostForm.Get("habit"))); err != nil {
		return err
	}
	return page.SeeOther(w, r, securityBase(r)+"/habits")
}

// act is where a habit is kept: an address under the profile.
func (v habitsView) act(name habit.Name) string {
	return v.Base + map[habit.Name]string{
		habit.Password: "/security/password", habit.Second: "/security/second", habit.Codes: "/security/second", habit.Sessions: "/security/sessions",
		habit.Backup: "/keys/backups", habit.Copies: "/keys/backups", habit.Contacts: "/profile", habit.Updates: "/security/habits",
	}[name]
}

// stateText says when a habit was last kept, and how that is known.
func stateText(p *kit.Page, h habit.State) string {
	switch {
	case h.At.IsZero() && h.Known:
		return p.T("habits.at.unknown")
	case h.At.IsZero():
		return p.T("habits.at.never")
	case h.Known:
		return p.T("habits.at.known", "Date", p.Words.Date(h.At))
	}
	return p.T("habits.at.said", "Date", p.Words.Date(h.At))
}

// copiesView are the copies of keys, and what was typed of a new one.
type copiesView struct {
	Base   string
	List   []habit.Copy
	There  int
	Typed  func(name string) string
	Medium string
	Now    time.Time
}

// KeyCopies shows the copies of keys that the person has told of.
func (s *Site) KeyCopies(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showCopies(w, r, actor, nil)
}

func (s *Site) showCopies(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	list, err := s.Habits.Copies(r.Context(), actor.Account)
	if err != nil {
		return err
	}
	p := s.New(r, "copies.title", "security")
	status := http.StatusOK
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	v := copiesView{Base: "/c/" + r.PathValue("pid"), List: list, Typed: r.PostForm.Get, Medium: r.PostForm.Get("medium"), Now: s.Now()}
	for _, c := range list {
		if c.EndedAt.IsZero() {
			v.There++
		}
	}
	return s.Render(w, r, p, status, keyCopies(v))
}

// mediaChoices are what a copy may lie on.
func mediaChoices(p *kit.Page) (list []kit.Choice) {
	for _, m := range habit.Media() {
		list = append(list, kit.Choice{Value: string(m), Title: p.T("copies.medium." + string(m))})
	}
	return list
}

// AddKeyCopy writes a copy down.
func (s *Site) AddKeyCopy(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	f := r.PostForm
	c := habit.Copy{Key: f.Get("which"), Medium: habit.Medium(f.Get("medium")), Place: f.Get("place"), Conditions: f.Get("conditions"), Encrypted: f.Get("encrypted") == "yes"}
	if d, ok := identity.ParseDate(f.Get("made_d"), f.Get("made_m"), f.Get("made_y")); ok {
		c.MadeAt = time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
	}
	if err := s.Habits.AddCopy(r.Context(), habitActor(actor), c); err != nil {
		return s.showCopies(w, r, actor, err)
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/keys/backups")
}

// ChangeKeyCopy confirms a copy, or writes down that it is no more.
func (s *Site) ChangeKeyCopy(what string) page.HolderHandler {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		change := s.Habits.ConfirmCopy
		if what == "end" {
			change = s.Habits.EndCopy
		}
		if err := change(r.Context(), habitActor(actor), r.PathValue("id")); err != nil {
			if problem.KindOf(err) == problem.NotFound {
				return err
			}
			return s.showCopies(w, r, actor, err)
		}
		return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/keys/backups")
	}
}

// keyState is what the authority knows of a certificate of the person, for
// the script that checks keys.
type keyState struct {
	Good bool   `json:"good"`
	Text string `json:"text"`
}

// Keys shows the keys of this browser and checks them, and those of files.
func (s *Site) Keys(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	certs, _, err := s.certificates(r, actor)
	if err != nil {
		return err
	}
	p := s.New(r, "keys.page.title", "security")
	p.Scripts = append(p.Scripts, "keys.js")
	states := map[string]keyState{}
	for _, c := range certs {
		status := c.Status(s.Now())
		states[c.Serial] = keyState{status == "active" || status == "ending", p.T("certificate.status." + status)}
	}
	text, err := json.Marshal(states)
	if err != nil {
		return err
	}
	return s.Show(w, r, p, keysPage("/c/"+r.PathValue("pid"), string(text)))
}
