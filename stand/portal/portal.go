// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package portal is the inbox of the state portal and a push service for the stand: one
// HTTP server that takes letters from whoever shows its key, once for each id, and can be
// told to fail.
//
// Left out: who reads the letters there, and the portal's own protocol of joining.
package portal

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Failure is how the server misbehaves.
type Failure string

// The failures.
const (
	None   Failure = ""
	Broken Failure = "500"
	Closed Failure = "401" // refuses the key
)

// Letter is what was taken.
type Letter struct {
	Service   string    `json:"-"` // "inbox", "push"
	ID        string    `json:"id"`
	Recipient Recipient `json:"recipient"`
	Subject   string    `json:"subject"`
	Text      string    `json:"text"`
	Kind      string    `json:"kind"`
	At        time.Time `json:"at"`
}

// Recipient names a person as the other side knows them.
type Recipient struct {
	INN     string `json:"inn"`
	Account string `json:"account"`
}

// Server is a running server.
type Server struct {
	listener net.Listener
	server   *http.Server
	key      string

	mu      sync.Mutex
	letters []Letter
	failure Failure
}

// Start listens on addr ("127.0.0.1:0" for any port).
func Start(addr string) (*Server, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	b := make([]byte, 16)
	rand.Read(b)
	s := &Server{listener: listener, key: hex.EncodeToString(b)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /inbox", s.take("inbox"))
	mux.HandleFunc("POST /push", s.take("push"))
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go s.server.Serve(listener) //nolint:errcheck // it ends with Close
	return s, nil
}

// URL is the address of a service, "inbox" or "push".
func (s *Server) URL(service string) string {
	return "http://" + s.listener.Addr().String() + "/" + service
}

// Key is what callers show.
func (s *Server) Key() string { return s.key }

// Fail makes the server misbehave from now on.
func (s *Server) Fail(f Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = f
}

// Letters are what a service has taken.
func (s *Server) Letters(service string) (list []Letter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.letters {
		if l.Service == service {
			list = append(list, l)
		}
	}
	return list
}

// Close ends the server.
func (s *Server) Close() error { return s.server.Close() }

const maxLetter = 256 << 10

func (s *Server) take(service string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		right := subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+s.key)) == 1
		switch {
		case s.failure == Broken:
			http.Error(w, "broken", http.StatusInternalServerError)
			return
		case s.failure == Closed || !right:
			http.Error(w, "key", http.StatusUnauthorized)
			return
		}
		l := Letter{Service: service}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxLetter)).Decode(&l); err != nil || l.ID == "" || l.Recipient.INN == "" {
			http.Error(w, "letter", http.StatusBadRequest)
			return
		}
		if !slices.ContainsFunc(s.letters, func(o Letter) bool { return o.ID == l.ID && o.Service == service }) {
			s.letters = append(s.letters, l)
		}
		w.WriteHeader(http.StatusAccepted)
	}
}
