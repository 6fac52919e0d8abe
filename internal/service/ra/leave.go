// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra

import (
	"context"
	"fmt"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/ca"
	"podpis/internal/service/identity"
	"podpis/pki/x509"
)

// followLeavers ends what a holder who left has here, and erases it when its time has come.
func (s *Service) followLeavers(r *jobs.Runner) {
	jobs.Subscribe(r, "ra.leave", s.leave)
	jobs.Subscribe(r, "ra.erase", s.erase)
}

// leave takes open applications back and revokes certificates: nobody can do it after the account is closed.
func (s *Service) leave(ctx context.Context, tx *db.Tx, e auth.Closed) error {
	rows, err := newQueries(tx).OfPerson(ctx, e.Person)
	if err != nil {
		return fmt.Errorf("read applications: %w", err)
	}
	by := Actor{Account: auth.Account{ID: e.Account}}
	for _, row := range rows {
		r, err := s.open(row)
		if err != nil {
			return err
		}
		if err := s.takeBack(ctx, tx, r, by); err != nil {
			return err
		}
		c, found, err := s.certificate(ctx, tx, r.row.Serial)
		if err != nil {
			return err
		}
		if !found || !c.RevokedAt.IsZero() || !tx.Now().Before(c.NotAfter) {
			continue
		}
		if err := s.authority.RevokeTx(ctx, tx, ca.Revocation{Actor: by.name(), Serial: r.row.Serial, Reason: x509.ReasonCessationOfOperation}); err != nil {
			return err
		}
	}
	return nil
}

// takeBack ends an application that is open. One that the authority is at work on is stopped: what is not signed never will
// be (see [Service.still]), and what is issued by now is named here, so that it is revoked.
func (s *Service) takeBack(ctx context.Context, tx *db.Tx, r *record, by Actor) error {
	if _, open := Moves()[State(r.row.State)][Withdraw]; open {
		return s.move(ctx, tx, r, by, Withdraw, "")
	}
	if State(r.row.State) != Issuing {
		return nil
	}
	serial, state, err := s.authority.OrderTx(ctx, tx, r.data.Ordered)
	if err != nil && problem.KindOf(err) != problem.NotFound {
		return err
	}
	if err == nil && state == ca.Issued {
		r.row.Serial = serial
	}
	return s.move(ctx, tx, r, by, Stop, "")
}

func (s *Service) certificate(ctx context.Context, tx *db.Tx, serial string) (c ca.Record, found bool, err error) {
	if serial == "" {
		return c, false, nil
	}
	c, err = s.authority.CertificateTx(ctx, tx, serial)
	return c, err == nil, err
}

// LastEnd is when the last certificate of a person ends or ended; zero: there was none.
func (s *Service) LastEnd(ctx context.Context, tx *db.Tx, personID string) (last time.Time, err error) {
	rows, err := newQueries(tx).OfPerson(ctx, personID)
	if err != nil {
		return last, fmt.Errorf("read applications: %w", err)
	}
	for _, row := range rows {
		c, found, err := s.certificate(ctx, tx, row.Serial)
		if err != nil {
			return last, err
		}
		if found && c.NotAfter.After(last) {
			last = c.NotAfter
		}
	}
	return last, nil
}

// erase removes what was typed and attached; the number, the state and the serial number stay.
func (s *Service) erase(ctx context.Context, tx *db.Tx, e identity.Erased) error {
	q := newQueries(tx)
	rows, err := q.OfPerson(ctx, e.Person)
	if err != nil {
		return fmt.Errorf("read applications: %w", err)
	}
	for _, row := range rows {
		r := &record{row: row}
		r.row.Title = ""
		if err := s.save(ctx, tx, r); err != nil {
			return err
		}
		if err := q.EraseEvents(ctx, row.ID); err != nil {
			return fmt.Errorf("erase events: %w", err)
		}
		files, err := q.FilesOf(ctx, row.ID)
		if err != nil {
			return fmt.Errorf("read files: %w", err)
		}
		for _, f := range files {
			if err := q.DropFile(ctx, f.ID); err != nil {
				return fmt.Errorf("erase file: %w", err)
			}
			if err := s.blobs.Delete(ctx, f.BlobID); err != nil {
				return err
			}
		}
	}
	return nil
}
