// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pdf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
	"strconv"
)

// ErrDamaged says that a file is not updated because its cross-reference is broken.
var ErrDamaged = errors.New("pdf: cross-reference is broken, the file cannot be continued")

// Update is an incremental update of a document (ISO 32000-1, 7.5.6): objects
// that replace or join those of the file, and a cross-reference section of the
// kind the file ends with.
type Update struct {
	doc     *Document
	next    int
	objects map[Ref]Object
	id      []byte // of a file that has none; nil: it keeps what it has
}

// NewUpdate starts an update of a whole file.
func NewUpdate(d *Document) (*Update, error) {
	switch {
	case d.Encrypted:
		return nil, ErrEncrypted
	case d.Recovered || d.size != d.src.size:
		return nil, ErrDamaged
	}
	u := &Update{doc: d, objects: map[Ref]Object{}}
	size, _ := d.trailer["Size"].(int64)
	u.next = int(max(1, min(size, MaxNumber)))
	for _, x := range d.sections {
		for n := range x.entries {
			u.next = max(u.next, n+1)
		}
	}
	return u, nil
}

// Add puts a new object into the update.
func (u *Update) Add(o Object) Ref {
	r := Ref{Number: u.next}
	u.next++
	u.objects[r] = o
	return r
}

// Set replaces an object of the file, or one that was added.
func (u *Update) Set(r Ref, o Object) { u.objects[r] = o }

// SetID gives a file without an identifier one (ISO 32000-1, 14.4); the identifier
// of a file that has one stays.
func (u *Update) SetID(id []byte) { u.id = id }

// Appendix is the encoded update: what comes behind the file.
type Appendix struct {
	Octets []byte
	// Offsets of the objects in the whole file.
	Offsets map[Ref]int64
}

// Encode writes the update.
func (u *Update) Encode() (*Appendix, error) {
	w := &writer{}
	a := &Appendix{Offsets: map[Ref]int64{}}
	w.WriteByte('\n')
	refs := slices.SortedFunc(maps.Keys(u.objects), func(x, y Ref) int { return x.Number - y.Number })
	for _, r := range refs {
		a.Offsets[r] = u.doc.size + int64(w.Len())
		w.WriteString(strconv.Itoa(r.Number) + " " + strconv.Itoa(r.Generation) + " obj\n")
		if err := w.indirect(u.objects[r]); err != nil {
			return nil, err
		}
		w.WriteString("\nendobj\n")
	}
	trailer := Dict{"Root": u.doc.root, "Prev": u.doc.sections[0].offset}
	for _, key := range []Name{"Info", "ID"} {
		if v, ok := u.doc.trailer[key]; ok {
			trailer[key] = v
		}
	}
	if id := (String{Value: u.id, Hex: true}); u.id != nil && trailer["ID"] == nil {
		trailer["ID"] = Array{id, id}
	}
	start := u.doc.size + int64(w.Len())
	if start > maxOffset {
		return nil, &LimitError{"length of the file"}
	}
	if u.doc.sections[0].stream {
		u.xrefStream(w, a, trailer, start)
	} else {
		u.table(w, a, trailer)
	}
	w.WriteString("\nstartxref\n" + strconv.FormatInt(start, 10) + "\n%%EOF\n")
	a.Octets = w.Bytes()
	return a, w.err
}

// indirect writes an object that stands for itself, with its data.
func (w *writer) indirect(o Object) error {
	st, ok := o.(*Stream)
	if !ok {
		w.object(o, 0)
		return w.err
	}
	if st.start != 0 {
		return ErrObject // streams of a file are replaced, not copied
	}
	d := maps.Clone(st.Dict)
	d["Length"] = int64(len(st.data))
	w.object(d, 0)
	w.WriteString("\nstream\n")
	w.Write(st.data)
	w.WriteString("\nendstream")
	return w.err
}

// runs cuts the numbers of the update into runs without gaps.
func runs(refs []Ref) (list [][]Ref) {
	for i, r := range refs {
		if i > 0 && refs[i-1].Number+1 == r.Number {
			list[len(list)-1] = append(list[len(list)-1], r)
		} else {
			list = append(list, []Ref{r})
		}
	}
	return list
}

func sortedRefs(m map[Ref]int64) []Ref {
	return slices.SortedFunc(maps.Keys(m), func(x, y Ref) int { return x.Number - y.Number })
}

func padded(v int64, width int) string {
	s := strconv.FormatInt(v, 10)
	return string(bytes.Repeat([]byte{'0'}, max(0, width-len(s)))) + s
}

func (u *Update) table(w *writer, a *Appendix, trailer Dict) {
	trailer["Size"] = int64(u.next)
	w.WriteString("xref\n")
	for _, run := range runs(sortedRefs(a.Offsets)) {
		w.WriteString(strconv.Itoa(run[0].Number) + " " + strconv.Itoa(len(run)) + "\n")
		for _, r := range run {
			// 20 octets an entry (ISO 32000-1, 7.5.4).
			w.WriteString(padded(a.Offsets[r], 10) + " " + padded(int64(r.Generation), 5) + " n\r\n")
		}
	}
	w.WriteString("trailer\n")
	w.object(trailer, 0)
}

// xrefStream writes fields of 1, 5 and 2 octets; the stream lists itself.
func (u *Update) xrefStream(w *writer, a *Appendix, trailer Dict, start int64) {
	self := Ref{Number: u.next}
	a.Offsets[self] = start
	var index Array
	var data []byte
	for _, run := range runs(sortedRefs(a.Offsets)) {
		index = append(index, int64(run[0].Number), int64(len(run)))
		for _, r := range run {
			var b [8]byte
			binary.BigEndian.PutUint64(b[:], uint64(a.Offsets[r]))
			data = append(append(data, 1), b[3:]...)
			data = binary.BigEndian.AppendUint16(data, uint16(r.Generation))
		}
	}
	maps.Copy(trailer, Dict{
		"Type": Name("XRef"), "Size": int64(u.next + 1), "Index": index,
		"W": Array{int64(1), int64(5), int64(2)},
	})
	w.WriteString(strconv.Itoa(self.Number) + " 0 obj\n")
	if err := w.indirect(NewStream(trailer, data)); err != nil {
		w.err = err
	}
	w.WriteString("\nendobj")
}
