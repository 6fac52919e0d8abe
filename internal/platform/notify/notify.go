// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package notify sends SMS and mail, and keeps the letters of the inbox. A notice is inserted in the transaction of the
// act that causes it and delivered by a job afterwards: it goes out exactly when
// the act happened, and is tried until the gateway takes it or it is too late.
//
// Recipient and text are sealed at rest; the text of a secret notice (a code, a
// link) is wiped as soon as it went out or expired. A notice is never lost, and never
// sent twice knowingly: only when the answer of the gateway was lost is it sent again.
// Mail carries the notice's id as Message-ID, so that a mail server can tell.
//
// States: waiting → sending → sent | failed (the gateway refuses for good) |
// expired | waiting (to be tried again).
//
// A [Teller] stands above it: one event becomes a letter and the messages that the
// person wants, in the person's language, not in quiet hours.
//
// The package leaves out: the words (package locale), and webhooks, push and calendars,
// which follow the event [Told].
package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/problem"
)

// Channel is a way to reach a person.
type Channel string

// The channels.
const (
	SMS  Channel = "sms"
	Mail Channel = "mail"
	Push Channel = "push" // to devices, by package push: it is no channel of a [Notice]
)

// Notice is what a service sends.
type Notice struct {
	Channel   Channel
	Recipient string // +79991234567 or an address
	Subject   string // mail only; shown to operators, no secrets
	Body      string
	Secret    bool      // wipe the body after delivery
	NotBefore time.Time // do not deliver earlier; zero is at once
	ExpiresAt time.Time // do not deliver later; zero is never
	Dedup     string    // a second notice of the same channel and key is not made
}

// Message is what a gateway gets.
type Message struct {
	ID        string // of the notice, stable over tries
	Recipient string
	Subject   string
	Body      string
	At        time.Time // when the notice was made
}

// Gateway hands messages over to the outside world. It returns after the other side
// took responsibility, with the id it gave. Errors are temporary unless they are
// [Permanent]. It is safe for concurrent use.
type Gateway interface {
	Send(ctx context.Context, m Message) (id string, err error)
}

type permanentError struct{ err error }

func (e permanentError) Error() string { return e.err.Error() }
func (e permanentError) Unwrap() error { return e.err }

// Permanent marks an error of a gateway that no further try can mend.
func Permanent(err error) error { return permanentError{err} }

// Service makes notices.
type Service struct{ ring *keys.Ring }

// New returns the service that seals with ring.
func New(ring *keys.Ring) *Service { return &Service{ring} }

type deliver struct{ ID string }

func (deliver) Kind() string { return "notify.deliver" }

// IsPermanent reports an error that [Permanent] marked.
func IsPermanent(err error) bool { _, ok := errors.AsType[permanentError](err); return ok }

const maxBody = 64 << 10

// Send stores a notice in the transaction of the act.
func (s *Service) Send(ctx context.Context, tx *db.Tx, n Notice) error {
	if n.Recipient == "" || (n.Channel != SMS && n.Channel != Mail) || len(n.Body) > maxBody {
		return problem.New(problem.Invalid, "notify.recipient").With("channel", string(n.Channel))
	}
	id := tx.NewID()
	made, err := newQueries(tx).InsertNotice(ctx, insertNoticeParams{
		ID: id, Channel: string(n.Channel), Subject: n.Subject, DedupKey: n.Dedup, Secret: n.Secret,
		Recipient: s.ring.Seal([]byte(n.Recipient), place(id, "recipient")),
		Body:      s.ring.Seal([]byte(n.Body), place(id, "body")),
		ExpiresAt: db.Micros(n.ExpiresAt), CreatedAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return fmt.Errorf("store notice: %w", err)
	}
	if made == 0 {
		return nil // it is there already
	}
	at := tx.Now()
	if n.NotBefore.After(at) {
		at = n.NotBefore
	}
	return jobs.Insert(ctx, tx, deliver{id}, jobs.Unique(id), jobs.At(at))
}

func place(id, column string) []byte { return []byte("notice/" + id + "/" + column) }

// Work registers the delivery with a runner. Notices older than keep are removed; 0
// is 90 days.
func (s *Service) Work(r *jobs.Runner, d *db.DB, sms, mail Gateway, keep time.Duration) {
	if keep <= 0 {
		keep = 90 * 24 * time.Hour
	}
	gateways := map[Channel]Gateway{SMS: sms, Mail: mail}
	jobs.Work(r, func(ctx context.Context, job jobs.Job[deliver]) error {
		return s.deliver(ctx, d, gateways, job.Args.ID, job.Last())
	})
	r.Every("notify.purge", 24*time.Hour, func(ctx context.Context, tx *db.Tx) error {
		return newQueries(tx).PurgeNotices(ctx, db.Micros(tx.Now().Add(-keep)))
	})
}

var errExpired = errors.New("not delivered in time")

// deliver is one try. The state "sending" is durable before the gateway is called, so that
// after a crash it can be seen that the outcome is not known.
func (s *Service) deliver(ctx context.Context, d *db.DB, gateways map[Channel]Gateway, id string, last bool) error {
	m, channel, err := s.begin(ctx, d, id)
	if errors.Is(err, errExpired) {
		return s.finish(ctx, d, id, "expired", "", err)
	}
	if err != nil || m == nil {
		return err
	}
	gateway := gateways[channel]
	if gateway == nil {
		return s.finish(ctx, d, id, "failed", "", errors.New("no gateway for "+string(channel)))
	}
	gatewayID, err := gateway.Send(ctx, *m)
	if err == nil {
		return s.finish(context.WithoutCancel(ctx), d, id, "sent", gatewayID, nil)
	}
	if IsPermanent(err) || last && !jobs.Snoozed(err) {
		if ferr := s.finish(context.WithoutCancel(ctx), d, id, "failed", "", err); ferr != nil {
			return ferr
		}
		return jobs.Cancel(fmt.Errorf("deliver %s: %w", channel, err))
	}
	ferr := d.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *db.Tx) error {
		return newQueries(tx).FailNotice(ctx, failNoticeParams{problem.Short(err), id})
	})
	return errors.Join(fmt.Errorf("deliver %s: %w", channel, err), ferr)
}

// begin marks the notice as being sent and opens it. A nil message means that there is
// nothing to do.
func (s *Service) begin(ctx context.Context, d *db.DB, id string) (m *Message, channel Channel, err error) {
	err = d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		m = nil
		q := newQueries(tx)
		n, err := q.GetNotice(ctx, id)
		if err != nil {
			return fmt.Errorf("read notice: %w", err)
		}
		if n.State != "waiting" && n.State != "sending" {
			return nil
		}
		if n.ExpiresAt != 0 && n.ExpiresAt <= db.Micros(tx.Now()) {
			return errExpired
		}
		if _, err := q.BeginNotice(ctx, id); err != nil {
			return fmt.Errorf("begin notice: %w", err)
		}
		recipient, err1 := s.ring.Open(n.Recipient, place(id, "recipient"))
		body, err2 := s.ring.Open(n.Body, place(id, "body"))
		if err := errors.Join(err1, err2); err != nil {
			return jobs.Cancel(fmt.Errorf("open notice: %w", err))
		}
		defer keys.Zero(body)
		channel = Channel(n.Channel)
		m = &Message{ID: id, Recipient: string(recipient), Subject: n.Subject, Body: string(body), At: db.Time(n.CreatedAt)}
		return nil
	})
	return m, channel, err
}

// finish stores the outcome and wipes a secret.
func (s *Service) finish(ctx context.Context, d *db.DB, id, state, gatewayID string, cause error) error {
	return d.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		q := newQueries(tx)
		n, err := q.GetNotice(ctx, id)
		if err != nil {
			return fmt.Errorf("read notice: %w", err)
		}
		err = q.FinishNotice(ctx, finishNoticeParams{
			State: state, GatewayID: gatewayID, LastError: problem.Short(cause), FinishedAt: db.Micros(tx.Now()), ID: id,
		})
		if err == nil && n.Secret {
			err = q.WipeBody(ctx, wipeBodyParams{[]byte{}, id})
		}
		if err != nil {
			return fmt.Errorf("store outcome of notice: %w", err)
		}
		return nil
	})
}

// Counts returns how many notices there are by channel and state: "sms/sent".
func Counts(ctx context.Context, tx *db.Tx) (map[string]int64, error) {
	rows, err := newQueries(tx).CountNotices(ctx)
	if err != nil {
		return nil, fmt.Errorf("count notices: %w", err)
	}
	out := map[string]int64{}
	for _, r := range rows {
		out[r.Channel+"/"+r.State] = r.N
	}
	return out, nil
}
