// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"strings"
	"time"

	"podpis/internal/server/web/kit"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
	"podpis/internal/service/oversight"
	"podpis/internal/service/ra"
)

// rows is how many rows a page of a list has (ux 4).
const rows = 25

func overseer(actor ra.Actor) oversight.Actor {
	return oversight.Actor{Account: actor.Account, Client: actor.Client}
}

// showSheet draws a page, with a refusal when there is one.
func (s *Site) showSheet(w http.ResponseWriter, r *http.Request, p *kit.Page, v sheet, refused error) error {
	status := http.StatusOK
	if refused != nil {
		var err error
		if status, err = s.Refused(r, p, refused); err != nil {
			return err
		}
	}
	return s.Render(w, r, p, status, sheetPage(v))
}

// dayOf is a part of a date "D.M.YYYY" as it was typed.
func dayOf(value string, part int) string {
	parts := strings.Split(value, ".")
	if part >= len(parts) {
		return ""
	}
	return parts[part]
}

// typedDate is a date of a form or an address as it was typed, for showing it again.
func typedDate(get func(string) string, name string) string {
	if get(name+"_d")+get(name+"_m")+get(name+"_y") == "" {
		return ""
	}
	return get(name+"_d") + "." + get(name+"_m") + "." + get(name+"_y")
}

// dateAt is the beginning of a typed day in the zone of the installation; ok is false
// when something was typed that is no date.
func dateAt(p *kit.Page, get func(string) string, name string) (at time.Time, ok bool) {
	if typedDate(get, name) == "" {
		return time.Time{}, true
	}
	d, ok := identity.ParseDate(get(name+"_d"), get(name+"_m"), get(name+"_y"))
	if !ok {
		return time.Time{}, false
	}
	return time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, p.Words.Location()), true
}

func roleChoices(p *kit.Page) (list []kit.Choice) {
	for _, r := range auth.StaffRoles() {
		list = append(list, kit.Choice{Value: string(r), Title: p.T("staff.role." + string(r))})
	}
	return list
}

func timeText(p *kit.Page, at time.Time) string {
	if at.IsZero() {
		return "—"
	}
	return p.Words.DateTime(at)
}
