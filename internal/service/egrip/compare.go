// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egrip

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
	"podpis/wire/egr"
)

// Result is what comparing one row said.
type Result string

// The results (ux F6).
const (
	Same        Result = "same"
	Differs     Result = "differs"
	Absent      Result = "absent"      // the register has nothing there
	Unpublished Result = "unpublished" // not in open data: says nothing
)

// Row is one thing compared. Status and regime are keys of words, other values texts.
type Row struct {
	Field    string `json:"field"`
	Ours     string `json:"ours"`
	Theirs   string `json:"theirs"`
	Result   Result `json:"result"`
	Takeable bool   `json:"takeable"` // «Взять из реестра»
	Blocking bool   `json:"blocking"` // a difference keeps reports from being taken
}

// Report is the outcome of comparing a role with its register.
type Report struct {
	At       time.Time
	AsOf     time.Time
	Rows     []Row
	Differ   int
	Blocking int
}

// Fields are the rows of a kind of role, in their order.
func Fields(k identity.Kind) []string {
	if k == identity.Organisation {
		return []string{"inn", "number", "name", "kpp", "address", "status", "activity", "registered", "head", "regime"}
	}
	return []string{"inn", "number", "name", "birth_date", "address", "status", "activity", "registered", "regime"}
}

// Latest is the last report of a role; nil when there was none.
func (s *Service) Latest(ctx context.Context, profileID string) (r *Report, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).LatestCompare(ctx, profileID)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read report: %w", err)
		}
		r = &Report{At: db.Time(row.At), AsOf: db.Time(row.AsOf), Differ: int(row.Differ), Blocking: int(row.Blocking)}
		return s.ring.OpenJSON(row.Data, []byte("egr-compare/"+row.ID), &r.Rows)
	})
	return r, err
}

// Compare asks the register, unless it was asked a moment ago, and compares. Without any answer, now or before, the report
// is nil and the entry says why.
func (s *Service) Compare(ctx context.Context, actor Actor, p identity.Profile) (*Report, Entry, error) {
	register, ok := RegisterOf(p.Kind)
	if !ok {
		return nil, Entry{}, problem.New(problem.NotFound, "egrip.no_register")
	}
	e, err := s.check(ctx, actor, register, p.RegisterNumber, policyPause)
	if err != nil || e.Record == nil && !e.Absent {
		return nil, e, err
	}
	var report *Report
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		report, err = s.compare(ctx, tx, actor, p.ID)
		return err
	})
	return report, e, err
}

// compare compares by what is known and keeps the report.
func (s *Service) compare(ctx context.Context, tx *db.Tx, actor Actor, profileID string) (*Report, error) {
	v, err := s.sides(ctx, tx, actor, profileID)
	if err != nil {
		return nil, err
	}
	blocking, err := s.policies.String(ctx, tx, policyBlocking)
	if err != nil {
		return nil, err
	}
	report := v.report(strings.Split(blocking, ","))
	report.At = tx.Now()
	// Told by this report: the next change is one against it.
	if v.own.Status == "" {
		v.own.Status = Active
	}
	if err := s.putRole(ctx, tx, actor.AccountID, v.profile, v.own, tx.Now()); err != nil {
		return nil, err
	}
	id := tx.NewID()
	sealed, err := s.ring.SealJSON(report.Rows, []byte("egr-compare/"+id))
	if err != nil {
		return nil, err
	}
	err = newQueries(tx).InsertCompare(ctx, insertCompareParams{
		ID: id, ProfileID: profileID, At: db.Micros(report.At), AsOf: db.Micros(report.AsOf), Differ: int64(report.Differ), Blocking: int64(report.Blocking), Data: sealed,
	})
	if err != nil {
		return nil, fmt.Errorf("store report: %w", err)
	}
	return report, audit.Record(ctx, tx, audit.Entry{
		Actor: actor.Name, Action: "egrip.compare", Object: "profile/" + profileID, Origin: actor.Origin,
		Details: map[string]any{"differ": report.Differ, "blocking": report.Blocking},
	})
}

// Beside compares what somebody states of an entry with what the register says, for who has to decide: whose
// it is and whether it is in force. Without an answer there are no rows; the entry says why.
func (s *Service) Beside(ctx context.Context, actor Actor, stated identity.Profile, person identity.Person) (rows []Row, e Entry, err error) {
	register, ok := RegisterOf(stated.Kind)
	if !ok {
		return nil, e, nil
	}
	e, err = s.Check(ctx, actor, register, stated.RegisterNumber)
	if err != nil || e.Record == nil && !e.Absent {
		return nil, e, err
	}
	v := sides{profile: stated, person: person, own: Own{Head: person.FullName()}, entry: e}
	fields := []string{"inn", "number", "name", "status"}
	if stated.Kind == identity.Organisation {
		fields = append(fields, "head")
	}
	for _, field := range fields {
		row := v.row(field)
		if field == "head" && row.Result == Differs && headed(e.Record, person) {
			row.Result = Same // one of several heads
		}
		rows = append(rows, row)
	}
	return rows, e, nil
}

// sides are the two that are compared.
type sides struct {
	profile identity.Profile
	person  identity.Person
	own     Own
	entry   Entry
	member  bool // works for whose entry it is: the data beside the register's are the head's
}

func (s *Service) sides(ctx context.Context, tx *db.Tx, actor Actor, profileID string) (v sides, err error) {
	if v.profile, err = s.persons.Profile(ctx, tx, actor.PersonID, profileID); err != nil {
		return v, err
	}
	register, ok := RegisterOf(v.profile.Kind)
	if !ok {
		return v, problem.New(problem.NotFound, "egrip.no_register")
	}
	if v.person, err = s.persons.Person(ctx, tx, actor.PersonID); err != nil {
		return v, err
	}
	if v.own, err = s.OwnIn(ctx, tx, profileID); err != nil {
		return v, err
	}
	if v.entry, err = s.entry(ctx, tx, register, v.profile.RegisterNumber); err != nil {
		return v, err
	}
	err = s.forHead(ctx, tx, &v)
	return v, err
}

func (v sides) report(blocking []string) *Report {
	r := &Report{AsOf: v.entry.AsOf}
	for _, field := range Fields(v.profile.Kind) {
		row := v.row(field)
		if row.Result == Differs || row.Result == Absent {
			row.Blocking = row.Result == Differs && slices.Contains(blocking, field)
			r.Differ++
			if row.Blocking {
				r.Blocking++
			}
		}
		r.Rows = append(r.Rows, row)
	}
	return r
}

// row compares one field.
func (v sides) row(field string) Row {
	row := Row{Field: field, Ours: v.ours(field)}
	rec := v.entry.Record
	if v.entry.Absent || rec == nil {
		row.Result = Absent
		return row
	}
	row.Theirs = v.theirs(field)
	switch {
	case row.Theirs == "" && hiddenIn(rec, field):
		row.Result = Unpublished
	case row.Theirs == "" && row.Ours == "":
		row.Result = Same
	case row.Theirs == "":
		row.Result = Absent
	case sameText(field, row.Ours, row.Theirs), field == "name" && sameText(field, row.Ours, rec.FullName):
		row.Result = Same
	default:
		row.Result = Differs
		// Numbers are whose the entry is: another ИНН is another person's entry.
		row.Takeable = !slices.Contains([]string{"inn", "number", "head"}, field) && v.theirOwn()
	}
	return row
}

// hiddenIn reports what a record could not have: open data leave out birth dates and
// addresses of people, no register has the tax regime (ODD-28).
func hiddenIn(r *egr.Record, field string) bool {
	switch field {
	case "regime":
		return true
	case "birth_date", "address":
		return r.Open && r.Register == egr.EGRIP
	}
	return false
}

func (v sides) ours(field string) string {
	org := v.profile.Kind == identity.Organisation
	switch field {
	case "inn":
		if org {
			return v.profile.Company.INN
		}
		return v.person.INN
	case "number":
		return v.profile.RegisterNumber
	case "name":
		if org {
			return v.profile.Company.Name
		}
		return v.person.FullName()
	case "kpp":
		return v.profile.Company.KPP
	case "birth_date":
		return v.person.BirthDate.String()
	case "address":
		return v.own.Address
	case "status":
		if v.own.Status == "" {
			return string(Active)
		}
		return string(v.own.Status)
	case "activity":
		return coded(v.own.Activity)
	case "registered":
		return russianDay(v.own.Registered)
	case "head":
		return v.own.Head
	case "regime":
		return v.own.Regime
	}
	return ""
}

func (v sides) theirs(field string) string {
	r := v.entry.Record
	switch field {
	case "inn":
		return r.INN
	case "number":
		return r.Number
	case "name":
		return r.Title()
	case "kpp":
		return r.KPP
	case "birth_date":
		return russianDay(r.BirthDate)
	case "address":
		return r.Address.String()
	case "status":
		return string(v.entry.Group())
	case "activity":
		return coded(r.Main)
	case "registered":
		return russianDay(r.Registered)
	case "head":
		if len(r.Heads) > 0 {
			return r.Heads[0].Name.String()
		}
	}
	return ""
}

func coded(c egr.Coded) string { return strings.TrimSpace(c.Code + " " + c.Name) }

func russianDay(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return ""
	}
	return t.Format("02.01.2006")
}

// sameText compares as people do: the register writes in capitals, and the marks
// between words mean nothing. An organisation is known by its full and its short name.
func sameText(field, ours, theirs string) bool {
	if field == "activity" {
		a, _, _ := strings.Cut(ours, " ")
		b, _, _ := strings.Cut(theirs, " ")
		return a == b // the code is the kind, its name is only told
	}
	return plain(ours) == plain(theirs)
}

func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' {
			return r
		}
		return ' '
	}, s)
	return db.Fold(s)
}

// Piece is a part of a text that is the same on both sides, or is not.
type Piece struct {
	Text    string
	Differs bool
}

// Pieces splits a text by what it has in common with another one: the same beginning,
// the same end, what is between them differs.
func Pieces(text, other string) []Piece {
	a, b := []rune(identity.OneLine(text)), []rune(identity.OneLine(other))
	head := 0
	for head < len(a) && head < len(b) && folded(a[head]) == folded(b[head]) {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && folded(a[len(a)-1-tail]) == folded(b[len(b)-1-tail]) {
		tail++
	}
	var list []Piece
	for _, p := range []Piece{{string(a[:head]), false}, {string(a[head : len(a)-tail]), true}, {string(a[len(a)-tail:]), false}} {
		if p.Text != "" {
			list = append(list, p)
		}
	}
	return list
}

func folded(r rune) rune {
	if r = unicode.ToLower(r); r == 'ё' {
		return 'е'
	}
	return r
}

// Take takes a row of the register over into the cabinet; an empty field takes every row
// that may be taken. It returns the report after it.
func (s *Service) Take(ctx context.Context, actor Actor, profileID, field string) (report *Report, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		v, err := s.sides(ctx, tx, actor, profileID)
		if err != nil {
			return err
		}
		var taken []string
		for _, row := range v.report(nil).Rows {
			if row.Result == Differs && row.Takeable && (field == "" || field == row.Field) {
				taken = append(taken, row.Field)
			}
		}
		if len(taken) == 0 {
			return problem.New(problem.Conflict, "egrip.take.nothing")
		}
		if err := s.take(ctx, tx, actor, &v, taken); err != nil {
			return err
		}
		if report, err = s.compare(ctx, tx, actor, profileID); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: actor.Name, Action: "egrip.take", Object: "profile/" + profileID, Origin: actor.Origin, Details: map[string]any{"fields": taken},
		})
	})
	return report, err
}

func (s *Service) take(ctx context.Context, tx *db.Tx, actor Actor, v *sides, fields []string) error {
	r, person, profile := v.entry.Record, v.person, v.profile
	for _, field := range fields {
		v.own.takeFrom(r, field, v.entry)
		switch {
		case field == "name" && profile.Kind == identity.Entrepreneur:
			person.Surname, person.GivenName, person.Patronymic = capitals(r.Person.Surname), capitals(r.Person.GivenName), capitals(r.Person.Patronymic)
		case field == "name":
			profile.Company.Name, profile.Title = r.Title(), r.Title()
		case field == "kpp":
			profile.Company.KPP = r.KPP
		case field == "birth_date":
			t := v.theirDay()
			person.BirthDate = identity.Date{Year: t.Year(), Month: int(t.Month()), Day: t.Day()}
		case field == "address" && profile.Kind == identity.Organisation:
			profile.Company.Region, profile.Company.Locality, profile.Company.Street = regionOf(r.Address), r.Address.Locality(), r.Address.StreetLine()
		}
	}
	v.own.TakenAt = v.entry.AsOf
	if person != v.person {
		if err := s.persons.ChangePerson(ctx, tx, person); err != nil {
			return err
		}
		if err := jobs.Publish(ctx, tx, Renamed{AccountID: actor.AccountID, Title: person.ShortName(), INN: person.INN}); err != nil {
			return err
		}
	}
	if profile != v.profile {
		if _, err := s.persons.EnsureProfile(ctx, tx, profile); err != nil {
			return err
		}
	}
	return s.putRole(ctx, tx, actor.AccountID, profile, v.own, time.Time{})
}

func (v sides) theirDay() time.Time {
	t, err := time.Parse(time.DateOnly, v.entry.Record.BirthDate)
	if err != nil {
		return time.Time{}
	}
	return t
}

// takeFrom takes a row over; rows that others keep change nothing.
func (o *Own) takeFrom(r *egr.Record, field string, e Entry) {
	switch field {
	case "address":
		a := r.Address
		o.Address, o.Region, o.Locality, o.Street = a.String(), regionOf(a), a.Locality(), a.StreetLine()
	case "status":
		o.Status = e.Group()
	case "activity":
		o.Activity = r.Main
	case "registered":
		o.Registered = r.Registered
	case "head":
		if len(r.Heads) > 0 {
			o.Head = r.Heads[0].Name.String()
		}
	}
}

// regionOf is a region as certificates write it, «16 Республика Татарстан».
func regionOf(a egr.Address) string { return strings.TrimSpace(a.RegionCode + " " + a.Region) }

// ownFrom is what a new role says of itself: what the register says.
func ownFrom(e Entry, kind identity.Kind) Own {
	var o Own
	for _, field := range Fields(kind) {
		o.takeFrom(e.Record, field, e)
	}
	o.TakenAt = e.AsOf
	return o
}

// capitals writes «СОКОЛОВА-КИМ» as «Соколова-Ким».
func capitals(s string) string {
	out, begin := []rune(strings.ToLower(s)), true
	for i, r := range out {
		if begin && unicode.IsLetter(r) {
			out[i], begin = unicode.ToUpper(r), false
		} else if r == '-' || r == ' ' {
			begin = true
		}
	}
	return string(out)
}
