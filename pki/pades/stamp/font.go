// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package stamp

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"podpis/pki/pdf"
)

// font is a TrueType font (ISO/IEC 14496-22): enough of it to measure text and
// to embed the glyphs that were used.
type font struct {
	tables          map[string][]byte
	unitsPerEm      int
	longOffsets     bool
	glyphs, metrics int
	ascent, descent int
	box             [4]int
	segments        []byte // of the character map, format 4
	segmentCount    int
	used            map[int]rune
}

func u16(b []byte, at int) int { return int(binary.BigEndian.Uint16(b[at:])) }

func i16(b []byte, at int) int { return int(int16(binary.BigEndian.Uint16(b[at:]))) }

func u32(b []byte, at int) int { return int(binary.BigEndian.Uint32(b[at:])) }

// parseFont reads the directory and the tables that measure.
func parseFont(in []byte) (*font, error) {
	f := &font{tables: map[string][]byte{}, used: map[int]rune{0: 0}}
	if len(in) < 12 || len(in) < 12+16*u16(in, 4) {
		return nil, errFont
	}
	for i := range u16(in, 4) {
		row := in[12+16*i:]
		offset, length := u32(row, 8), u32(row, 12)
		if offset > len(in) || length > len(in)-offset {
			return nil, errFont
		}
		f.tables[string(row[:4])] = in[offset : offset+length]
	}
	head, hhea, maxp := f.tables["head"], f.tables["hhea"], f.tables["maxp"]
	if len(head) < 54 || len(hhea) < 36 || len(maxp) < 6 {
		return nil, errFont
	}
	f.unitsPerEm, f.longOffsets = u16(head, 18), u16(head, 50) == 1
	for i := range f.box {
		f.box[i] = i16(head, 36+2*i)
	}
	f.ascent, f.descent, f.metrics = i16(hhea, 4), i16(hhea, 6), u16(hhea, 34)
	f.glyphs = u16(maxp, 4)
	if f.unitsPerEm == 0 || f.metrics == 0 || len(f.tables["hmtx"]) < 4*f.metrics {
		return nil, errFont
	}
	return f, f.findMap()
}

// findMap finds the character map of Unicode in format 4.
func (f *font) findMap() error {
	cmap := f.tables["cmap"]
	if len(cmap) < 4 {
		return errFont
	}
	for i := range u16(cmap, 2) {
		row := cmap[4+8*i:]
		offset := u32(row, 4)
		if u16(row, 0) != 3 || u16(row, 2) != 1 || offset+16 > len(cmap) || u16(cmap, offset) != 4 {
			continue
		}
		f.segments = cmap[offset:]
		f.segmentCount = u16(f.segments, 6) / 2
		if len(f.segments) < 16+8*f.segmentCount {
			return errFont
		}
		return nil
	}
	return errFont
}

// glyph is the number of the glyph of a character; 0 when the font has none.
func (f *font) glyph(r rune) int {
	c, n, s := int(r), f.segmentCount, f.segments
	if c > 0xffff {
		return 0
	}
	for i := range n {
		end, start := u16(s, 14+2*i), u16(s, 16+2*n+2*i)
		if c > end {
			continue
		}
		if c < start {
			return 0
		}
		delta, at := u16(s, 16+4*n+2*i), 16+6*n+2*i
		shift := u16(s, at)
		if shift == 0 {
			return (c + delta) & 0xffff
		}
		if at += shift + 2*(c-start); at+2 > len(s) {
			return 0
		}
		if g := u16(s, at); g != 0 {
			return (g + delta) & 0xffff
		}
		return 0
	}
	return 0
}

func (f *font) advance(glyph int) int {
	return u16(f.tables["hmtx"], 4*min(glyph, f.metrics-1))
}

// outline returns the place of a glyph in the table of outlines.
func (f *font) outline(glyph int) (from, to int) {
	loca := f.tables["loca"]
	if f.longOffsets {
		if 4*glyph+8 > len(loca) {
			return 0, 0
		}
		from, to = u32(loca, 4*glyph), u32(loca, 4*glyph+4)
	} else {
		if 2*glyph+4 > len(loca) {
			return 0, 0
		}
		from, to = 2*u16(loca, 2*glyph), 2*u16(loca, 2*glyph+2)
	}
	if from > to || to > len(f.tables["glyf"]) {
		return 0, 0
	}
	return from, to
}

// parts adds the glyphs that a composite one is made of.
func (f *font) parts(glyph int, keep map[int]bool) {
	if keep[glyph] {
		return
	}
	keep[glyph] = true
	from, to := f.outline(glyph)
	g := f.tables["glyf"][from:to]
	if len(g) < 10 || i16(g, 0) >= 0 {
		return
	}
	for at := 10; at+4 <= len(g); {
		flags := u16(g, at)
		f.parts(u16(g, at+2), keep)
		at += 6
		if flags&1 != 0 { // arguments are words
			at += 2
		}
		switch {
		case flags&8 != 0: // scale
			at += 2
		case flags&0x40 != 0: // two scales
			at += 4
		case flags&0x80 != 0: // a matrix
			at += 8
		}
		if flags&0x20 == 0 { // no more parts
			return
		}
	}
}

// subset writes the font with the outlines of the used glyphs alone. Numbers of
// glyphs stay what they are.
func (f *font) subset() []byte {
	keep := map[int]bool{}
	for g := range f.used {
		f.parts(g, keep)
	}
	var glyf, loca []byte
	for g := range f.glyphs {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		if keep[g] {
			from, to := f.outline(g)
			glyf = append(glyf, f.tables["glyf"][from:to]...)
			for len(glyf)%4 != 0 {
				glyf = append(glyf, 0)
			}
		}
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	head := slices.Clone(f.tables["head"])
	binary.BigEndian.PutUint16(head[50:], 1) // long offsets
	tables := map[string][]byte{"glyf": glyf, "loca": loca, "head": head}
	// What ISO 32000-1, 9.9 asks for, and the programs of the outlines.
	for _, name := range []string{"hhea", "hmtx", "maxp", "cvt ", "fpgm", "prep"} {
		if t, ok := f.tables[name]; ok {
			tables[name] = t
		}
	}
	return assemble(tables)
}

func assemble(tables map[string][]byte) []byte {
	names := slices.Sorted(maps.Keys(tables))
	out := []byte{0, 1, 0, 0}
	out = binary.BigEndian.AppendUint16(out, uint16(len(names)))
	power := 1
	log := 0
	for power*2 <= len(names) {
		power, log = power*2, log+1
	}
	for _, v := range []int{power * 16, log, (len(names) - power) * 16} {
		out = binary.BigEndian.AppendUint16(out, uint16(v))
	}
	at := len(out) + 16*len(names)
	var body []byte
	for _, name := range names {
		t := tables[name]
		out = append(out, name...)
		out = binary.BigEndian.AppendUint32(out, checksum(t))
		out = binary.BigEndian.AppendUint32(out, uint32(at+len(body)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(t)))
		body = append(body, t...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	return append(out, body...)
}

func checksum(t []byte) (sum uint32) {
	for ; len(t) >= 4; t = t[4:] {
		sum += binary.BigEndian.Uint32(t)
	}
	var rest [4]byte
	copy(rest[:], t)
	return sum + binary.BigEndian.Uint32(rest[:])
}

func deflate(data []byte) ([]byte, error) {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// embed adds the font with its used glyphs as a composite one whose codes are
// numbers of glyphs (ISO 32000-1, 9.7).
func (f *font) embed(u *pdf.Update) (pdf.Ref, error) {
	const name = pdf.Name("PODPIS+LiberationSans")
	program := f.subset()
	packed, err := deflate(program)
	if err != nil {
		return pdf.Ref{}, err
	}
	scaled := func(v int) int64 { return int64(v * 1000 / f.unitsPerEm) }
	file := u.Add(pdf.NewStream(pdf.Dict{"Filter": pdf.Name("FlateDecode"), "Length1": int64(len(program))}, packed))
	descriptor := u.Add(pdf.Dict{
		"Type": pdf.Name("FontDescriptor"), "FontName": name, "Flags": int64(4), "ItalicAngle": int64(0),
		"FontBBox": pdf.Array{scaled(f.box[0]), scaled(f.box[1]), scaled(f.box[2]), scaled(f.box[3])},
		"Ascent":   scaled(f.ascent), "Descent": scaled(f.descent), "CapHeight": scaled(f.ascent), "StemV": int64(80),
		"FontFile2": file,
	})
	var widths pdf.Array
	var codes bytes.Buffer
	glyphs := slices.Sorted(maps.Keys(f.used))
	for _, g := range glyphs {
		widths = append(widths, int64(g), pdf.Array{scaled(f.advance(g))})
		if g != 0 {
			fmt.Fprintf(&codes, "1 beginbfchar <%04x> <%04x> endbfchar\n", g, f.used[g])
		}
	}
	descendant := u.Add(pdf.Dict{
		"Type": pdf.Name("Font"), "Subtype": pdf.Name("CIDFontType2"), "BaseFont": name, "FontDescriptor": descriptor,
		"CIDSystemInfo": pdf.Dict{"Registry": pdf.NewText("Adobe"), "Ordering": pdf.NewText("Identity"), "Supplement": int64(0)},
		"CIDToGIDMap":   pdf.Name("Identity"), "W": widths,
	})
	unicode := u.Add(pdf.NewStream(pdf.Dict{}, []byte("/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"+
		"/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def /CMapName /Adobe-Identity-UCS def /CMapType 2 def\n"+
		"1 begincodespacerange <0000> <ffff> endcodespacerange\n"+codes.String()+
		"endcmap CMapName currentdict /CMap defineresource pop end end\n")))
	return u.Add(pdf.Dict{
		"Type": pdf.Name("Font"), "Subtype": pdf.Name("Type0"), "BaseFont": name, "Encoding": pdf.Name("Identity-H"),
		"DescendantFonts": pdf.Array{descendant}, "ToUnicode": unicode,
	}), nil
}
