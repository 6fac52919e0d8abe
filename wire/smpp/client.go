// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package smpp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// Config of a client.
type Config struct {
	Addr       string // host:port of the message centre
	SystemID   string
	Password   string
	SystemType string
	Source     string // the sender people see: a number, or a name of up to 11 characters
	// Payload sends long texts in message_payload, for centres that want it; otherwise they
	// are cut into parts.
	Payload bool
	// PerSecond bounds messages a second, as agreed with the centre; 0 is 10.
	PerSecond int
	Timeout   time.Duration // of an answer; 0 is 10 s
	Enquire   time.Duration // how often a silent connection is asked whether it lives; 0 is 30 s
	// Dial makes connections; nil is TCP. It is where TLS is put in.
	Dial func(ctx context.Context, addr string) (net.Conn, error)
}

// Client hands messages to a message centre. It connects when it has to, binds as a
// transceiver and connects again after a failure. It is safe for concurrent use.
type Client struct {
	cfg Config

	mu        sync.Mutex
	session   *session
	reference byte
	next      time.Time // when the next message may go
	closed    bool
}

// ErrClosed is returned after Close and by calls whose connection ended without an
// answer: whether the centre has the message is not known then.
var ErrClosed = errors.New("smpp: connection closed")

// NewClient returns a client; nothing is connected yet.
func NewClient(cfg Config) *Client {
	if cfg.PerSecond <= 0 {
		cfg.PerSecond = 10
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.Enquire <= 0 {
		cfg.Enquire = 30 * time.Second
	}
	if cfg.Dial == nil {
		cfg.Dial = func(ctx context.Context, addr string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		}
	}
	return &Client{cfg: cfg}
}

// Send submits a text to a number (international, with or without +) and returns the ids the
// centre gave to its parts. A [StatusError] is the centre's refusal; after any other
// error it is not known whether the message went out.
func (c *Client) Send(ctx context.Context, to, text string) (ids []string, err error) {
	parts, err := c.split(text)
	if err != nil {
		return nil, err
	}
	if len(to) > 0 && to[0] == '+' {
		to = to[1:]
	}
	for _, part := range parts {
		s := Submit{
			DestTON: 1, DestNPI: 1, Dest: to, // international, E.164 (5.2.5, 5.2.6)
			Source: c.cfg.Source, ESMClass: part.ESMClass, DataCoding: part.Coding, ShortMessage: part.Message,
		}
		s.SourceTON, s.SourceNPI = sourceType(c.cfg.Source)
		if len(part.Message) > 254 {
			s.ShortMessage, s.Optional = nil, []TLV{{MessagePayload, part.Message}}
		}
		id, err := c.submit(ctx, s)
		if err != nil {
			return ids, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (c *Client) split(text string) ([]Part, error) {
	if c.cfg.Payload {
		if p := Whole(text); len(p.Message) > octets {
			return []Part{p}, nil
		}
	}
	c.mu.Lock()
	c.reference++
	reference := c.reference
	c.mu.Unlock()
	return Split(text, reference)
}

// sourceType is alphanumeric for names, international for numbers (5.2.5, 5.2.6).
func sourceType(source string) (ton, npi byte) {
	for _, r := range source {
		if r < '0' || r > '9' {
			return 5, 0
		}
	}
	return 1, 1
}

func (c *Client) submit(ctx context.Context, s Submit) (string, error) {
	body, err := s.Encode()
	if err != nil {
		return "", fmt.Errorf("encode message: %w", err)
	}
	if err := c.wait(ctx); err != nil {
		return "", err
	}
	session, err := c.connect(ctx)
	if err != nil {
		return "", err
	}
	r, err := session.call(ctx, PDU{Command: SubmitSM, Body: body})
	if err != nil {
		return "", fmt.Errorf("submit message: %w", err)
	}
	if r.Status == Throttled || r.Status == QueueFull {
		c.mu.Lock() // all of us slow down, not this message alone
		c.next = time.Now().Add(time.Second)
		c.mu.Unlock()
	}
	if r.Status != OK {
		return "", &StatusError{SubmitSM, r.Status}
	}
	return ParseMessageID(r.Body)
}

// wait keeps to the agreed number of messages a second.
func (c *Client) wait(ctx context.Context) error {
	c.mu.Lock()
	now := time.Now()
	at := c.next
	if at.Before(now) {
		at = now
	}
	c.next = at.Add(time.Second / time.Duration(c.cfg.PerSecond))
	c.mu.Unlock()
	if !at.After(now) {
		return nil
	}
	timer := time.NewTimer(at.Sub(now))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// connect returns the living session or makes one. Others wait meanwhile.
func (c *Client) connect(ctx context.Context) (*session, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, ErrClosed
	}
	if c.session != nil && c.session.alive() {
		return c.session, nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	conn, err := c.cfg.Dial(ctx, c.cfg.Addr)
	if err != nil {
		return nil, fmt.Errorf("connect to message centre: %w", err)
	}
	s := newSession(conn, c.cfg.Timeout, c.cfg.Enquire)
	body, err := Bind{
		SystemID: c.cfg.SystemID, Password: c.cfg.Password, SystemType: c.cfg.SystemType, InterfaceVersion: 0x34,
	}.Encode()
	if err == nil {
		var r PDU
		if r, err = s.call(ctx, PDU{Command: BindTransceiver, Body: body}); err == nil && r.Status != OK {
			err = &StatusError{BindTransceiver, r.Status}
		}
	}
	if err != nil {
		s.end(err)
		return nil, fmt.Errorf("bind to message centre: %w", err)
	}
	c.session = s
	return s, nil
}

// Close unbinds and closes the connection.
func (c *Client) Close(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.session == nil || !c.session.alive() {
		return nil
	}
	_, err := c.session.call(ctx, PDU{Command: Unbind})
	c.session.end(ErrClosed)
	return err
}

// session is one connection.
type session struct {
	conn    net.Conn
	timeout time.Duration
	over    chan struct{}

	mu       sync.Mutex
	sequence uint32
	pending  map[uint32]chan PDU
	err      error
}

func newSession(conn net.Conn, timeout, enquire time.Duration) *session {
	s := &session{conn: conn, timeout: timeout, over: make(chan struct{}), pending: map[uint32]chan PDU{}}
	go s.read()
	go s.enquire(enquire)
	return s
}

func (s *session) alive() bool {
	select {
	case <-s.over:
		return false
	default:
		return true
	}
}

// end closes the session once.
func (s *session) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = err
		close(s.over)
		s.conn.Close()
	}
}

// call sends a request and waits for its answer. Without an answer in time the session is
// over: the stream cannot be trusted any more.
func (s *session) call(ctx context.Context, p PDU) (PDU, error) {
	answer := make(chan PDU, 1)
	s.mu.Lock()
	if s.err != nil {
		s.mu.Unlock()
		return PDU{}, s.err
	}
	s.sequence = s.sequence%0x7fffffff + 1 // 1 … 0x7FFFFFFF (5.1.4)
	if s.pending[s.sequence] != nil {
		s.mu.Unlock()
		return PDU{}, errors.New("smpp: too many requests under way")
	}
	p.Sequence = s.sequence
	s.pending[p.Sequence] = answer
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.pending, p.Sequence)
		s.mu.Unlock()
	}()
	if err := s.send(p); err != nil {
		s.end(err)
		return PDU{}, err
	}
	timer := time.NewTimer(s.timeout)
	defer timer.Stop()
	select {
	case r := <-answer:
		return result(p, r)
	case <-s.over:
		select { // the centre may answer and hang up at once: an answer that came is the answer
		case r := <-answer:
			return result(p, r)
		default:
			return PDU{}, fmt.Errorf("%w: %w", ErrClosed, s.err)
		}
	case <-ctx.Done():
		return PDU{}, ctx.Err()
	case <-timer.C:
		err := errors.New("smpp: no answer in time")
		s.end(err)
		return PDU{}, err
	}
}

func result(p, r PDU) (PDU, error) {
	if r.Command == GenericNack {
		return PDU{}, &StatusError{p.Command, max(r.Status, 1)}
	}
	return r, nil
}

func (s *session) send(p PDU) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.conn.SetWriteDeadline(time.Now().Add(s.timeout)); err != nil {
		return err
	}
	_, err := s.conn.Write(p.Encode())
	return err
}

func (s *session) read() {
	for {
		p, err := ReadPDU(s.conn)
		if err != nil {
			s.end(err)
			return
		}
		switch {
		case p.Command&response != 0:
			s.mu.Lock()
			if answer := s.pending[p.Sequence]; answer != nil {
				select {
				case answer <- p:
				default: // a second answer to the same request
				}
			}
			s.mu.Unlock()
			continue
		case p.Command == EnquireLink:
			err = s.send(PDU{Command: EnquireLink | response, Sequence: p.Sequence})
		case p.Command == DeliverSM: // not asked for; answered so that the centre does not stall
			err = s.send(PDU{Command: DeliverSM | response, Sequence: p.Sequence, Body: []byte{0}})
		case p.Command == Unbind:
			s.send(PDU{Command: Unbind | response, Sequence: p.Sequence}) //nolint:errcheck // it ends anyway
			err = ErrClosed
		default:
			err = s.send(PDU{Command: GenericNack, Status: InvalidCommand, Sequence: p.Sequence})
		}
		if err != nil {
			s.end(err)
			return
		}
	}
}

func (s *session) enquire(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-s.over:
			return
		case <-tick.C:
			s.call(context.Background(), PDU{Command: EnquireLink}) //nolint:errcheck // a failure ends the session
		}
	}
}
