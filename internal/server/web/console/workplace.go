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

// AdminWorkplaces shows the dated tables that workplaces are judged by.
func (s *Site) AdminWorkplaces(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showWorkplaces(w, r, actor, nil)
}

func (s *Site) showWorkplaces(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	all, err := s.Oversight.WorkplaceTable(r.Context(), overseer(actor))
	if err != nil {
		return err
	}
	p := s.New(r, "admin.workplace.title", "admin-workplace")
	v := sheet{Lead: p.T("admin.workplace.text"), Links: []link{{URL: setupsPage, Text: p.T("admin.setup.title")}, {URL: "/check/table", Text: p.T("workplace.table.title")}}}
	for _, kind := range workplace.Kinds() {
		t := table{Title: p.T("workplace.kind." + string(kind)), Empty: "—", Head: []string{p.T("workplace.name"), p.T("workplace.version"), p.T("guide.workplace.state"), p.T("admin.policy.from"), p.T("admin.workplace.to"), p.T("workplace.certificate"), p.T("admin.policy.who")}}
		for _, row := range all {
			if row.Kind != kind {
				continue
			}
			certificate := orNothing(row.Certificate)
			if !row.CertifiedTo.IsZero() {
				certificate += ", " + p.Words.Date(row.CertifiedTo)
			}
			t.Rows = append(t.Rows, []cell{
				{Text: row.Name, URL: "/admin/workplace/" + row.ID}, {Text: page.Version(p, row)}, {Text: page.Standing(p, row)},
				{Text: p.Words.Date(row.From)}, {Text: dateText(p, row.To)}, {Text: certificate}, {Text: whoSet(p, row.By)},
			})
		}
		v.Tables = append(v.Tables, t)
	}
	f := r.PostForm
	v.Forms = []form{{
		ID: "row", Title: p.T("admin.workplace.new"), Lead: p.T("admin.workplace.new.text"), Action: "/admin/workplace", Button: p.T("admin.workplace.add"),
		Inputs: []kit.Input{
			{Name: "name", Label: p.T("workplace.name"), Value: f.Get("name"), MaxLength: 100},
			{Name: "version", Label: p.T("workplace.version"), Hint: p.T("admin.workplace.version.hint"), Value: f.Get("version"), MaxLength: 40},
			{Name: "from", Label: p.T("admin.policy.from"), Type: "date", Value: typedDate(f.Get, "from"), Optional: true},
			{Name: "to", Label: p.T("admin.workplace.to"), Hint: p.T("admin.workplace.to.hint"), Type: "date", Value: typedDate(f.Get, "to"), Optional: true},
			{Name: "certificate", Label: p.T("admin.workplace.certificate"), Value: f.Get("certificate"), MaxLength: 100, Optional: true},
			{Name: "certified_to", Label: p.T("admin.workplace.certified_to"), Type: "date", Value: typedDate(f.Get, "certified_to"), Optional: true},
			{Name: "source", Label: p.T("admin.workplace.source"), Hint: p.T("admin.workplace.source.hint"), Value: f.Get("source"), MaxLength: 200},
		},
		Choices: []choices{
			{Name: "kind", Label: p.T("admin.workplace.kind"), Value: f.Get("kind"), Options: namedChoices(p, "workplace.kind.", workplace.Kinds())},
			{Name: "state", Label: p.T("guide.workplace.state"), Value: f.Get("state"), Options: namedChoices(p, "guide.state.", workplace.States())},
		},
	}}
	return s.showSheet(w, r, p, v, refused)
}

func namedChoices[T ~string](p *kit.Page, prefix string, values []T) (list []kit.Choice) {
	for _, v := range values {
		list = append(list, kit.Choice{Value: string(v), Title: p.T(prefix + string(v))})
	}
	return list
}

func dateText(p *kit.Page, at time.Time) string {
	if at.IsZero() {
		return "—"
	}
	return p.Words.Date(at)
}

// day is a date of a form and where it goes.
type day struct {
	field string
	at    *time.Time
}

// typedDays reads dates of a form; the refusal names the first that is none.
func typedDays(p *kit.Page, r *http.Request, days ...day) error {
	for _, d := range days {
		var ok bool
		if *d.at, ok = dateAt(p, r.PostForm.Get, d.field); !ok {
			return problem.New(problem.Invalid, "console.date.wrong").At(d.field)
		}
	}
	return nil
}

// AdminPutWorkplace adds a row.
func (s *Site) AdminPutWorkplace(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	f := r.PostForm
	row := workplace.Row{Kind: workplace.Kind(f.Get("kind")), Name: f.Get("name"), Version: f.Get("version"), State: workplace.State(f.Get("state")), Certificate: f.Get("certificate"), Source: f.Get("source")}
	err := typedDays(s.New(r, "admin.workplace.title", "admin-workplace"), r, day{"from", &row.From}, day{"to", &row.To}, day{"certified_to", &row.CertifiedTo})
	if err == nil {
		err = s.Oversight.PutWorkplace(r.Context(), overseer(actor), row)
	}
	if err != nil {
		return s.showWorkplaces(w, r, actor, err)
	}
	return page.SeeOther(w, r, "/admin/workplace")
}

// AdminWorkplace shows one row, which may be ended.
func (s *Site) AdminWorkplace(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showWorkplace(w, r, actor, nil)
}

func (s *Site) showWorkplace(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	all, err := s.Oversight.WorkplaceTable(r.Context(), overseer(actor))
	if err != nil {
		return err
	}
	for _, row := range all {
		if row.ID != r.PathValue("id") {
			continue
		}
		p := s.New(r, "admin.workplace.row", "admin-workplace", "Name", row.Name)
		address := "/admin/workplace/" + row.ID
		v := sheet{Facts: []kit.Fact{
			{Name: p.T("admin.workplace.kind"), Value: p.T("workplace.kind." + string(row.Kind))}, {Name: p.T("workplace.version"), Value: page.Version(p, row)},
			{Name: p.T("guide.workplace.state"), Value: page.Standing(p, row)},
			{Name: p.T("admin.policy.from"), Value: p.Words.Date(row.From)}, {Name: p.T("admin.workplace.to"), Value: dateText(p, row.To)},
			{Name: p.T("admin.workplace.certificate"), Value: orNothing(row.Certificate)}, {Name: p.T("admin.workplace.certified_to"), Value: dateText(p, row.CertifiedTo)},
			{Name: p.T("admin.workplace.source"), Value: row.Source}, {Name: p.T("admin.policy.who"), Value: whoSet(p, row.By)}, {Name: p.T("admin.policy.changed"), Value: timeText(p, row.At)},
		}, Links: []link{{URL: "/admin/workplace", Text: p.T("admin.workplace.title")}}, Forms: []form{endForm(p, r, address)}}
		return s.showSheet(w, r, p, v, refused)
	}
	return problem.New(problem.NotFound, "error.page_missing")
}

// AdminEndWorkplace ends a row.
func (s *Site) AdminEndWorkplace(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	var to time.Time
	err := typedDays(s.New(r, "admin.workplace.title", "admin-workplace"), r, day{"to", &to})
	if err == nil {
		err = s.Oversight.EndWorkplace(r.Context(), overseer(actor), r.PathValue("id"), to)
	}
	if err != nil {
		return s.showWorkplace(w, r, actor, err)
	}
	return page.SeeOther(w, r, "/admin/workplace/"+r.PathValue("id"))
}
