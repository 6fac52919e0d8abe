// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package mchd

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"podpis/pki/pkitest"
)

func on(text string) time.Time { return day(text) }

// sample is a power of an organisation for a person.
func sample() *Power {
	return &Power{
		File: "ON_EMCHD_20261122_5f0c1f7e-0d1a-4b7e-9c55-6f1b2a3c4d5e", Number: "5f0c1f7e-0d1a-4b7e-9c55-6f1b2a3c4d5e", InternalNumber: "Д-7",
		IssuedOn: on("2026-11-22"), ValidTill: on("2027-11-22"), Transferable: 1, Registry: "https://ca.example/powers/5f0c1f7e",
		Principals: []Party{{
			Kind: Organisation, Name: `ООО "Заря" & партнёры`, INN: "9900000120", OGRN: "1999900000120", KPP: "990001001",
			Heads: []Head{{Persons: []Person{{Surname: "Соколова", GivenName: "Анна", Patronymic: "Ивановна", INN: "990000001704", SNILS: "990-000-001 53", Position: "Директор"}}}},
		}},
		Representatives: []Party{{Kind: Individual, INN: "990100001169", Person: Person{
			Surname: "Ким", GivenName: "Борис", BirthDate: "1980-01-22", INN: "990100001169", SNILS: "112-233-445 95",
			Document: Document{Code: "21", Number: "99 99 123456", IssuedOn: "2010-06-01", IssuedBy: "МВД", Department: "160-001"},
		}}},
		Together: true,
		Entries:  []Entry{{Code: "BBDOCS_DOCS_1", Name: "Подписывать накладные", Limits: []Limit{{Code: "sum", Name: "Сумма", Value: "до 100 000"}}}, {Code: "BBDOCS_DOCS_2", Name: "Сдавать отчёты"}},
	}
}

func marshal(t testing.TB, p *Power) []byte {
	t.Helper()
	out, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Power){
		"an organisation": func(*Power) {},
		"an entrepreneur": func(p *Power) {
			who := p.Principals[0].Heads[0].Persons[0]
			who.Position = ""
			p.Principals = []Party{{Kind: Entrepreneur, INN: who.INN, OGRN: "399990000000121", Person: who}}
		},
		"a person": func(p *Power) {
			who := p.Principals[0].Heads[0].Persons[0]
			who.Position = ""
			p.Principals = []Party{{Kind: Individual, INN: who.INN, Person: who}}
		},
		"irrevocable, in words": func(p *Power) {
			p.Irrevocable, p.Entries, p.Text, p.Together = true, nil, "Всё, что\nнужно", false
		},
		"for an organisation": func(p *Power) {
			p.Representatives = []Party{{Kind: Organisation, Name: "ООО", INN: "9900000120", KPP: "990001001"}}
		},
	} {
		p := sample()
		change(p)
		got, err := Parse(marshal(t, p))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff(p, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// TestAnyText: whatever stands in a text comes back, or the power is not written.
func TestAnyText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := sample()
		p.Principals[0].Name = rapid.String().Draw(t, "name")
		p.Entries[0].Limits[0].Value = rapid.String().Draw(t, "value")
		out, err := p.Marshal()
		var refused *FormatError
		if errors.As(err, &refused) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(out)
		if err != nil || got.Principals[0].Name != p.Principals[0].Name || got.Entries[0].Limits[0].Value != p.Entries[0].Limits[0].Value {
			t.Fatalf("%q and %q came back as %+v, %v", p.Principals[0].Name, p.Entries[0].Limits[0].Value, got, err)
		}
	})
}

func TestBroken(t *testing.T) {
	t.Parallel()
	good := string(marshal(t, sample()))
	for _, c := range []struct{ name, from, to, path, why string }{
		{"another namespace", Namespace, "urn://other", "Доверенность", "not a power"},
		{"an element of another namespace", "<СвПолн ", `<СвПолн xmlns="urn:x" `, "СвПолн", "namespace"},
		{"a number with a letter", `НомДовер="5f0c`, `НомДовер="5g0c`, "СвДов", "НомДовер is not of its kind"},
		{"a day that does not exist", "2026-11-22", "2026-02-30", "СвДов", "ДатаВыдДовер is not of its kind"},
		{"no days", ` СрокДейст="2027-11-22"`, "", "СвДов", "СрокДейст is missing"},
		{"a guest", `<ФИО Фамилия="Ким"`, `<ФИО Гость="1" Фамилия="Ким"`, "ФИО", "Гость is not of the format"},
		{"an element too many", "<СведСист>", "<Гость/><СведСист>", "СвДов", "СведСист is missing"},
		{"the order", "</СвДов><СвДоверит", "</СвДов><СвУпПред/><СвДоверит", "Довер", "СвДоверит is missing"},
		{"two choices", "</Довер></Документ>", "</Довер><Передов/></Документ>", "Документ", "2 elements"},
		{"a text among elements", "<Довер>", "<Довер>так", "Довер", "a text among elements"},
		{"an element in a text", "<СведСист>", "<СведСист><b/>", "СведСист", "element b in a text"},
		{"an empty text", ">https://ca.example/powers/5f0c1f7e<", "><", "СведСист", "not of its kind"},
		{"a short code", `КодПолн="BBDOCS_DOCS_2"`, `КодПолн="BB"`, "МашПолн", "КодПолн is not of its kind"},
		{"letters in an ИНН", `ИННЮЛ="9900000120"`, `ИННЮЛ="99000o0120"`, "СвРосОрг", "ИННЮЛ is not of its kind"},
		{"a document type", "<Доверенность", "<!DOCTYPE x><Доверенность", "", "document type"},
		{"an end too early", "</Доверенность>", "", "", "well-formed"},
	} {
		bad := strings.Replace(good, c.from, c.to, 1)
		if bad == good {
			t.Fatalf("%s: nothing changed", c.name)
		}
		_, err := Parse([]byte(bad))
		var refused *FormatError
		if !errors.As(err, &refused) || !strings.HasSuffix(refused.Path, c.path) || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v, want %q at %s", c.name, err, c.why, c.path)
		}
	}
	if _, err := Parse(make([]byte, MaxSize+1)); err == nil {
		t.Error("a file above the limit is read")
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, on string
		change   func(*Power)
		want     []Problem
	}{
		{"good", "2026-11-22", func(*Power) {}, nil},
		{"its last day", "2027-11-22", func(*Power) {}, nil},
		{"the day before", "2026-11-21", func(*Power) {}, []Problem{NotYet}},
		{"the day after", "2027-11-23", func(*Power) {}, []Problem{Ended}},
		{"nobody gives it", "2026-11-22", func(p *Power) { p.Principals = nil }, []Problem{NoPrincipal}},
		{"nobody gets it", "2026-11-22", func(p *Power) { p.Representatives = nil }, []Problem{NoRepresentative}},
		{"without numbers", "2026-11-22", func(p *Power) { p.Principals[0].INN, p.Representatives[0].INN = "", "" }, []Problem{PrincipalNoINN, RepresentativeINN}},
		{"nobody acts", "2026-11-22", func(p *Power) { p.Principals[0].Heads = nil }, []Problem{NoHead}},
		{"nothing is given", "2026-11-22", func(p *Power) { p.Entries = nil }, []Problem{NoPowers}},
		{"days reversed", "2026-11-22", func(p *Power) { p.ValidTill = on("2026-11-21") }, []Problem{DaysReversed, Ended}},
		{"a transfer that outlives", "2026-11-22", func(p *Power) { p.First = &Origin{Number: p.Number, ValidTill: on("2027-01-01")} }, []Problem{Outlives}},
		{"a transfer of nothing", "2026-11-22", func(p *Power) { p.First = &Origin{ValidTill: on("2028-01-01")} }, []Problem{NotNumbered}},
	} {
		p := sample()
		c.change(p)
		if d := cmp.Diff(c.want, p.Problems(on(c.on))); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
	if p := sample(); !p.Covers("BBDOCS_DOCS_2") || p.Covers("BBDOCS") {
		t.Error("codes are not compared whole")
	}
}

// TestCorpus holds the shape against real files and spoiled ones, whose verdicts are those of the
// schema of the format; two of the spoiled fit the schema, and are problems here.
func TestCorpus(t *testing.T) {
	t.Parallel()
	dir := pkitest.Corpus(t)
	problems := map[string]Problem{"invalid_12.xml": PrincipalNoINN, "invalid_15.xml": NoPrincipal}
	read := 0
	for _, pattern := range []string{"valid/ON_EMCHD_*.xml", "invalid/*.xml"} {
		files, err := filepath.Glob(filepath.Join(dir, "mchd", pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			read++
			p, err := Parse(text)
			want, allowed := problems[filepath.Base(name)]
			if valid := allowed || strings.HasPrefix(pattern, "valid"); valid != (err == nil) {
				t.Errorf("%s: %v, valid is %v", filepath.Base(name), err, valid)
				continue
			}
			if err != nil {
				continue
			}
			list := p.Problems(p.IssuedOn)
			if allowed && (len(list) == 0 || list[0] != want && !strings.Contains(string(bytes.Join(asBytes(list), nil)), string(want))) {
				t.Errorf("%s: %v, want %s", filepath.Base(name), list, want)
			}
			if !allowed && len(list) > 0 {
				t.Errorf("%s: %v", filepath.Base(name), list)
			}
			if len(p.Entries) == 0 && p.Text == "" || len(p.Representatives) == 0 || p.Representatives[0].Person.Surname == "" && p.Representatives[0].Name == "" {
				t.Errorf("%s: read as %+v", filepath.Base(name), p)
			}
		}
	}
	if read < 20 {
		t.Errorf("only %d files", read)
	}
}

func asBytes(list []Problem) (out [][]byte) {
	for _, p := range list {
		out = append(out, []byte(p))
	}
	return out
}

func FuzzParse(f *testing.F) {
	f.Add(marshal(f, sample()))
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := Parse(in)
		if err != nil {
			return
		}
		p.Problems(p.IssuedOn)
		out, err := p.Marshal()
		if err != nil {
			return // read and not written
		}
		if again, err := Parse(out); err != nil || again.Number != p.Number || len(again.Entries) != len(p.Entries) {
			t.Errorf("%q became %q: %v", in, out, err)
		}
	})
}
