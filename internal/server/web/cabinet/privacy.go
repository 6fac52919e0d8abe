// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"archive/zip"
	"encoding/json"
	"net/http"

	"podpis/internal/server/web/page"
	"podpis/internal/service/document"
	"podpis/internal/service/privacy"
	"podpis/internal/service/ra"
	"podpis/internal/service/support"
)

// Privacy are the pages of a person's own data under /c/{pid}/security/privacy.
type Privacy struct {
	*Site
	Documents *document.Service
}

type privacyView struct {
	Base     string
	Notices  string // where letters in systems outside are switched on
	Consents []privacy.Consent
	Open     bool // there is a consent to take back
	Words    string
	Closing  privacy.Closing
	Leaving  bool // the account is about to close
}

func asSupport(actor ra.Actor) support.Actor {
	return support.Actor{Account: actor.Account, Client: actor.Client, Profile: actor.Role}
}

// Show tells what was agreed to and what a person may ask.
func (s *Privacy) Show(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.show(w, r, actor, nil)
}

func (s *Privacy) show(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	v := privacyView{Base: securityBase(r) + "/privacy", Notices: roleBase(r) + "/profile/notices", Words: r.PostForm.Get("words")}
	var err error
	if v.Consents, err = s.Privacy.Consents(r.Context(), actor.Account); err != nil {
		return err
	}
	for _, c := range v.Consents {
		v.Open = v.Open || c.Kind == "data" && c.WithdrawnAt.IsZero()
	}
	if v.Closing, v.Leaving, err = s.Privacy.ClosingOf(r.Context(), actor.Account); err != nil {
		return err
	}
	p := s.New(r, "privacy.title", "security")
	status := http.StatusOK
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, privacyPage(v))
}

// Ask takes a request of the subject; its ticket says until when there is an answer.
func (s *Privacy) Ask(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	t, err := s.Privacy.Ask(r.Context(), asSupport(actor), r.PostForm.Get("words"))
	if err != nil {
		return s.show(w, r, actor, err)
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/support/"+t.ID)
}

// Withdraw takes the consent back.
func (s *Privacy) Withdraw(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	p := s.New(r, "privacy.title", "security")
	if err := s.Privacy.Withdraw(r.Context(), asSupport(actor), r.PostForm.Get("agree") == "yes", p.T("privacy.withdraw.words")); err != nil {
		return s.show(w, r, actor, err)
	}
	return page.SeeOther(w, r, securityBase(r)+"/privacy")
}

// TakeOutlet takes back that a system outside has letters.
func (s *Privacy) TakeOutlet(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	if err := s.Letters.SetConsent(r.Context(), inboxActor(r, actor), r.PostForm.Get("outlet"), false); err != nil {
		return err
	}
	return page.SeeOther(w, r, securityBase(r)+"/privacy")
}

// Close asks for the account to be closed.
func (s *Privacy) Close(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	if err := s.Privacy.AskClose(r.Context(), asSupport(actor), r.PostForm.Get("agree_close") == "yes"); err != nil {
		return s.show(w, r, actor, err)
	}
	return page.SeeOther(w, r, securityBase(r)+"/privacy#close")
}

// Keep calls the closing off.
func (s *Privacy) Keep(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	if err := s.Privacy.CancelClose(r.Context(), asSupport(actor)); err != nil {
		return err
	}
	return page.SeeOther(w, r, securityBase(r)+"/privacy")
}

// Export gives a person a copy of their data: JSON, applications, certificates and
// documents, in an archive.
func (s *Privacy) Export(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	certs, apps, err := s.certificates(r, actor)
	if err != nil {
		return err
	}
	own, err := s.Privacy.Export(r.Context(), actor.Account, actor.Client)
	if err != nil {
		return err
	}
	documents, err := s.Documents.OfAccount(r.Context(), actor.Account.ID)
	if err != nil {
		return err
	}
	requisites, err := s.Documents.RequisitesOf(r.Context(), actor.Account.ID)
	if err != nil {
		return err
	}
	copies, err := s.Habits.Copies(r.Context(), actor.Account)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="podpis-data.zip"`)
	z := zip.NewWriter(w) // documents may be many: nothing of them waits in memory
	for name, content := range map[string]any{"data.json": own, "applications.json": apps, "documents.json": documents, "requisites.json": requisites, "key_copies.json": copies} {
		f, err := z.Create(name)
		if err != nil {
			return err
		}
		e := json.NewEncoder(f)
		e.SetEscapeHTML(false)
		e.SetIndent("", " ")
		if err := e.Encode(content); err != nil {
			return err
		}
	}
	for _, c := range certs {
		if err := pack(z, "certificates/"+c.Serial+".cer", c.DER); err != nil {
			return err
		}
	}
	for _, d := range documents {
		content, err := s.Documents.Content(r.Context(), d)
		if err != nil {
			return err
		}
		if err := pack(z, "documents/"+d.ID+"/"+d.Name, content); err != nil {
			return err
		}
	}
	return z.Close()
}

func pack(z *zip.Writer, name string, content []byte) error {
	f, err := z.Create(name)
	if err == nil {
		_, err = f.Write(content)
	}
	return err
}
