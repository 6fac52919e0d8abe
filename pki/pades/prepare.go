// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pades

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/pdf"
)

var (
	// ErrCertified says that a signature in the document forbids further ones.
	ErrCertified = errors.New("pades: document is certified without permission to sign")
	// ErrField says that a field of the name is signed, or is for something else.
	ErrField = errors.New("pades: field is taken")
	// ErrPage says that the document has no such page.
	ErrPage = errors.New("pades: no such page")
	// ErrTime says that a message states a time, which belongs into the document (EN 319 142-1, 6.3).
	ErrTime = errors.New("pades: the message states a time of its own")
	// ErrReserve says that the message is longer than the room reserved for it.
	ErrReserve = errors.New("pades: signature does not fit the room reserved")
	// ErrSelfCheck says that what was made does not verify: nothing is returned.
	ErrSelfCheck = errors.New("pades: the signature made does not verify")
)

// DefaultReserve is room for a message of level T with its chains.
const DefaultReserve = 24 << 10

// Options say how to sign.
type Options struct {
	// Field is the name of an empty signature field, or of one to be made; empty
	// for a new name.
	Field string
	// What the signer says; all optional but the time, which stands here and not
	// in the message (EN 319 142-1, 6.3).
	Name, Reason, Location, Contact string
	Time                            time.Time
	// Page is where a new field stands, the first is 1, the last -1; 0 means 1.
	Page int
	// Rect is the place on the page in points from its lower left corner: left,
	// bottom, right, top. Zero makes the signature invisible.
	Rect [4]float64
	// Place, if given, finds Rect by what of the page is seen, as a rectangle of the
	// same kind.
	Place func(page [4]float64) [4]float64
	// Draw adds the appearance, a form of the given size, to the update; nil
	// for none.
	Draw func(u *pdf.Update, width, height float64) (pdf.Ref, error)
	// Reserve is how many octets the message may have; 0 means [DefaultReserve].
	Reserve int
	// Permission certifies the document: 1 no changes, 2 forms and signatures, 3
	// annotations too. 0 is an approval.
	Permission int
}

// Prepared is a document that lacks only the value of its new signature.
type Prepared struct {
	in     io.ReaderAt
	size   int64
	tail   []byte
	span   [4]int64
	before []bool // of the signatures before: whether changes were found
	stamp  bool   // it is a document time stamp
}

// Prepare appends a signature field with room for its value. The file is read
// where it is and not changed.
func Prepare(in io.ReaderAt, size int64, o Options) (*Prepared, error) {
	return prepare(in, size, o, false)
}

func prepare(in io.ReaderAt, size int64, o Options, stamp bool) (*Prepared, error) {
	d, err := Read(in, size)
	if err != nil {
		return nil, err
	}
	if d.Incomplete != nil {
		return nil, d.Incomplete
	}
	u, err := pdf.NewUpdate(d.view)
	if err != nil {
		return nil, err
	}
	locks, permission := locksOf(d.view, findFields(d.view))
	if permission == 1 && !stamp || o.Permission != 0 && len(d.Signatures) > 0 {
		return nil, ErrCertified
	}
	b := &builder{doc: d, view: d.view, update: u, options: &o}
	if o.Field != "" && locks.holds(o.Field) {
		return nil, ErrField
	}
	var sig pdf.Ref
	if stamp {
		sig = b.timestamp()
	} else {
		sig = b.signature()
	}
	if err := b.field(sig); err != nil {
		return nil, err
	}
	a, err := u.Encode()
	if err != nil {
		return nil, err
	}
	p := &Prepared{in: in, size: size, tail: a.Octets, stamp: stamp}
	for _, s := range d.Signatures {
		p.before = append(p.before, s.Modified())
	}
	return p, p.place(a.Offsets[sig] - size)
}

// rangeRoom holds the place of one number of ByteRange: 10 digits.
const rangeRoom = pdf.Real("0000000000")

// place finds the room in the object at an offset of the tail and writes the range.
func (p *Prepared) place(object int64) error {
	// The keys stand in order and every text before them is hexadecimal.
	in := p.tail[object:]
	key := []byte("/ByteRange [0 ")
	i, j := bytes.Index(in, key), bytes.Index(in, []byte("/Contents <"))
	if i < 0 || j < i {
		return ErrSelfCheck
	}
	start := object + int64(j+len("/Contents "))
	end := start + int64(bytes.IndexByte(in[j:], '>')-len("/Contents ")) + 1
	total := p.size + int64(len(p.tail))
	p.span = [4]int64{0, p.size + start, p.size + end, total - p.size - end}
	room := in[i+len(key):]
	for _, v := range p.span[1:] {
		digits := strconv.FormatInt(v, 10)
		copy(room[len(rangeRoom)-len(digits):], digits)
		room = room[len(rangeRoom)+1:]
	}
	return nil
}

// Digest hashes what is to be signed.
func (p *Prepared) Digest(h alg.Hash) ([]byte, error) {
	if h == alg.NoHash {
		return nil, alg.ErrUnsupported
	}
	return digestOf(p, p.span, h)
}

// ReadAt reads the whole file: the old one and what is appended.
func (p *Prepared) ReadAt(b []byte, offset int64) (n int, err error) {
	if offset < p.size {
		n, err = p.in.ReadAt(b[:min(int64(len(b)), p.size-offset)], offset)
		if n == len(b) || int64(n) < p.size-offset {
			return n, err
		}
	}
	m := 0
	if behind := offset + int64(n) - p.size; behind < int64(len(p.tail)) {
		m = copy(b[n:], p.tail[behind:])
	}
	if n += m; n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// Finish puts a message in, detached over the digest, reads the document back as
// a stranger would, and returns what is to be appended to the file. Earlier
// signatures must not have come to harm either.
func (p *Prepared) Finish(message []byte) (tail []byte, err error) {
	start, end := p.span[1]+1-p.size, p.span[2]-1-p.size
	if int64(2*len(message)) > end-start {
		return nil, ErrReserve
	}
	room := p.tail[start:end]
	for i := range room {
		room[i] = '0'
	}
	hex.Encode(room, message)
	if err := p.selfCheck(); err != nil {
		return nil, err
	}
	return slices.Clone(p.tail), nil
}

func (p *Prepared) selfCheck() error {
	d, err := Read(p, p.size+int64(len(p.tail)))
	if err != nil || len(d.Signatures) != len(p.before)+1 {
		return errors.Join(ErrSelfCheck, err)
	}
	for i, before := range p.before {
		if s := d.Signatures[i]; s.Modified() && !before {
			return ErrCertified
		}
	}
	s := d.Signatures[len(p.before)]
	if p.stamp {
		return s.checkTimestamp(p.span)
	}
	c := s.Certificate()
	if len(s.Problems) > 0 || !s.Whole || s.Range != p.span || c == nil {
		return ErrSelfCheck
	}
	if cms.Has(s.Signer.SignedAttributes, cms.OIDSigningTime) {
		return ErrTime
	}
	if err := cades.CheckSigningCertificate(s.Signer, c); err != nil {
		return errors.Join(ErrSelfCheck, err)
	}
	return errors.Join(s.CheckDigest(), s.CheckValue(c.PublicKey))
}

// builder puts the objects of a new signature into an update.
type builder struct {
	doc     *Document
	view    *pdf.Document
	update  *pdf.Update
	options *Options
}

// text writes a text string in hexadecimal, so that nothing in it looks like a key.
func text(s string) pdf.String {
	t := pdf.NewText(s)
	t.Hex = true
	return t
}

// signature adds the dictionary of the signature (ISO 32000-2, table 255).
func (b *builder) signature() pdf.Ref {
	o := b.options
	reserve := o.Reserve
	if reserve <= 0 {
		reserve = DefaultReserve
	}
	d := pdf.Dict{
		"Type": pdf.Name("Sig"), "Filter": pdf.Name("Adobe.PPKLite"), "SubFilter": SubFilterCAdES,
		"ByteRange": pdf.Array{int64(0), rangeRoom, rangeRoom, rangeRoom},
		"Contents":  pdf.String{Value: make([]byte, min(reserve, MaxContents)), Hex: true},
	}
	for key, value := range map[pdf.Name]string{"Name": o.Name, "Reason": o.Reason, "Location": o.Location, "ContactInfo": o.Contact} {
		if value != "" {
			d[key] = text(value)
		}
	}
	if !o.Time.IsZero() {
		d["M"] = text(formatDate(o.Time))
	}
	if o.Permission != 0 {
		d["Reference"] = pdf.Array{pdf.Dict{
			"Type": pdf.Name("SigRef"), "TransformMethod": pdf.Name("DocMDP"),
			"TransformParams": pdf.Dict{"Type": pdf.Name("TransformParams"), "V": pdf.Name("1.2"), "P": int64(o.Permission)},
		}}
	}
	return b.update.Add(d)
}

// field puts the signature into an empty field or makes one.
func (b *builder) field(sig pdf.Ref) error {
	o := b.options
	f := findFields(b.view)
	for _, e := range f.empty {
		if e.name != o.Field {
			continue
		}
		if e.ref == (pdf.Ref{}) || e.dict["Kids"] != nil {
			return ErrField
		}
		d := maps.Clone(e.dict)
		d["V"] = sig
		r := rectangle(b.view, d["Rect"])
		if err := b.appearance(d, r[2]-r[0], r[3]-r[1]); err != nil {
			return err
		}
		b.update.Set(e.ref, d)
		return b.form(sig, pdf.Ref{})
	}
	name := o.Field
	if name == "" {
		name = b.freeName(f)
	} else if f.names[name] {
		return ErrField
	}
	page, dict, err := b.page(o.Page)
	if err != nil {
		return err
	}
	if o.Place != nil {
		o.Rect = o.Place(b.seen(dict))
	}
	widget := pdf.Dict{
		"Type": pdf.Name("Annot"), "Subtype": pdf.Name("Widget"), "FT": pdf.Name("Sig"),
		"T": pdf.NewText(name), "V": sig, "P": page, "Rect": reals(o.Rect[:]),
		"F": int64(132), // print, locked
	}
	if err := b.appearance(widget, o.Rect[2]-o.Rect[0], o.Rect[3]-o.Rect[1]); err != nil {
		return err
	}
	ref := b.update.Add(widget)
	b.appendTo(page, dict, "Annots", ref)
	return b.form(sig, ref)
}

func reals(list []float64) pdf.Array {
	a := make(pdf.Array, 0, len(list))
	for _, v := range list {
		a = append(a, pdf.Real(strconv.FormatFloat(v, 'f', 2, 64)))
	}
	return a
}

func rectangle(view *pdf.Document, o pdf.Object) (r [4]float64) {
	for i, v := range view.Array(o) {
		if i < len(r) {
			r[i], _ = pdf.Number(v)
		}
	}
	return r
}

func (b *builder) appearance(d pdf.Dict, width, height float64) error {
	if b.options.Draw == nil || width <= 0 || height <= 0 {
		return nil
	}
	form, err := b.options.Draw(b.update, width, height)
	if err != nil {
		return err
	}
	d["AP"] = pdf.Dict{"N": form}
	return nil
}

func (b *builder) freeName(f *fieldSet) string {
	for i := 1; ; i++ {
		if name := "Signature" + strconv.Itoa(i); !f.names[name] {
			return name
		}
	}
}

// appendTo adds an element to an array of a dictionary, wherever the array is.
func (b *builder) appendTo(owner pdf.Ref, d pdf.Dict, key pdf.Name, o pdf.Object) {
	list := append(slices.Clone(b.view.Array(d[key])), o)
	if r, ok := d[key].(pdf.Ref); ok && b.view.Array(r) != nil {
		b.update.Set(r, list)
		return
	}
	d = maps.Clone(d)
	d[key] = list
	b.update.Set(owner, d)
}

// form lists the new field, if there is one, and says that there are signatures
// and that the file must only be appended to (ISO 32000-1, table 219).
func (b *builder) form(sig, widget pdf.Ref) error {
	root := b.view.Root()
	catalog := maps.Clone(b.view.Catalog())
	form := maps.Clone(b.view.Dict(catalog["AcroForm"]))
	if form == nil {
		form = pdf.Dict{}
	}
	form["SigFlags"] = int64(3)
	if widget != (pdf.Ref{}) {
		list := append(slices.Clone(b.view.Array(form["Fields"])), widget)
		if r, ok := form["Fields"].(pdf.Ref); ok && b.view.Array(r) != nil {
			b.update.Set(r, list)
		} else {
			form["Fields"] = list
		}
	}
	if r, ok := catalog["AcroForm"].(pdf.Ref); ok && b.view.Dict(r) != nil {
		b.update.Set(r, form)
	} else {
		catalog["AcroForm"] = form
	}
	if b.options.Permission != 0 {
		perms := maps.Clone(b.view.Dict(catalog["Perms"]))
		if perms == nil {
			perms = pdf.Dict{}
		}
		perms["DocMDP"] = sig
		catalog["Perms"] = perms
	}
	b.update.Set(root, catalog)
	return nil
}

// page finds the page of a number: from 1, or from -1 backwards.
func (b *builder) page(n int) (pdf.Ref, pdf.Dict, error) {
	count := 0
	stack := []pdf.Object{b.view.Catalog()["Pages"]}
	seen := map[pdf.Ref]bool{}
	var list []pdf.Ref
	for len(stack) > 0 {
		r, ok := stack[len(stack)-1].(pdf.Ref)
		stack = stack[:len(stack)-1]
		if !ok || seen[r] {
			continue
		}
		seen[r] = true
		d := b.view.Dict(r)
		if kids := b.view.Array(d["Kids"]); kids != nil {
			kids = slices.Clone(kids)
			slices.Reverse(kids)
			stack = append(stack, kids...)
			continue
		}
		if d == nil {
			continue
		}
		if count++; count == max(n, 1) && n >= 0 {
			return r, d, nil
		}
		if n < 0 {
			list = append(list, r)
		}
	}
	if n < 0 && -n <= len(list) {
		r := list[len(list)+n]
		return r, b.view.Dict(r), nil
	}
	return pdf.Ref{}, nil, ErrPage
}

// seen is what of a page is seen: its crop box, else its media box, of its own or inherited (ISO 32000-1, 14.11.2).
func (b *builder) seen(page pdf.Dict) [4]float64 {
	for _, key := range []pdf.Name{"CropBox", "MediaBox"} {
		d := page
		for range maxTree {
			if box := rectangle(b.view, d[key]); box[2] != box[0] && box[3] != box[1] {
				return [4]float64{min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3])}
			}
			if d = b.view.Dict(d["Parent"]); d == nil {
				break
			}
		}
	}
	return [4]float64{0, 0, 595, 842} // A4, of a document that states no size
}

// maxTree bounds how many nodes of the tree of pages are above a page.
const maxTree = 64
