// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package xlsx reads and writes tables as spreadsheets of Office Open XML (ECMA-376,
// part 1, 18): the first sheet, its cells as text.
//
// Files come from strangers: parts are read one by one within bounds, whatever the
// archive says of their size, and as XML without DTDs and entities (package xmltree).
//
// Left out: formulas (their last value is read), styles but for telling dates from
// numbers, sheets after the first, encrypted files, the binary form.
package xlsx

import (
	"archive/zip"
	"errors"
	"io"
	"math"
	"path"
	"strconv"
	"strings"
	"time"

	"podpis/pki/xmltree"
)

// Bounds of a file.
const (
	MaxPart    = 32 << 20 // octets of one part, unpacked
	MaxEntries = 1000     // of the archive
	MaxRows    = 100_000
	MaxColumns = 256
	maxCell    = 32 << 10 // octets of a cell
)

var (
	// ErrFormat says that a file is no spreadsheet of this form.
	ErrFormat = errors.New("xlsx: not a spreadsheet of Office Open XML")
	// ErrTooLarge says that a spreadsheet is beyond the bounds.
	ErrTooLarge = errors.New("xlsx: spreadsheet too large")
)

// Read returns the rows of the first sheet. Rows that are empty are there, so that
// their numbers are right; cells that are empty at the end of a row are not. Days are
// written as 31.12.2026, numbers in full.
func Read(in io.ReaderAt, size int64) ([][]string, error) {
	z, err := zip.NewReader(in, size)
	if err != nil {
		return nil, errors.Join(ErrFormat, err)
	}
	if len(z.File) > MaxEntries {
		return nil, ErrTooLarge
	}
	b := &book{parts: map[string]*zip.File{}}
	for _, f := range z.File {
		b.parts[strings.TrimPrefix(f.Name, "/")] = f
	}
	sheet, err := b.open()
	if err != nil {
		return nil, err
	}
	return b.rows(sheet)
}

// book is a file under reading.
type book struct {
	parts   map[string]*zip.File
	strings []string
	dates   map[int]bool // styles of cells that show a number as a day
	epoch   time.Time
}

// part reads one part as XML; nil when there is none.
func (b *book) part(name string) (*xmltree.Node, error) {
	f := b.parts[name]
	if f == nil {
		return nil, nil
	}
	r, err := f.Open()
	if err != nil {
		return nil, errors.Join(ErrFormat, err)
	}
	content, err := io.ReadAll(io.LimitReader(r, MaxPart+1))
	switch err = errors.Join(err, r.Close()); {
	case len(content) > MaxPart:
		return nil, ErrTooLarge
	case err != nil:
		return nil, errors.Join(ErrFormat, err)
	}
	d, err := xmltree.Parse(content)
	if err != nil {
		return nil, errors.Join(ErrFormat, err)
	}
	return d.Root, nil
}

// open finds the first sheet and reads what its cells refer to.
func (b *book) open() (*xmltree.Node, error) {
	main, err := b.target("_rels/.rels", "", "/officeDocument", "")
	if err != nil {
		return nil, err
	}
	workbook, err := b.part(main)
	if err != nil || workbook == nil {
		return nil, errors.Join(ErrFormat, err)
	}
	b.epoch = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if v, _ := child(workbook, "workbookPr").Attr("date1904"); v == "1" || v == "true" {
		b.epoch = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	folder, file := path.Split(main)
	rels := folder + "_rels/" + file + ".rels"
	id := ""
	if s := child(child(workbook, "sheets"), "sheet"); s != nil {
		for _, a := range s.Attrs {
			if a.Local == "id" && a.Space != "" {
				id = a.Value
			}
		}
	}
	name, err := b.target(rels, folder, "/worksheet", id)
	if err != nil {
		return nil, err
	}
	if err := b.shared(rels, folder); err != nil {
		return nil, err
	}
	sheet, err := b.part(name)
	if err != nil || sheet == nil {
		return nil, errors.Join(ErrFormat, err)
	}
	return sheet, nil
}

// target finds a part that another refers to, by the end of its type and by its id
// when that is not empty.
func (b *book) target(rels, folder, kind, id string) (string, error) {
	list, err := b.part(rels)
	if err != nil || list == nil {
		return "", errors.Join(ErrFormat, err)
	}
	for _, r := range list.Elements() {
		t, _ := r.Attr("Type")
		own, _ := r.Attr("Id")
		if !strings.HasSuffix(t, kind) || id != "" && own != id {
			continue
		}
		to, _ := r.Attr("Target")
		if absolute, ok := strings.CutPrefix(to, "/"); ok {
			return absolute, nil
		}
		return path.Join(folder, to), nil
	}
	return "", ErrFormat
}

// shared reads the texts that cells name by number, and which styles are dates.
func (b *book) shared(rels, folder string) error {
	if name, err := b.target(rels, folder, "/sharedStrings", ""); err == nil {
		table, err := b.part(name)
		if err != nil {
			return err
		}
		if table != nil {
			for _, s := range table.Elements() {
				b.strings = append(b.strings, richText(s))
			}
		}
	}
	b.dates = map[int]bool{}
	name, err := b.target(rels, folder, "/styles", "")
	if err != nil {
		return nil //nolint:nilerr // a file without styles has no dates
	}
	styles, err := b.part(name)
	if err != nil || styles == nil {
		return err
	}
	own := map[string]bool{}
	for _, f := range elements(child(styles, "numFmts")) {
		id, _ := f.Attr("numFmtId")
		code, _ := f.Attr("formatCode")
		own[id] = dateCode(code)
	}
	for i, x := range elements(child(styles, "cellXfs")) {
		id, _ := x.Attr("numFmtId")
		n, _ := strconv.Atoi(id)
		date, known := own[id]
		b.dates[i] = date || !known && (n >= 14 && n <= 17 || n == 22 || n >= 27 && n <= 36 || n >= 50 && n <= 58)
	}
	return nil
}

// dateCode tells a format of days from one of numbers (18.8.31).
func dateCode(code string) bool {
	quoted := false
	for _, r := range strings.ToLower(code) {
		switch {
		case r == '"':
			quoted = !quoted
		case !quoted && (r == 'y' || r == 'd' || r == 'г' || r == 'д'):
			return true
		}
	}
	return false
}

// richText is the text of an item without its phonetic hints (18.4.6).
func richText(n *xmltree.Node) string {
	var b strings.Builder
	for _, k := range n.Elements() {
		switch k.Local {
		case "t":
			b.WriteString(k.Text())
		case "r":
			b.WriteString(child(k, "t").Text())
		}
	}
	return b.String()
}

// child finds a child by its name: there are two namespaces for one form (ECMA-376,
// transitional and strict).
func child(n *xmltree.Node, name string) *xmltree.Node {
	for _, k := range elements(n) {
		if k.Local == name {
			return k
		}
	}
	return nil
}

func elements(n *xmltree.Node) []*xmltree.Node {
	if n == nil {
		return nil
	}
	return n.Elements()
}

// rows reads the cells of a sheet.
func (b *book) rows(sheet *xmltree.Node) (rows [][]string, err error) {
	for _, r := range elements(child(sheet, "sheetData")) {
		number := len(rows) + 1
		if v, ok := r.Attr("r"); ok {
			if number, err = strconv.Atoi(v); err != nil || number <= len(rows) {
				return nil, ErrFormat
			}
		}
		if number > MaxRows {
			return nil, ErrTooLarge
		}
		for len(rows) < number-1 {
			rows = append(rows, nil)
		}
		row, err := b.row(r)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (b *book) row(r *xmltree.Node) (row []string, err error) {
	for _, c := range r.Elements() {
		if c.Local != "c" {
			continue
		}
		at := len(row)
		if ref, ok := c.Attr("r"); ok {
			if at = column(ref); at < len(row) {
				return nil, ErrFormat
			}
		}
		if at >= MaxColumns {
			return nil, ErrTooLarge
		}
		text, err := b.cell(c)
		if err != nil {
			return nil, err
		}
		if text == "" {
			continue
		}
		for len(row) < at {
			row = append(row, "")
		}
		row = append(row, text)
	}
	return row, nil
}

// column is the number of a column, from 0, of a reference such as AB12; -1 when it
// is none.
func column(ref string) int {
	n := 0
	for i := 0; i < len(ref) && ref[i] >= 'A' && ref[i] <= 'Z'; i++ {
		if n = n*26 + int(ref[i]-'A') + 1; n > MaxColumns {
			return MaxColumns
		}
	}
	return n - 1
}

// cell is the text of a cell (18.3.1.4).
func (b *book) cell(c *xmltree.Node) (string, error) {
	kind, _ := c.Attr("t")
	value := child(c, "v").Text()
	switch kind {
	case "s":
		i, err := strconv.Atoi(value)
		if err != nil || i < 0 || i >= len(b.strings) {
			return "", ErrFormat
		}
		value = b.strings[i]
	case "inlineStr":
		if is := child(c, "is"); is != nil {
			value = richText(is)
		}
	case "", "n":
		style, _ := c.Attr("s")
		value = b.number(value, style)
	case "e":
		value = ""
	}
	if len(value) > maxCell {
		return "", ErrTooLarge
	}
	return value, nil
}

// number writes a number in full and a day as people do.
func (b *book) number(value, style string) string {
	f, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) >= 1e15 {
		return value
	}
	s, _ := strconv.Atoi(style)
	if b.dates[s] && f >= 0 && f < 3e6 {
		return b.epoch.AddDate(0, 0, int(f)).Format("02.01.2006")
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
