// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pdf

import (
	"bytes"
	"errors"
	"io"
)

// source is a file with what was read of it. All views of a file share one, so
// that nothing is parsed twice and the bounds are those of the file.
type source struct {
	in       io.ReaderAt
	size     int64
	parsed   int64 // octets that went through parsers
	decoded  int64 // octets that streams decompressed to
	entries  int   // of all cross-reference sections
	objects  map[int64]*indirect
	sections map[int64]*section
	packs    map[int64]*pack // object streams by the offset of their data
}

// window reads octets of the file; fewer where the file ends.
func (s *source) window(offset int64, length int) ([]byte, error) {
	length = int(max(0, min(int64(length), s.size-offset)))
	b := make([]byte, length)
	n, err := s.in.ReadAt(b, offset)
	if n < length {
		return nil, errors.Join(errors.New("pdf: read file"), err)
	}
	return b, nil
}

// at parses at an offset, with windows that grow until the answer does not
// depend on what is behind them.
func at[T any](s *source, offset int64, parse func(*parser) (T, error)) (T, error) {
	var zero T
	if offset < 0 || offset >= s.size {
		return zero, &SyntaxError{offset, "offset outside of the file"}
	}
	for length := minWindow; ; length *= 4 {
		length = min(length, MaxObject)
		b, err := s.window(offset, length)
		if err != nil {
			return zero, err
		}
		s.parsed += int64(len(b))
		if s.parsed > MaxReparse*s.size+MaxObject {
			return zero, &LimitError{"octets parsed"}
		}
		p := &parser{in: b, base: offset, last: offset+int64(len(b)) == s.size}
		v, err := parse(p)
		if !p.short {
			return v, err
		}
		if length == MaxObject {
			return zero, &LimitError{"length of an object"}
		}
	}
}

// indirect reads the indirect object at an offset.
func (s *source) indirect(offset int64) (*indirect, error) {
	if in, ok := s.objects[offset]; ok {
		return in, nil
	}
	in, err := at(s, offset, (*parser).indirect)
	if err != nil {
		return nil, err
	}
	s.objects[offset] = in
	return in, nil
}

// pack is a parsed object stream (ISO 32000-1, 7.5.7).
type pack struct {
	numbers []int
	objects []Object
}

// unpack parses the data of an object stream.
func (s *source) unpack(st *Stream, data []byte) (*pack, error) {
	if k, ok := s.packs[st.start]; ok {
		return k, nil
	}
	count, _ := st.Dict["N"].(int64)
	first, _ := st.Dict["First"].(int64)
	if count < 0 || first < 0 || first > int64(len(data)) || count > first {
		return nil, &SyntaxError{st.start, "malformed object stream"}
	}
	head := &parser{in: data[:first], last: true, plain: true, base: st.start}
	k := &pack{}
	for range count {
		number, ok1 := head.integer()
		offset, ok2 := head.integer()
		if !ok1 || !ok2 || number > MaxNumber || offset > int64(len(data))-first {
			return nil, &SyntaxError{st.start, "malformed object stream"}
		}
		body := &parser{in: data[first+offset:], last: true, plain: true, base: st.start}
		o, err := body.object(0)
		if err != nil {
			return nil, err
		}
		// Offsets may point into one another.
		s.parsed += int64(body.pos)
		if s.parsed > MaxReparse*(s.size+s.decoded)+MaxObject {
			return nil, &LimitError{"octets parsed"}
		}
		k.numbers, k.objects = append(k.numbers, int(number)), append(k.objects, o)
	}
	s.packs[st.start] = k
	return k, nil
}

// startxref finds the offset of the newest cross-reference section of the first
// size octets, and the offset behind the end-of-file marker that follows it.
func (s *source) startxref(size int64) (offset, end int64, err error) {
	from := max(0, size-tailWindow)
	b, err := s.window(from, int(size-from))
	if err != nil {
		return 0, 0, err
	}
	i := bytes.LastIndex(b, []byte("startxref"))
	if i < 0 {
		return 0, 0, &SyntaxError{from, "startxref not found"}
	}
	p := &parser{in: b, pos: i + len("startxref"), base: from, last: true}
	offset, ok := p.integer()
	if !ok {
		return 0, 0, p.fail("offset expected behind startxref")
	}
	j := bytes.Index(b[p.pos:], []byte("%%EOF"))
	if j < 0 {
		return 0, 0, p.fail("end-of-file marker expected")
	}
	return offset, from + int64(p.pos+j) + int64(len("%%EOF")), nil
}
