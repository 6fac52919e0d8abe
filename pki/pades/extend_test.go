// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pades_test

import (
	"bytes"
	"errors"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/pades"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// stamped appends a document time stamp.
func stamped(t *testing.T, file []byte, authority *pkitest.Identity) []byte {
	t.Helper()
	p, err := pades.PrepareTimestamp(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	digest, err := p.Digest(alg.Streebog256)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Finish(token(t, authority, alg.Streebog256, make([]byte, 32))); !errors.Is(err, pades.ErrSelfCheck) {
		t.Errorf("a stamp over something else: %v", err)
	}
	tail, err := p.Finish(token(t, authority, alg.Streebog256, digest))
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.Clone(file), tail...)
}

// A document goes up by appending alone, and the signature before stays unmodified, even one that forbids every change.
func TestRaise(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	authority := root.TSA(t, alg.GOST256B)
	id := root.Signer(t, alg.GOST256B, "CN=Signer")
	lists := [][]byte{root.CRL(t, pkitest.Now, pkitest.End)}
	for _, asStream := range []bool{false, true} {
		for permission := range 4 {
			file := signed(t, newFile(asStream), id, pades.Options{Time: pkitest.Now, Permission: permission})
			if d := read(t, file); !d.Unstamped() {
				t.Error("stamped before it was")
			}
			check := func(want pades.Level) {
				t.Helper()
				d := read(t, file)
				s := d.Signatures[0]
				if s.Level() != want || s.Modified() || len(s.Problems) != 0 || s.CheckDigest() != nil || d.Unstamped() {
					t.Errorf("permission %d: level %s, want %s: %+v", permission, s.Level(), want, s.Changes)
				}
			}
			file = stamped(t, file, authority)
			check(pades.LevelT)
			for range 2 {
				tail, err := pades.AddEvidence(bytes.NewReader(file), int64(len(file)), pades.Evidence{Certificates: []*x509.Certificate{root.Cert, authority.Cert}, CRLs: lists, OCSP: [][]byte{{0x30, 0}}})
				if err != nil {
					t.Fatal(err)
				}
				file = append(file, tail...)
				check(pades.LevelLT)
				if e := read(t, file).Evidence; len(e.Certificates) != 2 || len(e.CRLs) != 1 || len(e.OCSP) != 1 || !bytes.Equal(e.CRLs[0], lists[0]) {
					t.Errorf("%d certificates, %d lists, %d answers", len(e.Certificates), len(e.CRLs), len(e.OCSP))
				}
			}
			tail, err := pades.AddEvidence(bytes.NewReader(file), int64(len(file)), pades.Evidence{CRLs: [][]byte{root.CRL(t, pkitest.Now, pkitest.End.AddDate(0, 1, 0))}})
			if err != nil || len(tail) == 0 || len(read(t, append(bytes.Clone(file), tail...)).Evidence.CRLs) != 2 {
				t.Errorf("another list: %v", err)
			}
			file = stamped(t, file, authority)
			check(pades.LevelLTA)
		}
	}
}

func TestRaiseRefuses(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	id := root.Signer(t, alg.GOST256B, "CN=Signer")
	text := []byte("text")
	if _, err := pades.PrepareTimestamp(bytes.NewReader(text), 4); err == nil {
		t.Error("a text is stamped")
	}
	if _, err := pades.AddEvidence(bytes.NewReader(text), 4, pades.Evidence{}); err == nil {
		t.Error("a text takes evidence")
	}
	file := newFile(false)
	p, err := pades.PrepareTimestamp(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	digest, err := p.Digest(alg.Streebog256)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Finish(message(t, id, nil, alg.Streebog256, digest)); !errors.Is(err, pades.ErrSelfCheck) {
		t.Errorf("a signature for a stamp: %v", err)
	}
}

// A place is found by what of the page is seen.
func TestPlace(t *testing.T) {
	t.Parallel()
	id := signer(t, alg.GOST256B)
	var seen [4]float64
	place := func(page [4]float64) [4]float64 {
		seen = page
		return [4]float64{page[0] + 1, page[1] + 2, page[2] - 3, page[3] - 4}
	}
	for _, n := range []int{0, 1, -1} {
		file := signed(t, newFile(false), id, pades.Options{Page: n, Place: place})
		if seen[2] <= seen[0] || seen[3] <= seen[1] {
			t.Errorf("page %d: %v", n, seen)
		}
		if len(read(t, file).Signatures) != 1 {
			t.Errorf("page %d: not signed", n)
		}
	}
	file := newFile(false)
	for _, n := range []int{2, -2} {
		if _, err := pades.Prepare(bytes.NewReader(file), int64(len(file)), pades.Options{Page: n, Place: place}); !errors.Is(err, pades.ErrPage) {
			t.Errorf("page %d: %v", n, err)
		}
	}
}
