// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"
	"strings"
	"time"

	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/workplace"
)

// toolsView is what a person may have for signing: a page cannot see programs, so the person
// names theirs and the table answers.
type toolsView struct {
	All    workplace.Table
	Chosen string
	Now    time.Time
}

// toolsOf reads the tools in force, and which of them the person has named.
func (s *Site) toolsOf(r *http.Request) (v toolsView, err error) {
	table, err := s.Workplaces.Table(r.Context())
	v = toolsView{Chosen: r.FormValue("tool"), Now: s.Now()}
	for _, kind := range []workplace.Kind{workplace.Provider, workplace.Tool, workplace.Token} {
		v.All = append(v.All, table.Of(kind, v.Now)...)
	}
	return v, err
}

// row is the line of the check about the named tool.
func (v toolsView) row(p *kit.Page) checkRow {
	row := checkRow{ID: "tool", State: rowNone, Guide: "workplace", Text: p.T("check.tool.none"), Facts: "not named"}
	for _, r := range v.All {
		if r.ID != v.Chosen {
			continue
		}
		state := r.Standing(v.Now)
		row.Facts = "row " + r.ID + " " + string(state)
		row.Text, row.Note = toolName(r)+". "+page.Standing(p, r)+".", certificateText(p, r, v.Now)
		switch state {
		case workplace.Works:
			row.State = rowOK
		case workplace.Planned:
			row.State = rowUnknown
		default:
			row.State = rowFix
		}
	}
	return row
}

func toolName(r workplace.Row) string { return strings.TrimSpace(r.Name + " " + r.Version) }

// certificateText is the certificate of a tool with its last day, in words.
func certificateText(p *kit.Page, r workplace.Row, now time.Time) string {
	switch {
	case r.Certificate == "":
		return p.T("workplace.certificate.none")
	case r.CertifiedTo.IsZero():
		return p.T("workplace.certificate.number", "Number", r.Certificate)
	case r.Standing(now) == workplace.Lapsed:
		return p.T("workplace.certificate.lapsed", "Number", r.Certificate, "Date", p.Words.Date(r.CertifiedTo))
	}
	return p.T("workplace.certificate.until", "Number", r.Certificate, "Date", p.Words.Date(r.CertifiedTo))
}

// CheckTable shows the dated tables that workplaces are judged by.
func (s *Site) CheckTable(w http.ResponseWriter, r *http.Request) error {
	table, err := s.Workplaces.Table(r.Context())
	if err != nil {
		return err
	}
	p := s.New(r, "workplace.table.title", "help")
	return s.Show(w, r, p, workplaceTables(table, s.Now()))
}
