// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package mail

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"time"
)

// Limits (RFC 5321, 4.5.3.1): a line of commands, a line of text, recipients, a mail.
const (
	maxLine       = 512
	maxTextLine   = 1000
	maxRecipients = 100
	maxMail       = 10 << 20
	idle          = 5 * time.Minute
)

type session struct {
	server *Server
	conn   net.Conn
	in     *bufio.Reader
	hello  bool
	from   string
	inMail bool
	to     []string
}

var (
	errQuit    = errors.New("quit")
	errTooLong = errors.New("line too long")
)

func (s *session) serve() {
	defer s.conn.Close()
	s.in = bufio.NewReaderSize(s.conn, maxTextLine+2)
	if s.say("220 stand ESMTP podpis-stand") != nil {
		return
	}
	for {
		line, err := s.line(maxLine)
		if errors.Is(err, errTooLong) {
			err = s.say("500 5.5.2 Line too long")
		} else if err == nil {
			err = s.command(line)
		}
		if err != nil {
			return
		}
	}
}

func (s *session) say(text string) error {
	if err := s.conn.SetWriteDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	_, err := io.WriteString(s.conn, text+"\r\n")
	return err
}

// line reads a line without its CR LF. Of a line that is too long the rest is skipped.
func (s *session) line(most int) (string, error) {
	if err := s.conn.SetReadDeadline(time.Now().Add(idle)); err != nil {
		return "", err
	}
	b, err := s.in.ReadSlice('\n')
	long := false
	for errors.Is(err, bufio.ErrBufferFull) {
		long = true
		_, err = s.in.ReadSlice('\n')
	}
	if err != nil {
		return "", err
	}
	if long || len(b) > most {
		return "", errTooLong
	}
	return string(bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))), nil
}

// command answers one command (RFC 5321, 4.1.1).
func (s *session) command(line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO":
		s.hello = true
		s.reset()
		return s.say("250-stand\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE 10485760")
	case "HELO":
		s.hello = true
		s.reset()
		return s.say("250 stand")
	case "MAIL":
		return s.mail(rest)
	case "RCPT":
		return s.rcpt(rest)
	case "DATA":
		return s.data()
	case "RSET":
		s.reset()
		return s.say("250 2.0.0 OK")
	case "NOOP":
		return s.say("250 2.0.0 OK")
	case "VRFY":
		return s.say("252 2.5.0 Cannot verify")
	case "QUIT":
		s.say("221 2.0.0 Bye") //nolint:errcheck // it ends anyway
		return errQuit
	}
	return s.say("502 5.5.1 Unknown command")
}

func (s *session) reset() { s.from, s.inMail, s.to = "", false, nil }

func (s *session) mail(rest string) error {
	address, ok := path(rest, "FROM:")
	switch {
	case !s.hello:
		return s.say("503 5.5.1 Say EHLO first")
	case s.inMail:
		return s.say("503 5.5.1 One mail at a time")
	case !ok:
		return s.say("501 5.5.4 MAIL FROM:<address>")
	}
	s.from, s.inMail = address, true
	return s.say("250 2.1.0 OK")
}

func (s *session) rcpt(rest string) error {
	address, ok := path(rest, "TO:")
	switch {
	case !s.inMail:
		return s.say("503 5.5.1 MAIL first")
	case !ok || address == "":
		return s.say("501 5.5.4 RCPT TO:<address>")
	case len(s.to) == maxRecipients:
		return s.say("452 4.5.3 Too many recipients")
	case s.server.Failing() == Refuse:
		s.server.takeFailure()
		return s.say("550 5.1.1 No such mailbox")
	}
	s.to = append(s.to, address)
	return s.say("250 2.1.5 OK")
}

// path reads FROM:<address> and TO:<address>, parameters after it are passed over.
func path(rest, keyword string) (string, bool) {
	if len(rest) < len(keyword) || !strings.EqualFold(rest[:len(keyword)], keyword) {
		return "", false
	}
	rest = strings.TrimLeft(rest[len(keyword):], " ")
	if !strings.HasPrefix(rest, "<") {
		return "", false
	}
	address, _, ok := strings.Cut(rest[1:], ">")
	return address, ok && len(address) <= 254
}

func (s *session) data() error {
	if len(s.to) == 0 {
		return s.say("503 5.5.1 RCPT first")
	}
	if err := s.say("354 End with <CRLF>.<CRLF>"); err != nil {
		return err
	}
	var raw bytes.Buffer
	bad := ""
	for {
		line, err := s.line(maxTextLine)
		if errors.Is(err, errTooLong) {
			bad = "500 5.6.0 Line too long"
			continue
		}
		if err != nil {
			return err
		}
		if line == "." {
			break
		}
		line = strings.TrimPrefix(line, ".") // RFC 5321, 4.5.2
		if raw.Len()+len(line) > maxMail {
			bad = "552 5.3.4 Too large"
			continue
		}
		raw.WriteString(line + "\r\n")
	}
	if bad != "" {
		s.reset()
		return s.say(bad)
	}
	return s.accepted(raw.Bytes())
}

func (s *session) accepted(raw []byte) error {
	defer s.reset()
	switch s.server.takeFailure() {
	case Later:
		return s.say("451 4.3.0 Try again later")
	case Drop:
		return errQuit
	case LoseAnswer:
		s.server.store(s.from, s.to, raw)
		return errQuit
	case Delay:
		select {
		case <-time.After(DelayFor):
		case <-s.server.ctx.Done():
			return errQuit
		}
	}
	s.server.store(s.from, s.to, raw)
	return s.say("250 2.0.0 OK")
}
