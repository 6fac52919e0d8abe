// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package identity

import (
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

//go:embed departments.csv
var sampleDepartments string

// Departments tell by the code of a department who issued a passport. One code may have
// had several names.
type Departments struct{ names map[string][]string }

// Limits of the table: the real one has some 20,000 rows.
const (
	maxDepartments   = 200_000
	namesOfOneCode   = 50
	departmentFields = 2
)

// ErrDepartments says that a table of departments is not of the form.
var ErrDepartments = errors.New("table of departments")

// ReadDepartments reads lines of code and name with a semicolon between. A line that
// cannot be right is an error with its number: a table read by half would fill in wrong
// names silently.
func ReadDepartments(in io.Reader) (*Departments, error) {
	r := csv.NewReader(in)
	r.Comma, r.Comment, r.FieldsPerRecord, r.LazyQuotes = ';', '#', departmentFields, true
	d := &Departments{names: map[string][]string{}}
	for n := 1; ; n++ {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return d, nil
		} else if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDepartments, err)
		}
		code, name := Clean(row[0]), OneLine(row[1])
		if !Digits(code, 6) || !PlainText(name, 200) || n > maxDepartments || len(d.names[code]) >= namesOfOneCode {
			return nil, fmt.Errorf("%w: line %d", ErrDepartments, n)
		}
		d.names[code] = append(d.names[code], name)
	}
}

// SampleDepartments are made up, for training.
func SampleDepartments() (*Departments, error) {
	return ReadDepartments(strings.NewReader(sampleDepartments))
}

// Names are who a code stands for, none when the table does not have it.
func (d *Departments) Names(code string) []string {
	if d == nil {
		return nil
	}
	return d.names[Clean(code)]
}
