// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pdf_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"podpis/pki/pdf"
	"podpis/pki/pkitest"
)

// file puts objects and a table together; the trailer gets what is extra.
func file(extra string, objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	return section(b.Bytes(), extra, objects...)
}

// section appends objects numbered from 1 with a table of them.
func section(in []byte, extra string, objects ...string) []byte {
	b := bytes.NewBuffer(bytes.Clone(in))
	var table strings.Builder
	fmt.Fprintf(&table, "xref\n0 %d\n0000000000 65535 f\r\n", len(objects)+1)
	for i, o := range objects {
		fmt.Fprintf(&table, "%010d 00000 n\r\n", b.Len())
		fmt.Fprintf(b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(b, "%strailer\n<</Root 1 0 R/Size %d%s>>\nstartxref\n%d\n%%%%EOF\n", table.String(), len(objects)+1, extra, start)
	return b.Bytes()
}

const (
	catalog = "<</Type/Catalog/Pages 2 0 R>>"
	pages   = "<</Type/Pages/Kids[]/Count 0>>"
)

func open(in []byte) (*pdf.Document, error) { return pdf.Open(bytes.NewReader(in), int64(len(in))) }

func mustOpen(t *testing.T, in []byte) *pdf.Document {
	t.Helper()
	d, err := open(in)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestObjects(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]pdf.Object{
		"null":                            nil,
		"true":                            true,
		"-17":                             int64(-17),
		"+3":                              int64(3),
		".5":                              pdf.Real(".5"),
		"-1.":                             pdf.Real("-1."),
		"/A#20b":                          pdf.Name("A b"),
		"/":                               pdf.Name(""),
		"[1 3 0 R]":                       pdf.Array{int64(1), pdf.Ref{Number: 3}},
		"<</A<</B[/C]>>>>":                pdf.Dict{"A": pdf.Dict{"B": pdf.Array{pdf.Name("C")}}},
		"(a(b)\\)\\n\\101\\7z\\\nc\r\nd)": pdf.String{Value: []byte("a(b))\nA\x07zc\nd")},
		"<4 1 4>":                         pdf.String{Value: []byte("A@"), Hex: true, Irregular: true},
		"<4142>":                          pdf.String{Value: []byte("AB"), Hex: true},
	} {
		d := mustOpen(t, file("", catalog, pages, text))
		got, err := d.Get(pdf.Ref{Number: 3})
		if s, ok := got.(pdf.String); ok {
			s.Start, s.End = 0, 0
			got = s
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", text, err, diff)
		}
	}
}

// TestBroken is the table of broken files with what is said of each.
func TestBroken(t *testing.T) {
	t.Parallel()
	good := file("", catalog, pages)
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	for _, test := range []struct {
		name string
		in   []byte
		want string // error of opening, or of object 3
	}{
		{"empty", nil, "not a PDF"},
		{"text", []byte("hello"), "not a PDF"},
		{"head alone", []byte("%PDF-1.7\n"), "trailer without Root"},
		{"no catalog", file("", pages), "not a catalog"},
		{"depth", file("", catalog, pages, deep), "depth of nesting"},
		{"key twice", file("", catalog, pages, "<</A 1/A 2>>"), "key A twice"},
		{"unfinished string", file("", catalog, pages, "(abc"), "end of string expected"},
		{"unfinished array", file("", catalog, pages, "[1 2"), "object expected"},
		{"value missing", file("", catalog, pages, "<</A>>"), "object expected"},
		{"odd hexadecimal", file("", catalog, pages, "<4g>"), "hexadecimal digit"},
		{"number", file("", catalog, pages, "1-2-3"), "malformed number"},
		{"no endobj", file("", catalog, pages, "1 2"), "endobj expected"},
		{"another number", bytes.Replace(file("", catalog, pages, "(x)"), []byte("3 0 obj"), []byte("4 0 obj"), 1), "another object"},
	} {
		d, err := open(test.in)
		if err == nil {
			_, err = d.Get(pdf.Ref{Number: 3})
		}
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
	if d := mustOpen(t, good); d.Recovered || d.Revisions() != 1 {
		t.Error("good file is not")
	}
}

func TestRecovery(t *testing.T) {
	t.Parallel()
	good := file("/Prev 9999999", catalog, pages, "(x)")
	for name, in := range map[string][]byte{
		"Prev outside":     good,
		"startxref wrong":  bytes.Replace(file("", catalog, pages, "(x)"), []byte("startxref\n"), []byte("startxref\n9"), 1),
		"no end":           bytes.Replace(file("", catalog, pages, "(x)"), []byte("%%EOF"), []byte("     "), 1),
		"no startxref":     bytes.Replace(file("", catalog, pages, "(x)"), []byte("startxref"), []byte("         "), 1),
		"far behind a gap": append(file("", catalog, pages, "(x)"), make([]byte, 200_000)...),
	} {
		d := mustOpen(t, in)
		o, err := d.Get(pdf.Ref{Number: 3})
		if s, ok := o.(pdf.String); !d.Recovered || err != nil || !ok || string(s.Value) != "x" {
			t.Errorf("%s: recovered %v, %v %v", name, d.Recovered, o, err)
		}
	}
}

func TestLoopIsRefused(t *testing.T) {
	t.Parallel()
	in := file("/Prev 0000000000", catalog, pages)
	i := bytes.Index(in, []byte("xref\n0 "))
	in = bytes.Replace(in, []byte("/Prev 0000000000"), fmt.Appendf(nil, "/Prev %010d", i), 1)
	d := mustOpen(t, in)
	if !d.Recovered {
		t.Error("a loop of sections was followed")
	}
	refs := file("", catalog, pages, "4 0 R", "3 0 R")
	var limit *pdf.LimitError
	if _, err := mustOpen(t, refs).Resolve(pdf.Ref{Number: 3}); !errors.As(err, &limit) {
		t.Errorf("loop of references: %v", err)
	}
}

func deflate(t *testing.T, data []byte) string {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestStreams(t *testing.T) {
	t.Parallel()
	plain := deflate(t, []byte("hello"))
	// Rows of 3 octets with the predictors none, sub, up, average, Paeth.
	rows := deflate(t, []byte{0, 1, 2, 3, 1, 1, 1, 1, 2, 1, 1, 1, 3, 1, 1, 1, 4, 1, 1, 1})
	for _, test := range []struct{ dict, data, want, err string }{
		{"", "hello", "hello", ""},
		{"/Filter/FlateDecode", plain, "hello", ""},
		{"/Filter[/FlateDecode]", plain, "hello", ""},
		{"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 3>>", rows,
			"\x01\x02\x03\x01\x02\x03\x02\x03\x04\x02\x03\x04\x03\x04\x05", ""},
		{"/Filter/ASCIIHexDecode", "00>", "", "filter"},
		{"/Filter[/FlateDecode/FlateDecode]", plain, "", "filter"},
		{"/Filter/FlateDecode", "rubbish", "", "inflate"},
	} {
		in := file("", catalog, pages, fmt.Sprintf("<</Length 4 0 R%s>>\nstream\n%s\nendstream", test.dict, test.data), fmt.Sprint(len(test.data)))
		d := mustOpen(t, in)
		o, err := d.Get(pdf.Ref{Number: 3})
		if err != nil {
			t.Fatal(err)
		}
		data, err := d.Data(o.(*pdf.Stream))
		if test.err == "" && (err != nil || string(data) != test.want) || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%s: %q %v", test.dict, data, err)
		}
	}
	short := file("", catalog, pages, "<</Length 3>>\nstream\nhello\nendstream")
	d := mustOpen(t, short)
	o, _ := d.Get(pdf.Ref{Number: 3})
	if _, err := d.Data(o.(*pdf.Stream)); err == nil {
		t.Error("stream with a wrong length was read")
	}
}

func TestBombs(t *testing.T) {
	t.Parallel()
	zeros := deflate(t, make([]byte, pdf.MaxDecoded/4+1))
	in := file("", catalog, pages, fmt.Sprintf("<</Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream", len(zeros), zeros))
	d := mustOpen(t, in)
	o, _ := d.Get(pdf.Ref{Number: 3})
	var err error
	for range 4 {
		_, err = d.Data(o.(*pdf.Stream))
	}
	var limit *pdf.LimitError
	if !errors.As(err, &limit) {
		t.Errorf("decompressed without a bound: %v", err)
	}

	// Strings in strings: each object reaches to the end of the file.
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n1 0 obj\n" + catalog + "\nendobj\n2 0 obj\n" + pages + "\nendobj\n")
	for i := range 40_000 {
		fmt.Fprintf(&b, "%d 0 obj (", i+3)
	}
	b.WriteString("\ntrailer\n<</Root 1 0 R>>\n")
	start := time.Now()
	d, err = open(b.Bytes())
	if err == nil {
		for i := range 40_000 {
			if _, err = d.Get(pdf.Ref{Number: i + 3}); errors.As(err, &limit) {
				break
			}
		}
	}
	if !errors.As(err, &limit) || time.Since(start) > 20*time.Second {
		t.Errorf("objects in objects: %v after %v", err, time.Since(start))
	}
}

func TestUpdateRoundTrip(t *testing.T) {
	t.Parallel()
	in := file("", catalog, pages, "(old)", "(kept)")
	d := mustOpen(t, in)
	u, err := pdf.NewUpdate(d)
	if err != nil {
		t.Fatal(err)
	}
	value := pdf.Dict{
		"A b#": pdf.Array{int64(-1), pdf.Real("0.5"), true, nil, pdf.Ref{Number: 4}},
		"S":    pdf.NewText("(скобки\\"), "T": pdf.NewText("a\rb(\\"),
	}
	u.Set(pdf.Ref{Number: 3}, value)
	added := u.Add(pdf.NewStream(pdf.Dict{"Type": pdf.Name("X")}, []byte("data")))
	u.SetID([]byte("identifier"))
	a, err := u.Encode()
	if err != nil {
		t.Fatal(err)
	}
	after := mustOpen(t, append(bytes.Clone(in), a.Octets...))
	if id, _ := after.Trailer()["ID"].(pdf.Array); len(id) != 2 || string(id[0].(pdf.String).Value) != "identifier" {
		t.Errorf("identifier: %v", after.Trailer()["ID"])
	}
	got, err := after.Get(pdf.Ref{Number: 3})
	if err != nil || !pdf.Equal(got, value) || after.Revisions() != 2 || !after.Continues(mustPrefix(t, after, len(in))) {
		t.Errorf("%v %v, %d revisions", got, err, after.Revisions())
	}
	if s := pdf.Text(got.(pdf.Dict)["S"].(pdf.String)); s != "(скобки\\" {
		t.Errorf("text %q", s)
	}
	st, err := after.Get(added)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := after.Data(st.(*pdf.Stream)); err != nil || string(data) != "data" {
		t.Errorf("stream %q %v", data, err)
	}
	before := mustPrefix(t, after, len(in))
	if o, _ := before.Get(pdf.Ref{Number: 3}); string(o.(pdf.String).Value) != "old" {
		t.Errorf("before: %v", o)
	}
	if diff := cmp.Diff([]int{3, added.Number}, after.Touched(before)); diff != "" {
		t.Error(diff)
	}
}

func mustPrefix(t *testing.T, d *pdf.Document, size int) *pdf.Document {
	t.Helper()
	p, err := d.Prefix(int64(size))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestHybrid(t *testing.T) {
	t.Parallel()
	// Object 3 is free in the table and listed in the stream it names.
	in := []byte("%PDF-1.7\n")
	offsets := map[int]int{}
	for n, o := range []string{"", catalog, pages, "(hidden)"} {
		if n > 0 {
			offsets[n] = len(in)
			in = fmt.Appendf(in, "%d 0 obj\n%s\nendobj\n", n, o)
		}
	}
	hidden := len(in)
	in = fmt.Appendf(in, "4 0 obj\n<</Type/XRef/Size 5/W[1 2 0]/Index[3 1]/Length 3>>\nstream\n\x01%c%c\nendstream\nendobj\n", offsets[3]>>8, offsets[3]&255)
	start := len(in)
	in = fmt.Appendf(in, "xref\n0 4\n0000000000 65535 f\r\n%010d 00000 n\r\n%010d 00000 n\r\n0000000000 00000 f\r\ntrailer\n<</Root 1 0 R/Size 5/XRefStm %d>>\nstartxref\n%d\n%%%%EOF", offsets[1], offsets[2], hidden, start)
	d := mustOpen(t, in)
	o, err := d.Get(pdf.Ref{Number: 3})
	if s, ok := o.(pdf.String); err != nil || !ok || string(s.Value) != "hidden" || d.Recovered {
		t.Errorf("%v %v, recovered %v", o, err, d.Recovered)
	}
}

// walk reads every object that can be reached, as callers may.
func walk(d *pdf.Document) {
	seen := map[pdf.Ref]bool{}
	queue := []pdf.Object{d.Trailer()}
	for len(queue) > 0 && len(seen) < 10_000 {
		o := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		switch v := o.(type) {
		case pdf.Ref:
			if seen[v] {
				continue
			}
			seen[v] = true
			if o, err := d.Get(v); err == nil {
				queue = append(queue, o)
			}
		case pdf.Array:
			queue = append(queue, v...)
		case pdf.Dict:
			for _, e := range v {
				queue = append(queue, e)
			}
		case *pdf.Stream:
			_, _ = d.Data(v)
			queue = append(queue, v.Dict)
		}
	}
}

func seeds(f *testing.F) {
	f.Add(file("", catalog, pages, "[(a) <41> /N 1.5 true null]"))
	f.Add(section(file("", catalog, pages), "/Prev 100", catalog))
	f.Add([]byte("%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj trailer<</Root 1 0 R>>"))
	corpus, err := filepath.Glob(filepath.Join(pkitest.Corpus(f), "generic", "pades", "pyhanko-m*.pdf"))
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range corpus {
		in, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(in)
	}
}

// FuzzOpen reads whole files: cross-reference, recovery, object streams.
func FuzzOpen(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		d, err := open(in)
		if err != nil {
			return
		}
		walk(d)
		for p := d.Previous(); p != nil; p = p.Previous() {
			walk(p)
		}
		if p, err := d.Prefix(int64(len(in) / 2)); err == nil {
			walk(p)
		}
	})
}

// FuzzObject reads one object, and writes and reads again what was read.
func FuzzObject(f *testing.F) {
	for _, s := range []string{"<</A[1 0 R(x\\051)<41 4>]/B#20 -1.5>>", "[[[]]]", "(\\1234\\\r\nx)", "true"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		d, err := open(file("", catalog, pages, string(in)))
		if err != nil || d.Recovered {
			return
		}
		o, err := d.Get(pdf.Ref{Number: 3})
		if _, isStream := o.(*pdf.Stream); err != nil || isStream {
			return
		}
		whole := file("", catalog, pages, string(in))
		u, err := pdf.NewUpdate(d)
		if err != nil {
			return
		}
		u.Set(pdf.Ref{Number: 3}, o)
		a, err := u.Encode()
		if err != nil {
			return
		}
		again, err := open(append(whole, a.Octets...))
		if err != nil {
			t.Fatal(err)
		}
		if p, err := again.Get(pdf.Ref{Number: 3}); err != nil || !pdf.Equal(o, p) {
			t.Fatalf("%v, then %v %v", o, p, err)
		}
	})
}

// FuzzXref reads cross-reference streams with chosen octets.
func FuzzXref(f *testing.F) {
	f.Add("/W[1 2 1]/Size 3", []byte{0, 0, 0, 0, 1, 0, 9, 0, 1, 0, 60, 0})
	f.Add("/W[0 1 0]/Size 3/Index[0 1 2 1]", []byte{9, 60})
	f.Fuzz(func(t *testing.T, dict string, data []byte) {
		in := []byte("%PDF-1.7\n1 0 obj" + catalog + "endobj 2 0 obj" + pages + "endobj\n")
		start := len(in)
		in = fmt.Appendf(in, "4 0 obj\n<</Type/XRef/Root 1 0 R%s/Length %d>>\nstream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF", dict, len(data), data, start)
		if d, err := open(in); err == nil {
			walk(d)
		}
	})
}
