// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package push is a push service for the stand (RFC 8030) with browsers that subscribe at it:
// it takes messages over HTTP from whoever shows the key that a subscription was made for
// (RFC 8292, 4.2), hands them to the browser, which opens them with its own keys (RFC 8291),
// and can be told to fail.
//
// Left out: receipts, the way from the service to the browser (browsers here are told at
// once), and forgetting messages after their time.
package push

import (
	"cmp"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"podpis/wire/webpush"
)

// Failure is how the service misbehaves.
type Failure string

// The failures.
const (
	None   Failure = ""
	Gone   Failure = "410" // the subscriptions are no more
	Busy   Failure = "429" // too many messages: later
	Broken Failure = "500"
	Slow   Failure = "slow"   // answers after [Delay]
	Closed Failure = "closed" // drops the connection
	Away   Failure = "away"   // sends elsewhere
)

// Delay is how long the service is silent when slow, and after how long a busy one wants to
// be asked again.
const Delay = 30 * time.Second

// maxBody is what a service has to take at least (RFC 8030, 7.2).
const maxBody = 4096

// Message is what a browser got.
type Message struct {
	Text    string // opened
	TTL     int    // seconds
	Urgency string
	Topic   string
	At      time.Time
}

// Browser is a subscriber.
type Browser struct {
	// Subscription is what its script gives to the site.
	Subscription webpush.Subscription

	server *Server
	sender string // the key the subscription was made for
	key    *ecdh.PrivateKey
	secret []byte

	messages []Message
}

// Server is a running push service.
type Server struct {
	listener net.Listener
	server   *http.Server
	now      func() time.Time

	mu       sync.Mutex
	browsers map[string]*Browser
	failure  Failure
	refused  []string
	asked    int
	done     chan struct{}
}

// Start listens on addr ("127.0.0.1:0" for any port). now is the clock by which senders are
// judged, nil the computer's.
func Start(addr string, now func() time.Time) (*Server, error) {
	if now == nil {
		now = time.Now
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s := &Server{listener: listener, now: now, browsers: map[string]*Browser{}, done: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /push/{id}", s.take)
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go s.server.Serve(listener) //nolint:errcheck // it ends with Close
	return s, nil
}

// URL is the origin of the service.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Close ends the server.
func (s *Server) Close() error {
	close(s.done)
	return s.server.Close()
}

// Subscribe makes a browser that takes messages of the sender with this key, in base64url
// (applicationServerKey of the Push API).
func (s *Server) Subscribe(sender string) (*Browser, error) {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	b := &Browser{server: s, sender: sender, key: key, secret: make([]byte, 16)}
	rand.Read(b.secret)
	id, write := rand.Text(), base64.RawURLEncoding.EncodeToString
	b.Subscription = webpush.Subscription{
		Endpoint: s.URL() + "/push/" + id, Keys: webpush.Keys{P256DH: write(key.PublicKey().Bytes()), Auth: write(b.secret)},
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.browsers[id] = b
	return b, nil
}

// Fail makes the service misbehave from now on.
func (s *Server) Fail(f Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = f
}

// Failing is how the service misbehaves.
func (s *Server) Failing() Failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

// Refused are the reasons for which messages were not taken.
func (s *Server) Refused() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.refused...)
}

// Asked is how many messages were handed over, taken or not.
func (s *Server) Asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// Messages are what the browser got, as a person would see it: of one topic the last.
func (b *Browser) Messages() []Message {
	b.server.mu.Lock()
	defer b.server.mu.Unlock()
	return append([]Message(nil), b.messages...)
}

// fails answers as a service in trouble and reports whether it did.
func (s *Server) fails(w http.ResponseWriter, r *http.Request, f Failure) bool {
	switch f {
	case Gone:
		w.WriteHeader(http.StatusGone)
	case Busy:
		w.Header().Set("Retry-After", strconv.Itoa(int(Delay/time.Second)))
		w.WriteHeader(http.StatusTooManyRequests)
	case Broken:
		w.WriteHeader(http.StatusInternalServerError)
	case Away:
		w.Header().Set("Location", s.URL()+"/push/elsewhere")
		w.WriteHeader(http.StatusTemporaryRedirect)
	case Closed:
		panic(http.ErrAbortHandler)
	case Slow:
		select {
		case <-time.After(Delay):
		case <-r.Context().Done():
		case <-s.done:
		}
		return false
	default:
		return false
	}
	return true
}

func (s *Server) take(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked++
	failure, b := s.failure, s.browsers[r.PathValue("id")]
	s.mu.Unlock()
	if s.fails(w, r, failure) {
		return
	}
	var m Message
	status, why := http.StatusNotFound, "no such subscription"
	if b != nil {
		m, status, why = s.judge(b, w, r)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if why != "" {
		s.refused = append(s.refused, why)
		http.Error(w, why, status)
		return
	}
	at := len(b.messages)
	for i, o := range b.messages {
		if m.Topic != "" && o.Topic == m.Topic { // RFC 8030, 5.4
			at = i
		}
	}
	b.messages = append(b.messages[:at], append([]Message{m}, b.messages[min(at+1, len(b.messages)):]...)...)
	w.Header().Set("Location", s.URL()+"/message/"+rand.Text())
	w.WriteHeader(status)
}

// judge reads a message as services do, and opens it as the browser does.
func (s *Server) judge(b *Browser, w http.ResponseWriter, r *http.Request) (m Message, status int, why string) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return m, http.StatusRequestEntityTooLarge, "longer than 4096 octets"
	}
	sender, err := webpush.CheckToken(r.Header.Get("Authorization"), s.URL(), s.now())
	if err != nil {
		return m, http.StatusUnauthorized, "no token for this service"
	}
	if sender != b.sender {
		return m, http.StatusForbidden, "the subscription is for another sender" // RFC 8292, 4.2
	}
	ttl, err := strconv.Atoi(r.Header.Get("TTL"))
	if err != nil || ttl < 0 {
		return m, http.StatusBadRequest, "no TTL" // RFC 8030, 5.2
	}
	if r.Header.Get("Content-Encoding") != "aes128gcm" {
		return m, http.StatusBadRequest, "not in aes128gcm" // RFC 8291, 4
	}
	topic := r.Header.Get("Topic")
	if len(topic) > 32 {
		return m, http.StatusBadRequest, "the topic is too long" // RFC 8030, 5.4
	}
	plain, err := webpush.Decrypt(b.key, b.secret, body)
	if err != nil {
		return m, http.StatusBadRequest, "the browser cannot open it"
	}
	return Message{string(plain), ttl, cmp.Or(r.Header.Get("Urgency"), "normal"), topic, s.now()}, http.StatusCreated, ""
}
