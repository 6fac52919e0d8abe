// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bytes"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"podpis/pki/alg"
)

// The tree is that of RFC 6962, 2.1, computed there by its definition.
func TestTreeIsRFC6962(t *testing.T) {
	t.Parallel()
	var leaves [][]byte
	var mth func(d [][]byte) []byte
	mth = func(d [][]byte) []byte {
		if len(d) == 1 {
			return d[0]
		}
		k := 1
		for k*2 < len(d) {
			k *= 2
		}
		return nodeHash(mth(d[:k]), mth(d[k:]))
	}
	tr := newTree()
	for i := range 70 {
		leaf := hash(0, []byte{byte(i)})
		leaves = append(leaves, leaf)
		tr.add(slices.Clone(leaf))
		if !bytes.Equal(tr.root(), mth(leaves)) {
			t.Fatalf("root over %d leaves differs", i+1)
		}
		back, err := treeOf(auditRootRow{Size: tr.size, Head: tr.chain, Root: tr.root(), Frontier: tr.frontier()})
		if err != nil || !bytes.Equal(back.root(), tr.root()) {
			t.Fatalf("restored over %d leaves: %v", i+1, err)
		}
	}
	if _, err := treeOf(auditRootRow{Size: 1, Root: make([]byte, 32), Frontier: make([]byte, 31)}); err == nil {
		t.Error("a broken edge was accepted")
	}
}

// Entries whose fields run together must not look alike.
func TestEncodingIsUnambiguous(t *testing.T) {
	t.Parallel()
	a := encode(auditEntryRow{ID: "1", Actor: "ab", Action: "c"})
	b := encode(auditEntryRow{ID: "1", Actor: "a", Action: "bc"})
	if bytes.Equal(a, b) {
		t.Error("two entries, one encoding")
	}
}

func FuzzParseAnchor(f *testing.F) {
	k, _ := alg.Generate(alg.P256, rand.Reader)
	r := Root{Size: 3, At: time.Unix(1, 0).UTC(), Head: make([]byte, 32), Root: make([]byte, 32)}
	if err := signRoot(rand.Reader, k, &r); err != nil {
		f.Fatal(err)
	}
	f.Add(string(r.anchor()))
	f.Add("podpis-audit-1 1 x y z k s")
	f.Fuzz(func(t *testing.T, line string) {
		r, err := parseAnchor(line)
		if err != nil {
			return
		}
		again, err := parseAnchor(string(r.anchor()))
		if err != nil || again.Size != r.Size || !again.At.Equal(r.At) || !bytes.Equal(again.Signature, r.Signature) {
			t.Errorf("%q came back as %+v, %v", line, again, err)
		}
	})
}

// A root is signed with the digest that belongs to the key, GOST and others alike.
func TestRootsOfEachKind(t *testing.T) {
	t.Parallel()
	for _, kind := range []alg.Kind{alg.GOST256B, alg.GOST512A, alg.P256} {
		key, err := alg.Generate(kind, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		r := Root{Size: 7, At: time.Unix(1700000000, 0).UTC(), Head: hash(0), Root: hash(1)}
		if err := signRoot(rand.Reader, key, &r); err != nil {
			t.Errorf("%v: %v", kind, err)
			continue
		}
		back, err := parseAnchor(string(r.anchor()))
		if err != nil || back.KeyID != KeyID(key.PublicKey()) || back.check(key.PublicKey()) != nil {
			t.Errorf("%v: anchor came back as %+v, %v", kind, back, err)
		}
		back.Size++
		if back.check(key.PublicKey()) == nil {
			t.Errorf("%v: a root with another size verifies", kind)
		}
	}
}
