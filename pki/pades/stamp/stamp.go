// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package stamp draws the visible mark of an electronic signature for a page of
// a PDF document: a frame, a heading and lines of text, in the manner of
// GOST R 7.0.97-2016, 5.23. The words are the caller's.
//
// The mark is a picture for people and proves nothing; what proves is the
// signature it belongs to.
//
// Text is set in Liberation Sans (SIL Open Font License 1.1; the licence is beside
// the font in its module, github.com/go-fonts/liberation), of which the letters
// used are embedded. It has Latin, Greek and Cyrillic with the letters of Kazakh.
//
// Left out: emblems, codes for cameras, text from right to left.
package stamp

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-fonts/liberation/liberationsansregular"

	"podpis/pki/pdf"
)

var (
	// ErrRoom says that the text does not fit the rectangle in a size that can be read.
	ErrRoom = errors.New("stamp: text does not fit the rectangle")
	// ErrLetter says that the font lacks a letter of the text.
	ErrLetter = errors.New("stamp: letter not in the font")
	errFont   = errors.New("stamp: malformed font")
)

// Stamp is what a mark says.
type Stamp struct {
	Heading string // centred above the lines
	Lines   []string
}

// Sizes in points.
const (
	margin  = 4.0
	minSize = 4.0
	maxSize = 12.0
	step    = 0.25
	leading = 1.2 // distance of lines in sizes
	// maxText bounds the text of a mark in octets.
	maxText = 4 << 10
)

// Draw adds the mark to an update as a form of the given size in points, in the
// largest size of type that fits. It is a function for Options.Draw of package pades.
func (s Stamp) Draw(u *pdf.Update, width, height float64) (pdf.Ref, error) {
	f, err := parseFont(liberationsansregular.TTF)
	if err != nil {
		return pdf.Ref{}, err
	}
	size, heading, lines, err := s.fit(f, width-2*margin, height-2*margin)
	if err != nil {
		return pdf.Ref{}, err
	}
	var b bytes.Buffer
	// Frame and text in dark blue, as marks are.
	b.WriteString("q 0.1 0.2 0.55 RG 0.1 0.2 0.55 rg 1 w 1 1 " + number(width-2) + " " + number(height-2) + " re S\n")
	b.WriteString("BT /F " + number(size) + " Tf " + number(size/40) + " w 2 Tr\n") // the heading is stroked too: bold
	y := height - margin - size
	for _, line := range heading {
		f.show(&b, line, (width-f.width(line, size))/2, y)
		y -= size * leading
	}
	b.WriteString("0 Tr\n")
	y -= size * (leading - 1)
	for _, line := range lines {
		f.show(&b, line, margin, y)
		y -= size * leading
	}
	b.WriteString("ET Q\n")
	font, err := f.embed(u)
	if err != nil {
		return pdf.Ref{}, err
	}
	return u.Add(pdf.NewStream(pdf.Dict{
		"Type": pdf.Name("XObject"), "Subtype": pdf.Name("Form"),
		"BBox":      pdf.Array{int64(0), int64(0), pdf.Real(number(width)), pdf.Real(number(height))},
		"Resources": pdf.Dict{"Font": pdf.Dict{"F": font}},
	}, b.Bytes())), nil
}

// number writes a length of two decimals.
func number(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

// fit finds the largest size in which the text fits.
func (s Stamp) fit(f *font, width, height float64) (size float64, heading, lines []string, err error) {
	total := len(s.Heading)
	for _, line := range append([]string{s.Heading}, s.Lines...) {
		total += len(line)
		for _, r := range line {
			if f.glyph(r) == 0 {
				return 0, nil, nil, ErrLetter
			}
		}
	}
	if total > maxText {
		return 0, nil, nil, ErrRoom
	}
	for size = maxSize; size >= minSize; size -= step {
		heading, lines = f.wrap(s.Heading, size, width), nil
		for _, line := range s.Lines {
			lines = append(lines, f.wrap(line, size, width)...)
		}
		if size*(leading*float64(len(heading)+len(lines))+leading-1) <= height {
			return size, heading, lines, nil
		}
	}
	return 0, nil, nil, ErrRoom
}

// wrap breaks a line between words, and inside of a word that is wider than the room.
func (f *font) wrap(text string, size, width float64) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && f.width(line+" "+word, size) <= width {
			line += " " + word
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for f.width(word, size) > width && utf8.RuneCountInString(word) > 1 {
			n := len(word)
			for n > 1 && f.width(word[:n], size) > width {
				_, last := utf8.DecodeLastRuneInString(word[:n])
				n -= last
			}
			if n == 0 {
				_, n = utf8.DecodeRuneInString(word)
			}
			lines, word = append(lines, word[:n]), word[n:]
		}
		line = word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// width is the width of a line in points.
func (f *font) width(line string, size float64) (w float64) {
	for _, r := range line {
		w += float64(f.advance(f.glyph(r)))
	}
	return w * size / float64(f.unitsPerEm)
}

// show sets a line at a place, as numbers of glyphs.
func (f *font) show(b *bytes.Buffer, line string, x, y float64) {
	var codes []byte
	for _, r := range line {
		g := f.glyph(r)
		f.used[g] = r
		codes = append(codes, byte(g>>8), byte(g))
	}
	b.WriteString("1 0 0 1 " + number(x) + " " + number(y) + " Tm <" + hex.EncodeToString(codes) + "> Tj\n")
}
