// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xlsx_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"podpis/wire/xlsx"
)

func read(in []byte) ([][]string, error) { return xlsx.Read(bytes.NewReader(in), int64(len(in))) }

// archive makes a file of parts.
func archive(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, content := range parts {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// office is a file as the common programs write it: shared strings, styles, a path of
// its own.
func office(sheet string) map[string]string {
	return map[string]string{
		"_rels/.rels":     `<Relationships xmlns="r"><Relationship Id="a" Type="urn:x/officeDocument" Target="/xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml": `<workbook xmlns="m" xmlns:r="r"><sheets><sheet name="a" r:id="two"/><sheet name="b" r:id="one"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="r"><Relationship Id="one" Type="urn:x/worksheet" Target="worksheets/other.xml"/>` +
			`<Relationship Id="two" Type="urn:x/worksheet" Target="worksheets/sheet7.xml"/><Relationship Id="s" Type="urn:x/sharedStrings" Target="sharedStrings.xml"/>` +
			`<Relationship Id="t" Type="urn:x/styles" Target="styles.xml"/></Relationships>`,
		"xl/sharedStrings.xml":     `<sst xmlns="m"><si><t>один</t></si><si><r><t>дв</t></r><r><rPr/><t>а</t></r><rPh><t>no</t></rPh></si></sst>`,
		"xl/styles.xml":            `<styleSheet xmlns="m"><numFmts><numFmt numFmtId="165" formatCode="dd/mm/yyyy"/><numFmt numFmtId="166" formatCode="0&quot;day&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="165"/><xf numFmtId="166"/></cellXfs></styleSheet>`,
		"xl/worksheets/sheet7.xml": `<worksheet xmlns="m"><sheetData>` + sheet + `</sheetData></worksheet>`,
	}
}

func TestCells(t *testing.T) {
	t.Parallel()
	got, err := read(archive(t, office(`<row r="2"><c r="A2" t="s"><v>0</v></c><c r="C2" t="s"><v>1</v></c><c r="D2"/></row>
		<row><c t="inlineStr"><is><t>текст</t></is></c><c t="str"><f>A1</f><v>итог</v></c><c t="b"><v>1</v></c><c t="e"><v>#REF!</v></c></row>
		<row r="5"><c><v>9.900000120E9</v></c><c s="1"><v>46327</v></c><c s="2"><v>46327.5</v></c><c s="3"><v>46327</v></c><c><v>0.25</v></c><c><v>1E300</v></c><c r="AA5"><v>7</v></c></row>`)))
	if err != nil {
		t.Fatal(err)
	}
	last := append([]string{"9900000120", "01.11.2026", "01.11.2026", "46327", "0.25", "1E300"}, make([]string, 20)...)
	want := [][]string{nil, {"один", "", "два"}, {"текст", "итог", "1"}, nil, append(last, "7")}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	other := office(`<row><c s="1"><v>44865</v></c></row>`)
	other["xl/workbook.xml"] = strings.Replace(other["xl/workbook.xml"], "<sheets>", `<workbookPr date1904="1"/><sheets>`, 1)
	if got, err := read(archive(t, other)); err != nil || got[0][0] != "01.11.2026" {
		t.Errorf("days from 1904: %v, %v", got, err)
	}
}

func TestBrokenFiles(t *testing.T) {
	t.Parallel()
	without := func(name string) []byte {
		p := office("")
		delete(p, name)
		return archive(t, p)
	}
	with := func(name, content string) []byte {
		p := office("")
		p[name] = content
		return archive(t, p)
	}
	many := map[string]string{}
	for i := range xlsx.MaxEntries + 1 {
		many[strconv.Itoa(i)] = ""
	}
	for name, test := range map[string]struct {
		in   []byte
		want error
	}{
		"empty": {nil, xlsx.ErrFormat}, "no archive": {[]byte("a;b;c"), xlsx.ErrFormat}, "cut off": {archive(t, office(""))[:500], xlsx.ErrFormat},
		"another archive": {archive(t, map[string]string{"a": "b"}), xlsx.ErrFormat}, "no relations": {without("xl/_rels/workbook.xml.rels"), xlsx.ErrFormat},
		"no workbook": {without("xl/workbook.xml"), xlsx.ErrFormat}, "no sheet": {without("xl/worksheets/sheet7.xml"), xlsx.ErrFormat},
		"entities":           {with("xl/sharedStrings.xml", `<!DOCTYPE a [<!ENTITY x "y">]><sst/>`), xlsx.ErrFormat},
		"styles":             {with("xl/styles.xml", `<a`), xlsx.ErrFormat},
		"zip bomb":           {with("xl/sharedStrings.xml", "<sst>"+strings.Repeat(" ", xlsx.MaxPart)+"</sst>"), xlsx.ErrTooLarge},
		"entries":            {archive(t, many), xlsx.ErrTooLarge},
		"string number":      {archive(t, office(`<row><c t="s"><v>2</v></c></row>`)), xlsx.ErrFormat},
		"string not there":   {archive(t, office(`<row><c t="s"><v>-1</v></c></row>`)), xlsx.ErrFormat},
		"row number":         {archive(t, office(`<row r="0"/>`)), xlsx.ErrFormat},
		"rows backwards":     {archive(t, office(`<row r="2"/><row r="1"/>`)), xlsx.ErrFormat},
		"row far below":      {archive(t, office(`<row r="1000000"/>`)), xlsx.ErrTooLarge},
		"cells backwards":    {archive(t, office(`<row><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>`)), xlsx.ErrFormat},
		"cell far right":     {archive(t, office(`<row><c r="XFDXFD1"><v>1</v></c></row>`)), xlsx.ErrTooLarge},
		"cell without place": {archive(t, office(`<row><c r="1"><v>1</v></c></row>`)), xlsx.ErrFormat},
		"long cell":          {archive(t, office(`<row><c t="str"><v>`+strings.Repeat("x", 40<<10)+`</v></c></row>`)), xlsx.ErrTooLarge},
	} {
		if _, err := read(test.in); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
	plain := office(`<row><c><v>1</v></c></row>`)
	delete(plain, "xl/styles.xml")
	plain["xl/_rels/workbook.xml.rels"] = strings.Replace(plain["xl/_rels/workbook.xml.rels"], "urn:x/styles", "urn:x/theme", 1)
	if _, err := read(archive(t, plain)); err != nil {
		t.Errorf("without styles: %v", err)
	}
}

// What is written is read again.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	text := rapid.StringMatching(`[ -~а-яё\n\t«»]{0,20}`)
	rapid.Check(t, func(r *rapid.T) {
		table := rapid.SliceOfN(rapid.SliceOfN(text, 1, 30), 1, 5).Draw(r, "table")
		var b bytes.Buffer
		if err := xlsx.Write(&b, text.Draw(r, "title"), table[0], func(yield func([]string) bool) {
			for _, row := range table[1:] {
				if !yield(row) {
					return
				}
			}
		}); err != nil {
			r.Fatal(err)
		}
		got, err := read(b.Bytes())
		if err != nil {
			r.Fatal(err)
		}
		for i, row := range table {
			for len(row) > 0 && row[len(row)-1] == "" {
				row = row[:len(row)-1]
			}
			if !slices.Equal(got[i], row) {
				r.Fatalf("row %d is %q, want %q", i, got[i], row)
			}
		}
	})
}

// full is a writer without room.
type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	if f.room -= len(p); f.room < 0 {
		return 0, errors.New("full")
	}
	return len(p), nil
}

func TestWriteFails(t *testing.T) {
	t.Parallel()
	row := []string{strings.Repeat("abcdefghij", 1000)}
	for _, room := range []int{0, 100, 3000} {
		err := xlsx.Write(&full{room}, "a", row, func(yield func([]string) bool) {
			for range 1000 {
				if !yield([]string{strconv.Itoa(room), row[0]}) {
					return
				}
			}
		})
		if err == nil {
			t.Errorf("%d octets were enough", room)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(archive(f, office(`<row><c t="s"><v>0</v></c><c s="1"><v>46327</v></c></row>`)))
	f.Add([]byte("PK"))
	f.Fuzz(func(t *testing.T, in []byte) {
		rows, err := read(in)
		if err == nil && len(rows) > xlsx.MaxRows {
			t.Fatal("too many rows")
		}
	})
}

// FuzzSheet reads sheets of any content.
func FuzzSheet(f *testing.F) {
	f.Add(`<row r="3"><c r="B3" t="inlineStr"><is><t>x</t></is></c><c><v>1e9</v></c></row>`)
	f.Fuzz(func(t *testing.T, sheet string) {
		rows, err := read(archive(t, office(sheet)))
		if err != nil {
			return
		}
		for _, row := range rows {
			if len(row) > xlsx.MaxColumns {
				t.Fatal("too many columns")
			}
		}
	})
}
