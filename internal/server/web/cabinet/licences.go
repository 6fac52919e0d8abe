// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"net/http"
	"strconv"
	"strings"

	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/egrip"
	"podpis/internal/service/ra"
)

// licencesSeen is how many licences stand on a page: a chain of shops has hundreds.
const licencesSeen = 20

type licencesView struct {
	registryView
	List     []egrip.Licence
	From, Of int // first one shown, all of them
}

// Licences shows the licences of the role as its register knows them.
func (s *Site) Licences(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	if _, err := s.Registry.Standing(r.Context(), asker(actor), role(r)); err != nil {
		return err
	}
	v := licencesView{}
	var err error
	if v.registryView, err = s.registryOf(r); err != nil {
		return err
	}
	p := s.New(r, "licences.title", "licences")
	all, err := s.Registry.Licences(r.Context(), v.Register, v.Role.RegisterNumber, p.Words.In(p.Now))
	if err != nil {
		return err
	}
	v.Of = len(all)
	if from, err := strconv.Atoi(r.URL.Query().Get("from")); err == nil && from > 0 && from < v.Of {
		v.From = from
	}
	v.List = all[v.From:min(v.From+licencesSeen, v.Of)]
	return s.Show(w, r, p, licencesPage(v))
}

func licenceTone(s egrip.LicenceState) kit.Tone {
	switch s {
	case egrip.LicenceValid:
		return kit.OK
	case egrip.LicenceEnded:
		return kit.Wax
	}
	return kit.Warn
}

// licenceFacts are what a licence says; what the register leaves out is told apart.
func licenceFacts(p *kit.Page, l egrip.Licence) []kit.Fact {
	said := func(values ...string) string {
		if text := strings.Join(values, "; "); text != "" {
			return text
		}
		return p.T("licences.unsaid")
	}
	until := p.T("licences.forever")
	if days, dated := l.DaysLeft(p.Words.In(p.Now)); dated {
		until = dayOf(l.Until)
		if l.State != egrip.LicenceEnded {
			until += ", " + p.T("licences.left", "Count", days)
		}
	}
	rows := []kit.Fact{{Name: p.T("licences.number"), Value: l.Title(), Copy: true, Mono: true}}
	if l.Sort != "" {
		rows = append(rows, kit.Fact{Name: p.T("licences.sort"), Value: l.Sort})
	}
	rows = append(rows, []kit.Fact{
		{Name: p.T("licences.date"), Value: said(dayOf(l.Date))}, {Name: p.T("licences.from"), Value: said(dayOf(l.From))}, {Name: p.T("licences.until"), Value: until},
		{Name: p.T("licences.kinds"), Value: said(l.Kinds...)}, {Name: p.T("licences.places"), Value: said(l.Places...)}, {Name: p.T("licences.issuer"), Value: said(l.Issuer)},
	}...)
	if l.Suspended != "" { // the word is said of licences only (ODD-03)
		rows = append(rows, kit.Fact{Name: p.T("licences.suspended"), Value: dayOf(l.Suspended)}, kit.Fact{Name: p.T("licences.suspended_by"), Value: said(l.SuspendedBy)})
	}
	return rows
}

// licenceEnd says how it is known that a licence has ended.
func licenceEnd(p *kit.Page, l egrip.Licence) string {
	date := dayOf(l.Until)
	if l.End == egrip.EndGone {
		date = l.GoneAt.Format("02.01.2006") // a day of the register, in no zone
	}
	return p.T("licences.end."+string(l.End), "Date", date)
}

// sectionLink is one of the sections of a role on its first page.
type sectionLink struct{ Title, Hint, URL string }

// sections are applications, extracts and licences, as far as the role has them and its holder may see them.
func (s *Site) sections(p *kit.Page, r *http.Request) (list []sectionLink) {
	base := "/c/" + r.PathValue("pid")
	for _, x := range []struct{ section, path, title, hint string }{
		{"applications", "/applications", "menu.applications", "sections.applications"},
		{"registry", "/registry/extracts", "extracts.title", "sections.extracts"},
		{"licences", "/licences", "licences.title", "sections.licences"},
	} {
		if page.HasSection(role(r).Kind, x.section) && s.Allowed(r.Context(), role(r), x.section) == nil {
			list = append(list, sectionLink{p.T(x.title), p.T(x.hint), base + x.path})
		}
	}
	return list
}
