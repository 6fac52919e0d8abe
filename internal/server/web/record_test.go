// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"testing"

	"podpis/internal/platform/db"
	"podpis/internal/service/servicetest"
)

// unrecorded are the tables that may change without a line in the record, and why.
func unrecorded() map[string]string {
	return map[string]string{
		"session": "when it was last used", "draft": "what was typed and not sent", "ceremony": "a question to a key", "sign_challenge": "likewise",
		"challenge": "a code that was asked for", "notice": "its message", "job": "its delivery", "help_rating": "nobody's", "failure": "a count",
	}
}

// notYet are the acts that change a table before they are acts: what is filled in and not sent,
// what is shown and not confirmed. Each ends with one that is recorded.
func notYet() map[string][]string {
	return map[string][]string{
		"application":  {"/purposes", "/holder", "/data", "/sign"},
		"factor":       {"/second/app"},
		"recovery_set": {"/second/codes"},
	}
}

// tables are the contents of all tables.
func (s *site) tables() map[string]string {
	s.t.Helper()
	contents := map[string]string{}
	must(s.t, s.DB.Read(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		all := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
		if s.DB.Dialect() == db.PostgreSQL {
			all = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
		}
		rows, err := tx.QueryContext(ctx, all)
		if err != nil {
			return err
		}
		var names []string
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			names = append(names, name)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		for _, name := range names {
			if contents[name], err = table(ctx, tx, name); err != nil {
				return err
			}
		}
		return nil
	}))
	if len(contents) < 30 {
		s.t.Fatalf("%d tables", len(contents))
	}
	return contents
}

func table(ctx context.Context, tx *db.Tx, name string) (string, error) {
	rows, err := tx.QueryContext(ctx, "SELECT * FROM "+name)
	if err != nil {
		return "", err
	}
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	var lines []string
	for rows.Next() {
		cells, places := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			places[i] = &cells[i]
		}
		if err := rows.Scan(places...); err != nil {
			return "", err
		}
		lines = append(lines, fmt.Sprint(cells...))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n"), rows.Err()
}

// without hides the table of the record while something is done.
func (s *site) withoutRecord(do func()) {
	s.t.Helper()
	rename := func(from, to string) {
		s.Write(func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, "ALTER TABLE "+from+" RENAME TO "+to)
			return err
		})
	}
	rename("audit_entry", "audit_hidden")
	do()
	rename("audit_hidden", "audit_entry")
}

// TestNothingHappensWithoutTheRecord: while the record cannot be written, no form of any page of
// anybody changes anything; nor do the ways in, a new password, a recovery, a decision or a
// certificate, of which it is known that they change something when it can.
func TestNothingHappensWithoutTheRecord(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Set("auth.network.tries", "1000000")
	crowd := s.everyone()
	refused, tried := 0, 0
	hold := func(what string, do func() *visitor) {
		t.Helper()
		before := s.tables()
		var v *visitor
		s.withoutRecord(func() { v = do() })
		tried++
		if v.code == http.StatusInternalServerError || v.code == http.StatusServiceUnavailable {
			refused++
		}
		for name, content := range s.tables() {
			early := slices.ContainsFunc(notYet()[name], func(end string) bool { return strings.HasSuffix(what, end) })
			if content != before[name] && unrecorded()[name] == "" && !early {
				t.Errorf("%s changes %s without a record (answers %d)", what, name, v.code)
			}
		}
	}
	for _, c := range crowd {
		for _, act := range c.acts {
			c.open(c.forms[act])
			if !slices.ContainsFunc(formPattern.FindAllStringSubmatch(c.body, -1), func(m []string) bool { return html.UnescapeString(m[1]) == act }) {
				continue
			}
			hold(c.who+": "+act, func() *visitor {
				if strings.Contains(c.body, "multipart/form-data") {
					return c.sendFiles(act, nil, "words", "Слова", "move", "reply")
				}
				return c.send(act, "reason", "unneeded", "words", "Слова")
			})
		}
	}
	s.SignUp("+79990000088", "known@example.org", servicetest.Boris())
	known := []struct {
		what string
		do   func() (act func() *visitor)
	}{
		{"sign-in", func() func() *visitor {
			v := s.visitor().open("/login")
			return func() *visitor { return v.send("/login", "login", "known@example.org", "password", pass) }
		}},
		{"sign-in by a code", func() func() *visitor {
			v := s.visitor().open("/login/phone").send("/login/phone", "phone", "+79990000088")
			code := s.Code("+79990000088")
			return func() *visitor { return v.send("/login/code", "code", code) }
		}},
		{"a new password by recovery", func() func() *visitor {
			v := s.visitor().open("/recover/password").send("/recover/password", "contact", "+79990000088").send("/recover/case/code", "code", s.Code("+79990000088"))
			return func() *visitor { return v.send("/recover/case/password", "password", "Летний дождь 7!") }
		}},
	}
	for _, k := range known {
		act := k.do()
		before := tried - refused
		hold(k.what, act)
		if tried-refused != before {
			t.Errorf("%s is not refused", k.what)
		}
	}
	t.Logf("%d forms sent without a record, %d of them would have changed something", tried, refused)
	if refused < 40 {
		t.Errorf("only %d of %d came as far as the record", refused, tried)
	}
}
