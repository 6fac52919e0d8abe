// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package paper makes the documents that the installation hands out: A4 pages of
// headings, paragraphs, facts and a banner, as PDF/A-3b (ISO 19005-3) with a text
// layer and files attached.
//
// The pages are drawn by fpdf. What it leaves out for the long term (metadata, the
// colours that are meant, how attached files belong to the document) is a pass of
// our own over its output: see archive.go. Signing is the caller's.
//
// Type is Liberation Sans (SIL Open Font License 1.1), of which the letters used are
// embedded; it has Latin, Greek and Cyrillic with the letters of Kazakh.
//
// Left out: tags (level A), tables, pictures, codes for cameras.
package paper

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
)

// Options say what a document is.
type Options struct {
	Title    string
	Language string // of the text, as in RFC 5646
	Author   string // who hands it out
	Created  time.Time
	// Footer stands below each page, and beside it what PageOf says: which page it
	// is, of how many (the number is put in later). PageOf may be nil.
	Footer string
	PageOf func(page, of string) string
}

// Tone is how a banner is meant.
type Tone int

// The tones.
const (
	Neutral Tone = iota
	Good
	Bad
)

// Fact is a name with its value.
type Fact struct{ Name, Value string }

// Paper is a document in the making.
type Paper struct {
	f       *fpdf.Fpdf
	options Options
	files   []file
}

type file struct {
	name, mime, about string
	content           []byte
}

const (
	family = "sans"
	margin = 20.0 // millimetres
	width  = 210 - 2*margin
	// label is the width of the names of facts.
	label = 48.0
	// total stands for the number of pages until it is known.
	total = "{n}"
)

// New begins a document.
func New(o Options) *Paper {
	f := fpdf.New("P", "mm", "A4", "")
	f.SetCatalogSort(true) // the same input, the same octets
	f.SetCreationDate(o.Created.UTC())
	f.SetModificationDate(o.Created.UTC())
	f.SetLang(o.Language)
	f.AddUTF8FontFromBytes(family, "", liberationsansregular.TTF)
	f.AddUTF8FontFromBytes(family, "B", liberationsansbold.TTF)
	f.SetMargins(margin, margin, margin)
	f.SetAutoPageBreak(true, margin+6)
	p := &Paper{f: f, options: o}
	f.AliasNbPages(total)
	f.SetFooterFunc(p.footer)
	f.AddPage()
	return p
}

// colour is a shade of red, green and blue, 0 to 255.
type colour struct{ r, g, b int }

// The colours of the product on paper: print keeps to black, and banners have a
// bar that reads in grey too.
func text() colour  { return colour{27, 26, 34} }
func muted() colour { return colour{85, 83, 95} }

func (t Tone) colour() colour {
	switch t {
	case Good:
		return colour{20, 90, 48}
	case Bad:
		return colour{155, 44, 24}
	}
	return colour{85, 83, 95}
}

func (p *Paper) set(style string, size float64, c colour) {
	p.f.SetFont(family, style, size)
	p.f.SetTextColor(c.r, c.g, c.b)
}

func (p *Paper) footer() {
	p.f.SetY(-margin + 4)
	p.set("", 8.5, muted())
	p.f.CellFormat(width*0.75, 5, p.options.Footer, "", 0, "L", false, 0, "")
	if p.options.PageOf != nil {
		page := p.options.PageOf(strconv.Itoa(p.f.PageNo()), total)
		p.f.CellFormat(width*0.25, 5, page, "", 0, "R", false, 0, "")
	}
}

// keep starts a new page unless so many millimetres are left on this one.
func (p *Paper) keep(height float64) {
	if _, page := p.f.GetPageSize(); p.f.GetY()+height > page-margin-6 {
		p.f.AddPage()
	}
}

// Title writes the title of the document.
func (p *Paper) Title(words string) {
	p.set("B", 18, text())
	p.f.MultiCell(width, 8, words, "", "L", false)
	p.f.Ln(3)
}

// Heading begins a part, with some of it on the same page.
func (p *Paper) Heading(words string) {
	p.keep(30)
	p.f.Ln(3)
	p.set("B", 13, text())
	p.f.MultiCell(width, 6.5, words, "", "L", false)
	p.f.Ln(1)
}

// Text writes a paragraph; empty text writes nothing.
func (p *Paper) Text(words string) { p.paragraph("", words) }

// Strong writes a paragraph that counts.
func (p *Paper) Strong(words string) { p.paragraph("B", words) }

func (p *Paper) paragraph(style, words string) {
	if words == "" {
		return
	}
	p.set(style, 10.5, text())
	p.f.MultiCell(width, 5.4, words, "", "L", false)
	p.f.Ln(1.5)
}

// Banner writes the answer that the document gives.
func (p *Paper) Banner(tone Tone, words string) {
	p.keep(30)
	top := p.f.GetY()
	p.set("B", 15, tone.colour())
	p.f.SetX(margin + 5)
	p.f.SetY(top + 2)
	p.f.SetLeftMargin(margin + 5)
	p.f.MultiCell(width-5, 7, words, "", "L", false)
	p.f.SetLeftMargin(margin)
	bottom := p.f.GetY() + 2
	c := tone.colour()
	p.f.SetFillColor(c.r, c.g, c.b)
	p.f.Rect(margin, top, 1.6, bottom-top, "F")
	p.f.SetY(bottom + 3)
}

// Facts writes names with their values, a line each; empty values are left out.
func (p *Paper) Facts(facts []Fact) {
	for _, fact := range facts {
		if fact.Value == "" {
			continue
		}
		p.keep(14)
		top := p.f.GetY()
		p.set("", 9.5, muted())
		p.f.MultiCell(label-3, 5, fact.Name, "", "L", false)
		below := p.f.GetY()
		p.f.SetY(top)
		p.f.SetLeftMargin(margin + label)
		p.set("", 10.5, text())
		p.f.MultiCell(width-label, 5, fact.Value, "", "L", false)
		p.f.SetLeftMargin(margin)
		p.f.SetY(max(below, p.f.GetY()) + 1)
	}
	p.f.Ln(2)
}

// Attach puts a file into the document. about says what it is; mime is its type.
func (p *Paper) Attach(name, mime, about string, content []byte) {
	p.files = append(p.files, file{name, mime, about, content})
}

// Octets ends the document and returns it.
func (p *Paper) Octets() ([]byte, error) {
	var b bytes.Buffer
	if err := p.f.Output(&b); err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	return p.archived(b.Bytes())
}
