// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package ebs is ЕБС, the state's system of biometrics, for the stand: a real server
// that opens a session by a signed order, shows the person a page where the outcome is
// chosen instead of a camera, and gives the result as a signed token.
//
// The addresses are of our own (wire/esia, Order): those of the real system are not
// public. Left out: cameras, and any record of a face or a voice.
package ebs

import (
	"crypto/rand"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"podpis/pki/alg"
	"podpis/stand/page"
	"podpis/wire/esia"
)

//go:embed verify.html
var verifyHTML string

// Failure is how the server is wrong.
type Failure string

// The failures.
const (
	None        Failure = ""
	Unreachable Failure = "unreachable" // the connection ends without an answer
	Busy        Failure = "busy"        // 503
	Expired     Failure = "expired"     // results of yesterday
	StrangerKey Failure = "stranger"    // results signed by another key
	OtherPerson Failure = "person"      // results about somebody else
	Nonsense    Failure = "nonsense"    // a degree of match beyond one
)

// Failures are all of them.
func Failures() []Failure {
	return []Failure{None, Unreachable, Busy, Expired, StrangerKey, OtherPerson, Nonsense}
}

// resultLife is how long a result counts, sessionLife how long a session waits.
const (
	resultLife  = 5 * time.Minute
	sessionLife = 10 * time.Minute
)

type client struct {
	key       *alg.PublicKey
	redirects []string
}

type session struct {
	order esia.Order
	at    time.Time
	done  bool
	match float64
	alive bool
}

// Server is a running server.
type Server struct {
	listener net.Listener
	server   *http.Server
	now      func() time.Time
	key      *alg.PrivateKey
	page     *template.Template

	mu       sync.Mutex
	clients  map[string]client
	sessions map[string]*session
	failure  Failure
}

// Start listens on addr; now is its clock, nil for the system's.
func Start(addr string, now func() time.Time) (*Server, error) {
	if now == nil {
		now = time.Now
	}
	s := &Server{now: now, clients: map[string]client{}, sessions: map[string]*session{}}
	var err error
	if s.key, err = alg.Generate(alg.GOST256A, rand.Reader); err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	if s.page, err = template.New("verify").Parse(verifyHTML); err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	if s.listener, err = net.Listen("tcp", addr); err != nil {
		return nil, fmt.Errorf("start ЕБС: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sessions", s.open)
	mux.HandleFunc("POST /results", s.result)
	mux.HandleFunc("GET /verify/{id}", s.show)
	mux.HandleFunc("POST /verify/{id}", s.choose)
	mux.HandleFunc("GET "+page.StylePath, page.ServeStyle)
	s.server = &http.Server{Handler: http.MaxBytesHandler(mux, maxBody), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(s.listener) }() // ends with Close
	return s, nil
}

const maxBody = 64 << 10

// URL is the host as clients are given it; it is the issuer of results too.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Key verifies results.
func (s *Server) Key() *alg.PublicKey { return s.key.PublicKey() }

// Close stops the server.
func (s *Server) Close() error {
	if err := s.server.Close(); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("stop ЕБС: %w", err)
	}
	return nil
}

// Register takes a system with its key and the addresses people go back to.
func (s *Server) Register(id string, key *alg.PublicKey, redirects ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clients[id] = client{key, redirects}
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

// order reads the order of a request.
func (s *Server) order(w http.ResponseWriter, r *http.Request) (esia.Order, bool) {
	switch s.Failing() {
	case Unreachable:
		if h, ok := w.(http.Hijacker); ok {
			if conn, _, err := h.Hijack(); err == nil {
				_ = conn.Close() // that is the point
			}
		}
		return esia.Order{}, false
	case Busy:
		http.Error(w, "busy", http.StatusServiceUnavailable)
		return esia.Order{}, false
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		refuse(w, "the order cannot be read")
		return esia.Order{}, false
	}
	o, err := esia.ReadOrder(string(body), func(id string) *alg.PublicKey {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.clients[id].key
	}, s.now())
	if err != nil {
		refuse(w, err.Error())
		return esia.Order{}, false
	}
	return o, true
}

func refuse(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": "invalid_request", "error_description": text})
}

func (s *Server) open(w http.ResponseWriter, r *http.Request) {
	o, ok := s.order(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.clients[o.ClientID].redirects, o.Redirect) || o.Person == "" || o.Nonce == "" {
		refuse(w, "address, person or nonce")
		return
	}
	if len(s.sessions) > 10000 {
		clear(s.sessions)
	}
	b := make([]byte, 24)
	rand.Read(b)
	o.Session = base64.RawURLEncoding.EncodeToString(b)
	s.sessions[o.Session] = &session{order: o, at: s.now()}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(esia.Opened{Session: o.Session, URL: s.URL() + "/verify/" + o.Session})
}

// waiting is a session nobody has gone through.
func (s *Server) waiting(id string) (session, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.sessions[id]
	if found == nil || found.done || s.now().Sub(found.at) > sessionLife {
		return session{}, false
	}
	return *found, true
}

func (s *Server) show(w http.ResponseWriter, r *http.Request) {
	found, ok := s.waiting(r.PathValue("id"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	page.Render(w, http.StatusOK, s.page, found.order.ClientID, found.order.Redirect)
}

func (s *Server) choose(w http.ResponseWriter, r *http.Request) {
	found, ok := s.waiting(r.PathValue("id"))
	back, err := url.Parse(found.order.Redirect)
	if !ok || err != nil {
		http.NotFound(w, r)
		return
	}
	status := esia.Success
	found.done, found.alive = true, true
	switch r.PostFormValue("outcome") {
	case "match":
		found.match = 0.98
	case "weak":
		found.match, status = 0.6, esia.Repeat
	case "other":
		found.match = 0.05
	case "picture":
		found.match, found.alive = 0.98, false
	case "cancel":
		status = esia.Canceled
	default:
		status = esia.Failed
	}
	s.mu.Lock()
	s.sessions[found.order.Session] = &found
	s.mu.Unlock()
	q := back.Query()
	q.Set("session", found.order.Session)
	q.Set("status", string(status))
	q.Set("state", found.order.Nonce)
	back.RawQuery = q.Encode()
	http.Redirect(w, r, back.String(), http.StatusSeeOther)
}

// result gives the result of a session to the system that opened it, once.
func (s *Server) result(w http.ResponseWriter, r *http.Request) {
	o, ok := s.order(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	found := s.sessions[o.Session]
	if found != nil && found.done {
		delete(s.sessions, o.Session)
	}
	failure := s.failure
	s.mu.Unlock()
	if found == nil || !found.done || found.order.ClientID != o.ClientID || found.order.Nonce != o.Nonce {
		refuse(w, "no such session")
		return
	}
	now := s.now()
	result := esia.Result{Match: found.match, Liveness: found.alive, At: now, Expires: now.Add(resultLife)}
	order, key := found.order, s.key
	switch failure {
	case Expired:
		result.At, result.Expires = now.Add(-25*time.Hour), now.Add(-24*time.Hour)
	case OtherPerson:
		order.Person = "1000499999"
	case Nonsense:
		result.Match = 7
	case StrangerKey:
		var err error
		if key, err = alg.Generate(alg.GOST256A, rand.Reader); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	token, err := esia.SignResult(rand.Reader, key, s.URL(), order, result)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/jwt")
	_, _ = io.WriteString(w, token)
}
