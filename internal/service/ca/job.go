// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/pki/x509"
)

// publishList is the job that publishes the revocation lists: because a
// certificate was revoked, or because it is time.
type publishList struct {
	Serial string `json:"serial,omitempty"`
}

// Kind names the job.
func (publishList) Kind() string { return "ca.publish_list" }

// Work registers the background work of the authority: looking every so often whether
// lists are due, and finishing what a crash left halfway.
func (s *Service) Work(r *jobs.Runner, look, reconcile time.Duration) {
	jobs.Work(r, func(ctx context.Context, j jobs.Job[publishList]) error { return s.publishFor(ctx, j.Args.Serial) })
	r.Every("ca.publish_lists", look, func(ctx context.Context, tx *db.Tx) error {
		due, err := s.listsDue(ctx, tx)
		if !due || err != nil {
			return err
		}
		return jobs.Insert(ctx, tx, publishList{}, jobs.Unique("time"))
	})
	r.Every("ca.reconcile", reconcile, s.reconcile)
}

// ListsEvery is how old a list may get before the next one is published: what the rule says, and never more than half of a
// list's life, so that one failed try leaves no time without a list.
func (s *Service) ListsEvery(ctx context.Context, tx *db.Tx) (time.Duration, error) {
	every, err := s.policies.Duration(ctx, tx, "ca.crl.every")
	if err != nil {
		return 0, err
	}
	life, err := s.policies.Duration(ctx, tx, "ca.crl.life")
	return min(every, life/2), err
}

// listsDue reports that a list of the root or of the issuing CA has grown old, or is not there.
func (s *Service) listsDue(ctx context.Context, tx *db.Tx) (bool, error) {
	every, err := s.ListsEvery(ctx, tx)
	if err != nil {
		return false, err
	}
	for _, role := range []Role{Root, Issuing} {
		issuer, err := s.Key(role)
		if err != nil {
			return false, err
		}
		at, err := newQueries(tx).LatestCRLDate(ctx, issuer.ID)
		if errors.Is(err, sql.ErrNoRows) {
			return true, nil
		} else if err != nil {
			return false, fmt.Errorf("read list: %w", err)
		}
		if !tx.Now().Before(db.Time(at).Add(every)) {
			return true, nil
		}
	}
	return false, nil
}

// publishFor publishes because of one certificate, unless the last list says of it
// what the register says: of many revoked at once, the first job publishes.
func (s *Service) publishFor(ctx context.Context, serial string) error {
	if serial == "" {
		return s.PublishLists(ctx)
	}
	issuer, err := s.Key(Issuing)
	if err != nil {
		return err
	}
	var row certificateRow
	var last crlRow
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		q := newQueries(tx)
		if row, err = q.GetCertificate(ctx, serial); err != nil {
			return fmt.Errorf("read certificate: %w", err)
		}
		last, err = latest(ctx, q, issuer)
		return err
	})
	if err != nil {
		return err
	}
	if said, err := listSays(last.Der, serial, x509.Reason(row.Reason)); err != nil || said {
		return err
	}
	return s.publish(ctx, issuer)
}

func listSays(raw []byte, hexSerial string, reason x509.Reason) (bool, error) {
	if len(raw) == 0 {
		return false, nil
	}
	list, err := x509.ParseCRL(raw)
	if err != nil {
		return false, fmt.Errorf("read own list: %w", err)
	}
	serial, err := x509.SerialFromHex(hexSerial)
	if err != nil {
		return false, fmt.Errorf("serial %s: %w", hexSerial, err)
	}
	entry, ok := list.Find(serial)
	return ok && entry.Reason == reason, nil
}

// Reconcile finishes what was left halfway.
func (s *Service) Reconcile(ctx context.Context) error { return s.db.Write(ctx, s.reconcile) }

// reconcile ends plans that nobody will finish. A planned one was never signed
// and is dropped. One whose token was used may have been signed: it cannot be
// signed again, for that would make two certificates of one number, so it is
// revoked and its holder orders anew.
func (s *Service) reconcile(ctx context.Context, tx *db.Tx) error {
	age, err := s.policies.Duration(ctx, tx, "ca.unfinished")
	if err != nil {
		return err
	}
	rows, err := newQueries(tx).Unfinished(ctx, db.Micros(tx.Now().Add(-age)))
	if err != nil {
		return fmt.Errorf("read unfinished: %w", err)
	}
	for _, row := range rows {
		if err := s.end(ctx, tx, row.Serial, row.OrderKey, State(row.State)); err != nil {
			return err
		}
	}
	return nil
}

// abandon ends one certificate whose signing failed.
func (s *Service) abandon(ctx context.Context, serial string, from State) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).GetCertificate(ctx, serial)
		if err != nil {
			return fmt.Errorf("read certificate: %w", err)
		}
		return s.end(ctx, tx, serial, row.OrderKey, from)
	})
}

func (s *Service) end(ctx context.Context, tx *db.Tx, serial, orderKey string, from State) error {
	next := abandonParams{
		Serial: serial, State: string(Dropped), State_2: string(from),
		// The key of the order is given back: the holder may order again.
		OrderKey: orderKey + "/" + serial,
	}
	if from == Signing {
		next.State, next.RevokedAt = string(Abandoned), db.Micros(tx.Now())
		next.Reason, next.RevokedBy = int64(x509.ReasonCessationOfOperation), "ca"
	}
	n, err := newQueries(tx).Abandon(ctx, next)
	if err != nil {
		return fmt.Errorf("abandon certificate: %w", err)
	}
	if n == 0 {
		return nil // finished in the meantime
	}
	err = audit.Record(ctx, tx, audit.Entry{Actor: "ca", Action: "ca." + next.State, Object: "certificate/" + serial})
	if err != nil {
		return err
	}
	if from == Signing {
		if err := jobs.Insert(ctx, tx, publishList{Serial: serial}); err != nil {
			return err
		}
	}
	return jobs.Publish(ctx, tx, CertificateAbandoned{Serial: serial, OrderKey: orderKey})
}
