// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"podpis/internal/server/web/kit"
)

// act is a law that pages cite: its title is law.<id>.title, what a clause says law.<id>.<clause>, in
// words of ours. No text of a law is kept: an edition that nobody has checked is worse than none.
type act struct {
	ID, Number string
	Date       time.Time // of the act
	From       time.Time // in force from; zero: not known for certain
	Source     string    // where its edition in force is published
	Clauses    []clause
}

// clause is what a page does by an act; of "all" it is the whole of it.
type clause struct{ Number, URL string }

//go:embed law.csv
var lawTable string

// lawColumns are those of law.csv: a row without a clause is an act, those after it are its clauses. from and
// to are the first and the last day in force; a clause without them is in force with its act.
const lawColumns = "act,number,date,from,to,source,clause,url"

// actsAt are the acts and clauses of the table that are in force on a day, or may be.
func actsAt(table string, now time.Time) (list []act, err error) {
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil || len(rows) == 0 || strings.Join(rows[0], ",") != lawColumns {
		return nil, fmt.Errorf("table of law: %w", errors.Join(err, errors.New("columns are not "+lawColumns)))
	}
	year, month, of := now.Date() // where now is said
	day := time.Date(year, month, of, 0, 0, 0, 0, time.UTC)
	ended := "" // an act that is in force no more, with its clauses
	for n, row := range rows[1:] {
		var at [3]time.Time // date, from, to
		for i, text := range row[2:5] {
			if text == "" {
				continue
			}
			if at[i], err = time.Parse(time.DateOnly, text); err != nil {
				return nil, fmt.Errorf("table of law, row %d: %w", n+2, err)
			}
		}
		date, from, to := at[0], at[1], at[2]
		inForce := !from.After(day) && (to.IsZero() || !day.After(to))
		last := len(list) - 1
		switch id, number := row[0], row[6]; {
		case number == "" && !inForce:
			ended = id
		case number == "":
			list = append(list, act{ID: id, Number: row[1], Date: date, From: from, Source: row[5]})
		case id == ended || !inForce:
		case last < 0 || list[last].ID != id:
			return nil, fmt.Errorf("table of law, row %d: a clause of another act", n+2)
		default:
			list[last].Clauses = append(list[last].Clauses, clause{number, row[7]})
		}
	}
	return list, nil
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
	acts, err := actsAt(lawTable, p.Now.In(p.Words.Location()))
	if err != nil {
		return err
	}
	return s.Show(w, r, p, law(query, foundActs(p, acts, query)))
}

// foundActs are the acts with the clauses in which all words of a query stand; the title of an act
// counts for each.
func foundActs(p *kit.Page, acts []act, query string) (list []act) {
	words := strings.Fields(strings.ToLower(query))
	for _, a := range acts {
		about := a.Number + " " + p.Words.Date(a.Date) + " " + p.T(a.textKey("title"))
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
