// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"net/http"
	"strings"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/page"
	"podpis/internal/service/ra"
	"podpis/pki/x509"
)

// reasons are why a holder revokes, in the order of the page (ux F10).
func reasons() []struct {
	Key    string
	Reason x509.Reason
} {
	return []struct {
		Key    string
		Reason x509.Reason
	}{
		{"compromise", x509.ReasonKeyCompromise},
		{"lost", x509.ReasonKeyCompromise},
		{"changed", x509.ReasonAffiliationChanged},
		{"unneeded", x509.ReasonCessationOfOperation},
	}
}

// tailLength is how many signs of the number a person types to revoke.
const tailLength = 4

// Revoke shows what a revocation does and asks for it.
func (s *Site) Revoke(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	return s.showRevoke(w, r, actor, http.StatusOK, nil)
}

func (s *Site) showRevoke(w http.ResponseWriter, r *http.Request, actor ra.Actor, status int, refused error) error {
	c, err := s.own(r, actor)
	if err != nil {
		return err
	}
	if led, err := s.LedToStep(w, r); led || err != nil {
		return err
	}
	p := s.New(r, "revoke.title", "certificates")
	if refused != nil {
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, revoke("/c/"+r.PathValue("pid"), c, r.PostFormValue("reason")))
}

// RevokeDone revokes a certificate of the holder.
func (s *Site) RevokeDone(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if err := page.Form(r); err != nil {
		return err
	}
	c, err := s.own(r, actor)
	if err != nil {
		return err
	}
	if led, err := s.LedToStep(w, r); led || err != nil {
		return err
	}
	var wrong problem.List
	reason := x509.Reason(-1)
	for _, option := range reasons() {
		if option.Key == r.PostForm.Get("reason") {
			reason = option.Reason
		}
	}
	if !reason.Valid() {
		wrong = append(wrong, problem.New(problem.Invalid, "revoke.reason.missing").At("reason"))
	}
	if tail := strings.ToUpper(strings.TrimSpace(r.PostForm.Get("tail"))); tail != c.Serial[len(c.Serial)-tailLength:] {
		wrong = append(wrong, problem.New(problem.Invalid, "revoke.tail.wrong").At("tail"))
	}
	if err := wrong.Err(); err != nil {
		return s.showRevoke(w, r, actor, http.StatusUnprocessableEntity, err)
	}
	if err := s.Authority.Revoke(r.Context(), "account/"+actor.Account.ID, c.Serial, reason); err != nil {
		return s.showRevoke(w, r, actor, http.StatusConflict, err)
	}
	return page.SeeOther(w, r, "/c/"+r.PathValue("pid")+"/certificates/"+c.Serial)
}
