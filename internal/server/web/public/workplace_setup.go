// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/service/download"
	"podpis/internal/service/workplace"
)

// setupView is the service a person wants to work with, and what it asks of the workplace.
type setupView struct {
	All    []workplace.Setup // that are offered
	Chosen workplace.Setup   // Code is empty when none is in force
	Gone   bool              // another was asked for, which is not offered
	Lines  []setupLine
}

// setupLine is what is asked of one kind. Browser and system are seen, of the rest the person
// says what they have: a page sees no programs and no store of certificates.
type setupLine struct {
	checkRow
	Said    string
	Answers []kit.Choice
	Links   []setupLink
}

type setupLink struct {
	Text, URL string
	Away      bool // to the site of the service
}

// What a person says of something that is not a row of the table.
const (
	saidYes = "yes"
	saidNo  = "no"
)

// said is the parameter of the check that says what a person has of a kind.
func said(id string) string { return "have_" + workplace.Field(workplace.Kind(id)) }

// setupOf reads which service is chosen, by its word in the address, and what it asks for.
func (s *Site) setupOf(p *kit.Page, r *http.Request, seen workplace.Verdict) (v setupView, err error) {
	all, err := s.Workplaces.Setups(r.Context())
	if err != nil {
		return v, err
	}
	table, err := s.Workplaces.Table(r.Context())
	if err != nil {
		return v, err
	}
	packages, err := s.Downloads.List(r.Context())
	if err != nil {
		return v, err
	}
	v.All = slices.DeleteFunc(all, func(s workplace.Setup) bool { return !s.InForce(p.Now) })
	slices.SortStableFunc(v.All, func(a, b workplace.Setup) int { return cmp.Compare(first(a), first(b)) })
	code := r.FormValue("for")
	if code == "" {
		code = workplace.Here
	}
	i := slices.IndexFunc(v.All, func(s workplace.Setup) bool { return s.Code == code })
	v.Gone = i < 0 && code != workplace.Here
	if i < 0 {
		i = slices.IndexFunc(v.All, func(s workplace.Setup) bool { return s.Code == workplace.Here })
	}
	if i < 0 {
		return v, nil
	}
	v.Chosen = v.All[i]
	for _, kind := range workplace.Asked() {
		line, asked := v.Chosen.Line(kind)
		if !asked {
			continue
		}
		l := setupLine{Said: r.FormValue(said(string(kind)))}
		switch kind {
		case workplace.Browser:
			l.checkRow = seenRow(p, line, seen.Browser)
		case workplace.System:
			l.checkRow = seenRow(p, line, seen.System)
		case workplace.Root:
			l.rootLine(p, line)
		default:
			l.programLine(p, line, table)
		}
		if len(l.Answers) > 0 {
			l.Word = "setup.state." + l.State
		}
		l.Facts = "for " + v.Chosen.Code + " " + l.Facts
		if l.State == rowFix || l.State == rowUnknown {
			l.Links = linksOf(p, v.Chosen, line, packages)
		}
		v.Lines = append(v.Lines, l)
	}
	return v, nil
}

// first sorts this cabinet before the services of others.
func first(s workplace.Setup) int {
	if s.Code == workplace.Here {
		return 0
	}
	return 1
}

// seenRow is the line of what the browser tells of itself.
func seenRow(p *kit.Page, line workplace.Line, f workplace.Finding) checkRow {
	row := findingRow(p, string(line.Kind), f)
	switch {
	case line.Any || line.Fits(f.Name, f.Version):
	case f.State == workplace.Unknown:
		row.Text = p.T("setup.unseen", "List", wanted(line))
	default:
		row.State, row.Word, row.Text = rowFix, "setup.state.other", p.T("setup.other", "Name", f.Name, "List", wanted(line))
	}
	return row
}

// wanted is what will do, in words: a version with a plus and all that follow it.
func wanted(line workplace.Line) string {
	names := make([]string, 0, len(line.Wanted))
	for _, w := range line.Wanted {
		if w.Version != "" {
			w.Version += "+"
		}
		names = append(names, strings.TrimSpace(w.Name+" "+w.Version))
	}
	return strings.Join(names, ", ")
}

// programLine judges what a person says of a provider, a plug-in or a token.
func (l *setupLine) programLine(p *kit.Page, line workplace.Line, table workplace.Table) {
	kind := string(line.Kind)
	guide := map[workplace.Kind]string{workplace.Token: "token"}[line.Kind]
	if guide == "" {
		guide = "install"
	}
	l.checkRow = checkRow{ID: kind, State: rowUnknown, Guide: guide, Text: p.T("setup.need", "List", wanted(line)), Facts: "not named"}
	l.Answers = []kit.Choice{{Title: p.T("setup.unknown")}, {Value: saidNo, Title: p.T("setup.no")}}
	if line.Kind == workplace.Token && l.Said != saidNo { // a key may be elsewhere
		l.State, l.Note = rowNone, p.T("setup.token")
	}
	for _, row := range line.Named(table, p.Now) {
		l.Answers = append(l.Answers, kit.Choice{Value: row.ID, Title: toolName(row)})
		if row.ID != l.Said {
			continue
		}
		state := row.Standing(p.Now)
		l.Facts = "row " + row.ID + " " + string(state)
		switch {
		case !line.Fits(row.Name, row.Version):
			l.State, l.Note = rowFix, p.T("setup.have.old", "Name", toolName(row))
		case state == workplace.Works || state == workplace.Planned: // planned is about this cabinet
			l.State, l.Note = rowOK, p.T("setup.have", "Name", toolName(row))
		default:
			l.State, l.Note = rowFix, p.T("setup.have.bad", "Name", toolName(row), "State", page.Standing(p, row))
		}
	}
	if l.Said == saidNo {
		l.State, l.Note, l.Facts = rowFix, p.T("setup.missing"), "no"
		if line.Kind == workplace.Token {
			l.State, l.Note = rowNone, p.T("setup.token.no")
		}
	}
}

// rootLine judges what a person says of a root certificate.
func (l *setupLine) rootLine(p *kit.Page, line workplace.Line) {
	l.checkRow = checkRow{ID: string(workplace.Root), State: rowUnknown, Guide: "root", Text: p.T("setup.need", "List", wanted(line)), Facts: "not named"}
	if line.Any {
		l.Text = p.T("setup.root.own")
	}
	l.Answers = []kit.Choice{{Title: p.T("setup.unknown")}, {Value: saidNo, Title: p.T("setup.no")}, {Value: saidYes, Title: p.T("setup.root.yes")}}
	switch l.Said {
	case saidYes:
		l.State, l.Note, l.Facts = rowOK, p.T("setup.root.have"), "yes"
	case saidNo:
		l.State, l.Note, l.Facts = rowFix, p.T("setup.missing"), "no"
	}
}

// linksOf are where what is missing comes from: what this authority hands out or points to,
// and the page of the service.
func linksOf(p *kit.Page, setup workplace.Setup, line workplace.Line, packages []download.Package) (list []setupLink) {
	for _, d := range packages {
		fits := slices.ContainsFunc(line.Wanted, func(w workplace.Agent) bool {
			return strings.HasPrefix(strings.ToLower(d.Title), strings.ToLower(w.Name)) && line.Fits(w.Name, d.Version)
		})
		switch line.Kind {
		case workplace.Root:
			fits = line.Any && isRoot(d)
		case workplace.Browser, workplace.System:
			fits = false
		}
		if fits {
			list = append(list, setupLink{Text: p.T("setup.download", "Name", strings.TrimSpace(d.Title+" "+d.Version)), URL: "/downloads#" + d.Name})
		}
	}
	if setup.Site != "" && line.Kind != workplace.Browser && line.Kind != workplace.System {
		list = append(list, setupLink{Text: p.T("setup.site"), URL: setup.Site, Away: true})
	}
	return list
}

// asks tells whether a setup asks for a kind.
func (v setupView) asks(kind workplace.Kind) bool {
	_, ok := v.Chosen.Line(kind)
	return ok
}

// nothing tells whether the setup asks for no more than a browser and its system.
func (v setupView) nothing() bool {
	return !v.asks(workplace.Provider) && !v.asks(workplace.Plugin) && !v.asks(workplace.Token) && !v.asks(workplace.Root)
}

// name is that of a setup in the language of the page.
func (v setupView) name(p *kit.Page, s workplace.Setup) string { return s.Names[p.Words.Language()] }

// sum counts the lines in words.
func (v setupView) sum(p *kit.Page) string {
	n := map[string]int{}
	for _, l := range v.Lines {
		n[l.State]++
	}
	if n[rowFix]+n[rowUnknown] == 0 {
		return p.T("setup.all")
	}
	return p.T("setup.sum", "OK", n[rowOK], "Fix", n[rowFix], "Unknown", n[rowUnknown])
}

// answers tells whether the person has something to say.
func (v setupView) answers() bool {
	return slices.ContainsFunc(v.Lines, func(l setupLine) bool { return len(l.Answers) > 0 })
}

// instead tells whether a line of the setup speaks for a row of the check.
func (v setupView) instead(row checkRow) bool {
	if row.ID == "tool" || row.ID == "program" || row.ID == "token" {
		return !v.nothing()
	}
	return slices.ContainsFunc(v.Lines, func(l setupLine) bool { return l.ID == row.ID })
}
