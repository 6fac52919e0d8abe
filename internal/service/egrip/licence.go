// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egrip

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/wire/egr"
)

// LicenceState is whether a licence lets its holder work.
type LicenceState string

// The states, in the order people need them.
const (
	LicenceSuspended LicenceState = "suspended"
	LicenceValid     LicenceState = "valid"
	LicenceUpcoming  LicenceState = "upcoming" // its first day is ahead
	LicenceEnded     LicenceState = "ended"
)

// LicenceStates are all of them.
func LicenceStates() []LicenceState {
	return []LicenceState{LicenceSuspended, LicenceValid, LicenceUpcoming, LicenceEnded}
}

// LicenceEnd is how it is known that a licence has ended.
type LicenceEnd string

// The ends.
const (
	EndExpired LicenceEnd = "expired" // its last day is past
	EndGone    LicenceEnd = "gone"    // the register had it and has it no longer
	EndCeased  LicenceEnd = "ceased"  // as the activity has: the register gives no licences of such an entry
)

// Licence is a licence of an entry with what follows from it today.
type Licence struct {
	egr.Licence
	State  LicenceState
	End    LicenceEnd // of one that has ended
	GoneAt time.Time  // day of the first answer without it; zero: the last answer has it
}

// Title is what people call it: series and number.
func (l Licence) Title() string { return strings.TrimSpace(l.Series + " " + l.Number) }

// DaysLeft counts the days to the last one, that one included; false: it has no last day.
func (l Licence) DaysLeft(today time.Time) (days int, dated bool) {
	until, err := time.Parse(time.DateOnly, l.Until)
	if err != nil {
		return 0, false
	}
	y, m, d := today.Date()
	return max(0, int(until.Sub(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))/(24*time.Hour))+1), true
}

// maxGone bounds the former licences that are told.
const maxGone = 200

// Licences are those an entry has and had, without asking the register; today is the day in the
// zone of the site. The registers name only licences in force or suspended, and none of an entry
// that has ceased: what they do not name any longer is remembered here.
func (s *Service) Licences(ctx context.Context, register egr.Register, number string, today time.Time) (list []Licence, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		e, err := s.entry(ctx, tx, register, number)
		if err != nil || e.Record == nil || e.Absent {
			return err
		}
		for _, l := range e.Record.Licences {
			list = append(list, licenceOn(l, e.Record.Ceased != nil, time.Time{}, today))
		}
		rows, err := newQueries(tx).GoneLicences(ctx, goneLicencesParams{string(register), number, maxGone})
		if err != nil {
			return fmt.Errorf("read licences: %w", err)
		}
		for _, row := range rows {
			var l egr.Licence
			if err := s.ring.OpenJSON(row.Data, licencePlace(register, number, row.Licence), &l); err != nil {
				return err
			}
			list = append(list, licenceOn(l, e.Record.Ceased != nil, db.Time(row.GoneAt), today))
		}
		return nil
	})
	slices.SortStableFunc(list, func(a, b Licence) int {
		if by := slices.Index(LicenceStates(), a.State) - slices.Index(LicenceStates(), b.State); by != 0 {
			return by
		}
		return strings.Compare(b.From, a.From)
	})
	return list, err
}

// licenceOn says what a licence is on a day. The last day is one of its days.
func licenceOn(l egr.Licence, ceased bool, goneAt, today time.Time) Licence {
	out, day := Licence{Licence: l, GoneAt: goneAt, State: LicenceValid}, today.Format(time.DateOnly)
	switch {
	case l.Until != "" && l.Until < day:
		out.State, out.End = LicenceEnded, EndExpired
	case ceased:
		out.State, out.End = LicenceEnded, EndCeased
	case !goneAt.IsZero():
		out.State, out.End = LicenceEnded, EndGone
	case l.Suspended != "" && l.Suspended <= day:
		out.State = LicenceSuspended
	case l.From > day:
		out.State = LicenceUpcoming
	}
	return out
}

func licencePlace(register egr.Register, number, licence string) []byte {
	return []byte("egr-licence/" + string(register) + "/" + number + "/" + licence)
}

// marks tell licences of an entry apart: the same number may come with another series or letters.
func marks(l egr.Licence) string {
	return hex.EncodeToString(keys.Digest(l.Series + "\n" + l.Number + "\n" + l.Sort))
}

// followLicences remembers the licences that a record no longer has, and forgets that one was gone
// which is there again. before is nil for the first record.
func (s *Service) followLicences(ctx context.Context, tx *db.Tx, before, now *egr.Record) error {
	if before == nil {
		return nil
	}
	q := newQueries(tx)
	there := map[string]bool{}
	for _, l := range now.Licences {
		there[marks(l)] = true
		err := q.DropGoneLicence(ctx, dropGoneLicenceParams{string(now.Register), now.Number, marks(l)})
		if err != nil {
			return fmt.Errorf("store licence: %w", err)
		}
	}
	for _, l := range before.Licences {
		id := marks(l)
		if there[id] {
			continue
		}
		sealed, err := s.ring.SealJSON(l, licencePlace(now.Register, now.Number, id))
		if err != nil {
			return err
		}
		err = q.PutGoneLicence(ctx, putGoneLicenceParams{Register: string(now.Register), Number: now.Number, Licence: id, Data: sealed, GoneAt: db.Micros(now.Date())})
		if err != nil {
			return fmt.Errorf("store licence: %w", err)
		}
	}
	return nil
}
