// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package ntp is a time server for the stand: SNTP version 4 over UDP (RFC 5905, 14), whose
// clock can be moved and which can be told to fail.
//
// Left out: authentication, broadcast, and control messages.
package ntp

import (
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"time"
)

// Failure is how the server misbehaves.
type Failure string

// The failures.
const (
	None   Failure = ""
	Silent Failure = "silent" // no answer
	Unsure Failure = "unsure" // says that it does not know the time itself
	Deny   Failure = "deny"   // kiss of death, code DENY (RFC 5905, 7.4)
	Broken Failure = "broken" // half a packet
)

// Server is a running time server.
type Server struct {
	conn *net.UDPConn
	done chan struct{}

	mu      sync.Mutex
	shift   time.Duration
	failure Failure
}

// Start starts a server on an address, host:port.
func Start(address string) (*Server, error) {
	udp, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP("udp", udp)
	if err != nil {
		return nil, err
	}
	s := &Server{conn: conn, done: make(chan struct{})}
	go s.serve()
	return s, nil
}

// Addr is host:port.
func (s *Server) Addr() string { return s.conn.LocalAddr().String() }

// Set moves the clock of the server against that of this computer, and says how it fails.
func (s *Server) Set(shift time.Duration, f Failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shift, s.failure = shift, f
}

// Close stops the server.
func (s *Server) Close() error {
	err := s.conn.Close()
	<-s.done
	return err
}

// packetSize is a header without extensions (RFC 5905, 7.3).
const packetSize = 48

func (s *Server) serve() {
	defer close(s.done)
	in := make([]byte, 512)
	for {
		n, from, err := s.conn.ReadFromUDP(in)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil || n < packetSize || in[0]&7 != 3 { // mode 3: a client
			continue
		}
		s.mu.Lock()
		now, failure := time.Now().Add(s.shift), s.failure
		s.mu.Unlock()
		if failure == Silent {
			continue
		}
		_, _ = s.conn.WriteToUDP(answer(in[:packetSize], now, failure), from) // the client has gone
	}
}

// answer is a packet of a server (RFC 5905, 7.3): its times are seconds and their fraction
// since 1900, big-endian.
func answer(question []byte, now time.Time, failure Failure) []byte {
	out := make([]byte, packetSize)
	out[0] = question[0]&0x38 | 4                 // the client's version, mode 4
	out[1], out[2], out[3] = 1, question[2], 0xEC // stratum 1, precision 2^-20 s
	copy(out[12:], "STND")
	switch failure {
	case Unsure:
		out[0], out[1] = out[0]|0xC0, 16
	case Deny:
		out[1] = 0
		copy(out[12:], "DENY")
	}
	copy(out[24:], question[40:48])        // origin: what the client sent
	for _, at := range []int{16, 32, 40} { // reference, receive, transmit
		binary.BigEndian.PutUint64(out[at:], stamp(now))
	}
	if failure == Broken {
		return out[:packetSize/2]
	}
	return out
}

// from1900 is the beginning of era 0 before that of Unix, in seconds (RFC 5905, 6).
const from1900 = 2208988800

func stamp(t time.Time) uint64 {
	seconds := uint64(t.Unix()+from1900) << 32
	return seconds | uint64(t.Nanosecond())<<32/uint64(time.Second)
}
