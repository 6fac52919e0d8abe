// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"net/http"
	"net/url"

	"podpis/internal/platform/problem"
	"podpis/internal/server/middleware"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/agent"
	"podpis/internal/service/auth/approve"
	"podpis/internal/service/factor"
	"podpis/internal/service/push"
	"podpis/internal/service/ra"
)

// Devices are where notices come and where sign-ins are approved.
type Devices struct {
	*page.Base
	Factors   *factor.Service
	Push      *push.Service
	Approvals *approve.Service

	tests middleware.Rate // of test notices: each calls an address that the person gave
}

type devicesView struct {
	Base    string
	Key     string
	List    []push.Device
	Trusted bool // this device approves
	Tested  bool
}

func pushActor(a ra.Actor) push.Actor { return push.Actor{Account: a.Account, Client: a.Client} }

// here reports whether this browser takes notices.
func (v devicesView) here() bool {
	for _, d := range v.List {
		if d.Here {
			return true
		}
	}
	return false
}

// List shows the devices.
func (s *Devices) List(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.show(w, r, actor, http.StatusOK, nil)
}

func (s *Devices) show(w http.ResponseWriter, r *http.Request, actor ra.Actor, status int, refused error) error {
	p := s.New(r, "devices.title", "security")
	if refused != nil {
		var err error
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	v := devicesView{Base: securityBase(r), Tested: r.URL.Query().Get("tested") == "1"}
	var err error
	if v.Key, err = s.Push.Key(r.Context()); err != nil {
		return err
	}
	if v.List, err = s.Push.Devices(r.Context(), pushActor(actor)); err != nil {
		return err
	}
	if v.Trusted, err = s.Factors.Trusts(r.Context(), actor.Account.ID, agent.ID(actor.Client.Key)); err != nil {
		return err
	}
	p.Scripts = append(p.Scripts, "devices.js")
	return s.Render(w, r, p, status, devices(v))
}

// Add takes the subscription of this browser.
func (s *Devices) Add(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	body, err := page.Answer(w, r)
	if err != nil {
		return err
	}
	if err := s.Push.Add(r.Context(), pushActor(actor), body); err != nil {
		return err
	}
	page.WriteJSON(w, http.StatusOK, map[string]string{"next": securityBase(r) + "/devices"})
	return nil
}

// Drop takes a device away.
func (s *Devices) Drop(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := s.Push.Drop(r.Context(), pushActor(actor), r.PathValue("id")); err != nil {
		return err
	}
	return page.SeeOther(w, r, securityBase(r)+"/devices")
}

// Test sends a test notice.
func (s *Devices) Test(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	most, err := s.Factors.Asks(r.Context())
	if err != nil {
		return err
	}
	if wait, ok := s.tests.Allow(actor.Account.ID, int(most), s.Now()); !ok {
		return problem.New(problem.Limited, "auth.asks.often").After(wait)
	}
	if err := s.Push.Test(r.Context(), pushActor(actor), r.PathValue("id")); err != nil {
		return err
	}
	return page.SeeOther(w, r, securityBase(r)+"/devices?tested=1")
}

// Trust makes this browser approve sign-ins.
func (s *Devices) Trust(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	err := s.Factors.TrustDevice(r.Context(), factorActor(actor), agent.ID(actor.Client.Key), agent.Name(actor.Client.Device))
	if err != nil {
		return s.show(w, r, actor, http.StatusConflict, err)
	}
	return page.SeeOther(w, r, securityBase(r)+"/devices")
}

// Own lets only full sessions of holders in, whatever the role: an approval is of the account.
func (s *Devices) Own(h func(http.ResponseWriter, *http.Request, page.Session) error) http.Handler {
	return s.Handle(func(w http.ResponseWriter, r *http.Request) error {
		session, ok := page.SessionOf(r.Context())
		switch {
		case !ok:
			return problem.New(problem.Forbidden, "auth.session.needed")
		case session.Account.Role.Staff():
			return problem.New(problem.Forbidden, "auth.role.other")
		case session.Level != auth.Full:
			return page.SeeOther(w, r, "/login/second?return="+url.QueryEscape(r.URL.RequestURI()))
		}
		return h(w, r, session)
	})
}

// Pending lists the requests that wait for an answer.
func (s *Devices) Pending(w http.ResponseWriter, r *http.Request, own page.Session) error {
	list, err := s.Approvals.Pending(r.Context(), own.Session)
	if err != nil {
		return err
	}
	return s.Show(w, r, s.New(r, "devices.pending", "security"), pending(list))
}

// Request shows a request with its answers.
func (s *Devices) Request(w http.ResponseWriter, r *http.Request, own page.Session) error {
	return s.showRequest(w, r, own, http.StatusOK, nil)
}

func (s *Devices) showRequest(w http.ResponseWriter, r *http.Request, own page.Session, status int, refused error) error {
	q, err := s.Approvals.Request(r.Context(), own.Session, r.PathValue("id"))
	if err != nil {
		return err
	}
	title := "approve.title"
	switch {
	case q.State == approve.Used:
		title = "approve.done.approved"
	case q.State != approve.Waiting:
		title = "approve.done." + string(q.State)
	case !q.SignIn:
		title = "approve.title.step"
	}
	p := s.New(r, title, "security")
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, request(requestView{q, "/c/" + own.Profile + "/security"}))
}

type requestView struct {
	approve.Request
	Base string
}

// facts are what is asked about, as the list of sessions tells it.
func (v requestView) facts(p *kit.Page) []kit.Fact {
	action, device := p.T("approve.action.step"), agent.Name(v.Device)
	if v.SignIn {
		action = p.T("approve.action.login")
	}
	if device == "" {
		device = p.T("sessions.unknown")
	}
	return []kit.Fact{
		{Name: p.T("approve.action"), Value: action}, {Name: p.T("approve.device"), Value: device}, {Name: p.T("approve.network"), Value: v.Network, Mono: true},
		{Name: p.T("approve.asked"), Value: p.Words.DateTime(v.AskedAt)}, {Name: p.T("approve.until"), Value: p.Words.DateTime(v.ExpiresAt)},
	}
}

// numbers are what the device chooses from.
func (v requestView) numbers() (list []kit.Choice) {
	for _, n := range v.Choices {
		list = append(list, kit.Choice{Value: n, Title: n})
	}
	return list
}

// Answer takes the answer.
func (s *Devices) Answer(w http.ResponseWriter, r *http.Request, own page.Session) error {
	if err := page.Form(r); err != nil {
		return err
	}
	refuse := r.PostForm.Get("answer") == "no"
	if err := s.Approvals.Answer(r.Context(), own.Token, r.PathValue("id"), r.PostForm.Get("number"), refuse, page.Client(r)); err != nil {
		return s.showRequest(w, r, own, http.StatusConflict, err)
	}
	return page.SeeOther(w, r, r.URL.Path)
}

// Letter opens a letter that a notice named, in the role of this device.
func (s *Devices) Letter(w http.ResponseWriter, r *http.Request, own page.Session) error {
	return page.SeeOther(w, r, "/c/"+own.Profile+"/inbox/"+url.PathEscape(r.PathValue("id")))
}
