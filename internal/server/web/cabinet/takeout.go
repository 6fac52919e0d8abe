// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"net/http"
	"slices"
	"strconv"

	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/ra"
	"podpis/internal/service/takeout"
)

// Takeouts is the page of archives by a plan, under /c/{pid}/security/takeout.
type Takeouts struct {
	*Site
	Takeout *takeout.Service
}

type takeoutView struct {
	Base string
	Plan *takeout.Plan // nil: there is none
	Form takeout.Plan  // what stands in the form
	Day  string        // as typed
	Runs []takeout.Run
}

func archivist(actor ra.Actor) takeout.Actor {
	return takeout.Actor{Account: actor.Account, Client: actor.Client}
}

// Show shows the plan and what was made.
func (s *Takeouts) Show(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.show(w, r, actor, nil)
}

func (s *Takeouts) show(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	v := takeoutView{Base: securityBase(r) + "/takeout", Form: takeout.Plan{Every: takeout.Monthly, Day: 1, Parts: takeout.AllParts()}}
	var err error
	if v.Plan, v.Runs, err = s.Takeout.Look(r.Context(), actor.Account); err != nil {
		return err
	}
	if v.Plan != nil {
		v.Form = *v.Plan
	}
	v.Day = strconv.Itoa(v.Form.Day)
	if r.PostForm.Has("every") {
		v.Form, v.Day = planOf(r), r.PostForm.Get("day")
	}
	p := s.New(r, "takeout.title", "security")
	p.Path = v.Base
	status := http.StatusOK
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, takeoutPage(v))
}

func planOf(r *http.Request) takeout.Plan {
	p := takeout.Plan{Every: takeout.Every(r.PostForm.Get("every")), Whole: r.PostForm.Get("content") == "whole"}
	p.Day, _ = strconv.Atoi(r.PostForm.Get("day")) // what is no number is 0, which is refused
	for _, part := range takeout.AllParts() {
		if r.PostForm.Get("part_"+string(part)) == "yes" {
			p.Parts = append(p.Parts, part)
		}
	}
	return p
}

// Set makes or changes the plan.
func (s *Takeouts) Set(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	return s.after(w, r, actor, s.Takeout.Set(r.Context(), archivist(actor), planOf(r)))
}

func (s *Takeouts) after(w http.ResponseWriter, r *http.Request, actor ra.Actor, err error) error {
	if err != nil {
		return s.show(w, r, actor, err)
	}
	return page.SeeOther(w, r, securityBase(r)+"/takeout")
}

// Now makes an archive at once.
func (s *Takeouts) Now(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.after(w, r, actor, s.Takeout.Now(r.Context(), archivist(actor)))
}

// Pause stops the plan for a while, or takes it up again.
func (s *Takeouts) Pause(paused bool) page.HolderHandler {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		return s.after(w, r, actor, s.Takeout.Pause(r.Context(), archivist(actor), paused))
	}
}

// End takes the plan away.
func (s *Takeouts) End(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.after(w, r, actor, s.Takeout.End(r.Context(), archivist(actor)))
}

// Archive hands an archive out.
func (s *Takeouts) Archive(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	content, run, err := s.Takeout.Archive(r.Context(), archivist(actor), r.PathValue("id"))
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="podpis-`+run.CreatedAt.UTC().Format("2006-01-02")+`.zip"`)
	_, err = w.Write(content)
	return err
}

// has tells whether a part is ticked.
func (v takeoutView) has(part takeout.Part) bool { return slices.Contains(v.Form.Parts, part) }

func everyChoices(p *kit.Page) []kit.Choice {
	var list []kit.Choice
	for _, e := range takeout.Periods() {
		list = append(list, kit.Choice{Value: string(e), Title: p.T("takeout.every." + string(e))})
	}
	return list
}

func contentOf(whole bool) string {
	if whole {
		return "whole"
	}
	return "new"
}

// planWords is the plan in one line.
func planWords(p *kit.Page, plan takeout.Plan) string {
	if plan.Every == takeout.Weekly {
		return p.T("takeout.plan.week", "Day", p.T("takeout.weekday."+strconv.Itoa(plan.Day)))
	}
	return p.T("takeout.plan."+string(plan.Every), "Day", plan.Day)
}

func runTone(s takeout.State) kit.Tone {
	switch s {
	case takeout.Ready:
		return kit.OK
	case takeout.Failed:
		return kit.Wax
	case takeout.Waiting, takeout.Again:
		return kit.Warn
	}
	return kit.Plain
}
