// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"net/http"
	"strings"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/contact"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
)

// Contacts is where a person changes the phone and the address of mail.
type Contacts struct {
	*page.Base
	Contacts *contact.Service
}

// contactView is one contact and its change, if any.
type contactView struct {
	Base, Support string
	Kind          contact.Kind
	Now           string // in force
	Confirmed     bool
	Typed         string
	Change        contact.Change
}

// waits reports a change under way.
func (v contactView) waits() bool { _, waits := contact.Turns()[v.Change.State]; return waits }

// Show shows the contacts and how far their changes are.
func (s *Contacts) Show(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.show(w, r, actor, nil)
}

func (s *Contacts) show(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	changes, err := s.Contacts.Of(r.Context(), actor.Account)
	if err != nil {
		return err
	}
	p := s.New(r, "contact.title", "profile")
	status := http.StatusOK
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	p.Path = contactsBase(r)
	list := make([]contactView, 0, len(contact.Kinds()))
	for _, k := range contact.Kinds() {
		v := contactView{Base: contactsBase(r) + "/" + string(k), Support: helpWith(contactsBase(r)), Kind: k, Now: shownContact(k, actor.Account), Confirmed: true}
		if k == contact.Mail {
			v.Confirmed = actor.Account.MailConfirmed
		}
		for _, c := range changes {
			if c.Kind == k {
				v.Change = c
			}
		}
		switch {
		case r.PostForm.Has(string(k)):
			v.Typed = r.PostForm.Get(string(k))
		case v.Change.State == contact.Expired: // what was typed is not lost with its code
			v.Typed = v.Change.New
		case !v.Confirmed:
			v.Typed = actor.Account.Mail
		}
		list = append(list, v)
	}
	return s.Render(w, r, p, status, contacts(list))
}

func contactsBase(r *http.Request) string { return "/c/" + r.PathValue("pid") + "/profile/contacts" }

func shownContact(k contact.Kind, a auth.Account) string {
	if k == contact.Mail {
		return a.Mail
	}
	return identity.FormatPhone(a.Phone)
}

// Ask sends a code to the new contact.
func (s *Contacts) Ask(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.act(w, r, actor, func(own auth.Session, k contact.Kind) error {
		return s.Contacts.Ask(r.Context(), own, k, r.PostForm.Get(string(k)), actor.Client)
	})
}

// Confirm takes the code.
func (s *Contacts) Confirm(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.act(w, r, actor, func(own auth.Session, k contact.Kind) error {
		return s.Contacts.Confirm(r.Context(), own, k, r.PostForm.Get(codeOf(k)), actor.Client)
	})
}

// codeOf is the name of the field of a code: both may stand on the page.
func codeOf(k contact.Kind) string { return "code_" + string(k) }

// Resend sends another code.
func (s *Contacts) Resend(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.act(w, r, actor, func(own auth.Session, k contact.Kind) error {
		return s.Contacts.Resend(r.Context(), own, k, actor.Client)
	})
}

// Drop calls a change off.
func (s *Contacts) Drop(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.act(w, r, actor, func(own auth.Session, k contact.Kind) error {
		return s.Contacts.Drop(r.Context(), own, k, actor.Client)
	})
}

// act does something with the contact that the address names.
func (s *Contacts) act(w http.ResponseWriter, r *http.Request, actor ra.Actor, do func(auth.Session, contact.Kind) error) error {
	k, ok := contact.ParseKind(r.PathValue("kind"))
	if !ok {
		return problem.New(problem.NotFound, "error.page_missing")
	}
	if err := page.Form(r); err != nil {
		return err
	}
	session, _ := page.SessionOf(r.Context())
	err := do(session.Session, k)
	if e, ok := problem.Of(err); ok && e.Field == "code" {
		err = e.At(codeOf(k))
	}
	if err != nil {
		return s.show(w, r, actor, err)
	}
	return page.SeeOther(w, r, contactsBase(r)+"#"+string(k))
}

// helpWith is where help is asked for about what the code of a page is for.
func helpWith(address string) string {
	parts := strings.SplitN(address, "/", 4) // "", "c", pid
	return strings.Join(parts[:min(3, len(parts))], "/") + "/support/new?topic=login"
}

// contactInput is the field of a new contact.
func contactInput(p *kit.Page, v contactView) kit.Input {
	in := kit.Input{Name: string(v.Kind), Label: p.T("contact.new." + string(v.Kind)), Value: v.Typed}
	if v.Kind == contact.Mail {
		in.Type, in.Autocomplete, in.Mode = "email", "email", "email"
		return in
	}
	in.Hint, in.Type, in.Autocomplete, in.Mode = p.T("field.phone.hint"), "tel", "tel", "tel"
	return in
}
