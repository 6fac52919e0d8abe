// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cades

import (
	"slices"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/der"
)

// The index of what an archive stamp of version 3 protects, in the stamp itself (EN 319 122-1, 5.5.2).
const (
	oidHashIndex   der.OID = "0.4.0.1733.2.5"  // as first written: digests of whole attributes
	oidHashIndexV2 der.OID = "0.4.0.19122.1.4" // digests of each value with its type
	oidHashIndexV3 der.OID = "0.4.0.19122.1.5" // the same, with the algorithm always there
)

// hashIndex is ATSHashIndex or ATSHashIndexV3.
type hashIndex struct {
	raw                                []byte
	hash                               alg.Hash
	whole                              bool // of attributes
	certificates, revocation, unsigned [][]byte
}

// maxIndex bounds the entries of one list of an index.
const maxIndex = 4096

// readHashIndex finds the index among the unsigned attributes of the token's own signer.
func readHashIndex(token []byte) (*hashIndex, error) {
	sd, err := cms.ParseSignedData(token)
	if err != nil || len(sd.Signers) != 1 {
		return nil, ErrStampForm
	}
	for _, oid := range []der.OID{oidHashIndexV3, oidHashIndexV2, oidHashIndex} {
		value, ok := cms.Find(sd.Signers[0].UnsignedAttributes, oid)
		if !ok {
			continue
		}
		x := &hashIndex{raw: value, hash: alg.SHA256, whole: oid == oidHashIndex}
		r := der.NewReader(value)
		s := r.Sequence()
		if x.algorithmStated(oid, s) {
			if x.hash, err = alg.ParseHash(s.Raw(der.TagSequence)); err != nil {
				return nil, err
			}
		}
		x.certificates, x.revocation, x.unsigned = octetStrings(s.Sequence()), octetStrings(s.Sequence()), octetStrings(s.Sequence())
		s.End()
		return x, r.Close()
	}
	return nil, ErrStampForm
}

// algorithmStated: an AlgorithmIdentifier begins with an OBJECT IDENTIFIER, the lists hold strings or nothing.
func (x *hashIndex) algorithmStated(oid der.OID, s *der.Reader) bool {
	if oid == oidHashIndexV3 {
		return true
	}
	first := der.NewReader(s.Rest())
	return first.Sequence().Peek() == der.TagOID
}

func octetStrings(s *der.Reader) (out [][]byte) {
	for !s.Empty() {
		if len(out) == maxIndex {
			s.Fail("too many digests in the index of an archive stamp")
			return nil
		}
		out = append(out, s.OctetString())
	}
	return out
}

// imprintV3 is what archive-time-stamp version 3 covers (EN 319 122-1, 5.5.3): the type and the digest of the content, the
// signature, and the index, every entry of which must be in the message. What is in the message and not in the index is not
// protected; attributes that were added later may be so, certificates and lists too.
func (s *Stamp) imprintV3(h alg.Hash, content Content) ([]byte, error) {
	index, err := readHashIndex(s.Token)
	if err != nil {
		return nil, err
	}
	if index.hash != h {
		return nil, ErrStampForm // 5.5.2: the algorithm is that of the stamp's imprint
	}
	digest, err := contentDigest(h, content)
	if err != nil {
		return nil, err
	}
	if !index.holds(s) {
		return nil, ErrHashIndex
	}
	d := h.New()
	d.Write(der.ObjectID(s.sd.ContentType))
	d.Write(digest)
	d.Write(s.si.Head())
	d.Write(index.raw)
	return d.Sum(nil), nil
}

// holds tells whether everything the index names is in the message.
func (x *hashIndex) holds(s *Stamp) bool {
	var attributes [][]byte
	for _, a := range s.si.UnsignedAttributes {
		if x.whole {
			attributes = append(attributes, a.Raw)
			continue
		}
		for _, value := range a.Values {
			attributes = append(attributes, append(der.ObjectID(a.Type), value...))
		}
	}
	return x.names(x.certificates, s.sd.RawCertificates()) && x.names(x.revocation, s.sd.RawRevocation()) && x.names(x.unsigned, attributes)
}

// protects tells whether the attribute with another stamp is in the index.
func (x *hashIndex) protects(o *Stamp) bool {
	element := o.si.UnsignedAttributes[o.at].Raw
	if !x.whole {
		element = append(der.ObjectID(o.attribute), o.Token...)
	}
	digest := x.hash.Sum(element)
	return slices.ContainsFunc(x.unsigned, func(d []byte) bool { return string(d) == string(digest) })
}

func (x *hashIndex) names(digests, elements [][]byte) bool {
	there := make(map[string]bool, len(elements))
	for _, e := range elements {
		there[string(x.hash.Sum(e))] = true
	}
	for _, d := range digests {
		if !there[string(d)] {
			return false
		}
	}
	return true
}

// Archive is an archive stamp of version 3 in the making: what it has to cover is fixed when it begins.
type Archive struct {
	si      *cms.SignerInfo
	index   []byte
	imprint []byte
}

// NewArchive begins a stamp over a signature of a message as it is now, with everything the message carries. The digest is
// that of the content under the hash, which the stamp's own imprint has to use too.
func NewArchive(sd *cms.SignedData, si *cms.SignerInfo, h alg.Hash, contentDigest []byte) *Archive {
	digests := func(elements [][]byte) []byte {
		var out [][]byte
		for _, e := range elements {
			out = append(out, der.OctetString(h.Sum(e)))
		}
		return der.Sequence(out...)
	}
	var values [][]byte
	for _, a := range si.UnsignedAttributes {
		for _, value := range a.Values {
			values = append(values, append(der.ObjectID(a.Type), value...))
		}
	}
	a := &Archive{si: si, index: der.Sequence(h.Identifier(),
		digests(sd.RawCertificates()), digests(sd.RawRevocation()), digests(values))}
	d := h.New()
	for _, part := range [][]byte{der.ObjectID(sd.ContentType), contentDigest, si.Head(), a.index} {
		d.Write(part)
	}
	a.imprint = d.Sum(nil)
	return a
}

// Imprint is the digest to be stamped.
func (a *Archive) Imprint() []byte { return a.imprint }

// Add puts the index into the token and the token into the signature. The token is of an authority, and checked by the
// caller against its request.
func (a *Archive) Add(token []byte) error {
	sd, err := cms.ParseSignedData(token)
	if err != nil || len(sd.Signers) != 1 {
		return ErrStampForm
	}
	sd.Signers[0].AddUnsigned(oidHashIndexV3, a.index)
	a.si.AddUnsigned(OIDArchiveTimestampV3, sd.Encode())
	return nil
}
