// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package alg

import "podpis/pki/der"

func parseOldKeyEncryption(der.OID, []byte) (KeyEncryption, bool, error) {
	return KeyEncryption{}, false, nil
}

func (w *WrappedKey) readOldTransport([]byte) error { return ErrUnsupported }
func (w *WrappedKey) readOldKey([]byte) error       { return ErrUnsupported }
func unwrapOld(*PrivateKey, gostPrivate, KeyEncryption, *WrappedKey) ([]byte, error) {
	return nil, ErrUnsupported
}
