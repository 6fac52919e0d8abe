// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"
	"net/url"
	"slices"

	"podpis/internal/server/middleware"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/approve"
	"podpis/internal/service/factor"
)

// approvalURL is where the browser that asks waits for the answer of a device.
const approvalURL = "/login/second/device"

// asking is the page of a browser that waits.
type asking struct {
	secondView
	Request approve.Request
}

// again is the address of the waiting page.
func (v asking) again() string { return approvalURL + "?return=" + url.QueryEscape(v.Back) }

// ApproveAsk asks the trusted devices.
func (s *Site) ApproveAsk(w http.ResponseWriter, r *http.Request) error {
	session, ok := page.SessionOf(r.Context())
	if !ok {
		return page.SeeOther(w, r, "/login")
	}
	if err := page.Form(r); err != nil {
		return err
	}
	v := asking{secondView: secondView{Back: page.Local(r.PostForm.Get("return"), "")}}
	err := s.mayAsk(r)
	if err == nil {
		_, err = s.Approvals.Ask(r.Context(), session.Token, page.Client(r))
	}
	if err != nil {
		return s.showSecond(w, r, http.StatusUnprocessableEntity, err)
	}
	return page.SeeOther(w, r, v.again())
}

// Approval is the page that waits for the answer. A script asks it for the state alone.
func (s *Site) Approval(w http.ResponseWriter, r *http.Request) error {
	session, ok := page.SessionOf(r.Context())
	if !ok {
		return page.SeeOther(w, r, "/login")
	}
	v := asking{secondView: secondView{Way: factor.Device, Back: page.Local(r.FormValue("return"), "")}}
	var err error
	if v.Request, ok, err = s.Approvals.Asking(r.Context(), session.Session); err != nil {
		return err
	}
	if middleware.WantsJSON(r) {
		page.WriteJSON(w, http.StatusOK, map[string]string{"state": string(v.Request.State)})
		return nil
	}
	if !ok || v.Request.State == approve.Used {
		return page.SeeOther(w, r, v.to(factor.Device))
	}
	if v.Ways, err = s.Accounts.Ways(r.Context(), session.Account); err != nil {
		return err
	}
	title := "approve.wait.title"
	if session.Level == auth.Full {
		title = "approve.wait.title.step"
	}
	switch v.Request.State {
	case approve.Waiting, approve.Used:
	default:
		title = "approve.said." + string(v.Request.State)
	}
	p := s.New(r, title, "")
	if slices.Contains([]approve.State{approve.Waiting, approve.Approved}, v.Request.State) {
		p.Scripts = append(p.Scripts, "devices.js")
	}
	return s.Show(w, r, p, waiting(v))
}

// ApproveDone goes on after the answer.
func (s *Site) ApproveDone(w http.ResponseWriter, r *http.Request) error {
	session, ok := page.SessionOf(r.Context())
	if !ok {
		return page.SeeOther(w, r, "/login")
	}
	if err := page.Form(r); err != nil {
		return err
	}
	token, err := s.Approvals.Finish(r.Context(), session.Token, page.Client(r))
	if err != nil {
		return s.showSecond(w, r, http.StatusConflict, err)
	}
	s.SetSecret(w, page.SessionCookie, token)
	return s.landed(w, r, token, r.PostForm.Get("return"))
}
