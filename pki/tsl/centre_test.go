// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package tsl_test

import (
	"bytes"
	encoding "encoding/base64"
	"errors"
	"iter"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"podpis/pki/alg"
	"podpis/pki/tsl"
	"podpis/pki/x509"
)

func base64(b []byte) string { return encoding.StdEncoding.EncodeToString(b) }

// Fields that cannot be read are left out and counted; the rest of the centre is
// there. A list of the ministry with one bad date is not thrown away.
func TestUnreadFields(t *testing.T) {
	t.Parallel()
	id := signer(t, alg.RSA)
	text := string(write(t, id, tsl.Head{Version: 1, Date: day}, centre(1, 1)))
	for _, change := range [][2]string{
		{"<ИдентификаторКлюча>0100", "<ИдентификаторКлюча>что-то"},
		{"<ДействуетС>2026-03-01T12:00:00", "<ДействуетС>в марте"},
		{"<Данные>MAEA", "<Данные>!"},
		{"<ПериодДействияДо>2038", "<ПериодДействияДо>9999"},
	} {
		if !strings.Contains(text, change[0]) {
			t.Fatalf("no %s in %s", change[0], text)
		}
		text = strings.Replace(text, change[0], change[1], 1)
	}
	list, got, err := read(resign(t, id, text), id.Cert)
	if err != nil {
		t.Fatal(err)
	}
	c := got[0]
	if list.Unread != 4 || c.Unread != 4 {
		t.Errorf("%d fields counted, want 4", list.Unread)
	}
	k := c.Systems[0].Keys[0]
	if k.ID != nil || k.Certificates[0].Raw != nil || !c.Status.From.IsZero() || c.Status.State != tsl.Ended || len(k.Lists) != 2 {
		t.Errorf("%+v", c)
	}
}

func TestTooMany(t *testing.T) {
	t.Parallel()
	id := signer(t, alg.RSA)
	many := centre(1, 0)
	for range 1025 {
		many.History = append(many.History, tsl.Status{Text: "Действует", From: day})
	}
	if _, _, err := read(write(t, id, tsl.Head{Version: 1, Date: day}, many), id.Cert); !errors.Is(err, tsl.ErrTooMany) {
		t.Errorf("statuses: %v", err)
	}
	long := &tsl.Centre{Number: "1", Name: strings.Repeat("ы", 5000)}
	_, got, err := read(write(t, id, tsl.Head{Version: 1, Date: day}, long), id.Cert)
	if err != nil || len(got[0].Name) != 4096 {
		t.Errorf("long name: %v", err)
	}
}

func TestPeriods(t *testing.T) {
	t.Parallel()
	at := func(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
	status := func(text string, year int) tsl.Status {
		return tsl.Status{State: tsl.StateOf(text), Text: text, From: at(year)}
	}
	undated := func(text string) tsl.Status { return tsl.Status{State: tsl.StateOf(text), Text: text} }
	for _, test := range []struct {
		name string
		c    tsl.Centre
		want []tsl.Period
	}{
		{"in force", tsl.Centre{Status: status("Действует", 2020)}, []tsl.Period{{From: at(2020)}}},
		{"ended", tsl.Centre{Status: status("Прекращена", 2023), History: []tsl.Status{status("Действует", 2020), status("Прекращена", 2023)}}, []tsl.Period{{at(2020), at(2023)}}},
		{"today's status not in the history", tsl.Centre{Status: status("Аннулирована", 2023), History: []tsl.Status{status("Действует", 2020)}}, []tsl.Period{{at(2020), at(2023)}}},
		{"twice", tsl.Centre{Status: status("Действует", 2024), History: []tsl.Status{status("Действует", 2015), status("Приостановлена", 2018), status("Прекращена", 2019)}}, []tsl.Period{{at(2015), at(2018)}, {From: at(2024)}}},
		{"prolonged", tsl.Centre{Status: status("Действует", 2023), History: []tsl.Status{status("Действует", 2020)}}, []tsl.Period{{From: at(2020)}}},
		{"a word nobody knows", tsl.Centre{Status: status("Рассматривается", 2023), History: []tsl.Status{status("Действует", 2020)}}, []tsl.Period{{at(2020), at(2023)}, {}}},
		{"since a day nobody knows", tsl.Centre{Status: undated("Действует")}, []tsl.Period{{}}},
		{"since a day nobody knows until another", tsl.Centre{Status: status("Прекращена", 2023), History: []tsl.Status{undated("Действует")}}, []tsl.Period{{Until: at(2023)}}},
		{"of two beginnings one is known", tsl.Centre{Status: status("Действует", 2020), History: []tsl.Status{undated("Действует")}}, []tsl.Period{{Until: at(2020)}, {From: at(2020)}}},
		{"ended on a day nobody knows", tsl.Centre{Status: undated("Прекращена"), History: []tsl.Status{status("Действует", 2020)}}, []tsl.Period{{}}},
		{"suspended on a day nobody knows", tsl.Centre{Status: status("Действует", 2022), History: []tsl.Status{undated("Приостановлена"), status("Действует", 2020)}}, []tsl.Period{{Until: at(2022)}, {From: at(2022)}}},
		{"never", tsl.Centre{Status: status("Прекращена", 2023)}, nil},
		{"nothing known", tsl.Centre{}, nil},
	} {
		if d := cmp.Diff(test.want, test.c.Periods()); d != "" {
			t.Errorf("%s: %s", test.name, d)
		}
	}
	for text, want := range map[string]tsl.State{
		"Действует": tsl.Active, "ДЕЙСТВУЮЩАЯ": tsl.Active, "Не действует": tsl.Ended, "Не аккредитован": tsl.Ended, "Неактивна": tsl.Ended, "Прекращена": tsl.Ended, "Досрочно прекращена": tsl.Withdrawn,
		"Аннулирована": tsl.Withdrawn, "Приостановлена": tsl.Suspended, "Приостановлено действие": tsl.Suspended, "": tsl.Unknown, "иное": tsl.Unknown,
	} {
		if got := tsl.StateOf(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	marks := func(list ...*tsl.Centre) (out []tsl.Mark) {
		for _, c := range list {
			out = append(out, c.Mark())
		}
		return out
	}
	older := []*tsl.Centre{centre(1, 1), centre(2, 1), centre(3, 1), centre(4, 1), centre(5, 1)}
	ended, rekeyed, edited := centre(2, 1), centre(3, 2), centre(4, 1)
	ended.Status = tsl.Status{State: tsl.Withdrawn, Text: "Аннулирована", From: day}
	edited.Mail = "new@example.org"
	got := tsl.Diff(marks(older...), marks(centre(1, 1), ended, rekeyed, edited, centre(6, 0)))
	name := func(n int) string { return centre(n, 0).Name }
	want := []tsl.Change{
		{Kind: tsl.Stated, ID: "2", Name: name(2), From: tsl.Ended, To: tsl.Withdrawn},
		{Kind: tsl.Rekeyed, ID: "3", Name: name(3)}, {Kind: tsl.Edited, ID: "4", Name: name(4)},
		{Kind: tsl.Removed, ID: "5", Name: name(5)}, {Kind: tsl.Added, ID: "6", Name: name(6)},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := tsl.Diff(marks(older...), marks(older...)); len(d) > 0 {
		t.Errorf("differs from itself: %v", d)
	}
	if id := (&tsl.Centre{OGRN: "1"}).ID(); id != "ogrn-1" {
		t.Errorf("id %q", id)
	}
}

func rows(table [][]string) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		for _, r := range table {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// What goes out as a table comes back: all that a table has.
func TestTable(t *testing.T) {
	t.Parallel()
	c := centre(1, 2)
	c.Phone, c.Note = "+7 843 000-00-00", "образец"
	got, unread, err := tsl.ReadTable(rows([][]string{tsl.Header(), c.Row(), make([]string, 16)}))
	if err != nil || unread != 0 || len(got) != 1 {
		t.Fatalf("%d rows, %d cells unread, %v", len(got), unread, err)
	}
	if d := cmp.Diff(c.Row(), got[0].Row()); d != "" {
		t.Error(d)
	}
	if got[0].Address.Region != c.Address.Region || len(got[0].Systems[0].Keys) != 2 || got[0].Status.State != tsl.Ended {
		t.Errorf("%+v", got[0])
	}
	if !slices.EqualFunc(got[0].Periods(), []tsl.Period{{time.Date(2023, 2, 28, 21, 0, 0, 0, time.UTC), time.Date(2026, 2, 28, 21, 0, 0, 0, time.UTC)}},
		func(a, b tsl.Period) bool { return a.From.Equal(b.From) && a.Until.Equal(b.Until) }) {
		t.Errorf("periods %v: a day begins in Moscow", got[0].Periods())
	}
}

// Tables of others name their columns otherwise and have titles above.
func TestForeignTable(t *testing.T) {
	t.Parallel()
	got, unread, err := tsl.ReadTable(rows([][]string{
		{"Перечень аккредитованных удостоверяющих центров"}, {},
		{"№ п/п", "Полное наименование УЦ", "Сокращённое наименование", "ОГРН", "Реестровый №", "Субъект РФ", "Адрес места нахождения", "E-mail", "Дата аккредитации", "Ключ УЦ", "Примечание"},
		{"1", " АО «Первый» ", "Первый", "1999900000120", "10", "Москва", "ул. Первая", "a@example.org", "01.02.2024", "AB:CD", ""},
		{"2", "АО «Второй»", "—", "1999900000121", "11", "Москва", "ул. Вторая", "b@example.org", "недавно", "ABCD", "Аккредитация досрочно прекращена"},
		{"", "Итого: 2"},
	}))
	if err != nil || len(got) != 2 || unread != 2 {
		t.Fatalf("%d rows, %d unread, %v", len(got), unread, err)
	}
	first, second := got[0], got[1]
	if first.Name != "АО «Первый»" || first.ShortName != "Первый" || first.Number != "10" || first.Address.Street != "ул. Первая" || first.Status.State != tsl.Active || len(first.Periods()) != 1 {
		t.Errorf("first %+v", first)
	}
	if second.Status.State != tsl.Withdrawn || second.ShortName != "" || len(second.Systems) != 1 {
		t.Errorf("second %+v", second)
	}
	for name, table := range map[string][][]string{
		"nothing": nil, "no header": {{"a", "b"}}, "no number": {{"Наименование", "Адрес"}}, "far below": append(make([][]string, 30), tsl.Header()),
	} {
		if _, _, err := tsl.ReadTable(rows(table)); !errors.Is(err, tsl.ErrTable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	broken := errors.New("broken")
	if _, _, err := tsl.ReadTable(func(yield func([]string, error) bool) { yield(nil, broken) }); !errors.Is(err, broken) {
		t.Errorf("broken row: %v", err)
	}
	endless := func(yield func([]string, error) bool) {
		for row := tsl.Header(); yield(row, nil); row = []string{"1", "", "n"} {
		}
	}
	if _, _, err := tsl.ReadTable(endless); !errors.Is(err, tsl.ErrTooMany) {
		t.Errorf("endless: %v", err)
	}
}

func TestClass(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		classes []string
		want    string
	}{
		{nil, ""}, {[]string{"КС1"}, "КС1"}, {[]string{"КС3", "КВ2", "КС1"}, "КВ2"}, {[]string{"KC 3"}, "КС3"}, {[]string{"КВ2", "КА1"}, "КА1"},
		{[]string{"КС1, КС2"}, "КС2"}, {[]string{"иное"}, ""},
	} {
		c := &tsl.Centre{}
		for _, class := range test.classes {
			c.Systems = append(c.Systems, tsl.System{Class: class})
		}
		if got := c.Class(); got != test.want {
			t.Errorf("%v: %q, want %q", test.classes, got, test.want)
		}
	}
}

func TestAddressText(t *testing.T) {
	t.Parallel()
	a := tsl.Address{Index: "101000", Region: "Москва", City: "Москва", Street: "ул. 1"}
	if a.String() != "101000, Москва, ул. 1" {
		t.Error(a.String())
	}
}

// FuzzRead: nothing makes the reader panic, and what it gives out is what the whole
// document's tree says is signed.
func FuzzRead(f *testing.F) {
	in, err := os.ReadFile("testdata/list.xml")
	if err != nil {
		f.Fatal(err)
	}
	raw, err := os.ReadFile("testdata/signer.cer")
	if err != nil {
		f.Fatal(err)
	}
	pinned, err := x509.ParseCertificate(raw)
	if err != nil {
		f.Fatal(err)
	}
	if _, _, err := read(in, pinned); err != nil {
		f.Fatal(err)
	}
	f.Add(in)
	for _, change := range [][2]string{{"Казань", "Рязань"}, {"<Версия>", "<!-- c --><Версия>"}, {"<Signature", "<x/><Signature"}, {`URI=""`, `URI="#x"`}} {
		f.Add(bytes.Replace(in, []byte(change[0]), []byte(change[1]), 1))
	}
	want := centre(1, 1).Mark().Content
	f.Fuzz(func(t *testing.T, in []byte) {
		_, centres, err := read(in, pinned)
		if err != nil {
			return
		}
		// Only this list was ever signed: what passes is what it says.
		if len(centres) != 1 || centres[0].Mark().Content != want {
			t.Fatalf("passed with other content: %q", in)
		}
	})
}

// FuzzTable: no table makes the reader panic, and what it reads goes out and comes back.
func FuzzTable(f *testing.F) {
	f.Add(strings.Join(tsl.Header(), "|") + "\n" + strings.Join(centre(1, 1).Row(), "|"))
	f.Fuzz(func(t *testing.T, text string) {
		var table [][]string
		for line := range strings.Lines(text) {
			table = append(table, strings.Split(strings.TrimSuffix(line, "\n"), "|"))
		}
		list, _, err := tsl.ReadTable(rows(table))
		if err != nil {
			return
		}
		for _, c := range list {
			again, _, err := tsl.ReadTable(rows([][]string{tsl.Header(), c.Row()}))
			if err != nil || len(again) != 1 || again[0].ID() != c.ID() || again[0].Name != c.Name || again[0].Status.State != c.Status.State {
				t.Fatalf("%+v came back as %+v: %v", c, again, err)
			}
		}
	})
}
