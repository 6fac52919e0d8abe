// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package tsl

import (
	"crypto/subtle"
	"errors"
	"hash"
	"io"
	"strconv"

	"podpis/pki/alg"
	"podpis/pki/x509"
	"podpis/pki/xmldsig"
	"podpis/pki/xmltree"
)

// Read reads a signed list. Its signature must be over all of it and by one of the
// given certificates. Each centre is given out as it comes, before it is known whether
// the signature holds: with an error of Read the caller forgets what it got. each may
// be nil; its errors end the reading.
func Read(in io.ReaderAt, size int64, signers []*x509.Certificate, each func(*Centre) error) (*List, error) {
	p, err := open(io.NewSectionReader(in, 0, size))
	if err != nil {
		return nil, err
	}
	list := &List{Head: p.head}
	if list.Signer, err = p.check(signers); err != nil {
		return nil, err
	}
	if d := list.Date; d.Before(list.Signer.NotBefore) || d.After(list.Signer.NotAfter) {
		return nil, ErrExpired
	}
	return list, p.digest(io.NewSectionReader(in, 0, size), list, each)
}

// plan is what the first reading found.
type plan struct {
	head      Head
	root      string // its start tag
	name      string
	signature string // the text of ds:Signature
	method    xmltree.Method
	sum       hash.Hash
	want      []byte
}

func isSignature(n *xmltree.Node) bool { return n.Is(xmldsig.Namespace, "Signature") }

// open looks for the head and the signature.
func open(in io.Reader) (*plan, error) {
	s, err := xmltree.NewStream(in)
	if err != nil {
		return nil, err
	}
	p := &plan{root: s.Source(), name: elList}
	if s.Root.Prefix != "" || !s.Root.Is("", elList) {
		return nil, ErrFormat
	}
	seen := map[string]bool{}
	for {
		n, err := s.Next()
		switch {
		case errors.Is(err, io.EOF):
			if p.signature == "" {
				return nil, ErrUnsigned
			}
			if !seen[elVersion] || !seen[elDate] {
				return nil, ErrFormat
			}
			return p, nil
		case err != nil:
			return nil, err
		case n.Kind != xmltree.Element:
			continue
		case isSignature(n):
			if p.signature != "" || len(s.Source()) > maxSignature {
				return nil, ErrUnsigned
			}
			p.signature = s.Source()
		case n.Is("", elVersion) || n.Is("", elDate):
			if seen[n.Local] || !p.head.read(n) {
				return nil, ErrFormat
			}
			seen[n.Local] = true
		}
	}
}

// read reads one field of the head.
func (h *Head) read(n *xmltree.Node) (ok bool) {
	text := n.Trimmed()
	if n.Local == elDate {
		h.Date, ok = parseTime(text)
		return ok
	}
	var err error
	h.Version, err = strconv.ParseInt(text, 10, 64)
	return err == nil && h.Version >= 0
}

// check verifies the signature value and finds out what the digest has to be. The
// signature is read between the tags of the root: there it has the namespaces and
// attributes it has in the list, and its canonical form is the same.
func (p *plan) check(signers []*x509.Certificate) (*x509.Certificate, error) {
	d, err := xmldsig.Parse([]byte(p.root + p.signature + "</" + p.name + ">"))
	if err != nil {
		return nil, err
	}
	var s *xmldsig.Signature
	for _, candidate := range d.Signatures { // others may stand inside of it
		if candidate.Element.Parent == d.Root {
			s = candidate
		}
	}
	if s == nil || s.Err != nil {
		return nil, errors.Join(ErrUnsigned, s.Err)
	}
	if err := p.references(s); err != nil {
		return nil, err
	}
	return signerOf(s, signers)
}

// references takes the reference to the list, and checks others, which may lead into
// the signature itself: properties of XAdES.
func (p *plan) references(s *xmldsig.Signature) error {
	for _, r := range s.References {
		if m, whole := r.Enveloped(); whole {
			if p.want != nil {
				return ErrUnsigned
			}
			if r.Hash == alg.NoHash {
				return r.Check() // says which
			}
			p.method, p.sum, p.want = m, r.Hash.New(), r.Digest
			continue
		}
		target, err := r.Target()
		if err != nil {
			return errors.Join(ErrUnsigned, err)
		}
		if !target.Inside(s.Element) {
			return ErrUnsigned
		}
		if err := r.Check(); errors.Is(err, xmldsig.ErrDigest) {
			return ErrChanged
		} else if err != nil {
			return err
		}
	}
	if p.want == nil {
		return ErrUnsigned
	}
	return nil
}

// signerOf finds the pinned certificate that verifies the value.
func signerOf(s *xmldsig.Signature, signers []*x509.Certificate) (*x509.Certificate, error) {
	if len(signers) > maxSigners {
		return nil, ErrTooMany
	}
	var named *x509.Certificate
	for _, c := range s.Certificates {
		if s.CheckValue(c.PublicKey) == nil {
			named = c
		}
	}
	wrong := false
	for _, c := range signers {
		switch {
		case s.CheckValue(c.PublicKey) == nil:
			return c, nil
		case named == nil:
			for _, k := range s.Certificates {
				wrong = wrong || k.Equal(c)
			}
		}
	}
	switch {
	case named != nil:
		return nil, &SignerError{named}
	case wrong:
		return nil, ErrSignature
	}
	return nil, ErrSigner
}

// digest is the second reading: it gives out the centres and digests what it read.
func (p *plan) digest(in io.Reader, list *List, each func(*Centre) error) error {
	s, err := xmltree.NewStream(in)
	if err != nil {
		return err
	}
	own := func(n *xmltree.Node) bool { return isSignature(n) && n.Parent == s.Root }
	if err := s.Canonical(p.method, p.sum, own); err != nil {
		return err
	}
	var head Head
	for {
		n, err := s.Next()
		switch {
		case errors.Is(err, io.EOF):
			// The head was taken before it was digested, from what may be another file.
			if head != list.Head || subtle.ConstantTimeCompare(p.sum.Sum(nil), p.want) != 1 {
				return ErrChanged
			}
			return nil
		case err != nil:
			return err
		case own(n) && s.Source() != p.signature:
			return ErrChanged
		case n.Is("", elVersion) || n.Is("", elDate):
			if !head.read(n) {
				return ErrChanged
			}
		case n.Is("", elCentre):
			if err := list.centre(n, each); err != nil {
				return err
			}
		}
	}
}

func (l *List) centre(n *xmltree.Node, each func(*Centre) error) error {
	if l.Centres++; l.Centres > MaxCentres {
		return ErrTooMany
	}
	c, err := readCentre(n)
	if err != nil {
		return err
	}
	l.Unread += c.Unread
	if each == nil {
		return nil
	}
	return each(c)
}
