// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pdf

import "maps"

type entryKind uint8

const (
	free   entryKind = iota
	placed           // at an offset of the file
	packed           // in an object stream
)

// entry says where an object is.
type entry struct {
	kind entryKind
	at   int64 // offset, or number of the object stream
	sub  int   // generation, or index in the object stream
}

// section is a cross-reference table or stream: one revision of a file.
type section struct {
	offset  int64
	end     int64
	entries map[int]entry
	trailer Dict
	stream  bool
	prev    int64 // offset of the one before, -1 without
}

// section reads the cross-reference section at an offset.
func (s *source) section(offset int64) (*section, error) {
	if x, ok := s.sections[offset]; ok {
		return x, nil
	}
	x, err := at(s, offset, func(p *parser) (*section, error) {
		if !p.keyword("xref") {
			return nil, nil
		}
		return p.table()
	})
	if err == nil && x == nil {
		x, err = s.xrefStream(offset)
	}
	if err != nil {
		return nil, err
	}
	x.offset = offset
	// Hybrid files: objects of the stream are those the table hides (ISO 32000-1, 7.5.8.4).
	if hidden, ok := x.trailer["XRefStm"].(int64); ok && !x.stream {
		h, err := s.xrefStream(hidden)
		if err != nil {
			return nil, err
		}
		for n, e := range h.entries {
			if old, ok := x.entries[n]; !ok || old.kind == free {
				x.entries[n] = e
			}
		}
		x.end = max(x.end, h.end)
	}
	x.prev = -1
	if prev, ok := x.trailer["Prev"]; ok {
		n, ok := prev.(int64)
		if !ok || n < 0 {
			return nil, &SyntaxError{offset, "malformed Prev"}
		}
		x.prev = n
	}
	if s.entries += len(x.entries); s.entries > MaxObjects {
		return nil, &LimitError{"cross-reference entries"}
	}
	s.sections[offset] = x
	return x, nil
}

// table reads subsections and the trailer (ISO 32000-1, 7.5.4).
func (p *parser) table() (*section, error) {
	x := &section{entries: map[int]entry{}}
	for !p.keyword("trailer") {
		first, ok1 := p.integer()
		count, ok2 := p.integer()
		if !ok1 || !ok2 || first+count > MaxNumber+1 {
			return nil, p.fail("subsection of the cross-reference table expected")
		}
		for i := range count {
			offset, ok1 := p.integer()
			generation, ok2 := p.integer()
			p.space()
			kind := p.word()
			if !ok1 || !ok2 || generation > 65535 || len(kind) != 1 {
				return nil, p.fail("entry of the cross-reference table expected")
			}
			n := int(first + i)
			if _, twice := x.entries[n]; twice {
				return nil, p.fail("object twice in the cross-reference table")
			}
			switch kind[0] {
			case 'n':
				x.entries[n] = entry{placed, offset, int(generation)}
			case 'f':
				x.entries[n] = entry{kind: free}
			default:
				return nil, p.fail("entry of the cross-reference table expected")
			}
		}
	}
	o, err := p.object(0)
	if err != nil {
		return nil, err
	}
	d, ok := o.(Dict)
	if !ok {
		return nil, p.fail("trailer expected")
	}
	x.trailer, x.end = d, p.base+int64(p.pos)
	return x, nil
}

// xrefStream reads a cross-reference stream (ISO 32000-1, 7.5.8).
func (s *source) xrefStream(offset int64) (*section, error) {
	in, err := s.indirect(offset)
	if err != nil {
		return nil, err
	}
	st, ok := in.object.(*Stream)
	if !ok || st.Dict["Type"] != Name("XRef") {
		return nil, &SyntaxError{offset, "cross-reference section expected"}
	}
	length, ok := st.Dict["Length"].(int64)
	if !ok {
		return nil, &SyntaxError{offset, "cross-reference stream without length"}
	}
	raw, end, err := s.raw(st, length)
	if err != nil {
		return nil, err
	}
	data, err := s.decode(st.Dict, raw)
	if err != nil {
		return nil, err
	}
	x := &section{stream: true, end: end, trailer: maps.Clone(st.Dict)}
	if x.entries, err = readEntries(st.Dict, data); err != nil {
		return nil, &SyntaxError{offset, err.Error()}
	}
	return x, nil
}

// widths reads W: three field widths in octets.
func widths(d Dict) (w [3]int, ok bool) {
	list, ok := d["W"].(Array)
	if !ok || len(list) != 3 {
		return w, false
	}
	for i, o := range list {
		v, ok := o.(int64)
		if !ok || v < 0 || v > 8 {
			return w, false
		}
		w[i] = int(v)
	}
	return w, w[0]+w[1]+w[2] > 0
}

type entryError string

func (e entryError) Error() string { return string(e) }

func readEntries(d Dict, data []byte) (map[int]entry, error) {
	w, ok := widths(d)
	size, isInt := d["Size"].(int64)
	if !ok || !isInt || size < 0 || size > MaxNumber+1 {
		return nil, entryError("malformed cross-reference stream")
	}
	index := Array{int64(0), size}
	if v, there := d["Index"]; there {
		if index, ok = v.(Array); !ok || len(index)%2 != 0 {
			return nil, entryError("malformed cross-reference index")
		}
	}
	entries := map[int]entry{}
	for ; len(index) > 0; index = index[2:] {
		first, ok1 := index[0].(int64)
		count, ok2 := index[1].(int64)
		if !ok1 || !ok2 || first < 0 || count < 0 || first+count > MaxNumber+1 {
			return nil, entryError("malformed cross-reference index")
		}
		for n := first; n < first+count; n++ {
			if len(data) < w[0]+w[1]+w[2] {
				return nil, entryError("cross-reference stream ends early")
			}
			if len(entries) >= MaxObjects {
				return nil, entryError("too many cross-reference entries")
			}
			if _, twice := entries[int(n)]; twice {
				return nil, entryError("object twice in the cross-reference stream")
			}
			entries[int(n)] = readEntry(&data, w)
		}
	}
	return entries, nil
}

func readEntry(data *[]byte, w [3]int) entry {
	var v [3]int64
	v[0] = 1 // the default type
	for i, width := range w {
		if width > 0 {
			v[i] = 0
		}
		for range width {
			v[i] = v[i]<<8 | int64((*data)[0])
			*data = (*data)[1:]
		}
	}
	switch v[0] {
	case 1:
		return entry{placed, v[1], int(v[2])}
	case 2:
		return entry{packed, v[1], int(v[2])}
	}
	return entry{kind: free} // unknown types are references to null
}

// chain reads the sections from the newest on; a loop is refused.
func (s *source) chain(offset int64) ([]*section, error) {
	var list []*section
	seen := map[int64]bool{}
	for ; offset >= 0; offset = list[len(list)-1].prev {
		if seen[offset] {
			return nil, &SyntaxError{offset, "loop of cross-reference sections"}
		}
		if len(list) == MaxRevisions {
			return nil, &LimitError{"revisions"}
		}
		seen[offset] = true
		x, err := s.section(offset)
		if err != nil {
			return nil, err
		}
		list = append(list, x)
	}
	return list, nil
}
