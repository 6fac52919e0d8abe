// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"time"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/consult"
	"podpis/internal/service/ra"
	"podpis/internal/service/recovery"
	"podpis/internal/service/support"
)

// Support is the operator's desk: tickets, clients found by three fields, recoveries,
// visits.
type Support struct {
	*page.Base
	Desk         *support.Service
	Recovery     *recovery.Service
	Registration *ra.Service
	Consult      *consult.Service
}

func supportActor(a ra.Actor) support.Actor {
	return support.Actor{Account: a.Account, Client: a.Client}
}

// Queue shows the tickets, the nearest term first.
func (s *Support) Queue(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	list, err := s.Desk.Queue(r.Context(), supportActor(actor))
	if err != nil {
		return err
	}
	opinions, err := s.Desk.Opinions(r.Context(), supportActor(actor))
	if err != nil {
		return err
	}
	return s.Show(w, r, s.New(r, "op.tickets.title", "tickets"), ticketQueue(list, opinions, s.Now()))
}

// Ticket shows a ticket.
func (s *Support) Ticket(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showTicket(w, r, actor, http.StatusOK, nil)
}

func (s *Support) showTicket(w http.ResponseWriter, r *http.Request, actor ra.Actor, status int, refused error) error {
	t, err := s.Desk.Inspect(r.Context(), supportActor(actor), r.PathValue("id"))
	if err != nil {
		return err
	}
	carrier, err := s.Consult.Of(r.Context(), t)
	if err != nil {
		return err
	}
	p := s.New(r, "support.ticket.title", "tickets", "Number", support.Number(t.Number))
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, operatorTicket(p, t, carrier, r.PostForm))
}

// Decide does one of four things with a ticket.
func (s *Support) Decide(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	move := support.Move(r.PostForm.Get("move"))
	if move == "note" {
		move = ""
	}
	if err := s.Desk.Decide(r.Context(), supportActor(actor), r.PathValue("id"), move, r.PostForm.Get("words")); err != nil {
		return s.showTicket(w, r, actor, http.StatusUnprocessableEntity, err)
	}
	if move == "" {
		return page.SeeOther(w, r, "/op/tickets/"+r.PathValue("id"))
	}
	return page.SeeOther(w, r, "/op/tickets")
}

// File shows a file of a ticket or of a recovery.
func (s *Support) File(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	f, content, err := s.Desk.InspectFile(r.Context(), supportActor(actor), r.PathValue("id"), r.PathValue("file"))
	if err != nil {
		return err
	}
	return page.WriteFile(w, f.MIME, content)
}

// Unlock is the search by three fields and the queue of recoveries; visits are the same
// with the other half of the queue.
func (s *Support) Unlock(section string) page.HolderHandler {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		return s.showUnlock(w, r, actor, section, http.StatusOK, nil)
	}
}

func (s *Support) showUnlock(w http.ResponseWriter, r *http.Request, actor ra.Actor, section string, status int, refused error) error {
	all, err := s.Recovery.Cases(r.Context(), supportActor(actor))
	if err != nil {
		return err
	}
	var list []recovery.Case
	for _, c := range all {
		if (c.Path == recovery.ByVisit) == (section == "visits") {
			list = append(list, c)
		}
	}
	p := s.New(r, "op."+section+".title", section)
	if refused != nil {
		if problem.KindOf(refused) == problem.NotFound { // said at the form, so that the fields stay
			p.Errors = append(p.Errors, kit.FieldError{Field: "inn", Text: p.T("client.none")})
			status = http.StatusNotFound
		} else if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, unlock(p, unlockView{Section: section, Cases: list, Typed: page.Typed(r), Now: s.Now(), Me: actor.Account.ID}))
}

type unlockView struct {
	Section, Me string
	Cases       []recovery.Case
	Typed       map[string]string
	Now         time.Time
}

// Find looks for a client by three fields.
func (s *Support) Find(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	f := r.PostForm
	id, err := s.Recovery.FindClient(r.Context(), supportActor(actor), recovery.Claim{INN: f.Get("inn"), Register: f.Get("register"), Name: f.Get("name")})
	if err != nil {
		return s.showUnlock(w, r, actor, sectionOf(f.Get("section")), http.StatusUnprocessableEntity, err)
	}
	return page.SeeOther(w, r, "/op/clients/"+id)
}

func sectionOf(name string) string {
	if name == "visits" {
		return "visits"
	}
	return "unlock"
}

// Client shows a client; ?reveal=1 shows contacts and numbers in full, which is recorded
// and asks for a fresh second step.
func (s *Support) Client(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if led, err := revealing(s.Base, w, r); led || err != nil {
		return err
	}
	return s.showClient(w, r, actor, http.StatusOK, nil, "")
}

func (s *Support) showClient(w http.ResponseWriter, r *http.Request, actor ra.Actor, status int, refused error, password string) error {
	c, err := s.Recovery.Client(r.Context(), supportActor(actor), r.PathValue("id"), asksReveal(r))
	if problem.KindOf(err) == problem.NotFound {
		return page.SeeOther(w, r, "/op/unlock")
	} else if err != nil {
		return err
	}
	cases, err := s.Recovery.Cases(r.Context(), supportActor(actor))
	if err != nil {
		return err
	}
	p := s.New(r, "op.client.title", "unlock")
	p.Path = "/op/clients/" + c.AccountID
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	v := clientView{Client: c, URL: p.Path, Password: password, Now: s.Now(), Seen: r.PostForm["seen"], NewPhone: r.PostForm.Get("phone"), Done: r.URL.Query().Get("done"), Visited: r.PostForm["visited"], Passport: r.PostForm.Get("passport")}
	for _, one := range cases {
		if one.Step == recovery.StepVisit {
			v.Visits = append(v.Visits, one)
		}
	}
	return s.Render(w, r, p, status, client(p, v))
}

type clientView struct {
	recovery.Client
	URL, Password, NewPhone, Done, Passport string
	Visits                                  []recovery.Case
	Seen, Visited                           []string
	Now                                     time.Time
}

// Help does one thing for a client.
func (s *Support) Help(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	what := recovery.Help(r.PostForm.Get("what"))
	if what == recovery.HelpUnlock { // the others close, this one opens an account
		if led, err := s.LedToStep(w, r); led || err != nil {
			return err
		}
	}
	if err := s.Recovery.HelpClient(r.Context(), supportActor(actor), r.PathValue("id"), what); err != nil {
		return s.showClient(w, r, actor, http.StatusUnprocessableEntity, err, "")
	}
	return page.SeeOther(w, r, "/op/clients/"+r.PathValue("id")+"?done="+string(what))
}

// Issue ends a visit: the one-time password is in this answer and nowhere else.
func (s *Support) Issue(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	limit, err := s.Desk.FileLimit(r.Context())
	if err != nil {
		return err
	}
	files, err := page.Uploads(w, r, limit)
	password := ""
	if err == nil {
		v := recovery.Visit{CaseID: r.PostForm.Get("case"), Seen: r.PostForm["seen"], NewPhone: r.PostForm.Get("phone")}
		if len(files) > 0 {
			v.Written = files[0]
		}
		password, err = s.Recovery.Issue(r.Context(), supportActor(actor), r.PathValue("id"), v)
	}
	if err != nil {
		return s.showClient(w, r, actor, http.StatusUnprocessableEntity, err, "")
	}
	r.PostForm = nil
	return s.showClient(w, r, actor, http.StatusOK, nil, password)
}

// Came takes that a client came in person with the passport.
func (s *Support) Came(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	id := r.PathValue("id")
	if _, err := s.Recovery.Client(r.Context(), supportActor(actor), id, false); err != nil { // whom this operator has found
		return err
	}
	if err := s.Registration.ProveByVisit(r.Context(), actor, id, r.PostForm.Get("passport"), r.PostForm["visited"]); err != nil {
		return s.showClient(w, r, actor, http.StatusUnprocessableEntity, err, "")
	}
	return page.SeeOther(w, r, "/op/clients/"+id+"?done=came")
}

// Case shows a recovery.
func (s *Support) Case(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showCase(w, r, actor, http.StatusOK, nil)
}

func (s *Support) showCase(w http.ResponseWriter, r *http.Request, actor ra.Actor, status int, refused error) error {
	c, err := s.Recovery.Case(r.Context(), supportActor(actor), r.PathValue("id"))
	if err != nil {
		return err
	}
	section := "unlock"
	if c.Path == recovery.ByVisit {
		section = "visits"
	}
	p := s.New(r, "recover.case", section, "Number", recovery.Number(c.Number))
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, operatorCase(p, c, actor.Account.ID, r.PostForm.Get("reason")))
}

// DecideCase takes a decision on a recovery.
func (s *Support) DecideCase(decision string) page.HolderHandler {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		if err := page.Form(r); err != nil {
			return err
		}
		id, compared, called := r.PathValue("id"), r.PostForm.Get("compared") == "yes", r.PostForm.Get("called") == "yes"
		var err error
		switch decision {
		case "identify":
			err = s.Recovery.Identify(r.Context(), supportActor(actor), id, compared, called)
		case "agree":
			err = s.Recovery.Agree(r.Context(), supportActor(actor), id, compared, called)
		default:
			err = s.Recovery.Refuse(r.Context(), supportActor(actor), id, r.PostForm.Get("reason"))
		}
		if e, ok := problem.Of(err); ok && e.Kind == problem.Forbidden && e.Key == "recover.second.own" {
			err = problem.New(problem.Conflict, e.Key)
		}
		if err != nil {
			return s.showCase(w, r, actor, http.StatusUnprocessableEntity, err)
		}
		return page.SeeOther(w, r, "/op/unlock")
	}
}
