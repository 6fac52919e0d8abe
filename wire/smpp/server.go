// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package smpp

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Server is the side of the message centre. Its functions are called from several
// goroutines.
type Server struct {
	// Bind says whether a client may come in.
	Bind func(b Bind) Status
	// Submit takes a message and gives it an id. It may take its time. An error ends the
	// connection without an answer.
	Submit func(s Submit) (id string, status Status, err error)
	// Idle is how long a connection may be silent; 0 is 2 min.
	Idle time.Duration
	// SystemID names the centre in answers to bind.
	SystemID string
}

// ServeConn speaks with one client until it unbinds or the connection ends.
func (s *Server) ServeConn(conn net.Conn) error {
	defer conn.Close()
	idle := s.Idle
	if idle <= 0 {
		idle = 2 * time.Minute
	}
	c := &serverConn{server: s, conn: conn, places: make(chan struct{}, 64)}
	defer c.wg.Wait()
	for {
		if err := conn.SetReadDeadline(time.Now().Add(idle)); err != nil {
			return err
		}
		p, err := ReadPDU(conn)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			if errors.Is(err, ErrLength) { // 3.3.1: the stream is out of step
				c.answer(PDU{Command: GenericNack, Status: InvalidLength}) //nolint:errcheck // it ends anyway
			}
			return fmt.Errorf("read PDU: %w", err)
		}
		last, err := c.handle(p)
		if err != nil || last {
			return err
		}
	}
}

type serverConn struct {
	server *Server
	conn   net.Conn
	bound  bool
	mu     sync.Mutex // writes
	wg     sync.WaitGroup
	places chan struct{}
}

func (c *serverConn) answer(p PDU) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.conn.SetWriteDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	_, err := c.conn.Write(p.Encode())
	return err
}

func (c *serverConn) handle(p PDU) (last bool, err error) {
	r := PDU{Command: p.Command | response, Sequence: p.Sequence}
	switch p.Command {
	case BindTransceiver, BindTransmitter, BindReceiver:
		b, err := ParseBind(p.Body)
		switch {
		case err != nil:
			r.Status = InvalidLength
		case c.bound:
			r.Status = AlreadyBound
		default:
			r.Status = c.server.Bind(b)
		}
		if r.Status == OK {
			c.bound = true
			r.Body = append([]byte(c.server.SystemID), 0)
		}
		return false, c.answer(r)
	case SubmitSM:
		return false, c.submit(p, r)
	case EnquireLink:
		return false, c.answer(r)
	case Unbind:
		return true, c.answer(r)
	case DeliverSM | response, EnquireLink | response, GenericNack:
		return false, nil
	}
	r.Command, r.Status = GenericNack, InvalidCommand
	return false, c.answer(r)
}

func (c *serverConn) submit(p, r PDU) error {
	s, err := ParseSubmit(p.Body)
	switch {
	case !c.bound:
		r.Status = InvalidBind
		return c.answer(r)
	case err != nil:
		r.Status = InvalidLength
		return c.answer(r)
	}
	c.places <- struct{}{}
	c.wg.Go(func() {
		defer func() { <-c.places }()
		id, status, err := c.server.Submit(s)
		if err != nil {
			c.conn.Close()
			return
		}
		r.Status = status
		if status == OK {
			r.Body = append([]byte(id), 0)
		}
		if c.answer(r) != nil {
			c.conn.Close()
		}
	})
	return nil
}
