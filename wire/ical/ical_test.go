// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ical_test

import (
	"strings"
	"testing"
	"time"

	"podpis/wire/ical"
)

// Whole days and hours, long lines folded between letters, and no text that begins a line of
// its own.
func TestCalendar(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 12, 14, 12, 0, 0, 0, time.FixedZone("MSK", 3*3600))
	text := ical.Calendar("Сроки", at, []ical.Event{
		{UID: "a@podpis", Start: at, Summary: "Сертификат; С-77, закончится"},
		{UID: "b@podpis", Start: at, End: at.Add(time.Hour), Summary: strings.Repeat("Вебинар ", 20), Location: "Казань\r\nBEGIN:VEVENT", URL: "https://example.org/\r\nX:y"},
	})
	for _, want := range []string{"DTSTART;VALUE=DATE:20261214\r\n", "DTSTART:20261214T090000Z\r\n", "DTEND:20261214T100000Z\r\n", `Сертификат\; С-77\, закончится`, "URL:https://example.org/X:y\r\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if n := strings.Count(text, "\r\nBEGIN:VEVENT\r\n"); n != 2 {
		t.Errorf("%d events", n)
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		if len(line) > 75 || strings.ToValidUTF8(line, "") != line {
			t.Errorf("%q", line)
		}
	}
	if broken := ical.Calendar(strings.Repeat("\xbf", 200), at, nil); !strings.HasSuffix(broken, "END:VCALENDAR\r\n") {
		t.Errorf("%q", broken)
	}
}
