// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package inbox

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
)

// Work registers the channels that follow letters.
func (s *Service) Work(r *jobs.Runner) {
	jobs.Subscribe(r, "inbox", s.follow)
	jobs.Subscribe(r, "inbox.forget", s.forget)
	jobs.Subscribe(r, "inbox.left", s.cutOff)
	jobs.Work(r, s.callHook)
	jobs.Work(r, s.hand)
	jobs.WorkTx(r, s.again)
	r.Every("inbox.purge", 24*time.Hour, func(ctx context.Context, tx *db.Tx) error {
		keep, err := s.policies.Duration(ctx, tx, "inbox.hook.keep")
		if err != nil {
			return err
		}
		return newQueries(tx).PurgeDeliveries(ctx, db.Micros(tx.Now().Add(-keep)))
	})
}

// forget drops what an account that was closed has here.
func (s *Service) forget(ctx context.Context, tx *db.Tx, e auth.Closed) error {
	if err := s.teller.Forget(ctx, tx, e.Account); err != nil {
		return err
	}
	q := newQueries(tx)
	if _, err := q.DropFeed(ctx, e.Account); err != nil {
		return fmt.Errorf("forget calendar: %w", err)
	}
	for _, drop := range []func(context.Context, string) error{q.ForgetDeliveries, q.ForgetHooks, q.ForgetConsents} {
		if err := drop(ctx, e.Account); err != nil {
			return fmt.Errorf("forget channels: %w", err)
		}
	}
	return nil
}

// follow hands a letter on to the webhooks of its role and to the outlets.
func (s *Service) follow(ctx context.Context, tx *db.Tx, e notify.Told) error {
	hooks, err := newQueries(tx).HooksOf(ctx, e.Account)
	if err != nil {
		return fmt.Errorf("read webhooks: %w", err)
	}
	for _, h := range hooks {
		if h.PausedAt != 0 || (e.Profile != "" && h.ProfileID != e.Profile) || !slices.Contains(strings.Fields(h.Events), string(e.Class)) || e.Kind == "hook.failed" {
			continue
		}
		l, err := s.teller.Letter(ctx, tx, e.Account, e.Letter)
		if err != nil {
			return err
		}
		err = s.enqueue(ctx, tx, h.ID, e.Kind, payload{Event: e.Kind, Class: string(e.Class), Profile: e.Profile, URL: l.URL, At: l.CreatedAt})
		if err != nil {
			return err
		}
	}
	return s.handOn(ctx, tx, e)
}

// callHook is one try of a webhook's delivery.
func (s *Service) callHook(ctx context.Context, job jobs.Job[callHook]) error {
	var address, secret, body []byte
	var account, profile string
	var made time.Time
	gone, paused := false, false
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		q := newQueries(tx)
		d, err := q.GetDelivery(ctx, job.Args.ID)
		if err == nil {
			var h webhookRow
			if h, err = q.GetHook(ctx, d.WebhookID); err == nil {
				var err1, err2, err3 error
				address, err1 = s.ring.Open(h.Address, hookPlace(h.ID, "address"))
				secret, err2 = s.ring.Open(h.Secret, hookPlace(h.ID, "secret"))
				body, err3 = s.ring.Open(d.Body, hookPlace(d.ID, "body"))
				account, profile, made, paused = h.AccountID, h.ProfileID, tx.Now(), h.PausedAt != 0
				return errors.Join(err1, err2, err3)
			}
		}
		if errors.Is(err, sql.ErrNoRows) { // removed meanwhile
			gone = true
			return nil
		}
		return err
	})
	if err != nil || gone {
		return err
	}
	if paused { // it waited when the sessions were ended
		return s.holdBack(ctx, job.Args.ID)
	}
	status, err := s.post(ctx, string(address), body, http.Header{
		"Podpis-Signature": {keys.SignMessage(string(secret), made, body)}, "Podpis-Delivery": {job.Args.ID},
	})
	state, text := "sent", ""
	if err != nil {
		state, text = "waiting", problem.Short(err)
		err = errors.New(text) // the address is sealed: it stands in no log
		if job.Last() {
			state = "failed"
		}
	}
	ferr := s.db.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *db.Tx) error {
		err := newQueries(tx).FinishDelivery(ctx, finishDeliveryParams{ID: job.Args.ID, State: state, Status: int64(status), Error: text, FinishedAt: db.Micros(tx.Now())})
		if err != nil || state != "failed" {
			return err
		}
		host := ""
		if u, err := url.Parse(string(address)); err == nil {
			host = u.Host
		}
		return s.teller.Tell(ctx, tx, notify.Person{AccountID: account, ProfileID: profile}, notify.Event{
			Kind: "hook.failed", Class: notify.Case, Values: map[string]any{"Host": host}, URL: "/c/" + profile + "/developers/webhooks", Dedup: job.Args.ID,
		})
	})
	return errors.Join(err, ferr)
}

// post sends a body; anything but an answer of 2xx is an error.
func (s *Service) post(ctx context.Context, address string, body []byte, header http.Header) (status int, err error) {
	return postBy(ctx, s.hooks, address, body, header)
}

// postBy does not follow redirects: they would carry the body to an address that nobody gave.
func postBy(ctx context.Context, by *http.Client, address string, body []byte, header http.Header) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("address: %w", err)
	}
	r.Header = header.Clone()
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "podpis")
	client := http.Client{Timeout: 30 * time.Second}
	if by != nil {
		client = *by
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := client.Do(r)
	if err != nil {
		return 0, fmt.Errorf("call: %w", err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection serves again
	if answer.StatusCode/100 != 2 {
		return answer.StatusCode, fmt.Errorf("answer %d", answer.StatusCode)
	}
	return answer.StatusCode, nil
}

// handOver gives a letter to an outlet.
type handOver struct{ Outlet, Account, Letter string }

func (handOver) Kind() string { return "inbox.hand" }

// hand is one try. The other side knows the person by what the adapter's contract says: the
// ИНН for the state portal, the account for push.
func (s *Service) hand(ctx context.Context, job jobs.Job[handOver]) error {
	i := slices.IndexFunc(s.outlets, func(o Outlet) bool { return o.Name == job.Args.Outlet })
	if i < 0 {
		return jobs.Cancel(fmt.Errorf("no outlet %s", job.Args.Outlet))
	}
	o := s.outlets[i]
	var body []byte
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		l, err := s.teller.Letter(ctx, tx, job.Args.Account, job.Args.Letter)
		if problem.KindOf(err) == problem.NotFound { // the account was closed meanwhile
			return jobs.Cancel(err)
		} else if err != nil {
			return err
		}
		given, err := s.Given(ctx, tx, job.Args.Account)
		if err != nil {
			return err
		}
		if o.Asked && given[o.Name].IsZero() {
			return jobs.Cancel(fmt.Errorf("outlet %s is not asked for any more", o.Name))
		}
		settings, err := s.teller.Settings(ctx, tx, job.Args.Account)
		if err != nil {
			return err
		}
		if after := settings.Quiet.End(tx.Now()); after.After(tx.Now()) {
			return jobs.Snooze(after.Sub(tx.Now()))
		}
		person, err := s.accounts.AccountByID(ctx, tx, job.Args.Account)
		if err != nil {
			return err
		}
		inn, err := s.accounts.INN(ctx, tx, person.ID)
		if err != nil {
			return err
		}
		body, err = json.Marshal(map[string]any{
			"id": l.ID, "recipient": map[string]string{"inn": inn, "account": person.ID}, "subject": l.Subject, "text": l.Body, "kind": l.Kind, "at": l.CreatedAt,
		})
		return err
	})
	if err != nil {
		return err
	}
	_, err = postBy(ctx, o.Client, o.URL, body, http.Header{"Authorization": {"Bearer " + o.Token}, "Idempotency-Key": {job.Args.Letter}})
	if err != nil && job.Last() {
		err = errors.Join(err, s.lost(context.WithoutCancel(ctx), o.Name))
	}
	return err
}

// remind is a letter that was put off.
type remind struct{ Account, Letter string }

func (remind) Kind() string { return "inbox.remind" }

func (s *Service) remindAgain(ctx context.Context, tx *db.Tx, l notify.Letter, at time.Time) error {
	return jobs.Insert(ctx, tx, remind{l.AccountID, l.ID}, jobs.Unique(l.ID), jobs.At(at))
}

// again tells a letter that was put off once more, as it was.
func (s *Service) again(ctx context.Context, tx *db.Tx, job jobs.Job[remind]) error {
	l, err := s.teller.Letter(ctx, tx, job.Args.Account, job.Args.Letter)
	if err != nil {
		return err
	}
	a, err := s.accounts.AccountByID(ctx, tx, l.AccountID)
	if err != nil {
		return err
	}
	return s.teller.Repeat(ctx, tx, notify.Person{AccountID: a.ID, ProfileID: l.ProfileID, Phone: a.Phone, Mail: a.Mail}, l)
}
