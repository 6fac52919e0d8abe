// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package keycontainer reads private keys out of the folders in which other programs keep them: the file container of
// CryptoPro CSP (header.key, primary.key, masks.key and their copies) and the key store of Signal-COM (mk.db3,
// masks.db3, kek.opq and keys/*.key).
//
// Neither format is published. They were established from public descriptions and from the files in the tests: a
// container of CryptoPro with a key of GOST R 34.10-2001 and an empty password, a store of Signal-COM without a password.
// For keys of 2012 in CryptoPro containers the same steps are taken with the hash and the S-boxes of 2012, which no file at
// hand confirms. A wrong step cannot pass unnoticed: every key is compared with the public key that the container states.
//
// Left out: writing, password-protected stores of Signal-COM, the older CryptoPro form with hmacKey.
package keycontainer

import (
	"errors"
	"io"
	"io/fs"
	"strings"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/x509"
)

// Container is what a folder holds.
type Container struct {
	Name        string // as the program shows it; may be empty
	Key         *alg.PrivateKey
	Certificate *x509.Certificate // nil if it is not there
}

var (
	// ErrPassword says that the password does not open the container.
	ErrPassword = errors.New("keycontainer: wrong password")
	// ErrDamaged says that a file of the container is not what it was when it was written, and its copy neither.
	ErrDamaged = errors.New("keycontainer: container is damaged")
	// ErrNone says that the files are no container of a known kind, or not all of one.
	ErrNone = errors.New("keycontainer: no key container")
)

// MaxFile bounds a file of a container. The largest is the header, with its certificates.
const MaxFile = 1 << 20

// Open reads the container that files make; they are named by their paths inside its folder. An empty password is one
// that was not set. Errors: [ErrPassword], [ErrDamaged], [ErrNone] and an [alg.ErrUnsupported].
func Open(files map[string][]byte, password []byte) (*Container, error) {
	byName := make(map[string][]byte, len(files))
	for name, content := range files {
		if len(content) <= MaxFile {
			byName[strings.ToLower(name)] = content
		}
	}
	open := openCryptoPro
	switch {
	case byName["header.key"] != nil:
	case byName["mk.db3"] != nil:
		open = openSignalCOM
	default:
		return nil, ErrNone
	}
	c, err := open(byName, password)
	if _, syntax := errors.AsType[*der.SyntaxError](err); syntax || errors.Is(err, alg.ErrKey) {
		return nil, ErrDamaged
	}
	return c, err
}

// Files reads from a folder what belongs to a container of a known kind: [ErrNone] if there is none. A file larger than any
// of a container is passed over.
func Files(folder fs.FS) (map[string][]byte, error) {
	files := make(map[string][]byte)
	known := false
	for _, pattern := range []string{"*", "keys/*"} {
		names, err := fs.Glob(folder, pattern)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			wanted, decisive := wanted(name)
			if !wanted {
				continue
			}
			if files[name], err = readFile(folder, name); err != nil {
				return nil, err
			}
			known = known || decisive
		}
	}
	if !known {
		return nil, ErrNone
	}
	return files, nil
}

func readFile(folder fs.FS, name string) ([]byte, error) {
	f, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxFile+1))
}

// wanted tells whether a file belongs to a container, and whether a folder without it is none.
func wanted(name string) (wanted, decisive bool) {
	switch name = strings.ToLower(name); name {
	case "header.key", "mk.db3":
		return true, true
	case "primary.key", "primary2.key", "masks.key", "masks2.key", "name.key", "masks.db3", "kek.opq":
		return true, false
	}
	return strings.HasPrefix(name, "keys/") && strings.HasSuffix(name, ".key"), false
}
