// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package download

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strings"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
)

// List is what is handed out now.
func (s *Service) List(ctx context.Context) (list []Package, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list = nil
		rows, err := newQueries(tx).Packages(ctx)
		if err != nil {
			return fmt.Errorf("read packages: %w", err)
		}
		for _, r := range rows {
			list = append(list, packageOf(r))
		}
		return nil
	})
	slices.SortStableFunc(list, func(a, b Package) int { return slices.Index(Kinds(), a.Kind) - slices.Index(Kinds(), b.Kind) })
	return list, err
}

func packageOf(r downloadRow) Package {
	return Package{
		ID: r.ID, Name: r.Name, Kind: Kind(r.Kind), Title: r.Title, Version: r.Version, System: r.System, Publisher: r.Publisher, Address: r.Address,
		Size: r.Size, SHA256: r.Sha256, Streebog256: r.Streebog256, Signature: r.Signature, By: r.PublishedBy, At: db.Time(r.PublishedAt),
	}
}

// ByName is a package that is handed out.
func (s *Service) ByName(ctx context.Context, name string) (p Package, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		r, err := newQueries(tx).PackageByName(ctx, name)
		if errors.Is(err, sql.ErrNoRows) {
			return problem.New(problem.NotFound, "download.missing")
		} else if err != nil {
			return fmt.Errorf("read package: %w", err)
		}
		p = packageOf(r)
		return nil
	})
	return p, err
}

// Content opens what is handed out of a package. The caller closes it.
func (s *Service) Content(p Package) (*os.File, error) { return s.Blobs.File(p.ID) }

// Publish measures, signs and stores a package. The caller has asked who acts for their role
// and gives in extra what else belongs to the act, such as its record.
func (s *Service) Publish(ctx context.Context, p Package, content []byte, extra func(ctx context.Context, tx *db.Tx) error) error {
	if err := p.check(); err != nil {
		return err
	}
	if len(content) == 0 || len(content) > MaxSize {
		return problem.New(problem.Invalid, "download.file").At("files")
	}
	p.measure(content)
	var err error
	if p.Signature, err = s.Seal(ctx, p.By, "download/"+p.Name, content); err != nil {
		return err
	}
	if err := s.DB.Read(ctx, func(_ context.Context, tx *db.Tx) error { p.ID = tx.NewID(); return nil }); err != nil {
		return err
	}
	if err := s.Blobs.Put(ctx, p.ID, bytes.NewReader(content)); err != nil {
		return err
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := extra(ctx, tx); err != nil {
			return err
		}
		q := newQueries(tx)
		if _, err := q.PackageByName(ctx, p.Name); err == nil {
			return problem.New(problem.Conflict, "download.same").At("name")
		} else if !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("read package: %w", err)
		}
		err := q.InsertPackage(ctx, insertPackageParams{
			ID: p.ID, Name: p.Name, Kind: string(p.Kind), Title: p.Title, Version: p.Version, System: p.System, Publisher: p.Publisher, Address: p.Address,
			Size: p.Size, Sha256: p.SHA256, Streebog256: p.Streebog256, Signature: p.Signature, PublishedBy: p.By, PublishedAt: db.Micros(tx.Now()),
		})
		if err != nil {
			return fmt.Errorf("store package: %w", err)
		}
		return nil
	})
	if err == nil || errors.Is(err, db.ErrOutcomeUnknown) { // it may be named by its row
		return err
	}
	return errors.Join(err, s.Blobs.Delete(context.WithoutCancel(ctx), p.ID))
}

// Withdraw takes a package back: it is no longer handed out, and its name is free. The caller
// records it.
func (s *Service) Withdraw(ctx context.Context, tx *db.Tx, id string) error {
	n, err := newQueries(tx).WithdrawPackage(ctx, withdrawPackageParams{ID: id, WithdrawnAt: db.Micros(tx.Now())})
	if err != nil {
		return fmt.Errorf("withdraw package: %w", err)
	}
	if n == 0 {
		return problem.New(problem.NotFound, "download.missing")
	}
	return nil
}

// Own publishes a file of the installation itself, such as its root certificate, in place of
// an older one of the same name. One that is there already stays.
func (s *Service) Own(ctx context.Context, p Package, content []byte) error {
	p.By = "installation"
	old, err := s.ByName(ctx, p.Name)
	measured := p
	measured.measure(content)
	if err == nil && old.SHA256 == measured.SHA256 {
		return nil
	}
	if err != nil && problem.KindOf(err) != problem.NotFound {
		return err
	}
	err = s.Publish(ctx, p, content, func(ctx context.Context, tx *db.Tx) error {
		if old.ID != "" {
			if err := s.Withdraw(ctx, tx, old.ID); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: p.By, Action: "download.publish", Object: "download/" + p.Name})
	})
	if err != nil { // another node may have been quicker
		if there, again := s.ByName(ctx, p.Name); again == nil && there.SHA256 == measured.SHA256 {
			return nil
		}
	}
	return err
}

// selfName is how the running program is offered.
func selfName() string { return "podpis-" + runtime.GOOS + "-" + runtime.GOARCH }

// Waiting are the files that may be published: those in the folder, and the program itself.
func (s *Service) Waiting() (names []string, err error) {
	if s.Self != "" {
		names = append(names, selfName())
	}
	if s.Folder == "" {
		return names, nil
	}
	entries, err := os.ReadDir(s.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return names, nil
	} else if err != nil {
		return nil, fmt.Errorf("read folder of packages: %w", err)
	}
	for _, e := range entries {
		if e.Type().IsRegular() && ValidName(e.Name()) && e.Name() != selfName() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Take reads a waiting file. No name leads out of the folder.
func (s *Service) Take(name string) ([]byte, error) {
	missing := problem.New(problem.Invalid, "download.file").At("waiting")
	waiting, err := s.Waiting()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(waiting, name) {
		return nil, missing
	}
	var file *os.File
	if s.Self != "" && name == selfName() {
		file, err = os.Open(s.Self)
	} else {
		file, err = os.OpenInRoot(s.Folder, name)
	}
	if err != nil {
		return nil, missing.Because(err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read package: %w", err)
	}
	return content, nil
}

// Split tells of the last part of an address whether it asks for a package or its signature.
func Split(name string) (file string, signature bool) { return strings.CutSuffix(name, ".sig") }
