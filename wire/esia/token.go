// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package esia

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"podpis/pki/alg"
)

// The algorithms of tokens. Nothing else is read: a token that could say "none", or
// name a key of its own, would be signed by whoever sends it.
const (
	RS256   = "RS256"
	GOST256 = "GOST3410_2012_256"
)

// Limits of tokens.
const (
	maxToken   = 16 << 10
	maxMembers = 100
	maxDepth   = 8
)

// Errors of tokens.
var (
	// ErrToken says that a token is malformed.
	ErrToken = errors.New("esia: malformed token")
	// ErrTokenSignature says that a token was not signed by the key.
	ErrTokenSignature = errors.New("esia: signature of the token does not fit")
	// ErrIssuer and the next say what of a token is not what was expected.
	ErrIssuer   = errors.New("esia: token of another issuer")
	ErrAudience = errors.New("esia: token for another system")
	ErrNonce    = errors.New("esia: token of another sign-in")
	ErrExpired  = errors.New("esia: token is over or not yet in force")
	ErrKind     = errors.New("esia: token of another kind")
)

// Claims are what a token says. Times are zero when the token does not state them.
type Claims struct {
	Issuer    string
	Subject   string
	ClientID  string   // of an access token
	Audience  []string // of an identity token
	Nonce     string
	Scope     []string // «fullname?oid=123»
	Session   string   // urn:esia:sid
	PersonOID string   // urn:esia:sbj_id, or within urn:esia:sbj
	Confirmed bool     // urn:esia:sbj:is_tru
	Methods   []string // amr: how the person was recognised
	NotBefore time.Time
	IssuedAt  time.Time
	Expires   time.Time
}

// Token is a JWT with its parts as they came.
type Token struct {
	Algorithm string // RS256 or GOST256
	Kind      string // sbt: "access", "id"
	Claims    Claims

	claims    map[string]json.RawMessage
	signed    []byte
	signature []byte
}

// ParseToken reads a token without checking its signature. The header may have no
// members that change what is checked, no name may stand twice, and each part is
// base64url without padding (RFC 7515, 2).
func ParseToken(s string) (*Token, error) {
	if len(s) > maxToken {
		return nil, fmt.Errorf("%w: longer than %d", ErrToken, maxToken)
	}
	parts := strings.Split(s, ".")
	if len(parts) != 3 || parts[2] == "" {
		return nil, fmt.Errorf("%w: not three parts", ErrToken)
	}
	var raw [3][]byte
	for i, p := range parts {
		if strings.HasSuffix(p, "=") {
			return nil, fmt.Errorf("%w: padding", ErrToken)
		}
		var err error
		if raw[i], err = decode(p); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrToken, err)
		}
	}
	t := &Token{signed: []byte(parts[0] + "." + parts[1]), signature: raw[2]}
	if err := t.readHeader(raw[0]); err != nil {
		return nil, err
	}
	return t, t.readClaims(raw[1])
}

func (t *Token) readHeader(raw []byte) error {
	header, err := members(raw)
	if err != nil {
		return err
	}
	for name := range header {
		switch name {
		case "alg", "typ", "sbt", "ver", "kid":
		default: // crit, b64, jwk, jku, x5c and others change what is checked (RFC 7515, 4.1)
			return fmt.Errorf("%w: member %q of the header", ErrToken, clip(name, 40))
		}
	}
	text := func(name string) (value string) {
		if err == nil && header[name] != nil {
			err = json.Unmarshal(header[name], &value)
		}
		return value
	}
	t.Algorithm, t.Kind = text("alg"), text("sbt")
	typ := text("typ")
	if err != nil || typ != "" && !strings.EqualFold(typ, "JWT") {
		return fmt.Errorf("%w: header", ErrToken)
	}
	if t.Algorithm != RS256 && t.Algorithm != GOST256 {
		return fmt.Errorf("%w: algorithm %q", ErrToken, clip(t.Algorithm, 40))
	}
	return nil
}

func (t *Token) readClaims(raw []byte) error {
	m, err := members(raw)
	if err != nil {
		return err
	}
	t.claims = m
	r := reader{m: m}
	c := &t.Claims
	c.Issuer, c.Subject, c.ClientID, c.Nonce, c.Session = r.text("iss"), r.text("sub"), r.text("client_id"), r.text("nonce"), r.text("urn:esia:sid")
	c.Audience, c.Methods, c.Scope = r.list("aud"), r.list("amr"), strings.Fields(r.text("scope"))
	c.NotBefore, c.IssuedAt, c.Expires = r.time("nbf"), r.time("iat"), r.time("exp")
	c.PersonOID = r.number("urn:esia:sbj_id")
	if nested := m["urn:esia:sbj"]; nested != nil {
		inner, err := members(nested)
		if err != nil {
			return err
		}
		n := reader{m: inner}
		if oid := n.number("urn:esia:sbj:oid"); oid != "" && c.PersonOID != "" && oid != c.PersonOID {
			return fmt.Errorf("%w: two persons", ErrToken)
		} else if oid != "" {
			c.PersonOID = oid
		}
		c.Confirmed = n.truth("urn:esia:sbj:is_tru")
		r.err = errors.Join(r.err, n.err)
	}
	if r.err != nil {
		return fmt.Errorf("%w: %w", ErrToken, r.err)
	}
	return nil
}

// Verify checks the signature with a key of the issuer. The algorithm must be that of
// the key: which one is right is said by the key that is trusted, not by the token.
func (t *Token) Verify(key *alg.PublicKey) error {
	kind := key.Kind()
	h := kind.Hash()
	switch t.Algorithm {
	case RS256:
		if kind != alg.RSA {
			return ErrTokenSignature
		}
		h = alg.SHA256
	case GOST256:
		if !isGOST256(kind) {
			return ErrTokenSignature
		}
	default:
		return ErrTokenSignature
	}
	if key.Verify(kind.Algorithm(), h, h.Sum(t.signed), t.signature) != nil {
		return ErrTokenSignature
	}
	return nil
}

// Expected is what a token has to say.
type Expected struct {
	Issuer   string
	ClientID string
	Kind     string // "access" or "id"
	Nonce    string // of an identity token, when it states one
	Now      time.Time
	Skew     time.Duration // how far clocks may be apart
}

// Check holds the claims to what is expected. The signature is Verify's.
func (t *Token) Check(want Expected) error {
	c := t.Claims
	switch {
	case t.Kind != "" && t.Kind != want.Kind:
		return ErrKind
	case c.Issuer != want.Issuer:
		return ErrIssuer
	case want.Kind == "access" && c.ClientID != want.ClientID:
		return ErrAudience
	case want.Kind == "id" && (len(c.Audience) != 1 || c.Audience[0] != want.ClientID):
		return ErrAudience
	case want.Kind == "id" && c.Nonce != "" && c.Nonce != want.Nonce:
		return ErrNonce
	case c.Expires.IsZero() || !want.Now.Before(c.Expires.Add(want.Skew)):
		return ErrExpired
	case c.NotBefore.After(want.Now.Add(want.Skew)) || c.IssuedAt.After(want.Now.Add(want.Skew)):
		return ErrExpired
	case c.PersonOID == "":
		return fmt.Errorf("%w: no person", ErrToken)
	}
	return nil
}

// SignToken makes a token: the other side of ParseToken, for the stand and for tests.
func SignToken(random io.Reader, key alg.Signer, kind string, claims map[string]any) (string, error) {
	h, name := alg.SHA256, RS256
	if k := key.PublicKey().Kind(); isGOST256(k) {
		h, name = k.Hash(), GOST256
	} else if k != alg.RSA {
		return "", ErrKey
	}
	header, err := json.Marshal(map[string]any{"ver": 1, "typ": "JWT", "sbt": kind, "alg": name})
	if err != nil {
		return "", fmt.Errorf("encode header: %w", err)
	}
	body, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("encode claims: %w", err)
	}
	signed := strings.TrimRight(encode(header), "=") + "." + strings.TrimRight(encode(body), "=")
	signature, err := key.SignDigest(random, h, h.Sum([]byte(signed)))
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return signed + "." + strings.TrimRight(encode(signature), "="), nil
}

// reader takes members of an object by their exact names and remembers the first
// that is of another type. encoding/json alone would take "ISS" for "iss".
type reader struct {
	m   map[string]json.RawMessage
	err error
}

func (r *reader) decode(name string, into any) {
	if raw := r.m[name]; raw != nil && r.err == nil {
		if err := json.Unmarshal(raw, into); err != nil {
			r.err = fmt.Errorf("%s: %w", name, err)
		}
	}
}

func (r *reader) text(name string) (s string) { r.decode(name, &s); return s }

func (r *reader) truth(name string) (b bool) { r.decode(name, &b); return b }

// list takes a text or a list of texts (RFC 7519, 4.1.3).
func (r *reader) list(name string) (list []string) {
	if raw := r.m[name]; len(raw) > 0 && raw[0] == '"' {
		return []string{r.text(name)}
	}
	r.decode(name, &list)
	return list
}

// number takes an identifier that is written as a number or as a text.
func (r *reader) number(name string) string {
	raw := r.m[name]
	if raw == nil {
		return ""
	}
	digits := strings.Trim(string(raw), `"`)
	if _, err := strconv.ParseUint(digits, 10, 63); err != nil {
		r.err = errors.Join(r.err, fmt.Errorf("%s is not a number", name))
		return ""
	}
	return digits
}

// maxTime is the end of year 9999, in seconds of Unix.
const maxTime = 253402300799

func (r *reader) time(name string) time.Time {
	var seconds json.Number
	if raw := r.m[name]; len(raw) > 0 && raw[0] == '"' {
		r.err = errors.Join(r.err, fmt.Errorf("%s is not a number", name))
		return time.Time{}
	}
	r.decode(name, &seconds)
	if seconds == "" {
		return time.Time{}
	}
	n, err := strconv.ParseFloat(string(seconds), 64) // NumericDate may have a fraction (RFC 7519, 2)
	if err != nil || n <= 0 || n > maxTime {
		r.err = errors.Join(r.err, fmt.Errorf("%s is not a time", name))
		return time.Time{}
	}
	return time.Unix(int64(n), 0).UTC()
}

// members reads an object of JSON: no name twice, nothing behind it, a bounded number
// of members and depth.
func members(raw []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("%w: not an object", ErrToken)
	}
	m := map[string]json.RawMessage{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, fmt.Errorf("%w: not an object", ErrToken)
		}
		if _, twice := m[name]; twice || len(m) == maxMembers {
			return nil, fmt.Errorf("%w: member %q stands twice, or there are too many", ErrToken, clip(name, 40))
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil || depth(value) > maxDepth {
			return nil, fmt.Errorf("%w: value of %q", ErrToken, clip(name, 40))
		}
		m[name] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("%w: not an object", ErrToken)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: more behind the object", ErrToken)
	}
	return m, nil
}

// depth is how deep values lie in each other. Brackets in texts count too: nobody of
// good will writes so many.
func depth(value []byte) int {
	deepest, now := 0, 0
	for _, c := range value {
		switch c {
		case '{', '[':
			now++
			deepest = max(deepest, now)
		case '}', ']':
			now--
		}
	}
	return deepest
}
