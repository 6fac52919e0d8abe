// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package hours knows the working hours of a desk: the same ones from Monday to Friday. It leaves out
// holidays, which an installation that counts them sets as other hours for the day.
package hours

import (
	"fmt"
	"time"
)

// Hours are working hours in a zone.
type Hours struct {
	from, until int // minutes of the day
	zone        *time.Location
}

// Parse reads hours as a policy writes them, "09:00-18:00", of a zone by name.
func Parse(text, zone string) (Hours, error) {
	var h1, m1, h2, m2 int
	if n, err := fmt.Sscanf(text, "%d:%d-%d:%d", &h1, &m1, &h2, &m2); n != 4 || err != nil || h1*60+m1 >= h2*60+m2 || h1 < 0 || h2*60+m2 > 24*60 || m1 < 0 || m1 > 59 || m2 < 0 || m2 > 59 {
		return Hours{}, fmt.Errorf("hours %q are not like 09:00-18:00", text)
	}
	location, err := time.LoadLocation(zone)
	if err != nil {
		return Hours{}, fmt.Errorf("zone of hours: %w", err)
	}
	return Hours{h1*60 + m1, h2*60 + m2, location}, nil
}

// Valid refuses a policy that is no hours; empty is always.
func Valid(text string) error {
	if text == "" {
		return nil
	}
	_, err := Parse(text, "UTC")
	return err
}

// ValidZone refuses a policy that names no zone.
func ValidZone(name string) error {
	_, err := time.LoadLocation(name)
	return err
}

// of are the hours of a day; ok is false on days without any.
func (h Hours) of(day time.Time) (opens, closes time.Time, ok bool) {
	at := func(minutes int) time.Time {
		return time.Date(day.Year(), day.Month(), day.Day(), minutes/60, minutes%60, 0, 0, h.zone)
	}
	w := day.Weekday()
	return at(h.from), at(h.until), w != time.Saturday && w != time.Sunday
}

// Open reports working hours at a time.
func (h Hours) Open(now time.Time) bool {
	opens, closes, ok := h.of(now.In(h.zone))
	return ok && !now.Before(opens) && now.Before(closes)
}

// Term adds a length of working hours.
func (h Hours) Term(from time.Time, length time.Duration) (time.Time, error) {
	day := from.In(h.zone)
	for range 3660 { // ten years of days: no policy is longer
		opens, closes, ok := h.of(day)
		if from.After(opens) {
			opens = from
		}
		if ok && closes.After(opens) {
			left := closes.Sub(opens)
			if length <= left {
				return opens.Add(length).UTC(), nil
			}
			length -= left
		}
		day = time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, h.zone)
	}
	return time.Time{}, fmt.Errorf("a term of %v of working hours never ends", length)
}
