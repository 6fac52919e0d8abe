// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package bank

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"podpis/pki/alg"
	"podpis/pki/der"
)

// signer is the bank's key as go-jose uses keys it does not hold.
type signer struct {
	key    *alg.PrivateKey
	public jose.JSONWebKey
}

func newSigner() (*signer, error) {
	key, err := alg.Generate(alg.RSA, rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make key: %w", err)
	}
	// RSAPublicKey (RFC 8017, A.1.1) as a JSON Web Key (RFC 7518, 6.3.1).
	r := der.NewReader(key.PublicKey().KeyOctets())
	seq := r.Sequence()
	n, e := seq.Unsigned(), seq.Unsigned()
	seq.End()
	if err := r.Close(); err != nil {
		return nil, fmt.Errorf("read own key: %w", err)
	}
	b64 := func(b []byte) string {
		return base64.RawURLEncoding.EncodeToString([]byte(strings.TrimLeft(string(b), "\x00")))
	}
	text, err := json.Marshal(map[string]string{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": random()[:8], "n": b64(n), "e": b64(e)})
	if err != nil {
		return nil, fmt.Errorf("encode own key: %w", err)
	}
	s := &signer{key: key}
	return s, s.public.UnmarshalJSON(text)
}

// Public is the key for the set of keys.
func (s *signer) Public() *jose.JSONWebKey { return &s.public }

// Algs are what it signs by.
func (s *signer) Algs() []jose.SignatureAlgorithm { return []jose.SignatureAlgorithm{jose.RS256} }

// SignPayload signs.
func (s *signer) SignPayload(payload []byte, _ jose.SignatureAlgorithm) ([]byte, error) {
	return s.key.SignDigest(rand.Reader, alg.SHA256, alg.SHA256.Sum(payload))
}

// sign makes an identity token.
func (s *Server) sign(claims map[string]any, failure Failure) (string, error) {
	body, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("encode claims: %w", err)
	}
	if failure == AlgNone {
		e := base64.RawURLEncoding
		return e.EncodeToString([]byte(`{"alg":"none"}`)) + "." + e.EncodeToString(body) + ".", nil
	}
	key, err := s.key()
	if err == nil && failure == AlgHS256 {
		return macByPublicKey(key, body)
	}
	if err == nil && failure == Stranger {
		kid := key.public.KeyID
		if key, err = newSigner(); err == nil {
			key.public.KeyID = kid
		}
	}
	if err != nil {
		return "", err
	}
	by, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, nil)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	signed, err := by.Sign(body)
	if err != nil {
		return "", fmt.Errorf("sign token: %w", err)
	}
	return signed.CompactSerialize()
}

// macByPublicKey makes a token for verifiers that let the token choose the algorithm: the public key, which
// all know, is the key of the MAC (RFC 8725, 2.1).
func macByPublicKey(key *signer, body []byte) (string, error) {
	public, err := key.public.MarshalJSON()
	if err != nil {
		return "", fmt.Errorf("encode key: %w", err)
	}
	e := base64.RawURLEncoding
	text := e.EncodeToString([]byte(`{"alg":"HS256","kid":"`+key.public.KeyID+`"}`)) + "." + e.EncodeToString(body)
	mac := hmac.New(sha256.New, public)
	mac.Write([]byte(text))
	return text + "." + e.EncodeToString(mac.Sum(nil)), nil
}
