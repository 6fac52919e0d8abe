// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package factor_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/url"
	"testing"
)

// authenticator is a device with one passkey and the browser in front of it (WebAuthn
// Level 3, 6), which tests can tell to misbehave.
type authenticator struct {
	transports   []string // as the browser tells them
	t            *testing.T
	key          *ecdsa.PrivateKey
	id, user     []byte
	origin, site string
	ceremony     string
	flags        byte
	count        uint32
}

// Flags of the authenticator data (WebAuthn, 6.1).
const (
	flagPresent  = 1 << 0
	flagVerified = 1 << 2
	flagAttested = 1 << 6
)

func newAuthenticator(t *testing.T, origin string) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	u, err := url.Parse(origin)
	must(t, err)
	id := make([]byte, 16)
	rand.Read(id)
	return &authenticator{t: t, key: key, id: id, origin: origin, site: u.Hostname(), flags: flagPresent | flagVerified}
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// client is the clientDataJSON (WebAuthn, 5.8.1).
func (a *authenticator) client(kind string, challenge []byte) []byte {
	a.t.Helper()
	text, err := json.Marshal(map[string]any{"type": kind, "challenge": b64(challenge), "origin": a.origin, "crossOrigin": false})
	must(a.t, err)
	return text
}

// data is the authenticator data (WebAuthn, 6.1).
func (a *authenticator) data(flags byte) []byte {
	site := sha256.Sum256([]byte(a.site))
	return binary.BigEndian.AppendUint32(append(site[:], flags), a.count)
}

// make answers a question for a new passkey, without attestation.
func (a *authenticator) make(challenge, user []byte) []byte {
	a.t.Helper()
	a.user = user
	public, err := a.key.PublicKey.Bytes() // 04 ‖ x ‖ y
	must(a.t, err)
	data := append(a.data(a.flags|flagAttested), make([]byte, 16)...) // AAGUID
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id)))
	data = append(data, a.id...)
	// COSE_Key: kty EC2, alg ES256, crv P-256, x, y.
	data = append(data, 0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20)
	data = append(data, public[1:33]...)
	data = append(data, 0x22, 0x58, 0x20)
	data = append(data, public[33:]...)
	// {"fmt": "none", "attStmt": {}, "authData": data}
	object := append([]byte{0xa3}, "\x63fmt\x64none\x67attStmt\xa0\x68authData\x59"...)
	object = append(binary.BigEndian.AppendUint16(object, uint16(len(data))), data...)
	return a.answer(map[string]any{
		"clientDataJSON": b64(a.client("webauthn.create", challenge)), "attestationObject": b64(object), "transports": a.transports,
	})
}

// show answers a question for the passkey. change lets it misbehave this once.
func (a *authenticator) show(challenge []byte, change func(*authenticator)) []byte {
	a.t.Helper()
	a.count++
	b := *a
	b.ceremony = "webauthn.get"
	if change != nil {
		change(&b)
	}
	client, data := b.client(b.ceremony, challenge), b.data(b.flags)
	hash := sha256.Sum256(client)
	digest := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, b.key, digest[:])
	must(a.t, err)
	return b.answer(map[string]any{
		"clientDataJSON": b64(client), "authenticatorData": b64(data), "signature": b64(signature), "userHandle": b64(b.user),
	})
}

func (a *authenticator) answer(response map[string]any) []byte {
	a.t.Helper()
	text, err := json.Marshal(map[string]any{
		"id": b64(a.id), "rawId": b64(a.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{},
	})
	must(a.t, err)
	return text
}
