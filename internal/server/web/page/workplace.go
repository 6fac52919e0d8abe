// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package page

import (
	"podpis/internal/server/web/kit"
	"podpis/internal/service/workplace"
)

// Finding says in words what the table knows of a browser or a system.
func Finding(p *kit.Page, f workplace.Finding) string {
	name := f.Name
	switch {
	case f.Version == "0": // a system that browsers give no version of
	case f.Name == "Windows":
		name = "Windows 10, 11" // browsers call them alike
	default:
		name += " " + f.Version
	}
	switch f.State {
	case workplace.Works:
		return p.T("check.known", "Name", name)
	case workplace.Update:
		return p.T("check.old", "Name", name, "Needed", f.Needed)
	case workplace.Ended:
		return p.T("check.ended", "Name", f.Name, "Date", p.Words.Date(f.Ended))
	case workplace.Withdrawn:
		return p.T("check.withdrawn", "Name", f.Name)
	}
	return p.T("check.unknown")
}

// Standing says in words what a row says at the time of the page.
func Standing(p *kit.Page, r workplace.Row) string {
	state := r.Standing(p.Now)
	if state == workplace.Withdrawn && (r.Kind == workplace.Browser || r.Kind == workplace.System) {
		return p.T("workplace.unsupported") // browsers have no certificates to lose
	}
	return p.T("guide.state." + string(state))
}

// Version is the version of a row in words.
func Version(p *kit.Page, r workplace.Row) string {
	if r.Version == "" || r.Version == "0" {
		return p.T("workplace.any")
	}
	return r.Version
}
