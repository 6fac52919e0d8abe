// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pades_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/pades"
)

// root returns the catalog of a signed file with a change.
func root(t *testing.T, file []byte, old, replacement string) string {
	t.Helper()
	in := string(file[bytes.LastIndex(file, []byte("\n1 0 obj\n"))+len("\n1 0 obj\n"):])
	in, _, _ = strings.Cut(in, "\nendobj")
	if !strings.Contains(in, old) {
		t.Fatalf("no %q in %s", old, in)
	}
	return strings.Replace(in, old, replacement, 1)
}

// object returns the newest text of an object.
func object(t *testing.T, file []byte, n int) string {
	t.Helper()
	head := fmt.Sprintf("\n%d 0 obj\n", n)
	in := string(file[bytes.LastIndex(file, []byte(head))+len(head):])
	in, _, _ = strings.Cut(in, "\nendobj")
	return in
}

// TestChanges is the table of what may come after a signature: harmless changes
// with their kinds, and the attacks of incremental saving and of shadows.
func TestChanges(t *testing.T) {
	t.Parallel()
	id := signer(t, alg.P256)
	type change struct {
		kind   pades.ChangeKind
		reason pades.Reason
	}
	suspicious := func(r pades.Reason) []change { return []change{{pades.Suspicious, r}} }
	only := func(k pades.ChangeKind) []change { return []change{{kind: k}} }
	for _, test := range []struct {
		name    string
		attack  func(file []byte) []byte
		want    []change
		allowed [4]bool // by permission 0 to 3
	}{
		{"nothing", func(f []byte) []byte { return f }, nil, [4]bool{true, true, true, true}},
		{"white space", func(f []byte) []byte { return append(f, "\r\n \n"...) }, nil, [4]bool{true, true, true, true}},
		{"an object nobody refers to", func(f []byte) []byte { return update(t, f, map[int]string{40: "(x)"}, "") }, nil, [4]bool{true, true, true, true}},
		{"evidence", func(f []byte) []byte {
			return update(t, f, map[int]string{1: root(t, f, "<<", "<</DSS 40 0 R"), 40: "<</Certs[41 0 R]>>", 41: stream("x")}, "")
		}, only(pades.ChangeEvidence), [4]bool{true, true, true, true}},
		{"metadata", func(f []byte) []byte {
			return update(t, f, map[int]string{1: root(t, f, "<<", "<</Metadata 40 0 R"), 40: stream("x")}, "")
		}, only(pades.ChangeMetadata), [4]bool{true, true, true, true}},
		{"form filled", func(f []byte) []byte {
			return update(t, f, map[int]string{6: strings.Replace(object(t, f, 6), "/V(1)", "/V(2)", 1)}, "")
		}, only(pades.ChangeForm), [4]bool{true, false, true, true}},
		{"appearance of a field", func(f []byte) []byte {
			return update(t, f, map[int]string{7: strings.Replace(object(t, f, 7), "q Q ", "f f ", 1)}, "")
		}, only(pades.ChangeForm), [4]bool{true, false, true, true}},
		{"note changed", func(f []byte) []byte {
			return update(t, f, map[int]string{8: strings.Replace(object(t, f, 8), "(note)", "(other)", 1)}, "")
		}, only(pades.ChangeAnnotation), [4]bool{true, false, false, true}},
		{"note added", func(f []byte) []byte {
			return update(t, f, map[int]string{3: strings.Replace(object(t, f, 3), "8 0 R", "8 0 R 40 0 R", 1), 40: "<</Type/Annot/Subtype/FreeText/Rect[0 0 300 300]>>"}, "")
		}, only(pades.ChangeAnnotation), [4]bool{true, false, false, true}},
		{"note removed", func(f []byte) []byte {
			return update(t, f, map[int]string{3: strings.Replace(object(t, f, 3), "8 0 R", "", 1)}, "")
		}, only(pades.ChangeAnnotation), [4]bool{true, false, false, true}},

		{"octets without a reference (incremental saving)", func(f []byte) []byte {
			return append(f, "4 0 obj\n"+stream("BT (Pay 999) Tj ET")+"\nendobj\n"...)
		}, suspicious(pades.ReasonTail), [4]bool{}},
		{"octets with a trailer alone (incremental saving)", func(f []byte) []byte {
			return append(f, "4 0 obj\n"+stream("BT (Pay 999) Tj ET")+"\nendobj\ntrailer\n<</Root 1 0 R>>\n"...)
		}, suspicious(pades.ReasonTail), [4]bool{}},
		{"page drawn anew (incremental saving)", func(f []byte) []byte {
			return update(t, f, map[int]string{4: stream("BT (Pay 999) Tj ET")}, "")
		}, suspicious(pades.ReasonObject), [4]bool{}},
		{"page with other contents", func(f []byte) []byte {
			return update(t, f, map[int]string{3: strings.Replace(object(t, f, 3), "4 0 R", "40 0 R", 1), 40: stream("x")}, "")
		}, suspicious(pades.ReasonPages), [4]bool{}},
		{"page without the cover (shadow: hide)", func(f []byte) []byte {
			return update(t, f, map[int]string{3: strings.Replace(object(t, f, 3), "/XObject <</X 50 0 R>>", "", 1)}, "")
		}, suspicious(pades.ReasonPages), [4]bool{}},
		{"what was missing is there (shadow: hide)", func(f []byte) []byte {
			return update(t, f, map[int]string{50: "<</Type/XObject/Subtype/Form/BBox[0 0 80 20]/Length 0>>\nstream\n\nendstream"}, "")
		}, suspicious(pades.ReasonObject), [4]bool{}},
		{"other font (shadow: replace)", func(f []byte) []byte {
			return update(t, f, map[int]string{5: "<</Type/Font/Subtype/Type1/BaseFont/Symbol>>"}, "")
		}, suspicious(pades.ReasonObject), [4]bool{}},
		{"other catalog (shadow: hide and replace)", func(f []byte) []byte {
			return update(t, f, map[int]string{40: "(x)"}, "/Root 9 0 R")
		}, suspicious(pades.ReasonRoot), [4]bool{}},
		{"page added", func(f []byte) []byte {
			return update(t, f, map[int]string{2: "<</Type/Pages/Kids[3 0 R 40 0 R]/Count 2/MediaBox[0 0 300 300]>>", 40: "<</Type/Page/Parent 2 0 R>>"}, "")
		}, suspicious(pades.ReasonPages), [4]bool{}},
		{"script at opening", func(f []byte) []byte {
			return update(t, f, map[int]string{1: root(t, f, "<<", "<</OpenAction<</S/JavaScript/JS(x)>>")}, "")
		}, suspicious(pades.ReasonObject), [4]bool{}},
		{"text field added", func(f []byte) []byte {
			return update(t, f, map[int]string{1: root(t, f, "[6 0 R", "[40 0 R 6 0 R"), 40: "<</FT/Tx/T(new)/V(1)>>"}, "")
		}, suspicious(pades.ReasonField), [4]bool{}},
		{"text field removed", func(f []byte) []byte {
			return update(t, f, map[int]string{1: root(t, f, "[6 0 R", "[")}, "")
		}, suspicious(pades.ReasonField), [4]bool{}},
		{"field moved", func(f []byte) []byte {
			return update(t, f, map[int]string{6: strings.Replace(object(t, f, 6), "[10 10 90 30]", "[10 10 290 290]", 1)}, "")
		}, suspicious(pades.ReasonField), [4]bool{}},
		{"script in a field for a signature", func(f []byte) []byte {
			return update(t, f, map[int]string{1: root(t, f, "[6 0 R", "[40 0 R 6 0 R"), 40: "<</FT/Sig/T(new)/AA<</E<</S/JavaScript/JS(x)>>>>>>"}, "")
		}, suspicious(pades.ReasonField), [4]bool{}},
		{"empty field that shows something", func(f []byte) []byte {
			return update(t, f, map[int]string{1: root(t, f, "[6 0 R", "[40 0 R 6 0 R"), 40: "<</FT/Sig/T(new)/Subtype/Widget/Rect[0 0 300 300]/AP<</N 41 0 R>>>>", 41: stream("x")}, "")
		}, suspicious(pades.ReasonField), [4]bool{}},
		{"old object in a new field", func(f []byte) []byte {
			return update(t, f, map[int]string{1: root(t, f, "[6 0 R", "[9 0 R 6 0 R"), 9: "<</FT/Sig/T(new)>>"}, "")
		}, suspicious(pades.ReasonReuse), [4]bool{}},
		{"script added to a note", func(f []byte) []byte {
			return update(t, f, map[int]string{8: strings.Replace(object(t, f, 8), "(note)", "(note)/A<</S/JavaScript/JS(x)>>", 1)}, "")
		}, suspicious(pades.ReasonObject), [4]bool{}},
		{"section that passes over the signed ones", func(f []byte) []byte {
			start := len(f)
			f = append(f, "xref\n"...)
			for _, n := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 60, 61} {
				f = fmt.Appendf(f, "%d 1\n%010d 00000 n\r\n", n, bytes.LastIndex(f, fmt.Appendf(nil, "\n%d 0 obj\n", n))+1)
			}
			return fmt.Appendf(f, "trailer\n<</Size 62/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", start)
		}, suspicious(pades.ReasonChain), [4]bool{}},
		{"permissions added", func(f []byte) []byte {
			return update(t, f, map[int]string{1: root(t, f, "<<", "<</Perms<</UR3 40 0 R>>"), 40: "<<>>"}, "")
		}, nil, [4]bool{}},
	} {
		for permission := range 4 {
			file := signed(t, newFile(false), id, pades.Options{Permission: permission})
			before := bytes.Clone(file)
			if permission != 0 && test.name == "permissions added" {
				continue
			}
			out := test.attack(file)
			if !bytes.HasPrefix(out, before) {
				t.Fatalf("%s: not an update", test.name)
			}
			d := read(t, out)
			s := d.Signatures[len(d.Signatures)-1] // behind the empty one of the last test
			if len(s.Problems) > 0 || s.Permission != permission || s.CheckDigest() != nil {
				t.Errorf("%s: problems %v, permission %d", test.name, s.Problems, s.Permission)
			}
			if s.Modified() == test.allowed[permission] {
				t.Errorf("%s, permission %d: changes %v", test.name, permission, s.Changes)
			}
			for _, w := range test.want {
				if !slices.ContainsFunc(s.Changes, func(c pades.Change) bool { return c.Kind == w.kind && c.Reason == w.reason }) {
					t.Errorf("%s, permission %d: changes %v, want %v", test.name, permission, s.Changes, w)
				}
			}
			if test.name == "nothing" && len(s.Changes) > 0 {
				t.Errorf("%s: changes %v", test.name, s.Changes)
			}
		}
	}
}

func TestLockedFields(t *testing.T) {
	t.Parallel()
	id := signer(t, alg.P256)
	for action, allowed := range map[string]bool{
		"/Action/All":                       false,
		"/Action/Include/Fields[(amount)]":  false,
		"/Action/Include/Fields[(other)]":   true,
		"/Action/Exclude/Fields[(amount)]":  true,
		"/Action/Exclude/Fields[(another)]": false,
	} {
		file := signed(t, newFile(false), id, pades.Options{})
		// The lock is written into the signed dictionary: the digest is wrong then,
		// and the lock is read all the same.
		lock := "/Reference[<</TransformMethod/FieldMDP/TransformParams<<" + action + ">>>>]"
		i := bytes.Index(file, []byte("/Contents <"))
		j := i + len("/Contents <")
		k := j + bytes.IndexByte(file[j:], '>')
		if len(lock)%2 == 1 {
			lock += " "
		}
		file = slices.Concat(file[:i], []byte(lock), file[i:k-len(lock)], file[k:]) // padding gives way
		span := fmt.Sprintf("/ByteRange [0 %010d %010d %010d]", j-1+len(lock), k+1, len(file)-k-1)
		at := bytes.Index(file, []byte("/ByteRange"))
		copy(file[at:], span)
		out := update(t, file, map[int]string{6: strings.Replace(object(t, file, 6), "/V(1)", "/V(2)", 1)}, "")
		s := read(t, out).Signatures[0]
		if len(s.Problems) > 0 || s.Modified() == allowed {
			t.Errorf("%s: problems %v, changes %v", action, s.Problems, s.Changes)
		}
	}
}

// TestForgeries spoils the dictionary of the signature in place: signatures
// without range or value, and ranges that leave out more than the value.
func TestForgeries(t *testing.T) {
	t.Parallel()
	id := signer(t, alg.P256)
	file := signed(t, newFile(false), id, pades.Options{})
	at := bytes.Index(file, []byte("/ByteRange"))
	end := at + bytes.IndexByte(file[at:], ']') + 1
	span := read(t, file).Signatures[0].Range
	ranged := func(text string) func([]byte) {
		return func(f []byte) { copy(f[at:end], text+strings.Repeat(" ", end-at-len(text))) }
	}
	numbers := func(r ...int64) func([]byte) {
		var list []string
		for _, v := range r {
			list = append(list, strconv.FormatInt(v, 10))
		}
		return ranged("/ByteRange[" + strings.Join(list, " ") + "]")
	}
	contents := func(text string) func([]byte) {
		return func(f []byte) {
			i := bytes.Index(f, []byte("/Contents <"))
			copy(f[i:span[2]], text+strings.Repeat(" ", int(span[2])-i-len(text)))
		}
	}
	a, b, n := span[1], span[2], span[3]
	for _, test := range []struct {
		name  string
		spoil func([]byte)
		want  pades.Problem
	}{
		{"no range", ranged(""), pades.ProblemRange},
		{"null range", ranged("/ByteRange null"), pades.ProblemRange},
		{"range of nothing", numbers(), pades.ProblemRange},
		{"range of zeros", numbers(0, 0, 0, 0), pades.ProblemRange},
		{"negative", numbers(0, -1, b, n), pades.ProblemRange},
		{"one piece", numbers(0, a), pades.ProblemRange},
		{"three pieces", numbers(0, 10, 20, a-20, b, n), pades.ProblemRange},
		{"not from the beginning", numbers(1, a-1, b, n), pades.ProblemRange},
		{"pieces overlap", numbers(0, a, a-5, n), pades.ProblemRange},
		{"beyond the file", numbers(0, a, b, n+1), pades.ProblemRange},
		{"near the largest number", numbers(0, a, b, 1<<63-1), pades.ProblemRange},
		{"gap begins early", numbers(0, a-20, b, n), pades.ProblemGap},
		{"gap ends late", numbers(0, a, b+20, n-20), pades.ProblemGap},
		{"ends early", numbers(0, a, b, n-20), pades.ProblemRevision},
		{"ends at the value", numbers(0, a, b, 1), pades.ProblemRevision},
		{"no value", contents(""), pades.ProblemContents},
		{"null value", contents("/Contents null"), pades.ProblemContents},
		{"empty value", contents("/Contents <>"), pades.ProblemContents},
		{"value of zeros", contents("/Contents <0000>"), pades.ProblemFormat},
		{"value in parentheses", contents("/Contents (x)"), pades.ProblemContents},
		{"other encoding", func(f []byte) {
			i := bytes.Index(f, []byte("ETSI.CAdES.detached"))
			copy(f[i:], "ETSI.CAdES.attached")
		}, pades.ProblemSubFilter},
		{"white space in the value", func(f []byte) { f[b-2] = ' ' }, pades.ProblemContents},
		{"octets behind the message", func(f []byte) { f[b-2] = '1' }, pades.ProblemFormat},
	} {
		f := bytes.Clone(file)
		test.spoil(f)
		d := read(t, f)
		if len(d.Signatures) != 1 {
			t.Errorf("%s: %d signatures", test.name, len(d.Signatures))
			continue
		}
		s := d.Signatures[0]
		if !slices.Contains(s.Problems, test.want) {
			t.Errorf("%s: problems %v, want %s", test.name, s.Problems, test.want)
		}
		_ = s.CheckDigest() // no panic
		_ = s.CheckValue(id.Cert.PublicKey)
	}
}

// TestWrapping moves the second signed piece to the end, so that the digest still
// fits, and puts another document into the hole.
func TestWrapping(t *testing.T) {
	t.Parallel()
	id := signer(t, alg.P256)
	file := signed(t, newFile(false), id, pades.Options{})
	s := read(t, file).Signatures[0]
	head, gap, tail := file[:s.Range[1]], file[s.Range[1]:s.Range[2]], file[s.Range[2]:]
	hole := []byte(" 4 0 obj\n" + stream("BT (Pay 999) Tj ET") + "\nendobj\n")
	forged := slices.Concat(head, gap, hole, tail)
	forged = update(t, forged, map[int]string{40: "(x)"}, "")
	d := read(t, forged)
	for _, s := range d.Signatures {
		if v, _ := verdictOf(s); v == good {
			t.Errorf("passes: %v", s.Changes)
		}
	}
	// The same with a dictionary of its own that names the moved piece.
	sig := strings.Replace(object(t, file, 60), fmt.Sprintf("%010d %010d %010d", s.Range[1], s.Range[2], s.Range[3]),
		fmt.Sprintf("%010d %010d %010d", s.Range[1], int(s.Range[2])+len(hole), s.Range[3]), 1)
	forged = update(t, slices.Concat(head, gap, hole, tail), map[int]string{60: sig, 4: stream("BT (Pay 999) Tj ET")}, "")
	d = read(t, forged)
	if len(d.Signatures) == 0 {
		t.Fatal("no signature listed")
	}
	for _, s := range d.Signatures {
		if v, _ := verdictOf(s); v == good || v == modified {
			t.Errorf("passes: %v %v", s.Range, s.Problems)
		}
	}
}

func TestSignatureRemovedOrReplaced(t *testing.T) {
	t.Parallel()
	id := signer(t, alg.P256)
	file := signed(t, newFile(false), id, pades.Options{})
	for name, objects := range map[string]map[int]string{
		"field without value": {61: strings.Replace(object(t, file, 61), "/V 60 0 R", "", 1)},
		"field gone":          {1: root(t, file, " 61 0 R", "")},
		"form gone":           {1: page()[9]},
		"value is null":       {60: "null"},
	} {
		d := read(t, update(t, file, objects, ""))
		if len(d.Signatures) != 1 || !d.Signatures[0].Removed || !d.Signatures[0].Modified() {
			t.Errorf("%s: %v", name, d.Signatures)
		}
	}
	other := strings.Replace(object(t, file, 60), "/Type /Sig", "/Reason (I agree)/Type /Sig", 1)
	d := read(t, update(t, file, map[int]string{60: other}, ""))
	for _, s := range d.Signatures {
		if v, _ := verdictOf(s); v == good {
			t.Errorf("replaced signature passes")
		}
	}
}

// TestPackReplaced: the objects of an object stream change without being listed.
func TestPackReplaced(t *testing.T) {
	t.Parallel()
	id := signer(t, alg.P256)
	pack := func(text string) string {
		return fmt.Sprintf("<</Type/ObjStm/N 1/First 4/Length %d>>\nstream\n5 0 %s\nendstream", 4+len(text), text)
	}
	objects := page()
	font := objects[5]
	delete(objects, 5)
	objects[20] = pack(font)
	file := write([]byte("%PDF-1.7\n"), objects, -1, true, "")
	// Object 5 becomes the first of object stream 20.
	entry := []byte{2, 0, 0, 20}
	i := bytes.Index(file, []byte("99 0 obj"))
	fixed := bytes.Replace(file[i:], []byte("/Index[1 1 "), []byte("/Index[1 1 5 1 "), 1)
	length := bytes.Index(fixed, []byte("/Length "))
	var n int
	if _, err := fmt.Sscan(string(fixed[length+len("/Length "):]), &n); err != nil {
		t.Fatal(err)
	}
	fixed = bytes.Replace(fixed, []byte("/Length "+strconv.Itoa(n)), []byte("/Length "+strconv.Itoa(n+4)), 1)
	j := bytes.Index(fixed, []byte("stream\n")) + len("stream\n") + 4
	file = slices.Concat(file[:i], fixed[:j], entry, fixed[j:])

	out := signed(t, file, id, pades.Options{})
	if s := read(t, out).Signatures[0]; s.Modified() || !s.Whole {
		t.Fatalf("before: %v", s.Changes)
	}
	out = update(t, out, map[int]string{20: pack(strings.Replace(font, "Helvetica", "Symbol", 1))}, "")
	s := read(t, out).Signatures[0]
	if !s.Modified() {
		t.Error("replaced object stream passes")
	}
}

// TestSharedObjects: documents made for a later change use one object in two
// roles, of which one is allowed to change.
func TestSharedObjects(t *testing.T) {
	t.Parallel()
	id := signer(t, alg.P256)
	for name, test := range map[string]struct {
		prepare func(map[int]string)
		object  int
		now     string
	}{
		"form as resources": {func(o map[int]string) {
			o[1] = "<</Type/Catalog/Pages 2 0 R/AcroForm 10 0 R>>"
			o[10] = "<</Fields[6 0 R]/Font<</F1 5 0 R>>>>"
			o[3] = "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources 10 0 R/Annots[6 0 R]>>"
		}, 10, "<</Fields[6 0 R 61 0 R]/Font<</F1 9 0 R>>>>"},
		"note as resources": {func(o map[int]string) {
			o[8] = "<</Type/Annot/Subtype/Text/Rect[1 1 2 2]/Font<</F1 5 0 R>>>>"
			o[3] = "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources 8 0 R/Annots[6 0 R 8 0 R]>>"
		}, 8, "<</Type/Annot/Subtype/Text/Rect[1 1 2 2]/Font<</F1 9 0 R>>>>"},
		"appearance as contents": {func(o map[int]string) {
			o[3] = strings.Replace(o[3], "/Contents 4 0 R", "/Contents 7 0 R", 1)
		}, 7, "<</Type/XObject/Subtype/Form/BBox[0 0 80 20]/Length 4>>\nstream\nf f \nendstream"},
		"metadata as contents": {func(o map[int]string) {
			o[1] = strings.Replace(o[1], "/Pages", "/Metadata 4 0 R/Pages", 1)
		}, 4, stream("BT (Pay 999) Tj ET")},
		"length of contents": {func(o map[int]string) {
			o[4] = "<</Length 11 0 R>>\nstream\nBT (a) Tj ET\nendstream\nendstream"
			o[11] = "12"
		}, 11, "22"},
		"behind what cannot be read": {func(o map[int]string) {
			o[4] = "<</A 1/A 2/Length 11 0 R>>\nstream\nBT (a) Tj ET\nendstream\nendstream"
			o[11] = "12"
		}, 11, "22"},
	} {
		objects := page()
		test.prepare(objects)
		file := signed(t, write([]byte("%PDF-1.7\n"), objects, -1, false, ""), id, pades.Options{})
		if s := read(t, file).Signatures[0]; s.Modified() || len(s.Problems) > 0 {
			t.Errorf("%s: before: %v %v", name, s.Problems, s.Changes)
		}
		if s := read(t, update(t, file, map[int]string{test.object: test.now}, "")).Signatures[0]; !s.Modified() {
			t.Errorf("%s: changes %v", name, s.Changes)
		}
	}
}

// TestLongLists: lists of tens of thousands of fields and notes are compared in
// a time that grows with their length, not with its square.
func TestLongLists(t *testing.T) {
	t.Parallel()
	id := signer(t, alg.P256)
	var list strings.Builder
	for n := range 40_000 {
		fmt.Fprintf(&list, "%d 0 R ", 1000+n)
	}
	objects := page()
	objects[1] = "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields 10 0 R>>>>"
	objects[3] = "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Annots 11 0 R>>"
	objects[10], objects[11] = "["+list.String()+"]", "[8 0 R "+list.String()+"]"
	start := time.Now()
	file := signed(t, write([]byte("%PDF-1.7\n"), objects, -1, false, ""), id, pades.Options{})
	out := update(t, file, map[int]string{10: "[60 0 R " + list.String() + "]", 11: "[" + list.String() + "]"}, "")
	s := read(t, out).Signatures[0]
	if !s.Modified() {
		t.Errorf("changes %v", s.Changes)
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}
