// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package page

import (
	"net/http"

	"podpis/internal/platform/problem"
	"podpis/internal/server/web/kit"
	"podpis/internal/service/news"
	"podpis/wire/ical"
)

// Zones are the time zones of Russia and Kazakhstan, from the west.
func Zones() []string {
	return []string{
		"Europe/Kaliningrad", "Europe/Moscow", "Europe/Samara", "Asia/Yekaterinburg", "Asia/Almaty", "Asia/Omsk", "Asia/Novosibirsk",
		"Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan", "Asia/Kamchatka",
	}
}

// NewsKind is the kind that an address asks for; another is all.
func NewsKind(r *http.Request) news.Kind {
	for _, k := range news.Kinds() {
		if string(k) == r.URL.Query().Get("kind") {
			return k
		}
	}
	return ""
}

// WriteEvent gives a webinar as a file of a calendar.
func WriteEvent(w http.ResponseWriter, p *kit.Page, i news.Item, address string) error {
	if i.Kind != news.Webinar {
		return problem.New(problem.NotFound, "news.missing")
	}
	text := i.In(p.Words.Language())
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="webinar.ics"`)
	_, err := w.Write([]byte(ical.Calendar("", p.Now, []ical.Event{{
		UID: "webinar-" + i.ID + "@podpis", Start: i.Starts, End: i.Ends, Summary: text.Title, Description: news.Plain(text.Body, 1000), Location: i.Place,
		URL: address,
	}})))
	return err
}
