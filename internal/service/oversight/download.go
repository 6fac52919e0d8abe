// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package oversight

import (
	"context"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/service/auth"
	"podpis/internal/service/download"
)

// Packages shows the administrator what is handed out, with who published it, and the files
// that wait to be published.
func (s *Service) Packages(ctx context.Context, actor Actor) (list []download.Package, waiting []string, err error) {
	var names map[string]string
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if err := s.as(ctx, tx, actor, auth.Administrator); err != nil {
			return err
		}
		names, err = s.names(ctx, tx)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if list, err = s.Downloads.List(ctx); err != nil {
		return nil, nil, err
	}
	for i := range list {
		if name := names[list[i].By]; name != "" {
			list[i].By = name
		}
	}
	waiting, err = s.Downloads.Waiting()
	return list, waiting, err
}

// PublishPackage signs a package and hands it out: content is what was uploaded, empty for the
// waiting file of a name. A package with an address is only pointed to.
func (s *Service) PublishPackage(ctx context.Context, actor Actor, p download.Package, content []byte, waiting string) error {
	// The role is asked for before anything is read or signed.
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error { return s.as(ctx, tx, actor, auth.Administrator) })
	if err != nil {
		return err
	}
	p.By = "account/" + actor.Account.ID
	switch {
	case p.Address != "":
		content, err = p.Statement()
	case len(content) == 0 && waiting != "":
		content, err = s.Downloads.Take(waiting)
	}
	if err != nil {
		return err
	}
	return s.Downloads.Publish(ctx, p, content, func(ctx context.Context, tx *db.Tx) error {
		if err := s.as(ctx, tx, actor, auth.Administrator); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: p.By, Action: "download.publish", Object: "download/" + p.Name, Origin: actor.Client.Network, Details: map[string]any{"title": p.Title, "version": p.Version},
		})
	})
}

// WithdrawPackage takes a package back.
func (s *Service) WithdrawPackage(ctx context.Context, actor Actor, id string) error {
	return s.act(ctx, actor, auth.Administrator, audit.Entry{Action: "download.withdraw", Object: "download/" + id}, func(ctx context.Context, tx *db.Tx) error {
		return s.Downloads.Withdraw(ctx, tx, id)
	})
}
