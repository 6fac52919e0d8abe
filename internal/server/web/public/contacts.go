// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"

	"podpis/internal/server/web/page"
	"podpis/internal/service/auth/contact"
)

// ContactStops is the way of an old contact to stop its change, without a sign-in.
type ContactStops struct {
	*page.Base
	Contacts *contact.Service
}

// Stop shows what a link would stop.
func (s *ContactStops) Stop(w http.ResponseWriter, r *http.Request) error {
	c, err := s.Contacts.Stopping(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	p := s.New(r, "contact.stop.title", "login")
	p.Path = "/recover" // the address is a secret
	w.Header().Set("Referrer-Policy", "no-referrer")
	return s.Show(w, r, p, contactStop(r.PathValue("token"), c))
}

// StopDone stops.
func (s *ContactStops) StopDone(w http.ResponseWriter, r *http.Request) error {
	if err := s.Contacts.Stop(r.Context(), r.PathValue("token"), page.Client(r)); err != nil {
		return err
	}
	p := s.New(r, "contact.stopped.title", "login")
	p.Path = "/recover"
	return s.Show(w, r, p, contactStopped())
}
