// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"net/http"
	"slices"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
	"podpis/wire/egr"
)

// role is the role of the address.
func role(r *http.Request) identity.Profile {
	s, _ := page.SessionOf(r.Context())
	return s.Role()
}

// asker is who acts, as the register's service knows them.
func asker(actor ra.Actor) egrip.Actor {
	return egrip.Actor{Name: "account/" + actor.Account.ID, AccountID: actor.Account.ID, PersonID: actor.Account.PersonID, Origin: actor.Client.Network}
}

type registryView struct {
	Base     string
	Role     identity.Profile
	Register egr.Register
	Entry    egrip.Entry
	Standing egrip.Standing
	Report   *egrip.Report
	Own      egrip.Own
	Typed    map[string]string
}

// registryOf is what the pages of the register show.
func (s *Site) registryOf(r *http.Request) (v registryView, err error) {
	v = registryView{Base: "/c/" + r.PathValue("pid"), Role: role(r), Typed: page.Typed(r)}
	var ok bool
	if v.Register, ok = egrip.RegisterOf(v.Role.Kind); !ok {
		return v, problem.New(problem.NotFound, "egrip.no_register")
	}
	if v.Entry, err = s.Registry.Current(r.Context(), v.Register, v.Role.RegisterNumber); err != nil {
		return v, err
	}
	if v.Own, err = s.Registry.Own(r.Context(), v.Role); err != nil {
		return v, err
	}
	v.Report, err = s.Registry.Latest(r.Context(), v.Role.ID)
	return v, err
}

// Register shows what the register says of the role.
func (s *Site) Register(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if _, err := s.Registry.Standing(r.Context(), asker(actor), role(r)); err != nil {
		return err
	}
	return s.showRegister(w, r, nil)
}

func (s *Site) showRegister(w http.ResponseWriter, r *http.Request, refused error) error {
	v, err := s.registryOf(r)
	if err != nil {
		return err
	}
	p := s.New(r, "registry.title."+string(v.Register), "registry")
	status := http.StatusOK
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, registerPage(v))
}

// SetOwn takes address and tax regime as the holder says them.
func (s *Site) SetOwn(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	err := s.Registry.SetOwn(r.Context(), asker(actor), r.PathValue("pid"), r.PostForm.Get("address"), r.PostForm.Get("regime"))
	if err != nil {
		return s.showRegister(w, r, err)
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/registry")
}

// Comparing shows the last report (ux F6).
func (s *Site) Comparing(w http.ResponseWriter, r *http.Request, _ ra.Actor) error {
	return s.showReport(w, r, nil)
}

func (s *Site) showReport(w http.ResponseWriter, r *http.Request, refused error) error {
	v, err := s.registryOf(r)
	if err != nil {
		return err
	}
	p := s.New(r, "registry.compare.title", "registry")
	p.Scripts = append(p.Scripts, "registry.js")
	status := http.StatusOK
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, comparePage(v))
}

// Compare asks the register and compares.
func (s *Site) Compare(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if _, _, err := s.Registry.Compare(r.Context(), asker(actor), role(r)); err != nil {
		return err
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/registry/compare")
}

// TakeRow takes a row over from the register, or all of them.
func (s *Site) TakeRow(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	field := r.PostForm.Get("field")
	if field == "all" {
		field = ""
	}
	if _, err := s.Registry.Take(r.Context(), asker(actor), r.PathValue("pid"), field); err != nil {
		return s.showReport(w, r, err)
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/registry/compare")
}

// Activities finds kinds of activity by words.
func (s *Site) Activities(w http.ResponseWriter, r *http.Request, _ ra.Actor) error {
	words := r.URL.Query().Get("q")
	list, err := s.Registry.Activities(r.Context(), words)
	if err != nil {
		return err
	}
	p := s.New(r, "registry.activities.title", "registry")
	return s.Show(w, r, p, activitiesPage("/c/"+r.PathValue("pid"), words, list))
}

// stand is the block «Мой статус» of the first page. A role that was never compared is
// compared now (S001-040): at the first entry, and again when the register was silent.
func (s *Site) stand(r *http.Request, actor ra.Actor) (v registryView, err error) {
	if _, ok := egrip.RegisterOf(role(r).Kind); !ok {
		return registryView{Base: "/c/" + r.PathValue("pid"), Role: role(r)}, nil
	}
	standing, err := s.Registry.Standing(r.Context(), asker(actor), role(r))
	if err != nil {
		return v, err
	}
	if v, err = s.registryOf(r); err != nil {
		return v, err
	}
	v.Standing = standing
	if v.Report == nil && v.Entry.Record != nil && !v.Entry.Silent {
		if v.Report, v.Entry, err = s.Registry.Compare(r.Context(), asker(actor), v.Role); err != nil {
			return v, err
		}
	}
	return v, nil
}

// closedBy says why what needs an acting entrepreneur or organisation is closed in this
// role; empty when it is open.
func (s *Site) closedBy(p *kit.Page, r *http.Request, actor ra.Actor) (string, error) {
	st, err := s.Registry.Standing(r.Context(), asker(actor), role(r))
	if err != nil {
		return "", err
	}
	if e, ok := problem.Of(st.Refusal()); ok {
		return page.Text(p, e), nil
	}
	return "", nil
}

// groupTone is the colour of a group beside its words.
func groupTone(g egrip.Group) kit.Tone {
	switch g {
	case egrip.Active:
		return kit.OK
	case egrip.Ceased:
		return kit.Wax
	}
	return kit.Warn
}

func takeable(r *egrip.Report) bool {
	return slices.ContainsFunc(r.Rows, func(row egrip.Row) bool { return row.Takeable })
}

// silence is «ЕГРИП не отвечает …» in words.
func silence(p *kit.Page, v registryView) string {
	key := "registry.silent."
	if v.Entry.Record == nil {
		key = "registry.silent_never."
	}
	return p.T(key+string(v.Register), "Date", p.Words.Date(v.Entry.AsOf), "Time", p.Words.Clock(v.Entry.RetryAt))
}

// askRegister asks about the entry an application is for, so that the act after it sees
// what the register says now.
func (s *Site) askRegister(r *http.Request, actor ra.Actor, id string) error {
	a, err := s.Desk.Get(r.Context(), actor, id)
	if err != nil {
		return err
	}
	register, ok := egrip.RegisterOf(a.Form.Kind)
	if !ok {
		return nil
	}
	number := a.Form.OGRNIP
	if register == egr.EGRUL {
		number = a.Form.Company.OGRN
	}
	_, err = s.Registry.Check(r.Context(), asker(actor), register, number)
	return err
}

// differences are «3 расхождения, 1 мешает отчётам».
func differences(p *kit.Page, r *egrip.Report) string {
	text := p.T("registry.differ", "Count", r.Differ)
	if r.Blocking > 0 {
		text += ", " + p.T("registry.blocking", "Count", r.Blocking)
	}
	return text
}

// refusal is why what needs the status is closed, empty when it is open.
func refusal(p *kit.Page, v registryView) string {
	if v.Register == "" {
		return ""
	}
	if e, ok := problem.Of(v.Standing.Refusal()); ok {
		return page.Text(p, e)
	}
	return ""
}
