// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"podpis/internal/platform/problem"
	"podpis/pki/tsl"
	"podpis/pki/xmltree"
	"podpis/wire/xlsx"
)

// maxTable bounds a table in octets.
const maxTable = 32 << 20

// readTable reads a list in its table form: XLSX, or CSV in UTF-8 or windows-1251 with
// semicolons, commas or tabs.
func readTable(in Incoming, head []byte) (*accepted, error) {
	if in.Date.IsZero() {
		return nil, problem.New(problem.Invalid, "trust.refused.date").At("date")
	}
	if in.Size > maxTable {
		return nil, problem.New(problem.Invalid, refusedLarge)
	}
	var rows iter.Seq2[[]string, error]
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) {
		table, err := xlsx.Read(in.File, in.Size)
		if err != nil {
			return nil, err
		}
		rows = func(yield func([]string, error) bool) {
			for _, row := range table {
				if !yield(row, nil) {
					return
				}
			}
		}
	} else {
		var err error
		if rows, err = csvRows(io.NewSectionReader(in.File, 0, in.Size)); err != nil {
			return nil, err
		}
	}
	list, unread, err := tsl.ReadTable(rows)
	if err != nil {
		return nil, err
	}
	a := &accepted{List: List{Kind: Table, Date: in.Date, Unread: unread}}
	ids := map[string]bool{}
	for _, c := range list {
		if !ids[c.ID()] {
			ids[c.ID()] = true
			a.centres = append(a.centres, c)
		}
	}
	return a, nil
}

func csvRows(in io.Reader) (iter.Seq2[[]string, error], error) {
	content, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	text := string(bytes.TrimPrefix(content, []byte("\xEF\xBB\xBF")))
	if !utf8.ValidString(text) {
		if text, err = xmltree.FromWindows1251(content); err != nil {
			return nil, errors.Join(tsl.ErrTable, err)
		}
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = separator(text), -1, true
	return func(yield func([]string, error) bool) {
		for {
			row, err := r.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			for i, cell := range row {
				if rest, ok := strings.CutPrefix(cell, "'"); ok && formula(rest) {
					row[i] = rest
				}
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}, nil
}

// separator is what stands most often in the lines at the top.
func separator(text string) rune {
	head := text[:min(len(text), 8<<10)]
	best := ';'
	for _, c := range ",\t" {
		if strings.Count(head, string(c)) > strings.Count(head, string(best)) {
			best = c
		}
	}
	return best
}

// formula: a spreadsheet takes a text that begins so for a formula.
func formula(cell string) bool { return cell != "" && strings.IndexByte("=+-@\t\r", cell[0]) >= 0 }

// WriteCSV writes centres as a table in UTF-8 with semicolons, as Excel in Russian reads
// it.
func WriteCSV(w io.Writer, centres []*Centre) error {
	if _, err := io.WriteString(w, "\xEF\xBB\xBF"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	c.Comma, c.UseCRLF = ';', true
	_ = c.Write(tsl.Header()) // Error tells
	for _, centre := range centres {
		row := centre.Row()
		for i, cell := range row {
			if formula(cell) {
				row[i] = "'" + cell
			}
		}
		_ = c.Write(row)
	}
	c.Flush()
	return c.Error()
}

// WriteXLSX writes centres as a spreadsheet.
func WriteXLSX(w io.Writer, title string, centres []*Centre) error {
	return xlsx.Write(w, title, tsl.Header(), func(yield func([]string) bool) {
		for _, c := range centres {
			if !yield(c.Row()) {
				return
			}
		}
	})
}

// isFormError tells what is wrong with a file from what is wrong with the machine.
func isFormError(err error) bool {
	var place *xmltree.Error
	return errors.Is(err, tsl.ErrFormat) || errors.Is(err, tsl.ErrTable) || errors.Is(err, tsl.ErrTooMany) ||
		errors.Is(err, xlsx.ErrFormat) || errors.Is(err, xlsx.ErrTooLarge) || errors.As(err, &place)
}
