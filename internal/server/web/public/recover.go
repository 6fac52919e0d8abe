// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"
	"slices"
	"strings"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/identity"
	"podpis/internal/service/recovery"
	"podpis/internal/service/support"
)

// RecoverCookie and GuestCookie name what a browser is in the middle of.
const (
	recoverCookie = "recovery"
	guestCookie   = "guest"
)

// recoverPaths are what may have happened, in the order of the page (ux F22).
func recoverPaths() []string {
	return []string{"password", "phone", "mail", "locked", "key", "intruder", "desk", "visit", "write"}
}

// Recover asks what happened.
func (s *Site) Recover(w http.ResponseWriter, r *http.Request) error {
	contacts, err := s.Support.Contacts(r.Context())
	if err != nil {
		return err
	}
	p := s.New(r, "recover.title", "login")
	return s.Show(w, r, p, recoverStart(contacts))
}

// RecoverPath shows the first screen of a path.
func (s *Site) RecoverPath(w http.ResponseWriter, r *http.Request) error {
	return s.showPath(w, r, http.StatusOK, nil)
}

func (s *Site) showPath(w http.ResponseWriter, r *http.Request, status int, refused error) error {
	path := r.PathValue("path")
	if path == "" {
		path = "write"
	}
	if !slices.Contains(recoverPaths(), path) {
		return problem.New(problem.NotFound, "error.page_missing")
	}
	p := s.New(r, "recover."+path+".title", "login")
	if refused != nil {
		var err error
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	contacts, err := s.Support.Contacts(r.Context())
	if err != nil {
		return err
	}
	v := pathView{Path: path, Typed: TypedTicket(r), Contacts: contacts}
	if path == "write" {
		if v.Typed["topic"] == "" {
			v.Typed["topic"], v.Typed["code"], v.Typed["page"] = "login", cleanCode(r.FormValue("code")), page.Local(r.FormValue("from"), "")
			v.Typed["diagnostics"] = Diagnostics(p, r)
		}
	}
	return s.Render(w, r, p, status, recoverPath(p, v))
}

// cleanCode is a code of the catalogue, or nothing.
func cleanCode(code string) string {
	if kit.Catalogued(code) {
		return code
	}
	return ""
}

// Diagnostics is what the browser says of itself, as the form shows it before it is sent.
func Diagnostics(p *kit.Page, r *http.Request) string {
	said := r.FormValue("diagnosis") // of the check of the workplace
	if len(said) > maxDiagnosis {
		said = strings.ToValidUTF8(said[:maxDiagnosis], "")
	}
	return strings.TrimSpace(strings.Join([]string{
		p.T("support.diagnostics.browser") + ": " + r.UserAgent(),
		p.T("support.diagnostics.language") + ": " + p.Words.Language(),
		p.T("support.diagnostics.time") + ": " + p.Words.DateTime(p.Now),
		said,
	}, "\n"))
}

// maxDiagnosis bounds what the check of the workplace puts into a ticket, in octets.
const maxDiagnosis = 4096

type pathView struct {
	Path     string
	Typed    map[string]string
	Contacts support.Contacts
}

// RecoverBegin takes the first screen of a path.
func (s *Site) RecoverBegin(w http.ResponseWriter, r *http.Request) error {
	if err := page.Form(r); err != nil {
		return err
	}
	f, path := r.PostForm, r.PathValue("path")
	language := s.New(r, "recover.title", "").Words.Language()
	var token string
	var err error
	switch path {
	case "desk":
		token, err = s.Recovery.StartDesk(r.Context(), recovery.Claim{INN: f.Get("inn"), Register: f.Get("register"), Name: f.Get("name")}, f.Get("phone"), language, page.Client(r))
	case "visit":
		token, err = s.Recovery.StartVisit(r.Context(), f.Get("name"), f.Get("contact"), language, page.Client(r))
	default:
		token, err = s.Recovery.Start(r.Context(), recovery.Path(path), f.Get("contact"), language, page.Client(r))
	}
	if err != nil {
		return s.showPath(w, r, http.StatusUnprocessableEntity, err)
	}
	s.KeepSecret(w, recoverCookie, token, 45*24*3600) // a visit has a month, and its page is to be found again
	return page.SeeOther(w, r, "/recover/case")
}

// RecoverCase shows where the recovery of this browser stands.
func (s *Site) RecoverCase(w http.ResponseWriter, r *http.Request) error {
	return s.showCase(w, r, http.StatusOK, nil)
}

func (s *Site) showCase(w http.ResponseWriter, r *http.Request, status int, refused error) error {
	token := s.Secret(r, recoverCookie)
	rec, err := s.Recovery.ByToken(r.Context(), token)
	if err != nil {
		return page.SeeOther(w, r, "/recover")
	}
	title := "recover.step." + string(rec.Step)
	if rec.Step == recovery.StepReach {
		title = "recover.step.code"
	}
	p := s.New(r, title, "login")
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	if rec.Step == recovery.StepCode || rec.Step == recovery.StepReach && r.FormValue("other") == "" {
		return s.showCaseCode(w, r, p, rec, status)
	}
	contacts, err := s.Support.Contacts(r.Context())
	if err != nil {
		return err
	}
	v := caseView{Case: rec, Typed: page.Typed(r), Contacts: contacts}
	if v.Length, err = s.Accounts.PasswordLength(r.Context()); err != nil {
		return err
	}
	return s.Render(w, r, p, status, recoverCase(p, v))
}

// showCaseCode asks for a code; one that nobody can answer any more leads back.
func (s *Site) showCaseCode(w http.ResponseWriter, r *http.Request, p *kit.Page, rec recovery.Case, status int) error {
	challenge, err := s.Recovery.Challenge(r.Context(), s.Secret(r, recoverCookie))
	back := "/recover/" + string(rec.Path)
	if err != nil || challenge.TriesLeft == 0 {
		p.Title = p.T("recover.step.expired")
		return s.Render(w, r, p, status, recoverOver(back))
	}
	if rec.Step == recovery.StepReach && rec.Path != recovery.PhoneByDesk {
		back = "/recover/case?other=1"
	}
	return s.Render(w, r, p, status, codeScreen(p, codeForm{
		Phone: masked(challenge.Phone), Action: "/recover/case/code", Resend: "/recover/case/resend", Back: back, Challenge: challenge,
	}))
}

func masked(contact string) string {
	if strings.Contains(contact, "@") {
		return identity.MaskMail(contact)
	}
	return identity.MaskPhone(contact)
}

type caseView struct {
	recovery.Case
	Length   int64
	Typed    map[string]string
	Contacts support.Contacts
}

// RecoverGoOn takes a step of the recovery of this browser.
func (s *Site) RecoverGoOn(step string) page.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := page.Form(r); err != nil {
			return err
		}
		f, token, from := r.PostForm, s.Secret(r, recoverCookie), page.Client(r)
		var err error
		switch step {
		case "code":
			err = s.Recovery.EnterCode(r.Context(), token, f.Get("code"), from)
		case "resend":
			err = s.Recovery.Resend(r.Context(), token)
		case "proof":
			err = s.Recovery.EnterFactor(r.Context(), token, f.Get("proof"), from)
		case "contact":
			err = s.Recovery.EnterContact(r.Context(), token, f.Get("contact"), from)
		default:
			err = s.Recovery.SetPassword(r.Context(), token, f.Get("password"), f.Get("block") == "yes", from)
		}
		if err != nil {
			return s.showCase(w, r, http.StatusUnprocessableEntity, err)
		}
		return page.SeeOther(w, r, "/recover/case")
	}
}

// Stop shows what a link stops, and asks: a mail reader that opens links stops nothing.
func (s *Site) Stop(w http.ResponseWriter, r *http.Request) error {
	rec, err := s.Recovery.Stopping(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	p := s.New(r, "recover.stop.title", "login")
	p.Path = "/recover" // the address is a secret
	w.Header().Set("Referrer-Policy", "no-referrer")
	return s.Show(w, r, p, recoverStop(r.PathValue("token"), rec))
}

// StopDone stops.
func (s *Site) StopDone(w http.ResponseWriter, r *http.Request) error {
	if err := s.Recovery.Stop(r.Context(), r.PathValue("token"), page.Client(r)); err != nil {
		return err
	}
	p := s.New(r, "recover.step.stopped", "login")
	p.Path = "/recover"
	return s.Show(w, r, p, recoverStopped())
}

// contactHint says what a path asks for: of who lost the phone it asks the mail, and the reverse.
func contactHint(path string) string {
	switch path {
	case "phone":
		return "recover.phone.contact.hint"
	case "mail":
		return "field.phone.hint"
	}
	return "recover.contact.hint"
}
