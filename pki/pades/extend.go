// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pades

import (
	"errors"
	"io"
	"maps"
	"slices"

	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/pdf"
)

// PrepareTimestamp appends a document time stamp with room for its token (ISO 32000-2, 12.8.5; EN 319 142-1, 5.4.3): over
// all that is there. Finish takes the token. A certification forbids none.
func PrepareTimestamp(in io.ReaderAt, size int64) (*Prepared, error) {
	return prepare(in, size, Options{}, true)
}

// timestamp adds the dictionary of a document time stamp.
func (b *builder) timestamp() pdf.Ref {
	return b.update.Add(pdf.Dict{
		"Type": pdf.Name("DocTimeStamp"), "Filter": pdf.Name("Adobe.PPKLite"), "SubFilter": SubFilterTimestamp,
		"ByteRange": pdf.Array{int64(0), rangeRoom, rangeRoom, rangeRoom},
		"Contents":  pdf.String{Value: make([]byte, DefaultReserve), Hex: true},
	})
}

// checkTimestamp reads the document time stamp that was made.
func (s *Signature) checkTimestamp(span [4]int64) error {
	if len(s.Problems) > 0 || !s.Whole || s.Range != span || s.Kind != Timestamp || s.Token == nil {
		return ErrSelfCheck
	}
	if err := s.CheckDigest(); err != nil {
		return errors.Join(ErrSelfCheck, err)
	}
	return nil
}

// AddEvidence appends validation data to the security store of a document (DSS, ISO 32000-2, 12.8.4.3; EN 319 142-1, 5.4.2)
// and returns what is to be appended to the file: nothing when all of it is there. What the store has stays.
func AddEvidence(in io.ReaderAt, size int64, e Evidence) (tail []byte, err error) {
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
	catalog := maps.Clone(d.view.Catalog())
	store := maps.Clone(d.view.Dict(catalog["DSS"]))
	if store == nil {
		store = pdf.Dict{"Type": pdf.Name("DSS")}
	}
	added := false
	add := func(key pdf.Name, have, want [][]byte) {
		list := slices.Clone(d.view.Array(store[key]))
		for _, octets := range want {
			if !slices.ContainsFunc(have, func(b []byte) bool { return string(b) == string(octets) }) {
				have = append(have, octets)
				list = append(list, u.Add(pdf.NewStream(pdf.Dict{}, octets)))
				added = true
			}
		}
		if len(list) > 0 {
			store[key] = list
		}
	}
	add("Certs", rawCertificates(d.Evidence), rawCertificates(e))
	add("CRLs", d.Evidence.CRLs, e.CRLs)
	add("OCSPs", d.Evidence.OCSP, e.OCSP)
	if !added {
		return nil, nil
	}
	catalog["DSS"] = u.Add(store)
	u.Set(d.view.Root(), catalog)
	a, err := u.Encode()
	if err != nil {
		return nil, err
	}
	return a.Octets, d.unharmed(in, size, a.Octets)
}

// unharmed tells whether signatures that were good stay so behind an addition.
func (d *Document) unharmed(in io.ReaderAt, size int64, tail []byte) error {
	after, err := Read(&Prepared{in: in, size: size, tail: tail}, size+int64(len(tail)))
	if err != nil || len(after.Signatures) != len(d.Signatures) {
		return errors.Join(ErrSelfCheck, err)
	}
	for i, s := range d.Signatures {
		if after.Signatures[i].Modified() && !s.Modified() {
			return ErrSelfCheck
		}
	}
	return nil
}

// rawCertificates are the certificates of evidence as octets.
func rawCertificates(e Evidence) (list [][]byte) {
	for _, c := range e.Certificates {
		list = append(list, c.Raw)
	}
	return list
}

// Unstamped tells whether a signature of the document has neither a time stamp over its value nor a document time stamp
// behind it.
func (d *Document) Unstamped() bool {
	return slices.ContainsFunc(d.Signatures, func(s *Signature) bool {
		return s.Kind != Timestamp && s.Signer != nil && len(s.Stamps()) == 0 && !cms.Has(s.Signer.UnsignedAttributes, cades.OIDSignatureTimestamp)
	})
}
