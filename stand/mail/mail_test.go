// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package mail_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/smtp"
	"strings"
	"testing"

	"podpis/stand/mail"
)

func start(t *testing.T) *mail.Server {
	t.Helper()
	s, err := mail.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

const text = "Message-ID: <1@x>\r\nSubject: =?utf-8?q?=D0=9F=D0=B8=D1=81=D1=8C=D0=BC=D0=BE?=\r\n" +
	"Content-Transfer-Encoding: base64\r\n\r\n0J/RgNC40LLQtdGC\r\n"

func send(s *mail.Server, body string) error {
	return smtp.SendMail(s.Addr(), nil, "from@example.ru", []string{"to@example.ru"}, []byte(body))
}

func TestKeepsWhatItGets(t *testing.T) {
	t.Parallel()
	s := start(t)
	if err := send(s, text); err != nil {
		t.Fatal(err)
	}
	m, err := s.Wait(t.Context(), func(m mail.Message) bool { return m.Subject == "Письмо" })
	if err != nil || m.Text != "Привет" || m.ID != "1@x" || m.From != "from@example.ru" || m.To[0] != "to@example.ru" {
		t.Errorf("mail: %+v, %v", m, err)
	}
	// Dots at the beginning of lines survive (RFC 5321, 4.5.2).
	if err := send(s, "Subject: q\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n.=41\r\n..\r\n"); err != nil {
		t.Fatal(err)
	}
	if m := s.Messages()[0]; m.Text != ".A\n..\n" {
		t.Errorf("text %q", m.Text)
	}
	if err := send(s, "no header at all\r\n"); err != nil {
		t.Fatal(err)
	}
	if m := s.Messages()[0]; m.Text != "no header at all\r\n" || len(s.Messages()) != 3 {
		t.Errorf("text %q", m.Text)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Wait(ctx, func(mail.Message) bool { return false }); !errors.Is(err, context.Canceled) {
		t.Errorf("waited for nothing: %v", err)
	}
}

func TestFailsOnDemand(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, f := range []struct {
		failure mail.Failure
		kept    int
		want    string
	}{
		{mail.Later, 0, "451"}, {mail.Refuse, 0, "550"}, {mail.Drop, 0, "EOF"}, {mail.LoseAnswer, 1, "EOF"},
	} {
		before := len(s.Messages())
		s.Fail(f.failure, 1)
		if err := send(s, text); err == nil || !strings.Contains(err.Error(), f.want) {
			t.Errorf("%s: %v, want %s", f.failure, err, f.want)
		}
		if kept := len(s.Messages()) - before; kept != f.kept || s.Failing() != mail.None {
			t.Errorf("%s: %d kept, want %d; failing %q", f.failure, kept, f.kept, s.Failing())
		}
	}
	if err := send(s, text); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if _, err := mail.Start("256.0.0.1:0"); err == nil {
		t.Error("listens nowhere")
	}
}

// A talk line by line: what is sent, and how the answer begins.
func TestTalk(t *testing.T) {
	t.Parallel()
	s := start(t)
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	answer := func() string {
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if len(line) > 3 && line[3] == ' ' {
				return line
			}
		}
	}
	if a := answer(); !strings.HasPrefix(a, "220 ") {
		t.Errorf("greeting %q", a)
	}
	for _, c := range []struct{ say, want string }{
		{"MAIL FROM:<a@b>", "503"}, {"NOSUCH", "502"}, {strings.Repeat("x", 600), "500"}, {strings.Repeat("x", 5000), "500"},
		{"HELO x", "250"}, {"EHLO x", "250"}, {"RCPT TO:<a@b>", "503"}, {"DATA", "503"}, {"MAIL TO:<a@b>", "501"}, {"MAIL FROM:a@b", "501"},
		{"mail from:<> SIZE=10", "250"}, {"MAIL FROM:<a@b>", "503"}, {"RCPT TO:<>", "501"}, {"RCPT TO:<a@b>", "250"},
		{"NOOP", "250"}, {"VRFY a", "252"}, {"DATA", "354"}, {strings.Repeat("x", 3000) + "\r\n.", "500"},
		{"RSET", "250"}, {"DATA", "503"}, {"QUIT", "221"},
	} {
		if _, err := conn.Write([]byte(c.say + "\r\n")); err != nil {
			t.Fatal(err)
		}
		if a := answer(); !strings.HasPrefix(a, c.want) {
			t.Errorf("%.40s: %q, want %s", c.say, a, c.want)
		}
	}
	if len(s.Messages()) != 0 {
		t.Error("something was kept")
	}
	c, err := smtp.Dial(s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Mail("a@b"); err != nil {
		t.Fatal(err)
	}
	for i := range 101 {
		if err := c.Rcpt("a@b"); (err != nil) != (i == 100) {
			t.Errorf("recipient %d: %v", i, err)
		}
	}
	if err := send(s, strings.Repeat(strings.Repeat("x", 900)+"\r\n", 12000)); err == nil || !strings.Contains(err.Error(), "552") {
		t.Errorf("a mail of 10.8 MB: %v", err)
	}
}
