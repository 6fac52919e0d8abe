// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pades

import (
	"cmp"
	"errors"
	"hash"
	"io"
	"slices"

	"podpis/pki/alg"
)

// digestKey names a digest that was computed.
type digestKey struct {
	signature *Signature
	hash      alg.Hash
}

// Digests are those of the signed octets. Those that signatures without a problem
// name are computed for all of them in one pass over the file.
func (s *Signature) Digests(hashes ...alg.Hash) ([][]byte, error) {
	list := make([][]byte, 0, len(hashes))
	for _, h := range hashes {
		sum, err := s.digest(h)
		if err != nil {
			return nil, err
		}
		list = append(list, sum)
	}
	return list, nil
}

func (s *Signature) digest(h alg.Hash) ([]byte, error) {
	if s.Covers == 0 {
		return nil, ErrRange
	}
	if h == alg.NoHash {
		return nil, alg.ErrUnsupported
	}
	d := s.doc
	if !d.hashed {
		d.hashed = true
		if err := d.hashAll(); err != nil {
			return nil, err
		}
	}
	key := digestKey{s, h}
	if sum, ok := d.sums[key]; ok {
		return sum, nil
	}
	sum, err := digestOf(d.in, s.Range, h)
	if err == nil {
		d.sums[key] = sum
	}
	return sum, err
}

// digestOf hashes the two pieces of a range.
func digestOf(in io.ReaderAt, r [4]int64, h alg.Hash) ([]byte, error) {
	state := h.New()
	if err := feed(in, r[0], r[0]+r[1], state); err != nil {
		return nil, err
	}
	if err := feed(in, r[2], r[2]+r[3], state); err != nil {
		return nil, err
	}
	return state.Sum(nil), nil
}

// feed writes octets of the file to all states.
func feed(in io.ReaderAt, from, to int64, states ...hash.Hash) error {
	writers := make([]io.Writer, 0, len(states))
	for _, s := range states {
		writers = append(writers, s)
	}
	n, err := io.CopyBuffer(io.MultiWriter(writers...), io.NewSectionReader(in, from, to-from), make([]byte, 64<<10))
	if err != nil {
		return errors.Join(errors.New("pades: read signed octets"), err)
	}
	if n != to-from {
		return ErrRange
	}
	return nil
}

// hashes are those a signature names for the octets it covers.
func (s *Signature) hashes() (list []alg.Hash) {
	switch {
	case s.SubFilter == SubFilterTimestamp && s.Token != nil:
		list = append(list, s.Token.Hash)
	case s.SubFilter == SubFilterSHA1, s.SubFilter == SubFilterRSA:
		list = append(list, alg.SHA1)
	case s.Signer != nil:
		list = append(list, s.Signer.Digest)
	}
	return slices.DeleteFunc(list, func(h alg.Hash) bool { return h == alg.NoHash })
}

// hashAll walks over the file once. At the value of each signature the state is
// copied, and the copy goes on behind the value: what is behind the values of
// signatures without a problem does not overlap, so that no octet is read more
// than twice.
func (d *Document) hashAll() error {
	d.sums = map[digestKey][]byte{}
	states := map[alg.Hash]hash.Hash{}
	var list []*Signature
	for _, s := range d.Signatures {
		if len(s.Problems) == 0 {
			list = append(list, s)
			for _, h := range s.hashes() {
				states[h] = h.New()
			}
		}
	}
	slices.SortFunc(list, func(a, b *Signature) int { return cmp.Compare(a.Range[1], b.Range[1]) })
	all := make([]hash.Hash, 0, len(states))
	for _, state := range states {
		all = append(all, state)
	}
	at := int64(0)
	for _, s := range list {
		if err := feed(d.in, at, s.Range[1], all...); err != nil {
			return err
		}
		at = s.Range[1]
		for _, h := range s.hashes() {
			original, ok := states[h].(hash.Cloner)
			if !ok {
				continue // computed when it is asked for
			}
			state, err := original.Clone()
			if err != nil {
				continue
			}
			if err := feed(d.in, s.Range[2], s.Covers, state); err != nil {
				return err
			}
			d.sums[digestKey{s, h}] = state.Sum(nil)
		}
	}
	return nil
}
