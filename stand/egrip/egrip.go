// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package egrip is the registers of the state for the stand: an HTTPS server with
// mutual authentication that answers about made-up entrepreneurs and organisations
// (records.json) and can be told to fail or to say something else.
//
// Its authority, its certificate and that of its client are made at the start and live
// as long as the server. Left out: everything of the registers but the answers.
package egrip

import (
	"context"
	"crypto/tls"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"podpis/pki/x509"
	"podpis/wire/egr"
)

// Failure is how the server misbehaves.
type Failure string

// The failures, and what the register may suddenly say.
const (
	None     Failure = ""
	Silent   Failure = "silent"   // takes the question and never answers
	Slow     Failure = "slow"     // answers after three seconds
	Broken   Failure = "500"      // 500
	Nonsense Failure = "nonsense" // a page instead of an answer
	Mismatch Failure = "mismatch" // another activity and date of registration
	Renamed  Failure = "renamed"  // another surname
	Closed   Failure = "closed"   // the activity has ended
	Missing  Failure = "missing"  // no such entry
	Full     Failure = "full"     // closed data too: birth date and address
	Lapsed   Failure = "lapsed"   // the first licence is there no longer
)

//go:embed records.json
var records []byte

// Server is a running server.
type Server struct {
	listener net.Listener
	server   *http.Server
	identity identity
	now      func() time.Time
	stop     chan struct{}

	mu      sync.Mutex
	list    []*egr.Record
	failure Failure
	asked   []egr.Request
}

// Start listens on addr ("127.0.0.1:0" for any port). now dates what the register says, nil means the system's clock;
// certificates are judged by the system's clock, as TLS does.
func Start(addr string, now func() time.Time) (*Server, error) {
	if now == nil {
		now = time.Now
	}
	s := &Server{stop: make(chan struct{}), now: now}
	if err := json.Unmarshal(records, &s.list); err != nil {
		return nil, fmt.Errorf("samples of the register: %w", err)
	}
	for _, r := range s.list {
		r.Extracted = s.today()
	}
	var err error
	if s.identity, err = newIdentity(time.Now()); err != nil {
		return nil, fmt.Errorf("identity of the register: %w", err)
	}
	own, err := tls.X509KeyPair(s.identity.server.certificate, s.identity.server.key)
	if err != nil {
		return nil, fmt.Errorf("identity of the register: %w", err)
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("start register: %w", err)
	}
	s.listener = listener
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+egr.Path, s.answer)
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}
	secure := tls.NewListener(listener, &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{own}, ClientAuth: tls.RequireAnyClientCert,
		VerifyConnection: s.identity.checkClient, NextProtos: []string{"http/1.1"},
	})
	go func() { _ = s.server.Serve(secure) }() // ends with Close
	return s, nil
}

// today is the day of the register (ISO 8601).
func (s *Server) today() string { return s.now().UTC().Format(time.DateOnly) }

// URL is the address of the interface. Its name is localhost, as in the certificate.
func (s *Server) URL() string {
	_, port, _ := net.SplitHostPort(s.listener.Addr().String()) // a listener's address has a port
	return "https://localhost:" + port
}

// Authority is the certificate of the authority both sides are checked by.
func (s *Server) Authority() *x509.Certificate { return s.identity.authority }

// Client returns certificate and key of the one who may ask, PEM.
func (s *Server) Client() (certificate, key []byte) {
	return s.identity.client.certificate, s.identity.client.key
}

// Fail sets the failure.
func (s *Server) Fail(f Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = f
}

// State is what the page of the stand shows.
type State struct {
	Records int
	Asked   int
	Failure Failure
}

// State tells what is there and how it answers.
func (s *Server) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return State{len(s.list), len(s.asked), s.failure}
}

// Put adds an entry, or puts it in the place of the one with its number.
func (s *Server) Put(r *egr.Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(slices.DeleteFunc(s.list, func(o *egr.Record) bool { return o.Register == r.Register && o.Number == r.Number }), r)
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4096))
	if err != nil {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	q, err := egr.ParseRequest(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.asked = append(s.asked, q)
	failure := s.failure
	var rec *egr.Record
	for _, o := range s.list {
		if o.Register == q.Register && o.Number == q.Number {
			c := *o
			rec = &c
		}
	}
	s.mu.Unlock()
	if !s.behave(w, r, failure) {
		return
	}
	out, err := egr.AppendAnswer(q.ID, changed(rec, failure, s.today()))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(out)
}

// behave fails as it was told; true lets the answer through.
func (s *Server) behave(w http.ResponseWriter, r *http.Request, failure Failure) bool {
	switch failure {
	case Silent:
		select {
		case <-r.Context().Done():
		case <-s.stop:
		}
		return false
	case Slow:
		select {
		case <-time.After(3 * time.Second):
		case <-s.stop:
		}
	case Broken:
		http.Error(w, "Сервис временно недоступен", http.StatusInternalServerError)
		return false
	case Nonsense:
		_, _ = io.WriteString(w, "<!doctype html><title>Технические работы</title>")
		return false
	}
	return true
}

// changed is what the register says on a day under a failure.
func changed(r *egr.Record, failure Failure, today string) *egr.Record {
	if r == nil || failure == Missing {
		return nil
	}
	r.Extracted = today
	r.Open = failure != Full
	switch failure {
	case Mismatch:
		r.Main, r.Registered = egr.Coded{Code: "74.20", Name: "Деятельность в области фотографии"}, "2021-02-03"
	case Renamed:
		r.Person.Surname = "КУЗНЕЦОВА"
		if r.ShortName != "" {
			r.ShortName = strings.Replace(r.ShortName, "ЗАРЯ", "ЗАРНИЦА", 1)
		}
	case Lapsed:
		if len(r.Licences) > 0 {
			r.Licences = r.Licences[1:]
		}
	case Closed:
		r.Licences = nil // the registers give none of an entry that has ceased
		r.Ceased = &egr.Status{Coded: egr.Coded{Code: "201", Name: "Индивидуальный предприниматель прекратил деятельность в связи с принятием им соответствующего решения"}, Date: today}
		if r.Register == egr.EGRUL {
			r.Ceased.Coded = egr.Coded{Code: "201", Name: "Ликвидация юридического лица"}
		}
	}
	return r
}

// Close stops the server.
func (s *Server) Close() error {
	close(s.stop)
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := s.server.Shutdown(ctx); errors.Is(err, context.DeadlineExceeded) {
		return s.server.Close()
	}
	return nil
}
