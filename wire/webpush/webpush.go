// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package webpush is what Web Push needs of cryptography: the message that only the browser
// opens (RFC 8291, over the coding aes128gcm of RFC 8188), and the token by which a push
// service knows who sends (VAPID, RFC 8292). It knows the subscription of a browser as
// scripts give it (W3C Push API, PushSubscription.toJSON).
//
// Left out: sending (RFC 8030), records beyond the first of a message, and every other
// content coding.
package webpush

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
)

const (
	saltSize  = 16
	authSize  = 16
	pointSize = 65 // an uncompressed point of P-256 (RFC 8291, 3.1)
	// recordSize is that of the one record: push services take 4096 octets (RFC 8030, 7.2).
	recordSize = 4096
	headerSize = saltSize + 4 + 1 + pointSize
	tagSize    = 16
	// MaxPlain is how long a message may be, in octets (RFC 8291, 4).
	MaxPlain = recordSize - headerSize - tagSize - 1
	// maxEndpoint bounds the address of a subscription.
	maxEndpoint = 1000
)

// Errors of this package.
var (
	ErrSubscription = errors.New("webpush: not a subscription")
	ErrMessage      = errors.New("webpush: not a message for this subscription")
	ErrToken        = errors.New("webpush: not a token for this service")
	ErrLong         = errors.New("webpush: the message is too long")
)

// Subscription is where a browser takes messages, and what they are encrypted for.
type Subscription struct {
	Endpoint string `json:"endpoint"`
	Keys     Keys   `json:"keys"`
}

// Keys are those of a subscription, in base64url as browsers write them.
type Keys struct {
	P256DH string `json:"p256dh"` // the browser's point
	Auth   string `json:"auth"`   // the secret shared with the browser, 16 octets
}

// ParseSubscription reads a subscription: an https address, a point of P-256 and a secret.
// Whether the address may be called is not judged here.
func ParseSubscription(body []byte) (Subscription, error) {
	var s Subscription
	if err := json.Unmarshal(body, &s); err != nil {
		return Subscription{}, ErrSubscription
	}
	if _, _, err := s.open(); err != nil {
		return Subscription{}, err
	}
	u, err := url.Parse(s.Endpoint)
	if err != nil || len(s.Endpoint) > maxEndpoint || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return Subscription{}, ErrSubscription
	}
	return s, nil
}

func (s Subscription) open() (*ecdh.PublicKey, []byte, error) {
	point, err1 := decode(s.Keys.P256DH)
	auth, err2 := decode(s.Keys.Auth)
	key, err3 := ecdh.P256().NewPublicKey(point) // checks that the point is on the curve
	if errors.Join(err1, err2, err3) != nil || len(auth) != authSize {
		return nil, nil, ErrSubscription
	}
	return key, auth, nil
}

// decode takes base64url with and without padding: browsers have written both.
func decode(text string) ([]byte, error) {
	if len(text) > maxEndpoint {
		return nil, ErrSubscription
	}
	return base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
}

// Encrypt makes the body of a message.
func Encrypt(rand io.Reader, s Subscription, plain []byte) ([]byte, error) {
	own, err := ecdh.P256().GenerateKey(rand)
	if err != nil {
		return nil, err
	}
	salt := make([]byte, saltSize)
	if _, err := io.ReadFull(rand, salt); err != nil {
		return nil, err
	}
	return encrypt(s, plain, own, salt)
}

func encrypt(s Subscription, plain []byte, own *ecdh.PrivateKey, salt []byte) ([]byte, error) {
	if len(plain) > MaxPlain {
		return nil, ErrLong
	}
	theirs, auth, err := s.open()
	if err != nil {
		return nil, err
	}
	shared, err := own.ECDH(theirs)
	if err != nil {
		return nil, ErrSubscription
	}
	seal, nonce, err := derive(shared, auth, salt, theirs, own.PublicKey())
	if err != nil {
		return nil, err
	}
	// The header of the coding: salt, record size, key id, which is our point (RFC 8188, 2.1; RFC 8291, 4).
	out := binary.BigEndian.AppendUint32(slices.Clone(salt), recordSize)
	out = append(append(out, pointSize), own.PublicKey().Bytes()...)
	// The delimiter 2 ends the last record (RFC 8188, 2).
	return seal.Seal(out, nonce, append(slices.Clone(plain), 2), nil), nil
}

// derive makes the key and the nonce of a message (RFC 8291, 3.4).
func derive(shared, auth, salt []byte, receiver, sender *ecdh.PublicKey) (cipher.AEAD, []byte, error) {
	info := "WebPush: info\x00" + string(receiver.Bytes()) + string(sender.Bytes())
	ikm, err1 := hkdf.Key(sha256.New, shared, auth, info, sha256.Size)
	key, err2 := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	nonce, err3 := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, err
	}
	aead, err := cipher.NewGCM(block)
	return aead, nonce, err
}

// Decrypt opens a message as the browser does, with its key and its secret.
func Decrypt(key *ecdh.PrivateKey, auth, body []byte) ([]byte, error) {
	if len(body) < headerSize+tagSize+1 || len(body) > recordSize || body[saltSize+4] != pointSize || binary.BigEndian.Uint32(body[saltSize:]) < uint32(len(body)-headerSize) {
		return nil, ErrMessage
	}
	sender, err := ecdh.P256().NewPublicKey(body[headerSize-pointSize : headerSize])
	if err != nil {
		return nil, ErrMessage
	}
	shared, err := key.ECDH(sender)
	if err != nil {
		return nil, ErrMessage
	}
	open, nonce, err := derive(shared, auth, body[:saltSize], key.PublicKey(), sender)
	if err != nil {
		return nil, err
	}
	plain, err := open.Open(nil, nonce, body[headerSize:], nil)
	if err != nil {
		return nil, ErrMessage
	}
	for i := len(plain) - 1; i >= 0; i-- { // padding of zeros after the delimiter
		switch plain[i] {
		case 0:
		case 2:
			return plain[:i], nil
		default:
			return nil, ErrMessage
		}
	}
	return nil, ErrMessage
}
