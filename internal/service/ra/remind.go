// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/notify"
	"podpis/internal/service/ca"
)

// remindPage reminds of certificates that end, a page of applications at a time.
type remindPage struct {
	After string // id of the last application of the page before
}

func (remindPage) Kind() string { return "ra.remind" }

// workReminders registers the reminders: once a day over all installed certificates.
func (s *Service) workReminders(r *jobs.Runner) {
	r.Every("ra.remind", 24*time.Hour, func(ctx context.Context, tx *db.Tx) error {
		return jobs.Insert(ctx, tx, remindPage{}, jobs.Unique("first"))
	})
	jobs.WorkTx(r, func(ctx context.Context, tx *db.Tx, job jobs.Job[remindPage]) error {
		return s.remind(ctx, tx, job.Args.After)
	})
}

func (s *Service) remind(ctx context.Context, tx *db.Tx, after string) error {
	days, err := s.remindDays(ctx, tx)
	if err != nil {
		return err
	}
	rows, err := newQueries(tx).Installed(ctx, installedParams{State: string(Done), ID: after})
	if err != nil {
		return fmt.Errorf("read installed: %w", err)
	}
	for _, row := range rows {
		if err := s.remindOf(ctx, tx, row, days); err != nil {
			return err
		}
		after = row.ID
	}
	if len(rows) < 200 {
		return nil
	}
	return jobs.Insert(ctx, tx, remindPage{after}, jobs.Unique(after))
}

// remindDays are the days before the end, the fewest first.
func (s *Service) remindDays(ctx context.Context, tx *db.Tx) ([]int, error) {
	text, err := s.policies.String(ctx, tx, "ra.remind.days")
	if err != nil {
		return nil, err
	}
	return daysOf(text)
}

func validDays(value string) error {
	_, err := daysOf(value)
	return err
}

// daysOf reads days that stand in a rule, in any order.
func daysOf(text string) (days []int, err error) {
	for _, word := range strings.Fields(text) {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("policy ra.remind.days: %q is no number of days", word)
		}
		days = append(days, n)
	}
	slices.Sort(days)
	return days, nil
}

// remindOf tells that a certificate ends, once for each of the days, until a newer one of
// the same role is installed.
func (s *Service) remindOf(ctx context.Context, tx *db.Tx, row applicationRow, days []int) error {
	c, err := s.authority.CertificateTx(ctx, tx, row.Serial)
	if err != nil {
		return err
	}
	left := c.NotAfter.Sub(tx.Now())
	i := slices.IndexFunc(days, func(n int) bool { return left <= time.Duration(n)*24*time.Hour })
	if i < 0 || left <= 0 || !inForce(c, tx.Now()) {
		return nil
	}
	newer, err := s.replaced(ctx, tx, row, c.NotAfter)
	if err != nil || newer {
		return err
	}
	account, err := s.accounts.AccountByID(ctx, tx, row.AccountID)
	if err != nil {
		return err
	}
	return s.teller.Tell(ctx, tx,
		notify.Person{AccountID: account.ID, ProfileID: row.ProfileID, Phone: account.Phone, Mail: account.Mail},
		notify.Event{
			Kind: "certificate.ending", Class: notify.Reminder, Action: true, DueAt: c.NotAfter,
			Values: map[string]any{"Number": certificateNumber(row.Number), "Date": c.NotAfter.Format("02.01.2006")},
			URL:    "/c/" + row.ProfileID + "/certificates/" + row.Serial, Dedup: row.Serial + "/" + strconv.Itoa(days[i]),
		})
}

// inForce reports a certificate that one can sign with.
func inForce(c ca.Record, now time.Time) bool {
	status := c.Status(now)
	return status == "active" || status == "ending"
}

// certificateNumber is how people call a certificate.
func certificateNumber(n int64) string { return "С-" + strconv.FormatInt(n, 10) }

// replaced reports whether a certificate of the same role that ends later is installed.
func (s *Service) replaced(ctx context.Context, tx *db.Tx, row applicationRow, end time.Time) (bool, error) {
	others, err := newQueries(tx).OfAccountIn(ctx, ofAccountInParams{State: string(Done), AccountID: row.AccountID})
	if err != nil {
		return false, fmt.Errorf("read installed: %w", err)
	}
	for _, other := range others {
		if other.ProfileID != row.ProfileID || other.ID == row.ID {
			continue
		}
		c, err := s.authority.CertificateTx(ctx, tx, other.Serial)
		if err != nil {
			return false, err
		}
		if inForce(c, tx.Now()) && c.NotAfter.After(end) {
			return true, nil
		}
	}
	return false, nil
}

// End is when a certificate of an account ends.
type End struct {
	Serial, Number, Title string
	At                    time.Time
}

// Ends lists the ends of the certificates of an account, for its calendar.
func (s *Service) Ends(ctx context.Context, tx *db.Tx, accountID string) (list []End, err error) {
	rows, err := newQueries(tx).OfAccountIn(ctx, ofAccountInParams{State: string(Done), AccountID: accountID})
	if err != nil {
		return nil, fmt.Errorf("read installed: %w", err)
	}
	for _, row := range rows {
		c, err := s.authority.CertificateTx(ctx, tx, row.Serial)
		if err != nil {
			return nil, err
		}
		if inForce(c, tx.Now()) {
			list = append(list, End{row.Serial, certificateNumber(row.Number), row.Title, c.NotAfter})
		}
	}
	return list, nil
}
