// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package esia

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"podpis/pki/alg"
	"podpis/stand/page"
	"podpis/wire/esia"
)

// Ways to be wrong beside the list of errors, which are given as "redirect:" or
// "token:" and the code.
const (
	Unreachable   = "unreachable"    // the connection ends without an answer
	Maintenance   = "maintenance"    // a page instead of JSON
	WrongState    = "state"          // another state at the redirect
	WrongGrant    = "grant-state"    // another state at the token endpoint
	AlgNone       = "alg-none"       // tokens that say they need no signature
	Tampered      = "tampered"       // tokens changed after they were signed
	StrangerKey   = "stranger-key"   // tokens signed by another key
	Expired       = "expired"        // tokens of yesterday
	WrongIssuer   = "issuer"         // tokens of another issuer
	WrongAudience = "audience"       // tokens for another system
	WrongNonce    = "nonce"          // identity token of another sign-in
	WrongPerson   = "person"         // identity token about somebody else
	NoIDToken     = "no-id-token"    // access token alone
	RESTRefuses   = "rest-refuses"   // the REST gives no permission
	RESTNonsense  = "rest-nonsense"  // the REST answers no JSON
	Works         = ""               // nothing is wrong
	redirectOf    = "redirect:"      // and a code
	exchangeOf    = "token:"         // and a code
	works         = "Работает"       // as the page says it
	atRedirect    = "при входе: "    // likewise
	atExchange    = "при маркерах: " // likewise
)

type choice struct {
	Value, Label string
	Chosen       bool
}

// Failures are all ways to be wrong: how tests go through them.
func Failures() []string {
	var list []string
	for _, c := range failures() {
		list = append(list, c.Value)
	}
	return list
}

func failures() []choice {
	list := []choice{{Value: Works, Label: works}}
	for _, k := range esia.Errors() {
		if k.Redirect {
			list = append(list, choice{Value: redirectOf + k.Code, Label: atRedirect + k.Code})
		}
		if k.Token {
			list = append(list, choice{Value: exchangeOf + k.Code, Label: atExchange + k.Code})
		}
	}
	for _, f := range [][2]string{
		{Unreachable, "Рвёт связь"}, {Maintenance, "Отвечает страницей о работах"}, {WrongState, "Чужой state при входе"}, {WrongGrant, "Чужой state при маркерах"},
		{AlgNone, "Маркер без подписи"}, {Tampered, "Маркер изменён"}, {StrangerKey, "Маркер подписан чужим ключом"}, {Expired, "Маркер просрочен"},
		{WrongIssuer, "Маркер другого издателя"}, {WrongAudience, "Маркер для другой системы"}, {WrongNonce, "Маркер другого входа"},
		{WrongPerson, "Маркер о другом человеке"}, {NoIDToken, "Нет маркера идентификации"}, {RESTRefuses, "REST отказывает"}, {RESTNonsense, "REST отвечает не JSON"},
	} {
		list = append(list, choice{Value: f[0], Label: f[1]})
	}
	return list
}

// Fail chooses how the server is wrong; see Failures.
func (s *Server) Fail(failure string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = failure
}

// Failing is how the server is wrong.
func (s *Server) Failing() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

func (s *Server) showSwitch(w http.ResponseWriter, _ *http.Request) {
	failing := s.Failing()
	s.mu.Lock()
	data := struct {
		Failures, Algorithms []choice
		Clients              []Client
	}{Algorithms: []choice{{esia.GOST256, "ГОСТ Р 34.10-2012", !s.byRSA}, {esia.RS256, "RSA", s.byRSA}}}
	for _, c := range s.clients {
		data.Clients = append(data.Clients, c)
	}
	s.mu.Unlock()
	slices.SortFunc(data.Clients, func(a, b Client) int { return strings.Compare(a.ID, b.ID) })
	for _, c := range failures() {
		c.Chosen = c.Value == failing
		data.Failures = append(data.Failures, c)
	}
	page.Render(w, http.StatusOK, s.switches, data, "")
}

func (s *Server) turnSwitch(w http.ResponseWriter, r *http.Request) {
	if f := r.PostFormValue("failure"); slices.Contains(Failures(), f) {
		s.Fail(f)
	}
	if err := s.SignBy(r.PostFormValue("algorithm")); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, "/switch", http.StatusSeeOther)
}

// grant makes the tokens for a code.
func (s *Server) grant(r *esia.Request, c *code) (*esia.Grant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	list := strings.Fields(r.Scope)
	with := make([]string, len(list))
	for i, scope := range list {
		with[i] = scope
		if scope != "openid" {
			with[i] += "?oid=" + c.person.OID
		}
	}
	claims := map[string]any{
		"iss": esia.Issuer(s.URL()), "client_id": r.ClientID, "urn:esia:sid": random(), "urn:esia:sbj_id": json.Number(c.person.OID), "scope": strings.Join(with, " "),
		"nbf": now.Unix(), "iat": now.Unix(), "exp": now.Add(tokenLife).Unix(),
	}
	id := map[string]any{
		"iss": esia.Issuer(s.URL()), "aud": r.ClientID, "sub": json.Number(c.person.OID).String(), "nonce": c.request.Nonce, "auth_time": now.Unix(), "amr": "PWD",
		"nbf": now.Unix(), "iat": now.Unix(), "exp": now.Add(tokenLife).Unix(),
		"urn:esia:sbj": map[string]any{
			"urn:esia:sbj:typ": "P", "urn:esia:sbj:is_tru": c.person.Level == "confirmed", "urn:esia:sbj:oid": json.Number(c.person.OID), "urn:esia:sbj:name": "OID." + c.person.OID,
		},
	}
	if c.request.Nonce == "" {
		delete(id, "nonce")
	}
	s.spoil(claims, id, now)
	key := alg.Signer(s.signer())
	if s.failure == StrangerKey {
		stranger, err := newIdentity(alg.GOST256A, now)
		if err != nil {
			return nil, err
		}
		key = stranger.key
	}
	access, err := esia.SignToken(rand.Reader, key, "access", claims)
	if err != nil {
		return nil, err
	}
	identity, err := esia.SignToken(rand.Reader, key, "id", id)
	if err != nil {
		return nil, err
	}
	g := &esia.Grant{AccessToken: s.mangle(access), IDToken: s.mangle(identity), State: r.State, TokenType: "Bearer", ExpiresIn: int64(tokenLife / time.Second)}
	switch s.failure {
	case WrongGrant:
		g.State = random()
	case NoIDToken:
		g.IDToken = ""
	}
	if len(s.tokens) >= maxHeld {
		clear(s.tokens)
	}
	s.tokens[g.AccessToken] = token{c.person, list, now.Add(tokenLife)}
	return g, nil
}

// spoil makes claims wrong before they are signed; the caller holds the lock.
func (s *Server) spoil(access, id map[string]any, now time.Time) {
	for _, m := range []map[string]any{access, id} {
		switch s.failure {
		case Expired:
			m["nbf"], m["iat"], m["exp"] = now.Unix()-90000, now.Unix()-90000, now.Unix()-86400
		case WrongIssuer:
			m["iss"] = "http://esia.example/"
		}
	}
	switch s.failure {
	case WrongAudience:
		access["client_id"], id["aud"] = "OTHER", "OTHER"
	case WrongNonce:
		id["nonce"] = random()
	case WrongPerson:
		id["urn:esia:sbj"] = map[string]any{"urn:esia:sbj:oid": 1000499999, "urn:esia:sbj:is_tru": true}
		id["sub"] = "1000499999"
	}
}

// mangle makes a token wrong after it was signed; the caller holds the lock.
func (s *Server) mangle(t string) string {
	e := base64.RawURLEncoding
	parts := strings.Split(t, ".")
	switch s.failure {
	case AlgNone:
		return e.EncodeToString([]byte(`{"alg":"none","typ":"JWT","ver":1}`)) + "." + parts[1] + "."
	case Tampered:
		body, err := e.DecodeString(parts[1])
		if err != nil {
			return t
		}
		return parts[0] + "." + e.EncodeToString([]byte(strings.ReplaceAll(string(body), `"exp":1`, `"exp":2`))) + "." + parts[2]
	}
	return t
}
