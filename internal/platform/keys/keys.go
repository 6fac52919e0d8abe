// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package keys seals secrets at rest: signing keys of the authority, one-time
// codes in notices, columns with personal data. The key-encryption key comes
// from a file that is made at the first start or from the environment; whoever
// has the database alone reads nothing.
//
// A sealed value is version (1 byte) ‖ key id (4 bytes) ‖ nonce (24 bytes) ‖
// XChaCha20-Poly1305 ciphertext and tag. The nonce is random and long enough to be so
// for any number of values. Version, key id and the caller's associated data are
// authenticated: name the place the value belongs to ("ca_key/issuing"), so that
// nobody can move a value from one row to another.
//
// It leaves out PKCS#11 and the keys of holders (package custody).
package keys

import (
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

const (
	version    = 1
	headerSize = 1 + 4
	keySize    = chacha20poly1305.KeySize
	nonceSize  = chacha20poly1305.NonceSizeX
	// Overhead is how many bytes a sealed value is longer than its plaintext.
	Overhead = headerSize + nonceSize + chacha20poly1305.Overhead
)

// Errors of [Ring.Open].
var (
	ErrMalformed  = errors.New("keys: not a sealed value")
	ErrUnknownKey = errors.New("keys: sealed with a key that is not in the ring")
	ErrForged     = errors.New("keys: sealed value or its place was changed")
)

// Ring holds the key-encryption keys: the first seals, all of them open. It is safe
// for concurrent use until Close.
type Ring struct {
	current uint32
	keys    map[uint32][]byte
}

// Load reads the ring: from text when it is not empty (the value of an environment
// variable), else from the file, which is made (0600) with a new key when it is absent.
// Both hold one key a line, 32 bytes in base64, the sealing one first; empty lines
// and lines that begin with # do not count.
func Load(file, text string) (*Ring, error) {
	if text != "" {
		return parse(text)
	}
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		if err := writeFile(file, newKeyLine(), false); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("make key-encryption key: %w", err)
		}
		info, err = os.Stat(file)
	}
	if err != nil {
		return nil, fmt.Errorf("read key-encryption key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("read key-encryption key: %s can be read by others (mode %v), want 0600", file, info.Mode().Perm())
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read key-encryption key: %w", err)
	}
	defer Zero(b)
	return parse(string(b))
}

// Rotate puts a new key on top of the file. Values sealed before still open; see
// [Ring.Stale].
func Rotate(file string) error {
	old, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("rotate key-encryption key: %w", err)
	}
	defer Zero(old)
	if err := writeFile(file, newKeyLine()+string(old), true); err != nil {
		return fmt.Errorf("rotate key-encryption key: %w", err)
	}
	return nil
}

func newKeyLine() string {
	key := make([]byte, keySize)
	rand.Read(key) // never returns an error
	defer Zero(key)
	return base64.StdEncoding.EncodeToString(key) + "\n"
}

// writeFile writes durably: a crash leaves the old file or the new one. Losing this file
// loses every sealed value.
func writeFile(file, text string, replace bool) error {
	tmp, err := os.CreateTemp(filepath.Dir(file), ".kek-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(text)
	if err == nil {
		err = tmp.Sync()
	}
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	if replace {
		err = os.Rename(tmp.Name(), file)
	} else {
		err = os.Link(tmp.Name(), file) // fails if another process was first
	}
	if err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

func parse(text string) (*Ring, error) {
	r := &Ring{keys: map[uint32][]byte{}}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(key) != keySize {
			return nil, errors.New("read key-encryption key: a line is not 32 bytes in base64")
		}
		id := keyID(key)
		if len(r.keys) == 0 {
			r.current = id
		}
		r.keys[id] = key
	}
	if len(r.keys) == 0 {
		return nil, errors.New("read key-encryption key: no key")
	}
	return r, nil
}

// keyID names a key without telling anything about it.
func keyID(key []byte) uint32 {
	h := sha256.New()
	h.Write([]byte("podpis key-encryption key id\x00"))
	h.Write(key)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// Seal encrypts plaintext for the place that aad names.
func (r *Ring) Seal(plaintext, aad []byte) []byte {
	out := make([]byte, headerSize+nonceSize, len(plaintext)+Overhead)
	out[0] = version
	binary.BigEndian.PutUint32(out[1:], r.current)
	rand.Read(out[headerSize:]) // never returns an error
	return newAEAD(r.keys[r.current]).Seal(out, out[headerSize:], plaintext, join(out[:headerSize], aad))
}

// Open decrypts what Seal made for the same place. The caller zeroes the result.
func (r *Ring) Open(sealed, aad []byte) ([]byte, error) {
	if len(sealed) < Overhead || sealed[0] != version {
		return nil, ErrMalformed
	}
	key, ok := r.keys[binary.BigEndian.Uint32(sealed[1:])]
	if !ok {
		return nil, ErrUnknownKey
	}
	nonce, box := sealed[headerSize:headerSize+nonceSize], sealed[headerSize+nonceSize:]
	plaintext, err := newAEAD(key).Open(nil, nonce, box, join(sealed[:headerSize], aad))
	if err != nil {
		return nil, ErrForged
	}
	return plaintext, nil
}

// SealJSON is Seal of a value as JSON. place is the associated data.
func (r *Ring) SealJSON(value any, place []byte) ([]byte, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", place, err)
	}
	defer Zero(plain)
	return r.Seal(plain, place), nil
}

// OpenJSON is the inverse of SealJSON.
func (r *Ring) OpenJSON(sealed, place []byte, value any) error {
	plain, err := r.Open(sealed, place)
	if err != nil {
		return fmt.Errorf("open %s: %w", place, err)
	}
	defer Zero(plain)
	if err := json.Unmarshal(plain, value); err != nil {
		return fmt.Errorf("decode %s: %w", place, err)
	}
	return nil
}

// Stale reports whether the value was sealed with a key that no longer seals, and is to
// be opened and sealed again.
func (r *Ring) Stale(sealed []byte) bool {
	return len(sealed) >= headerSize && binary.BigEndian.Uint32(sealed[1:]) != r.current
}

// Close zeroes the keys; the ring is of no use after it.
func (r *Ring) Close() {
	for id, k := range r.keys {
		Zero(k)
		delete(r.keys, id)
	}
}

// Zero overwrites a secret.
func Zero(b []byte) { clear(b) }

func newAEAD(key []byte) cipher.AEAD {
	a, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic(err) // the length was checked when the key was read, or the ring is closed
	}
	return a
}

func join(header, aad []byte) []byte {
	return append(append(make([]byte, 0, len(header)+len(aad)), header...), aad...)
}
