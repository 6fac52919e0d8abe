// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"bytes"
	"crypto/cipher"
	"math/rand/v2"
	"testing"
)

// AEAD checks authenticated encryption. The nonces have a clear top bit, as MGM wants. Beyond crypto/cipher, Open must
// answer a nonce of a wrong length with an error, since nonces come from messages.
func AEAD(t *testing.T, a cipher.AEAD) {
	t.Helper()
	t.Run("round trip", func(t *testing.T) { aeadRoundTrip(t, a) })
	t.Run("memory", func(t *testing.T) { aeadMemory(t, a) })
	t.Run("every bit", func(t *testing.T) { aeadEveryBit(t, a) })
	t.Run("sizes", func(t *testing.T) { aeadSizes(t, a) })
}

func aeadNonce(r *rand.ChaCha8, a cipher.AEAD) []byte {
	nonce := random(r, a.NonceSize())
	nonce[0] &= 0x7f
	return nonce
}

// aeadLengths are those of a message and its associated data. Both empty is left to the standard of the mode.
func aeadLengths(do func(message, data int)) {
	for _, message := range []int{0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100, 511, 512, 513, 1025, 5000} {
		for _, data := range []int{0, 1, 8, 15, 16, 17, 600} {
			if message+data > 0 {
				do(message, data)
			}
		}
	}
}

func aeadRoundTrip(t *testing.T, a cipher.AEAD) {
	r := source()
	aeadLengths(func(m, d int) {
		nonce, message, data := aeadNonce(r, a), random(r, m), random(r, d)
		copies := [][]byte{bytes.Clone(nonce), bytes.Clone(message), bytes.Clone(data)}
		sealed := a.Seal(nil, nonce, message, data)
		if len(sealed) != m+a.Overhead() {
			t.Fatalf("%d bytes are sealed to %d", m, len(sealed))
		}
		if m >= 8 && bytes.Equal(sealed[:m], message) {
			t.Fatal("the message is not encrypted")
		}
		if again := a.Seal(nil, nonce, message, data); !bytes.Equal(again, sealed) {
			t.Fatal("sealing twice gives two results: there is a state")
		}
		before := bytes.Clone(sealed)
		opened, err := a.Open(nil, nonce, sealed, data)
		if err != nil || !bytes.Equal(opened, message) {
			t.Fatalf("message of %d bytes with data of %d does not open: %v", m, d, err)
		}
		if !bytes.Equal(sealed, before) || !bytes.Equal(nonce, copies[0]) || !bytes.Equal(message, copies[1]) || !bytes.Equal(data, copies[2]) {
			t.Fatal("an argument was changed")
		}
	})
}

// aeadMemory checks destinations: behind other bytes, in place, without room; and that no plaintext is left on failure.
func aeadMemory(t *testing.T, a cipher.AEAD) {
	r := source()
	aeadLengths(func(m, d int) {
		nonce, message, data := aeadNonce(r, a), random(r, m), random(r, d)
		sealed := a.Seal(nil, nonce, message, data)
		prefix := random(r, 11)

		room, intact := guarded(r, len(prefix)+len(sealed))
		copy(room, prefix)
		if got := a.Seal(room[:len(prefix)], nonce, message, data); !bytes.Equal(got, append(bytes.Clone(prefix), sealed...)) || &got[0] != &room[0] {
			t.Fatal("Seal does not append")
		}
		intact(t, "Seal")
		room, intact = guarded(r, len(prefix)+m)
		copy(room, prefix)
		got, err := a.Open(room[:len(prefix)], nonce, sealed, data)
		if err != nil || !bytes.Equal(got, append(bytes.Clone(prefix), message...)) || &got[0] != &room[0] {
			t.Fatalf("Open does not append: %v", err)
		}
		intact(t, "Open")
		if got := a.Seal(prefix[:len(prefix):len(prefix)], nonce, message, data); !bytes.Equal(got[len(prefix):], sealed) {
			t.Fatal("Seal behind a slice without room differs")
		}

		place := append(make([]byte, 0, len(sealed)), message...)
		if got := a.Seal(place[:0], nonce, place, data); !bytes.Equal(got, sealed) {
			t.Fatal("Seal in place differs")
		}
		place = bytes.Clone(sealed)
		if got, err := a.Open(place[:0], nonce, place, data); err != nil || !bytes.Equal(got, message) {
			t.Fatalf("Open in place differs: %v", err)
		}
		aeadLeavesNothing(t, r, a, nonce, sealed, data, message)
	})
}

func aeadLeavesNothing(t *testing.T, r *rand.ChaCha8, a cipher.AEAD, nonce, sealed, data, message []byte) {
	t.Helper()
	if len(message) < 8 {
		return // could be there by chance
	}
	broken := bytes.Clone(sealed)
	broken[len(broken)-1] ^= 1
	room, intact := guarded(r, len(message))
	got, err := a.Open(room[:0], nonce, broken, data)
	if err == nil || got != nil {
		t.Fatalf("a broken message opens to %d bytes: %v", len(got), err)
	}
	if bytes.Contains(room, message[:8]) {
		t.Fatal("the destination holds plaintext that was refused")
	}
	intact(t, "Open")
	if got, err := a.Open(broken[:0], nonce, broken, data); err == nil || got != nil || bytes.Contains(broken, message[:8]) {
		t.Fatalf("a broken message opens in place: %v", err)
	}
}

// aeadEveryBit flips each bit of what is authenticated, and cuts and lengthens it.
func aeadEveryBit(t *testing.T, a cipher.AEAD) {
	r := source()
	for _, lengths := range [][2]int{{0, 5}, {5, 0}, {16, 16}, {40, 23}, {70, 40}} {
		nonce, message, data := aeadNonce(r, a), random(r, lengths[0]), random(r, lengths[1])
		sealed := a.Seal(nil, nonce, message, data)
		refused := func(what string, nonce, sealed, data []byte) {
			t.Helper()
			if got, err := a.Open(nil, nonce, sealed, data); err == nil || got != nil {
				t.Errorf("%s changed: opens to %x, %v", what, got, err)
			}
		}
		for name, b := range map[string][]byte{"message or tag": sealed, "data": data, "nonce": nonce} {
			for i := range 8 * len(b) {
				b[i/8] ^= 1 << (i % 8)
				refused(name, nonce, sealed, data)
				b[i/8] ^= 1 << (i % 8)
			}
		}
		for n := range len(sealed) {
			refused("length", nonce, sealed[:n], data)
			refused("beginning", nonce, sealed[n+1:], data)
		}
		refused("end", nonce, append(bytes.Clone(sealed), 0), data)
		refused("end of the data", nonce, sealed, append(bytes.Clone(data), 0))
		if len(data) > 0 {
			refused("length of the data", nonce, sealed, data[:len(data)-1])
			refused("border of data and message", nonce, append(data[len(data)-1:len(data):len(data)], sealed...), data[:len(data)-1])
		}
		if _, err := a.Open(nil, nonce, sealed, data); err != nil {
			t.Errorf("the right message does not open: %v", err)
		}
	}
}

func aeadSizes(t *testing.T, a cipher.AEAD) {
	if a.NonceSize() <= 0 || a.Overhead() <= 0 {
		t.Fatalf("nonce of %d bytes, overhead of %d", a.NonceSize(), a.Overhead())
	}
	message, data := make([]byte, 20), make([]byte, 3)
	sealed := a.Seal(nil, make([]byte, a.NonceSize()), message, data)
	for n := range 2*a.NonceSize() + 1 {
		if n == a.NonceSize() {
			continue
		}
		if !panics(func() { a.Seal(nil, make([]byte, n), message, data) }) {
			t.Errorf("Seal takes a nonce of %d bytes", n)
		}
		if _, err := a.Open(nil, make([]byte, n), sealed, data); err == nil {
			t.Errorf("Open takes a nonce of %d bytes", n)
		}
	}
}
