// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package esia

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"podpis/pki/alg"
)

// ЕБС compares a person with what was recorded in a bank. Its addresses and tokens are
// not public, so this is a form of our own over what is known: an order signed by the
// system's key opens a session, the person goes there and comes back, the result is a
// signed token with the degree of match.

// Kinds of tokens of ЕБС, in sbt.
const (
	orderKind  = "ebs-order"
	resultKind = "ebs-result"
)

// Order opens a session of comparison, or asks for its result.
type Order struct {
	ClientID string
	Person   string // oid of ЕСИА
	Session  string // of the result that is asked for, empty to open one
	Redirect string
	Nonce    string
}

// orderLife is how long an order counts.
const orderLife = time.Minute

// SignOrder makes the token of an order.
func SignOrder(random io.Reader, key alg.Signer, o Order, now time.Time) (string, error) {
	return SignToken(random, key, orderKind, map[string]any{
		"iss": o.ClientID, "sub": o.Person, "session": o.Session, "redirect_url": o.Redirect, "nonce": o.Nonce,
		"iat": now.Unix(), "exp": now.Add(orderLife).Unix(),
	})
}

// ReadOrder reads an order; key gives the key of a registered system, nil for none.
func ReadOrder(s string, key func(clientID string) *alg.PublicKey, now time.Time) (Order, error) {
	t, err := ParseToken(s)
	if err != nil {
		return Order{}, err
	}
	r := reader{m: t.claims}
	o := Order{ClientID: t.Claims.Issuer, Person: t.Claims.Subject, Session: r.text("session"), Redirect: r.text("redirect_url"), Nonce: t.Claims.Nonce}
	k := key(o.ClientID)
	switch {
	case r.err != nil:
		return Order{}, fmt.Errorf("%w: %w", ErrToken, r.err)
	case t.Kind != orderKind:
		return Order{}, ErrKind
	case k == nil:
		return Order{}, ErrAudience
	case !now.Before(t.Claims.Expires) || t.Claims.Expires.Sub(now) > 2*orderLife:
		return Order{}, ErrExpired
	}
	return o, t.Verify(k)
}

// Opened answers an order that opens a session.
type Opened struct {
	Session string `json:"session"`
	URL     string `json:"url"` // where the person goes
}

// ReadOpened reads the answer.
func ReadOpened(status int, body []byte) (Opened, error) {
	var o Opened
	if status != 200 {
		return o, readRefusal(status, body)
	}
	if err := readJSON(body, &o); err != nil {
		return o, err
	}
	if o.Session == "" || len(o.Session) > maxText || len(o.URL) > maxText {
		return o, fmt.Errorf("%w: no session", ErrAnswer)
	}
	return o, nil
}

// Status is how a session ended, as the person comes back with.
type Status string

// The statuses. What counts is the result, never what the browser brings.
const (
	Success  Status = "SUCCESS"
	Repeat   Status = "REPEAT"
	Canceled Status = "CANCELED"
	Failed   Status = "ERROR"
)

// Result is what the comparison gave.
type Result struct {
	Match    float64 // 0 to 1
	Liveness bool    // a living person, not a picture
	At       time.Time
	Expires  time.Time
}

// SignResult makes the token of a result.
func SignResult(random io.Reader, key alg.Signer, issuer string, o Order, r Result) (string, error) {
	return SignToken(random, key, resultKind, map[string]any{
		"iss": issuer, "aud": o.ClientID, "sub": o.Person, "session": o.Session, "nonce": o.Nonce, "match": r.Match, "liveness": r.Liveness,
		"iat": r.At.Unix(), "exp": r.Expires.Unix(),
	})
}

// ErrMatch says that the degree of match is none.
var ErrMatch = errors.New("esia: degree of match is not between 0 and 1")

// ReadResult reads and checks a result for the order it answers.
func ReadResult(s string, key *alg.PublicKey, issuer string, o Order, now time.Time, skew time.Duration) (Result, error) {
	t, err := ParseToken(s)
	if err != nil {
		return Result{}, err
	}
	if err := t.Verify(key); err != nil {
		return Result{}, err
	}
	r := reader{m: t.claims}
	var match json.Number
	r.decode("match", &match)
	c := t.Claims
	out := Result{Liveness: r.truth("liveness"), At: c.IssuedAt, Expires: c.Expires}
	session := r.text("session")
	degree, err := match.Float64()
	switch {
	case r.err != nil:
		return Result{}, fmt.Errorf("%w: %w", ErrToken, r.err)
	case err != nil || !(degree >= 0 && degree <= 1):
		return Result{}, ErrMatch
	case t.Kind != resultKind:
		return Result{}, ErrKind
	case c.Issuer != issuer:
		return Result{}, ErrIssuer
	case len(c.Audience) != 1 || c.Audience[0] != o.ClientID:
		return Result{}, ErrAudience
	case c.Subject != o.Person || session != o.Session || c.Nonce != o.Nonce || o.Nonce == "":
		return Result{}, ErrNonce
	case c.Expires.IsZero() || !now.Before(c.Expires.Add(skew)) || c.IssuedAt.After(now.Add(skew)):
		return Result{}, ErrExpired
	}
	out.Match = degree
	return out, nil
}
