// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"podpis/internal/platform/problem"
	"podpis/internal/server/middleware"
	"podpis/internal/server/web/kit"
	"podpis/internal/service/auth"
	"podpis/internal/service/draft"
)

// DraftCookie is what drafts of a browser that nobody signed in with are known by.
const DraftCookie = "typed"

// drafts gives a page what its forms need to lose nothing: leave to save, and what was
// typed before. A page is worth more than its drafts: what fails is told to the log.
func (b *Base) drafts(r *http.Request, p *kit.Page) {
	if b.Drafts == nil {
		return
	}
	account := holderOf(r)
	address := r.URL.Path
	if r.Method != http.MethodGet {
		if from := refererOf(r); from != nil && from.Path != r.URL.Path {
			address = from.Path
			p.Typed.Page = Local(from.RequestURI(), "")
		}
	}
	ticket, err := b.Drafts.Seal(draft.Ticket{Account: account, Page: address})
	if err != nil {
		b.Log.ErrorContext(r.Context(), "seal ticket of drafts", "error", err)
		return
	}
	p.Typed.Ticket = ticket
	if r.Method != http.MethodGet {
		return // what was typed stands in the fields
	}
	list, err := b.Drafts.On(r.Context(), b.ownerOf(r, account), address)
	if err != nil {
		b.Log.ErrorContext(r.Context(), "read drafts", "error", err)
	}
	if len(list) > 0 {
		p.Typed.Drafts = draftJSON(list)
	}
}

// holderOf is the account a request is made for, empty for none.
func holderOf(r *http.Request) string {
	if s, ok := SessionOf(r.Context()); ok && s.Level != auth.Waiting {
		return s.Account.ID
	}
	return ""
}

func (b *Base) ownerOf(r *http.Request, account string) draft.Owner {
	if account != "" {
		return draft.OfAccount(account)
	}
	return draft.OfBrowser(b.Secret(r, DraftCookie))
}

// refererOf is the page of this site that a form stood on, nil when it is not known.
func refererOf(r *http.Request) *url.URL {
	u, err := url.Parse(r.Referer())
	if err != nil || u.Host != r.Host || u.Path == "" {
		return nil
	}
	return u
}

// wireDraft is a draft between the page and the server.
type wireDraft struct {
	Ticket string      `json:"ticket,omitempty"`
	Form   string      `json:"form"`
	Place  int64       `json:"place"`
	Of     string      `json:"of,omitempty"`
	Values [][2]string `json:"values"`
}

func draftJSON(list []draft.Draft) string {
	wire := make([]wireDraft, 0, len(list))
	for _, d := range list {
		wire = append(wire, wireDraft{Form: d.Form, Place: d.Place, Of: d.Of, Values: d.Values})
	}
	text, err := json.Marshal(wire)
	if err != nil {
		return "" // strings always encode
	}
	return string(text)
}

// SaveDraft answers POST /drafts: what stands in a form is kept for whom the page was
// drawn, also when the session has ended since.
func (b *Base) SaveDraft(w http.ResponseWriter, r *http.Request) error {
	var d wireDraft
	if err := json.NewDecoder(r.Body).Decode(&d); err != nil {
		return problem.New(problem.Invalid, "form.broken").Because(err)
	}
	ticket, err := b.Drafts.Open(r.Context(), d.Ticket)
	if err != nil {
		return err
	}
	owner := b.ownerOf(r, ticket.Account)
	if ticket.Account == "" {
		if owner, err = b.browser(w, r); err != nil {
			return err
		}
	}
	at, err := b.Drafts.Save(r.Context(), owner, ticket.Page, draft.Draft{Form: d.Form, Place: d.Place, Of: d.Of, Values: d.Values})
	if err != nil {
		return err
	}
	p := b.New(r, "brand", "")
	WriteJSON(w, http.StatusOK, map[string]string{"saved": p.T("form.saved", "Time", p.Words.Clock(at))})
	return nil
}

// browser is the owner of drafts of a browser that nobody signed in with. The cookie
// ends with the browser and says nothing.
func (b *Base) browser(w http.ResponseWriter, r *http.Request) (draft.Owner, error) {
	most, err := b.Drafts.GuestRate(r.Context())
	if err != nil {
		return draft.Owner{}, err
	}
	if wait, ok := b.guests.Allow(middleware.Network(r), int(most), b.Now()); !ok {
		return draft.Owner{}, problem.New(problem.Limited, "draft.limited").After(wait)
	}
	secret := b.Secret(r, DraftCookie)
	if secret == "" {
		secret = rand.Text()
		b.SetSecret(w, DraftCookie, secret)
	}
	return draft.OfBrowser(secret), nil
}

// Drafted forgets what was typed into a form once the form is taken: before the answer
// goes out, so that the next page no longer has it. A form that leads to the sign-in or
// to the second step first was not taken.
func (b *Base) Drafted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b.Drafts == nil || r.Method != http.MethodPost || r.URL.Path == "/drafts" || r.URL.Path == SessionPath {
			next.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(&sending{ResponseWriter: w, taken: func() {
			// The form is taken whether or not the browser still waits.
			if err := b.Drafts.Sent(context.WithoutCancel(r.Context()), b.ownerOf(r, holderOf(r)), r.URL.Path); err != nil {
				b.Log.ErrorContext(r.Context(), "forget draft", "error", err)
			}
		}, entering: strings.HasPrefix(r.URL.Path, "/login")}, r)
	})
}

// sending looks at an answer before it goes out.
type sending struct {
	http.ResponseWriter
	taken    func()
	entering bool // the form is one of the sign-in itself
	told     bool
}

func (s *sending) WriteHeader(status int) {
	led := status == http.StatusSeeOther && !s.entering && strings.HasPrefix(s.Header().Get("Location"), "/login")
	if !s.told && status < http.StatusBadRequest && !led {
		s.taken()
	}
	s.told = true
	s.ResponseWriter.WriteHeader(status)
}

func (s *sending) Write(b []byte) (int, error) {
	if !s.told {
		s.WriteHeader(http.StatusOK)
	}
	return s.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController through.
func (s *sending) Unwrap() http.ResponseWriter { return s.ResponseWriter }
