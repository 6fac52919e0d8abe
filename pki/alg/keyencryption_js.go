// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build js

package alg

import (
	"io"

	"podpis/pki/der"
)

// The module of the browser encrypts for GOST keys only, as it signs with them only.

func identifierOAEP() []byte { return nil }

func parseRSAKeyEncryption(der.OID, []byte) (KeyEncryption, error) {
	return KeyEncryption{}, ErrUnsupported
}

func wrapOAEP(io.Reader, *PublicKey, []byte) (*WrappedKey, error) { return nil, ErrUnsupported }

func unwrapRSA(*PrivateKey, KeyEncryption, []byte) ([]byte, error) { return nil, ErrUnsupported }

func parseOldKeyEncryption(der.OID, []byte) (KeyEncryption, bool, error) {
	return KeyEncryption{}, false, nil
}

func (w *WrappedKey) readOldTransport([]byte) error { return ErrUnsupported }

func (w *WrappedKey) readOldKey([]byte) error { return ErrUnsupported }

func unwrapOld(*PrivateKey, gostPrivate, KeyEncryption, *WrappedKey) ([]byte, error) {
	return nil, ErrUnsupported
}
