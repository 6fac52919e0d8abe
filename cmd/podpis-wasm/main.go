// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build js && wasm

// Command podpis-wasm is the signing module of the browser: hashing, keys of GOST
// R 34.10-2012, PKCS #12 and CAdES, called by the worker of the site.
//
// It exports one object, `podpis`, with functions that take and return octets
// (Uint8Array) and text. A failure is an object with the member `error`, a short
// code; the words are the page's. Keys live in this module under a number and
// are never handed out open. What the module holds ends with the worker.
package main

import (
	"syscall/js"
	"time"

	"podpis/cmd/browser"
	"podpis/pki/alg"
	"podpis/pki/pkcs12"
	"podpis/pki/x509"
	"podpis/sign"
)

func main() {
	m := &module{hashes: map[int]hashing{}, keys: map[int]*alg.PrivateKey{}, random: newRandom()}
	browser.Serve(map[string]func(args []js.Value) any{
		"mix":        m.mix,
		"hashStart":  m.hashStart,
		"hashWrite":  m.hashWrite,
		"hashSum":    m.hashSum,
		"generate":   m.generate,
		"seal":       m.seal,
		"open":       m.open,
		"forget":     m.forget,
		"signDigest": m.signDigest,
		"signOctets": m.signOctets,
	})
}

// module is what the exported functions share.
type module struct {
	hashes map[int]hashing
	keys   map[int]*alg.PrivateKey
	next   int
	random *random
}

type hashing struct {
	alg.Hash
	sum interface {
		Write(p []byte) (int, error)
		Sum(b []byte) []byte
	}
}

func (m *module) id() int {
	m.next++
	return m.next
}

// mix adds octets of movements and keys pressed to the generator:
// mix(Uint8Array).
func (m *module) mix(args []js.Value) any {
	m.random.mix(browser.Octets(args[0]))
	return nil
}

// hashStart begins a digest: hashStart(name) → number.
func (m *module) hashStart(args []js.Value) any {
	h, ok := alg.HashByName(args[0].String())
	if !ok {
		return browser.Failure("unsupported")
	}
	id := m.id()
	m.hashes[id] = hashing{h, h.New()}
	return id
}

// hashWrite adds octets: hashWrite(number, Uint8Array).
func (m *module) hashWrite(args []js.Value) any {
	h, ok := m.hashes[args[0].Int()]
	if !ok {
		return browser.Failure("internal")
	}
	h.sum.Write(browser.Octets(args[1]))
	return nil
}

// hashSum ends a digest: hashSum(number) → Uint8Array.
func (m *module) hashSum(args []js.Value) any {
	id := args[0].Int()
	h, ok := m.hashes[id]
	if !ok {
		return browser.Failure("internal")
	}
	delete(m.hashes, id)
	return browser.Array(h.sum.Sum(nil))
}

// tryDays is how long the self-signed certificate of a fresh key is valid.
const tryDays = 90

// generate makes a key, a request for it and a certificate it signs itself:
// generate(kind, common name) → {key, request, certificate}. The self-signed
// certificate lets a key be kept in a container before the authority's comes,
// and is the whole certificate of a key for trying.
func (m *module) generate(args []js.Value) any {
	kind, ok := alg.KindByName(args[0].String())
	if !ok {
		return browser.Failure("unsupported")
	}
	key, err := alg.Generate(kind, m.random)
	if err != nil {
		return browser.Failure("internal")
	}
	name, err := x509.NewName(x509.Attribute{OID: x509.OIDCommonName, Value: args[1].String()})
	if err != nil {
		return browser.Failure("name")
	}
	request, err := x509.CreateRequest(m.random, key, name, nil)
	if err != nil {
		return browser.Failure("internal")
	}
	certificate, err := m.selfSigned(key, name)
	if err != nil {
		return browser.Failure("internal")
	}
	id := m.id()
	m.keys[id] = key
	return map[string]any{"key": id, "request": browser.Array(request), "certificate": browser.Array(certificate)}
}

func (m *module) selfSigned(key *alg.PrivateKey, name x509.Name) ([]byte, error) {
	serial := make([]byte, 16)
	if _, err := m.random.Read(serial); err != nil {
		return nil, err
	}
	serial[0] &= 0x7f
	now := time.Now().UTC().Truncate(time.Second)
	return x509.CreateCertificate(m.random, &x509.Template{
		Serial: x509.NewSerial(serial), Issuer: name, Subject: name,
		NotBefore: now.Add(-time.Minute), NotAfter: now.AddDate(0, 0, tryDays),
		KeyUsage: x509.DigitalSignature | x509.NonRepudiation, SubjectKeyID: x509.KeyID(key.PublicKey()),
	}, key.PublicKey().SPKI(), key)
}

// seal puts a key with its certificates into a container under a password:
// seal(key, password, name, [certificate, …]) → Uint8Array (PKCS #12).
func (m *module) seal(args []js.Value) any {
	key, ok := m.keys[args[0].Int()]
	if !ok {
		return browser.Failure("internal")
	}
	certificates, err := certificatesOf(args[3])
	if err != nil || len(certificates) == 0 {
		return browser.Failure("certificate")
	}
	password := []byte(args[1].String())
	defer clear(password)
	file, err := pkcs12.Encode(m.random, &pkcs12.Contents{Key: key, Certificates: certificates, FriendlyName: args[2].String()}, password, pkcs12.Options{})
	if err != nil {
		return browser.Failure(codeOf(err))
	}
	return browser.Array(file)
}

// open opens a container: open(Uint8Array, password) → {key, certificates,
// subject, serial, until}.
func (m *module) open(args []js.Value) any {
	password := []byte(args[1].String())
	defer clear(password)
	c, err := pkcs12.Decode(browser.Octets(args[0]), password)
	if err != nil {
		return browser.Failure(codeOf(err))
	}
	id := m.id()
	m.keys[id] = c.Key
	list := make([]any, 0, len(c.Certificates))
	for _, cert := range c.Certificates {
		list = append(list, browser.Array(cert.Raw))
	}
	out := map[string]any{"key": id, "certificates": list}
	if cert := c.Certificate(); cert != nil {
		out["subject"], out["serial"] = cert.Subject.DisplayName(), cert.Serial.Hex()
		out["until"] = cert.NotAfter.UnixMilli()
	}
	return out
}

// forget wipes a key: forget(key).
func (m *module) forget(args []js.Value) any {
	if key, ok := m.keys[args[0].Int()]; ok {
		key.Zero()
		delete(m.keys, args[0].Int())
	}
	return nil
}

// signDigest makes a detached CAdES-B over a document's digest: signDigest(key,
// digest, [certificate, …]) → Uint8Array. The signature is verified before it
// is handed out.
func (m *module) signDigest(args []js.Value) any {
	key, ok := m.keys[args[0].Int()]
	if !ok {
		return browser.Failure("internal")
	}
	certificates, err := certificatesOf(args[2])
	if err != nil || len(certificates) == 0 {
		return browser.Failure("certificate")
	}
	s, err := sign.WithDigest(nil, m.random, browser.Octets(args[1]), key, sign.Options{
		Certificate: certificates[0], Chain: certificates[1:], Time: time.Now(),
	})
	if err != nil {
		return browser.Failure(codeOf(err))
	}
	return browser.Array(s.Detached())
}

// signOctets signs octets as they are: signOctets(key, Uint8Array) → Uint8Array,
// the bare value.
func (m *module) signOctets(args []js.Value) any {
	key, ok := m.keys[args[0].Int()]
	if !ok {
		return browser.Failure("internal")
	}
	h := key.Kind().Hash()
	value, err := key.SignDigest(m.random, h, h.Sum(browser.Octets(args[1])))
	if err != nil {
		return browser.Failure("internal")
	}
	return browser.Array(value)
}
