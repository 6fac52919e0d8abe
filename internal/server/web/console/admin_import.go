// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"strconv"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/oversight"
	"podpis/internal/service/ra"
)

// AdminImport shows the form of a list of employees.
func (s *Site) AdminImport(w http.ResponseWriter, r *http.Request, _ ra.Actor) error {
	return s.showImport(w, r, nil, false, nil)
}

func (s *Site) showImport(w http.ResponseWriter, r *http.Request, plan []oversight.Hired, done bool, refused error) error {
	p := s.New(r, "admin.import.title", "admin-users")
	v := sheet{Lead: p.T("admin.import.text"), Links: []link{{URL: "/admin/users", Text: p.T("admin.users.title")}}}
	list, changes, bad := r.PostFormValue("csv"), 0, false
	if len(plan) > 0 {
		t := table{Title: p.T("admin.import.plan"), Head: []string{p.T("admin.import.line"), p.T("admin.user.title"), p.T("admin.user.mail"), p.T("admin.user.role"), p.T("admin.import.what")}}
		if done {
			t.Title = p.T("admin.import.done")
		}
		for _, h := range plan {
			row := []cell{{Text: strconv.Itoa(h.Line)}, {Text: h.Account.Title}, {Text: h.Account.Mail}, {Text: roleText(p, string(h.Account.Role))}, hiredCell(p, h)}
			if done {
				row = append(row, cell{Text: orNothing(h.Password), Mono: true})
			}
			t.Rows = append(t.Rows, row)
			bad = bad || h.What == oversight.HireBad
			if h.What == oversight.HireNew || h.What == oversight.HireRole {
				changes++
			}
		}
		if done {
			t.Head = append(t.Head, p.T("admin.import.password"))
			v.Alerts = []note{{Tone: kit.OK, Title: p.T("admin.import.taken", "Count", changes), Lines: []string{p.T("admin.user.once")}}}
			list = ""
		}
		v.Tables = []table{t}
	}
	switch {
	case bad:
		v.Alerts = []note{{Tone: kit.Warn, Title: p.T("admin.import.bad")}}
	case len(plan) > 0 && !done && changes == 0:
		v.Alerts = []note{{Tone: kit.Info, Title: p.T("admin.import.nothing")}}
	case len(plan) > 0 && !done:
		v.Forms = []form{{ID: "take", Title: p.T("admin.import.take"), Lead: p.T("admin.import.take.text", "Count", changes), Action: "/admin/users/import/take", Button: p.T("admin.import.take"), Hidden: [][2]string{{"csv", list}}}}
	}
	v.Forms = append(v.Forms, form{
		ID: "plan", Title: p.T("admin.import.list"), Lead: p.T("admin.import.list.text"), Action: "/admin/users/import", Button: p.T("admin.import.look"),
		Areas: []kit.Input{{Name: "csv", Label: p.T("admin.import.csv"), Hint: p.T("admin.import.csv.hint"), Value: list}},
	})
	return s.showSheet(w, r, p, v, refused)
}

func roleText(p *kit.Page, role string) string {
	if key := "staff.role." + role; p.Words.Has(key) {
		return p.T(key)
	}
	return role
}

func hiredCell(p *kit.Page, h oversight.Hired) cell {
	switch h.What {
	case oversight.HireBad:
		if e, ok := problem.Of(h.Why); ok {
			return cell{Text: page.Text(p, e)}
		}
		return cell{Text: p.T("admin.import.broken")}
	case oversight.HireRole:
		return cell{Text: p.T("admin.import.role.was", "Role", roleText(p, string(h.Was)))}
	}
	return cell{Text: p.T("admin.import." + h.What)}
}

// AdminImportPlan says what a list would do.
func (s *Site) AdminImportPlan(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	plan, err := s.Oversight.Plan(r.Context(), overseer(actor), []byte(r.PostForm.Get("csv")))
	return s.showImport(w, r, plan, false, err)
}

// AdminImportTake takes a list.
func (s *Site) AdminImportTake(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	plan, err := s.Oversight.Import(r.Context(), overseer(actor), []byte(r.PostForm.Get("csv")))
	return s.showImport(w, r, plan, err == nil, err)
}

// AdminLetIn lets a member of staff sign in by the directory.
func (s *Site) AdminLetIn(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.Oversight.LetIn(r.Context(), overseer(actor), r.PathValue("id")); err != nil {
		return s.showUser(w, r, actor, err)
	}
	return page.SeeOther(w, r, "/admin/users/"+r.PathValue("id"))
}

// Rules shows staff what their work asks of them.
func (s *Site) Rules(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	at, err := s.Oversight.TrainedAt(r.Context(), overseer(actor))
	if err != nil {
		return err
	}
	p := s.New(r, "staff.rules.title", "rules")
	role := string(actor.Account.Role)
	v := sheet{Lead: p.T("staff.rules.text")}
	for _, part := range []string{"all", role} {
		t := table{Title: p.T("staff.rules." + part), Head: []string{p.T("staff.rules.rule"), p.T("staff.rules.why")}}
		for i := 1; p.Words.Has("staff.rule." + part + "." + strconv.Itoa(i)); i++ {
			key := "staff.rule." + part + "." + strconv.Itoa(i)
			t.Rows = append(t.Rows, []cell{{Text: p.T(key)}, {Text: p.T(key + ".why")}})
		}
		v.Tables = append(v.Tables, t)
	}
	lead := p.T("staff.rules.never")
	if !at.IsZero() {
		lead = p.T("staff.rules.at", "Time", timeText(p, at))
	}
	v.Forms = []form{{ID: "read", Title: p.T("staff.rules.confirm"), Lead: lead, Action: "/staff/rules", Button: p.T("staff.rules.button")}}
	return s.showSheet(w, r, p, v, nil)
}

// RulesRead notes that they were read.
func (s *Site) RulesRead(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.Oversight.Trained(r.Context(), overseer(actor)); err != nil {
		return err
	}
	return page.SeeOther(w, r, "/staff/rules")
}
