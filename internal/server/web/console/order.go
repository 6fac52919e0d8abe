// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package console

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/consult"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
	"podpis/internal/service/support"
)

// Orders are the pages of consultants: certificates ordered by phone.
type Orders struct {
	*page.Base
	Consult *consult.Service
}

// orderView is the form of an order, for a client who was found or for somebody who is not known.
type orderView struct {
	Client string // account of who was found; empty: nobody
	Desk   consult.Desk
	Typed  url.Values
	Key    string
}

// Queue shows what waits for callers: the orders of who is not known, and what was prepared.
func (s *Orders) Queue(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	list, prepared, err := s.Consult.Orders(r.Context(), actor)
	if err != nil {
		return err
	}
	return s.Show(w, r, s.New(r, "op.orders.title", "orders"), orders(list, prepared, s.Now()))
}

// Form shows the form for somebody who is not known.
func (s *Orders) Form(w http.ResponseWriter, r *http.Request, _ ra.Actor) error {
	return s.show(w, r, orderView{Typed: url.Values{}}, nil)
}

func (s *Orders) show(w http.ResponseWriter, r *http.Request, v orderView, refused error) error {
	p := s.New(r, "op.orders.new", "orders")
	p.Path = "/op/orders/new"
	if v.Client != "" {
		p.Path = "/op/clients/" + v.Client + "/order"
	}
	status := http.StatusOK
	if refused != nil {
		var err error
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, orderForm(v))
}

// wanted reads what the consultant took down. A role of the client is named by its number.
func wanted(f url.Values, roles []identity.Profile) ra.Wanted {
	w := ra.Wanted{Purposes: f["purposes"], Kind: identity.Kind(f.Get("kind")), Words: f.Get("words")}
	for _, role := range roles {
		if role.ID == f.Get("kind") {
			w.Kind, w.Role = role.Kind, role.ID
		}
	}
	return w
}

// Take takes an order down for somebody who is not known.
func (s *Orders) Take(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	f := r.PostForm
	id, err := s.Consult.Take(r.Context(), actor, consult.Call{
		Phone: f.Get("phone"), Language: language(f.Get("language")), Wanted: wanted(f, nil), Agreed: f.Get("agreed") == "yes",
	})
	if err != nil {
		return s.show(w, r, orderView{Typed: f}, err)
	}
	return page.SeeOther(w, r, "/op/orders/"+id)
}

// language is one of those there are; empty: the first.
func language(code string) string {
	for _, l := range kit.Languages() {
		if l.Code == code {
			return code
		}
	}
	return ""
}

// Order shows one order; the look is recorded.
func (s *Orders) Order(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	o, err := s.Consult.Look(r.Context(), actor, r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.Show(w, r, s.New(r, "op.order.title", "orders", "Number", consult.Number(o.Number)), orderPage(o))
}

// Cancel ends an order.
func (s *Orders) Cancel(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.Consult.Cancel(r.Context(), actor, r.PathValue("id")); err != nil {
		return err
	}
	return page.SeeOther(w, r, "/op/orders/"+r.PathValue("id"))
}

// Client shows the form for a client who was found by three fields.
func (s *Orders) Client(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.client(w, r, actor, url.Values{}, nil)
}

func (s *Orders) client(w http.ResponseWriter, r *http.Request, actor ra.Actor, typed url.Values, refused error) error {
	id := r.PathValue("id")
	d, err := s.Consult.Caller(r.Context(), actor, id)
	if problem.KindOf(err) == problem.NotFound { // found too long ago, or never: to be found first
		return page.SeeOther(w, r, "/op/unlock")
	} else if err != nil {
		return err
	}
	key := typed.Get("key")
	if key == "" {
		key = rand.Text() // a form that is sent twice prepares once
	}
	return s.show(w, r, orderView{Client: id, Desk: d, Typed: typed, Key: key}, refused)
}

// Prepare prepares an application for a client who was found.
func (s *Orders) Prepare(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	id, f := r.PathValue("id"), r.PostForm
	d, err := s.Consult.Caller(r.Context(), actor, id)
	if problem.KindOf(err) == problem.NotFound {
		return page.SeeOther(w, r, "/op/unlock")
	} else if err != nil {
		return err
	}
	if _, err := s.Consult.Prepare(r.Context(), actor, id, wanted(f, d.Roles), f.Get("key")); err != nil {
		return s.client(w, r, actor, f, err)
	}
	return page.SeeOther(w, r, "/op/clients/"+id+"?done=order")
}

// holderChoices are the roles of a client, and the kinds they have none of.
func holderChoices(p *kit.Page, roles []identity.Profile) (list []kit.Choice) {
	has := map[identity.Kind]bool{}
	for _, r := range roles {
		has[r.Kind] = true
		list = append(list, kit.Choice{Value: r.ID, Title: r.Title, Plus: p.T("kind." + string(r.Kind))})
	}
	for _, k := range []identity.Kind{identity.Individual, identity.Entrepreneur, identity.Organisation} {
		if !has[k] {
			list = append(list, kit.Choice{Value: string(k), Title: p.T("kind." + string(k)), Plus: p.T("consult.kind.new")})
		}
	}
	return list
}

// mediumChoices are the carriers that can be offered.
func mediumChoices(p *kit.Page, media []string) (list []kit.Choice) {
	for _, m := range media {
		list = append(list, kit.Choice{Value: m, Title: p.T("medium." + m)})
	}
	return list
}

// Offer offers the person of a ticket another carrier.
func (s *Support) Offer(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := s.Consult.Offer(r.Context(), actor, id, r.PostForm.Get("medium"), r.PostForm.Get("offer_words")); err != nil {
		return s.showTicket(w, r, actor, http.StatusUnprocessableEntity, err)
	}
	return page.SeeOther(w, r, "/op/tickets/"+id)
}

// offerable reports a ticket in which another carrier may be offered.
func offerable(t support.Ticket, r consult.Replacement) bool {
	return r.Found && len(r.Media) > 0 && t.State != support.Closed && r.Offer.State != consult.Offered
}

// purposeWords are purposes in words.
func purposeWords(p *kit.Page, purposes []string) string {
	words := make([]string, 0, len(purposes))
	for _, name := range purposes {
		words = append(words, p.T("purpose."+name))
	}
	return strings.Join(words, ", ")
}
