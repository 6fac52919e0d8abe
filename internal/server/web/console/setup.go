// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"time"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/ra"
	"podpis/internal/service/workplace"
)

// AdminSetups shows what services ask of a workplace, and the form of a new one.
func (s *Site) AdminSetups(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showSetups(w, r, actor, nil)
}

const setupsPage = "/admin/workplace/setups"

func (s *Site) showSetups(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	all, err := s.Oversight.Setups(r.Context(), overseer(actor))
	if err != nil {
		return err
	}
	p := s.New(r, "admin.setup.title", "admin-workplace")
	t := table{Title: p.T("admin.setup.list"), Empty: "—", Head: []string{p.T("workplace.name"), p.T("admin.setup.word"), p.T("admin.policy.from"), p.T("admin.workplace.to"), p.T("admin.policy.who")}}
	for _, row := range all {
		t.Rows = append(t.Rows, []cell{{Text: row.Names[p.Words.Language()], URL: setupsPage + "/" + row.ID}, {Text: row.Code}, {Text: p.Words.Date(row.From)}, {Text: dateText(p, row.To)}, {Text: whoSet(p, row.By)}})
	}
	f := r.PostForm
	inputs := []kit.Input{{Name: "word", Label: p.T("admin.setup.word"), Hint: p.T("admin.setup.word.hint"), Value: f.Get("word"), MaxLength: 40}}
	for _, language := range workplace.Languages() {
		name := "name_" + language
		inputs = append(inputs, kit.Input{Name: name, Label: p.T("admin.setup.name." + language), Value: f.Get(name), MaxLength: 100})
	}
	for _, kind := range workplace.Asked() {
		in := kit.Input{Name: workplace.Field(kind), Label: p.T("check.row." + string(kind)), Value: f.Get(workplace.Field(kind)), MaxLength: 500, Optional: true}
		switch kind {
		case workplace.Browser:
			in.Hint = p.T("admin.setup.need.hint")
		case workplace.Root:
			in.Hint = p.T("admin.setup.root.hint")
		}
		inputs = append(inputs, in)
	}
	inputs = append(inputs,
		kit.Input{Name: "site", Label: p.T("admin.setup.site"), Value: f.Get("site"), MaxLength: 200, Optional: true},
		kit.Input{Name: "from", Label: p.T("admin.policy.from"), Type: "date", Value: typedDate(f.Get, "from")},
		kit.Input{Name: "to", Label: p.T("admin.workplace.to"), Hint: p.T("admin.workplace.to.hint"), Type: "date", Value: typedDate(f.Get, "to")},
		kit.Input{Name: "source", Label: p.T("admin.workplace.source"), Hint: p.T("admin.workplace.source.hint"), Value: f.Get("source"), MaxLength: 200},
	)
	v := sheet{
		Lead: p.T("admin.setup.text"), Tables: []table{t},
		Links: []link{{URL: "/admin/workplace", Text: p.T("admin.workplace.title")}, {URL: "/check", Text: p.T("workplace.title")}},
		Forms: []form{{ID: "setup", Title: p.T("admin.setup.new"), Lead: p.T("admin.setup.new.text"), Action: setupsPage, Button: p.T("admin.setup.add"), Inputs: inputs}},
	}
	return s.showSheet(w, r, p, v, refused)
}

// AdminPutSetup adds what a service asks for.
func (s *Site) AdminPutSetup(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	f := r.PostForm
	row := workplace.Setup{Code: f.Get("word"), Names: map[string]string{}, Needs: map[workplace.Kind]string{}, Site: f.Get("site"), Source: f.Get("source")}
	for _, language := range workplace.Languages() {
		row.Names[language] = f.Get("name_" + language)
	}
	for _, kind := range workplace.Asked() {
		if text := f.Get(workplace.Field(kind)); text != "" {
			row.Needs[kind] = text
		}
	}
	err := typedDays(s.New(r, "admin.setup.title", "admin-workplace"), r, day{"from", &row.From}, day{"to", &row.To})
	if err == nil {
		err = s.Oversight.PutSetup(r.Context(), overseer(actor), row)
	}
	if err != nil {
		return s.showSetups(w, r, actor, err)
	}
	return page.SeeOther(w, r, setupsPage)
}

// AdminSetup shows one, which may be ended.
func (s *Site) AdminSetup(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showSetup(w, r, actor, nil)
}

func (s *Site) showSetup(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	all, err := s.Oversight.Setups(r.Context(), overseer(actor))
	if err != nil {
		return err
	}
	for _, row := range all {
		if row.ID != r.PathValue("id") {
			continue
		}
		p := s.New(r, "admin.setup.row", "admin-workplace", "Name", row.Names["ru"])
		facts := []kit.Fact{{Name: p.T("admin.setup.word"), Value: row.Code}}
		for _, language := range workplace.Languages() {
			facts = append(facts, kit.Fact{Name: p.T("admin.setup.name." + language), Value: row.Names[language]})
		}
		for _, kind := range workplace.Asked() {
			facts = append(facts, kit.Fact{Name: p.T("check.row." + string(kind)), Value: orNothing(row.Needs[kind])})
		}
		facts = append(facts,
			kit.Fact{Name: p.T("admin.setup.site"), Value: orNothing(row.Site)},
			kit.Fact{Name: p.T("admin.policy.from"), Value: p.Words.Date(row.From)}, kit.Fact{Name: p.T("admin.workplace.to"), Value: dateText(p, row.To)},
			kit.Fact{Name: p.T("admin.workplace.source"), Value: row.Source}, kit.Fact{Name: p.T("admin.policy.who"), Value: whoSet(p, row.By)}, kit.Fact{Name: p.T("admin.policy.changed"), Value: timeText(p, row.At)},
		)
		v := sheet{Facts: facts, Links: []link{{URL: setupsPage, Text: p.T("admin.setup.title")}}, Forms: []form{endForm(p, r, setupsPage+"/"+row.ID)}}
		return s.showSheet(w, r, p, v, refused)
	}
	return problem.New(problem.NotFound, "error.page_missing")
}

// endForm ends a dated row.
func endForm(p *kit.Page, r *http.Request, address string) form {
	return form{
		ID: "end", Title: p.T("admin.workplace.end"), Lead: p.T("admin.workplace.end.text"), Action: address + "/end", Button: p.T("admin.workplace.end.button"),
		Inputs: []kit.Input{{Name: "to", Label: p.T("admin.workplace.to"), Type: "date", Value: typedDate(r.PostForm.Get, "to")}},
	}
}

// AdminEndSetup ends one.
func (s *Site) AdminEndSetup(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	var to time.Time
	err := typedDays(s.New(r, "admin.setup.title", "admin-workplace"), r, day{"to", &to})
	if err == nil {
		err = s.Oversight.EndSetup(r.Context(), overseer(actor), r.PathValue("id"), to)
	}
	if err != nil {
		return s.showSetup(w, r, actor, err)
	}
	return page.SeeOther(w, r, setupsPage+"/"+r.PathValue("id"))
}
