// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package asic

import (
	"bytes"
	"io"

	"podpis/pki/alg"
	"podpis/pki/xmldsig"
	"podpis/pki/xmltree"
)

// Manifest lists documents with their digests; a signature is over the manifest itself
// (EN 319 162-1, 4.4.3 and annex A.4).
type Manifest struct {
	Name       string
	Raw        []byte
	Signature  string // the file of the signature or of the stamp that is over it
	References []Reference
	Err        error // why it cannot be read
}

// Reference is one document of a manifest.
type Reference struct {
	Name  string
	Entry *Entry // nil when it is not in the container

	hash   alg.Hash
	digest []byte
}

const (
	namespace     = "http://uri.etsi.org/02918/v1.2.1#"
	maxManifest   = 4 << 20
	maxReferences = maxEntries
)

func (c *Container) readManifest(e *Entry) *Manifest {
	m := &Manifest{Name: e.Name}
	if m.Raw, m.Err = e.read(maxManifest); m.Err == nil {
		m.Err = m.parse(c)
	}
	return m
}

func (m *Manifest) parse(c *Container) error {
	d, err := xmltree.Parse(m.Raw)
	if err != nil || d.Root.Space != namespace {
		return ErrFormat
	}
	for _, n := range d.Root.Elements() {
		switch {
		case n.Is(namespace, "SigReference"):
			uri, _ := n.Attr("URI")
			name, ok := unescape(uri)
			if !ok || m.Signature != "" {
				return ErrFormat
			}
			m.Signature = name
		case n.Is(namespace, "DataObjectReference"):
			if len(m.References) == maxReferences {
				return ErrBounds
			}
			r, err := c.readReference(n)
			if err != nil {
				return err
			}
			m.References = append(m.References, r)
		}
	}
	if len(m.References) == 0 { // A.4: one at least; a signature over none would be over nothing
		return ErrFormat
	}
	return nil
}

func (c *Container) readReference(n *xmltree.Node) (Reference, error) {
	uri, _ := n.Attr("URI")
	name, ok := unescape(uri)
	method, value := n.Child(xmldsig.Namespace, "DigestMethod"), n.Child(xmldsig.Namespace, "DigestValue")
	if !ok || method == nil || value == nil {
		return Reference{}, ErrFormat
	}
	digest, err := xmldsig.Base64(value, 64)
	if err != nil {
		return Reference{}, ErrFormat
	}
	r := Reference{Name: name, Entry: c.byName[name], digest: digest}
	r.hash, _ = xmldsig.HashOf(method) // NoHash: the check says so
	return r, nil
}

// Check computes the digest of the document. The answer is nil, [ErrMissing],
// [ErrDigest], [alg.ErrUnsupported] or an error of the archive.
func (r *Reference) Check() error {
	if r.Entry == nil {
		return ErrMissing
	}
	if r.hash == alg.NoHash {
		return alg.ErrUnsupported
	}
	h := r.hash.New()
	if _, err := io.Copy(h, r.Entry.Open()); err != nil {
		return err
	}
	if !bytes.Equal(h.Sum(nil), r.digest) {
		return ErrDigest
	}
	return nil
}

// Uncovered are the documents that the manifest does not name.
func (m *Manifest) Uncovered(documents []*Entry) (out []*Entry) {
	named := map[*Entry]bool{}
	for _, r := range m.References {
		named[r.Entry] = true
	}
	for _, e := range documents {
		if !named[e] {
			out = append(out, e)
		}
	}
	return out
}
