// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"os"
	"path"
	"path/filepath"

	"podpis/pki/alg"
	"podpis/pki/keycontainer"
	"podpis/pki/x509"
)

// loadContainer reads a key from the folder in which another program keeps it. An empty password is tried first: one that
// is not set is not asked for.
func (c *console) loadContainer(folder, passwordFile string, certificates []*x509.Certificate) (*identity, error) {
	files, err := containerFiles(folder)
	if err != nil {
		return nil, err
	}
	container, err := keycontainer.Open(files, nil)
	if errors.Is(err, keycontainer.ErrPassword) {
		password, asked := c.password(passwordFile, "PODPIS_PASSWORD", "prompt-password", false)
		if asked != nil {
			return nil, asked
		}
		defer clear(password)
		container, err = keycontainer.Open(files, password)
	}
	switch {
	case errors.Is(err, keycontainer.ErrPassword):
		return nil, failed("key-password", nil, folder)
	case errors.Is(err, keycontainer.ErrDamaged):
		return nil, failed("key-damaged", nil, folder)
	case errors.Is(err, alg.ErrUnsupported):
		return nil, failed("key-algorithm", err, folder)
	case err != nil:
		return nil, failed("key-none", nil, folder)
	}
	if certificates == nil && container.Certificate != nil {
		certificates = []*x509.Certificate{container.Certificate}
	}
	id, err := pair(folder, container.Key, certificates)
	if err != nil {
		return nil, err
	}
	id.name = container.Name
	return id, nil
}

// containerFiles reads what belongs to a container, from the folder and from its folder keys.
func containerFiles(folder string) (map[string][]byte, error) {
	files := make(map[string][]byte)
	known := false
	for _, sub := range []string{"", "keys"} {
		entries, err := os.ReadDir(filepath.Join(folder, sub))
		if err != nil {
			if sub == "" {
				return nil, inputError(folder, err)
			}
			continue // most containers have no such folder
		}
		for _, e := range entries {
			name := path.Join(sub, e.Name())
			wanted, decisive := keycontainer.Wanted(name)
			if !wanted || e.IsDir() {
				continue
			}
			known = known || decisive
			if files[name], err = read(filepath.Join(folder, sub, e.Name()), keycontainer.MaxFile); err != nil {
				return nil, err
			}
		}
	}
	if !known {
		return nil, failed("key-none", nil, folder)
	}
	return files, nil
}
