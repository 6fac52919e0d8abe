// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package sms is a message centre for the stand: a real SMPP 3.4 server on a socket that
// keeps what it gets, and can be told to fail.
//
// Left out: delivery receipts, and telephones.
package sms

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"podpis/wire/smpp"
)

// Message is one text that was sent, its parts joined.
type Message struct {
	ID, From, To, Text string
	Parts              int
	At                 time.Time
}

// Failure is how the centre misbehaves.
type Failure string

// The failures.
const (
	None       Failure = ""
	Throttle   Failure = "throttle"    // "too fast"
	Refuse     Failure = "refuse"      // "no such number"
	Drop       Failure = "drop"        // the connection ends, the message is not kept
	LoseAnswer Failure = "lose-answer" // the message is kept, the connection ends
	Delay      Failure = "delay"       // the answer takes DelayFor
)

// DelayFor is how long an answer takes under Delay.
const DelayFor = 15 * time.Second

// keep bounds what is remembered; the oldest goes first.
const keep = 10_000

// Server is a running centre.
type Server struct {
	listener net.Listener
	wg       sync.WaitGroup
	ctx      context.Context // ends with the server
	cancel   context.CancelFunc

	mu       sync.Mutex
	messages []Message // the oldest first
	partial  map[string]map[byte]string
	failure  Failure
	times    int
	next     int
	changed  chan struct{} // closed and replaced when a message comes
	conns    map[net.Conn]bool
}

// Start listens on addr ("127.0.0.1:0" for any port).
func Start(addr string) (*Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("start message centre: %w", err)
	}
	s := &Server{listener: l, partial: map[string]map[byte]string{}, changed: make(chan struct{}), conns: map[net.Conn]bool{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.wg.Go(s.accept)
	return s, nil
}

// Addr is where the centre listens.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close ends all connections.
func (s *Server) Close() error {
	s.cancel()
	err := s.listener.Close()
	s.mu.Lock()
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
	return err
}

func (s *Server) accept() {
	protocol := &smpp.Server{
		SystemID: "podpis-stand",
		Bind:     func(smpp.Bind) smpp.Status { return smpp.OK },
		Submit:   s.submit,
	}
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[conn] = true
		s.mu.Unlock()
		s.wg.Go(func() {
			protocol.ServeConn(conn) //nolint:errcheck // what clients do wrong is theirs
			s.mu.Lock()
			delete(s.conns, conn)
			s.mu.Unlock()
		})
	}
}

// Fail makes the next submissions fail, times of them; 0 is until told otherwise.
func (s *Server) Fail(f Failure, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure, s.times = f, times
}

// Failing returns the present failure.
func (s *Server) Failing() Failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

// takeFailure uses up one failure.
func (s *Server) takeFailure() Failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.failure
	if f != None && s.times > 0 {
		if s.times--; s.times == 0 {
			s.failure = None
		}
	}
	return f
}

var errDropped = errors.New("dropped by order")

func (s *Server) submit(m smpp.Submit) (string, smpp.Status, error) {
	switch s.takeFailure() {
	case Throttle:
		return "", smpp.Throttled, nil
	case Refuse:
		return "", smpp.InvalidDest, nil
	case Drop:
		return "", smpp.OK, errDropped
	case LoseAnswer:
		s.store(m)
		return "", smpp.OK, errDropped
	case Delay:
		select {
		case <-time.After(DelayFor):
		case <-s.ctx.Done():
			return "", smpp.OK, errDropped
		}
	}
	return s.store(m), smpp.OK, nil
}

// store keeps a message, or a part until the others have come.
func (s *Server) store(m smpp.Submit) (id string) {
	text, c := smpp.Decode(m)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	id = strconv.Itoa(s.next)
	parts := 1
	if c != nil && c.Total > 1 {
		key := m.Source + "\x00" + m.Dest + "\x00" + string([]byte{c.Reference, c.Total})
		if s.partial[key] == nil {
			if len(s.partial) > keep {
				clear(s.partial)
			}
			s.partial[key] = map[byte]string{}
		}
		s.partial[key][c.Number] = text
		if len(s.partial[key]) < int(c.Total) {
			return id
		}
		text, parts = "", int(c.Total)
		for i := 1; i <= parts; i++ {
			text += s.partial[key][byte(i)]
		}
		delete(s.partial, key)
	}
	s.messages = append(s.messages, Message{ID: id, From: m.Source, To: m.Dest, Text: text, Parts: parts, At: time.Now()})
	if len(s.messages) > keep {
		s.messages = s.messages[len(s.messages)-keep:]
	}
	close(s.changed)
	s.changed = make(chan struct{})
	return id
}

// Messages returns what was sent, the newest first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Message, len(s.messages))
	for i, m := range s.messages {
		out[len(out)-1-i] = m
	}
	return out
}

// Wait returns the newest message that fits, waiting for one if there is none.
func (s *Server) Wait(ctx context.Context, fits func(Message) bool) (Message, error) {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		for _, m := range s.Messages() {
			if fits(m) {
				return m, nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return Message{}, fmt.Errorf("wait for SMS: %w", ctx.Err())
		}
	}
}
