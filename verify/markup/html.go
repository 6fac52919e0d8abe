// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package markup

import (
	"html"
	"strings"
)

// page writes HTML. Texts and values are escaped here and nowhere else; names of
// elements and attributes are literals of this package.
type page struct {
	strings.Builder
	words    Words
	training bool
	ids      int // sections so far
}

// el writes an element with attributes (pairs of name and value) around what inside
// writes; nil: nothing.
func (p *page) el(name string, attributes []string, inside func()) {
	p.WriteByte('<')
	p.WriteString(name)
	for i := 0; i+1 < len(attributes); i += 2 {
		p.WriteByte(' ')
		p.WriteString(attributes[i])
		p.WriteString(`="`)
		p.WriteString(html.EscapeString(attributes[i+1]))
		p.WriteByte('"')
	}
	p.WriteByte('>')
	if inside != nil {
		inside()
	}
	p.WriteString("</")
	p.WriteString(name)
	p.WriteByte('>')
}

func (p *page) text(s string) { p.WriteString(html.EscapeString(s)) }

// say writes an element with one text; nothing when that is empty.
func (p *page) say(name, class, text string) {
	if text == "" {
		return
	}
	var attributes []string
	if class != "" {
		attributes = []string{"class", class}
	}
	p.el(name, attributes, func() { p.text(text) })
}

func class(names string, more ...string) []string { return append([]string{"class", names}, more...) }

// shapes are the drawings of the site's own icons, 24 by 24.
func shape(icon string) string {
	switch icon {
	case "ok":
		return `<circle cx="12" cy="12" r="9"></circle><path d="m8 12.500 2.700 2.700L16 9.500"></path>`
	case "bad":
		return `<circle cx="12" cy="12" r="9"></circle><path d="m9 9 6 6m0-6-6 6"></path>`
	}
	return `<circle cx="12" cy="12" r="9"></circle><path d="M9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.700.300-1 .800-1 1.700m0 3v.010"></path>`
}

func (p *page) icon(name string) {
	p.WriteString(`<svg class="icon" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" ` +
		`stroke-linejoin="round" aria-hidden="true" focusable="false">` + shape(name) + `</svg>`)
}

// row is a name with its value; copies have a button.
type row struct {
	key, value string
	copies     bool
}

// rows writes a list of names and values; those without a value are left out.
func (p *page) rows(list []row) {
	p.el("dl", class("facts"), func() {
		for _, r := range list {
			if r.value == "" {
				continue
			}
			p.el("div", nil, func() {
				p.say("dt", "", p.words.T(r.key))
				mono := ""
				if r.copies {
					mono = "mono"
				}
				p.say("dd", mono, r.value)
				p.el("dd", nil, func() {
					if r.copies {
						p.el("button", []string{"type", "button", "class", "btn-link small", "data-copy", r.value, "data-said", p.words.T("form.copied"), "hidden", ""}, func() {
							p.text(p.words.T("form.copy"))
							p.say("span", "vh", " "+p.words.T(r.key))
						})
					}
				})
			})
		}
	})
}

// mark writes the sign of an answer, and the answer for those who do not see it.
func (p *page) mark(answer string) {
	sign := "?"
	switch answer {
	case "yes":
		sign = "✓"
	case "no":
		sign = "✕"
	}
	p.el("span", class("mark "+answer), func() {
		p.el("span", []string{"aria-hidden", "true"}, func() { p.text(sign) })
		p.say("span", "vh", p.words.T("answer."+answer))
	})
}

// fold writes what is read on demand.
func (p *page) fold(title string, inside func()) {
	p.el("details", nil, func() {
		p.say("summary", "", title)
		inside()
	})
}
