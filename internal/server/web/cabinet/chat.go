// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"net/http"

	"podpis/internal/server/web/page"
	"podpis/internal/service/ra"
	"podpis/internal/service/support"
)

// Chat is the conversation of a holder with a specialist; it goes on at the page of its ticket.
type Chat struct{ *Support }

// Ask shows the form of a new conversation.
func (s *Chat) Ask(w http.ResponseWriter, r *http.Request, _ ra.Actor) error {
	return s.form(w, r, nil)
}

func (s *Chat) form(w http.ResponseWriter, r *http.Request, refused error) error {
	p, status := s.New(r, "chat.title", "support"), http.StatusOK
	p.Path = supportBase(r) + "/chat"
	open, err := s.Chats.Open(r.Context())
	if err != nil {
		return err
	}
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, chatForm(supportBase(r), r.PostForm.Get("words"), open))
}

// Start opens a conversation.
func (s *Chat) Start(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	t, err := s.Chats.Start(r.Context(), s.actor(r, actor), support.Question{Topic: "other", Words: r.PostForm.Get("words")})
	if err != nil {
		return s.form(w, r, err)
	}
	return page.SeeOther(w, r, supportBase(r)+"/"+t.ID)
}

// Leave ends the conversation; its ticket stays.
func (s *Chat) Leave(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	t, err := s.Desk.Ticket(r.Context(), s.actor(r, actor), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := s.Chats.Leave(r.Context(), t.ID, s.actor(r, actor)); err != nil {
		return err
	}
	return page.SeeOther(w, r, supportBase(r)+"/"+t.ID)
}

// Stream tells the page of what is said.
func (s *Chat) Stream(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	id := r.PathValue("id")
	news, stop := s.Chats.Watch(id)
	defer stop()
	return s.Base.Stream(w, r, news, func() (string, error) {
		t, err := s.Desk.Ticket(r.Context(), s.actor(r, actor), id)
		if err != nil {
			return "", err
		}
		c, err := s.Chats.Of(r.Context(), id)
		return page.ChatVersion(c, len(t.Messages), t.State), err
	})
}
