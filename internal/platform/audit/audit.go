// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package audit keeps the record of who did what, so that nobody can change it
// unnoticed, the one who has the database included.
//
// # Life of an entry
//
// An act inserts its entry in its own transaction ([Record]): if the entry cannot
// be written the act fails. No act touches the end of the chain, so acts do not
// wait for each other. The [Sealer], one at a time, links committed entries into
// a hash chain, at least once a second signs a Merkle root over all of them and appends
// the root to a file outside the database. [Verify] compares the three.
//
// # What is hashed
//
// All hashes are Streebog-256 (GOST R 34.11-2012) in the byte order of RFC 6986.
// An entry is encoded as the text "podpis audit entry v1\n" and its fields id, at,
// actor, action, object, outcome, origin, details; each is a length of four bytes
// (big-endian) and that many bytes; at is the decimal number of microseconds since
// 1970-01-01 UTC. Then
//
//	leaf(i)  = H(00 ‖ encoding of entry i)              RFC 6962, 2.1
//	node     = H(01 ‖ left ‖ right)                     RFC 6962, 2.1
//	chain(i) = H(02 ‖ chain(i-1) ‖ leaf(i)), chain(-1) = 32 zero bytes
//
// A root over n entries is signed as the text "podpis audit root v1\n" ‖ n ‖ time
// (eight bytes each, big-endian; microseconds) ‖ chain(n-1) ‖ Merkle root, with the
// digest that belongs to the signer's key.
//
// It leaves out: who may read the record, its retention, and sending roots to
// auditors by mail.
package audit

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"podpis/internal/platform/db"
	"podpis/pki/alg"
)

// Entry is one line of the record.
type Entry struct {
	ID      string         // given by Record
	At      time.Time      // given by Record: the time of the act
	Actor   string         // who: "user:<id>", "operator:<id>", "system"
	Action  string         // what, "area.verb"
	Object  string         // to what: "certificate:<serial>"
	Outcome string         // "ok", "refused:<message key>"; empty is "ok"
	Origin  string         // from where: address, node
	Details map[string]any // the rest; no secrets, and no more personal data than needed
}

// Topic is what [db.Tx.Signal] tells the sealer.
const topic = "audit"

// Record inserts an entry in the transaction of the act it is about. If it returns an
// error the act has to fail; the transaction sees to that by itself.
func Record(ctx context.Context, tx *db.Tx, e Entry) error {
	if e.Actor == "" || e.Action == "" {
		return fmt.Errorf("record audit entry: actor %q and action %q must be named", e.Actor, e.Action)
	}
	details := []byte("{}")
	if len(e.Details) > 0 {
		var err error
		if details, err = json.Marshal(e.Details); err != nil { // sorts the keys
			return fmt.Errorf("record audit entry: %w", err)
		}
	}
	if e.Outcome == "" {
		e.Outcome = "ok"
	}
	id, at, q := tx.NewID(), db.Micros(tx.Now()), newQueries(tx)
	err := q.InsertEntry(ctx, insertEntryParams{
		ID: id, At: at, Actor: e.Actor, Action: e.Action, Object: e.Object,
		Outcome: e.Outcome, Origin: e.Origin, Details: string(details),
	})
	if err == nil {
		err = q.InsertUnsealed(ctx, insertUnsealedParams{id, at})
	}
	if err != nil {
		return fmt.Errorf("record audit entry: %w", err)
	}
	tx.Signal(topic)
	return nil
}

// Filter chooses entries; empty fields choose all.
type Filter struct {
	Actor, Action, Object string
	Before                time.Time // for the next page: At of the last entry of this one
	Limit                 int       // 0 is 100
}

// List returns entries, the newest first.
func List(ctx context.Context, tx *db.Tx, f Filter) ([]Entry, error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	before := int64(1<<63 - 1)
	if !f.Before.IsZero() {
		before = db.Micros(f.Before)
	}
	rows, err := newQueries(tx).List(ctx, listParams{
		Before: before, Actor: f.Actor, Object: f.Object, Action: f.Action, Most: int32(f.Limit),
	})
	if err != nil {
		return nil, fmt.Errorf("list audit: %w", err)
	}
	return entries(rows)
}

// Search returns entries whose actor, action and object begin as the filter says, not
// before since, the newest first. It is for people who look; services use [List].
func Search(ctx context.Context, tx *db.Tx, f Filter, since time.Time) ([]Entry, error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	before := int64(1<<63 - 1)
	if !f.Before.IsZero() {
		before = db.Micros(f.Before)
	}
	rows, err := newQueries(tx).Search(ctx, searchParams{
		Before: before, Since: db.Micros(since), Actor: f.Actor, Object: f.Object, Action: f.Action, Most: int32(f.Limit),
	})
	if err != nil {
		return nil, fmt.Errorf("search audit: %w", err)
	}
	return entries(rows)
}

// SealedTo is when the last root was signed, zero when there is none.
func SealedTo(ctx context.Context, tx *db.Tx) (time.Time, error) {
	root, err := newQueries(tx).LastRoot(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	} else if err != nil {
		return time.Time{}, fmt.Errorf("read audit: %w", err)
	}
	return db.Time(root.At), nil
}

func entries(rows []auditEntryRow) ([]Entry, error) {
	out := make([]Entry, len(rows))
	for i, r := range rows {
		out[i] = Entry{ID: r.ID, At: db.Time(r.At), Actor: r.Actor, Action: r.Action, Object: r.Object, Outcome: r.Outcome, Origin: r.Origin}
		if err := json.Unmarshal([]byte(r.Details), &out[i].Details); err != nil {
			return nil, fmt.Errorf("read details of audit entry %s: %w", r.ID, err)
		}
	}
	return out, nil
}

const hashSize = 32

// encode is the canonical form of an entry, see the package comment.
func encode(e auditEntryRow) []byte {
	b := []byte("podpis audit entry v1\n")
	for _, field := range []string{
		e.ID, strconv.FormatInt(e.At, 10), e.Actor, e.Action, e.Object, e.Outcome, e.Origin, e.Details,
	} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(field)))
		b = append(b, field...)
	}
	return b
}

func hash(prefix byte, parts ...[]byte) []byte {
	h := alg.Streebog256.New()
	h.Write([]byte{prefix})
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

func leafHash(e auditEntryRow) []byte      { return hash(0, encode(e)) }
func nodeHash(left, right []byte) []byte   { return hash(1, left, right) }
func chainHash(before, leaf []byte) []byte { return hash(2, before, leaf) }

// tree is the right edge of a Merkle tree over size leaves: the roots of its complete
// subtrees, the largest first (RFC 6962, 2.1).
type tree struct {
	size  int64
	edge  [][]byte
	chain []byte // chain(size-1)
}

func newTree() *tree { return &tree{chain: make([]byte, hashSize)} }

func (t *tree) add(leaf []byte) {
	t.chain = chainHash(t.chain, leaf)
	t.edge = append(t.edge, leaf)
	t.size++
	for n := t.size; n&1 == 0; n >>= 1 { // a complete pair becomes a subtree
		last := len(t.edge) - 1
		t.edge = append(t.edge[:last-1], nodeHash(t.edge[last-1], t.edge[last]))
	}
}

func (t *tree) root() []byte {
	if t.size == 0 {
		return make([]byte, hashSize)
	}
	root := t.edge[len(t.edge)-1]
	for i := len(t.edge) - 2; i >= 0; i-- {
		root = nodeHash(t.edge[i], root)
	}
	return root
}

func (t *tree) frontier() []byte {
	var b []byte
	for _, h := range t.edge {
		b = append(b, h...)
	}
	return b
}

// treeOf restores a tree from a stored root.
func treeOf(r auditRootRow) (*tree, error) {
	t := &tree{size: r.Size, chain: r.Head}
	for f := r.Frontier; len(f) >= hashSize; f = f[hashSize:] {
		t.edge = append(t.edge, f[:hashSize:hashSize])
	}
	if len(r.Frontier)%hashSize != 0 || string(t.root()) != string(r.Root) {
		return nil, fmt.Errorf("audit root over %d entries does not fit its own edge", r.Size)
	}
	return t, nil
}

// message is what the signature of a root covers.
func (r Root) message() []byte {
	b := []byte("podpis audit root v1\n")
	b = binary.BigEndian.AppendUint64(b, uint64(r.Size))
	b = binary.BigEndian.AppendUint64(b, uint64(db.Micros(r.At)))
	b = append(b, r.Head...)
	return append(b, r.Root...)
}
