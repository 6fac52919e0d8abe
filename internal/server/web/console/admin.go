// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"strconv"
	"strings"

	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
	"podpis/internal/service/ra"
)

// AdminHealth shows the parts of the installation and the test messages.
func (s *Site) AdminHealth(w http.ResponseWriter, r *http.Request, _ ra.Actor) error {
	parts, err := s.Oversight.Health(r.Context())
	if err != nil {
		return err
	}
	p := s.New(r, "admin.health.title", "admin-health")
	t := table{Head: []string{p.T("admin.part"), p.T("office.state"), p.T("admin.number"), p.T("journal.time")}}
	for _, part := range parts {
		n := ""
		if part.N > 0 {
			n = strconv.FormatInt(part.N, 10)
		}
		t.Rows = append(t.Rows, []cell{{Text: p.T("admin.part." + part.Name)}, goodCell(p, part.Good), {Text: n}, {Text: timeText(p, part.At)}})
	}
	v := sheet{Lead: p.T("admin.health.text"), Tables: []table{t}}
	if r.URL.Query().Get("sent") != "" {
		v.Alerts = []note{{Tone: kit.Info, Title: p.T("admin.test.sent")}}
	}
	for _, channel := range []notify.Channel{notify.SMS, notify.Mail} {
		v.Forms = append(v.Forms, form{
			ID: string(channel), Title: p.T("admin.test." + string(channel)), Lead: p.T("admin.test.text"), Action: "/admin/health/test/" + string(channel), Button: p.T("admin.test.button"),
		})
	}
	return s.showSheet(w, r, p, v, nil)
}

func goodCell(p *kit.Page, good bool) cell {
	if good {
		return cell{Text: p.T("status.good"), Tag: true, Tone: kit.OK}
	}
	return cell{Text: p.T("status.bad"), Tag: true, Tone: kit.Wax}
}

// AdminTest sends a message to the administrator's own phone or address.
func (s *Site) AdminTest(channel notify.Channel) page.HolderHandler {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		p := s.New(r, "admin.health.title", "admin-health")
		err := s.Oversight.Test(r.Context(), overseer(actor), channel, p.T("admin.test.subject"), p.T("admin.test.body"))
		if err != nil {
			return err
		}
		return page.SeeOther(w, r, "/admin/health?sent=1")
	}
}

// AdminUsers shows the accounts of staff and looks for a holder's.
func (s *Site) AdminUsers(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showUsers(w, r, actor, nil, nil)
}

func (s *Site) showUsers(w http.ResponseWriter, r *http.Request, actor ra.Actor, alerts []note, refused error) error {
	staff, err := s.Oversight.Staff(r.Context(), overseer(actor))
	if err != nil {
		return err
	}
	p := s.New(r, "admin.users.title", "admin-users")
	t := table{Title: p.T("admin.users.staff"), Head: []string{p.T("admin.user.title"), p.T("admin.user.role"), p.T("admin.user.mail"), p.T("office.state"), p.T("admin.user.open")}}
	for _, m := range staff {
		state := cell{Text: p.T("admin.user.active"), Tag: true, Tone: kit.OK}
		if !m.ClosedUntil.IsZero() {
			state = cell{Text: p.T("admin.user.closed"), Tag: true, Tone: kit.Wax}
		}
		t.Rows = append(t.Rows, []cell{{Text: m.Title}, {Text: p.T("staff.role." + string(m.Role))}, {Text: m.Mail}, state, {Text: p.T("admin.user.open"), URL: "/admin/users/" + m.ID}})
	}
	f := r.PostForm
	v := sheet{Alerts: alerts, Tables: []table{t}, Forms: []form{
		{
			ID: "hire", Title: p.T("admin.user.new"), Lead: p.T("admin.user.new.text"), Action: "/admin/users", Button: p.T("admin.user.create"),
			Inputs: []kit.Input{
				{Name: "title", Label: p.T("admin.user.title"), Value: f.Get("title"), MaxLength: 100}, {Name: "mail", Label: p.T("admin.user.mail"), Value: f.Get("mail"), Type: "email"},
				{Name: "phone", Label: p.T("admin.user.phone"), Value: f.Get("phone"), Type: "tel"},
			},
			Choices: []choices{{Name: "role", Label: p.T("admin.user.role"), Value: f.Get("role"), Options: roleChoices(p)}},
		},
		{
			ID: "find", Title: p.T("admin.holder"), Lead: p.T("admin.holder.text"), Action: "/admin/users/find", Button: p.T("console.find"),
			Inputs: []kit.Input{{Name: "inn", Label: p.T("field.inn"), Value: f.Get("inn"), Mode: "numeric"}},
		},
	}, Links: []link{{URL: "/admin/users/import", Text: p.T("admin.import.title")}}}
	return s.showSheet(w, r, p, v, refused)
}

// AdminHire makes an account and shows its one-time password, once.
func (s *Site) AdminHire(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	f := r.PostForm
	password, err := s.Oversight.Hire(r.Context(), overseer(actor), auth.Account{Title: f.Get("title"), Mail: strings.TrimSpace(f.Get("mail")), Phone: f.Get("phone"), Role: auth.Role(f.Get("role"))})
	if err != nil {
		return s.showUsers(w, r, actor, nil, err)
	}
	p := s.New(r, "admin.users.title", "admin-users")
	made := note{Tone: kit.OK, Title: p.T("admin.user.made"), Lines: []string{p.T("admin.user.password", "Password", password), p.T("admin.user.once")}}
	r.PostForm = nil
	return s.showUsers(w, r, actor, []note{made}, nil)
}

// AdminFind says of a holder whether there is an account and whether it is open.
func (s *Site) AdminFind(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	p := s.New(r, "admin.users.title", "admin-users")
	m, found, err := s.Oversight.FindHolder(r.Context(), overseer(actor), r.PostForm.Get("inn"))
	if err != nil {
		return s.showUsers(w, r, actor, nil, err)
	}
	answer := note{Tone: kit.Info, Title: p.T("admin.holder.none")}
	switch {
	case found && m.ClosedUntil.IsZero():
		answer = note{Tone: kit.OK, Title: p.T("admin.holder.active")}
	case found:
		answer = note{Tone: kit.Warn, Title: p.T("admin.holder.closed", "Until", timeText(p, m.ClosedUntil))}
	}
	return s.showUsers(w, r, actor, []note{answer}, nil)
}

// AdminUser shows one member of staff with what may be changed.
func (s *Site) AdminUser(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showUser(w, r, actor, nil)
}

func (s *Site) showUser(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	staff, err := s.Oversight.Staff(r.Context(), overseer(actor))
	if err != nil {
		return err
	}
	for _, m := range staff {
		if m.ID != r.PathValue("id") {
			continue
		}
		p := s.New(r, "admin.user.page", "admin-users")
		v := sheet{Facts: []kit.Fact{
			{Name: p.T("admin.user.title"), Value: m.Title}, {Name: p.T("admin.user.role"), Value: p.T("staff.role." + string(m.Role))}, {Name: p.T("admin.user.mail"), Value: m.Mail},
			{Name: p.T("admin.user.phone"), Value: m.Phone}, {Name: p.T("admin.user.since"), Value: timeText(p, m.PasswordAt)},
		}, Links: []link{{URL: "/admin/users", Text: p.T("admin.users.title")}}}
		address := "/admin/users/" + m.ID
		if m.ID == actor.Account.ID {
			v.Lead = p.T("admin.user.own")
			return s.showSheet(w, r, p, v, refused)
		}
		v.Forms = []form{{
			ID: "role", Title: p.T("admin.user.change"), Lead: p.T("admin.user.change.text"), Action: address + "/role", Button: p.T("admin.user.change.button"),
			Choices: []choices{{Name: "role", Label: p.T("admin.user.role"), Value: string(m.Role), Options: roleChoices(p)}},
		}}
		if s.Oversight.Await != nil {
			v.Forms = append(v.Forms, form{ID: "await", Title: p.T("admin.user.directory"), Lead: p.T("admin.user.directory.text"), Action: address + "/directory", Button: p.T("admin.user.directory.button")})
		}
		if m.Blocked {
			v.Forms = append(v.Forms, form{ID: "unblock", Title: p.T("admin.user.unblock"), Action: address + "/unblock", Button: p.T("admin.user.unblock")})
		} else {
			v.Forms = append(v.Forms, form{ID: "block", Title: p.T("admin.user.block"), Lead: p.T("admin.user.block.text"), Action: address + "/block", Button: p.T("admin.user.block"), Danger: true})
		}
		return s.showSheet(w, r, p, v, refused)
	}
	return problem.New(problem.NotFound, "auth.account.missing")
}

// AdminChange takes a change of a member of staff.
func (s *Site) AdminChange(what string) page.HolderHandler {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		if err := page.Form(r); err != nil {
			return err
		}
		id := r.PathValue("id")
		var err error
		if what == "role" {
			err = s.Oversight.SetRole(r.Context(), overseer(actor), id, auth.Role(r.PostForm.Get("role")))
		} else {
			err = s.Oversight.SetBlocked(r.Context(), overseer(actor), id, what == "block")
		}
		if err != nil {
			return s.showUser(w, r, actor, err)
		}
		return page.SeeOther(w, r, "/admin/users/"+id)
	}
}

// AdminRoles shows who may what.
func (s *Site) AdminRoles(w http.ResponseWriter, r *http.Request, _ ra.Actor) error {
	p := s.New(r, "admin.roles.title", "admin-roles")
	t := table{Head: []string{p.T("admin.user.role"), p.T("admin.roles.may"), p.T("admin.roles.not")}}
	for _, role := range auth.StaffRoles() {
		t.Rows = append(t.Rows, []cell{{Text: p.T("staff.role." + string(role))}, {Text: p.T("staff.may." + string(role))}, {Text: p.T("staff.not." + string(role))}})
	}
	return s.showSheet(w, r, p, sheet{Lead: p.T("admin.roles.text"), Tables: []table{t}}, nil)
}
