// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package keys

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// NewToken makes the secret of a session or of a link, 256 random bits in base64url, and the digest that
// is stored of it.
func NewToken() (token string, digest []byte) {
	b := make([]byte, 32)
	rand.Read(b)
	token = base64.RawURLEncoding.EncodeToString(b)
	return token, Digest(token)
}

// Digest is what the database keeps of a token. A token has the entropy of a key, so one round of
// SHA-256 is enough.
func Digest(token string) []byte {
	d := sha256.Sum256([]byte(token))
	return d[:]
}
