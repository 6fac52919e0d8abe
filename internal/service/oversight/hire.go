// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package oversight

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
)

// What an import does with a line.
const (
	HireNew  = "new"
	HireRole = "role" // the account is there with another role
	HireSame = "same"
	HireBad  = "bad"
)

// Hired is a line of an import.
type Hired struct {
	Line     int
	Account  auth.Account
	What     string
	Why      error     // of a bad one
	Was      auth.Role // of one that gets another role
	Password string    // of a new one, shown once; empty: a directory lets them in
}

// Bounds of an import: a company's staff of one authority is tens of people.
const (
	maxImport     = 64 << 10
	maxImportRows = 100
)

// Plan reads a list of employees (RFC 4180, with semicolons or commas: name, mail, phone,
// role) and says what taking it would do.
func (s *Service) Plan(ctx context.Context, actor Actor, list []byte) (plan []Hired, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.as(ctx, tx, actor, auth.Administrator); err != nil {
			return err
		}
		plan, err = s.plan(ctx, tx, actor, list)
		return err
	})
	return plan, err
}

// Import takes a list of which no line is bad. What is there already stays as it is, so
// that a list may be taken again.
func (s *Service) Import(ctx context.Context, actor Actor, list []byte) (plan []Hired, err error) {
	if plan, err = s.Plan(ctx, actor, list); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(plan, func(h Hired) bool { return h.What == HireBad }) {
		return plan, problem.New(problem.Conflict, "admin.import.bad").At("csv")
	}
	for i := range plan { // an act a line: a password takes long to hash, and nothing else may wait for it
		switch h := &plan[i]; h.What {
		case HireNew:
			h.Password, err = s.hire(ctx, actor, h.Account)
		case HireRole:
			err = s.SetRole(ctx, actor, h.Account.ID, h.Account.Role)
		}
		if err != nil {
			return nil, err
		}
	}
	return plan, nil
}

// hire makes the account of a line; the password is returned when no directory lets its
// owner in.
func (s *Service) hire(ctx context.Context, actor Actor, a auth.Account) (string, error) {
	a.MustChange = s.Await == nil
	password, _, err := s.Accounts.DrawPassword(ctx)
	if err != nil {
		return "", err
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.as(ctx, tx, actor, auth.Administrator); err != nil {
			return err
		}
		made, err := s.Accounts.CreateStaff(ctx, tx, "account/"+actor.Account.ID, a, password)
		if err != nil || s.Await == nil {
			return err
		}
		return s.Await(ctx, tx, made.ID)
	})
	if err != nil || s.Await != nil {
		return "", err
	}
	return password, nil
}

func (s *Service) plan(ctx context.Context, tx *db.Tx, actor Actor, list []byte) ([]Hired, error) {
	rows, err := readStaff(list)
	if err != nil {
		return nil, err
	}
	staff, err := s.Accounts.StaffList(ctx, tx)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for i := range rows {
		h := &rows[i]
		mail := db.Fold(h.Account.Mail)
		if h.Why == nil && seen[mail] {
			h.Why = problem.New(problem.Invalid, "admin.import.twice")
		}
		seen[mail] = true
		if at := slices.IndexFunc(staff, func(a auth.Account) bool { return db.Fold(a.Mail) == mail }); at >= 0 && h.Why == nil {
			h.Account.ID, h.Was, h.What = staff[at].ID, staff[at].Role, HireSame
			if h.Was != h.Account.Role {
				h.What = HireRole
			}
			if h.What == HireRole && h.Account.ID == actor.Account.ID {
				h.Why = problem.New(problem.Conflict, "admin.user.self")
			}
		} else if h.Why == nil {
			h.Why = s.free(ctx, tx, h.Account)
		}
		if h.Why != nil {
			h.What = HireBad
		}
	}
	return rows, nil
}

// free refuses contacts of somebody else.
func (s *Service) free(ctx context.Context, tx *db.Tx, a auth.Account) error {
	for _, contact := range []string{a.Phone, a.Mail} {
		taken, err := s.Accounts.Taken(ctx, tx, contact, "")
		if err != nil {
			return err
		}
		if taken {
			return problem.New(problem.Conflict, "auth.account.taken")
		}
	}
	return nil
}

// readStaff reads the lines of a list.
func readStaff(list []byte) (rows []Hired, err error) {
	broken := func(key string) error { return problem.New(problem.Invalid, key).At("csv") }
	if len(list) > maxImport {
		return nil, broken("admin.import.large")
	}
	if !utf8.Valid(list) {
		return nil, broken("admin.import.broken")
	}
	list = bytes.TrimPrefix(list, []byte("\xEF\xBB\xBF"))
	first, _, _ := bytes.Cut(list, []byte("\n"))
	r := csv.NewReader(bytes.NewReader(list))
	r.FieldsPerRecord, r.TrimLeadingSpace = 4, true
	if bytes.ContainsRune(first, ';') {
		r.Comma = ';'
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, problem.New(problem.Invalid, "admin.import.broken").At("csv").Because(err)
		}
		line, _ := r.FieldPos(0)
		a := auth.Account{
			Title: strings.Join(strings.Fields(record[0]), " "), Mail: strings.TrimSpace(record[1]), Role: auth.Role(strings.ToLower(strings.TrimSpace(record[3]))),
		}
		if len(rows) == 0 && !strings.Contains(a.Mail, "@") && line == 1 {
			continue // the heading
		}
		if len(rows) == maxImportRows {
			return nil, broken("admin.import.large")
		}
		h := Hired{Line: line, Account: a, What: HireNew}
		phone, ok := identity.NormalPhone(record[2])
		h.Account.Phone = phone
		switch {
		case !identity.PlainText(a.Title, 100):
			h.Why = problem.New(problem.Invalid, "admin.user.title")
		case !identity.ValidMail(a.Mail):
			h.Why = problem.New(problem.Invalid, "auth.mail.wrong")
		case !ok:
			h.Why = problem.New(problem.Invalid, "auth.phone.wrong")
		case !a.Role.Staff():
			h.Why = problem.New(problem.Invalid, "admin.import.role")
		}
		rows = append(rows, h)
	}
	if len(rows) == 0 {
		return nil, broken("admin.import.empty")
	}
	return rows, nil
}

// LetIn lets a member of staff sign in by the directory of the company from now on.
func (s *Service) LetIn(ctx context.Context, actor Actor, id string) error {
	if s.Await == nil {
		return problem.New(problem.NotFound, "external.provider.missing")
	}
	return s.act(ctx, actor, auth.Administrator, audit.Entry{Action: "admin.directory", Object: "account/" + id}, func(ctx context.Context, tx *db.Tx) error {
		if err := s.other(ctx, tx, actor, id); err != nil {
			return err
		}
		return s.Await(ctx, tx, id)
	})
}

// Trained notes that a member of staff has read what their work asks of them.
func (s *Service) Trained(ctx context.Context, actor Actor) error {
	e := audit.Entry{Action: "staff.trained", Object: "account/" + actor.Account.ID}
	return s.act(ctx, actor, actor.Account.Role, e, func(context.Context, *db.Tx) error { return nil })
}

// TrainedAt is when they did last; zero: never.
func (s *Service) TrainedAt(ctx context.Context, actor Actor) (at time.Time, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err := audit.Search(ctx, tx, audit.Filter{Actor: "account/" + actor.Account.ID, Action: "staff.trained", Limit: 1}, time.Time{})
		if len(list) > 0 {
			at = list[0].At
		}
		return err
	})
	return at, err
}
