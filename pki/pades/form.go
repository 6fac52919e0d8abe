// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pades

import (
	"podpis/pki/pdf"
)

// form compares the interactive forms (ISO 32000-1, 12.7.2).
func (c *comparer) form(old, now pdf.Object) {
	a, b := c.dict(c.old, old), c.dict(c.now, now)
	if r, ok := old.(pdf.Ref); ok {
		if a != nil && !pdf.Equal(old, now) {
			c.suspect(ReasonField, r.Number, "AcroForm")
		}
	}
	for _, key := range keys(a, b) {
		switch key {
		case "Fields":
			c.list(a[key], b[key], field{})
		case "SigFlags", "NeedAppearances", "DA", "Q":
			// How new text is drawn; what is drawn already stays.
		case "DR":
			c.resources(a[key], b[key])
		case "XFA", "CO":
			c.fixed(a, b, key, ReasonField, 0)
		default:
			// Keys of single programs, which mean nothing to a reader.
		}
	}
}

// resources may gain entries, for the text of new fields, and keep the old ones.
func (c *comparer) resources(old, now pdf.Object) {
	a, b := c.dict(c.old, old), c.dict(c.now, now)
	for key := range a {
		if key == "ProcSet" { // an array, and obsolete
			continue
		}
		kind, other := c.dict(c.old, a[key]), c.dict(c.now, b[key])
		for name := range kind {
			if key == "Font" || key == "Encoding" {
				c.fixed(kind, other, name, ReasonField, 0)
			} else if !pdf.Equal(kind[name], other[name]) {
				// Forms that appearances of fields may draw: programs redefine them as they sign.
				c.report(Change{Kind: ChangeForm, Where: "DR"})
			}
		}
	}
}

// field is what a form field inherits.
type field struct {
	name string
	kind pdf.Name
	// signed says that it has a signature, of which nothing may change.
	signed bool
	// filled says that it is new and has one: its widgets may show it.
	filled bool
	depth  int
}

// list compares fields of one level: the old ones stay in their order, new ones
// must be for signatures.
func (c *comparer) list(old, now pdf.Object, parent field) {
	a, b := c.array(c.old, old), c.array(c.now, now)
	places := map[pdf.Ref]int{}
	for i, o := range b {
		if r, ok := o.(pdf.Ref); ok {
			places[r] = i
		}
	}
	last, before := -1, map[pdf.Ref]bool{}
	for _, o := range a {
		r, ok := o.(pdf.Ref)
		place, there := places[r]
		if ok && before[r] {
			continue // listed twice
		}
		if !ok || !there || place < last {
			c.suspect(ReasonField, r.Number, parent.name)
			continue
		}
		last, before[r] = place, true
		c.field(o, parent)
	}
	for _, o := range b {
		if r, ok := o.(pdf.Ref); !ok || !before[r] {
			c.newField(o, parent)
		}
	}
}

func number(o pdf.Object) int {
	r, _ := o.(pdf.Ref)
	return r.Number
}

// field compares one field or widget of the signed revision.
func (c *comparer) field(o pdf.Object, parent field) {
	r, ok := o.(pdf.Ref)
	if c.fields++; !ok || parent.depth > pdf.MaxDepth || c.fields > MaxFields {
		c.suspect(ReasonUnread, number(o), parent.name)
		return
	}
	if c.roles[r] {
		return
	}
	x, err1 := c.old.Get(r)
	y, err2 := c.now.Get(r)
	old, ok1 := x.(pdf.Dict)
	now, ok2 := y.(pdf.Dict)
	if err1 != nil || err2 != nil || !ok1 || !ok2 {
		if !c.same(r) {
			c.suspect(ReasonField, r.Number, parent.name)
		}
		return
	}
	c.roles[r] = true
	f := field{name: fieldName(c.old, parent.name, old), kind: parent.kind, signed: parent.signed, depth: parent.depth + 1}
	if own := c.old.Name(old["FT"]); own != "" {
		f.kind = own
	}
	if f.kind == "Sig" && old["V"] != nil {
		f.signed = true
	}
	for _, key := range keys(old, now) {
		c.fieldKey(f, r.Number, old, now, key)
	}
}

func (c *comparer) fieldKey(f field, object int, old, now pdf.Dict, key pdf.Name) {
	kind := ChangeForm
	if f.kind == "Sig" {
		kind = ChangeSignature
	}
	switch key {
	case "Kids":
		c.list(old[key], now[key], f)
		return
	case "Parent", "P":
		if !pdf.Equal(old[key], now[key]) {
			c.suspect(ReasonField, object, f.name)
		}
		return
	case "V", "AP", "AS", "M":
		if f.signed {
			c.fixed(old, now, key, ReasonSignature, object)
			return
		}
	case "RV", "I", "TI", "MK":
		if f.signed || f.kind == "Sig" {
			c.fixed(old, now, key, ReasonField, object)
			return
		}
	case "F", "DA":
		if f.kind != "Sig" || f.signed {
			c.fixed(old, now, key, ReasonField, object)
			return
		}
	default:
		c.fixed(old, now, key, ReasonField, object)
		return
	}
	if f.kind == "Sig" && now["V"] == nil {
		c.fixed(old, now, key, ReasonField, object) // a field that shows something and signs nothing
		return
	}
	if !pdf.Equal(old[key], now[key]) {
		if f.kind == "Sig" {
			kind = c.kindOf(now["V"])
		}
		c.report(Change{Kind: kind, Where: f.name})
	}
	c.loose = append(c.loose, loose{now[key], kind, f.name})
}

// kindOf tells a document time stamp from a signature.
func (c *comparer) kindOf(value pdf.Object) ChangeKind {
	if c.now.Name(c.now.Dict(value)["SubFilter"]) == SubFilterTimestamp {
		return ChangeTimestamp
	}
	return ChangeSignature
}

// newFieldKey tells what a signature field that was added may have: what belongs
// to one, and notes of programs that refer to nothing. Actions are not among them.
func newFieldKey(key pdf.Name, value pdf.Object) bool {
	switch key {
	case "P", "Parent", "Kids", "V", "AP", "DR", "MK", "Lock", "SV", "BS", "Border", "Rect":
		return true
	case "A", "AA", "OC", "DV", "Opt", "RV":
		return false
	}
	switch value.(type) {
	case pdf.Array, pdf.Dict, pdf.Ref:
		return false
	}
	return true
}

// newField accepts a field that came later: a new object, for a signature.
func (c *comparer) newField(o pdf.Object, parent field) {
	r, ok := o.(pdf.Ref)
	if c.fields++; !ok || parent.depth > pdf.MaxDepth || c.fields > MaxFields || c.widgets[r] {
		c.suspect(ReasonUnread, number(o), parent.name)
		return
	}
	if before, err := c.old.Get(r); before != nil || err != nil {
		c.suspect(ReasonReuse, r.Number, parent.name)
		return
	}
	d, ok := c.nowDict(r)
	kind := parent.kind
	if own := c.now.Name(d["FT"]); own != "" {
		kind = own
	}
	name := fieldName(c.now, parent.name, d)
	if !ok || kind != "Sig" || parent.signed {
		c.suspect(ReasonField, r.Number, name)
		return
	}
	for key, value := range d {
		if !newFieldKey(key, value) {
			c.suspect(ReasonField, r.Number, name)
		}
	}
	if d["V"] == nil && d["AP"] != nil && !parent.filled {
		c.suspect(ReasonField, r.Number, name) // shows something and signs nothing
	}
	c.widgets[r] = true
	c.report(Change{Kind: c.kindOf(d["V"]), Object: r.Number, Where: name})
	for _, k := range c.now.Array(d["Kids"]) {
		c.newField(k, field{name: name, kind: kind, filled: d["V"] != nil, depth: parent.depth + 1})
	}
}

func (c *comparer) nowDict(r pdf.Ref) (pdf.Dict, bool) {
	o, err := c.now.Get(r)
	d, ok := o.(pdf.Dict)
	return d, ok && err == nil
}

// pages compares the page trees node by node (ISO 32000-1, 7.7.3).
func (c *comparer) pages(root pdf.Object) {
	queue := []pdf.Object{root}
	for len(queue) > 0 {
		o := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		r, ok := o.(pdf.Ref)
		if !ok {
			c.suspect(ReasonUnread, 0, "Pages")
			continue
		}
		if c.roles[r] {
			continue
		}
		x, err1 := c.old.Get(r)
		y, err2 := c.now.Get(r)
		old, ok1 := x.(pdf.Dict)
		now, ok2 := y.(pdf.Dict)
		if err1 != nil || err2 != nil || !ok1 || !ok2 {
			if !c.same(r) {
				c.suspect(ReasonPages, r.Number, "")
			}
			continue
		}
		c.roles[r] = true
		for _, key := range keys(old, now) {
			switch key {
			case "Kids":
				kids := c.array(c.old, old[key])
				if !pdf.Equal(kids, c.array(c.now, now[key])) {
					c.suspect(ReasonPages, r.Number, "Kids")
				}
				queue = append(queue, kids...)
			case "Annots":
				c.annotations(r.Number, old[key], now[key])
			case "LastModified":
			default:
				c.fixed(old, now, key, ReasonPages, r.Number)
			}
		}
	}
}

// split separates the references of an array from its direct elements.
func split(a pdf.Array) (refs map[pdf.Ref]bool, direct pdf.Array) {
	refs = map[pdf.Ref]bool{}
	for _, o := range a {
		if r, ok := o.(pdf.Ref); ok {
			refs[r] = true
		} else {
			direct = append(direct, o)
		}
	}
	return refs, direct
}

// annotations compares the notes and widgets of a page (ISO 32000-1, 12.5).
func (c *comparer) annotations(page int, old, now pdf.Object) {
	before, after := c.array(c.old, old), c.array(c.now, now)
	a, directA := split(before)
	b, directB := split(after)
	if !pdf.Equal(directA, directB) {
		// Notes without a number of their own: programs give them one when they change them.
		c.suspect(ReasonObject, page, "Annots")
	}
	c.strict = append(c.strict, directA)
	for _, o := range before {
		r, ok := o.(pdf.Ref)
		switch {
		case !ok:
		case !b[r]:
			c.withoutAnnotation(page, r)
		case c.roles[r]: // a field
		case c.old.Name(c.old.Dict(r)["Subtype"]) == "Widget":
			c.strict = append(c.strict, r)
		default:
			c.annotation(r, c.old.Dict(r))
		}
	}
	for _, o := range after {
		if r, ok := o.(pdf.Ref); ok && !a[r] && !c.widgets[r] {
			c.newAnnotation(page, r)
		}
	}
}

// newAnnotation: a note may be added, the widget of no field may not.
func (c *comparer) newAnnotation(page int, r pdf.Ref) {
	before, err := c.old.Get(r)
	switch {
	case before != nil || err != nil:
		c.suspect(ReasonReuse, r.Number, "Annots")
	case c.now.Name(c.now.Dict(r)["Subtype"]) == "Widget":
		c.suspect(ReasonField, r.Number, "Annots")
	default:
		c.report(Change{Kind: ChangeAnnotation, Object: page, Where: "Annots"})
	}
}

// withoutAnnotation: a note may be taken away, the widget of a field may not.
func (c *comparer) withoutAnnotation(page int, o pdf.Object) {
	if c.old.Name(c.old.Dict(o)["Subtype"]) == "Widget" {
		c.suspect(ReasonField, number(o), "Annots")
		return
	}
	c.report(Change{Kind: ChangeAnnotation, Object: page, Where: "Annots"})
}

// annotation compares a note. Links may not change: they show nothing of their
// own and lead elsewhere.
func (c *comparer) annotation(r pdf.Ref, old pdf.Dict) {
	now, ok := c.nowDict(r)
	if !ok || c.old.Name(old["Subtype"]) == "Link" {
		c.strict = append(c.strict, r)
		return
	}
	if c.notes[r] {
		return
	}
	c.notes[r] = true
	for _, key := range keys(old, now) {
		switch key {
		case "Subtype", "P", "A", "AA":
			c.fixed(old, now, key, ReasonObject, r.Number)
		default:
			if !pdf.Equal(old[key], now[key]) {
				c.report(Change{Kind: ChangeAnnotation, Object: r.Number, Where: string(key)})
			}
			c.loose = append(c.loose, loose{now[key], ChangeAnnotation, string(key)})
		}
	}
}
