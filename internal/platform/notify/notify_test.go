// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package notify_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/db/dbtest"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/stand/mail"
	"podpis/stand/sms"
	"podpis/wire/smpp"
)

// office is the service with the real servers of the stand behind it.
type office struct {
	t       *testing.T
	db      *db.DB
	service *notify.Service
	runner  *jobs.Runner
	sms     *sms.Server
	mail    *mail.Server
	mu      sync.Mutex
	now     time.Time
}

func open(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	o.db = dbtest.OpenClock(t, func() time.Time { o.mu.Lock(); defer o.mu.Unlock(); return o.now })
	ring, err := keys.Load(filepath.Join(t.TempDir(), "kek"), "")
	if err != nil {
		t.Fatal(err)
	}
	if o.sms, err = sms.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	if o.mail, err = mail.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	client := smpp.NewClient(smpp.Config{Addr: o.sms.Addr(), SystemID: "podpis", Source: "Podpis", PerSecond: 10000})
	t.Cleanup(func() {
		client.Close(context.Background()) // the connection may be gone
		o.sms.Close()
		o.mail.Close()
	})
	host, port, _ := net.SplitHostPort(o.mail.Addr())
	n, _ := strconv.Atoi(port)
	o.service = notify.New(ring)
	o.runner = jobs.New(o.db, jobs.Config{Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Keep: 10000 * time.Hour})
	o.service.Work(o.runner, o.db, notify.NewSMPP(client),
		notify.NewSMTP(notify.SMTPConfig{Host: host, Port: n, From: "Подпись <no-reply@example.ru>", Plain: true}), 0)
	return o
}

func (o *office) send(n notify.Notice) {
	o.t.Helper()
	err := o.db.Write(o.t.Context(), func(ctx context.Context, tx *db.Tx) error { return o.service.Send(ctx, tx, n) })
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) drain() {
	o.t.Helper()
	if _, err := o.runner.Drain(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) move(d time.Duration) { o.mu.Lock(); defer o.mu.Unlock(); o.now = o.now.Add(d) }

func (o *office) want(want map[string]int64) {
	o.t.Helper()
	var got map[string]int64
	err := o.db.Read(o.t.Context(), func(ctx context.Context, tx *db.Tx) (err error) { got, err = notify.Counts(ctx, tx); return err })
	if err != nil || !maps.Equal(got, want) {
		o.t.Errorf("notices: %v, %v; want %v", got, err, want)
	}
}

// bodies returns what the table holds.
func (o *office) bodies() (all [][]byte) {
	o.t.Helper()
	err := o.db.Read(o.t.Context(), func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT body, recipient FROM notice ORDER BY channel DESC, id")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var body, recipient []byte
			if err := rows.Scan(&body, &recipient); err != nil {
				return err
			}
			if bytes.Contains(recipient, []byte("7999")) {
				o.t.Error("the recipient can be read in the table")
			}
			all = append(all, body)
		}
		return rows.Err()
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return all
}

var code = notify.Notice{Channel: notify.SMS, Recipient: "+79990000000", Body: "Подпись: 482913", Secret: true}

func TestDelivered(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.send(code)
	o.send(notify.Notice{Channel: notify.Mail, Recipient: "anna@example.ru", Subject: "Сертификат С-77 готов", Body: "Установите его\nв кабинете.\n.\nточка"})
	if b := o.bodies()[0]; len(b) == 0 || bytes.Contains(b, []byte("482913")) {
		t.Error("the code can be read in the table")
	}
	o.drain()
	if all := o.sms.Messages(); len(all) != 1 || all[0].Text != code.Body || all[0].To != "79990000000" {
		t.Errorf("SMS: %+v", all)
	}
	all := o.mail.Messages()
	if len(all) != 1 || all[0].Subject != "Сертификат С-77 готов" || !strings.HasPrefix(all[0].Text, "Установите его\nв кабинете.\n.\nточка") ||
		all[0].To[0] != "anna@example.ru" || !bytes.Contains(all[0].Raw, []byte("Auto-Submitted: auto-generated")) {
		t.Errorf("mail: %+v\n%s", all, all[0].Raw)
	}
	o.want(map[string]int64{"sms/sent": 1, "mail/sent": 1})
	if b := o.bodies(); len(b[0]) != 0 || len(b[1]) == 0 {
		t.Errorf("bodies after delivery: %d and %d bytes; the secret one must be wiped", len(b[0]), len(b[1]))
	}
	o.move(100 * 24 * time.Hour)
	o.drain()
	o.want(map[string]int64{})
}

func TestLivesAndDiesWithTheAct(t *testing.T) {
	t.Parallel()
	o := open(t)
	err := o.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		if err := o.service.Send(ctx, tx, code); err != nil {
			return err
		}
		return errors.New("the act fails")
	})
	if err == nil {
		t.Fatal("no error")
	}
	o.drain()
	if len(o.sms.Messages()) != 0 {
		t.Error("a notice of an act that did not happen went out")
	}
}

func TestDedup(t *testing.T) {
	t.Parallel()
	o := open(t)
	n := code
	n.Dedup = "challenge/1"
	for range 3 {
		o.send(n)
	}
	o.drain()
	o.send(n)
	o.drain()
	if got := len(o.sms.Messages()); got != 1 {
		t.Errorf("%d SMS for one key", got)
	}
}

// Each failure of the gateway: how many messages come in the end, and in which state.
func TestFailingGateway(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail     func(o *office)
		sms      int
		mail     int
		state    map[string]int64
		failures int
	}{
		"throttled":       {func(o *office) { o.sms.Fail(sms.Throttle, 2) }, 1, 1, map[string]int64{"sms/sent": 1, "mail/sent": 1}, 2},
		"connection lost": {func(o *office) { o.sms.Fail(sms.Drop, 2); o.mail.Fail(mail.Drop, 2) }, 1, 1, map[string]int64{"sms/sent": 1, "mail/sent": 1}, 2},
		"mail later":      {func(o *office) { o.mail.Fail(mail.Later, 3) }, 1, 1, map[string]int64{"sms/sent": 1, "mail/sent": 1}, 3},
		"refused":         {func(o *office) { o.sms.Fail(sms.Refuse, 1); o.mail.Fail(mail.Refuse, 1) }, 0, 0, map[string]int64{"sms/failed": 1, "mail/failed": 1}, 0},
		// The answer is lost: nobody can know, so it goes out again.
		"answer lost": {func(o *office) { o.sms.Fail(sms.LoseAnswer, 1) }, 2, 1, map[string]int64{"sms/sent": 1, "mail/sent": 1}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := open(t)
			c.fail(o)
			o.send(code)
			o.send(notify.Notice{Channel: notify.Mail, Recipient: "a@example.ru", Subject: "s", Body: "b", Secret: true})
			for range c.failures + 1 {
				o.drain()
				o.move(10 * time.Second)
			}
			if s, m := len(o.sms.Messages()), len(o.mail.Messages()); s != c.sms || m != c.mail {
				t.Errorf("%d SMS and %d mails arrived, want %d and %d", s, m, c.sms, c.mail)
			}
			o.want(c.state)
			for _, b := range o.bodies() {
				if len(b) != 0 {
					t.Error("a secret stayed in the table")
				}
			}
		})
	}
}

func TestExpires(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.sms.Fail(sms.Throttle, 0)
	n := code
	n.ExpiresAt = o.now.Add(5 * time.Minute)
	o.send(n)
	o.drain()
	o.want(map[string]int64{"sms/waiting": 1})
	o.sms.Fail(sms.None, 0)
	o.move(6 * time.Minute)
	o.drain()
	o.want(map[string]int64{"sms/expired": 1})
	if len(o.sms.Messages()) != 0 || len(o.bodies()[0]) != 0 {
		t.Error("a code that nobody can use any more went out or stayed")
	}
}

func TestRefusesNonsense(t *testing.T) {
	t.Parallel()
	o := open(t)
	for _, n := range []notify.Notice{
		{Channel: notify.SMS}, {Channel: "pigeon", Recipient: "x"}, {Channel: notify.Mail, Recipient: "x", Body: strings.Repeat("x", 1<<20)},
	} {
		err := o.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error { return o.service.Send(ctx, tx, n) })
		if problem.KindOf(err) != problem.Invalid {
			t.Errorf("%s to %q: %v", n.Channel, n.Recipient, err)
		}
	}
	o.send(notify.Notice{Channel: notify.Mail, Recipient: "not an address", Body: "x"})
	o.send(notify.Notice{Channel: notify.SMS, Recipient: strings.Repeat("9", 50), Body: "x"})
	o.drain()
	o.want(map[string]int64{"mail/failed": 1, "sms/failed": 1})
}

func TestHTTPGateway(t *testing.T) {
	t.Parallel()
	status := 200
	var got map[string]string
	var header http.Header
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		json.NewDecoder(r.Body).Decode(&got) //nolint:errcheck // the test looks at it
		w.WriteHeader(status)
		io.WriteString(w, `{"id":"gw-1"}`) //nolint:errcheck // the client would tell
	}))
	defer srv.Close()
	g := notify.NewHTTP(notify.HTTPConfig{URL: srv.URL, Token: "t0ken"})
	m := notify.Message{ID: "n1", Recipient: "+79990000000", Body: "текст"}
	id, err := g.Send(t.Context(), m)
	if err != nil || id != "gw-1" || got["to"] != m.Recipient || got["text"] != m.Body || got["id"] != "n1" {
		t.Errorf("id %q, %v; the gateway got %v", id, err, got)
	}
	if header.Get("Authorization") != "Bearer t0ken" || header.Get("Idempotency-Key") != "n1" {
		t.Errorf("header %v", header)
	}
	permanent := errors.New("mark")
	for code, final := range map[int]bool{400: true, 422: true, 401: false, 429: false, 500: false, 503: false} {
		status = code
		_, err := g.Send(t.Context(), m)
		if err == nil || notify.IsPermanent(err) != final {
			t.Errorf("status %d: %v, permanent %v", code, err, notify.IsPermanent(err))
		}
	}
	srv.Close()
	if _, err := g.Send(t.Context(), m); err == nil || notify.IsPermanent(err) {
		t.Errorf("nobody there: %v", err)
	}
	if _, err := notify.NewHTTP(notify.HTTPConfig{URL: "://"}).Send(t.Context(), m); err == nil {
		t.Error("a bad address")
	}
	if e := notify.Permanent(permanent); !errors.Is(e, permanent) || e.Error() != "mark" {
		t.Errorf("the cause is hidden: %v", e)
	}
}
