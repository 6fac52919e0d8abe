// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"crypto/subtle"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/page"
	"podpis/internal/service/support"
)

// Inbound is where a mail server hands replies over. It knows a key of the installation's
// settings.
type Inbound struct {
	*page.Base
	Desk *support.Service
	Key  string
}

func (s *Inbound) allowed(r *http.Request) error {
	key, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if subtle.ConstantTimeCompare([]byte(key), []byte(s.Key)) != 1 {
		return problem.New(problem.Forbidden, "support.key.wrong")
	}
	return nil
}

// Mail takes a letter.
func (s *Inbound) Mail(w http.ResponseWriter, r *http.Request) error {
	if err := s.allowed(r); err != nil {
		return err
	}
	var l struct{ ID, From, To, Subject, Text string }
	if err := json.NewDecoder(r.Body).Decode(&l); err != nil {
		return problem.New(problem.Invalid, "form.broken").Because(err)
	}
	if err := s.Desk.Join(r.Context(), support.Letter(l), page.Client(r)); err != nil {
		return err
	}
	page.WriteJSON(w, http.StatusAccepted, struct{}{})
	return nil
}

// maxCarried bounds a message of another chat, in octets.
const maxCarried = 64 << 10

// Carry takes a signed message of another chat and answers with the number of its ticket.
func (s *Chat) Carry(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCarried))
	if err != nil {
		return err
	}
	t, err := s.Chats.Carry(r.Context(), r.Header.Get("Podpis-Signature"), body, page.Client(r))
	if err != nil {
		return err
	}
	page.WriteJSON(w, http.StatusCreated, map[string]string{"number": support.Number(t.Number)})
	return nil
}
