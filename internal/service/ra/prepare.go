// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/ca"
	"podpis/internal/service/identity"
	"podpis/pki/x509"
)

// The policies of what is prepared for holders.
const (
	policyPrepared      = "ra.prepared.term"
	policyPreparedCount = "ra.prepared.count"
	policyPreparedOther = "ra.prepared.other"
)

// maxNote bounds what a consultant tells a holder with what was prepared, in signs.
const maxNote = 500

// Preparation says who prepared an application for its holder.
type Preparation struct {
	By    string    `json:"by"` // account of the consultant
	Name  string    `json:"name"`
	At    time.Time `json:"at"`
	Words string    `json:"words,omitempty"` // for the holder
}

// Wanted is what somebody asked a consultant for.
type Wanted struct {
	Purposes []string      `json:"purposes"`
	Kind     identity.Kind `json:"kind"`
	Role     string        `json:"-"` // a role of the holder of this kind; empty: the holder says which
	Words    string        `json:"words,omitempty"`
	// Told says that the holder has had a message of it: none goes to the phone again.
	Told bool `json:"-"`
}

// Check puts it into its plain shape and says what is wrong with it.
func (w Wanted) Check() (Wanted, problem.List) {
	f := Form{}
	wrong := SetPurposes(w.Purposes)(&f, time.Time{})
	w.Purposes = f.Purposes
	if !w.Kind.Valid() {
		wrong = append(wrong, problem.New(problem.Invalid, "identity.kind.wrong").At("kind"))
	}
	if w.Words = strings.TrimSpace(w.Words); len([]rune(w.Words)) > maxNote || strings.ContainsRune(w.Words, 0) {
		wrong = append(wrong, problem.New(problem.Invalid, "consult.words.long").At("words").With("Count", maxNote))
	}
	return w, wrong
}

// Prepare opens an application for a holder who asked a consultant for it: the holder sees what
// was taken down and takes it, or not. Nothing of the holder's is shown to the consultant, who
// has been judged by the caller; the same key prepares nothing new.
func (s *Service) Prepare(ctx context.Context, tx *db.Tx, by Actor, holder auth.Account, w Wanted, key string) (a Application, err error) {
	w, wrong := w.Check()
	if err := wrong.Err(); err != nil {
		return a, err
	}
	if holder.Role.Staff() || holder.ID == by.Account.ID || holder.PersonID == by.Account.PersonID {
		return a, problem.New(problem.Forbidden, "ra.operator.own")
	}
	key = "prepared/" + key
	if row, err := newQueries(tx).ByKey(ctx, byKeyParams{AccountID: holder.ID, SubmitKey: key}); err == nil {
		return s.short(row)
	} else if !errors.Is(err, sql.ErrNoRows) {
		return a, fmt.Errorf("find application: %w", err)
	}
	waiting, err := s.PreparedOf(ctx, tx, holder.ID)
	if err != nil {
		return a, err
	}
	most, err := s.policies.Number(ctx, tx, policyPreparedCount)
	if err != nil {
		return a, err
	}
	if int64(len(waiting)) >= most {
		return a, problem.New(problem.Conflict, "consult.enough").With("Count", int(most))
	}
	r, err := s.prepared(ctx, tx, by, holder, w, key)
	if err != nil {
		return a, err
	}
	if w.Told {
		holder.Phone = ""
	}
	a = brief(r.view())
	return a, s.teller.Tell(ctx, tx,
		notify.Person{AccountID: holder.ID, ProfileID: r.row.ProfileID, Phone: holder.Phone, Mail: holder.Mail},
		notify.Event{
			Kind: "application.prepared", Class: notify.Case, Action: true, DueAt: a.DueAt, Dedup: a.ID,
			Values: map[string]any{"Number": Number(a.Number), "Due": a.DueAt}, URL: "/c/" + r.row.ProfileID + "/applications/" + a.ID,
		})
}

// prepared stores what was taken down, with its record.
func (s *Service) prepared(ctx context.Context, tx *db.Tx, by Actor, holder auth.Account, w Wanted, key string) (*record, error) {
	profile, err := s.roleFor(ctx, tx, holder, w)
	if err != nil {
		return nil, err
	}
	person, err := s.persons.Person(ctx, tx, holder.PersonID)
	if err != nil {
		return nil, err
	}
	form, err := s.formFor(ctx, tx, Actor{Account: holder, Role: profile}, person)
	if err != nil {
		return nil, err
	}
	form.Purposes, form.Kind, form.HolderChosen = w.Purposes, w.Kind, true
	term, err := s.policies.Duration(ctx, tx, policyPrepared)
	if err != nil {
		return nil, err
	}
	d := data{Form: form, Prepared: &Preparation{By: by.Account.ID, Name: by.Account.Title, At: tx.Now(), Words: w.Words}}
	r, err := s.create(ctx, tx, Prepared, holder, profile, key, d)
	if err != nil {
		return nil, err
	}
	r.row.OperatorID, r.row.DueAt = by.Account.ID, db.Micros(tx.Now().Add(term))
	if err := s.save(ctx, tx, r); err != nil {
		return nil, err
	}
	if err := s.note(ctx, tx, r, by.Account.Title, "prepare", ""); err != nil {
		return nil, err
	}
	return r, audit.Record(ctx, tx, audit.Entry{
		Actor: by.name(), Action: "ra.prepare", Object: "application/" + r.row.ID, Origin: by.Client.Network, Details: map[string]any{"account": holder.ID},
	})
}

// roleFor is the role an application is prepared in: the one that was named, or the holder's own
// as a person, in which they say the rest.
func (s *Service) roleFor(ctx context.Context, tx *db.Tx, holder auth.Account, w Wanted) (string, error) {
	roles, err := s.persons.Profiles(ctx, tx, holder.PersonID)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(roles, func(p identity.Profile) bool {
		return w.Role != "" && p.ID == w.Role && p.Kind == w.Kind || w.Role == "" && p.Kind == identity.Individual
	})
	if i < 0 && w.Role == "" && len(roles) > 0 {
		i = 0 // who came in with a certificate of an organisation
	}
	if i < 0 {
		return "", problem.New(problem.Invalid, "consult.role.other").At("kind")
	}
	return roles[i].ID, nil
}

// create stores a new application of a holder.
func (s *Service) create(ctx context.Context, tx *db.Tx, state State, holder auth.Account, profile, key string, d data) (*record, error) {
	q := newQueries(tx)
	number, err := q.NextNumber(ctx)
	if err != nil {
		return nil, fmt.Errorf("number application: %w", err)
	}
	plain, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode application: %w", err)
	}
	id := tx.NewID()
	if key == "" {
		key = id
	}
	err = q.Insert(ctx, insertParams{
		ID: id, Number: number, AccountID: holder.ID, PersonID: holder.PersonID, ProfileID: profile, Kind: string(d.Form.Kind),
		State: string(state), Title: d.Form.holder(), Data: s.ring.Seal(plain, place(id)), SubmitKey: key, CreatedAt: db.Micros(tx.Now()),
	})
	if err != nil {
		return nil, fmt.Errorf("store application: %w", err)
	}
	return s.load(ctx, tx, id)
}

// brief is what staff see of what waits for its holder: nothing of the holder.
func brief(a Application) Application {
	return Application{ID: a.ID, Number: a.Number, State: a.State, Kind: a.Kind, Prepared: a.Prepared, CreatedAt: a.CreatedAt, DueAt: a.DueAt}
}

func (s *Service) short(row applicationRow) (Application, error) {
	r, err := s.open(row)
	if err != nil {
		return Application{}, err
	}
	return brief(r.view()), nil
}

func (s *Service) shorts(rows []applicationRow) (list []Application, err error) {
	for _, row := range rows {
		a, err := s.short(row)
		if err != nil {
			return nil, err
		}
		list = append(list, a)
	}
	return list, nil
}

// PreparedOf is what was prepared for an account and waits for its holder.
func (s *Service) PreparedOf(ctx context.Context, tx *db.Tx, accountID string) ([]Application, error) {
	rows, err := newQueries(tx).OfAccountIn(ctx, ofAccountInParams{AccountID: accountID, State: string(Prepared)})
	if err != nil {
		return nil, fmt.Errorf("read prepared: %w", err)
	}
	return s.shorts(rows)
}

// AllPrepared is what was prepared and waits for its holders, the nearest term first.
func (s *Service) AllPrepared(ctx context.Context, tx *db.Tx) ([]Application, error) {
	rows, err := newQueries(tx).Queue(ctx, string(Prepared))
	if err != nil {
		return nil, fmt.Errorf("read prepared: %w", err)
	}
	return s.shorts(rows)
}

// Standing is where an application stands, without what is in it.
func (s *Service) Standing(ctx context.Context, tx *db.Tx, id string) (a Application, err error) {
	r, err := s.load(ctx, tx, id)
	if err != nil {
		return a, err
	}
	a = brief(r.view())
	a.ProfileID = r.row.ProfileID
	return a, nil
}

// TakePrepared makes what was prepared the holder's own: it is a draft from then on, to be
// corrected, completed and signed.
func (s *Service) TakePrepared(ctx context.Context, actor Actor, id string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if State(r.row.State) == Draft && r.data.Prepared != nil {
			return nil // pressed twice
		}
		r.row.DueAt = 0
		return s.move(ctx, tx, r, actor, Take, "")
	})
}

// workPrepared ends what nobody took in time.
func (s *Service) workPrepared(r *jobs.Runner) {
	r.Every("ra.lapse", 10*time.Minute, func(ctx context.Context, tx *db.Tx) error {
		rows, err := newQueries(tx).Overdue(ctx, overdueParams{State: string(Prepared), DueAt: db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("read prepared: %w", err)
		}
		for _, row := range rows {
			r, err := s.open(row)
			if err != nil {
				return err
			}
			if err := s.move(ctx, tx, r, Actor{Account: auth.Account{ID: "system"}}, Lapse, ""); err != nil {
				return err
			}
			if err := s.tell(ctx, tx, r, "lapsed", nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// byOther refuses an approval by who prepared the application, unless the policy lets them.
func (s *Service) byOther(ctx context.Context, tx *db.Tx, r *record, operatorID string) error {
	if r.data.Prepared == nil || r.data.Prepared.By != operatorID {
		return nil
	}
	other, err := s.policies.Number(ctx, tx, policyPreparedOther)
	if err != nil || other == 0 {
		return err
	}
	return problem.New(problem.Conflict, "ra.operator.prepared")
}

// Held is a certificate of a holder, as much as staff need of it.
type Held struct {
	Serial, Number string
	NotAfter       time.Time
	State          string // "active", "ending", "expired", "revoked"
}

// CertificateNamed finds the certificate of an account by what a person calls it: «С-1042», or the
// serial number in hex. false: the account has none such.
func (s *Service) CertificateNamed(ctx context.Context, tx *db.Tx, accountID, name string) (h Held, found bool, err error) {
	name = strings.ToUpper(identity.Clean(name))
	q := newQueries(tx)
	var row applicationRow
	number, ok := strings.CutPrefix(strings.TrimPrefix(strings.Replace(name, "C", "С", 1), "№"), "С") // a Latin letter is taken for the Russian one
	n, numeric := strconv.ParseInt(strings.TrimPrefix(number, "-"), 10, 64)
	if ok && numeric == nil {
		row, err = q.ByNumber(ctx, n)
	} else {
		row, err = q.BySerial(ctx, name)
	}
	if errors.Is(err, sql.ErrNoRows) || err == nil && (row.AccountID != accountID || row.Serial == "" || accountID == "") {
		return h, false, nil
	} else if err != nil {
		return h, false, fmt.Errorf("find certificate: %w", err)
	}
	c, err := s.authority.CertificateTx(ctx, tx, row.Serial)
	if err != nil {
		return h, false, err
	}
	return Held{Serial: row.Serial, Number: certificateNumber(row.Number), NotAfter: c.NotAfter, State: c.Status(tx.Now())}, true, nil
}

// Replace opens an application for a certificate in place of another one of the same holder, filled in
// from it, for a key on the named carrier. The old certificate ends when the new one has signed.
func (s *Service) Replace(ctx context.Context, tx *db.Tx, actor Actor, serial, medium, key string) (a Application, err error) {
	key = "replace/" + key
	if row, err := newQueries(tx).ByKey(ctx, byKeyParams{AccountID: actor.Account.ID, SubmitKey: key}); err == nil {
		return s.short(row)
	} else if !errors.Is(err, sql.ErrNoRows) {
		return a, fmt.Errorf("find application: %w", err)
	}
	row, err := newQueries(tx).BySerial(ctx, serial)
	if errors.Is(err, sql.ErrNoRows) || err == nil && (serial == "" || row.AccountID != actor.Account.ID) {
		return a, problem.New(problem.NotFound, "ca.certificate.missing")
	} else if err != nil {
		return a, fmt.Errorf("find application: %w", err)
	}
	old, err := s.open(row)
	if err != nil {
		return a, err
	}
	form := old.data.Form
	if form.Person, err = s.persons.Person(ctx, tx, actor.Account.PersonID); err != nil { // as it is known today
		return a, err
	}
	form.Replaces, form.Medium = serial, medium
	r, err := s.create(ctx, tx, Draft, actor.Account, row.ProfileID, key, data{Form: form})
	if err != nil {
		return a, err
	}
	if err := s.note(ctx, tx, r, actor.Account.Title, "replace", ""); err != nil {
		return a, err
	}
	a = brief(r.view())
	a.ProfileID = row.ProfileID
	return a, audit.Record(ctx, tx, audit.Entry{
		Actor: actor.name(), Action: "ra.replace", Object: "application/" + a.ID, Origin: actor.Client.Network, Details: map[string]any{"serial": serial, "medium": medium},
	})
}

// endReplaced revokes the certificate that a new one replaces, now that the new key has signed
// (RFC 5280, 5.3.1: superseded). One that has ended by itself, or was revoked before, stays as it is.
func (s *Service) endReplaced(ctx context.Context, tx *db.Tx, actor Actor, r *record) error {
	old, found, err := s.certificate(ctx, tx, r.data.Form.Replaces)
	if err != nil || !found || !old.RevokedAt.IsZero() || !tx.Now().Before(old.NotAfter) {
		return err
	}
	err = s.authority.RevokeTx(ctx, tx, ca.Revocation{Actor: actor.name(), Serial: r.data.Form.Replaces, Reason: x509.ReasonSuperseded})
	if err != nil {
		return err
	}
	if err := s.note(ctx, tx, r, "", "superseded", ""); err != nil {
		return err
	}
	return s.tell(ctx, tx, r, "superseded", nil)
}
