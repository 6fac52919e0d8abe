// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"podpis/internal/platform/db"
	"podpis/pki/alg"
)

// Config of the sealer.
type Config struct {
	Signer  alg.Signer
	Anchors string        // the file outside the database; made (0600) when absent
	Every   time.Duration // at most so often a root is signed under load; 0 is 500 ms
	// AcceptRollback lets the sealer go on though the database is older than its
	// anchors: after a restore from a backup, by an administrator's decision.
	AcceptRollback bool
	Log            *slog.Logger // nil is slog.Default
}

// Sealer links and signs. Only one may run at a time (see jobs.Lead); should two do so
// for a moment, one of them fails on the number of a link and tries again.
type Sealer struct {
	db  *db.DB
	cfg Config
}

// ErrRolledBack says that the anchors know more entries than the database.
var ErrRolledBack = errors.New("audit: the database is older than its anchors")

// batch bounds the entries linked in one act, so that other acts need not wait long.
const batch = 500

// NewSealer makes a sealer.
func NewSealer(d *db.DB, cfg Config) *Sealer {
	if cfg.Every <= 0 {
		cfg.Every = 500 * time.Millisecond
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	return &Sealer{db: d, cfg: cfg}
}

// Run seals until ctx is done. Failures are logged and tried again: entries wait in the
// database, and what waits too long is seen by [Verify] and by health checks.
func (s *Sealer) Run(ctx context.Context) error {
	if err := s.catchUp(ctx); err != nil {
		return err
	}
	news, stop := s.db.Watch(topic)
	defer stop()
	tick := time.NewTicker(s.cfg.Every)
	defer tick.Stop()
	for {
		if err := s.Seal(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.Error("seal audit", "err", err)
		}
		select { // the pause between two roots
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		select { // news of this process, or a look for those of other nodes
		case <-ctx.Done():
			return nil
		case <-news:
		case <-tick.C:
		}
	}
}

// Seal links everything that is committed and signs a root if there is anything new.
func (s *Sealer) Seal(ctx context.Context) error {
	for {
		n, err := s.link(ctx)
		if err != nil {
			return fmt.Errorf("link audit entries: %w", err)
		}
		if n < batch {
			break
		}
	}
	return s.sign(ctx)
}

// link appends up to batch entries to the chain, in the order of their time.
func (s *Sealer) link(ctx context.Context) (n int, err error) {
	var waiting bool
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := newQueries(tx).Unsealed(ctx, 1)
		waiting = len(rows) > 0
		return err
	})
	if err != nil || !waiting {
		return 0, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		q := newQueries(tx)
		entries, err := q.Unsealed(ctx, batch)
		if err != nil {
			return err
		}
		seq, chain := int64(-1), make([]byte, hashSize)
		last, err := q.LastLink(ctx)
		if err == nil {
			seq, chain = last.Seq, last.Hash
		} else if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		for _, e := range entries {
			seq++
			chain = chainHash(chain, leafHash(e))
			if err := q.InsertLink(ctx, insertLinkParams{seq, e.ID, chain}); err != nil {
				return err
			}
			if err := q.DeleteUnsealed(ctx, e.ID); err != nil {
				return err
			}
		}
		n = len(entries)
		return nil
	})
	return n, err
}

// sign makes a root over all links. The signature is made outside of any transaction: the
// key may be in another device.
func (s *Sealer) sign(ctx context.Context) error {
	t, before, err := s.grow(ctx)
	if err != nil || t.size == before {
		return err
	}
	r := Root{Size: t.size, At: s.db.Now(), Head: t.chain, Root: t.root()}
	if err := signRoot(rand.Reader, s.cfg.Signer, &r); err != nil {
		return err
	}
	var covered bool // another process has signed as much meanwhile
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		q := newQueries(tx)
		last, err := q.LastRoot(ctx)
		if covered = err == nil && last.Size >= r.Size; covered {
			return nil
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		return q.InsertRoot(ctx, insertRootParams{
			Size: r.Size, At: db.Micros(r.At), Head: r.Head, Root: r.Root,
			Frontier: t.frontier(), KeyID: r.KeyID, Signature: r.Signature,
		})
	})
	if err != nil {
		return fmt.Errorf("store audit root: %w", err)
	}
	if covered {
		return nil
	}
	return s.append(r)
}

// grow restores the tree of the last root and adds what was linked since.
func (s *Sealer) grow(ctx context.Context) (t *tree, before int64, err error) {
	t = newTree()
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		q := newQueries(tx)
		last, err := q.LastRoot(ctx)
		if err == nil {
			if t, err = treeOf(last); err != nil {
				return err
			}
		} else if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		before = t.size
		for {
			links, err := q.Links(ctx, linksParams{t.size, batch})
			if err != nil || len(links) == 0 {
				return err
			}
			for _, l := range links {
				t.add(leafHash(l.entry()))
				if l.Seq != t.size-1 || !bytes.Equal(t.chain, l.Hash) {
					return fmt.Errorf("audit entry %s, number %d, was changed after it was linked", l.EntryID, l.Seq)
				}
			}
		}
	})
	return t, before, err
}

// append writes a root to the anchor file and waits for the disk. Commands of the same installation seal too: the file is
// theirs in turn, and a root that a later one of another process covers is left out, since lines have to grow.
func (s *Sealer) append(r Root) error {
	f, err := os.OpenFile(s.cfg.Anchors, os.O_RDWR|os.O_APPEND|os.O_CREATE|os.O_SYNC, 0o600)
	if err != nil {
		return fmt.Errorf("open anchors: %w", err)
	}
	defer f.Close() // ends the lock; what was written is on the disk
	if err := lock(f); err != nil {
		return fmt.Errorf("lock anchors: %w", err)
	}
	last, err := endOfAnchors(f)
	if err != nil {
		return fmt.Errorf("read last anchor: %w", err)
	}
	if last.Size >= r.Size && last.At.After(r.At) {
		return nil
	}
	if _, err = f.Write(r.anchor()); err != nil {
		return fmt.Errorf("append anchor: %w", err)
	}
	return nil
}

// maxAnchor is more than a line of the file takes.
const maxAnchor = 4096

// endOfAnchors reads the last whole line; there may be none.
func endOfAnchors(f *os.File) (last Root, err error) {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return last, err
	}
	from := max(size-maxAnchor, 0)
	err = readAnchors(io.NewSectionReader(f, from, size-from), func(_ int, r Root, err error) error {
		if err == nil {
			last = r
		}
		return nil // the first line may be cut by where we began
	})
	return last, err
}

// catchUp compares the anchors with the database at the start: a root that a crash kept
// from the file is appended, an older database is refused.
func (s *Sealer) catchUp(ctx context.Context) error {
	anchored, err := s.lastAnchor()
	if err != nil {
		return err
	}
	var last Root
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := newQueries(tx).LastRoot(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		last = rootOf(row)
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("read last audit root: %w", err)
	case anchored.Size > last.Size && !s.cfg.AcceptRollback:
		return fmt.Errorf("%w: %d entries in %s, %d in the database", ErrRolledBack, anchored.Size, s.cfg.Anchors, last.Size)
	case anchored.Size < last.Size:
		return s.append(last)
	}
	return nil
}

// lastAnchor returns the last root of the file, and ends a line that a crash cut short.
func (s *Sealer) lastAnchor() (last Root, err error) {
	f, err := os.OpenFile(s.cfg.Anchors, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return last, fmt.Errorf("open anchors: %w", err)
	}
	defer f.Close()
	err = readAnchors(f, func(_ int, r Root, err error) error {
		if err == nil {
			last = r
		}
		return nil // Verify names bad lines; they must not stop the sealing
	})
	if err != nil {
		return last, err
	}
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil || end == 0 {
		return last, err
	}
	tail := make([]byte, 1)
	if _, err := f.ReadAt(tail, end-1); err != nil {
		return last, fmt.Errorf("read anchors: %w", err)
	}
	if tail[0] != '\n' {
		if _, err := f.Write([]byte("\n")); err != nil {
			return last, fmt.Errorf("end anchors: %w", err)
		}
	}
	return last, nil
}

func (l linksRow) entry() auditEntryRow {
	return auditEntryRow{ID: l.ID, At: l.At, Actor: l.Actor, Action: l.Action, Object: l.Object, Outcome: l.Outcome, Origin: l.Origin, Details: l.Details}
}
