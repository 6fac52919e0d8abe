// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package document

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/blob"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/egrip"
	"podpis/pki/alg"
)

// Service keeps documents.
type Service struct{ Parts }

// Parts are what the service is made of.
type Parts struct {
	DB       *db.DB
	Ring     *keys.Ring
	Policies *policy.Book
	Blobs    *blob.Store
	Words    *locale.Bundle // of extracts
	Registry *egrip.Service
}

// New returns the service.
func New(p Parts) *Service { return &Service{p} }

// FileLimit is how large a file may be, in octets.
func (s *Service) FileLimit(ctx context.Context) (limit int64, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		limit, err = s.Policies.Number(ctx, tx, policySize)
		return err
	})
	return limit, err
}

// List are the documents of a role, the newest first, the deleted ones among them.
func (s *Service) List(ctx context.Context, actor Actor) (list []Document, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := newQueries(tx).DocumentsOf(ctx, actor.Role.ID)
		if err != nil {
			return fmt.Errorf("read documents: %w", err)
		}
		list, err = s.open(ctx, tx, rows)
		return err
	})
	return list, err
}

// OfAccount are the documents of all roles of an account, for its copy of the data.
func (s *Service) OfAccount(ctx context.Context, accountID string) (list []Document, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := newQueries(tx).DocumentsOfAccount(ctx, accountID)
		if err != nil {
			return fmt.Errorf("read documents: %w", err)
		}
		list, err = s.open(ctx, tx, rows)
		return err
	})
	return list, err
}

func (s *Service) open(ctx context.Context, tx *db.Tx, rows []roleDocumentRow) ([]Document, error) {
	undo, err := s.Policies.Duration(ctx, tx, policyUndo)
	if err != nil {
		return nil, err
	}
	list := make([]Document, 0, len(rows))
	for _, row := range rows {
		var x secret
		if err := s.Ring.OpenJSON(row.Secret, place(row.ID), &x); err != nil {
			return nil, err
		}
		d := Document{
			ID: row.ID, Kind: Kind(row.Kind), Name: x.Name, MIME: row.Mime, Size: row.Size, Digest: x.Digest, Source: x.Source, AsOf: x.AsOf,
			CreatedAt: db.Time(row.CreatedAt),
		}
		if row.DeletedAt != 0 {
			d.Until = db.Time(row.DeletedAt).Add(undo)
		}
		list = append(list, d)
	}
	return list, nil
}

func place(id string) []byte     { return []byte("role_document/" + id) }
func blobPlace(id string) []byte { return []byte("role_document_blob/" + id) }

// Upload puts files into the store of a role, all or none.
func (s *Service) Upload(ctx context.Context, actor Actor, files []Upload) error {
	if len(files) == 0 {
		return problem.New(problem.Invalid, "document.none").At("files")
	}
	limit, err := s.FileLimit(ctx)
	if err != nil {
		return err
	}
	var list []kept
	for _, f := range files {
		k := kept{kind: Uploaded, mime: kindOf(f.Content), content: f.Content, secret: secret{Name: blob.FileName(f.Name)}}
		if k.mime == "" {
			return problem.New(problem.Invalid, "document.kind").At("files").With("Name", k.secret.Name)
		}
		if int64(len(f.Content)) > limit {
			return problem.New(problem.Invalid, "support.file.large").At("files").With("Name", k.secret.Name).With("Limit", limit>>20).Coded("UPL-801")
		}
		list = append(list, k)
	}
	_, err = s.keep(ctx, actor, list, nil)
	return err
}

// kept is what is to be stored.
type kept struct {
	kind    Kind
	mime    string
	content []byte
	secret  secret
}

// keep stores documents, sealed, and names them in one act; what was stored goes again when
// the act fails. also is done in the act first.
func (s *Service) keep(ctx context.Context, actor Actor, list []kept, also func(context.Context, *db.Tx) error) (ids []string, err error) {
	for _, k := range list {
		id := db.NewID(s.DB.Now())
		if err := s.Blobs.Put(ctx, id, bytes.NewReader(s.Ring.Seal(k.content, blobPlace(id)))); err != nil {
			return nil, s.settle(ctx, ids, err)
		}
		ids = append(ids, id)
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.fits(ctx, tx, actor, list); err != nil {
			return err
		}
		if also != nil {
			if err := also(ctx, tx); err != nil {
				return err
			}
		}
		for i, k := range list {
			k.secret.Digest = hex.EncodeToString(alg.Streebog256.Sum(k.content))
			sealed, err := s.Ring.SealJSON(k.secret, place(ids[i]))
			if err != nil {
				return err
			}
			err = newQueries(tx).InsertDocument(ctx, insertDocumentParams{
				ID: ids[i], ProfileID: actor.Role.ID, AccountID: actor.Account.ID, Kind: string(k.kind), Mime: k.mime, Size: int64(len(k.content)),
				Secret: sealed, CreatedAt: db.Micros(tx.Now()),
			})
			if err != nil {
				return fmt.Errorf("store document: %w", err)
			}
			if err := s.record(ctx, tx, actor, "document."+string(k.kind), ids[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return ids, s.settle(ctx, ids, err)
}

// settle takes blobs away again when the act that was to name them failed.
func (s *Service) settle(ctx context.Context, ids []string, err error) error {
	if err == nil || errors.Is(err, db.ErrOutcomeUnknown) {
		return err
	}
	for _, id := range ids {
		err = errors.Join(err, s.Blobs.Delete(context.WithoutCancel(ctx), id))
	}
	return err
}

// fits refuses what is over the bounds of a role.
func (s *Service) fits(ctx context.Context, tx *db.Tx, actor Actor, list []kept) error {
	quota, err := s.Policies.Number(ctx, tx, policyQuota)
	if err != nil {
		return err
	}
	most, err := s.Policies.Number(ctx, tx, policyCount)
	if err != nil {
		return err
	}
	there, err := newQueries(tx).Weigh(ctx, actor.Role.ID)
	if err != nil {
		return fmt.Errorf("weigh documents: %w", err)
	}
	size := there.Size
	for _, k := range list {
		size += int64(len(k.content))
	}
	if size > quota || there.Number+int64(len(list)) > most {
		return problem.New(problem.Conflict, "document.full").At("files").With("Limit", quota>>20).With("Count", int(most))
	}
	return nil
}

// Read returns a document with its content. One of another role is not found.
func (s *Service) Read(ctx context.Context, actor Actor, id string) (d Document, content []byte, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := s.own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		list, err := s.open(ctx, tx, []roleDocumentRow{row})
		if err == nil {
			d = list[0]
		}
		return err
	})
	if err != nil {
		return d, nil, err
	}
	content, err = s.Content(ctx, d)
	return d, content, err
}

// Content is that of a document the caller was given.
func (s *Service) Content(ctx context.Context, d Document) ([]byte, error) {
	sealed, err := s.Blobs.Get(ctx, d.ID)
	if err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	return s.Ring.Open(sealed, blobPlace(d.ID))
}

func (s *Service) own(ctx context.Context, tx *db.Tx, actor Actor, id string) (roleDocumentRow, error) {
	row, err := newQueries(tx).GetDocument(ctx, id)
	if errors.Is(err, sql.ErrNoRows) || err == nil && row.ProfileID != actor.Role.ID {
		return row, problem.New(problem.NotFound, "document.missing")
	} else if err != nil {
		return row, fmt.Errorf("read document: %w", err)
	}
	return row, nil
}

// Delete lets a document go after a while; restore takes it back until then.
func (s *Service) Delete(ctx context.Context, actor Actor, id string, restore bool) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := s.own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if (row.DeletedAt != 0) != restore {
			return nil // pressed twice
		}
		at, action := db.Micros(tx.Now()), "document.delete"
		if restore {
			at, action = 0, "document.restore"
		}
		if _, err := newQueries(tx).SetDeleted(ctx, setDeletedParams{ID: id, DeletedAt: at}); err != nil {
			return fmt.Errorf("store document: %w", err)
		}
		return s.record(ctx, tx, actor, action, id)
	})
}

func (s *Service) record(ctx context.Context, tx *db.Tx, actor Actor, action, id string) error {
	return audit.Record(ctx, tx, audit.Entry{
		Actor: actor.name(), Action: action, Object: "document/" + id, Origin: actor.Client.Network, Details: map[string]any{"profile": actor.Role.ID},
	})
}

// dayAgo is since when the extracts of a day are counted.
const dayAgo = -24 * time.Hour
