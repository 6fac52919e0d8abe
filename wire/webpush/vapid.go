// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package webpush

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"strings"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
)

// Token is the value of the header Authorization for a push service (RFC 8292, 3): a token
// signed with our key (ES256, RFC 7518, 3.4) and the key itself. audience is the origin of
// the service, subject how its keepers reach us (mailto: or https:).
func Token(rand io.Reader, key *alg.PrivateKey, audience, subject string, expires time.Time) (string, error) {
	if key.Kind() != alg.P256 {
		return "", ErrToken
	}
	claims, err := json.Marshal(map[string]any{"aud": audience, "exp": expires.Unix(), "sub": subject})
	if err != nil {
		return "", err
	}
	text := encode([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + encode(claims)
	digest := sha256.Sum256([]byte(text))
	signature, err := key.SignDigest(rand, alg.SHA256, digest[:])
	if err != nil {
		return "", err
	}
	// The two numbers, each of 32 octets, in place of the DER of X.509 (RFC 7518, 3.4).
	r := der.NewReader(signature)
	numbers := r.Sequence()
	both := append(padded(numbers.Unsigned()), padded(numbers.Unsigned())...)
	if err := r.Err(); err != nil {
		return "", err
	}
	return "vapid t=" + text + "." + encode(both) + ", k=" + encode(key.PublicKey().KeyOctets()), nil
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func padded(n []byte) []byte {
	out := make([]byte, 32)
	copy(out[32-min(len(n), 32):], n)
	return out
}

// maxLife is how long a token may count (RFC 8292, 2).
const maxLife = 24 * time.Hour

// CheckToken judges the header of a sender as a push service does and returns the sender's key,
// a point in base64url.
func CheckToken(header, audience string, now time.Time) (key string, err error) {
	values, ok := strings.CutPrefix(header, "vapid ")
	if !ok || len(header) > 4096 {
		return "", ErrToken
	}
	var token string
	for part := range strings.SplitSeq(values, ",") {
		switch name, value, _ := strings.Cut(strings.TrimSpace(part), "="); name {
		case "t":
			token = value
		case "k":
			key = value
		}
	}
	parts := strings.Split(token, ".")
	point, err := decode(key)
	if err != nil || len(parts) != 3 || len(point) != pointSize {
		return "", ErrToken
	}
	public, err := alg.ParsePublicKey(der.Sequence(
		der.Sequence(der.ObjectID("1.2.840.10045.2.1"), der.ObjectID("1.2.840.10045.3.1.7")), der.BitString(point))) // RFC 5480, 2.1.1
	if err != nil {
		return "", ErrToken
	}
	var head struct{ Alg string }
	var claims struct {
		Aud string
		Exp int64
	}
	if !member(parts[0], &head) || !member(parts[1], &claims) || head.Alg != "ES256" || claims.Aud != audience {
		return "", ErrToken
	}
	if end := time.Unix(claims.Exp, 0); !now.Before(end) || end.Sub(now) > maxLife {
		return "", ErrToken
	}
	both, err := decode(parts[2])
	if err != nil || len(both) != 64 {
		return "", ErrToken
	}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	signature := der.Sequence(der.Unsigned(both[:32]), der.Unsigned(both[32:]))
	if public.Verify(alg.P256.Algorithm(), alg.SHA256, digest[:], signature) != nil {
		return "", ErrToken
	}
	return key, nil
}

func member(part string, into any) bool {
	b, err := decode(part)
	return err == nil && json.Unmarshal(b, into) == nil
}
