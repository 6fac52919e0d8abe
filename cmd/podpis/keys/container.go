// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package keys

import (
	"errors"
	"os"

	"podpis/cmd/podpis/terminal"
	"podpis/pki/alg"
	"podpis/pki/keycontainer"
	"podpis/pki/x509"
)

// loadContainer reads a key from the folder in which another program keeps it. An empty password is tried first: one that
// is not set is not asked for.
func loadContainer(c *terminal.Console, folder, passwordFile string, certificates []*x509.Certificate) (*Identity, error) {
	files, err := keycontainer.Files(os.DirFS(folder))
	switch {
	case errors.Is(err, keycontainer.ErrNone):
		return nil, terminal.Failed("key-none", nil, folder)
	case err != nil:
		return nil, terminal.Input(folder, err)
	}
	container, err := keycontainer.Open(files, nil)
	if errors.Is(err, keycontainer.ErrPassword) {
		password, asked := c.Password(passwordFile, "PODPIS_PASSWORD", "prompt-password", false)
		if asked != nil {
			return nil, asked
		}
		defer clear(password)
		container, err = keycontainer.Open(files, password)
	}
	switch {
	case errors.Is(err, keycontainer.ErrPassword):
		return nil, terminal.Failed("key-password", nil, folder)
	case errors.Is(err, keycontainer.ErrDamaged):
		return nil, terminal.Failed("key-damaged", nil, folder)
	case errors.Is(err, alg.ErrUnsupported):
		return nil, terminal.Failed("key-algorithm", err, folder)
	case err != nil:
		return nil, terminal.Failed("key-none", nil, folder)
	}
	if certificates == nil && container.Certificate != nil {
		certificates = []*x509.Certificate{container.Certificate}
	}
	id, err := pair(folder, container.Key, certificates)
	if err != nil {
		return nil, err
	}
	id.Name = container.Name
	return id, nil
}
