// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"podpis/internal/server/web/kit"
	"podpis/internal/service/identity"
	"podpis/internal/service/privacy"
	"podpis/internal/service/ra"
)

// Rows of the journal: a page, and all that a file holds.
const (
	journalPage = 25
	journalFile = 10000
)

// journalView is the journal with its filter.
type journalView struct {
	Base  string
	Lines []privacy.Line
	Area  string
	Query url.Values
	Older string // address of the next page, empty: no more
}

// journalAreas are what the journal can be narrowed to.
func journalAreas() []string { return []string{"", "auth", "factor", "ra", "ca", "others"} }

// journalFilter reads the filter of an address.
func (s *Site) journalFilter(r *http.Request, actor ra.Actor, limit int) (privacy.JournalFilter, error) {
	q := r.URL.Query()
	f := privacy.JournalFilter{Limit: limit}
	switch area := q.Get("area"); area {
	case "auth", "factor", "ra", "ca":
		f.Area = area + "."
	case "others":
		f.Others = true
	}
	if at, err := strconv.ParseInt(q.Get("before"), 10, 64); err == nil {
		f.Before = time.UnixMicro(at)
	}
	if d, ok := identity.ParseDate(q.Get("from_d"), q.Get("from_m"), q.Get("from_y")); ok {
		f.From = time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
	}
	apps, err := s.Desk.List(r.Context(), actor)
	if err != nil {
		return f, err
	}
	for _, a := range apps {
		f.Objects = append(f.Objects, "application/"+a.ID)
		if a.Serial != "" {
			f.Objects = append(f.Objects, "certificate/"+a.Serial)
		}
	}
	return f, nil
}

// Journal shows what was done in the cabinet and with what is in it, by whom.
func (s *Site) Journal(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	f, err := s.journalFilter(r, actor, journalPage)
	if err != nil {
		return err
	}
	lines, err := s.Privacy.Journal(r.Context(), actor.Account, f)
	if err != nil {
		return err
	}
	v := journalView{Base: securityBase(r), Lines: lines, Area: r.URL.Query().Get("area"), Query: r.URL.Query()}
	if len(lines) >= journalPage {
		next := r.URL.Query()
		next.Set("before", strconv.FormatInt(lines[len(lines)-1].At.UnixMicro(), 10))
		v.Older = v.Base + "/log?" + next.Encode()
	}
	p := s.New(r, "journal.title", "security")
	return s.Show(w, r, p, journal(v))
}

// JournalFile gives the journal as a table.
func (s *Site) JournalFile(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
	f, err := s.journalFilter(r, actor, journalFile)
	if err != nil {
		return err
	}
	lines, err := s.Privacy.Journal(r.Context(), actor.Account, f)
	if err != nil {
		return err
	}
	p := s.New(r, "journal.title", "")
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="podpis-journal.csv"`)
	if _, err := w.Write([]byte("\xEF\xBB\xBF")); err != nil { // spreadsheets take it for another encoding otherwise
		return err
	}
	out := csv.NewWriter(w)
	rows := [][]string{{p.T("journal.time"), p.T("journal.who"), p.T("journal.what"), p.T("journal.object"), p.T("journal.network"), p.T("journal.result")}}
	for _, l := range lines {
		rows = append(rows, []string{l.At.UTC().Format(time.RFC3339), whoText(p, l), actionText(p, l), l.Object, l.Origin, l.Outcome})
	}
	for _, row := range rows {
		for i := range row {
			row[i] = kit.PlainCell(row[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// whoText is who did it, as the person may know them.
func whoText(p *kit.Page, l privacy.Line) string {
	switch {
	case l.Own:
		return p.T("journal.you")
	case l.Who != "":
		return p.T("journal.staff", "Name", l.Who)
	case l.Actor == "unknown":
		return p.T("journal.unknown")
	}
	return p.T("journal.system")
}

// actionText is what was done in words; what has none is named by its area.
func actionText(p *kit.Page, l privacy.Line) string {
	key := "journal.action." + l.Action
	if l.Outcome != "ok" && p.Words.Has(key+".refused") {
		key += ".refused"
	}
	if p.Words.Has(key) {
		return p.T(key)
	}
	area, what, _ := strings.Cut(l.Action, ".")
	if area == "ra" && p.Words.Has("course."+what) { // the words of «Ход дела»
		return p.T("course." + what)
	}
	if p.Words.Has("journal.area." + area) {
		return p.T("journal.area."+area) + ": " + l.Action
	}
	return l.Action
}

func areaKey(area string) string {
	if area == "" {
		return "all"
	}
	return area
}
