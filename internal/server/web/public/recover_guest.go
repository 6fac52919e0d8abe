// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"
	"strings"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/page"
	"podpis/internal/service/support"
)

// GuestWrite takes the form of those who cannot sign in.
func (s *Site) GuestWrite(w http.ResponseWriter, r *http.Request) error {
	limit, err := s.Support.FileLimit(r.Context())
	if err != nil {
		return err
	}
	r.SetPathValue("path", "write")
	files, err := page.Uploads(w, r, limit)
	if err != nil {
		return s.showPath(w, r, http.StatusUnprocessableEntity, err)
	}
	language := s.New(r, "recover.title", "").Words.Language()
	f := r.PostForm
	q := Question(r)
	q.Files = files
	token, err := s.Support.StartGuest(r.Context(), support.Guest{Name: f.Get("name"), Phone: f.Get("contact"), Language: language}, q, page.Client(r))
	if err != nil {
		return s.showPath(w, r, http.StatusUnprocessableEntity, err)
	}
	s.SetSecret(w, guestCookie, token)
	return page.SeeOther(w, r, "/recover/guest")
}

// TypedTicket is what stands in the fields of a ticket that was refused: the code of an error is no secret.
func TypedTicket(r *http.Request) map[string]string {
	typed := page.Typed(r)
	typed["code"] = cleanCode(r.PostForm.Get("code"))
	return typed
}

// attached reports whether the diagnosis goes along: in a new form it does, and what was taken off stays off.
func attached(typed map[string]string) bool {
	_, sent := typed["words"]
	return !sent || typed["attach"] == "yes"
}

// Question reads the fields of a ticket.
func Question(r *http.Request) support.Question {
	f := r.PostForm
	q := support.Question{
		Topic: f.Get("topic"), Words: f.Get("words"), Certificate: f.Get("certificate"), Application: f.Get("application"), Steps: f.Get("steps"),
		Page: f.Get("page"), Code: f.Get("code"),
	}
	for line := range strings.Lines(f.Get("diagnostics")) {
		if line = strings.TrimSpace(line); line != "" && f.Get("attach") == "yes" {
			q.Diagnostics = append(q.Diagnostics, line)
		}
	}
	return q
}

// Guest asks for the code that opens the ticket.
func (s *Site) Guest(w http.ResponseWriter, r *http.Request) error {
	return s.showGuest(w, r, http.StatusOK, nil)
}

func (s *Site) showGuest(w http.ResponseWriter, r *http.Request, status int, refused error) error {
	challenge, err := s.Support.GuestChallenge(r.Context(), s.Secret(r, guestCookie))
	if err != nil || challenge.TriesLeft == 0 {
		return page.SeeOther(w, r, "/recover/write")
	}
	p := s.New(r, "recover.step.code", "login")
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, codeScreen(p, codeForm{
		Phone: masked(challenge.Phone), Action: "/recover/guest", Resend: "/recover/guest/resend", Back: "/recover/write", Challenge: challenge,
	}))
}

// GuestCode opens the ticket and leads to its page.
func (s *Site) GuestCode(w http.ResponseWriter, r *http.Request) error {
	if err := page.Form(r); err != nil {
		return err
	}
	_, view, err := s.Support.ConfirmGuest(r.Context(), s.Secret(r, guestCookie), strings.TrimSpace(r.PostForm.Get("code")), page.Client(r))
	if err != nil {
		return s.showGuest(w, r, http.StatusUnprocessableEntity, err)
	}
	s.SetSecret(w, guestCookie, "")
	return page.SeeOther(w, r, "/recover/ticket/"+view)
}

// GuestResend sends another code.
func (s *Site) GuestResend(w http.ResponseWriter, r *http.Request) error {
	challenge, err := s.Support.GuestChallenge(r.Context(), s.Secret(r, guestCookie))
	if err != nil {
		return page.SeeOther(w, r, "/recover/write")
	}
	if _, err := s.Accounts.Resend(r.Context(), challenge.ID); err != nil {
		return s.showGuest(w, r, http.StatusTooManyRequests, err)
	}
	return page.SeeOther(w, r, "/recover/guest")
}

// GuestTicket is the page of a guest's ticket: whoever has its address reads it.
func (s *Site) GuestTicket(w http.ResponseWriter, r *http.Request) error {
	return s.showTicket(w, r, http.StatusOK, nil)
}

func (s *Site) showTicket(w http.ResponseWriter, r *http.Request, status int, refused error) error {
	t, err := s.Support.GuestTicket(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	p := s.New(r, "support.ticket.title", "login", "Number", support.Number(t.Number))
	p.Path = "/recover"
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	return s.Render(w, r, p, status, guestTicket("/recover/ticket/"+r.PathValue("token"), t, r.PostForm.Get("words")))
}

// GuestReply adds to the ticket.
func (s *Site) GuestReply(w http.ResponseWriter, r *http.Request) error {
	a, err := TicketAnswer(w, r, s.Support)
	if err == nil {
		err = s.Support.ReplyGuest(r.Context(), r.PathValue("token"), a, support.Actor{Client: page.Client(r)})
	}
	if err != nil {
		return s.showTicket(w, r, http.StatusUnprocessableEntity, err)
	}
	return page.SeeOther(w, r, "/recover/ticket/"+r.PathValue("token"))
}

// TicketAnswer reads the form under a thread.
func TicketAnswer(w http.ResponseWriter, r *http.Request, s *support.Service) (a support.Answer, err error) {
	limit, err := s.FileLimit(r.Context())
	if err != nil {
		return a, err
	}
	if a.Files, err = page.Uploads(w, r, limit); err != nil {
		return a, err
	}
	a.Move, a.Words = support.Move(r.PostForm.Get("move")), r.PostForm.Get("words")
	return a, nil
}

// GuestFile shows a file of the ticket.
func (s *Site) GuestFile(w http.ResponseWriter, r *http.Request) error {
	f, content, err := s.Support.ReadGuestFile(r.Context(), r.PathValue("token"), r.PathValue("file"))
	if err != nil {
		return err
	}
	return page.WriteFile(w, f.MIME, content)
}

// RateHelp takes what a reader thinks of a help page.
func (s *Site) RateHelp(w http.ResponseWriter, r *http.Request) error {
	if err := page.Form(r); err != nil {
		return err
	}
	f := r.PostForm
	if f.Get("useful") != "yes" && f.Get("useful") != "no" {
		return problem.New(problem.Invalid, "help.rate.missing")
	}
	about := page.Local(f.Get("page"), "/help")
	err := s.Support.RatePage(r.Context(), support.Opinion{Page: about, Useful: f.Get("useful") == "yes", Words: f.Get("comment"), Mail: f.Get("mail")}, page.Client(r))
	if err != nil {
		return err
	}
	p := s.New(r, "help.rate.done", "")
	return s.Show(w, r, p, rated(about))
}
