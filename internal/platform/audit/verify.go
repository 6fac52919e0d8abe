// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"podpis/internal/platform/db"
	"podpis/pki/alg"
)

// Fault is what Verify can find.
type Fault string

// The faults.
const (
	Changed    Fault = "changed"     // an entry or its place differs from what was linked
	Deleted    Fault = "deleted"     // a link without its entry, or a number without its link
	Stray      Fault = "stray"       // an entry that was never recorded, or whose link was taken away
	Rewritten  Fault = "rewritten"   // the chain fits itself but not what was signed
	BadRoot    Fault = "bad root"    // a signature that does not verify, or by an unknown key
	CutTail    Fault = "cut tail"    // signed roots of the database know more entries
	RolledBack Fault = "rolled back" // anchors outside the database know more entries
	BadAnchor  Fault = "bad anchor"  // the anchor file itself was changed
	Unsealed   Fault = "unsealed"    // an entry waits for longer than MaxUnsealed
	Unsigned   Fault = "unsigned"    // a linked entry waits for a root for longer than MaxUnsealed
)

// MaxUnsealed is how long an entry may wait for its place in a signed root.
const MaxUnsealed = 5 * time.Second

// Finding is one thing that is wrong.
type Finding struct {
	Fault Fault
	// First and Last are the numbers of the entries it is about; they differ when
	// only the range is known. -1 where there is no number.
	First, Last int64
	EntryID     string // of the first one, when known
	At          time.Time
	Text        string // for the log and the auditor, English
}

// Report is the result of Verify.
type Report struct {
	Entries  int64 // links that were walked
	Roots    int64
	Anchors  int64
	SealedTo time.Time // of the last good root
	Findings []Finding // the earliest entry first within each check
}

// OK reports that nothing is wrong.
func (r *Report) OK() bool { return len(r.Findings) == 0 }

// Verify walks the whole record on one snapshot and compares it with the signed roots and
// with the anchors kept elsewhere (nil if there are none; then a cut tail together with its
// roots, or an older snapshot, cannot be seen). The keys are those that have signed
// roots, the present one and its predecessors. An error means that the record could
// not be read, not that it is bad.
func Verify(ctx context.Context, d *db.DB, anchors io.Reader, keys ...*alg.PublicKey) (*Report, error) {
	v := &verifier{report: &Report{}, keys: map[string]*alg.PublicKey{}, now: d.Now(), tree: newTree()}
	for _, k := range keys {
		v.keys[KeyID(k)] = k
	}
	if err := v.loadAnchors(anchors); err != nil {
		return nil, err
	}
	err := d.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		v.q = newQueries(tx)
		if err := v.walk(ctx); err != nil {
			return err
		}
		return v.waiting(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("verify audit: %w", err)
	}
	return v.report, nil
}

type verifier struct {
	report   *Report
	keys     map[string]*alg.PublicKey
	now      time.Time
	q        *queries
	tree     *tree
	anchors  []Root         // in the order of their size
	roots    []auditRootRow // read ahead
	seen     int64          // the size of the last root taken from there
	good     int64          // entries covered by the last good root
	anchored int64          // and by the last good anchor
	stop     bool           // the chain is broken, nothing after it can be told
}

func (v *verifier) find(f Fault, first, last int64, id string, at time.Time, format string, args ...any) {
	v.report.Findings = append(v.report.Findings, Finding{f, first, last, id, at, fmt.Sprintf(format, args...)})
}

// loadAnchors reads and checks the file. Its lines have to grow; a smaller size after a larger
// one is the trace of a database that was rolled back and went on.
func (v *verifier) loadAnchors(in io.Reader) error {
	if in == nil {
		return nil
	}
	return readAnchors(in, func(line int, r Root, err error) error {
		v.report.Anchors++
		if err == nil {
			err = v.checkRoot(r)
		}
		if err != nil {
			v.find(BadAnchor, -1, -1, "", time.Time{}, "anchor file, line %d: %v", line, err)
			return nil
		}
		if n := len(v.anchors); n > 0 && r.Size <= v.anchors[n-1].Size {
			last := v.anchors[n-1]
			if r.Size == last.Size && bytes.Equal(r.Root, last.Root) {
				return nil // appended again after a crash
			}
			v.find(RolledBack, r.Size, last.Size-1, "", r.At,
				"anchor file, line %d: %d entries at %v, but %d had been anchored at %v", line, r.Size, r.At, last.Size, last.At)
			return nil
		}
		v.anchors = append(v.anchors, r)
		return nil
	})
}

func (v *verifier) checkRoot(r Root) error {
	key, ok := v.keys[r.KeyID]
	if !ok {
		return fmt.Errorf("signed by unknown key %s", r.KeyID)
	}
	return r.check(key)
}

// walk goes along the chain and stops at its first bad entry.
func (v *verifier) walk(ctx context.Context) error {
	const page = 1000
	for !v.stop {
		links, err := v.q.Links(ctx, linksParams{v.tree.size, page})
		if err != nil {
			return err
		}
		for _, l := range links {
			if v.step(l); v.stop {
				break
			}
			if err := v.compareRoots(ctx); err != nil {
				return err
			}
			v.compareAnchors()
		}
		if len(links) < page {
			break
		}
	}
	v.report.Entries = v.tree.size
	if v.stop {
		return nil
	}
	return v.beyond(ctx)
}

// step takes one link into the tree.
func (v *verifier) step(l linksRow) {
	seq := v.tree.size
	switch {
	case l.Seq != seq:
		v.find(Deleted, seq, l.Seq-1, "", time.Time{}, "link %d is missing, the next one is %d", seq, l.Seq)
	case l.ID == "":
		v.find(Deleted, seq, seq, l.EntryID, time.Time{}, "entry %s, number %d, is missing", l.EntryID, seq)
	case !bytes.Equal(chainHash(v.tree.chain, leafHash(l.entry())), l.Hash):
		v.find(Changed, seq, seq, l.ID, db.Time(l.At), "entry %s, number %d, is not what was linked", l.ID, seq)
	default:
		v.tree.add(leafHash(l.entry()))
		return
	}
	v.stop = true
}

// compareRoots checks the signed root over as many entries as were walked, if there is one.
func (v *verifier) compareRoots(ctx context.Context) error {
	for {
		if len(v.roots) == 0 {
			var err error
			if v.roots, err = v.q.Roots(ctx, rootsParams{v.seen, 100}); err != nil {
				return err
			}
			if len(v.roots) == 0 {
				v.roots = []auditRootRow{{Size: 1<<63 - 1}} // no more of them
			}
		}
		row := v.roots[0]
		if row.Size > v.tree.size {
			return nil
		}
		v.roots, v.seen = v.roots[1:], row.Size
		v.report.Roots++
		r := rootOf(row)
		if err := v.checkRoot(r); err != nil {
			v.find(BadRoot, v.good, r.Size-1, "", r.At, "root over %d entries: %v", r.Size, err)
			continue
		}
		v.agree(r, "root", &v.good)
	}
}

func (v *verifier) compareAnchors() {
	for len(v.anchors) > 0 && v.anchors[0].Size <= v.tree.size {
		v.agree(v.anchors[0], "anchor", &v.anchored)
		v.anchors = v.anchors[1:]
	}
}

// agree compares a statement whose signature is good with what was walked. good is up to
// where statements of this sort agreed before: roots that were signed after a rollback
// agree with the database, anchors do not.
func (v *verifier) agree(r Root, what string, good *int64) {
	if bytes.Equal(r.Head, v.tree.chain) && bytes.Equal(r.Root, v.tree.root()) {
		*good = r.Size
		if r.At.After(v.report.SealedTo) {
			v.report.SealedTo = r.At
		}
		return
	}
	v.find(Rewritten, *good, r.Size-1, "", r.At,
		"%s of %v over %d entries: one of the entries from number %d on is not the one that was signed", what, r.At, r.Size, *good)
	v.stop = true
}

// beyond looks for statements about entries that are not there.
func (v *verifier) beyond(ctx context.Context) error {
	n := v.tree.size
	roots, err := v.q.Roots(ctx, rootsParams{n, 1})
	if err != nil {
		return err
	}
	if len(roots) > 0 {
		last, err := v.q.LastRoot(ctx)
		if err != nil {
			return err
		}
		v.find(CutTail, n, last.Size-1, "", db.Time(last.At), "entries from number %d on are missing, %d had been signed", n, last.Size)
	}
	if len(v.anchors) > 0 {
		last := v.anchors[len(v.anchors)-1]
		v.find(RolledBack, n, last.Size-1, "", last.At,
			"entries from number %d on are missing, %d had been anchored at %v: cut, or an older snapshot", n, last.Size, last.At)
	}
	if v.good < n {
		links, err := v.q.Links(ctx, linksParams{v.good, 1})
		if err != nil {
			return err
		}
		if len(links) > 0 && v.now.Sub(db.Time(links[0].At)) > MaxUnsealed {
			v.find(Unsigned, v.good, n-1, links[0].ID, db.Time(links[0].At), "no root over entries from number %d on", v.good)
		}
	}
	return nil
}

// waiting looks at entries that are not linked.
func (v *verifier) waiting(ctx context.Context) error {
	oldest, err := v.q.OldestUnsealed(ctx, db.Micros(v.now.Add(-MaxUnsealed)))
	if err != nil {
		return err
	}
	for _, e := range oldest {
		v.find(Unsealed, -1, -1, e.ID, db.Time(e.At), "entry %s waits for its link since %v", e.ID, db.Time(e.At))
	}
	strays, err := v.q.Strays(ctx)
	if err != nil {
		return err
	}
	for _, e := range strays {
		v.find(Stray, -1, -1, e.ID, db.Time(e.At), "entry %s is in no chain and does not wait for a link", e.ID)
	}
	return nil
}

// Health reports whether entries are sealed in time; it is for readiness checks.
func Health(ctx context.Context, tx *db.Tx) error {
	n, err := newQueries(tx).CountUnsealedBefore(ctx, db.Micros(tx.Now().Add(-MaxUnsealed)))
	if err != nil {
		return fmt.Errorf("read audit: %w", err)
	}
	if n > 0 {
		return fmt.Errorf("audit: %d entries unsealed for more than %v", n, MaxUnsealed)
	}
	return nil
}
