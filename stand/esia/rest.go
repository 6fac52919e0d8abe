// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package esia

import (
	"net/http"
	"slices"
	"strings"

	"podpis/wire/esia"
)

// bearer is the token of a request for the person of its address.
func (s *Server) bearer(w http.ResponseWriter, r *http.Request) (token, bool) {
	if s.broken(w) {
		return token{}, false
	}
	name, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	t, found := s.tokens[name]
	failing := s.failure
	s.mu.Unlock()
	switch {
	case failing == RESTNonsense:
		_, _ = w.Write([]byte("<html>"))
	case failing == RESTRefuses, !found, !s.now().Before(t.expires), r.PathValue("oid") != t.person.OID && !strings.HasPrefix(r.URL.Path, "/rs/orgs/"):
		answerJSON(w, http.StatusForbidden, map[string]string{"code": "ESIA-007019", "message": "No permission for access"})
	default:
		return t, true
	}
	return token{}, false
}

func (t token) has(scope string) bool { return slices.Contains(t.scopes, scope) }

// tellPerson tells what the scopes of the token cover.
func (s *Server) tellPerson(w http.ResponseWriter, r *http.Request) {
	t, ok := s.bearer(w, r)
	if !ok {
		return
	}
	answerJSON(w, http.StatusOK, t.covered())
}

func (t token) covered() esia.Person {
	all := t.person.Person
	out := esia.Person{Confirmed: all.Confirmed}
	for scope, copies := range map[string]func(){
		"fullname":      func() { out.LastName, out.FirstName, out.MiddleName = all.LastName, all.FirstName, all.MiddleName },
		"birthdate":     func() { out.BirthDate = all.BirthDate },
		"birthplace":    func() { out.BirthPlace = all.BirthPlace },
		"gender":        func() { out.Gender = all.Gender },
		"snils":         func() { out.SNILS = all.SNILS },
		"inn":           func() { out.INN = all.INN },
		"mobile":        func() { out.Mobile = all.Mobile },
		"contacts":      func() { out.Contacts = all.Contacts },
		"addresses":     func() { out.Addresses = all.Addresses },
		"vehicles":      func() { out.Vehicles = all.Vehicles },
		"kid_fullname":  func() { out.Kids = all.Kids },
		"real_estate":   func() { out.Properties = all.Properties },
		"bank_account":  func() { out.Accounts = all.Accounts },
		"self_employed": func() { out.SelfEmployed = all.SelfEmployed },
		"usr_org":       func() { out.Organisations.Elements = t.person.Roles },
	} {
		if t.has(scope) {
			copies()
		}
	}
	if t.has("id_doc") {
		out.Citizenship = all.Citizenship
	}
	for _, d := range all.Documents.Elements {
		licence := d.Type == esia.DrivingLic
		if licence && t.has("drivers_licence_doc") || !licence && t.has("id_doc") {
			out.Documents.Elements = append(out.Documents.Elements, d)
		}
	}
	if t.has("email") && !t.has("contacts") {
		for _, c := range all.Contacts.Elements {
			if c.Type == esia.Mail {
				out.Contacts.Elements = append(out.Contacts.Elements, c)
			}
		}
	}
	return out
}

func (s *Server) tellContacts(w http.ResponseWriter, r *http.Request) {
	if t, ok := s.bearer(w, r); ok {
		answerJSON(w, http.StatusOK, t.covered().Contacts)
	}
}

func (s *Server) tellRoles(w http.ResponseWriter, r *http.Request) {
	if t, ok := s.bearer(w, r); ok {
		answerJSON(w, http.StatusOK, t.covered().Organisations)
	}
}

func (s *Server) tellOrganisation(w http.ResponseWriter, r *http.Request) {
	t, ok := s.bearer(w, r)
	if !ok {
		return
	}
	for _, m := range t.covered().Organisations.Elements {
		if m.OID == r.PathValue("oid") {
			answerJSON(w, http.StatusOK, m)
			return
		}
	}
	answerJSON(w, http.StatusForbidden, map[string]string{"code": "ESIA-007194", "message": "Not an employee"})
}
