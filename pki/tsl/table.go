// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package tsl

import (
	"encoding/hex"
	"errors"
	"iter"
	"strings"
	"time"
	"unicode"
)

// column is a column of the table form: the name that is written, and by what words
// others are known; of several that fit, the first in this list takes a column.
type column struct {
	name  string
	words []string // each has all of these parts, folded
	get   func(*Centre) string
	set   func(*Centre, string) bool
}

const dayForm = "02.01.2006"

func text(field func(*Centre) *string) (func(*Centre) string, func(*Centre, string) bool) {
	return func(c *Centre) string { return *field(c) }, func(c *Centre, s string) bool { *field(c) = s; return true }
}

// columns are all of them, in the order in which they are written.
func columns() []column {
	of := func(name string, field func(*Centre) *string, words ...string) column {
		get, set := text(field)
		return column{name, words, get, set}
	}
	return []column{
		of("Номер в реестре", func(c *Centre) *string { return &c.Number }, "реестр номер", "реестр №", "регистрационн номер"),
		of("Краткое наименование", func(c *Centre) *string { return &c.ShortName }, "кратк", "сокращ"),
		of("Наименование", func(c *Centre) *string { return &c.Name }, "наименование", "название", "удостоверяющий центр"),
		of("ИНН", func(c *Centre) *string { return &c.INN }, "инн"),
		of("ОГРН", func(c *Centre) *string { return &c.OGRN }, "огрн"),
		of("Регион", func(c *Centre) *string { return &c.Address.Region }, "регион", "субъект"),
		of("Город", func(c *Centre) *string { return &c.Address.City }, "город", "населенн"),
		of("Адрес", func(c *Centre) *string { return &c.Address.Street }, "адрес место", "почтовый адрес", "юридический адрес", "адрес"),
		of("Электронная почта", func(c *Centre) *string { return &c.Mail }, "почт", "mail"),
		of("Телефон", func(c *Centre) *string { return &c.Phone }, "телефон"),
		of("Сайт", func(c *Centre) *string { return &c.Site }, "сайт", "интернет", "web"),
		{"Статус", []string{"статус", "состояние"}, func(c *Centre) string { return c.Status.Text }, setStatus},
		{"Статус с", []string{"дата статус", "статус с", "дата прекращ", "дата оконч"}, func(c *Centre) string { return day(c.Status.From) }, setSince},
		{"Аккредитован с", []string{"дата аккредит", "дата начал", "дата включ", "дата решени"}, firstDay, setFirst},
		{"Идентификаторы ключей", []string{"ключ"}, keyIDs, setKeys},
		of("Примечание", func(c *Centre) *string { return &c.Note }, "примечан"),
	}
}

// day is a day in Moscow, as tables have it.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(moscow).Format(dayForm)
}

func setStatus(c *Centre, s string) bool {
	c.Status.Text, c.Status.State = s, StateOf(s)
	return true
}

func setSince(c *Centre, s string) (ok bool) {
	c.Status.From, ok = parseTime(s)
	return ok
}

func firstDay(c *Centre) string {
	if p := c.Periods(); len(p) > 0 {
		return day(p[0].From)
	}
	return ""
}

func setFirst(c *Centre, s string) bool {
	from, ok := parseTime(s)
	if ok {
		c.History = append(c.History, Status{State: Active, Text: "Действует", From: from})
	}
	return ok
}

func keyIDs(c *Centre) string { return strings.ToUpper(strings.Join(c.Mark().Keys, " ")) }

func setKeys(c *Centre, s string) bool {
	var system System
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == ',' || r == ';' }) {
		id, err := hex.DecodeString(word)
		if err != nil || len(id) > 64 || len(system.Keys) == maxKeys {
			return false
		}
		system.Keys = append(system.Keys, Key{ID: id})
	}
	c.Systems = append(c.Systems, system)
	return true
}

// Header names the columns of the table form.
func Header() (names []string) {
	for _, c := range columns() {
		names = append(names, c.name)
	}
	return names
}

// Row is a centre in the table form.
func (c *Centre) Row() (cells []string) {
	for _, column := range columns() {
		cells = append(cells, column.get(c))
	}
	return cells
}

// headRows is how far the row with the names of the columns may be from the top:
// tables of authorities have titles above.
const headRows = 20

// ReadTable reads centres out of rows. Columns are found by their names, in any order,
// in one of the first rows; rows without a name and without a number are passed over.
// unread counts cells that could not be read.
func ReadTable(rows iter.Seq2[[]string, error]) (list []*Centre, unread int, err error) {
	var found map[int]column
	n := 0
	for row, err := range rows {
		if err != nil {
			return nil, 0, errors.Join(ErrTable, err)
		}
		if found == nil {
			if found = findColumns(row); found == nil {
				if n++; n > headRows {
					break
				}
			}
			continue
		}
		c := readRow(row, found)
		if c.Name == "" || c.ID() == "" {
			continue
		}
		if list = append(list, c); len(list) > MaxCentres {
			return nil, 0, ErrTooMany
		}
		unread += c.Unread
	}
	if found == nil {
		return nil, 0, ErrTable
	}
	return list, unread, nil
}

func readRow(row []string, columns map[int]column) *Centre {
	c := &Centre{}
	for i, cell := range row {
		column, ok := columns[i]
		cell = cut(strings.TrimSpace(cell))
		if !ok || cell == "" || cell == "-" || cell == "—" {
			continue
		}
		if !column.set(c, cell) {
			c.Unread++
		}
	}
	if c.Status.Text == "" {
		// The ministry's table of those in force has no column for it, and says in the
		// note of the others what happened.
		c.Status.State = Active
		if s := StateOf(c.Note); s == Ended || s == Withdrawn || s == Suspended {
			c.Status.State = s
		}
		c.Status.Text = map[State]string{Active: "Действует", Ended: "Прекращена", Withdrawn: "Аннулирована", Suspended: "Приостановлена"}[c.Status.State]
	}
	if c.Status.State == Active && c.Status.From.IsZero() && len(c.History) > 0 {
		c.Status.From = c.History[0].From
	}
	return c
}

// findColumns reads a row as names of columns; nil when it is none.
func findColumns(row []string) map[int]column {
	found := map[int]column{}
	taken := map[string]bool{}
	for _, column := range columns() { // an exact name goes first
		for i, cell := range row {
			if _, used := found[i]; !used && !taken[column.name] && fold(cell) == fold(column.name) {
				found[i], taken[column.name] = column, true
			}
		}
	}
	for _, column := range columns() {
		for i, cell := range row {
			if _, used := found[i]; !used && !taken[column.name] && column.fits(cell) {
				found[i], taken[column.name] = column, true
			}
		}
	}
	if !taken["Наименование"] || !taken["ОГРН"] && !taken["Номер в реестре"] {
		return nil
	}
	return found
}

func (c column) fits(cell string) bool {
	cell = fold(cell)
	for _, words := range c.words {
		all := cell != ""
		for _, part := range strings.Fields(words) {
			all = all && strings.Contains(cell, part)
		}
		if all {
			return true
		}
	}
	return false
}

// fold is text for comparing: lower case, ё as е, one space between words.
func fold(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(strings.ToLower(s)), " "), "ё", "е")
}
