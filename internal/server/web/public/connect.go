// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"

	"podpis/internal/server/web/guard"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
	"podpis/internal/service/connection"
	"podpis/internal/service/consult"
	"podpis/internal/service/document"
	"podpis/internal/service/identity"
)

// Connections take requests to be connected, from whoever comes.
type Connections struct {
	*page.Base
	Connections *connection.Service
	Documents   *document.Service
	Guard       *guard.Guard
	Consult     *consult.Service
}

// Form shows the request, filled in with what is known of who has signed in.
func (s *Connections) Form(w http.ResponseWriter, r *http.Request) error {
	f := connection.Form{Purpose: "demo", Country: "RU"}
	if session, ok := page.SessionOf(r.Context()); ok && session.Level == auth.Full && !session.Account.Role.Staff() {
		role := session.Role()
		f.Person, f.Mail, f.Phone = session.Account.Title, session.Account.Mail, identity.FormatPhone(session.Account.Phone)
		if role.Kind != identity.Individual {
			known, err := s.Documents.Requisites(r.Context(), document.Actor{Account: session.Account, Role: role})
			if err != nil {
				return err
			}
			f.Organisation, f.KPP = role.Title, known.KPP()
			if known.Register != nil {
				f.INN = known.Register.INN
			}
		}
	}
	return s.form(w, r, f, nil)
}

func (s *Connections) form(w http.ResponseWriter, r *http.Request, f connection.Form, refused error) error {
	p := s.New(r, "connect.title", "")
	p.Path = "/connect"
	status := http.StatusOK
	var err error
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	number, err := s.Consult.Phone(r.Context())
	if err != nil {
		return err
	}
	var code askedCode
	if asker(r) == "" {
		p.Scripts = append(p.Scripts, "work.js")
		if code, err = askCode(r, s.Guard, p); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, connectPage(f, code, number))
}

// asker is the account of who has signed in; empty: a stranger, or staff.
func asker(r *http.Request) string {
	if session, ok := page.SessionOf(r.Context()); ok && session.Level != auth.Waiting && !session.Account.Role.Staff() {
		return session.Account.ID
	}
	return ""
}

// Ask takes the request. Of strangers it wants a proof of work or a code, once the form is right.
func (s *Connections) Ask(w http.ResponseWriter, r *http.Request) error {
	if err := page.Form(r); err != nil {
		return err
	}
	x := r.PostForm
	f := connection.Form{
		Purpose: x.Get("purpose"), Country: x.Get("country"), Region: x.Get("region"), City: x.Get("city"), Person: x.Get("person"), Mail: x.Get("mail"),
		Phone: x.Get("phone"), Organisation: x.Get("organisation"), INN: x.Get("inn"), KPP: x.Get("kpp"), Options: x["options"], Words: x.Get("words"),
	}
	_, err := f.Clean()
	if err == nil && asker(r) == "" {
		_, err = s.Guard.Admit(r.Context(), page.Client(r).Network, guard.Proof{Work: x.Get("work"), Token: x.Get("code_token"), Code: x.Get("code")})
	}
	token := ""
	if err == nil {
		token, err = s.Connections.Ask(r.Context(), asker(r), f, page.Client(r))
	}
	if err != nil {
		return s.form(w, r, f, err)
	}
	return page.SeeOther(w, r, "/connect/state/"+token)
}

// State shows where a request stands to whoever holds its link.
func (s *Connections) State(w http.ResponseWriter, r *http.Request) error {
	req, err := s.Connections.ByToken(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	p := s.New(r, "connect.state.title", "", "Number", connection.Number(req.Number))
	p.Path = "/connect" // the address is a secret
	w.Header().Set("Referrer-Policy", "no-referrer")
	return s.Show(w, r, p, connectState(req, s.PublicURL+"/connect/state/"+r.PathValue("token"), req.Late(s.Now())))
}

// connectChoices are the words of a list of keys.
func connectChoices(p *kit.Page, group string, keys []string) (list []kit.Choice) {
	for _, k := range keys {
		list = append(list, kit.Choice{Value: k, Title: p.T("connect." + group + "." + k)})
	}
	return list
}
