// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package draft

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
)

// Service keeps drafts. It is safe for concurrent use.
type Service struct {
	db       *db.DB
	ring     *keys.Ring
	policies *policy.Book
}

// New makes the service.
func New(d *db.DB, ring *keys.Ring, policies *policy.Book) *Service {
	return &Service{d, ring, policies}
}

// Work registers the sweep.
func (s *Service) Work(r *jobs.Runner) { r.Every("draft.sweep", time.Hour, s.sweep) }

// content is what is sealed.
type content struct {
	Form   string      `json:"form"`
	Of     string      `json:"of,omitempty"`
	Values [][2]string `json:"values"`
}

// place names a row for the seal.
func place(owner, page, form []byte, n int64) []byte {
	return []byte("draft/" + hex.EncodeToString(slices.Concat(owner, page, form)) + "/" + strconv.FormatInt(n, 10))
}

// Save keeps what stands in a form of a page, in place of what was kept before; no values
// are no draft. It returns the time of it. A draft that is too large is refused, what is
// oldest of too many goes.
func (s *Service) Save(ctx context.Context, o Owner, page string, d Draft) (at time.Time, err error) {
	if o.digest == nil {
		return at, problem.New(problem.Forbidden, "auth.session.needed")
	}
	if err := d.check(); err != nil {
		return at, err
	}
	d.Values = slices.DeleteFunc(slices.Clone(d.Values), func(v [2]string) bool { return Secret(v[0]) })
	pageDigest, form := keys.Digest(page), keys.Digest(d.Form)
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		at = tx.Now()
		q := newQueries(tx)
		if len(d.Values) == 0 {
			return q.DropDraft(ctx, dropDraftParams{Owner: o.digest, Page: pageDigest, Form: form, Place: d.Place})
		}
		sealed, err := s.ring.SealJSON(content{d.Form, d.Of, d.Values}, place(o.digest, pageDigest, form, d.Place))
		if err != nil {
			return err
		}
		limits, err := s.limits(ctx, tx, o)
		if err != nil {
			return err
		}
		if int64(len(sealed)) > limits.octets {
			return problem.New(problem.Invalid, "draft.too_large")
		}
		put := putDraftParams{
			Owner: o.digest, Page: pageDigest, Form: form, Place: d.Place, Sealed: sealed, SavedAt: db.Micros(at), ExpiresAt: db.Micros(at.Add(limits.life)),
		}
		if o.guest {
			put.Guest = 1
		}
		if err := q.PutDraft(ctx, put); err != nil {
			return fmt.Errorf("store draft: %w", err)
		}
		return dropMany(ctx, q, o, limits.count)
	})
	return at, err
}

type limits struct {
	life          time.Duration
	octets, count int64
}

func (s *Service) limits(ctx context.Context, tx *db.Tx, o Owner) (l limits, err error) {
	key := policyLife
	if o.guest {
		key = policyGuestLife
	}
	if l.life, err = s.policies.Duration(ctx, tx, key); err != nil {
		return l, err
	}
	if l.octets, err = s.policies.Number(ctx, tx, policyOctets); err != nil {
		return l, err
	}
	l.count, err = s.policies.Number(ctx, tx, policyCount)
	return l, err
}

// dropMany takes the oldest of an owner away when there are more than count.
func dropMany(ctx context.Context, q *queries, o Owner, count int64) error {
	times, err := q.SavedBefore(ctx, savedBeforeParams{Owner: o.digest, Offset: int32(min(count, math.MaxInt32))})
	if err == nil && len(times) > 0 {
		err = q.DropOldest(ctx, dropOldestParams{Owner: o.digest, SavedAt: times[0]})
	}
	if err != nil {
		return fmt.Errorf("drop old drafts: %w", err)
	}
	return nil
}

// On returns the drafts of a page.
func (s *Service) On(ctx context.Context, o Owner, page string) (list []Draft, err error) {
	if o.digest == nil {
		return nil, nil
	}
	pageDigest := keys.Digest(page)
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := newQueries(tx).DraftsOf(ctx, draftsOfParams{Owner: o.digest, Page: pageDigest, ExpiresAt: db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("read drafts: %w", err)
		}
		for _, row := range rows {
			var c content
			if err := s.ring.OpenJSON(row.Sealed, place(o.digest, pageDigest, row.Form, row.Place), &c); err != nil {
				return err
			}
			list = append(list, Draft{Form: c.Form, Place: row.Place, Of: c.Of, Values: c.Values, SavedAt: db.Time(row.SavedAt)})
		}
		return nil
	})
	return list, err
}

// All returns every draft of an account inside an act of a higher service, for its copy of
// the data.
func (s *Service) All(ctx context.Context, tx *db.Tx, o Owner) (list []Draft, err error) {
	rows, err := newQueries(tx).AllDrafts(ctx, allDraftsParams{Owner: o.digest, ExpiresAt: db.Micros(tx.Now())})
	if err != nil {
		return nil, fmt.Errorf("read drafts: %w", err)
	}
	for _, row := range rows {
		var c content
		if err := s.ring.OpenJSON(row.Sealed, place(o.digest, row.Page, row.Form, row.Place), &c); err != nil {
			return nil, err
		}
		list = append(list, Draft{Form: c.Form, Place: row.Place, Of: c.Of, Values: c.Values, SavedAt: db.Time(row.SavedAt)})
	}
	return list, nil
}

// Sent forgets what was typed into a form, on every page: the form was taken.
func (s *Service) Sent(ctx context.Context, o Owner, form string) error {
	if o.digest == nil {
		return nil
	}
	digest := keys.Digest(form)
	var n int64
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		n, err = newQueries(tx).HasForm(ctx, hasFormParams{Owner: o.digest, Form: digest})
		return err
	})
	if err != nil || n == 0 { // most forms that are sent have no draft: nothing is written for them
		return err
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		return newQueries(tx).DropForm(ctx, dropFormParams{Owner: o.digest, Form: digest})
	})
}

// Forget drops all drafts of an owner, who is no more.
func (s *Service) Forget(ctx context.Context, tx *db.Tx, o Owner) error {
	if err := newQueries(tx).DropOwner(ctx, o.digest); err != nil {
		return fmt.Errorf("drop drafts: %w", err)
	}
	return nil
}

// GuestRate is how many saves a minute a network has without signing in.
func (s *Service) GuestRate(ctx context.Context) (n int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		n, err = s.policies.Number(ctx, tx, policyGuestRate)
		return err
	})
	return n, err
}

// Ticket lets whoever holds it save drafts of one page for the account it was made for,
// also after the session has ended; it lets nobody read.
type Ticket struct {
	Account string    `json:"account,omitempty"` // empty: of the browser
	Page    string    `json:"page"`
	At      time.Time `json:"at"`
}

const ticketPlace = "draft/ticket"

// Seal is a ticket as the page carries it.
func (s *Service) Seal(t Ticket) (string, error) {
	t.At = s.db.Now()
	plain, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("encode ticket: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(s.ring.Seal(plain, []byte(ticketPlace))), nil
}

// Open is the inverse of Seal.
func (s *Service) Open(ctx context.Context, text string) (t Ticket, err error) {
	refused := problem.New(problem.Invalid, "form.broken")
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return t, refused
	}
	if err := s.ring.OpenJSON(sealed, []byte(ticketPlace), &t); err != nil {
		return t, refused.Because(err)
	}
	var life time.Duration
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		life, err = s.policies.Duration(ctx, tx, policyTicket)
		return err
	})
	if err == nil && s.db.Now().Sub(t.At) > life {
		err = refused
	}
	return t, err
}

// sweep drops what has expired, and the oldest of too many of browsers: they cost nobody
// a sign-in.
func (s *Service) sweep(ctx context.Context, tx *db.Tx) error {
	q := newQueries(tx)
	if err := q.DropExpired(ctx, db.Micros(tx.Now())); err != nil {
		return fmt.Errorf("sweep drafts: %w", err)
	}
	most, err := s.policies.Number(ctx, tx, policyGuests)
	if err != nil {
		return err
	}
	times, err := q.GuestSavedBefore(ctx, int32(min(most, math.MaxInt32)))
	if err == nil && len(times) > 0 {
		err = q.DropOldestGuests(ctx, times[0])
	}
	if err != nil {
		return fmt.Errorf("sweep drafts of browsers: %w", err)
	}
	return nil
}
