// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
	"podpis/internal/service/support"
	"podpis/internal/service/support/chat"
)

// Chat is the conversation of those who have not signed in. What they come back with is a cookie:
// the token of the ticket's page.
type Chat struct {
	*page.Base
	Desk  *support.Service
	Chats *chat.Service
}

const chatCookie = "chat"

// Ask shows the conversation of this browser, or the form of a new one. Who has signed in has
// theirs in the cabinet.
func (s *Chat) Ask(w http.ResponseWriter, r *http.Request) error {
	if session, ok := page.SessionOf(r.Context()); ok && session.Level != auth.Waiting && session.Profile != "" {
		return page.SeeOther(w, r, "/c/"+session.Profile+"/support/chat")
	}
	return s.show(w, r, nil)
}

func (s *Chat) show(w http.ResponseWriter, r *http.Request, refused error) error {
	p, status := s.New(r, "chat.title", ""), http.StatusOK
	p.Path = "/help/chat"
	var err error
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	c, t, err := s.own(r)
	if err != nil && problem.KindOf(err) != problem.NotFound {
		return err
	}
	if err == nil {
		p.Scripts = append(p.Scripts, "chat.js")
		return s.Render(w, r, p, status, chatPage(c, t, r.PostForm.Get("words")))
	}
	open, err := s.Chats.Open(r.Context())
	if err != nil {
		return err
	}
	return s.Render(w, r, p, status, chatForm(page.Typed(r), open))
}

// own is the conversation of this browser.
func (s *Chat) own(r *http.Request) (c chat.Chat, t support.Ticket, err error) {
	token := s.Secret(r, chatCookie)
	if token == "" {
		return c, t, problem.New(problem.NotFound, "support.ticket.missing")
	}
	if t, err = s.Desk.GuestTicket(r.Context(), token); err != nil {
		return c, t, err
	}
	c, err = s.Chats.Of(r.Context(), t.ID)
	return c, t, err
}

// Start opens a conversation.
func (s *Chat) Start(w http.ResponseWriter, r *http.Request) error {
	if err := page.Form(r); err != nil {
		return err
	}
	f := r.PostForm
	d := support.Details{Name: f.Get("name"), Phone: f.Get("contact"), Language: s.New(r, "chat.title", "").Words.Language()}
	if d.Name == "" {
		d.Name = s.New(r, "chat.guest", "").Title
	}
	_, view, err := s.Chats.StartGuest(r.Context(), d, support.Question{Topic: "other", Words: f.Get("words"), Page: page.Local(f.Get("page"), "")}, page.Client(r))
	if err != nil {
		return s.show(w, r, err)
	}
	s.SetSecret(w, chatCookie, view)
	return page.SeeOther(w, r, "/help/chat")
}

// Reply adds to the conversation.
func (s *Chat) Reply(w http.ResponseWriter, r *http.Request) error {
	a, err := TicketAnswer(w, r, s.Desk)
	if err == nil {
		err = s.Desk.ReplyGuest(r.Context(), s.Secret(r, chatCookie), a, support.Actor{Client: page.Client(r)})
	}
	if err != nil {
		return s.show(w, r, err)
	}
	return page.SeeOther(w, r, "/help/chat")
}

// Leave ends the conversation and forgets it in this browser.
func (s *Chat) Leave(w http.ResponseWriter, r *http.Request) error {
	_, t, err := s.own(r)
	if err == nil {
		err = s.Chats.Leave(r.Context(), t.ID, support.Actor{Client: page.Client(r)})
	}
	if err != nil && problem.KindOf(err) != problem.NotFound {
		return err
	}
	s.SetSecret(w, chatCookie, "")
	return page.SeeOther(w, r, "/help")
}

// File shows a file of the conversation.
func (s *Chat) File(w http.ResponseWriter, r *http.Request) error {
	f, content, err := s.Desk.ReadGuestFile(r.Context(), s.Secret(r, chatCookie), r.PathValue("file"))
	if err != nil {
		return err
	}
	return page.WriteFile(w, f.MIME, content)
}

// Stream tells the page of what is said.
func (s *Chat) Stream(w http.ResponseWriter, r *http.Request) error {
	_, t, err := s.own(r)
	if err != nil {
		return err
	}
	news, stop := s.Chats.Watch(t.ID)
	defer stop()
	return s.Base.Stream(w, r, news, func() (string, error) {
		c, t, err := s.own(r)
		return page.ChatVersion(c, len(t.Messages), t.State), err
	})
}
