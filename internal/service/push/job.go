// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package push

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/notify"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/agent"
	"podpis/internal/service/auth/approve"
	"podpis/wire/webpush"
)

// Work registers what the devices are told of, how, and when they are told no more.
func (s *Service) Work(r *jobs.Runner) {
	jobs.Subscribe(r, "push.letter", s.letter)
	jobs.Subscribe(r, "push.approval", func(ctx context.Context, tx *db.Tx, e approve.Asked) error {
		m, err := s.compose(ctx, tx, e.Account, "approve", "/approve/"+e.ID, "approve")
		if err != nil {
			return err
		}
		m.Urgent, m.Until = true, e.Expires
		return s.tell(ctx, tx, e.Account, m)
	})
	jobs.Subscribe(r, "push.left", func(ctx context.Context, tx *db.Tx, e agent.Left) error {
		return s.left(ctx, tx, e)
	})
	jobs.Subscribe(r, "push.forget", func(ctx context.Context, tx *db.Tx, e auth.Closed) error {
		return s.left(ctx, tx, agent.Left{Account: e.Account, All: true})
	})
	jobs.Work(r, s.send)
}

// letter tells of a letter, in the words of its class: those of the letter name things that
// are nobody's business who sees a locked screen.
func (s *Service) letter(ctx context.Context, tx *db.Tx, e notify.Told) error {
	settings, err := s.teller.Settings(ctx, tx, e.Account)
	if err != nil || !settings.Wants(e.Class, notify.Push) {
		return err
	}
	address := "/app/letter/" + e.Letter
	if e.Profile != "" {
		address = "/c/" + e.Profile + "/inbox/" + e.Letter
	}
	m, err := s.compose(ctx, tx, e.Account, string(e.Class), address, e.Letter)
	if err != nil {
		return err
	}
	m.Urgent = e.Class == notify.Security
	return s.tell(ctx, tx, e.Account, m)
}

// left ends the subscriptions of browsers that were left.
func (s *Service) left(ctx context.Context, tx *db.Tx, e agent.Left) error {
	var n int64
	var err error
	if e.All {
		n, err = newQueries(tx).DropOthers(ctx, dropOthersParams{AccountID: e.Account, DeviceKey: e.But})
	} else {
		n, err = newQueries(tx).DropBrowser(ctx, dropBrowserParams{AccountID: e.Account, DeviceKey: e.Device})
	}
	if err != nil {
		return fmt.Errorf("drop devices: %w", err)
	}
	if n == 0 {
		return nil
	}
	return audit.Record(ctx, tx, audit.Entry{
		Actor: "installation", Action: "push.left", Object: "account/" + e.Account, Details: map[string]any{"account": e.Account, "count": n},
	})
}

// sendOne is one message for one device.
type sendOne struct {
	Device  string
	Message message
}

func (sendOne) Kind() string { return "push.send" }

func (s *Service) enqueue(ctx context.Context, tx *db.Tx, device string, m message, at time.Time) error {
	tries, err := s.policies.Number(ctx, tx, "push.tries")
	if err != nil {
		return err
	}
	return jobs.Insert(ctx, tx, sendOne{device, m}, jobs.At(at), jobs.MaxAttempts(int(max(tries, 1))))
}

// parcel is a message ready to be handed over.
type parcel struct {
	to      webpush.Subscription
	token   string
	account string
	now     time.Time
	later   time.Duration // the longest pause a service may ask for
}

// send is one try. What comes too late is dropped: a question that has ended asks nobody.
func (s *Service) send(ctx context.Context, job jobs.Job[sendOne]) error {
	p, err := s.prepare(ctx, job.Args)
	if errors.Is(err, sql.ErrNoRows) {
		return nil // the device was taken away meanwhile
	} else if err != nil {
		return err
	}
	if !p.now.Before(job.Args.Message.Until) {
		return nil
	}
	err = s.hand(ctx, p, job.Args.Message)
	switch {
	case errors.Is(err, errGone):
		return s.gone(ctx, job.Args.Device, p.account)
	case err != nil:
		return err
	}
	return s.db.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *db.Tx) error {
		return newQueries(tx).UseDevice(ctx, useDeviceParams{ID: job.Args.Device, UsedAt: db.Micros(tx.Now())})
	})
}

// prepare reads where a message goes and signs what the push service is shown.
func (s *Service) prepare(ctx context.Context, one sendOne) (p parcel, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).GetDevice(ctx, one.Device)
		if err != nil {
			return err
		}
		box, err := s.open(row)
		if err != nil {
			return jobs.Cancel(err)
		}
		u, err := url.Parse(box.To.Endpoint)
		if err != nil {
			return jobs.Cancel(errors.New("address of a subscription"))
		}
		key, err := s.key(ctx, tx)
		if err != nil {
			return err
		}
		life, err := s.policies.Duration(ctx, tx, "push.token")
		if err != nil {
			return err
		}
		p = parcel{to: box.To, account: row.AccountID, now: tx.Now()}
		if p.later, err = s.policies.Duration(ctx, tx, "push.later"); err != nil {
			return err
		}
		p.token, err = webpush.Token(rand.Reader, key, u.Scheme+"://"+u.Host, s.site, tx.Now().Add(life))
		return err
	})
	return p, err
}

// hand gives a message to the push service (RFC 8030, 5).
func (s *Service) hand(ctx context.Context, p parcel, m message) error {
	plain, err := json.Marshal(m.Note)
	if err != nil {
		return jobs.Cancel(fmt.Errorf("encode note: %w", err))
	}
	body, err := webpush.Encrypt(rand.Reader, p.to, plain)
	if err != nil {
		return jobs.Cancel(fmt.Errorf("encrypt note: %w", err))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.to.Endpoint, bytes.NewReader(body))
	if err != nil {
		return jobs.Cancel(errors.New("address of a subscription"))
	}
	// Of one topic a service keeps the last for a device that is away (RFC 8030, 5.4).
	topic := sha256.Sum256([]byte(m.Note.Tag))
	r.Header = http.Header{
		"Authorization": {p.token}, "Content-Encoding": {"aes128gcm"}, "Content-Type": {"application/octet-stream"}, "User-Agent": {"podpis"},
		"TTL": {strconv.Itoa(int(m.Until.Sub(p.now) / time.Second))}, "Urgency": {"normal"}, "Topic": {base64.RawURLEncoding.EncodeToString(topic[:24])},
	}
	if m.Urgent {
		r.Header.Set("Urgency", "high")
	}
	answer, err := s.client.Do(r)
	if err != nil {
		var outer *url.Error
		if errors.As(err, &outer) {
			err = outer.Err // the address is sealed: it stands in no log
		}
		return fmt.Errorf("call push service: %w", err)
	}
	if err := answer.Body.Close(); err != nil {
		return fmt.Errorf("call push service: %w", err)
	}
	return judge(answer, p.later)
}

// judge reads the answer of a push service by its status alone.
func judge(answer *http.Response, longest time.Duration) error {
	switch status := answer.StatusCode; {
	case status/100 == 2:
		return nil
	case status == http.StatusNotFound, status == http.StatusGone: // RFC 8030, 7.3
		return errGone
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable: // RFC 8030, 8.4
		pause := time.Minute
		if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && seconds > 0 {
			pause = time.Duration(min(int64(seconds), int64(longest/time.Second))) * time.Second
		}
		return jobs.Snooze(pause)
	case status >= http.StatusInternalServerError:
		return fmt.Errorf("push service answered %d", status)
	default: // it will say the same again
		return jobs.Cancel(fmt.Errorf("push service answered %d", status))
	}
}

// gone ends a subscription that its push service does not know.
func (s *Service) gone(ctx context.Context, device, account string) error {
	return s.db.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *db.Tx) error {
		n, err := newQueries(tx).DropDevice(ctx, device)
		if err != nil {
			return fmt.Errorf("drop device: %w", err)
		}
		if n == 0 {
			return nil
		}
		return recordGone(ctx, tx, device, account)
	})
}

func recordGone(ctx context.Context, tx *db.Tx, device, account string) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: "installation", Action: "push.gone", Object: "push_device/" + device, Details: map[string]any{"account": account}})
}
