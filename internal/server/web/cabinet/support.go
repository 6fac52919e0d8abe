// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"net/http"
	"strconv"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/server/web/public"
	"podpis/internal/service/consult"
	"podpis/internal/service/ra"
	"podpis/internal/service/support"
	"podpis/internal/service/support/chat"
)

// Support are the pages of tickets under /c/{pid}/support.
type Support struct {
	*page.Base
	Desk    *support.Service
	Chats   *chat.Service
	Consult *consult.Service
}

func (s *Support) actor(r *http.Request, actor ra.Actor) support.Actor {
	return support.Actor{Account: actor.Account, Client: actor.Client, Profile: r.PathValue("pid")}
}

func supportBase(r *http.Request) string { return "/c/" + r.PathValue("pid") + "/support" }

// List shows the tickets of the holder.
func (s *Support) List(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	list, err := s.Desk.List(r.Context(), s.actor(r, actor))
	if err != nil {
		return err
	}
	return s.Show(w, r, s.New(r, "support.title", "support"), tickets(supportBase(r), list))
}

// Write shows the form of a new ticket. The code of an error and the page come along.
func (s *Support) Write(w http.ResponseWriter, r *http.Request, _ ra.Actor) error {
	p := s.New(r, "support.new.title", "support")
	typed := map[string]string{"topic": r.FormValue("topic"), "page": page.Local(r.FormValue("from"), ""), "diagnostics": public.Diagnostics(p, r)}
	if code := r.FormValue("code"); kit.Catalogued(code) {
		typed["code"] = code
	}
	return s.Show(w, r, p, ticketForm(supportBase(r), typed))
}

// WriteDone opens the ticket.
func (s *Support) WriteDone(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	limit, err := s.Desk.FileLimit(r.Context())
	if err != nil {
		return err
	}
	files, refused := page.Uploads(w, r, limit)
	if refused == nil {
		q := public.Question(r)
		q.Files = files
		t, err := s.Desk.Write(r.Context(), s.actor(r, actor), q)
		if err == nil {
			return page.SeeOther(w, r, supportBase(r)+"/"+t.ID)
		}
		refused = err
	}
	p := s.New(r, "support.new.title", "support")
	status, err := s.Refused(r, p, refused)
	if err != nil {
		return err
	}
	return s.Render(w, r, p, status, ticketForm(supportBase(r), public.TypedTicket(r)))
}

// Ticket shows a ticket with its thread.
func (s *Support) Ticket(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.show(w, r, actor, http.StatusOK, nil)
}

func (s *Support) show(w http.ResponseWriter, r *http.Request, actor ra.Actor, status int, refused error) error {
	t, err := s.Desk.Ticket(r.Context(), s.actor(r, actor), r.PathValue("id"))
	if err != nil {
		return err
	}
	c, err := s.Chats.Of(r.Context(), t.ID)
	if err != nil {
		return err
	}
	carrier, err := s.Consult.Of(r.Context(), t)
	if err != nil {
		return err
	}
	p := s.New(r, "support.ticket.title", "support", "Number", support.Number(t.Number))
	if c.State != "" {
		p.Scripts = append(p.Scripts, "chat.js")
	}
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, ticketPage(p, supportBase(r)+"/"+t.ID, t, c, carrier, r.PostForm))
}

// Reply adds to a ticket.
func (s *Support) Reply(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	a, err := public.TicketAnswer(w, r, s.Desk)
	if err == nil {
		err = s.Desk.Reply(r.Context(), s.actor(r, actor), r.PathValue("id"), a)
	}
	if err != nil {
		return s.show(w, r, actor, http.StatusUnprocessableEntity, err)
	}
	return page.SeeOther(w, r, supportBase(r)+"/"+r.PathValue("id"))
}

// Replacement takes what the holder says to the offer of another carrier.
func (s *Support) Replacement(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	accept := r.PostForm.Get("answer") == "accept"
	if !accept && r.PostForm.Get("answer") != "decline" {
		return problem.New(problem.NotFound, "support.ticket.missing")
	}
	if _, err := s.Desk.Ticket(r.Context(), s.actor(r, actor), r.PathValue("id")); err != nil { // of this role
		return err
	}
	a, err := s.Consult.Answer(r.Context(), actor, r.PathValue("id"), accept)
	if err != nil {
		return s.show(w, r, actor, http.StatusUnprocessableEntity, err)
	}
	if accept {
		return page.SeeOther(w, r, "/c/"+a.ProfileID+"/applications/"+a.ID)
	}
	return page.SeeOther(w, r, supportBase(r)+"/"+r.PathValue("id"))
}

// Rate takes what the holder thinks of the answer.
func (s *Support) Rate(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PostForm.Get("rating"))
	if err != nil {
		n = 0
	}
	if err := s.Desk.Rate(r.Context(), s.actor(r, actor), r.PathValue("id"), n, r.PostForm.Get("rating_words")); err != nil {
		return s.show(w, r, actor, http.StatusUnprocessableEntity, err)
	}
	return page.SeeOther(w, r, supportBase(r)+"/"+r.PathValue("id"))
}

// File shows a file of a ticket.
func (s *Support) File(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	f, content, err := s.Desk.ReadFile(r.Context(), s.actor(r, actor), r.PathValue("id"), r.PathValue("file"))
	if err != nil {
		return err
	}
	return page.WriteFile(w, f.MIME, content)
}
