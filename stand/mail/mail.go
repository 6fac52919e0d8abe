// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package mail is a mail server for the stand: a real SMTP server (RFC 5321) on a socket
// that keeps what it gets, and can be told to fail.
//
// Left out: STARTTLS (it stands on the loopback), authentication, relaying.
package mail

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"time"
)

// Message is one mail that was sent.
type Message struct {
	ID      string // Message-ID
	From    string // of the envelope
	To      []string
	Subject string // decoded
	Text    string // decoded
	Raw     []byte
	At      time.Time
}

// Failure is how the server misbehaves.
type Failure string

// The failures.
const (
	None       Failure = ""
	Later      Failure = "later"       // 451, try again
	Refuse     Failure = "refuse"      // 550, no such mailbox
	Drop       Failure = "drop"        // the connection ends, the mail is not kept
	LoseAnswer Failure = "lose-answer" // the mail is kept, the connection ends
	Delay      Failure = "delay"       // the answer takes DelayFor
)

// DelayFor is how long an answer takes under Delay.
const DelayFor = 15 * time.Second

const keep = 10_000

// Server is a running mail server.
type Server struct {
	listener net.Listener
	wg       sync.WaitGroup
	ctx      context.Context // ends with the server
	cancel   context.CancelFunc

	mu       sync.Mutex
	messages []Message // the oldest first
	failure  Failure
	times    int
	changed  chan struct{}
	conns    map[net.Conn]bool
}

// Start listens on addr ("127.0.0.1:0" for any port).
func Start(addr string) (*Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("start mail server: %w", err)
	}
	s := &Server{listener: l, changed: make(chan struct{}), conns: map[net.Conn]bool{}}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.wg.Go(s.accept)
	return s, nil
}

// Addr is where the server listens.
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
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[conn] = true
		s.mu.Unlock()
		s.wg.Go(func() {
			(&session{server: s, conn: conn}).serve()
			s.mu.Lock()
			delete(s.conns, conn)
			s.mu.Unlock()
		})
	}
}

// Fail makes the next mails fail, times of them; 0 is until told otherwise.
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

// Wait returns the newest mail that fits, waiting for one if there is none.
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
			return Message{}, fmt.Errorf("wait for mail: %w", ctx.Err())
		}
	}
}

func (s *Server) store(from string, to []string, raw []byte) {
	m := Message{From: from, To: to, Raw: raw, At: time.Now()}
	m.ID, m.Subject, m.Text = read(raw)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = append(s.messages, m)
	if len(s.messages) > keep {
		s.messages = s.messages[len(s.messages)-keep:]
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// read takes out what people look at. What cannot be decoded is shown as it came.
func read(raw []byte) (id, subject, text string) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return "", "", string(raw)
	}
	id = strings.Trim(m.Header.Get("Message-ID"), "<>")
	subject = m.Header.Get("Subject")
	if s, err := new(mime.WordDecoder).DecodeHeader(subject); err == nil {
		subject = s
	}
	body := m.Body
	switch strings.ToLower(m.Header.Get("Content-Transfer-Encoding")) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	b, err := io.ReadAll(body)
	if err != nil && len(b) == 0 {
		return id, subject, string(raw)
	}
	return id, subject, strings.ReplaceAll(string(b), "\r\n", "\n")
}
