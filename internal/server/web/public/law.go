// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"
	"strings"

	"podpis/internal/server/web/kit"
)

// act is a law that pages cite: its title is law.<id>.title, what a clause says law.<id>.<clause>, in
// words of ours. No text of a law is kept: an edition that nobody has checked is worse than none.
type act struct {
	ID, Number, Date string
	InForce          string // empty: not known for certain
	Source           string // where its edition in force is published
	Clauses          []clause
}

// clause is what a page does by an act; of "all" it is the whole of it.
type clause struct{ Number, URL string }

func acts() []act {
	return []act{
		{"63-fz", "63-ФЗ", "06.04.2011", "08.04.2011", "https://publication.pravo.gov.ru", []clause{{"5", "/help/kep"}, {"6", "/help/kep"}, {"11", "/verify"}, {"14", "/ca"}, {"17", "/ca"}, {"17.2", "/help/staff"}, {"18", "/signup"}}},
		{"476-fz", "476-ФЗ", "27.12.2019", "", "https://publication.pravo.gov.ru", []clause{{"1", "/ca/accredited"}}},
		{"152-fz", "152-ФЗ", "27.07.2006", "26.01.2007", "https://publication.pravo.gov.ru", []clause{{"9", "/legal/privacy"}, {"14", "/legal/privacy"}, {"20", "/legal/privacy"}, {"21", "/legal/privacy"}}},
		{"129-fz", "129-ФЗ", "08.08.2001", "01.07.2002", "https://publication.pravo.gov.ru", []clause{{"5", "/help/registry"}, {"6", "/help/registry"}}},
		{"fsb-795", "795", "27.12.2011", "", "https://publication.pravo.gov.ru", []clause{{"all", "/ca"}}},
		{"fsb-796", "796", "27.12.2011", "", "https://publication.pravo.gov.ru", []clause{{"all", "/ca/accredited"}}},
		{"kz-370", "370-II", "07.01.2003", "", "https://adilet.zan.kz/rus/docs/Z030000370_", []clause{{"all", "/verify"}}},
	}
}

// textKey is that of what a clause says.
func (a act) textKey(part string) string { return "law." + a.ID + "." + part }

// lawOf is the act by which an error of the catalogue is one; empty: by none.
func lawOf(code string) string {
	area, _, _ := strings.Cut(code, "-")
	return map[string]string{"CRT": "63-fz", "SIG": "63-fz", "REG": "129-fz"}[area]
}

// Law shows the acts, or those in which words are found.
func (s *Site) Law(w http.ResponseWriter, r *http.Request) error {
	p := s.New(r, "law.title", "")
	query := strings.TrimSpace(r.FormValue("q"))
	if len(query) > maxQuery {
		query = ""
	}
	return s.Show(w, r, p, law(query, foundActs(p, query)))
}

// foundActs are the acts with the clauses in which all words of a query stand; the title of an act
// counts for each.
func foundActs(p *kit.Page, query string) (list []act) {
	words := strings.Fields(strings.ToLower(query))
	for _, a := range acts() {
		about := a.Number + " " + a.Date + " " + p.T(a.textKey("title"))
		var found []clause
		for _, c := range a.Clauses {
			text := strings.ToLower(about + " " + c.Number + " " + p.T(a.textKey(c.Number)))
			all := true
			for _, w := range words {
				all = all && strings.Contains(text, w)
			}
			if all {
				found = append(found, c)
			}
		}
		if a.Clauses = found; len(found) > 0 {
			list = append(list, a)
		}
	}
	return list
}
