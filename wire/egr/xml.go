// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egr

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// Reader reads the records of one extract file, one after another.
type Reader struct {
	source *bounded
	xml    *xml.Decoder
	header Header
	begun  bool
	broken error
}

// Header is what the file says of itself.
type Header struct {
	ID      string // ИдФайл
	Version string // ВерсФорм, "4.03"
	Open    bool   // open data: no birth dates, addresses and documents of people
}

// NewReader reads from in. What it holds at a time is bounded by one record.
func NewReader(in io.Reader) *Reader {
	r := &Reader{source: &bounded{in: in, left: maxRecord}}
	r.xml = xml.NewDecoder(r.source)
	r.xml.Strict = true
	r.xml.CharsetReader = charset
	return r
}

// charset makes UTF-8 of the encodings the registers use.
func charset(label string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(label) {
	case "utf-8", "utf8":
		return in, nil
	case "windows-1251", "cp1251":
		return charmap.Windows1251.NewDecoder().Reader(in), nil
	}
	return nil, ErrEncoding
}

// bounded refuses to read more than left octets: the decoder would gather an
// attribute of any length.
type bounded struct {
	in   io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, ErrLarge
	}
	if len(p) > b.left {
		p = p[:b.left]
	}
	n, err := b.in.Read(p)
	b.left -= n
	return n, err
}

// Header is known after the first call of Next.
func (r *Reader) Header() Header { return r.header }

// Next returns the next record, or io.EOF after the last. After a [RecordError] the
// reading goes on; any other error is final.
func (r *Reader) Next() (*Record, error) {
	if r.broken != nil {
		return nil, r.broken
	}
	rec, err := r.next()
	var one *RecordError
	if err != nil && !errors.As(err, &one) {
		r.broken = err
	}
	if err != nil {
		return nil, err
	}
	return rec, nil
}

func (r *Reader) next() (*Record, error) {
	r.source.left = maxRecord
	for {
		token, err := r.token()
		if errors.Is(err, io.EOF) && !r.begun {
			return nil, ErrFormat
		} else if err != nil {
			return nil, err
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if _, ok := registerOf(start.Name.Local); ok && r.begun {
			n, err := r.element(start)
			if err != nil {
				return nil, err
			}
			return n.record(r.header.Open)
		}
		if !r.begun {
			if err := r.begin(start); err != nil {
				return nil, err
			}
		}
	}
}

// begin looks at the root: «Файл» of the format, EGRUL and EGRIP of old unloadings,
// ЕГРЮЛ and ЕГРИП of public services.
func (r *Reader) begin(root xml.StartElement) error {
	attr := map[string]string{}
	for _, a := range root.Attr {
		attr[a.Name.Local] = a.Value
	}
	switch root.Name.Local {
	case "Файл":
		if !strings.HasPrefix(attr["ТипИнф"], "ЕГРИП_") && !strings.HasPrefix(attr["ТипИнф"], "ЕГРЮЛ_") {
			return ErrFormat
		}
		r.header = Header{ID: clean(attr["ИдФайл"]), Version: clean(attr["ВерсФорм"]), Open: !strings.Contains(attr["ТипИнф"], "ЗАКР")}
	case "EGRUL", "EGRIP", "ЕГРЮЛ", "ЕГРИП":
		r.header = Header{Open: true}
	default:
		return ErrFormat
	}
	r.begun = true
	return nil
}

// token returns the next token; a document type is refused before it can declare
// anything.
func (r *Reader) token() (xml.Token, error) {
	token, err := r.xml.Token()
	switch {
	case errors.Is(err, ErrLarge), errors.Is(err, ErrEncoding):
		return nil, err
	case errors.Is(err, io.EOF):
		return nil, io.EOF
	case err != nil && strings.Contains(err.Error(), ErrEncoding.Error()):
		return nil, ErrEncoding
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrSyntax, err)
	}
	if _, ok := token.(xml.Directive); ok {
		return nil, ErrDTD
	}
	return token, nil
}

// element reads an element with all beneath it.
func (r *Reader) element(start xml.StartElement) (*node, error) {
	root := newNode(start)
	open, count := []*node{root}, 1
	for len(open) > 0 {
		token, err := r.token()
		if errors.Is(err, io.EOF) {
			return nil, ErrSyntax
		} else if err != nil {
			return nil, err
		}
		top := open[len(open)-1]
		switch t := token.(type) {
		case xml.StartElement:
			if count++; count > maxNodes || len(open) >= maxDepth {
				return nil, ErrLarge
			}
			n := newNode(t)
			top.children = append(top.children, n)
			open = append(open, n)
		case xml.CharData:
			if len(top.children) == 0 {
				top.text += string(t)
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
	return root, nil
}

func newNode(start xml.StartElement) *node {
	n := &node{name: start.Name.Local}
	for _, a := range start.Attr {
		n.attrs = append(n.attrs, attribute{a.Name.Local, strings.TrimSpace(a.Value)})
	}
	return n
}
