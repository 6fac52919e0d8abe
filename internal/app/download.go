// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"os"

	"podpis/internal/platform/blob"
	"podpis/internal/service/ca"
	"podpis/internal/service/download"
	"podpis/internal/service/verdict"
)

// downloadFolder is where an administrator puts files to be published, in the data directory.
const downloadFolder = "downloads"

// handOut makes the service of downloads and publishes the certificates of the authority.
func (a *App) handOut(ctx context.Context, blobs *blob.Store, verdicts *verdict.Service) (*download.Service, error) {
	self, err := os.Executable()
	if err != nil {
		self = "" // the program cannot say where it is: it is not offered
	}
	s := download.New(download.Parts{DB: a.db, Blobs: blobs, Seal: verdicts.Detached, Folder: a.settings.path(downloadFolder), Self: self})
	for _, own := range []struct {
		role ca.Role
		name string
	}{{ca.Root, "root.cer"}, {ca.Issuing, "issuing.cer"}} {
		key, err := a.authority.Key(own.role)
		if err != nil {
			return nil, err
		}
		c := key.Certificate
		err = s.Own(ctx, download.Package{
			Name: own.name, Kind: download.Certificate, Title: c.Subject.DisplayName(), Version: c.NotBefore.Format("2006-01-02"), System: "any", Publisher: a.settings.Authority.Organisation,
		}, c.Raw)
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}
