// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package pkcs8 reads and writes private keys: PrivateKeyInfo (RFC 5208),
// OneAsymmetricKey (RFC 5958) and both under a password (PBES2).
//
// For GOST keys every form of the field is read: the raw little-endian scalar,
// a nested OCTET STRING or INTEGER, a masked key, and the structure of RFC 9548
// whose public key misses the count of unused bits. What is written is the raw
// form, version 0, which all programs read.
//
// Left out: attributes (passed over), and containers of CryptoPro.
package pkcs8

import (
	"encoding/pem"
	"errors"
	"io"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkcs5"
)

// Labels of PEM (RFC 7468, 10 and 11).
const (
	PEMKey          = "PRIVATE KEY"
	PEMEncryptedKey = "ENCRYPTED PRIVATE KEY"
)

// maxKey bounds what is read: an RSA key of 8192 bits takes 5 KB.
const maxKey = 64 << 10

var (
	// ErrPassword says that the password does not open the key, or that the key
	// needs one and none was given.
	ErrPassword = pkcs5.ErrPassword
	// ErrPublicKey says that the public key beside the private one is another.
	ErrPublicKey = errors.New("pkcs8: public key does not belong to the private key")
	// ErrTooLarge says that a key is longer than any real one.
	ErrTooLarge = errors.New("pkcs8: longer than any key")
)

// Parse reads an unencrypted key. The errors are those of the syntax and of
// [alg.ParsePrivateKey]: [alg.ErrUnsupported] for an algorithm that is not
// computed, such as GOST R 34.10-2001.
func Parse(in []byte) (*alg.PrivateKey, error) {
	if len(in) > maxKey {
		return nil, ErrTooLarge
	}
	r := der.NewReader(in)
	s := r.Sequence()
	version := s.Int()
	algorithm := s.Raw(der.TagSequence)
	content := s.OctetString()
	s.Optional(der.ContextConstructed(0)) // attributes
	public, hasPublic := s.Optional(der.Context(1))
	s.End()
	if r.Err() == nil && (version < 0 || version > 1) {
		s.Fail("version of private key unknown")
	}
	if err := r.Close(); err != nil {
		return nil, err
	}
	key, err := alg.ParsePrivateKey(algorithm, content)
	if err != nil {
		return nil, err
	}
	if hasPublic && !samePublic(key, public) {
		key.Zero()
		return nil, ErrPublicKey
	}
	return key, nil
}

// samePublic compares publicKey [1] in the forms it comes in: the content of the
// BIT STRING as RFC 5958 has it, or, in the examples of RFC 9548, an octet 01
// and the bare point.
func samePublic(key *alg.PrivateKey, field []byte) bool {
	if len(field) == 0 {
		return false
	}
	octets := key.PublicKey().KeyOctets()
	if string(field[1:]) == string(octets) {
		return field[0] == 0
	}
	if !key.Kind().IsGOST() {
		return false
	}
	r := der.NewReader(octets)
	point := r.OctetString()
	return r.Close() == nil && string(field[1:]) == string(point)
}

// Marshal writes PrivateKeyInfo. The caller wipes it.
func Marshal(key *alg.PrivateKey) []byte {
	content := key.Encode()
	defer clear(content)
	return der.Sequence(der.Int(0), key.Algorithm(), der.OctetString(content))
}

// Encrypt writes EncryptedPrivateKeyInfo.
func Encrypt(rand io.Reader, key *alg.PrivateKey, password []byte, o pkcs5.Options) ([]byte, error) {
	plain := Marshal(key)
	defer clear(plain)
	algorithm, encrypted, err := pkcs5.Encrypt(rand, password, plain, o)
	if err != nil {
		return nil, err
	}
	return der.Sequence(algorithm, der.OctetString(encrypted)), nil
}

// ParseEncrypted reads EncryptedPrivateKeyInfo. What decrypts to something that
// is no key was opened with a wrong password.
func ParseEncrypted(in, password []byte) (*alg.PrivateKey, error) {
	budget := pkcs5.MaxIterations
	if len(in) > maxKey {
		return nil, ErrTooLarge
	}
	r := der.NewReader(in)
	s := r.Sequence()
	algorithm := s.Raw(der.TagSequence)
	encrypted := s.OctetString()
	s.End()
	if err := r.Close(); err != nil {
		return nil, err
	}
	plain, err := pkcs5.Decrypt(algorithm, password, encrypted, &budget)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return ParseDecrypted(plain)
}

// ParseDecrypted reads a key that came out from under a password: a syntax error
// means that the password was wrong.
func ParseDecrypted(plain []byte) (*alg.PrivateKey, error) {
	key, err := Parse(plain)
	var syntax *der.SyntaxError
	if errors.As(err, &syntax) {
		return nil, ErrPassword
	}
	return key, err
}

// Read takes a key out of a file: PEM or DER, encrypted or not. With an encrypted
// key and no password (nil) the error is [ErrPassword].
func Read(file, password []byte) (*alg.PrivateKey, error) {
	encoded := file
	for rest := file; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		switch block.Type {
		case PEMKey:
			return Parse(block.Bytes)
		case PEMEncryptedKey:
			return readEncrypted(block.Bytes, password)
		}
	}
	// PrivateKeyInfo begins with a version, EncryptedPrivateKeyInfo with an
	// algorithm.
	if der.NewReader(encoded).Sequence().Peek() == der.TagSequence {
		return readEncrypted(encoded, password)
	}
	return Parse(encoded)
}

func readEncrypted(in, password []byte) (*alg.PrivateKey, error) {
	if password == nil {
		return nil, ErrPassword
	}
	return ParseEncrypted(in, password)
}
