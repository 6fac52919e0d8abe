// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pdf

import (
	"bytes"
	"slices"
)

// recovered finds objects by one scan from the beginning to the end: the last
// definition of a number counts.
func (s *source) recovered() (*Document, error) {
	x := &section{entries: map[int]entry{}, trailer: Dict{}, prev: -1, end: s.size}
	var trailers []int64
	if err := s.scan(func(offset int64, word string, in []byte) error {
		if word == "trailer" {
			trailers = append(trailers, offset)
			if len(trailers) > MaxRevisions {
				return &LimitError{"revisions"}
			}
			return nil
		}
		number, generation, start, ok := before(in)
		if !ok {
			return nil
		}
		x.entries[number] = entry{placed, offset - int64(len(in)-start), generation}
		if s.entries++; s.entries > MaxObjects {
			return &LimitError{"objects"}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	d := &Document{Recovered: true, src: s, size: s.size, end: s.size, sections: []*section{x}, trailer: x.trailer}
	for _, offset := range trailers {
		o, err := at(s, offset+int64(len("trailer")), func(p *parser) (Object, error) { return p.object(0) })
		if t, ok := o.(Dict); err == nil && ok && t["Root"] != nil {
			d.trailer = t
		}
	}
	d.recoverStreams(x)
	return d, d.begin()
}

// recoverStreams looks into the objects found for what a table would have said:
// object streams, and the trailer entries of cross-reference streams.
func (d *Document) recoverStreams(x *section) {
	numbers := make([]int, 0, len(x.entries))
	for n := range x.entries {
		numbers = append(numbers, n)
	}
	slices.SortFunc(numbers, func(a, b int) int { return int(x.entries[a].at - x.entries[b].at) })
	for _, n := range numbers {
		in, err := d.src.indirect(x.entries[n].at)
		if err != nil {
			continue
		}
		switch o := in.object.(type) {
		case Dict:
			if o["Type"] == Name("Catalog") && d.trailer["Root"] == nil {
				d.trailer = Dict{"Root": in.ref}
			}
		case *Stream:
			if o.Dict["Type"] == Name("XRef") && o.Dict["Root"] != nil {
				d.trailer = o.Dict
				_, d.Encrypted = o.Dict["Encrypt"]
			}
			if o.Dict["Type"] == Name("ObjStm") {
				d.recoverPack(x, n, o)
			}
		}
	}
}

func (d *Document) recoverPack(x *section, host int, st *Stream) {
	data, err := d.Data(st)
	if err != nil {
		return
	}
	k, err := d.src.unpack(st, data)
	if err != nil {
		return
	}
	for i, n := range k.numbers {
		if old, ok := x.entries[n]; ok && old.kind == placed && old.at > st.start {
			continue
		}
		if d.src.entries++; d.src.entries > MaxObjects {
			return
		}
		x.entries[n] = entry{packed, int64(host), i}
	}
}

// lookBack is how many octets before "obj" hold its number and generation.
const lookBack = 32

// scan reads the file in pieces and reports each "obj" and "trailer" that stands
// as a word, with its offset and the octets before it.
func (s *source) scan(report func(offset int64, word string, before []byte) error) error {
	var carry []byte
	for offset := int64(0); offset < s.size; {
		piece, err := s.window(offset, scanWindow)
		if err != nil {
			return err
		}
		b := slices.Concat(carry, piece)
		base := offset - int64(len(carry))
		offset += int64(len(piece))
		// A word at the end of a piece is found with the next one.
		stop := len(b) - lookBack
		if offset == s.size {
			stop = len(b)
		}
		for i := len(carry) - min(len(carry), lookBack); i < stop; i++ {
			word := ""
			switch {
			case b[i] == 'o' && bytes.HasPrefix(b[i:], []byte("obj")):
				word = "obj"
			case b[i] == 't' && bytes.HasPrefix(b[i:], []byte("trailer")):
				word = "trailer"
			default:
				continue
			}
			behind := i + len(word)
			if i > 0 && !isSpace(b[i-1]) || behind < len(b) && isRegular(b[behind]) {
				continue
			}
			if err := report(base+int64(i), word, b[max(0, i-lookBack):i]); err != nil {
				return err
			}
		}
		carry = slices.Clone(b[max(0, len(b)-2*lookBack):])
	}
	return nil
}

// before reads "number generation " at the end of what stands before "obj".
func before(in []byte) (number, generation, start int, ok bool) {
	i := len(in)
	back := func(class func(byte) bool) []byte {
		end := i
		for i > 0 && class(in[i-1]) {
			i--
		}
		return in[i:end]
	}
	back(isSpace)
	g, err1 := parseInteger(back(isDigit))
	if len(back(isSpace)) == 0 {
		return 0, 0, 0, false
	}
	n, err2 := parseInteger(back(isDigit))
	if err1 != nil || err2 != nil || n > MaxNumber || g > 65535 || i > 0 && isRegular(in[i-1]) {
		return 0, 0, 0, false
	}
	return int(n), int(g), i, true
}
