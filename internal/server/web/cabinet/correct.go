// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"net/http"
	"slices"
	"strings"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/page"
	"podpis/internal/service/document"
	"podpis/internal/service/egrip"
	"podpis/internal/service/ra"
	"podpis/internal/service/support"
)

// Corrections are requests to mend what the cabinet or the register has wrong.
type Corrections struct {
	*Documents
	Desk *support.Service
}

type correctView struct {
	Base  string
	Row   egrip.Row
	Name  string
	View  registryView
	Typed map[string]string
	// Appeal is a text for the appeals of citizens, for the status alone.
	Appeal, AppealURL string
	Number            string // how the register calls the number
}

// Form shows what was compared and asks what is wrong with it.
func (s *Corrections) Form(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.form(w, r, actor, r.URL.Query().Get("field"), nil)
}

func (s *Corrections) form(w http.ResponseWriter, r *http.Request, actor ra.Actor, field string, refused error) error {
	v, err := s.correcting(r, field)
	if err != nil {
		return err
	}
	p := s.New(r, "correct.title", "registry")
	status := http.StatusOK
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	p.Path = v.Base + "/registry/compare"
	v.Name = page.RowName(p, v.View.Register, field)
	if field == "status" {
		if v.AppealURL, err = s.Documents.Documents.AppealURL(r.Context()); err != nil {
			return err
		}
		right := page.Shown(p, field, v.Row.Ours)
		if v.Row.Result == egrip.Same { // what it should be only they know
			right = p.T("correct.appeal.fill")
		}
		v.Appeal = p.T("correct.appeal.words", "Name", actor.Account.Title, "Number", v.View.Role.RegisterNumber, "Register", p.T("document.register."+string(v.View.Register)),
			"Theirs", page.Shown(p, field, v.Row.Theirs), "Ours", right, "Date", p.Words.Date(v.View.Entry.AsOf))
	}
	return s.Render(w, r, p, status, correctPage(v))
}

// correcting finds the row of the last report.
func (s *Corrections) correcting(r *http.Request, field string) (v correctView, err error) {
	if v.View, err = s.registryOf(r); err != nil {
		return v, err
	}
	v.Base, v.Typed = v.View.Base, page.Typed(r)
	if v.View.Report == nil {
		return v, problem.New(problem.Conflict, "correct.compare_first")
	}
	i := slices.IndexFunc(v.View.Report.Rows, func(x egrip.Row) bool { return x.Field == field })
	if i < 0 {
		return v, problem.New(problem.NotFound, "error.page_missing")
	}
	v.Row = v.View.Report.Rows[i]
	return v, nil
}

// Send opens the ticket, with what was compared, the extract and the person's own files.
func (s *Corrections) Send(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	limit, err := s.Desk.FileLimit(r.Context())
	if err != nil {
		return err
	}
	files, refused := page.Uploads(w, r, limit)
	field := r.PostForm.Get("field")
	v, err := s.correcting(r, field)
	if err != nil {
		return err
	}
	if refused == nil && strings.TrimSpace(r.PostForm.Get("words")) == "" {
		refused = problem.New(problem.Invalid, "support.words.missing").At("words")
	}
	if refused != nil {
		return s.form(w, r, actor, field, refused)
	}
	extract, err := s.latest(r, actor)
	if err != nil {
		return s.form(w, r, actor, field, err)
	}
	p := s.New(r, "correct.title", "registry")
	words := p.T("correct.compared", "Field", page.RowName(p, v.View.Register, field), "Ours", page.Shown(p, field, v.Row.Ours), "Theirs", page.Shown(p, field, v.Row.Theirs), "Date", p.Words.Date(v.View.Entry.AsOf))
	if appeal := strings.TrimSpace(r.PostForm.Get("appeal")); appeal != "" {
		words += "\n" + p.T("correct.appeal.sent", "Number", appeal)
	}
	t, err := s.Desk.Write(r.Context(), asSupport(actor), support.Question{
		Topic: support.CorrectionTopic, Words: words + "\n\n" + r.PostForm.Get("words"), Files: append(extract, files...), Page: v.Base + "/registry/compare",
	})
	if err != nil {
		return s.form(w, r, actor, field, err)
	}
	return page.SeeOther(w, r, supportBase(r)+"/"+t.ID)
}

// latest is the official extract of today, or the last one where the register is silent; a
// register that has no such entry gives none.
func (s *Corrections) latest(r *http.Request, actor ra.Actor) ([]support.Upload, error) {
	who := s.actor(r, actor)
	_, err := s.Documents.Documents.Extract(r.Context(), who)
	if p, ok := problem.Of(err); ok && p.Key == "document.extract.absent" {
		return nil, nil
	}
	list, listed := s.Documents.Documents.List(r.Context(), who)
	if listed != nil {
		return nil, listed
	}
	i := slices.IndexFunc(list, func(d document.Document) bool { return d.Kind == document.Extract && !d.Deleted() })
	if i < 0 {
		return nil, err // there is none, and the register says why
	}
	content, err := s.Documents.Documents.Content(r.Context(), list[i])
	return []support.Upload{{Name: list[i].Name, Content: content}}, err
}
