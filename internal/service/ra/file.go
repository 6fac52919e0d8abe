// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/blob"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/pki/alg"
)

// FileLimit is how large a document may be, in octets.
func (s *Service) FileLimit(ctx context.Context) (limit int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		limit, err = s.policies.Number(ctx, tx, "ra.file.size")
		return err
	})
	return limit, err
}

// Attach stores a document of an application. The kind is judged by the content,
// not by the name. The content is sealed and stored before the act, under an id
// of its own, and taken away when the act fails; a crash between leaves a blob
// that nobody names. The same document attached twice is there once.
func (s *Service) Attach(ctx context.Context, actor Actor, id, purpose, name string, content []byte) error {
	mime := blob.ShownKind(content)
	if mime == "" {
		return problem.New(problem.Invalid, "ra.file.kind").At("file_" + purpose)
	}
	if !slices.Contains([]string{"passport", "authority", "extract", "tax", "other"}, purpose) {
		return problem.New(problem.Invalid, "ra.file.purpose")
	}
	fileID := db.NewID(s.db.Now())
	row := insertFileParams{
		ID: fileID, ApplicationID: id, Purpose: purpose, Name: blob.FileName(name), Mime: mime, Size: int64(len(content)),
		BlobID: fileID, Digest: hex.EncodeToString(alg.Streebog256.Sum(content)),
	}
	// Nothing is stored for somebody who may not attach.
	var there bool
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		there, err = s.attachable(ctx, tx, actor, row)
		return err
	})
	if err != nil || there {
		return err
	}
	if purpose == "passport" {
		if err := s.readable(ctx, mime, content); err != nil {
			if p, ok := problem.Of(err); ok {
				err = p.At("file_"+purpose).With("Name", row.Name)
			}
			return err
		}
	}
	if err := s.blobs.Put(ctx, fileID, bytes.NewReader(s.ring.Seal(content, filePlace(fileID)))); err != nil {
		return fmt.Errorf("store file: %w", err)
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if there, err = s.attachable(ctx, tx, actor, row); err != nil || there {
			return err
		}
		row.CreatedAt = db.Micros(tx.Now())
		if err := newQueries(tx).InsertFile(ctx, row); err != nil {
			return fmt.Errorf("store file: %w", err)
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: actor.name(), Action: "ra.attach", Object: "application/" + id, Origin: actor.Client.Network,
			Details: map[string]any{"file": fileID, "purpose": purpose},
		})
	})
	if there || err != nil && !errors.Is(err, db.ErrOutcomeUnknown) {
		return errors.Join(err, s.blobs.Delete(context.WithoutCancel(ctx), fileID))
	}
	return err
}

// attachable says whether the actor may attach a document, and whether the same
// one is there already.
func (s *Service) attachable(ctx context.Context, tx *db.Tx, actor Actor, row insertFileParams) (there bool, err error) {
	r, err := s.own(ctx, tx, actor, row.ApplicationID)
	if err != nil {
		return false, err
	}
	if !editable(r.row.State) {
		return false, problem.New(problem.Conflict, "ra.state."+r.row.State)
	}
	files, err := newQueries(tx).FilesOf(ctx, row.ApplicationID)
	if err != nil {
		return false, fmt.Errorf("read files: %w", err)
	}
	for _, f := range files {
		if f.Purpose == row.Purpose && f.Digest == row.Digest {
			return true, nil
		}
	}
	limit, err := s.policies.Number(ctx, tx, "ra.file.count")
	if err != nil {
		return false, err
	}
	if int64(len(files)) >= limit {
		return false, problem.New(problem.Invalid, "ra.file.count").At("file_"+row.Purpose).With("Count", int(limit))
	}
	return false, nil
}

func filePlace(id string) []byte { return []byte("application_file/" + id) }

// ReadFile returns a document to its holder or to an operator; the look of an
// operator is recorded.
func (s *Service) ReadFile(ctx context.Context, actor Actor, id, fileID string) (f File, content []byte, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.load(ctx, tx, id)
		if err != nil {
			return err
		}
		staff := mustOperate(actor) == nil
		if staff {
			if _, err := s.operator(ctx, tx, actor); err != nil {
				return err
			}
		}
		if staff && r.row.SubmittedAt == 0 || !staff && r.row.AccountID != actor.Account.ID {
			return problem.New(problem.NotFound, "ra.application.missing")
		}
		row, err := newQueries(tx).GetFile(ctx, fileID)
		if errors.Is(err, sql.ErrNoRows) || err == nil && row.ApplicationID != id {
			return problem.New(problem.NotFound, "ra.file.missing")
		} else if err != nil {
			return fmt.Errorf("read file: %w", err)
		}
		f = fileOf(row)
		if !staff {
			return nil
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: actor.name(), Action: "ra.file.look", Object: "application/" + id, Origin: actor.Client.Network,
			Details: map[string]any{"file": fileID},
		})
	})
	if err != nil {
		return f, nil, err
	}
	sealed, err := s.blobs.Get(ctx, f.blobID)
	if err != nil {
		return f, nil, fmt.Errorf("read file: %w", err)
	}
	content, err = s.ring.Open(sealed, filePlace(f.ID))
	return f, content, err
}

// Detach takes a document away from an application that may be edited.
func (s *Service) Detach(ctx context.Context, actor Actor, id, fileID string) error {
	var blobID string
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := s.own(ctx, tx, actor, id)
		if err != nil {
			return err
		}
		if !editable(r.row.State) {
			return problem.New(problem.Conflict, "ra.state."+r.row.State)
		}
		q := newQueries(tx)
		row, err := q.GetFile(ctx, fileID)
		if errors.Is(err, sql.ErrNoRows) || err == nil && row.ApplicationID != id {
			return problem.New(problem.NotFound, "ra.file.missing")
		} else if err != nil {
			return fmt.Errorf("read file: %w", err)
		}
		blobID = row.BlobID
		if err := q.DropFile(ctx, fileID); err != nil {
			return fmt.Errorf("drop file: %w", err)
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: actor.name(), Action: "ra.detach", Object: "application/" + id, Origin: actor.Client.Network,
			Details: map[string]any{"file": fileID},
		})
	})
	if err != nil {
		return err
	}
	return s.blobs.Delete(ctx, blobID)
}
