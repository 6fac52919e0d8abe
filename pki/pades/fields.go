// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pades

import (
	"podpis/pki/pdf"
)

// foundSignature is a signature dictionary with the place it was found at.
type foundSignature struct {
	field string
	dict  pdf.Dict
	ref   pdf.Ref // zero when the dictionary stands in the field itself
	usage bool
}

// emptyField is a signature field without a signature.
type emptyField struct {
	name string
	ref  pdf.Ref
	dict pdf.Dict
}

// fieldSet is what a walk over the form of one view finds.
type fieldSet struct {
	view       *pdf.Document
	signatures []foundSignature
	empty      []emptyField
	count      int
	seen       map[pdf.Ref]bool
	values     map[pdf.Ref]bool
	names      map[string]bool
	err        error
}

// findFields lists the signatures of a view: those of the form, and those that
// the catalog names as permissions without a field.
func findFields(view *pdf.Document) *fieldSet {
	f := &fieldSet{view: view, seen: map[pdf.Ref]bool{}, values: map[pdf.Ref]bool{}, names: map[string]bool{}}
	catalog := view.Catalog()
	form, err := view.Resolve(catalog["AcroForm"])
	f.note(err)
	if d, ok := form.(pdf.Dict); ok {
		list, err := view.Resolve(d["Fields"])
		f.note(err)
		kids, _ := list.(pdf.Array)
		for _, k := range kids {
			f.field(k, "", "", 0)
		}
	}
	perms := view.Dict(catalog["Perms"])
	for _, key := range []pdf.Name{"DocMDP", "UR3", "UR"} {
		if v, ok := perms[key]; ok {
			f.value(v, "", key != "DocMDP")
		}
	}
	return f
}

func (f *fieldSet) note(err error) {
	if f.err == nil {
		f.err = err
	}
}

// field looks at a field and its kids (ISO 32000-1, 12.7.3).
func (f *fieldSet) field(o pdf.Object, parent string, kind pdf.Name, depth int) {
	if f.count++; depth > pdf.MaxDepth || f.count > MaxFields {
		f.note(&pdf.LimitError{What: "form fields"})
		return
	}
	r, ok := o.(pdf.Ref)
	if ok {
		if f.seen[r] {
			return
		}
		f.seen[r] = true
	}
	o, err := f.view.Resolve(o)
	f.note(err)
	d, ok := o.(pdf.Dict)
	if !ok {
		return
	}
	name := fieldName(f.view, parent, d)
	f.names[name] = true
	if own := f.view.Name(d["FT"]); own != "" {
		kind = own
	}
	if kids := f.view.Array(d["Kids"]); len(kids) > 0 {
		for _, k := range kids {
			f.field(k, name, kind, depth+1)
		}
	}
	if kind != "Sig" {
		return
	}
	if v, err := f.view.Resolve(d["V"]); v != nil || err != nil {
		f.note(err)
		f.value(d["V"], name, false)
	} else if d["T"] != nil {
		f.empty = append(f.empty, emptyField{name, r, d})
	}
}

// fieldName joins partial names with a period (ISO 32000-1, 12.7.3.2).
func fieldName(view *pdf.Document, parent string, d pdf.Dict) string {
	o, _ := view.Resolve(d["T"])
	t, ok := o.(pdf.String)
	switch {
	case !ok, view.Encrypted:
		return parent
	case parent == "":
		return pdf.Text(t)
	}
	return parent + "." + pdf.Text(t)
}

func (f *fieldSet) value(v pdf.Object, name string, usage bool) {
	r, _ := v.(pdf.Ref)
	if r != (pdf.Ref{}) {
		if f.values[r] {
			return // several fields may show one signature
		}
		f.values[r] = true
	}
	o, err := f.view.Resolve(v)
	f.note(err)
	d, ok := o.(pdf.Dict)
	if !ok {
		return
	}
	f.signatures = append(f.signatures, foundSignature{field: name, dict: d, ref: r, usage: usage})
}

// removedSignatures lists the signatures of earlier revisions whose values are
// not those of the newest one: a signed document does not become an unsigned one.
func removedSignatures(view *pdf.Document, newest *fieldSet) (list []foundSignature) {
	known := map[int64]bool{}
	for _, s := range newest.signatures {
		if t, ok := s.dict["Contents"].(pdf.String); ok {
			known[t.Start] = true
		}
	}
	left := MaxFields - newest.count
	for v := view.Previous(); v != nil && left > 0; v = v.Previous() {
		f := findFields(v)
		left -= f.count + 1
		for _, s := range f.signatures {
			t, ok := s.dict["Contents"].(pdf.String)
			if ok && t.Start != 0 && !known[t.Start] {
				known[t.Start] = true
				list = append(list, s)
			}
		}
	}
	return list
}

// transform returns the parameters of a signature's reference with a method
// (ISO 32000-1, 12.8.2); nil without.
func transform(view *pdf.Document, sig pdf.Dict, method pdf.Name) pdf.Dict {
	for _, o := range view.Array(sig["Reference"]) {
		if r := view.Dict(o); view.Name(r["TransformMethod"]) == method {
			p := view.Dict(r["TransformParams"])
			if p == nil {
				p = pdf.Dict{}
			}
			return p
		}
	}
	return nil
}
