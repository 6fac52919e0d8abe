// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/pki/tsl"
	"podpis/pki/x509"
)

// Incoming is a list that somebody gives.
type Incoming struct {
	File   io.ReaderAt
	Size   int64
	Source string    // address or file name
	Actor  string    // who gives it
	Date   time.Time // of a table, which does not say it
}

// MaxList bounds a list in octets.
const MaxList = 256 << 20

// maxAhead is how far a list may be ahead of the clock: zones and days. One of next year
// would keep out every list until then.
const maxAhead = 48 * time.Hour

// Why a list is refused, by the keys of their texts.
const (
	refusedSigner    = "trust.refused.signer"
	refusedSignature = "trust.refused.signature"
	refusedOlder     = "trust.refused.older"
	refusedFuture    = "trust.refused.future"
	refusedForm      = "trust.refused.form"
	refusedEmpty     = "trust.refused.empty"
	refusedLarge     = "trust.refused.large"
)

// accepted is a list that was read, with its centres.
type accepted struct {
	List
	centres []*tsl.Centre
}

// Accept takes a list into force: a signed one when its signature is by a pinned
// certificate, a table (CSV, XLSX) as it is. What is older than the list in force is
// refused; the same one is only noted as seen. One act, with its audit record; refusals
// have theirs.
func (r *Register) Accept(ctx context.Context, in Incoming) (*List, error) {
	if in.Size > MaxList {
		return nil, problem.New(problem.Invalid, refusedLarge)
	}
	digest, err := digestOf(in)
	if err != nil {
		return nil, err
	}
	if known, err := r.seen(ctx, digest); known != nil || err != nil {
		return known, err
	}
	a, err := r.read(ctx, in)
	if err == nil {
		a.Digest, a.Source, a.AcceptedBy = digest, in.Source, in.Actor
		err = r.take(ctx, a, in)
	}
	if err != nil {
		return nil, r.refuse(ctx, in, digest, err)
	}
	r.forget()
	return &a.List, r.prune(ctx)
}

// prune removes the originals of lists that were replaced long ago: there is a new one
// every day. Their rows stay.
func (r *Register) prune(ctx context.Context) error {
	var old []listsReplacedRow
	err := r.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		keep, err := r.policies.Duration(ctx, tx, policyListKeep)
		if err != nil {
			return err
		}
		old, err = newQueries(tx).ListsReplaced(ctx, db.Micros(tx.Now().Add(-keep)))
		return err
	})
	for _, row := range old {
		if err == nil {
			err = r.blobs.Delete(ctx, row.Blob)
		}
		if err == nil {
			err = r.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error { return newQueries(tx).ForgetOriginal(ctx, row.ID) })
		}
	}
	if err != nil {
		return fmt.Errorf("remove originals of old lists: %w", err)
	}
	return nil
}

func digestOf(in Incoming) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(in.File, 0, in.Size)); err != nil {
		return "", fmt.Errorf("read list: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// seen notes that the list in force is still what its source has.
func (r *Register) seen(ctx context.Context, digest string) (found *List, err error) {
	lists, err := r.Lists(ctx)
	if err != nil {
		return nil, err
	}
	for _, l := range lists {
		if l.Digest == digest {
			found = l
		}
	}
	if found == nil {
		return nil, nil
	}
	return found, r.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		found.Fetched = tx.Now()
		_, err := newQueries(tx).TouchList(ctx, touchListParams{ID: found.ID, FetchedAt: db.Micros(tx.Now())})
		return err
	})
}

// read reads a list of any form to its end.
func (r *Register) read(ctx context.Context, in Incoming) (*accepted, error) {
	head := make([]byte, min(in.Size, 4<<10))
	if _, err := in.File.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read list: %w", err)
	}
	if !bytes.HasPrefix(bytes.TrimLeft(head, "\xEF\xBB\xBF \t\r\n"), []byte("<")) {
		return readTable(in, head)
	}
	var signers []*x509.Certificate
	anchors, err := r.Anchors(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range anchors {
		if a.Purpose == Signer {
			signers = append(signers, a.Certificate)
		}
	}
	a := &accepted{List: List{Kind: Signed}}
	ids := map[string]bool{}
	list, err := tsl.Read(in.File, in.Size, signers, func(c *tsl.Centre) error {
		if id := c.ID(); id != "" && !ids[id] {
			ids[id] = true
			a.centres = append(a.centres, c)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	a.Version, a.Date, a.Signer, a.Unread = list.Version, list.Date, Fingerprint(list.Signer), list.Unread
	return a, nil
}

// take puts a list in the place of the one in force.
func (r *Register) take(ctx context.Context, a *accepted, in Incoming) error {
	if a.Centres = len(a.centres); a.Centres == 0 {
		return problem.New(problem.Invalid, refusedEmpty)
	}
	if a.Date.After(r.db.Now().Add(maxAhead)) {
		return problem.New(problem.Invalid, refusedFuture).With("Date", a.Date)
	}
	a.Blob = db.NewID(r.db.Now())
	if err := r.blobs.Put(ctx, a.Blob, io.NewSectionReader(in.File, 0, in.Size)); err != nil {
		return err
	}
	was, err := r.snapshot(ctx)
	if err == nil {
		err = r.replace(ctx, a, in, was)
	}
	if err != nil { // nothing points to it
		err = errors.Join(err, r.blobs.Delete(ctx, a.Blob))
	}
	return err
}

// replace is the act of accepting.
func (r *Register) replace(ctx context.Context, a *accepted, in Incoming, was *snapshot) error {
	return r.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		q := newQueries(tx)
		lists, err := current(ctx, q)
		if err != nil {
			return err
		}
		var changes []tsl.Change
		for _, old := range lists {
			if old.Kind != a.Kind {
				continue
			}
			if a.Version < old.Version || a.Date.Before(old.Date) {
				return problem.New(problem.Conflict, refusedOlder).With("Version", a.Version).With("Current", old.Version).
					With("Date", a.Date).With("CurrentDate", old.Date)
			}
			if was.list != nil && was.list.ID == old.ID {
				changes = tsl.Diff(marks(was.centres), marksOf(a.centres))
			}
			if err := drop(ctx, q, old.ID, tx.Now()); err != nil {
				return err
			}
		}
		a.ID, a.Accepted, a.Fetched = tx.NewID(), tx.Now(), tx.Now()
		if err := store(ctx, q, a); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: in.Actor, Action: "trust.accept", Object: "list/" + a.ID, Details: map[string]any{
				"kind": a.Kind, "version": a.Version, "date": a.Date.Format(time.RFC3339), "source": a.Source, "digest": a.Digest,
				"signer": a.Signer, "centres": a.Centres, "unread": a.Unread, "changes": countChanges(changes), "ended": ended(changes),
			},
		})
	})
}

func marksOf(centres []*tsl.Centre) (list []tsl.Mark) {
	for _, c := range centres {
		list = append(list, c.Mark())
	}
	return list
}

func countChanges(changes []tsl.Change) map[tsl.ChangeKind]int {
	n := map[tsl.ChangeKind]int{}
	for _, c := range changes {
		n[c.Kind]++
	}
	return n
}

// ended names the centres that were accredited and are no more: of all changes these
// are what people look for in the record.
func ended(changes []tsl.Change) (ids []string) {
	const most = 50
	for _, c := range changes {
		gone := c.Kind == tsl.Removed || c.Kind == tsl.Stated && c.From == tsl.Active
		if gone && len(ids) < most {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// refuse tells why a list was refused, in the record and to the one who gave it. What
// is no refusal passes unchanged.
func (r *Register) refuse(ctx context.Context, in Incoming, digest string, why error) error {
	p, refused := problem.Of(why)
	if !refused {
		key := refusal(why)
		if key == "" {
			return why
		}
		p = problem.New(problem.Invalid, key).Because(why)
	}
	return errors.Join(p, r.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		f, err := fetched(ctx, newQueries(tx))
		if err != nil {
			return err
		}
		if in.Source == f.URL && f.Failure == p.Error() {
			return nil // the same as the last time: one entry is enough
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: in.Actor, Action: "trust.refuse", Object: "list/" + digest, Outcome: "refused:" + p.Key,
			Details: map[string]any{"source": in.Source, "reason": why.Error()},
		})
	}))
}

// refusal is the key of the text for what is wrong with a list, "" when it is nothing
// with the list.
func refusal(err error) string {
	switch {
	case errors.Is(err, tsl.ErrSigner), errors.Is(err, tsl.ErrExpired):
		return refusedSigner
	case errors.Is(err, tsl.ErrChanged), errors.Is(err, tsl.ErrSignature), errors.Is(err, tsl.ErrUnsigned):
		return refusedSignature
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return ""
	case isFormError(err):
		return refusedForm
	}
	return ""
}

// drop takes a list out of force; its original stays.
func drop(ctx context.Context, q *queries, id string, now time.Time) error {
	if _, err := q.ReplaceList(ctx, replaceListParams{ID: id, ReplacedAt: db.Micros(now)}); err != nil {
		return fmt.Errorf("replace list: %w", err)
	}
	return errors.Join(q.DropCentres(ctx, id), q.DropStatuses(ctx, id), q.DropKeys(ctx, id), q.DropCertificates(ctx, id))
}

// store writes the rows of a list.
func store(ctx context.Context, q *queries, a *accepted) error {
	err := q.InsertList(ctx, insertListParams{
		ID: a.ID, Kind: string(a.Kind), Version: a.Version, MadeAt: db.Micros(a.Date), FetchedAt: db.Micros(a.Fetched), AcceptedAt: db.Micros(a.Accepted),
		AcceptedBy: a.AcceptedBy, Source: a.Source, Digest: a.Digest, Blob: a.Blob, Signer: a.Signer, Centres: int64(a.Centres), Unread: int64(a.Unread),
	})
	if err != nil {
		return fmt.Errorf("store list: %w", err)
	}
	for _, c := range a.centres {
		if err := storeCentre(ctx, q, a.ID, c); err != nil {
			return fmt.Errorf("store centre %s: %w", c.ID(), err)
		}
	}
	return nil
}

func storeCentre(ctx context.Context, q *queries, list string, c *tsl.Centre) error {
	id, d := c.ID(), c.Address
	err := q.InsertCentre(ctx, insertCentreParams{
		ListID: list, ID: id, Number: c.Number, Name: c.Name, ShortName: c.ShortName, Inn: c.INN, Ogrn: c.OGRN, Mail: c.Mail, Phone: c.Phone,
		Site: c.Site, Registry: c.Registry, Country: d.Country, PostIndex: d.Index, RegionCode: d.RegionCode, Region: d.Region, City: d.City,
		Street: d.Street, Successor: c.Successor, Note: c.Note, State: string(c.Status.State), StateText: c.Status.Text,
		StateFrom: db.Micros(c.Status.From), Content: c.Mark().Content,
	})
	if err != nil {
		return err
	}
	for n, s := range c.History {
		err := q.InsertStatus(ctx, insertStatusParams{
			ListID: list, CentreID: id, N: int64(n), State: string(s.State), StateText: s.Text, FromAt: db.Micros(s.From),
		})
		if err != nil {
			return err
		}
	}
	keys, certificates := int64(0), int64(0)
	for _, s := range c.Systems {
		for _, k := range s.Keys {
			err := q.InsertKey(ctx, insertKeyParams{
				ListID: list, CentreID: id, N: keys, KeyID: hexadecimal(k.ID), Complex: s.Name, Class: s.Class, Lists: strings.Join(k.Lists, "\n"),
			})
			if err != nil {
				return err
			}
			for _, raw := range k.Certificates {
				cert, err := x509.ParseCertificate(raw.Raw)
				if err != nil {
					continue // lists hold some that nobody can read; the key stays
				}
				err = q.InsertCertificate(ctx, insertCertificateParams{
					ListID: list, CentreID: id, N: certificates, KeyN: keys, Fingerprint: Fingerprint(cert), Subject: nameMark(cert.Subject),
					PublicKey: keyMark(cert), NotBefore: db.Micros(cert.NotBefore), NotAfter: db.Micros(cert.NotAfter), Der: cert.Raw,
				})
				if err != nil {
					return err
				}
				certificates++
			}
			keys++
		}
	}
	return nil
}
