// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pdf_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"podpis/pki/pdf"
)

// packed is a file whose catalog and pages stand in an object stream, found by a
// cross-reference stream; the parts can be spoiled.
func packed(xref, pack, data string, startxref int) []byte {
	b := []byte("%PDF-1.7\n")
	offset := len(b)
	b = fmt.Appendf(b, "3 0 obj\n<<%s/Length %d>>\nstream\n%s\nendstream\nendobj\n", pack, len(data), data)
	start := len(b)
	table := []byte{2, 0, 3, 0, 2, 0, 3, 1, 1, 0, byte(offset), 0, 1, byte(start >> 8), byte(start), 0}
	b = fmt.Appendf(b, "4 0 obj\n<<%s/Length %d>>\nstream\n%s\nendstream\nendobj\n", xref, len(table), table)
	return fmt.Appendf(b, "startxref\n%d\n%%%%EOF\n", start+startxref)
}

const (
	goodXref = "/Type/XRef/Root 1 0 R/Size 5/W[1 2 1]/Index[1 4]"
	goodPack = "/Type/ObjStm/N 2/First 9"
	goodData = "1 0 2 30 " + "<</Type/Catalog/Pages 2 0 R>>  " + "<</Type/Pages/Kids[]>>"
)

func TestPackedObjects(t *testing.T) {
	t.Parallel()
	d := mustOpen(t, packed(goodXref, goodPack, goodData, 0))
	if d.Recovered || d.Dict(d.Catalog()["Pages"]) == nil {
		t.Fatal("good file is not read")
	}
	for _, test := range []struct{ name, xref, pack, data string }{
		{"widths", strings.Replace(goodXref, "W[1 2 1]", "W[1 2]", 1), goodPack, goodData},
		{"widths of nothing", strings.Replace(goodXref, "W[1 2 1]", "W[0 0 0]", 1), goodPack, goodData},
		{"large widths", strings.Replace(goodXref, "W[1 2 1]", "W[1 9 1]", 1), goodPack, goodData},
		{"no size", strings.Replace(goodXref, "/Size 5", "", 1), goodPack, goodData},
		{"size too large", strings.Replace(goodXref, "/Size 5", "/Size 99999999", 1), goodPack, goodData},
		{"index of three", strings.Replace(goodXref, "Index[1 4]", "Index[1 4 7]", 1), goodPack, goodData},
		{"index of names", strings.Replace(goodXref, "Index[1 4]", "Index[/A 4]", 1), goodPack, goodData},
		{"index too long", strings.Replace(goodXref, "Index[1 4]", "Index[1 400]", 1), goodPack, goodData},
		{"index that repeats", strings.Replace(goodXref, "Index[1 4]", "Index[1 2 1 2]", 1), goodPack, goodData},
		{"not a cross-reference", strings.Replace(goodXref, "/XRef", "/Other", 1), goodPack, goodData},
		{"another filter", goodXref + "/Filter/LZWDecode", goodPack, goodData},
		{"malformed Prev", goodXref + "/Prev/A", goodPack, goodData},
		{"no root", strings.Replace(goodXref, "/Root 1 0 R", "", 1), goodPack, goodData},
		{"not an object stream", goodXref, strings.Replace(goodPack, "ObjStm", "Other", 1), goodData},
		{"count", goodXref, strings.Replace(goodPack, "/N 2", "/N 99", 1), goodData},
		{"first", goodXref, strings.Replace(goodPack, "/First 9", "/First 999", 1), goodData},
		{"other numbers", goodXref, goodPack, "7" + goodData[1:]},
		{"offset", goodXref, goodPack, strings.Replace(goodData, " 30 ", " 99 ", 1)},
		{"broken object", goodXref, goodPack, strings.Replace(goodData, "<</Type/Cat", "<<</Type/Ca", 1)},
	} {
		// Either nothing is read, or by a scan that says so.
		if d, err := open(packed(test.xref, test.pack, test.data, 0)); err == nil && !d.Recovered {
			t.Errorf("%s: read as a good file", test.name)
		}
	}
	d = mustOpen(t, packed(goodXref, goodPack, goodData, 7))
	if !d.Recovered || d.Dict(d.Catalog()["Pages"]) == nil {
		t.Error("object stream is not recovered")
	}
}

func TestBrokenTables(t *testing.T) {
	t.Parallel()
	good := string(file("", catalog, pages))
	for name, change := range map[string][2]string{
		"kind":         {" n\r\n", " x\r\n"},
		"offset":       {"0000000009 ", "000000000A "},
		"generation":   {" 00000 n", " 99999 n"},
		"subsection":   {"xref\n0 3", "xref\n0 A"},
		"too long":     {"xref\n0 3", "xref\n0 4"},
		"numbers":      {"xref\n0 3", "xref\n8388607 3"},
		"trailer":      {"trailer\n<<", "trailer\n[["},
		"no trailer":   {"trailer", "treiler"},
		"object twice": {"trailer", "1 1\n0000000009 00000 n\r\ntrailer"},
		"Prev":         {"/Root", "/Prev(x)/Root"},
		"XRefStm":      {"/Root", "/XRefStm 9/Root"},
	} {
		in := []byte(strings.Replace(good, change[0], change[1], 1))
		if d, err := open(in); err == nil && !d.Recovered {
			t.Errorf("%s: read as a good file", name)
		}
	}
}

func TestUpdateOfStreams(t *testing.T) {
	t.Parallel()
	in := packed(goodXref, goodPack, goodData, 0)
	u, err := pdf.NewUpdate(mustOpen(t, in))
	if err != nil {
		t.Fatal(err)
	}
	r := u.Add(pdf.Dict{"A": int64(1)})
	a, err := u.Encode()
	if err != nil {
		t.Fatal(err)
	}
	whole := append(bytes.Clone(in), a.Octets...)
	d := mustOpen(t, whole)
	if o, err := d.Get(r); err != nil || !pdf.Equal(o, pdf.Dict{"A": int64(1)}) || d.Recovered || d.Revisions() != 2 {
		t.Errorf("%v %v", o, err)
	}
	if p := d.Previous(); p == nil || p.Previous() != nil || p.Revisions() != 1 {
		t.Error("previous revision")
	}
	if _, err := d.Prefix(int64(len(whole)) + 1); err == nil {
		t.Error("prefix beyond the file")
	}
	if _, err := pdf.NewUpdate(mustPrefix(t, d, len(in))); !errors.Is(err, pdf.ErrDamaged) {
		t.Errorf("update of a part: %v", err)
	}
	u.Add(struct{}{})
	if _, err := u.Encode(); !errors.Is(err, pdf.ErrObject) {
		t.Errorf("what is no object: %v", err)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain": "plain", "\xe9": "é", "\xef\xbb\xbfпример": "пример", "\xfe\xff\x04\x1f\x04\x40": "Пр", "\xfe\xff\xd8\x3d\xde\x00": "😀",
	} {
		if got := pdf.Text(pdf.String{Value: []byte(in)}); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if again := pdf.Text(pdf.NewText(want)); again != want {
			t.Errorf("%q comes back as %q", want, again)
		}
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		in   pdf.Object
		want float64
		ok   bool
	}{{int64(3), 3, true}, {pdf.Real("-.5"), -0.5, true}, {pdf.Name("x"), 0, false}} {
		if got, ok := pdf.Number(test.in); got != test.want || ok != test.ok {
			t.Errorf("%v: %v %v", test.in, got, ok)
		}
	}
}
