// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package judge

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"podpis/cmd/podpis/terminal"
)

// Bounds of a list.
const (
	maxList = 64 << 20 // octets
	maxRows = 1 << 20
)

// columns are the names of the columns of a list that mean something. Others are left alone.
func columns() map[string]string {
	return map[string]string{
		"file": "file", "файл": "file",
		"signature": "signature", "подпись": "signature",
		"document": "document", "документ": "document",
	}
}

// readList reads the rows of a CSV file (RFC 4180) with a header: "signature" with its "document", or "file" of any kind
// whose other half is found beside it. The separator is a comma, a semicolon or a tab, the encoding UTF-8 or Windows-1251, as
// spreadsheets write them. Names are taken from the folder of the list.
func readList(name string) ([]task, error) {
	data, err := terminal.Read(name, maxList)
	if err != nil {
		return nil, err
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		if data, err = charmap.Windows1251.NewDecoder().Bytes(data); err != nil {
			return nil, terminal.Input(name, err)
		}
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = separator(data), -1, true
	header, err := r.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, listError(name, err)
	}
	at := map[string]int{}
	for i, title := range header {
		if column, known := columns()[strings.ToLower(strings.TrimSpace(title))]; known {
			if _, twice := at[column]; twice {
				return nil, terminal.Usage("list-twice", name, column)
			}
			at[column] = i
		}
	}
	_, file := at["file"]
	if _, signature := at["signature"]; !file && !signature {
		return nil, terminal.Usage("list-columns", name)
	}
	return readRows(name, r, at)
}

func readRows(name string, r *csv.Reader, at map[string]int) (list []task, err error) {
	folder := filepath.Dir(name)
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, listError(name, err)
		}
		cell := func(column string) string {
			i, there := at[column]
			if !there || i >= len(row) || row[i] == "" {
				return ""
			}
			if filepath.IsAbs(row[i]) {
				return strings.Clone(row[i])
			}
			return filepath.Join(folder, row[i])
		}
		t := task{file: cell("file"), signature: cell("signature"), document: cell("document")}
		switch {
		case t == task{}:
			continue // a line of empty cells, as spreadsheets leave them
		case t.signature == "" && t.file == "":
			t.file, t.document = t.document, ""
		case t.signature == "":
			t.signature = t.file // a signature with its document under the other names
			if t.document == "" {
				t.signature = ""
			}
		case t.document == "":
			t.document = t.file
		}
		if list = append(list, t); len(list) > maxRows {
			return nil, terminal.Usage("list-long", name, maxRows)
		}
	}
}

func listError(name string, err error) error {
	return &terminal.Problem{Exit: terminal.ExitNoInput, Key: "list-bad", Args: []any{name}, Err: err}
}

// separator is the one that the header has most of.
func separator(data []byte) rune {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	best, most := ',', 0
	for _, r := range ",;\t" {
		if n := bytes.Count(line, []byte(string(r))); n > most {
			best, most = r, n
		}
	}
	return best
}
