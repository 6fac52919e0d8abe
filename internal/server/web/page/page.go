// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package page stands between a request and a page: who asks, in which language,
// with which session; and between an answer of a service and what is shown: a
// refusal becomes the error of a field, a page of its own, or JSON with the same
// code.
package page

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"podpis/internal/platform/locale"
	"podpis/internal/platform/problem"
	"podpis/internal/server/middleware"
	"podpis/internal/server/web/kit"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/external"
	"podpis/internal/service/draft"
	"podpis/internal/service/identity"
	"podpis/internal/service/inbox"
)

// Base is what every page of the site needs.
type Base struct {
	Words    *locale.Bundle
	Accounts *auth.Service
	External *external.Service
	// Allowed says whether a role may be in a section of the cabinet at this moment, nil for no such rule.
	Allowed   func(ctx context.Context, role identity.Profile, section string) error
	StandURL  string // set on a training installation
	PublicURL string
	Log       *slog.Logger
	Now       func() time.Time
	Letters   *inbox.Service   // nil: no inbox in the header
	Look      func() kit.Brand // nil: as the product looks
	Drafts    *draft.Service

	// Phone is the number of the call centre for pages of refusals; nil or empty: none.
	Phone func(ctx context.Context) string

	guests  middleware.Rate // of drafts
	asks    middleware.Rate // of challenges, by account
	streams streams
}

// Handler answers a request or says why not.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Handle turns a Handler into an http.Handler: what it returns is shown. An answer that has begun is broken
// off instead, so that nobody takes half a file, with a page at its end, for the whole.
func (b *Base) Handle(h Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := &begun{ResponseWriter: w}
		err := h(answer, r)
		switch {
		case err == nil:
		case answer.yes:
			if r.Context().Err() == nil { // else the client has gone
				b.Log.ErrorContext(r.Context(), "answer broken off", "id", middleware.RequestID(r.Context()), "error", err)
			}
			panic(http.ErrAbortHandler)
		default:
			b.Fail(w, r, err)
		}
	})
}

// begun knows whether something of an answer has gone out.
type begun struct {
	http.ResponseWriter
	yes bool
}

func (a *begun) WriteHeader(status int) {
	a.yes = true
	a.ResponseWriter.WriteHeader(status)
}

func (a *begun) Write(p []byte) (int, error) {
	a.yes = true
	return a.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController through.
func (a *begun) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// New begins a page. section is the item of the menu that is current.
func (b *Base) New(r *http.Request, titleKey, section string, pairs ...any) *kit.Page {
	view := viewOf(r)
	p := &kit.Page{
		Words: b.Words.For(languageOf(r)), Path: r.URL.Path, Section: section, Site: b.PublicURL,
		View: view, Scripts: []string{"page.js"}, Now: b.Now(),
	}
	if r.Method != http.MethodGet { // nobody can go to an address that takes forms only
		p.Path = Back(r)
	}
	if b.Look != nil {
		p.Brand = b.Look()
	}
	p.Secret = middleware.PublicPath(p.Path) != p.Path
	if b.StandURL != "" {
		p.Training = &kit.Training{StandURL: b.StandURL, Date: b.Now()}
	}
	if s, ok := SessionOf(r.Context()); ok && s.Level != auth.Waiting {
		p.Viewer = kit.Viewer{Name: s.Account.Title, Staff: staffRole(s.Account.Role), Profile: s.Profile, Role: RoleWords(p, s.Role(), s.Account.Title), Roles: rolesOf(p, r, s), Business: s.Role().Kind != identity.Individual}
		if p.Viewer.Staff != "" {
			p.Viewer.Role = p.T("staff.role." + p.Viewer.Staff)
		}
		p.WarnAt, p.EndsAt = s.WarnAt, s.ExpiresAt
		p.Viewer.Unread = b.unread(r, s)
	}
	p.Title = p.T(titleKey, pairs...)
	b.drafts(r, p)
	return p
}

// unread is how many letters wait, for the header. A page is worth more than the number.
func (b *Base) unread(r *http.Request, s Session) int64 {
	if b.Letters == nil || s.Account.Role.Staff() {
		return 0
	}
	n, err := b.Letters.Unread(r.Context(), s.Account.ID)
	if err != nil {
		b.Log.ErrorContext(r.Context(), "count letters", "error", err)
	}
	return n
}

// Render draws a page.
func (b *Base) Render(w http.ResponseWriter, r *http.Request, p *kit.Page, status int, c templ.Component) error {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	ctx := templ.WithChildren(p.With(r.Context()), c)
	return kit.Layout().Render(ctx, w)
}

// Show draws a page that answers a request.
func (b *Base) Show(w http.ResponseWriter, r *http.Request, p *kit.Page, c templ.Component) error {
	return b.Render(w, r, p, http.StatusOK, c)
}

// Refused takes an error of a service. When it is a refusal that the form can
// show, the page gets the errors and the status to answer with; another error is
// given back, and so is every one that a program is to be told.
func (b *Base) Refused(r *http.Request, p *kit.Page, err error) (status int, rest error) {
	list := problem.All(err)
	if len(list) == 0 || middleware.WantsJSON(r) {
		return 0, err // programs read no form
	}
	switch list[0].Kind {
	case problem.Invalid, problem.Limited, problem.Conflict, problem.Unavailable:
	default:
		return 0, err
	}
	for _, e := range list {
		p.Errors = append(p.Errors, kit.FieldError{Field: e.Field, Text: Text(p, e), Code: e.Code})
	}
	return middleware.Status(list[0].Kind), nil
}

// Text is a refusal in words. Times in its data are shown as times, keys as their texts.
func Text(p *kit.Page, e *problem.Error) string {
	data := make(map[string]any, len(e.Data))
	for name, value := range e.Data {
		switch v := value.(type) {
		case time.Time:
			value = p.Words.DateTime(v)
		case problem.Words:
			value = p.T(string(v))
		}
		data[name] = value
	}
	return p.Words.T(e.Key, data)
}

// answer is a refusal for programs (ux 7): the same code and words as on screen.
type answer struct {
	Code   string `json:"code"`
	Title  string `json:"title"`
	Detail string `json:"detail,omitempty"`
	Next   string `json:"next,omitempty"`
	Field  string `json:"field,omitempty"`
	Case   string `json:"case,omitempty"`
	// Errors are all that has to be mended, when it is more than one thing.
	Errors []answer `json:"errors,omitempty"`
}

// Fail shows an error that no form took: a page of its own, or JSON.
func (b *Base) Fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // the client has gone: nobody is left to tell
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		err = problem.New(problem.Invalid, "form.too_large").Coded("UPL-801")
	}
	e, ok := problem.Of(err)
	if !ok {
		e = problem.New(problem.Internal, "error.internal")
		b.Log.ErrorContext(r.Context(), "request failed", "id", middleware.RequestID(r.Context()), "error", err)
	}
	if e.Kind == problem.Forbidden && strings.HasPrefix(e.Key, "auth.session") && !middleware.WantsJSON(r) {
		back := r.URL.RequestURI()
		if r.Method != http.MethodGet {
			back = Back(r)
		}
		http.Redirect(w, r, "/login?return="+url.QueryEscape(back), http.StatusSeeOther)
		return
	}
	middleware.RetryAfter(w, e.RetryAfter)
	status := middleware.Status(e.Kind)
	if tooLarge != nil {
		status = http.StatusRequestEntityTooLarge
	}
	title := "error.title." + e.Kind.String()
	if ofOtherRole(e) {
		title = "error.title.role"
	}
	p := b.New(r, title, "")
	if middleware.WantsJSON(r) {
		b.failJSON(w, r, p, e, problem.All(err), status)
		return
	}
	if err := b.Render(w, r, p, status, Problem(e, Text(p, e), middleware.RequestID(r.Context()), b.phone(r))); err != nil {
		b.Log.ErrorContext(r.Context(), "draw error page", "error", err)
	}
}

// ofOtherRole tells of a refusal whether another role of the person has what this one has not.
func ofOtherRole(e *problem.Error) bool {
	return e.Key == "egrip.no_register" || e.Key == "people.alone"
}

func (b *Base) phone(r *http.Request) string {
	if b.Phone == nil {
		return ""
	}
	return b.Phone(r.Context())
}

func (b *Base) failJSON(w http.ResponseWriter, r *http.Request, p *kit.Page, e *problem.Error, all []*problem.Error, status int) {
	a := answerOf(p, e)
	a.Detail = p.Title
	if len(all) > 1 {
		for _, other := range all {
			a.Errors = append(a.Errors, answerOf(p, other))
		}
	}
	if status >= http.StatusInternalServerError {
		a.Case = middleware.RequestID(r.Context())
	}
	WriteJSON(w, status, a)
}

func answerOf(p *kit.Page, e *problem.Error) answer {
	a := answer{Code: e.Code, Title: Text(p, e), Field: e.Field}
	if a.Code == "" {
		a.Code = e.Key
	}
	if e.Next != "" {
		a.Next = p.T(e.Next)
	}
	return a
}

// WriteJSON answers a program.
func WriteJSON(w http.ResponseWriter, status int, value any) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the client has gone: nobody is left to tell
}

// Client is where the request comes from.
func Client(r *http.Request) auth.Client {
	key, _ := r.Context().Value(deviceKey{}).(string)
	return auth.Client{Network: middleware.Network(r), Device: r.UserAgent(), Key: key}
}

// NotFound answers an address that does not exist.
func (b *Base) NotFound(w http.ResponseWriter, r *http.Request) {
	b.Fail(w, r, problem.New(problem.NotFound, "error.page_missing"))
}

// Panicked answers a request whose handler panicked.
func (b *Base) Panicked(w http.ResponseWriter, r *http.Request, _ any) {
	b.Fail(w, r, problem.New(problem.Internal, "error.internal"))
}

// staffRole names the role of a member of staff for the menu; empty: a holder.
func staffRole(r auth.Role) string {
	if r.Staff() {
		return string(r)
	}
	return ""
}
