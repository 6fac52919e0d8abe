// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package etrust is the ministry for the stand: a real HTTP server that publishes a
// signed list of accredited centres and can be told to fail.
//
// Its centres are samples (sample.csv, the table form of package tsl) and those it is
// told of. Its key lives as long as the server does. Left out: all the ministry does but
// publish.
package etrust

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"podpis/pki/alg"
	"podpis/pki/tsl"
	"podpis/pki/x509"
)

// Failure is how the server misbehaves.
type Failure string

// The failures.
const (
	None        Failure = ""
	Unreachable Failure = "unreachable" // the connection ends without an answer
	Busy        Failure = "busy"        // 503
	Broken      Failure = "broken"      // a list that was changed after it was signed
	Stranger    Failure = "stranger"    // a list signed by another key
	Older       Failure = "older"       // a list of the version before the first
	NoList      Failure = "no-list"     // a page instead of a list
)

// Path is where the list is, as on the real site.
const Path = "/app/scc/portal/api/v1/portal/ca/getxml"

//go:embed sample.csv
var sample string

// Server is a running server.
type Server struct {
	listener net.Listener
	server   *http.Server
	now      func() time.Time
	key      *alg.PrivateKey
	cert     *x509.Certificate

	mu      sync.Mutex
	centres []*tsl.Centre
	version int64
	failure Failure
	served  int
}

// Start listens on addr ("127.0.0.1:0" for any port); now is the clock of the lists, nil
// for the system's.
func Start(addr string, now func() time.Time) (*Server, error) {
	if now == nil {
		now = time.Now
	}
	s := &Server{now: now}
	var err error
	if s.centres, err = samples(); err != nil {
		return nil, err
	}
	if s.key, s.cert, err = identity("Учебный: подпись списка центров", now()); err != nil {
		return nil, fmt.Errorf("make signer of lists: %w", err)
	}
	// A later server has a higher version, as the ministry would.
	s.version = now().Unix() / 60
	if s.listener, err = net.Listen("tcp", addr); err != nil {
		return nil, fmt.Errorf("start list server: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path, s.serve)
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(s.listener) }() // ends with Close
	return s, nil
}

// samples are the centres of the file.
func samples() ([]*tsl.Centre, error) {
	r := csv.NewReader(strings.NewReader(sample))
	r.Comma = ';'
	list, unread, err := tsl.ReadTable(func(yield func([]string, error) bool) {
		for {
			row, err := r.Read()
			if errors.Is(err, io.EOF) || !yield(row, err) {
				return
			}
		}
	})
	if err == nil && unread > 0 {
		err = fmt.Errorf("%d cells of the samples cannot be read", unread)
	}
	return list, err
}

// identity makes a key with a certificate of its own.
func identity(name string, now time.Time) (*alg.PrivateKey, *x509.Certificate, error) {
	key, err := alg.Generate(alg.GOST256A, rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	subject, err := x509.NewName(x509.Attribute{OID: x509.OIDCommonName, Value: name}, x509.Attribute{OID: x509.OIDCountryName, Value: "RU"})
	if err != nil {
		return nil, nil, err
	}
	serial := make([]byte, 16)
	rand.Read(serial)
	serial[0] &= 0x7f
	raw, err := x509.CreateCertificate(rand.Reader, &x509.Template{
		Serial: x509.NewSerial(serial), Issuer: subject, Subject: subject, NotBefore: now.Add(-24 * time.Hour).UTC().Truncate(time.Second),
		NotAfter: now.AddDate(5, 0, 0).UTC().Truncate(time.Second), SubjectKeyID: x509.KeyID(key.PublicKey()), MaxPathLen: -1,
		KeyUsage: x509.DigitalSignature,
	}, key.PublicKey().SPKI(), key)
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(raw)
	return key, cert, err
}

// Addr is where it listens.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// URL is the address of the list.
func (s *Server) URL() string { return "http://" + s.Addr() + Path }

// Certificate is that of the key the list is signed with.
func (s *Server) Certificate() *x509.Certificate { return s.cert }

// Put adds a centre, or puts it in the place of the one with its number; the list has a
// new version.
func (s *Server) Put(c *tsl.Centre) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	for i, old := range s.centres {
		if old.ID() == c.ID() {
			s.centres[i] = c
			return
		}
	}
	s.centres = append(s.centres, c)
}

// State is what the page of the stand shows.
type State struct {
	Version int64
	Centres int
	Served  int // how often the list was asked for
	Failure Failure
}

// State tells what is published and how.
func (s *Server) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	return State{s.version, len(s.centres), s.served, s.failure}
}

// Fail sets the failure.
func (s *Server) Fail(f Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = f
}

// serve answers with the list, or fails as it was told.
func (s *Server) serve(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	failure, version, centres := s.failure, s.version, append([]*tsl.Centre{}, s.centres...)
	s.served++
	s.mu.Unlock()
	key, cert := s.key, s.cert
	switch failure {
	case Unreachable:
		panic(http.ErrAbortHandler)
	case Busy:
		http.Error(w, "Сервис временно недоступен", http.StatusServiceUnavailable)
		return
	case NoList:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!doctype html><title>Технические работы</title>")
		return
	case Older:
		version = 1
	case Stranger:
		var err error
		if key, cert, err = identity("Учебный: чужая подпись списка", s.now()); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	list, err := write(tsl.Head{Version: version, Date: s.now().UTC().Truncate(time.Second)}, centres, key, cert)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if failure == Broken {
		list = bytes.Replace(list, []byte("Действует"), []byte("Прекращена"), 1)
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(list)))
	_, _ = w.Write(list)
}

func write(head tsl.Head, centres []*tsl.Centre, key *alg.PrivateKey, cert *x509.Certificate) ([]byte, error) {
	var b bytes.Buffer
	w, err := tsl.NewWriter(&b, head, cert)
	if err != nil {
		return nil, err
	}
	for _, c := range centres {
		w.Add(c)
	}
	err = w.Close(rand.Reader, key)
	return b.Bytes(), err
}

// Close stops the server.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return s.server.Shutdown(ctx)
}
