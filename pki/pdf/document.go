// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pdf

import (
	"bytes"
	"errors"
	"io"
	"slices"
)

var (
	// ErrNotPDF says that a file does not begin as a PDF.
	ErrNotPDF = errors.New("pdf: not a PDF file")
	// ErrEncrypted says that an object cannot be read without the password.
	ErrEncrypted = errors.New("pdf: document is encrypted")
)

// Document is a view of the first octets of a file as a PDF document. It is not
// safe for several goroutines.
type Document struct {
	// Recovered says that the cross-reference was broken and the objects were
	// found by a scan: other readers may find other ones.
	Recovered bool
	// Encrypted says that strings and streams are encrypted: they are given as they stand.
	Encrypted bool

	src      *source
	size     int64
	end      int64 // behind the marker of the newest revision
	sections []*section
	trailer  Dict
	root     Ref
}

// Open reads a file of the given length.
func Open(in io.ReaderAt, size int64) (*Document, error) {
	s := &source{
		in: in, size: size,
		objects: map[int64]*indirect{}, sections: map[int64]*section{}, packs: map[int64]*pack{},
	}
	head, err := s.window(0, headerWindow)
	if err != nil {
		return nil, err
	}
	if !bytes.Contains(head, []byte("%PDF-")) {
		return nil, ErrNotPDF
	}
	d, err := s.view(size)
	var limit *LimitError
	if err == nil || errors.As(err, &limit) {
		return d, err
	}
	return s.recovered()
}

// Prefix is the document as it was when the file ended after size octets. It is
// never recovered: what was signed has to be a document by itself.
func (d *Document) Prefix(size int64) (*Document, error) {
	if size == d.size && !d.Recovered {
		return d, nil
	}
	if size < 0 || size > d.src.size {
		return nil, &SyntaxError{size, "end outside of the file"}
	}
	return d.src.view(size)
}

// view reads the document of the first octets by its cross-reference.
func (s *source) view(size int64) (*Document, error) {
	offset, end, err := s.startxref(size)
	if err != nil {
		return nil, err
	}
	sections, err := s.chain(offset)
	if err != nil {
		return nil, err
	}
	for _, x := range sections {
		if x.end > size {
			return nil, &SyntaxError{x.offset, "cross-reference section beyond the end"}
		}
	}
	d := &Document{src: s, size: size, end: end, sections: sections, trailer: sections[0].trailer}
	return d, d.begin()
}

// begin finds the catalog.
func (d *Document) begin() error {
	_, d.Encrypted = d.trailer["Encrypt"]
	root, ok := d.trailer["Root"].(Ref)
	if !ok {
		return &SyntaxError{d.size, "trailer without Root"}
	}
	d.root = root
	catalog, err := d.Resolve(root)
	if err != nil {
		return err
	}
	if c, ok := catalog.(Dict); !ok || c["Pages"] == nil {
		return &SyntaxError{d.size, "Root is not a catalog"}
	}
	return nil
}

// Size is how many octets of the file this view has.
func (d *Document) Size() int64 { return d.size }

// End is the offset behind the end-of-file marker of the newest revision.
func (d *Document) End() int64 { return d.end }

// Trailer is that of the newest revision.
func (d *Document) Trailer() Dict { return d.trailer }

// Root is the reference of the catalog.
func (d *Document) Root() Ref { return d.root }

// Catalog is the root of the document.
func (d *Document) Catalog() Dict { return d.Dict(d.root) }

// Revisions counts the cross-reference sections that follow one another in the
// file; the two of a linearized file are one (ISO 32000-1, annex F).
func (d *Document) Revisions() int {
	n := 0
	for i, x := range d.sections {
		if i == len(d.sections)-1 || x.offset > d.sections[i+1].offset {
			n++
		}
	}
	return n
}

// Previous is the document as the section before the newest one has it; nil
// when there is none that can be read.
func (d *Document) Previous() *Document {
	if len(d.sections) < 2 {
		return nil
	}
	p := &Document{src: d.src, size: d.size, end: d.end, sections: d.sections[1:], trailer: d.sections[1].trailer}
	if p.begin() != nil {
		return nil
	}
	return p
}

// Continues reports whether this view goes on from an earlier one of the same
// file: its revisions are those of the earlier one and newer ones.
func (d *Document) Continues(earlier *Document) bool {
	n := len(d.sections) - len(earlier.sections)
	return n >= 0 && !d.Recovered && slices.Equal(d.sections[n:], earlier.sections)
}

// Touched lists the numbers of the objects that the revisions after an earlier
// view define or free; only for a view that continues it.
func (d *Document) Touched(earlier *Document) []int {
	seen := map[int]bool{}
	for _, x := range d.sections[:len(d.sections)-len(earlier.sections)] {
		for n := range x.entries {
			seen[n] = true
		}
	}
	list := make([]int, 0, len(seen))
	for n := range seen {
		list = append(list, n)
	}
	slices.Sort(list)
	return list
}

// find returns the entry of an object in the newest revision that has one.
func (d *Document) find(number int) entry {
	for _, x := range d.sections {
		if e, ok := x.entries[number]; ok {
			return e
		}
	}
	return entry{kind: free}
}

// Get reads the object of a number; nil when there is none.
func (d *Document) Get(r Ref) (Object, error) {
	e := d.find(r.Number)
	switch e.kind {
	case placed:
		if e.sub != r.Generation || e.at == 0 {
			return nil, nil
		}
		in, err := d.src.indirect(e.at)
		if err != nil {
			return nil, err
		}
		if in.end > d.size {
			return nil, &SyntaxError{e.at, "object beyond the end"}
		}
		if in.ref != r {
			return nil, &SyntaxError{e.at, "another object than the cross-reference says"}
		}
		return in.object, nil
	case packed:
		if r.Generation != 0 {
			return nil, nil
		}
		return d.packed(r.Number, e)
	}
	return nil, nil
}

// packed reads an object out of an object stream.
func (d *Document) packed(number int, e entry) (Object, error) {
	host := d.find(int(min(e.at, MaxNumber)))
	if host.kind != placed || d.Encrypted {
		if d.Encrypted {
			return nil, ErrEncrypted
		}
		return nil, &SyntaxError{e.at, "object stream not found"}
	}
	o, err := d.Get(Ref{int(e.at), host.sub})
	if err != nil {
		return nil, err
	}
	st, ok := o.(*Stream)
	if !ok || st.Dict["Type"] != Name("ObjStm") {
		return nil, &SyntaxError{host.at, "object stream expected"}
	}
	k, ok := d.src.packs[st.start]
	if !ok {
		data, err := d.Data(st)
		if err != nil {
			return nil, err
		}
		if k, err = d.src.unpack(st, data); err != nil {
			return nil, err
		}
	}
	if e.sub < 0 || e.sub >= len(k.numbers) || k.numbers[e.sub] != number {
		return nil, &SyntaxError{host.at, "another object than the cross-reference says"}
	}
	return k.objects[e.sub], nil
}

// Resolve follows references until something else is found.
func (d *Document) Resolve(o Object) (Object, error) {
	for range maxRefs {
		r, ok := o.(Ref)
		if !ok {
			return o, nil
		}
		var err error
		if o, err = d.Get(r); err != nil {
			return nil, err
		}
	}
	return nil, &LimitError{"references in a row"}
}

// Dict resolves a dictionary or the dictionary of a stream; nil when there is none.
func (d *Document) Dict(o Object) Dict {
	o, err := d.Resolve(o)
	if err != nil {
		return nil
	}
	switch v := o.(type) {
	case Dict:
		return v
	case *Stream:
		return v.Dict
	}
	return nil
}

// Array resolves an array; nil when there is none.
func (d *Document) Array(o Object) Array {
	o, err := d.Resolve(o)
	if err != nil {
		return nil
	}
	a, _ := o.(Array)
	return a
}

// Name resolves a name; empty when there is none.
func (d *Document) Name(o Object) Name {
	o, err := d.Resolve(o)
	if err != nil {
		return ""
	}
	n, _ := o.(Name)
	return n
}

// Int resolves an integer; false when there is none.
func (d *Document) Int(o Object) (int64, bool) {
	o, err := d.Resolve(o)
	if err != nil {
		return 0, false
	}
	n, ok := o.(int64)
	return n, ok
}

// Raw returns the data of a stream as they stand in the file.
func (d *Document) Raw(st *Stream) ([]byte, error) {
	if st.data != nil || st.start == 0 {
		return st.data, nil
	}
	length, ok := d.Int(st.Dict["Length"])
	if !ok {
		return nil, &SyntaxError{st.start, "stream without length"}
	}
	raw, end, err := d.src.raw(st, length)
	if err == nil && end > d.size {
		err = &SyntaxError{st.start, "stream beyond the end"}
	}
	return raw, err
}

// Data returns the decoded data of a stream.
func (d *Document) Data(st *Stream) ([]byte, error) {
	if d.Encrypted {
		return nil, ErrEncrypted
	}
	raw, err := d.Raw(st)
	if err != nil {
		return nil, err
	}
	parms := Dict{"Filter": nil, "DecodeParms": nil}
	for key := range parms {
		if parms[key], err = d.Resolve(st.Dict[key]); err != nil {
			return nil, err
		}
	}
	return d.src.decode(parms, raw)
}
