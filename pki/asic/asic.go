// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package asic opens Associated Signature Containers (ETSI EN 319 162-1): ASiC-S with
// one document, ASiC-E with several, signed by CAdES, XAdES or a time stamp. A plain
// archive with documents and detached signatures beside them, as people pack them, is
// opened as well.
//
// It says which signature is over what and which documents nothing is over; the
// signatures themselves are packages cades' and xades'. The archive is read strictly and
// bounded: count, sizes, ratio of compression, names that stand once, data that does not
// overlap (ISO/IEC 21320-1 and PKWARE APPNOTE 6.3.3 without ZIP64, encryption, several
// disks).
//
// Left out: making containers, the order of archive manifests of ASiC-E with CAdES
// (their time stamps are given out), evidence records.
package asic

import (
	"errors"
	"io"
	"path"
	"strings"
)

// Type is the kind of a container.
type Type uint8

// The types. Plain is an archive that is no container.
const (
	Plain Type = iota
	Simple
	Extended
)

// Form is the form of a signature in a container.
type Form uint8

// The forms.
const (
	CAdES Form = iota + 1
	XAdES
	Stamp // a time stamp token
)

// Errors of a signature in a container.
var (
	// ErrUnclear says that it is not certain what a signature is over.
	ErrUnclear = errors.New("asic: what is signed is not certain")
	// ErrMissing says that a signed document is not in the container.
	ErrMissing = errors.New("asic: signed document is missing")
	// ErrDigest says that a document is not the one that was signed.
	ErrDigest = errors.New("asic: document does not fit the digest in the manifest")
)

// Container is an opened container.
type Container struct {
	Type       Type
	Documents  []*Entry // what people put in
	Signatures []*Signature

	byName map[string]*Entry
}

// Signature is a file with signatures, or a time stamp.
type Signature struct {
	Name     string
	Form     Form
	Data     []byte
	Over     *Entry    // the one document, when there is one
	Manifest *Manifest // the list that is signed in place of the documents
	Err      error     // [ErrUnclear], [ErrMissing], or why the file cannot be read
}

const (
	mimeSimple   = "application/vnd.etsi.asic-s+zip"
	mimeExtended = "application/vnd.etsi.asic-e+zip"
	metaFolder   = "META-INF/"

	maxSignatures = 64
	maxSignature  = 32 << 20 // octets of one file of signatures
)

// Read opens a container of a size. The document must stay readable while it is in use.
func Read(in io.ReaderAt, size int64) (*Container, error) {
	a, err := readArchive(in, size)
	if err != nil {
		return nil, err
	}
	c := &Container{byName: map[string]*Entry{}}
	var meta []*Entry
	for _, e := range a.entries {
		switch {
		case strings.HasPrefix(e.Name, metaFolder):
			meta = append(meta, e)
		case e.Name != "mimetype":
			c.Documents = append(c.Documents, e)
		}
		c.byName[e.Name] = e
	}
	if err := c.find(meta); err != nil {
		return nil, err
	}
	if len(c.Signatures) > maxSignatures {
		return nil, ErrBounds
	}
	return c, nil
}

// find lists the signatures by the names the standard gives them (EN 319 162-1, 4.3 and
// 4.4).
func (c *Container) find(meta []*Entry) error {
	var manifests, broken []*Manifest
	for _, e := range meta {
		if name := base(e.Name); strings.Contains(name, "manifest") && strings.HasPrefix(strings.TrimLeft(name, "_"), "asic") && strings.HasSuffix(name, ".xml") {
			if m := c.readManifest(e); m.Err == nil {
				manifests = append(manifests, m)
			} else {
				broken = append(broken, m)
			}
		}
	}
	for _, e := range meta {
		if form := formOf(base(e.Name)); form != 0 {
			s := &Signature{Name: e.Name, Form: form}
			s.Data, s.Err = e.read(maxSignature)
			c.Signatures = append(c.Signatures, s)
		}
	}
	c.typeOf(len(manifests) + len(broken))
	if c.Type == Plain {
		return c.pairs()
	}
	for _, s := range c.Signatures {
		if s.Err == nil && s.Form != XAdES {
			c.attach(s, manifests, broken)
		}
	}
	return nil
}

func base(name string) string { return strings.ToLower(path.Base(name)) }

func formOf(name string) Form {
	switch {
	case strings.Contains(name, "signature") && strings.HasSuffix(name, ".p7s"):
		return CAdES
	case strings.Contains(name, "signatures") && strings.HasSuffix(name, ".xml"):
		return XAdES
	case strings.Contains(name, "timestamp") && strings.HasSuffix(name, ".tst"):
		return Stamp
	}
	return 0
}

// typeOf goes by the stated type, else by what is there.
func (c *Container) typeOf(manifests int) {
	stated := ""
	if e := c.byName["mimetype"]; e != nil {
		if text, err := e.read(256); err == nil {
			stated = strings.TrimSpace(string(text))
		}
	}
	switch {
	case stated == mimeSimple:
		c.Type = Simple
	case stated == mimeExtended, manifests > 0, len(c.Signatures) > 0 && len(c.Documents) > 1:
		c.Type = Extended
	case len(c.Signatures) > 0:
		c.Type = Simple
	}
}

// attach finds what a signature or a stamp is over: the manifest that names it, else the
// one document of a simple container. A manifest that cannot be read was changed: the
// signature over it will not fit.
func (c *Container) attach(s *Signature, manifests, broken []*Manifest) {
	for _, m := range manifests {
		if m.Signature != s.Name {
			continue
		}
		if s.Manifest != nil {
			s.Err = ErrUnclear
			return
		}
		s.Manifest = m
	}
	switch {
	case s.Manifest != nil:
	case len(broken) == 1:
		s.Manifest = broken[0]
	case c.Type == Simple && len(c.Documents) == 1:
		s.Over = c.Documents[0]
	case len(c.Documents) == 0:
		s.Err = ErrMissing
	default:
		s.Err = ErrUnclear
	}
}

// endings are those under which programs keep signatures beside documents.
func endings() []string { return []string{".sig", ".p7s", ".sgn", ".sign", ".p7m"} }

// pairs takes the signatures of a plain archive for detached ones over the file of the
// same name without the ending, where there is one.
func (c *Container) pairs() error {
	var documents []*Entry
	for _, e := range c.Documents {
		stem := ""
		for _, ending := range endings() {
			if len(e.Name) > len(ending) && strings.EqualFold(e.Name[len(e.Name)-len(ending):], ending) {
				stem = e.Name[:len(e.Name)-len(ending)]
			}
		}
		if stem == "" || e.Size > maxSignature {
			documents = append(documents, e)
			continue
		}
		data, err := e.read(maxSignature)
		if err != nil {
			return err
		}
		c.Signatures = append(c.Signatures, &Signature{Name: e.Name, Form: CAdES, Data: data, Over: c.byName[stem]})
		if len(c.Signatures) > maxSignatures {
			return ErrBounds
		}
	}
	c.Documents = documents
	return nil
}

// Find returns the document a reference of XAdES names, nil if there is none: the URI is
// relative to the container (EN 319 162-1, 4.4.2).
func (c *Container) Find(uri string) *Entry {
	name, ok := unescape(uri)
	if !ok {
		return nil
	}
	return c.byName[strings.TrimPrefix(name, "/")]
}

// unescape undoes percent-encoding (RFC 3986, 2.1) where it is one.
func unescape(uri string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(uri); i++ {
		if uri[i] != '%' {
			b.WriteByte(uri[i])
			continue
		}
		if i+2 >= len(uri) {
			return "", false
		}
		high, low := digit(uri[i+1]), digit(uri[i+2])
		if high < 0 || low < 0 {
			return "", false
		}
		b.WriteByte(byte(high<<4 | low))
		i += 2
	}
	return b.String(), true
}

func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
