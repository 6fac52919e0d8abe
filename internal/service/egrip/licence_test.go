// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egrip_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
	stand "podpis/stand/egrip"
	"podpis/wire/egr"
)

// licences are those of an entry as «number state end», in the order people see them.
func (w *world) licences(register egr.Register, number string, day string) string {
	w.t.Helper()
	today, err := time.Parse(time.DateOnly, day)
	must(w.t, err)
	list, err := w.service.Licences(context.Background(), register, number, today)
	must(w.t, err)
	var lines []string
	for _, l := range list {
		lines = append(lines, strings.TrimSpace(l.Title()+" "+string(l.State)+" "+string(l.End)))
	}
	return strings.Join(lines, "; ")
}

// TestLicences: each licence is in force, suspended, ahead or ended by the day it is looked at; one that the register no longer names has
// ended, and is back when it names it again; of an entry that has ceased none is in force; a silent register changes nothing.
func TestLicences(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	role := w.role()
	check := func(f stand.Failure) {
		t.Helper()
		w.fail(f)
		w.clock.Pass(20 * time.Minute)
		_, err := w.service.Standing(ctx, w.anna, role)
		must(t, err)
	}
	const usual = "16-Т-4410 suspended; ЛО16 01-000123 valid; 16-О-077 ended expired"
	if got := w.licences(egr.EGRIP, annaIP, "2026-11-22"); got != usual {
		t.Error(got)
	}
	for day, want := range map[string]string{
		"2025-02-09": "16-Т-4410 valid; ЛО16 01-000123 valid; 16-О-077 valid", // its last day
		"2021-02-28": "16-О-077 valid; 16-Т-4410 upcoming; ЛО16 01-000123 upcoming",
		"2026-08-31": "16-Т-4410 valid; ЛО16 01-000123 valid; 16-О-077 ended expired",
		"2032-06-20": "ЛО16 01-000123 valid; 16-Т-4410 ended expired; 16-О-077 ended expired",
	} {
		if got := w.licences(egr.EGRIP, annaIP, day); got != want {
			t.Errorf("%s: %s", day, got)
		}
	}
	for range 2 { // told once, however often it is asked
		check(stand.Lapsed)
		if got := w.licences(egr.EGRIP, annaIP, "2026-11-22"); got != "16-Т-4410 suspended; ЛО16 01-000123 ended gone; 16-О-077 ended expired" {
			t.Error(got)
		}
	}
	check(stand.Broken)
	if got := w.licences(egr.EGRIP, annaIP, "2026-11-22"); !strings.Contains(got, "ЛО16 01-000123 ended gone") {
		t.Errorf("a silent register: %s", got)
	}
	check(stand.None)
	if got := w.licences(egr.EGRIP, annaIP, "2026-11-22"); got != usual {
		t.Errorf("back again: %s", got)
	}
	check(stand.Closed)
	if got := w.licences(egr.EGRIP, annaIP, "2026-11-22"); strings.Count(got, "ended") != 3 || strings.Count(got, "ceased") != 2 {
		t.Errorf("ceased: %s", got)
	}
	check(stand.Missing)
	if got := w.licences(egr.EGRIP, annaIP, "2026-11-22"); got != "" {
		t.Errorf("no such entry: %s", got)
	}
	if got := w.licences(egr.EGRUL, zarya, "2026-11-22"); got != "" {
		t.Errorf("never asked: %s", got)
	}
	if _, err := w.service.Check(ctx, w.anna, egr.EGRUL, rassvet); err != nil || w.licences(egr.EGRUL, rassvet, "2026-11-22") != "" {
		t.Error("one without licences has some", err)
	}
}

// TestLicencesOfAFile: a file of the exchange brings licences as the interface does, and takes those it does not name.
func TestLicencesOfAFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	file := func(day string, numbers ...string) string {
		licences := ""
		for _, n := range numbers {
			licences += `<СвЛицензия НомЛиц="` + n + `" ДатаЛиц="2021-01-01" ДатаНачЛиц="2021-01-01"><НаимЛицВидДеят>Перевозки</НаимЛицВидДеят></СвЛицензия>`
		}
		return `<Файл ИдФайл="1" ВерсФорм="4.03" ТипИнф="ЕГРИП_ОТКР_СВЕД"><Документ><СвИП ДатаВып="` + day + `" ОГРНИП="` + annaIP +
			`" ДатаОГРНИП="2020-02-03" ИННФЛ="990000001704"><СвФЛ><ФИОРус Фамилия="СОКОЛОВА" Имя="АННА"/></СвФЛ>` + licences + `</СвИП></Документ></Файл>`
	}
	var sum egrip.Imported
	for _, f := range []string{file("2026-05-05", "1", "2"), file("2026-06-06", "2"), file("2026-04-04", "3")} { // the last is older than what is known
		must(t, w.service.Import(context.Background(), "test", "x.xml", strings.NewReader(f), &sum))
	}
	if got := w.licences(egr.EGRIP, annaIP, "2026-11-22"); got != "2 valid; 1 ended gone" {
		t.Error(got)
	}
	list, err := w.service.Licences(context.Background(), egr.EGRIP, annaIP, w.clock.Now())
	must(t, err)
	if list[1].GoneAt.Format(time.DateOnly) != "2026-06-06" || !list[0].GoneAt.IsZero() {
		t.Errorf("%+v", list)
	}
}

func TestDaysOfALicence(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.FixedZone("MSK", 3*3600))
	for until, want := range map[string]int{"2026-11-22": 1, "2026-11-23": 2, "2026-11-21": 0, "2020-01-01": 0, "2027-11-22": 366} {
		if got, dated := (egrip.Licence{Licence: egr.Licence{Until: until}}).DaysLeft(noon); got != want || !dated {
			t.Errorf("%s: %d", until, got)
		}
	}
	if _, dated := (egrip.Licence{}).DaysLeft(noon); dated {
		t.Error("one without a last day has days")
	}
	if _, ok := egrip.RegisterOf(identity.Individual); ok {
		t.Error("a person has a register")
	}
}
