// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package bank is a partner bank for the stand, as far as signing in goes: a plain
// provider of OpenID Connect Core 1.0 with discovery, the code flow with PKCE
// (RFC 7636) and keys of its own.
//
// It knows nothing of ЕСИА. Left out: consents that are remembered, refreshing of
// tokens, and all that a bank does with money.
package bank

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"podpis/stand/page"
)

var (
	//go:embed persons.json
	samples []byte
	//go:embed authorize.html
	authorizeHTML string
)

// Failure is how the server is wrong.
type Failure string

// The failures.
const (
	None        Failure = ""
	Unreachable Failure = "unreachable" // the connection ends without an answer
	Busy        Failure = "busy"        // 503
	Refuses     Failure = "refuses"     // access_denied at the redirect
	BadGrant    Failure = "grant"       // invalid_grant at the token endpoint
	WrongState  Failure = "state"
	WrongNonce  Failure = "nonce"
	NoNonce     Failure = "no-nonce"   // a token that answers to no sign-in
	WrongIssuer Failure = "issuer"     // in the identity token
	OtherIssuer Failure = "iss"        // in the redirect (RFC 9207)
	Audience    Failure = "audience"   // a token for another system
	Audiences   Failure = "audiences"  // a token for another system too
	Expired     Failure = "expired"    // a token of yesterday
	AlgNone     Failure = "alg-none"   // a token that says it needs no signature
	AlgHS256    Failure = "alg-hs256"  // a token whose MAC key is the public key
	Stranger    Failure = "stranger"   // a token signed by another key
	OtherPerson Failure = "person"     // userinfo about somebody else
	NoIDToken   Failure = "no-idtoken" // access token alone
)

// Failures are all of them.
func Failures() []Failure {
	return []Failure{None, Unreachable, Busy, Refuses, BadGrant, WrongState, WrongNonce, NoNonce, WrongIssuer, OtherIssuer, Audience, Audiences, Expired, AlgNone, AlgHS256, Stranger, OtherPerson, NoIDToken}
}

// person is a client of the bank with the claims it tells.
type person map[string]any

func (p person) text(name string) string { s, _ := p[name].(string); return s }

// OID, Name and About are what the page shows.
func (p person) OID() string { return p.text("sub") }

// Name is the full name.
func (p person) Name() string {
	return strings.Join(strings.Fields(p.text("family_name")+" "+p.text("given_name")+" "+p.text("middle_name")), " ")
}

// About is what the bank knows.
func (p person) About() string { return p.text("about") }

type client struct {
	secret    string
	redirects []string
}

type code struct {
	client, redirect, nonce, challenge string
	scopes                             []string
	person                             person
	at                                 time.Time
}

type token struct {
	person  person
	scopes  []string
	expires time.Time
}

const (
	codeLife  = time.Minute
	tokenLife = 10 * time.Minute
	maxHeld   = 10000
	maxForm   = 64 << 10
)

// Server is a running server.
type Server struct {
	listener net.Listener
	server   *http.Server
	now      func() time.Time
	page     *template.Template
	key      func() (*signer, error) // made when it is first needed: it takes a while

	mu      sync.Mutex
	clients map[string]client
	persons []person
	codes   map[string]code
	tokens  map[string]token
	failure Failure
}

// Start listens on addr; now is its clock, nil for the system's.
func Start(addr string, now func() time.Time) (*Server, error) {
	if now == nil {
		now = time.Now
	}
	s := &Server{now: now, clients: map[string]client{}, codes: map[string]code{}, tokens: map[string]token{}, key: sync.OnceValues(newSigner)}
	if err := json.Unmarshal(samples, &s.persons); err != nil {
		return nil, fmt.Errorf("read sample persons: %w", err)
	}
	var err error
	if s.page, err = template.New("authorize").Parse(authorizeHTML); err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	if s.listener, err = net.Listen("tcp", addr); err != nil {
		return nil, fmt.Errorf("start bank: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", s.discovery)
	mux.HandleFunc("GET /jwks", s.jwks)
	mux.HandleFunc("GET /authorize", s.ask)
	mux.HandleFunc("POST /authorize", s.answer)
	mux.HandleFunc("POST /token", s.exchange)
	mux.HandleFunc("GET /userinfo", s.userinfo)
	mux.HandleFunc("GET "+page.StylePath, page.ServeStyle)
	s.server = &http.Server{Handler: http.MaxBytesHandler(mux, maxForm), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(s.listener) }() // ends with Close
	return s, nil
}

// URL is the issuer.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Close stops the server.
func (s *Server) Close() error {
	if err := s.server.Close(); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("stop bank: %w", err)
	}
	return nil
}

// Register takes a system and gives it its secret.
func (s *Server) Register(id string, redirects ...string) (secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	secret = random()
	s.clients[id] = client{secret, redirects}
	return secret
}

// Fail chooses how the server is wrong.
func (s *Server) Fail(f Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = f
}

// Failing is how it is.
func (s *Server) Failing() Failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

func (s *Server) broken(w http.ResponseWriter) bool {
	switch s.Failing() {
	case Unreachable:
		if h, ok := w.(http.Hijacker); ok {
			if conn, _, err := h.Hijack(); err == nil {
				_ = conn.Close() // that is the point
			}
		}
		return true
	case Busy:
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return true
	}
	return false
}

func answerJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the reader may have gone
}

func (s *Server) discovery(w http.ResponseWriter, _ *http.Request) {
	if s.broken(w) {
		return
	}
	u := s.URL()
	answerJSON(w, http.StatusOK, map[string]any{
		"issuer": u, "authorization_endpoint": u + "/authorize", "token_endpoint": u + "/token", "userinfo_endpoint": u + "/userinfo", "jwks_uri": u + "/jwks",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
		"code_challenge_methods_supported": []string{"S256"}, "token_endpoint_auth_methods_supported": []string{"client_secret_basic"},
		"authorization_response_iss_parameter_supported": true, "scopes_supported": []string{"openid", "profile", "email", "phone", "identity"},
	})
}

func (s *Server) jwks(w http.ResponseWriter, _ *http.Request) {
	key, err := s.key()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answerJSON(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{*key.Public()}})
}

// first checks a request for a code. A refusal goes to a known address only.
func (s *Server) first(q url.Values) (known bool, wrong string) {
	for _, list := range q {
		if len(list) > 1 {
			return false, "invalid_request"
		}
	}
	s.mu.Lock()
	c := s.clients[q.Get("client_id")]
	s.mu.Unlock()
	switch {
	case !slices.Contains(c.redirects, q.Get("redirect_uri")):
		return false, "invalid_request"
	case q.Get("response_type") != "code":
		return true, "unsupported_response_type"
	case !slices.Contains(strings.Fields(q.Get("scope")), "openid"):
		return true, "invalid_scope"
	case q.Get("state") == "" || q.Get("code_challenge") == "" || q.Get("code_challenge_method") != "S256":
		return true, "invalid_request"
	case s.Failing() == Refuses:
		return true, "access_denied"
	}
	return true, ""
}

func (s *Server) ask(w http.ResponseWriter, r *http.Request) {
	if s.broken(w) {
		return
	}
	q := r.URL.Query()
	known, wrong := s.first(q)
	if wrong != "" {
		s.refuse(w, r, q, known, wrong)
		return
	}
	type field struct{ Name, Value string }
	data := struct {
		Client, Scope string
		Fields        []field
		Persons       []person
	}{Client: q.Get("client_id"), Scope: q.Get("scope"), Persons: s.persons}
	for _, name := range slices.Sorted(maps.Keys(q)) {
		data.Fields = append(data.Fields, field{name, q.Get(name)})
	}
	page.Render(w, http.StatusOK, s.page, data, q.Get("redirect_uri"))
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request, q url.Values, known bool, wrong string) {
	if !known {
		http.Error(w, wrong, http.StatusBadRequest)
		return
	}
	s.redirect(w, r, q, url.Values{"error": {wrong}})
}

func (s *Server) redirect(w http.ResponseWriter, r *http.Request, q, more url.Values) {
	u, err := url.Parse(q.Get("redirect_uri"))
	if err != nil {
		http.Error(w, "invalid_request", http.StatusBadRequest)
		return
	}
	more.Set("state", q.Get("state"))
	more.Set("iss", s.URL()) // RFC 9207
	switch s.Failing() {
	case WrongState:
		more.Set("state", random())
	case OtherIssuer:
		more.Set("iss", "https://other.example")
	}
	u.RawQuery = more.Encode()
	http.Redirect(w, r, u.String(), http.StatusSeeOther)
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "invalid_request", http.StatusBadRequest)
		return
	}
	q := r.PostForm
	known, wrong := s.first(q)
	if wrong == "" && q.Has("refuse") {
		wrong = "access_denied"
	}
	if wrong != "" {
		s.refuse(w, r, q, known, wrong)
		return
	}
	at := slices.IndexFunc(s.persons, func(p person) bool { return p.OID() == q.Get("person") })
	if at < 0 {
		s.refuse(w, r, q, known, "access_denied")
		return
	}
	name := random()
	s.mu.Lock()
	if len(s.codes) >= maxHeld {
		clear(s.codes)
	}
	s.codes[name] = code{
		client: q.Get("client_id"), redirect: q.Get("redirect_uri"), nonce: q.Get("nonce"), challenge: q.Get("code_challenge"),
		scopes: strings.Fields(q.Get("scope")), person: s.persons[at], at: s.now(),
	}
	s.mu.Unlock()
	s.redirect(w, r, q, url.Values{"code": {name}})
}

func (s *Server) exchange(w http.ResponseWriter, r *http.Request) {
	if s.broken(w) {
		return
	}
	id, secret, _ := r.BasicAuth()
	id, _ = url.QueryUnescape(id) // RFC 6749, 2.3.1
	secret, _ = url.QueryUnescape(secret)
	s.mu.Lock()
	c, known := s.clients[id]
	held, found := s.codes[r.PostFormValue("code")]
	delete(s.codes, r.PostFormValue("code")) // a code counts once, rightly shown or not
	s.mu.Unlock()
	d := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	switch {
	case !known || subtle.ConstantTimeCompare([]byte(secret), []byte(c.secret)) != 1:
		answerJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
	case r.PostFormValue("grant_type") != "authorization_code":
		answerJSON(w, http.StatusBadRequest, map[string]string{"error": "unsupported_grant_type"})
	case !found || held.client != id || held.redirect != r.PostFormValue("redirect_uri") || s.now().Sub(held.at) > codeLife,
		held.challenge != base64.RawURLEncoding.EncodeToString(d[:]), s.Failing() == BadGrant:
		answerJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
	default:
		s.grant(w, id, held)
	}
}

func (s *Server) grant(w http.ResponseWriter, id string, held code) {
	now := s.now()
	claims := map[string]any{
		"iss": s.URL(), "sub": held.person.OID(), "aud": id, "nonce": held.nonce, "iat": now.Unix(), "exp": now.Add(tokenLife).Unix(), "auth_time": now.Unix(),
	}
	failure := s.Failing()
	switch failure {
	case WrongNonce:
		claims["nonce"] = random()
	case NoNonce:
		delete(claims, "nonce")
	case Audiences:
		claims["aud"] = []string{id, "OTHER"}
	case WrongIssuer:
		claims["iss"] = "https://other.example"
	case Audience:
		claims["aud"] = "OTHER"
	case Expired:
		claims["iat"], claims["exp"] = now.Unix()-90000, now.Unix()-86400
	}
	identity, err := s.sign(claims, failure)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	access := random()
	s.mu.Lock()
	if len(s.tokens) >= maxHeld {
		clear(s.tokens)
	}
	s.tokens[access] = token{held.person, held.scopes, now.Add(tokenLife)}
	s.mu.Unlock()
	answer := map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": int(tokenLife / time.Second), "id_token": identity}
	if failure == NoIDToken {
		delete(answer, "id_token")
	}
	answerJSON(w, http.StatusOK, answer)
}

func (s *Server) userinfo(w http.ResponseWriter, r *http.Request) {
	if s.broken(w) {
		return
	}
	name, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	t, found := s.tokens[name]
	s.mu.Unlock()
	if !found || !s.now().Before(t.expires) {
		answerJSON(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
		return
	}
	out := map[string]any{"sub": t.person.OID()}
	if s.Failing() == OtherPerson {
		out["sub"] = "b-99999"
	}
	for scope, names := range map[string][]string{
		"profile": {"given_name", "middle_name", "family_name", "birthdate"}, "email": {"email", "email_verified"},
		"phone": {"phone_number", "phone_number_verified"}, "identity": {"inn", "snils", "identified"},
	} {
		for _, name := range names {
			if value, has := t.person[name]; has && slices.Contains(t.scopes, scope) {
				out[name] = value
			}
		}
	}
	answerJSON(w, http.StatusOK, out)
}

func random() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
