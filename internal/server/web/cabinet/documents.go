// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/document"
	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
)

// Documents are «Мои документы», the extracts and the requisites of a role.
type Documents struct {
	*Site
	Documents *document.Service
}

func (s *Documents) actor(r *http.Request, actor ra.Actor) document.Actor {
	return document.Actor{Account: actor.Account, Client: actor.Client, Role: role(r)}
}

// paperRow is a line of «Мои документы», wherever the document lies.
type paperRow struct {
	Kind  string // documents.kind.<kind>
	Title string
	At    time.Time
	From  string // where it came from, in words
	URL   string // empty: it is deleted
	Own   *document.Document
}

type documentsView struct {
	Base, Words string
	Rows        []paperRow
	Deleted     []paperRow
	Business    bool
	Limit       int64
}

// List shows the documents of the role.
func (s *Documents) List(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.list(w, r, actor, nil)
}

func (s *Documents) list(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	p := s.New(r, "documents.title", "documents")
	status := http.StatusOK
	if refused != nil {
		var err error
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	words := identity.OneLine(r.URL.Query().Get("q"))
	if len(words) > maxQuery {
		words = ""
	}
	v := documentsView{Base: "/c/" + r.PathValue("pid"), Words: words, Business: role(r).Kind != identity.Individual}
	p.Path = v.Base + "/documents"
	rows, err := s.gather(p, r, actor, v.Base)
	if err != nil {
		return err
	}
	asked := db.Fold(words)
	for _, x := range rows {
		if asked != "" && !strings.Contains(db.Fold(x.Title+" "+p.T("documents.kind."+x.Kind)+" "+x.From), asked) {
			continue
		}
		if x.Own != nil && x.Own.Deleted() {
			v.Deleted = append(v.Deleted, x)
		} else {
			v.Rows = append(v.Rows, x)
		}
	}
	if v.Limit, err = s.Documents.FileLimit(r.Context()); err != nil {
		return err
	}
	return s.Render(w, r, p, status, documentsPage(v))
}

// gather finds the documents of a role wherever they lie, the newest first.
func (s *Documents) gather(p *kit.Page, r *http.Request, actor ra.Actor, base string) ([]paperRow, error) {
	own, err := s.Documents.List(r.Context(), s.actor(r, actor))
	if err != nil {
		return nil, err
	}
	var rows []paperRow
	for _, d := range own {
		row := paperRow{Kind: string(d.Kind), Title: d.Name, At: d.CreatedAt, From: p.T("documents.from.you"), URL: base + "/documents/" + d.ID, Own: &d}
		if d.Kind == document.Extract {
			row.From = p.T("documents.from.register", "Date", p.Words.Date(d.AsOf))
		}
		rows = append(rows, row)
	}
	certs, apps, err := s.certificates(r, actor)
	if err != nil {
		return nil, err
	}
	if s.Allowed(r.Context(), role(r), "certificates") == nil { // as its own section is
		for _, c := range certs {
			rows = append(rows, paperRow{Kind: "certificate", Title: p.T("certificate.title", "Number", certNumber(c.App)), At: c.NotBefore, From: p.T("documents.from.ca"), URL: base + "/certificates/" + c.Serial + "/certificate.cer"})
		}
		for _, a := range apps {
			whole, err := s.Desk.Get(r.Context(), actor, a.ID)
			if err != nil {
				return nil, err
			}
			for _, f := range whole.Files {
				rows = append(rows, paperRow{Kind: "attachment", Title: f.Name, At: a.CreatedAt, From: p.T("application.title", "Number", ra.Number(a.Number)), URL: base + "/applications/" + a.ID + "/files/" + f.ID})
			}
		}
	}
	if rows, err = s.agreements(p, r, actor, base, rows); err != nil {
		return nil, err
	}
	if role(r).Kind != identity.Individual && s.Allowed(r.Context(), role(r), "people") == nil {
		powers, err := s.People.Powers(r.Context(), member(r, actor))
		if err != nil {
			return nil, err
		}
		for _, x := range powers {
			rows = append(rows, paperRow{Kind: "power", Title: x.Representative, At: x.CreatedAt, From: p.T("people.title"), URL: base + "/people/powers/" + x.ID})
		}
	}
	slices.SortStableFunc(rows, func(a, b paperRow) int { return b.At.Compare(a.At) })
	return rows, nil
}

// agreements adds what the head signed to have this role.
func (s *Documents) agreements(p *kit.Page, r *http.Request, actor ra.Actor, base string, rows []paperRow) ([]paperRow, error) {
	requests, err := s.Registry.Requests(r.Context(), actor.Account.PersonID)
	if err != nil {
		return nil, err
	}
	for _, q := range requests {
		if q.Signed && q.ProfileID == r.PathValue("pid") {
			rows = append(rows, paperRow{Kind: "agreement", Title: p.T("documents.agreement"), At: q.CreatedAt, From: q.Title, URL: base + "/roles/requests/" + q.ID + "/agreement/agreement.txt"})
		}
	}
	return rows, nil
}

// Upload takes files into the store.
func (s *Documents) Upload(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	limit, err := s.Documents.FileLimit(r.Context())
	if err != nil {
		return err
	}
	parts, err := page.Parts(w, r, "files", limit)
	if err != nil {
		return s.list(w, r, actor, err)
	}
	var files []document.Upload
	for _, f := range parts {
		files = append(files, document.Upload{Name: f.Name, Content: f.Content})
	}
	if err := s.Documents.Upload(r.Context(), s.actor(r, actor), files); err != nil {
		return s.list(w, r, actor, err)
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/documents")
}

// File hands a document out. Only what is safe to show is shown, in a sandbox.
func (s *Documents) File(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	d, content, err := s.Documents.Read(r.Context(), s.actor(r, actor), r.PathValue("id"))
	if err != nil {
		return err
	}
	if r.URL.Query().Get("as") != "file" && d.Shown() {
		return page.WriteFile(w, d.MIME, content)
	}
	h := w.Header()
	h.Set("Content-Type", d.MIME)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.Name}))
	_, err = w.Write(content)
	return err
}

// Delete lets a document go, or takes it back.
func (s *Documents) Delete(restore bool) page.HolderHandler {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		if err := s.Documents.Delete(r.Context(), s.actor(r, actor), r.PathValue("id"), restore); err != nil {
			return err
		}
		return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/documents")
	}
}

// Extracts shows the extracts of the role (ux F15).
func (s *Documents) Extracts(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.extracts(w, r, actor, nil)
}

func (s *Documents) extracts(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	p := s.New(r, "extracts.title", "registry")
	status := http.StatusOK
	if refused != nil {
		var err error
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	list, err := s.Documents.List(r.Context(), s.actor(r, actor))
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(d document.Document) bool { return d.Kind != document.Extract || d.Deleted() })
	register, _ := egrip.RegisterOf(role(r).Kind)
	base := "/c/" + r.PathValue("pid")
	p.Path = base + "/registry/extracts"
	return s.Render(w, r, p, status, extractsPage(base, string(register), list, identity.ValidBIN(role(r).RegisterNumber)))
}

// Extract asks for one.
func (s *Documents) Extract(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if _, err := s.Documents.Extract(r.Context(), s.actor(r, actor)); err != nil {
		return s.extracts(w, r, actor, err)
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/registry/extracts")
}
