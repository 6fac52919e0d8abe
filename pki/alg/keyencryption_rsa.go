// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !js

package alg

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"io"

	"podpis/pki/der"
)

const oidOAEP der.OID = "1.2.840.113549.1.1.7"

// identifierOAEP is RSAES-OAEP with SHA-256 in both places and no label (RFC 4055, 4.1).
func identifierOAEP() []byte {
	hash := der.Sequence(der.ObjectID("2.16.840.1.101.3.4.2.1"), der.Null())
	return der.Sequence(der.ObjectID(oidOAEP), der.Sequence(
		der.Explicit(0, hash), der.Explicit(1, der.Sequence(der.ObjectID(oidMGF1), hash))))
}

func parseRSAKeyEncryption(oid der.OID, params []byte) (KeyEncryption, error) {
	switch oid {
	case oidRSAKey:
		return KeyEncryption{kind: rsaPKCS1}, nil
	case oidOAEP:
		// SHA-1, the default of RFC 4055, and other hashes are not written by anyone whose messages were met.
		if own, _ := der.NewReader(identifierOAEP()).EnterOptional(der.TagSequence); own != nil {
			own.OID()
			if bytes.Equal(own.Rest(), params) {
				return KeyEncryption{kind: rsaOAEP}, nil
			}
		}
	}
	return KeyEncryption{}, ErrUnsupported
}

func wrapOAEP(rand io.Reader, p *PublicKey, contentKey []byte) (*WrappedKey, error) {
	public, ok := p.key.(rsaPublic)
	if !ok {
		return nil, ErrMismatch
	}
	key, err := rsa.EncryptOAEP(sha256.New(), rand, public.key, contentKey, nil)
	if err != nil {
		return nil, err
	}
	return &WrappedKey{key: key}, nil
}

func unwrapRSA(k *PrivateKey, e KeyEncryption, encrypted []byte) ([]byte, error) {
	private, ok := k.key.(rsaPrivate)
	if !ok {
		return nil, ErrMismatch
	}
	var key []byte
	var err error
	if e.kind == rsaOAEP {
		key, err = rsa.DecryptOAEP(sha256.New(), nil, private.PrivateKey, encrypted, nil)
	} else {
		// RFC 8017, 7.2: whether it succeeds must not be told to whoever sent it again and again. The holder of the key
		// asks here for himself; a service that answers strangers must not.
		key, err = rsa.DecryptPKCS1v15(nil, private.PrivateKey, encrypted) //nolint:staticcheck // to read what others wrote
	}
	if err != nil {
		return nil, ErrDecrypt
	}
	return key, nil
}
