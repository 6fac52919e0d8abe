// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package ical writes calendars as programs subscribe to them (RFC 5545): events of whole
// days or of hours, each with an alarm before it.
//
// Left out: reading calendars, recurrence, attendees, time zones other than UTC: an hour is
// written as the moment it is, and each calendar shows it in the zone of its owner.
package ical

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Event is one event. Start alone, without End, is a whole day.
type Event struct {
	UID         string // stable
	Start, End  time.Time
	Summary     string
	Description string // may be empty, and so the rest
	Location    string
	URL         string
}

// Calendar writes an object with events (RFC 5545, 3.4); now is when it is written.
func Calendar(name string, now time.Time, events []Event) string {
	var b strings.Builder
	line := func(name, value string) { fold(&b, name+":"+value) }
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//Podpis//Calendar//RU")
	line("METHOD", "PUBLISH")
	if name != "" {
		line("X-WR-CALNAME", escape(name))
	}
	for _, e := range events {
		line("BEGIN", "VEVENT")
		line("UID", e.UID)
		line("DTSTAMP", moment(now))
		if e.End.IsZero() {
			fold(&b, "DTSTART;VALUE=DATE:"+e.Start.UTC().Format("20060102"))
			line("TRANSP", "TRANSPARENT")
		} else {
			line("DTSTART", moment(e.Start))
			line("DTEND", moment(e.End))
		}
		line("SUMMARY", escape(e.Summary))
		for _, more := range [][2]string{{"DESCRIPTION", escape(e.Description)}, {"LOCATION", escape(e.Location)}, {"URL", strings.Join(strings.Fields(e.URL), "")}} {
			if more[1] != "" {
				line(more[0], more[1])
			}
		}
		line("BEGIN", "VALARM") // RFC 5545, 3.6.6: a day before
		line("ACTION", "DISPLAY")
		line("DESCRIPTION", escape(e.Summary))
		line("TRIGGER", "-P1D")
		line("END", "VALARM")
		line("END", "VEVENT")
	}
	line("END", "VCALENDAR")
	return b.String()
}

func moment(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// escape writes a text value (RFC 5545, 3.3.11).
func escape(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' {
			return ' '
		}
		return r
	}, text)
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(text)
}

// maxLine is how many octets a line has before it is folded (RFC 5545, 3.1).
const maxLine = 75

func fold(b *strings.Builder, text string) {
	room := maxLine
	for len(text) > room {
		cut := room
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		if cut == 0 { // not UTF-8
			cut = room
		}
		b.WriteString(text[:cut] + "\r\n ")
		text, room = text[cut:], maxLine-1
	}
	b.WriteString(text + "\r\n")
}
