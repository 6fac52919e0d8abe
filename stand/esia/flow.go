// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package esia

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"podpis/stand/page"
	"podpis/wire/esia"
)

// scopes are those that the server knows, and what the page calls them.
var scopes = sync.OnceValue(func() map[string]string {
	return map[string]string{
		"openid": "кто вы", "fullname": "имя", "birthdate": "дата рождения", "gender": "пол", "snils": "СНИЛС", "inn": "ИНН", "id_doc": "паспорт",
		"birthplace": "место рождения", "email": "почта", "mobile": "телефон", "contacts": "контакты", "addresses": "адреса", "usr_org": "организации",
		"self_employed": "статус самозанятого", "vehicles": "транспорт", "drivers_licence_doc": "водительское удостоверение", "kid_fullname": "дети",
		"real_estate": "недвижимость", "bank_account": "счета", "bio": "вход по биометрии", "ext_auth_result": "итог биометрии",
	}
})

func refusal(code string) *esia.Error {
	k, _ := esia.Find(code)
	return &esia.Error{Kind: k.Kind, Code: code, Text: k.Text}
}

// check holds a request of either step to what every request must be. The second
// value says that the address to go back to is known to be the client's.
func (s *Server) check(v esia.Variant, r *esia.Request) (known bool, err *esia.Error) {
	s.mu.Lock()
	client, found := s.clients[r.ClientID]
	s.mu.Unlock()
	switch {
	case r.ClientID == "" || r.RedirectURI == "":
		return false, refusal(esia.NoParameter)
	case !found || client.Variant != v:
		return false, refusal(esia.BadCertificate)
	case !slices.Contains(client.Redirects, r.RedirectURI):
		return false, refusal(esia.BadRedirect)
	}
	for _, value := range []string{r.State, r.Timestamp, r.Secret} {
		if value == "" {
			return true, refusal(esia.NoParameter)
		}
	}
	if r.Scope == "" {
		return true, refusal(esia.NoScope)
	}
	for scope := range strings.FieldsSeq(r.Scope) {
		if scopes()[scope] == "" {
			return true, refusal(esia.BadScope)
		}
	}
	now := s.now()
	at, failed := esia.ParseTime(r.Timestamp)
	if failed != nil || at.Before(now.Add(-skew)) || at.After(now.Add(skew)) {
		return true, refusal(esia.BadTime)
	}
	if v == esia.V2 && !strings.EqualFold(r.CertificateHash, esia.CertificateHash(client.Certificate)) {
		return true, refusal(esia.BadCertificate)
	}
	if esia.CheckSecret(v, client.Certificate, r.Statement, r.Secret) != nil || !client.Certificate.ValidAt(now) {
		return true, refusal(esia.BadSecret)
	}
	return true, nil
}

// first checks a request of the first step. A refusal goes to the client only by an
// address that is known to be its own.
func (s *Server) first(v esia.Variant, values url.Values) (r *esia.Request, known bool, refused *esia.Error) {
	r, err := esia.ReadRequest(values)
	if err != nil {
		return &esia.Request{}, false, refusal(esia.BadParameter)
	}
	known, refused = s.check(v, r)
	switch {
	case refused != nil:
	case r.ResponseType != "code":
		refused = refusal(esia.BadCodeType)
	case r.AccessType != "" && r.AccessType != "online" && r.AccessType != "offline":
		refused = refusal(esia.BadParameter)
	case r.ChallengeMethod != "" && r.ChallengeMethod != "S256":
		refused = refusal(esia.BadParameter)
	default:
		if code, ok := strings.CutPrefix(s.Failing(), "redirect:"); ok {
			refused = refusal(code)
		}
	}
	if refused != nil {
		refused.State = r.State
	}
	return r, known, refused
}

// ask shows who can sign in.
func (s *Server) ask(v esia.Variant) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.broken(w) {
			return
		}
		query, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			answerError(w, refusal("ESIA-007038"))
			return
		}
		request, known, refused := s.first(v, query)
		if refused != nil {
			refuse(w, r, request, known, refused)
			return
		}
		type field struct{ Name, Value string }
		data := struct {
			Client  string
			Scopes  []string
			Fields  []field
			Persons []Person
		}{Client: request.ClientID, Persons: s.Persons()}
		for scope := range strings.FieldsSeq(request.Scope) {
			data.Scopes = append(data.Scopes, scopes()[scope])
		}
		values := request.Values()
		for _, name := range slices.Sorted(maps.Keys(values)) {
			data.Fields = append(data.Fields, field{name, values.Get(name)})
		}
		page.Render(w, http.StatusOK, s.authorize, data, request.RedirectURI)
	}
}

// answer takes who has signed in and gives the client its code.
func (s *Server) answer(v esia.Variant) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			answerError(w, refusal("ESIA-007038"))
			return
		}
		request, known, refused := s.first(v, r.PostForm)
		if refused == nil && r.PostForm.Has("refuse") {
			refused = refusal(esia.Refused)
		}
		person, found := s.person(r.PostForm.Get("person"))
		switch {
		case refused != nil:
		case !found:
			refused = refusal(esia.BadParameter)
		case request.PersonFilter == "conf_acc" && person.Level != "confirmed":
			refused = refusal(esia.NotConfirmed)
		case slices.Contains(strings.Fields(request.Scope), "bio") && !person.Bio:
			refused = refusal("ESIA-007046")
		}
		if refused != nil {
			refused.State = request.State
			refuse(w, r, request, known, refused)
			return
		}
		state := request.State
		if s.Failing() == WrongState {
			state = random()
		}
		redirect(w, r, request.RedirectURI, url.Values{"code": {s.newCode(*request, person)}, "state": {state}})
	}
}

func (s *Server) newCode(r esia.Request, p Person) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.codes) >= maxHeld {
		clear(s.codes)
	}
	name := random()
	s.codes[name] = &code{request: r, person: p, at: s.now()}
	return name
}

func refuse(w http.ResponseWriter, r *http.Request, request *esia.Request, known bool, e *esia.Error) {
	if !known {
		answerError(w, e)
		return
	}
	redirect(w, r, request.RedirectURI, e.Values())
}

func redirect(w http.ResponseWriter, r *http.Request, to string, more url.Values) {
	u, err := url.Parse(to)
	if err != nil {
		answerError(w, refusal(esia.BadRedirect))
		return
	}
	q := u.Query()
	maps.Copy(q, more)
	u.RawQuery = q.Encode()
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}

// answerError is the shape of errors that no redirect carries.
func answerError(w http.ResponseWriter, e *esia.Error) {
	status := http.StatusBadRequest
	if e.Meaning() == esia.ByService {
		status = http.StatusServiceUnavailable
	}
	answerJSON(w, status, map[string]string{"error": e.Kind, "error_description": e.Code + ": " + e.Text, "state": e.State})
}

func answerJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the reader may have gone
}

// exchange is the second step: a code for tokens.
func (s *Server) exchange(v esia.Variant) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.broken(w) {
			return
		}
		if err := r.ParseForm(); err != nil {
			answerError(w, refusal("ESIA-007038"))
			return
		}
		request, err := esia.ReadRequest(r.PostForm)
		if err != nil {
			answerError(w, refusal(esia.BadParameter))
			return
		}
		_, refused := s.check(v, request)
		failing, failsHere := strings.CutPrefix(s.Failing(), "token:")
		switch {
		case refused != nil:
		case failsHere:
			refused = refusal(failing)
		case request.GrantType != "authorization_code":
			refused = refusal(esia.BadGrant)
		case !strings.EqualFold(request.TokenType, "Bearer"):
			refused = refusal(esia.BadParameter)
		}
		var held *code
		if refused == nil {
			held, refused = s.useCode(v, request)
		}
		if refused != nil {
			refused.State = request.State
			answerError(w, refused)
			return
		}
		grant, err := s.grant(request, held)
		if err != nil {
			answerError(w, refusal(esia.Unexpected))
			return
		}
		answerJSON(w, http.StatusOK, grant)
	}
}

// useCode takes a code that was given to this client for this address, once. A code
// that is shown twice takes its tokens back (RFC 6749, 4.1.2).
func (s *Server) useCode(v esia.Variant, r *esia.Request) (*code, *esia.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := s.codes[r.Code]
	switch {
	case held == nil || held.request.ClientID != r.ClientID || held.request.RedirectURI != r.RedirectURI || held.request.Scope != r.Scope:
		return nil, refusal(esia.BadCode)
	case held.used || s.now().Sub(held.at) > codeLife:
		maps.DeleteFunc(s.tokens, func(_ string, t token) bool { return t.person.OID == held.person.OID })
		return nil, refusal(esia.BadCode)
	}
	held.used = true
	if v == esia.V2 && held.request.Challenge == "" {
		return nil, refusal(esia.NoChallenge)
	}
	if held.request.Challenge != "" && !fits(held.request.Challenge, r.Verifier) {
		return nil, refusal(esia.BadVerifier)
	}
	return held, nil
}

// fits checks code_verifier by S256 (RFC 7636, 4.6).
func fits(challenge, verifier string) bool {
	d := sha256.Sum256([]byte(verifier))
	return len(verifier) >= 43 && len(verifier) <= 128 && subtle.ConstantTimeCompare([]byte(challenge), []byte(base64.RawURLEncoding.EncodeToString(d[:]))) == 1
}

// logout ends nothing, for there is no session, and leads back to a registered
// address only.
func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	s.mu.Lock()
	client := s.clients[q.Get("client_id")]
	s.mu.Unlock()
	back, err := url.Parse(q.Get("redirect_url"))
	known := err == nil && slices.ContainsFunc(client.Redirects, func(own string) bool {
		u, err := url.Parse(own)
		return err == nil && u.Scheme == back.Scheme && u.Host == back.Host
	})
	if !known {
		answerError(w, refusal(esia.BadRedirect))
		return
	}
	redirect(w, r, back.String(), nil)
}

// broken does what a server does that does not work at all.
func (s *Server) broken(w http.ResponseWriter) bool {
	switch s.Failing() {
	case Unreachable:
		if h, ok := w.(http.Hijacker); ok {
			if conn, _, err := h.Hijack(); err == nil {
				_ = conn.Close() // that is the point
				return true
			}
		}
		panic(errors.New("connection cannot be broken off"))
	case Maintenance:
		http.Error(w, "<html><body>Технические работы</body></html>", http.StatusServiceUnavailable)
		return true
	}
	return false
}
