// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build js

package alg

// blockModes says that AES and Triple DES are left out: containers that people
// bring to the browser are of RFC 9548.
const blockModes = false

func encryptBlocks(_ CipherKind, _, _, _ []byte) ([]byte, error) { return nil, ErrUnsupported }

func decryptBlocks(_ CipherKind, _, _, _ []byte) ([]byte, error) { return nil, ErrUnsupported }
