// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pades

import (
	"bytes"
	"slices"

	"podpis/pki/pdf"
)

// ChangeKind is what a later revision has done.
type ChangeKind string

// The kinds of changes.
const (
	ChangeSignature  ChangeKind = "signature"  // a further signature, or a field for one
	ChangeTimestamp  ChangeKind = "timestamp"  // a document time stamp
	ChangeEvidence   ChangeKind = "evidence"   // the security store (DSS)
	ChangeForm       ChangeKind = "form"       // a field filled in
	ChangeAnnotation ChangeKind = "annotation" // a note added, changed or taken away
	ChangeMetadata   ChangeKind = "metadata"   // title, producer and the like
	Suspicious       ChangeKind = "suspicious" // anything else
)

// Reason says why a change is suspicious.
type Reason string

// The reasons.
const (
	ReasonObject    Reason = "object"    // an object the signed revision shows is another one now
	ReasonRoot      Reason = "root"      // the trailer points to another document
	ReasonChain     Reason = "chain"     // the file does not go on from the signed revision
	ReasonTail      Reason = "tail"      // octets that belong to no revision
	ReasonPages     Reason = "pages"     // pages added, removed, moved or redrawn
	ReasonField     Reason = "field"     // a form field redefined, removed or added
	ReasonSignature Reason = "signature" // a signature replaced or removed
	ReasonReuse     Reason = "reuse"     // an old object put to a new use
	ReasonUnread    Reason = "unread"    // cannot be compared: broken, encrypted or too large
)

// Change is one thing that came after a signature.
type Change struct {
	Kind    ChangeKind
	Reason  Reason // of a suspicious one
	Object  int    // number, 0 when it is not about one
	Where   string // field name or key
	Allowed bool   // by DocMDP and FieldMDP of the signed revision; never when suspicious
}

// maxWork bounds the references that the comparisons of one document follow.
const maxWork = 16 << 20

// maxChanges bounds the list; what is behind is of no more interest.
const maxChanges = 1000

// compare fills in Whole, Permission and Changes.
func (s *Signature) compare() {
	if s.signed == nil {
		return
	}
	locks, permission := locksOf(s.signed, s.fields)
	s.Permission = permission
	size := s.doc.view.Size()
	if s.Covers == size {
		s.Whole = true
		return
	}
	c := newComparer(s.signed, s.doc.view, locks)
	c.work = &s.doc.work
	defer func() {
		for _, change := range c.changes {
			change.Allowed = s.allows(change, locks)
			s.Changes = append(s.Changes, change)
		}
	}()
	if s.doc.Recovered || !s.doc.view.Continues(s.signed) {
		c.suspect(ReasonChain, 0, "")
		return
	}
	end := s.doc.view.End()
	if rest, err := s.octets(end, size-end); err != nil || len(bytes.Trim(rest, "\x00\t\n\f\r ")) != 0 {
		c.suspect(ReasonTail, 0, "")
	}
	c.run()
}

// lockSet are the fields that signatures have locked.
type lockSet struct {
	all              bool
	include, exclude map[string]bool
}

func (l *lockSet) holds(name string) bool {
	return l.all || l.include[name] || len(l.exclude) > 0 && !l.exclude[name]
}

// locksOf reads DocMDP and FieldMDP of all signatures of a view (ISO 32000-2,
// 12.8.2.2 and 12.8.2.4). The permission is 0 when the document is not certified.
func locksOf(view *pdf.Document, f *fieldSet) (l *lockSet, permission int) {
	l = &lockSet{include: map[string]bool{}}
	for _, f := range f.signatures {
		if p := transform(view, f.dict, "DocMDP"); p != nil && permission == 0 {
			permission = 2 // the default
			if n, ok := view.Int(p["P"]); ok && n >= 1 && n <= 3 {
				permission = int(n)
			}
		}
		if p := transform(view, f.dict, "FieldMDP"); p != nil {
			l.add(view, p)
		}
	}
	return l, permission
}

// add reads the parameters of one lock.
func (l *lockSet) add(view *pdf.Document, p pdf.Dict) {
	names := map[string]bool{}
	for _, o := range view.Array(p["Fields"]) {
		o, _ := view.Resolve(o)
		if t, ok := o.(pdf.String); ok {
			names[pdf.Text(t)] = true
		}
	}
	switch view.Name(p["Action"]) {
	case "Include":
		for n := range names {
			l.include[n] = true
		}
	case "Exclude":
		if len(names) == 0 || l.exclude != nil {
			l.all = true // of two lists of exceptions the stricter reading
		}
		l.exclude = names
	default: // All
		l.all = true
	}
}

// allows applies the permissions of a certification and the locks. Evidence and
// document time stamps are allowed always (ISO 32000-2, 12.8.2.2.2).
func (s *Signature) allows(c Change, locks *lockSet) bool {
	switch c.Kind {
	case ChangeEvidence, ChangeTimestamp, ChangeMetadata:
		return true
	case ChangeSignature:
		return s.Permission != 1
	case ChangeForm:
		return s.Permission != 1 && !locks.holds(c.Where)
	case ChangeAnnotation:
		return s.Permission == 0 || s.Permission == 3
	}
	return false
}

// comparer compares the document now with a signed revision of it.
//
// Objects with a role (catalog, fields, pages) may change in the keys that their
// role allows, which mean nothing in any other role; forms, resources and notes
// may change where nothing else uses them; whatever else can be reached from the signed
// root has to be the same, object by object. An object is the same when its own
// value is, references compared by number, so that a walk over the signed
// objects sees every difference, and also what the signed revision referred to
// without having it.
type comparer struct {
	old, now *pdf.Document
	touched  map[int]bool
	locks    *lockSet
	roles    map[pdf.Ref]bool
	notes    map[pdf.Ref]bool // annotations that were compared
	widgets  map[pdf.Ref]bool // of new signature fields
	strict   []pdf.Object     // what must not have changed
	loose    []loose          // what may change, with a name
	changes  []Change
	reported map[Change]bool
	work     *int // what the comparisons of the document have looked at
	visited  map[pdf.Ref]bool
	fields   int
}

// loose is a part that may change; the change is reported.
type loose struct {
	object pdf.Object // in the document now
	kind   ChangeKind
	where  string
}

func newComparer(old, now *pdf.Document, locks *lockSet) *comparer {
	return &comparer{
		old: old, now: now, locks: locks,
		touched: map[int]bool{}, roles: map[pdf.Ref]bool{}, widgets: map[pdf.Ref]bool{}, notes: map[pdf.Ref]bool{}, reported: map[Change]bool{}, visited: map[pdf.Ref]bool{},
	}
}

func (c *comparer) report(change Change) {
	if len(c.changes) < maxChanges && !c.reported[change] {
		c.reported[change] = true
		c.changes = append(c.changes, change)
	}
}

func (c *comparer) suspect(r Reason, object int, where string) {
	c.report(Change{Kind: Suspicious, Reason: r, Object: object, Where: where})
}

func (c *comparer) run() {
	for _, n := range c.now.Touched(c.old) {
		c.touched[n] = true
	}
	c.trailer()
	c.packs()
	c.catalog()
	c.walkStrict()
	for _, l := range c.loose {
		c.walkLoose(l)
	}
}

func (c *comparer) trailer() {
	old, now := c.old.Trailer(), c.now.Trailer()
	if c.old.Root() != c.now.Root() || !pdf.Equal(old["Encrypt"], now["Encrypt"]) {
		c.suspect(ReasonRoot, 0, "")
	}
	c.strict = append(c.strict, old["Encrypt"])
	if !pdf.Equal(old["Info"], now["Info"]) {
		c.report(Change{Kind: ChangeMetadata, Where: "Info"})
	}
	c.loose = append(c.loose, loose{now["Info"], ChangeMetadata, "Info"})
}

// packs refuses object streams that were replaced: the objects in them would be
// other ones without a trace in the cross-reference.
func (c *comparer) packs() {
	for n := range c.touched {
		for generation := range 2 {
			o, _ := c.old.Get(pdf.Ref{Number: n, Generation: generation})
			if st, ok := o.(*pdf.Stream); ok && st.Dict["Type"] == pdf.Name("ObjStm") && !c.same(pdf.Ref{Number: n, Generation: generation}) {
				c.suspect(ReasonObject, n, "ObjStm")
			}
		}
	}
}

// same compares the value of one object in both views.
func (c *comparer) same(r pdf.Ref) bool {
	if !c.touched[r.Number] {
		return true
	}
	a, err1 := c.old.Get(r)
	b, err2 := c.now.Get(r)
	if err1 != nil || err2 != nil || !pdf.Equal(a, b) {
		return false
	}
	x, ok := a.(*pdf.Stream)
	if !ok {
		return true
	}
	p, err1 := c.old.Raw(x)
	q, err2 := c.now.Raw(b.(*pdf.Stream))
	return err1 == nil && err2 == nil && bytes.Equal(p, q)
}

// references calls f for each reference inside a direct object.
func references(o pdf.Object, f func(pdf.Ref)) {
	switch v := o.(type) {
	case pdf.Ref:
		f(v)
	case pdf.Array:
		for _, e := range v {
			references(e, f)
		}
	case pdf.Dict:
		for _, e := range v {
			references(e, f)
		}
	case *pdf.Stream:
		references(v.Dict, f)
	}
}

// walkStrict visits all that can be reached in the signed revision, except
// objects with a role, which were looked at.
func (c *comparer) walkStrict() {
	var queue []pdf.Ref
	push := func(r pdf.Ref) {
		*c.work++
		if !c.visited[r] && !c.roles[r] {
			c.visited[r] = true
			queue = append(queue, r)
		}
	}
	for _, o := range c.strict {
		references(o, push)
	}
	for len(queue) > 0 {
		r := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if !c.same(r) {
			c.suspect(ReasonObject, r.Number, "")
		}
		if *c.work > maxWork {
			c.suspect(ReasonUnread, 0, "")
			return
		}
		o, err := c.old.Get(r)
		if err != nil {
			// What is behind it is out of sight here, but perhaps not for others.
			c.suspect(ReasonUnread, r.Number, "")
		}
		references(o, push)
	}
}

// dict resolves a dictionary of a view; what is none is suspicious.
func (c *comparer) dict(view *pdf.Document, o pdf.Object) pdf.Dict {
	v, err := view.Resolve(o)
	d, ok := v.(pdf.Dict)
	if err != nil || !ok && v != nil {
		c.suspect(ReasonUnread, number(o), "")
	}
	return d
}

// array is the same for arrays.
func (c *comparer) array(view *pdf.Document, o pdf.Object) pdf.Array {
	v, err := view.Resolve(o)
	a, ok := v.(pdf.Array)
	if err != nil || !ok && v != nil {
		c.suspect(ReasonUnread, number(o), "")
	}
	return a
}

// walkLoose reports a part if anything in it changed. What the walk over the
// rest has visited has been compared.
func (c *comparer) walkLoose(l loose) {
	seen := map[pdf.Ref]bool{}
	var queue []pdf.Ref
	push := func(r pdf.Ref) {
		*c.work++
		if !seen[r] && !c.visited[r] && !c.roles[r] {
			seen[r] = true
			queue = append(queue, r)
		}
	}
	references(l.object, push)
	for len(queue) > 0 {
		r := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if *c.work > maxWork {
			c.suspect(ReasonUnread, 0, "")
			return
		}
		if !c.same(r) {
			c.report(Change{Kind: l.kind, Where: l.where})
			return
		}
		o, err := c.now.Get(r)
		if err == nil {
			references(o, push)
		}
	}
}

// keys lists the keys of both dictionaries.
func keys(a, b pdf.Dict) []pdf.Name {
	list := make([]pdf.Name, 0, len(a))
	for k := range a {
		list = append(list, k)
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			list = append(list, k)
		}
	}
	slices.Sort(list)
	return list
}

// fixed says that the value of a key must be the same, and all below it.
func (c *comparer) fixed(old, now pdf.Dict, key pdf.Name, reason Reason, object int) {
	if !pdf.Equal(old[key], now[key]) {
		c.suspect(reason, object, string(key))
	}
	c.strict = append(c.strict, old[key])
}

// catalog compares the roots (ISO 32000-1, 7.7.2).
func (c *comparer) catalog() {
	root := c.old.Root()
	c.roles[root] = true
	old, now := c.old.Catalog(), c.now.Catalog()
	for _, key := range keys(old, now) {
		switch key {
		case "AcroForm":
			c.form(old[key], now[key])
		case "Pages":
			if !pdf.Equal(old[key], now[key]) {
				c.suspect(ReasonPages, root.Number, "Pages")
			}
		case "DSS":
			if !pdf.Equal(old[key], now[key]) {
				c.report(Change{Kind: ChangeEvidence, Where: "DSS"})
			}
			c.loose = append(c.loose, loose{now[key], ChangeEvidence, "DSS"})
		case "Metadata":
			if !pdf.Equal(old[key], now[key]) {
				c.report(Change{Kind: ChangeMetadata, Where: "Metadata"})
			}
			c.loose = append(c.loose, loose{now[key], ChangeMetadata, "Metadata"})
		case "Version", "Extensions":
			// They say which standard is needed, and show nothing.
		case "Perms":
			c.permissions(old[key], now[key])
		default:
			c.fixed(old, now, key, ReasonObject, root.Number)
		}
	}
	c.pages(old["Pages"])
}

// permissions: none may be added, changed or lifted, else a later revision
// would say what an earlier signature permits. An object that was replaced is
// seen by the walk.
func (c *comparer) permissions(old, now pdf.Object) {
	a, b := c.dict(c.old, old), c.dict(c.now, now)
	for _, key := range keys(a, b) {
		c.fixed(a, b, key, ReasonSignature, 0)
	}
}
