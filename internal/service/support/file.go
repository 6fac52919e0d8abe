// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package support

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/blob"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/pki/alg"
)

// FileLimit is how large a file may be, in octets.
func (s *Service) FileLimit(ctx context.Context) (limit int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		limit, err = s.policies.Number(ctx, tx, "support.file.size")
		return err
	})
	return limit, err
}

// Received is a file that was judged and stored, sealed, before the act that names it.
type Received struct {
	id, name, mime, digest string
	size                   int64
}

// Receive judges files by their content and stores them sealed. The caller gives them to
// [Service.Settle] with the outcome of its act.
func (s *Service) Receive(ctx context.Context, uploads []Upload) (list []Received, err error) {
	limit, most := int64(0), int64(0)
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		if limit, err = s.policies.Number(ctx, tx, "support.file.size"); err != nil {
			return err
		}
		most, err = s.policies.Number(ctx, tx, "support.file.count")
		return err
	})
	if err != nil {
		return nil, err
	}
	if int64(len(uploads)) > most {
		return nil, problem.New(problem.Invalid, "support.file.count").At("files").With("Count", int(most))
	}
	for _, u := range uploads {
		f := Received{id: db.NewID(s.db.Now()), name: blob.FileName(u.Name), mime: blob.ShownKind(u.Content), size: int64(len(u.Content))}
		f.digest = hex.EncodeToString(alg.Streebog256.Sum(u.Content))
		switch {
		case f.mime == "":
			err = problem.New(problem.Invalid, "support.file.kind").At("files").With("Name", f.name)
		case f.size > limit:
			err = problem.New(problem.Invalid, "support.file.large").At("files").With("Name", f.name).With("Limit", limit>>20).Coded("UPL-801")
		default:
			err = s.blobs.Put(ctx, f.id, bytes.NewReader(s.ring.Seal(u.Content, filePlace(f.id))))
		}
		if err != nil {
			return nil, s.Settle(ctx, list, err)
		}
		list = append(list, f)
	}
	return list, nil
}

// Settle takes files away again when the act that was to name them failed.
func (s *Service) Settle(ctx context.Context, files []Received, err error) error {
	if err == nil || errors.Is(err, db.ErrOutcomeUnknown) {
		return err
	}
	for _, f := range files {
		err = errors.Join(err, s.blobs.Delete(context.WithoutCancel(ctx), f.id))
	}
	return err
}

// Keep names the files in the act of what they belong to: a ticket, or a recovery.
func (s *Service) Keep(ctx context.Context, tx *db.Tx, ticketID string, files []Received) error {
	if len(files) == 0 {
		return nil
	}
	most, err := s.policies.Number(ctx, tx, "support.file.count")
	if err != nil {
		return err
	}
	there, err := newQueries(tx).FilesOf(ctx, ticketID)
	if err != nil {
		return fmt.Errorf("read files: %w", err)
	}
	if int64(len(there)+len(files)) > most {
		return problem.New(problem.Invalid, "support.file.count").At("files").With("Count", int(most))
	}
	for _, f := range files {
		err := newQueries(tx).InsertFile(ctx, insertFileParams{
			ID: f.id, TicketID: ticketID, Name: f.name, Mime: f.mime, Size: f.size, CreatedAt: db.Micros(tx.Now()), Digest: f.digest,
		})
		if err != nil {
			return fmt.Errorf("store file: %w", err)
		}
	}
	return nil
}

// FilesOf are the files that came with a ticket or a recovery.
func (s *Service) FilesOf(ctx context.Context, tx *db.Tx, id string) (list []File, err error) {
	rows, err := newQueries(tx).FilesOf(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read files: %w", err)
	}
	for _, row := range rows {
		list = append(list, fileOf(row))
	}
	return list, nil
}

func filePlace(id string) []byte { return []byte("ticket_file/" + id) }

func fileOf(row ticketFileRow) File {
	return File{ID: row.ID, TicketID: row.TicketID, Name: row.Name, MIME: row.Mime, Size: row.Size}
}

// ReadFile returns a file of a ticket to its holder.
func (s *Service) ReadFile(ctx context.Context, actor Actor, id, fileID string) (File, []byte, error) {
	return s.readFile(ctx, fileID, func(ctx context.Context, tx *db.Tx) (string, error) {
		t, err := s.own(ctx, tx, actor, id)
		return t.ID, err
	})
}

// ReadGuestFile is ReadFile for whoever holds the link.
func (s *Service) ReadGuestFile(ctx context.Context, token, fileID string) (File, []byte, error) {
	return s.readFile(ctx, fileID, func(ctx context.Context, tx *db.Tx) (string, error) {
		t, err := s.byView(ctx, tx, token)
		return t.ID, err
	})
}

// InspectFile is ReadFile for staff; the look is recorded.
func (s *Service) InspectFile(ctx context.Context, actor Actor, id, fileID string) (File, []byte, error) {
	return s.readFile(ctx, fileID, func(ctx context.Context, tx *db.Tx) (string, error) {
		if err := s.Operate(ctx, tx, actor); err != nil {
			return "", err
		}
		return id, audit.Record(ctx, tx, audit.Entry{
			Actor: actor.Name(), Action: "support.file.look", Object: "ticket/" + id, Origin: actor.Client.Network,
			Details: map[string]any{"file": fileID},
		})
	})
}

func (s *Service) readFile(ctx context.Context, fileID string, allowed func(context.Context, *db.Tx) (ticketID string, err error)) (f File, content []byte, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		ticketID, err := allowed(ctx, tx)
		if err != nil {
			return err
		}
		row, err := newQueries(tx).GetFile(ctx, fileID)
		if errors.Is(err, sql.ErrNoRows) || err == nil && row.TicketID != ticketID {
			return problem.New(problem.NotFound, "support.file.missing")
		} else if err != nil {
			return fmt.Errorf("read file: %w", err)
		}
		f = fileOf(row)
		return nil
	})
	if err != nil {
		return f, nil, err
	}
	sealed, err := s.blobs.Get(ctx, f.ID)
	if err != nil {
		return f, nil, fmt.Errorf("read file: %w", err)
	}
	content, err = s.ring.Open(sealed, filePlace(f.ID))
	return f, content, err
}
