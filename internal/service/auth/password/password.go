// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package password judges passwords of people and keeps them as Argon2id (RFC 9106).
//
// What is refused beside the rules: the passwords of a short list that is built in, those
// of a list that the installation imported ([List]), and what repeats the person's own
// data.
//
// Left out: how many wrong ones are too many, which is package auth's.
package password

import (
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"podpis/internal/platform/problem"
)

// Cost is what hashing a password takes. A hash names its own, so that the cost
// can grow. The zero value is the second recommended set of RFC 9106, 4: 64 MiB,
// three passes, four lanes; only tests have reason to take less.
type Cost struct {
	Memory uint32 // KiB
	Passes uint32
	Lanes  uint8
}

// OrRecommended is the cost, or what is recommended for the zero value.
func (c Cost) OrRecommended() Cost {
	if c == (Cost{}) {
		return Cost{Memory: 64 << 10, Passes: 3, Lanes: 4}
	}
	return c
}

const (
	argonSalt = 16
	argonKey  = 32
)

// maxPassword bounds the work of hashing, not the strength.
const maxPassword = 256

//go:embed common.txt
var common string

// Rule is one line of the list beside the field.
type Rule struct {
	Key string // of the text
	Met bool
}

// Rules judges a password by the rules the form shows: length, both
// cases, a digit, a sign.
func Rules(password string, length int) []Rule {
	var upper, lower, digit, sign bool
	for _, r := range password {
		switch {
		case unicode.IsUpper(r):
			upper = true
		case unicode.IsLower(r):
			lower = true
		case unicode.IsDigit(r):
			digit = true
		case !unicode.IsLetter(r):
			sign = true
		}
	}
	return []Rule{
		{"auth.rule.length", utf8.RuneCountInString(password) >= length},
		{"auth.rule.cases", upper && lower},
		{"auth.rule.digit", digit},
		{"auth.rule.sign", sign},
	}
}

// Check refuses what breaks a rule, what is among the known ones, and what repeats the
// person's own data. list may be nil.
func Check(password string, length int, list *List, own ...string) error {
	if len(password) > maxPassword || !utf8.ValidString(password) {
		return problem.New(problem.Invalid, "auth.password.long").At("password")
	}
	for _, r := range Rules(password, length) {
		if !r.Met {
			return problem.New(problem.Invalid, "auth.password.rules").At("password").With("Length", length)
		}
	}
	leaked, err := list.Has(password)
	if err != nil {
		return err
	}
	if leaked || known(password) {
		return problem.New(problem.Invalid, "auth.password.known").At("password")
	}
	lower := strings.ToLower(password)
	for _, o := range own {
		if o = strings.ToLower(o); len(o) >= 5 && strings.Contains(lower, o) {
			return problem.New(problem.Invalid, "auth.password.own").At("password")
		}
	}
	return nil
}

// known reports a password of the shipped list, also with digits and signs hung
// on either side: «Password1!» is no better than «password».
func known(password string) bool {
	lower := strings.ToLower(password)
	core := strings.TrimFunc(lower, func(r rune) bool { return !unicode.IsLetter(r) })
	for line := range strings.Lines(common) {
		word := strings.TrimSpace(line)
		if word == "" || strings.HasPrefix(word, "#") {
			continue
		}
		if word == lower || word == core {
			return true
		}
	}
	return false
}

// Hash returns "argon2id$t$m$p$salt$key".
func (c Cost) Hash(password string) string {
	salt := make([]byte, argonSalt)
	rand.Read(salt)
	key := argon2.IDKey([]byte(password), salt, c.Passes, c.Memory, c.Lanes, argonKey)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("argon2id$%d$%d$%d$%s$%s", c.Passes, c.Memory, c.Lanes, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// Verify checks a password against a hash. With an unknown hash it does the same
// work and says no, so that the time tells nothing.
func (c Cost) Verify(hash, password string) bool {
	var t, m, p uint32
	parts := strings.Split(hash, "$")
	ok := len(parts) == 6 && parts[0] == "argon2id"
	var salt, want []byte
	if ok {
		_, err := fmt.Sscanf(strings.Join(parts[1:4], " "), "%d %d %d", &t, &m, &p)
		salt, _ = base64.RawStdEncoding.DecodeString(parts[4])
		want, _ = base64.RawStdEncoding.DecodeString(parts[5])
		ok = err == nil && t > 0 && m > 0 && p > 0 && p < 256 && len(want) == argonKey
	}
	if !ok {
		t, m, p, salt, want = c.Passes, c.Memory, uint32(c.Lanes), make([]byte, argonSalt), make([]byte, argonKey)
	}
	if len(password) > maxPassword {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, t, m, uint8(p), argonKey)
	return subtle.ConstantTimeCompare(got, want) == 1 && ok
}

// Draw makes a one-time password that people can copy from paper: 60 random bits in
// groups, which meet the rules.
func Draw() string {
	b := make([]byte, 8)
	rand.Read(b)
	text := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))[:12]
	return "P7-" + text[:4] + "-" + text[4:8] + "-" + text[8:]
}
