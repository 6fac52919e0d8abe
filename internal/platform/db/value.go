// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package db

import (
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"strings"
	"time"
)

// Micros is how the database keeps a time: microseconds since 1970-01-01 UTC in
// a BIGINT. The zero time is 0, "no time".
func Micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Time is the inverse of [Micros]; the result is in UTC.
func Time(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// idAlphabet is Crockford's base 32 in lower case: in the order of bytes, without
// letters that look alike.
const idAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// NewID makes an identifier of 26 characters [0-9a-z]: 48 bits of the time in
// milliseconds and 80 random bits, so that identifiers sort by time and
// nobody guesses the next. It is not a secret: use 128 random bits for those.
func NewID(at time.Time) string {
	var b [16]byte
	ms := uint64(at.UnixMilli())
	for i := range 6 {
		b[i] = byte(ms >> (40 - 8*i))
	}
	rand.Read(b[6:]) // never returns an error
	return base32.NewEncoding(idAlphabet).WithPadding(base32.NoPadding).EncodeToString(b[:])
}

// NewUUID makes a random UUID (RFC 9562, 5.4), for formats that want one: 122 random bits.
func NewUUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Fold makes the form of a text that search columns hold and search words are
// turned into: lower case, ё as е, white space single and trimmed.
func Fold(s string) string {
	s = strings.ToLower(s)
	s = strings.ReplaceAll(s, "ё", "е")
	return strings.Join(strings.Fields(s), " ")
}
