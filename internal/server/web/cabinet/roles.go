// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"net/http"

	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
)

type rolesView struct {
	Base, Kind, Number, Mail string
	Requests                 []egrip.Request
}

// NewRole shows how a role is added, and the requests there were.
func (s *Site) NewRole(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showRoles(w, r, actor, nil)
}

func (s *Site) showRoles(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	list, err := s.Registry.Requests(r.Context(), actor.Account.PersonID)
	if err != nil {
		return err
	}
	p := s.New(r, "roles.new.title", "")
	status := http.StatusOK
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	v := rolesView{Base: "/c/" + r.PathValue("pid"), Kind: r.FormValue("kind"), Number: r.PostForm.Get("number"), Mail: r.PostForm.Get("mail"), Requests: list}
	if v.Kind == "" {
		v.Kind = string(identity.Entrepreneur)
	}
	if v.Mail == "" && refused == nil {
		v.Mail = actor.Account.Mail
	}
	return s.Render(w, r, p, status, rolesPage(v))
}

// AskRole asks for a role. One that is open leads to its comparing with the register.
func (s *Site) AskRole(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	f := r.PostForm
	request, err := s.Registry.AskRole(r.Context(), asker(actor), identity.Kind(f.Get("kind")), f.Get("number"), f.Get("mail"))
	if err != nil {
		return s.showRoles(w, r, actor, err)
	}
	return s.afterRole(w, r, actor, request)
}

func (s *Site) afterRole(w http.ResponseWriter, r *http.Request, actor ra.Actor, request egrip.Request) error {
	if request.State == egrip.Signing {
		return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/roles/requests/"+request.ID+"/agreement")
	}
	if request.State != egrip.Opened {
		return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/roles/new#requests")
	}
	if identity.ValidBIN(request.Number) { // no register here to compare with
		return page.SeeOther(w, r, "/c/"+request.ProfileID+"/")
	}
	opened := identity.Profile{ID: request.ProfileID, Kind: request.Kind, RegisterNumber: request.Number}
	if _, _, err := s.Registry.Compare(r.Context(), asker(actor), opened); err != nil {
		return err
	}
	return page.SeeOther(w, r, "/c/"+request.ProfileID+"/registry/compare")
}

// WithdrawRole takes a request back.
func (s *Site) WithdrawRole(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.Registry.Withdraw(r.Context(), asker(actor), r.PathValue("id")); err != nil {
		return err
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/roles/new#requests")
}

// RoleLink shows what the link of a letter opens. Programs that look at letters follow
// links: opening takes a press.
func (s *Site) RoleLink(w http.ResponseWriter, r *http.Request, _ ra.Actor) error {
	p := s.New(r, "roles.confirm.title", "")
	return s.Show(w, r, p, roleLink(r.URL.Path))
}

// RoleConfirmed takes the link.
func (s *Site) RoleConfirmed(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	request, err := s.Registry.ConfirmRole(r.Context(), asker(actor), r.PathValue("token"))
	if err != nil {
		return err
	}
	return s.afterRole(w, r, actor, request)
}

func requestTone(s egrip.RequestState) kit.Tone {
	switch s {
	case egrip.Opened:
		return kit.OK
	case egrip.Refused, egrip.Withdrawn:
		return kit.Wax
	case egrip.Letter, egrip.Signing:
		return kit.Warn
	}
	return kit.Info
}

// requestNote is what happened or what is waited for, until when, and how it is told.
func requestNote(p *kit.Page, r egrip.Request) string {
	switch r.State {
	case egrip.Waiting, egrip.Signing, egrip.Letter, egrip.Reviewing:
		return p.T("roles.turn."+string(r.State), "Time", p.Words.DateTime(r.DueAt))
	case egrip.Refused:
		if isKey(r.Reason) {
			return p.T(r.Reason)
		}
		return r.Reason
	}
	return ""
}

// isKey tells a reason of the register from an operator's own words.
func isKey(s string) bool { return len(s) > 11 && s[:11] == "egrip.role." }

// missingSection is «В роли „лично“ нет отчётов»: where a switch of roles could not keep
// the section.
func missingSection(p *kit.Page, r *http.Request) string {
	section := r.URL.Query().Get("no")
	if section == "" || page.HasSection(role(r).Kind, section) {
		return ""
	}
	return p.T("role.no_section", "Role", page.RoleWords(p, role(r), p.Viewer.Name), "Section", p.T("role.no."+section))
}
