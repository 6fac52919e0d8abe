// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"net/http"
	"strings"

	"github.com/a-h/templ"

	"podpis/internal/platform/problem"
	"podpis/internal/server/middleware"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
)

// steps are the screens of an application (ux F7), in order.
var steps = [...]string{"purposes", "holder", "data", "documents", "sign"}

// Applications lists the applications of the person.
func (s *Site) Applications(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.Consult.Meet(r.Context(), actor); err != nil {
		return err
	}
	list, err := s.Desk.List(r.Context(), actor)
	if err != nil {
		return err
	}
	phone, err := s.Consult.Phone(r.Context())
	if err != nil {
		return err
	}
	p := s.New(r, "applications.title", "applications")
	return s.Show(w, r, p, applications("/c/"+r.PathValue("pid"), list, phone))
}

// NewApplication opens an application and leads to its first step.
func (s *Site) NewApplication(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	id, err := s.Desk.Start(r.Context(), actor, r.PostForm.Get("key"))
	if err != nil {
		return err
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/applications/"+id)
}

// Application shows an application: the step that is next while it may be
// edited, its course afterwards.
func (s *Site) Application(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	a, err := s.Desk.Get(r.Context(), actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	if a.State == ra.Prepared {
		p := s.New(r, "prepared.title", "applications", "Number", ra.Number(a.Number))
		return s.Show(w, r, p, prepared(p, r.PathValue("pid"), a))
	}
	if a.State != ra.Draft && a.State != ra.Corrections {
		p := s.New(r, "application.title", "applications", "Number", ra.Number(a.Number))
		return s.Show(w, r, p, course(p, r.PathValue("pid"), a))
	}
	step := nextStep(a)
	if asked := r.URL.Query().Get("step"); stepNumber(asked) > 0 && stepNumber(asked) <= stepNumber(step) {
		step = asked
	}
	return s.showStep(w, r, a, step, http.StatusOK, nil)
}

// nextStep is the first step that is not filled in.
func nextStep(a ra.Application) string {
	f := a.Form
	switch {
	case len(f.Purposes) == 0:
		return "purposes"
	case !holderChosen(f):
		return "holder"
	case f.Region == "" || f.Locality == "":
		return "data"
	case missingFile(a) != "":
		return "documents"
	}
	return "sign"
}

func holderChosen(f ra.Form) bool {
	switch f.Kind {
	case identity.Entrepreneur:
		return f.OGRNIP != ""
	case identity.Organisation:
		return f.Company.OGRN != ""
	}
	return f.HolderChosen
}

func missingFile(a ra.Application) string {
	for _, purpose := range ra.FilePurposes(a.Form.Kind) {
		found := false
		for _, f := range a.Files {
			found = found || f.Purpose == purpose
		}
		if !found {
			return purpose
		}
	}
	return ""
}

func stepNumber(step string) int {
	for i, s := range steps {
		if s == step {
			return i + 1
		}
	}
	return 0
}

// showStep draws a step; refused is what it could not take.
func (s *Site) showStep(w http.ResponseWriter, r *http.Request, a ra.Application, step string, status int, refused error) error {
	p := s.New(r, "apply."+step+".title", "applications")
	if refused != nil {
		var err error
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	v := stepView{App: a, Step: step, URL: "/c/" + r.PathValue("pid") + "/applications/" + a.ID, Chosen: r.PostForm["purposes"]}
	if v.Chosen == nil {
		v.Chosen = a.Form.Purposes
	}
	var err error
	if v.Workplace, err = s.Workplaces.Judge(r.Context(), r.UserAgent()); err != nil {
		return err
	}
	if step == "sign" && a.ChallengeID != "" {
		c, err := s.Accounts.Challenge(r.Context(), a.ChallengeID)
		v.Asked = err == nil && c.TriesLeft > 0
		v.Challenge = c
	}
	for i, e := range p.Errors {
		if e.Field == "code" && !v.Asked {
			p.Errors[i].Field = "" // the field is gone with the code
		}
	}
	var c templ.Component
	switch step {
	case "purposes":
		c = stepPurposes(v)
	case "holder":
		c = stepHolder(v)
	case "data":
		c = stepData(v)
	case "documents":
		c = stepDocuments(v)
	default:
		c = stepSign(v)
	}
	return s.Render(w, r, p, status, c)
}

// Fill takes the fields of a step and shows it again with the errors, or the
// next one.
func (s *Site) Fill(step string) func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		if err := page.Form(r); err != nil {
			return err
		}
		id := r.PathValue("id")
		refused := s.Desk.Fill(r.Context(), actor, id, change(r, step), page.Typed(r))
		if refused == nil {
			return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/applications/"+id)
		}
		a, err := s.Desk.Get(r.Context(), actor, id)
		if err != nil {
			return err
		}
		a.Typed = page.Typed(r)
		return s.showStep(w, r, a, step, http.StatusUnprocessableEntity, refused)
	}
}

// change reads what a step posts.
func change(r *http.Request, step string) ra.Change {
	f := r.PostForm
	switch step {
	case "purposes":
		return ra.SetPurposes(f["purposes"])
	case "holder":
		return ra.SetHolder(identity.Kind(f.Get("kind")), f.Get("ogrnip"), identity.Company{
			Name: f.Get("company_name"), OGRN: f.Get("ogrn"), INN: f.Get("company_inn"), KPP: f.Get("kpp"),
			Region: f.Get("region"), Locality: f.Get("locality"), Street: f.Get("street"), Position: f.Get("position"),
		})
	}
	return ra.SetData(page.PersonOf(r), f.Get("region"), f.Get("locality"), f.Get("mail"))
}

// SaveTyped keeps what is in the fields, one second after the last key.
func (s *Site) SaveTyped(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	at, err := s.Desk.SaveTyped(r.Context(), actor, r.PathValue("id"), page.Typed(r))
	if err != nil {
		return err
	}
	p := s.New(r, "brand", "")
	page.WriteJSON(w, http.StatusOK, map[string]string{"saved": p.T("form.saved", "Time", p.Words.Clock(at))})
	return nil
}

// Attach takes a document. A file over the limit is refused before it is read.
func (s *Site) Attach(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	id := r.PathValue("id")
	refused := s.attach(w, r, actor, id)
	if refused == nil {
		return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/applications/"+id)
	}
	a, err := s.Desk.Get(r.Context(), actor, id)
	if err != nil {
		return err
	}
	return s.showStep(w, r, a, "documents", http.StatusUnprocessableEntity, refused)
}

func (s *Site) attach(w http.ResponseWriter, r *http.Request, actor ra.Actor, id string) error {
	limit, err := s.Desk.FileLimit(r.Context())
	if err != nil {
		return err
	}
	taken := false
	err = page.EachPart(w, r, "", limit, func(u page.Upload) error {
		purpose, ours := strings.CutPrefix(u.Field, "file_")
		if !ours {
			return nil
		}
		taken = true
		return s.Desk.Attach(r.Context(), actor, id, purpose, u.Name, u.Content)
	})
	if p, ok := problem.Of(err); ok && p.Key == "form.too_large" {
		return problem.New(problem.Invalid, "ra.file.large").Coded("UPL-801").At(p.Field).With("Limit", limit>>20)
	}
	if err == nil && !taken {
		return problem.New(problem.Invalid, "ra.file.none").At("file_passport")
	}
	return err
}

// Detach takes a document away.
func (s *Site) Detach(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.Desk.Detach(r.Context(), actor, r.PathValue("id"), r.PathValue("file")); err != nil {
		return err
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/applications/"+r.PathValue("id")+"?step=documents")
}

// File shows a document to its holder.
func (s *Site) File(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return page.ServeFile(w, r, s.Desk, actor)
}

// AskSignature sends the code that signs the application.
func (s *Site) AskSignature(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.signing(w, r, actor, func(id string) error {
		if err := s.askRegister(r, actor, id); err != nil {
			return err
		}
		return s.Desk.AskSignature(r.Context(), actor, id)
	})
}

// Submit signs and sends the application.
func (s *Site) Submit(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.signing(w, r, actor, func(id string) error {
		if err := s.askRegister(r, actor, id); err != nil {
			return err
		}
		return s.Desk.Submit(r.Context(), actor, id, r.PostForm.Get("code"))
	})
}

func (s *Site) signing(w http.ResponseWriter, r *http.Request, actor ra.Actor, act func(id string) error) error {
	if err := page.Form(r); err != nil {
		return err
	}
	id := r.PathValue("id")
	refused := act(id)
	if refused == nil {
		return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/applications/"+id)
	}
	a, err := s.Desk.Get(r.Context(), actor, id)
	if err != nil {
		return err
	}
	return s.showStep(w, r, a, "sign", http.StatusUnprocessableEntity, refused)
}

// Resend sends another code of an application: one that signs it, or one that
// confirms the issue.
func (s *Site) Resend(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	resend := func(id string) error { return s.Desk.Resend(r.Context(), actor, id) }
	if !middleware.WantsJSON(r) {
		return s.signing(w, r, actor, resend)
	}
	if err := resend(r.PathValue("id")); err != nil {
		return err
	}
	page.WriteJSON(w, http.StatusOK, map[string]bool{"asked": true})
	return nil
}

// TakePrepared makes what a consultant prepared the holder's own.
func (s *Site) TakePrepared(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.Desk.TakePrepared(r.Context(), actor, r.PathValue("id")); err != nil {
		return err
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/applications/"+r.PathValue("id"))
}

// Withdraw takes an application back.
func (s *Site) Withdraw(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.Desk.Withdraw(r.Context(), actor, r.PathValue("id")); err != nil {
		return err
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/applications/"+r.PathValue("id"))
}

// stateTone is the colour of a state beside its words.
func stateTone(st ra.State) kit.Tone {
	switch st {
	case ra.Approved, ra.Ready, ra.Done:
		return kit.OK
	case ra.Corrections, ra.Draft, ra.Prepared:
		return kit.Warn
	case ra.Refused, ra.Withdrawn:
		return kit.Wax
	}
	return kit.Info
}
