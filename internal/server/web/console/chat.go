// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"strconv"
	"strings"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/page"
	"podpis/internal/service/ra"
	"podpis/internal/service/support"
	"podpis/internal/service/support/chat"
)

// Chat is where operators talk with people.
type Chat struct {
	*page.Base
	Chats *chat.Service
}

const chatBase = "/op/chats"

// List shows who waits, the longest first, and what was taken.
func (s *Chat) List(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	list, err := s.Chats.List(r.Context(), supportActor(actor))
	if err != nil {
		return err
	}
	p := s.New(r, "op.chats.title", "chats")
	p.Scripts = append(p.Scripts, "chat.js")
	return s.Base.Show(w, r, p, chatList(list, listVersion(list), s.Now()))
}

func listVersion(list []chat.Chat) string {
	var v []string
	for _, c := range list {
		v = append(v, c.TicketID+string(c.State)+c.Operator)
	}
	return strconv.Itoa(len(list)) + "." + strings.Join(v, ".")
}

// ListStream tells the list of who comes.
func (s *Chat) ListStream(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	news, stop := s.Chats.Watch("")
	defer stop()
	return s.Base.Stream(w, r, news, func() (string, error) {
		list, err := s.Chats.List(r.Context(), supportActor(actor))
		return listVersion(list), err
	})
}

// Show opens a conversation.
func (s *Chat) Show(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.show(w, r, actor, nil)
}

func (s *Chat) show(w http.ResponseWriter, r *http.Request, actor ra.Actor, refused error) error {
	c, t, err := s.Chats.Inspect(r.Context(), supportActor(actor), r.PathValue("id"))
	if err != nil {
		return err
	}
	p, status := s.New(r, "op.chat.title", "chats", "Number", support.Number(t.Number)), http.StatusOK
	p.Path = chatBase + "/" + t.ID
	p.Scripts = append(p.Scripts, "chat.js")
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, chatDesk(p, c, t, r.PostForm.Get("words")))
}

// Stream tells a page of what is said. A look at it has been recorded when the page was opened.
func (s *Chat) Stream(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	id := r.PathValue("id")
	if c, err := s.Chats.Of(r.Context(), id); err != nil || c.State == "" {
		return problem.New(problem.NotFound, "support.ticket.missing").Because(err)
	}
	news, stop := s.Chats.Watch(id)
	defer stop()
	return s.Base.Stream(w, r, news, func() (string, error) {
		c, messages, state, err := s.Chats.Size(r.Context(), supportActor(actor), id)
		return page.ChatVersion(c, messages, state), err
	})
}

// Act says something or moves a conversation.
func (s *Chat) Act(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	id, words := r.PathValue("id"), strings.TrimSpace(r.PostForm.Get("words"))
	var err error
	to := chatBase + "/" + id
	switch move := r.PostForm.Get("move"); move {
	case "say":
		err = s.Chats.Say(r.Context(), supportActor(actor), id, words)
	case "take":
		err = s.Chats.Decide(r.Context(), supportActor(actor), id, chat.Take, false, "")
	case "hand":
		err, to = s.Chats.Decide(r.Context(), supportActor(actor), id, chat.Hand, false, words), chatBase
	case "solve", "end":
		err, to = s.Chats.Decide(r.Context(), supportActor(actor), id, chat.End, move == "solve", words), chatBase
	default:
		err = problem.New(problem.Invalid, "support.move.wrong")
	}
	if err != nil {
		return s.show(w, r, actor, err)
	}
	return page.SeeOther(w, r, to)
}
