// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"bytes"
	"crypto/cipher"
	"testing"
)

// streamLength is more than any batch of gamma and is no whole number of blocks.
const streamLength = 2500

// Stream checks a stream cipher. Each call of forward must return the same state; what backward returns undoes it (it
// is the same function where gamma is added).
func Stream(t *testing.T, forward, backward func() cipher.Stream) {
	t.Helper()
	r := source()
	message := random(r, streamLength)
	want := make([]byte, len(message))
	forward().XORKeyStream(want, message)
	t.Run("inverse", func(t *testing.T) {
		got := bytes.Clone(want)
		if backward().XORKeyStream(got, got); !bytes.Equal(got, message) {
			t.Error("the inverse does not return the message")
		}
		if bytes.Equal(want, message) {
			t.Error("nothing was done")
		}
	})
	t.Run("pieces", func(t *testing.T) {
		streamPieces(t, forward, message, want)
		streamPieces(t, backward, want, message)
	})
	t.Run("memory", func(t *testing.T) {
		streamMemory(t, forward, message, want)
		streamMemory(t, backward, want, message)
	})
}

func streamPieces(t *testing.T, newStream func() cipher.Stream, message, want []byte) {
	t.Helper()
	r := source()
	check := func(what any, parts []int) {
		t.Helper()
		s, got, at := newStream(), make([]byte, len(message)), 0
		for _, n := range parts {
			s.XORKeyStream(got[at:at+n], message[at:at+n])
			s.XORKeyStream(nil, nil)
			at += n
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("pieces of %v bytes differ from one call", what)
		}
	}
	for n := 1; n <= 140; n++ {
		var parts []int
		for left := len(message); left > 0; left -= n {
			parts = append(parts, min(n, left))
		}
		check(n, parts)
	}
	for range 30 {
		parts := pieces(r, len(message))
		check(parts, parts)
	}
	for n := range 600 { // a message of each length is the beginning of a longer one
		got := make([]byte, n)
		if newStream().XORKeyStream(got, message[:n]); !bytes.Equal(got, want[:n]) {
			t.Fatalf("%d bytes differ from the beginning of %d", n, len(message))
		}
	}
}

func streamMemory(t *testing.T, newStream func() cipher.Stream, message, want []byte) {
	t.Helper()
	r := source()
	for _, n := range []int{0, 1, 7, 8, 9, 15, 16, 17, 100, 511, 512, 513, streamLength} {
		src := bytes.Clone(message[:n])
		dst, intact := guarded(r, n)
		newStream().XORKeyStream(dst[:n+guard], src) // the destination may be longer
		if !bytes.Equal(dst, want[:n]) || !bytes.Equal(src, message[:n]) {
			t.Errorf("%d bytes into a longer slice differ, or the source was changed", n)
		}
		intact(t, "XORKeyStream")
		if newStream().XORKeyStream(src, src); !bytes.Equal(src, want[:n]) {
			t.Errorf("%d bytes in place differ", n)
		}
		if n > 0 && !panics(func() { newStream().XORKeyStream(make([]byte, n-1), src) }) {
			t.Errorf("a destination of %d bytes for %d is taken", n-1, n)
		}
	}
}

// BlockMode checks a mode of operation on whole blocks. Each call must return the same state.
func BlockMode(t *testing.T, encrypter, decrypter func() cipher.BlockMode) {
	t.Helper()
	n := encrypter().BlockSize()
	r := source()
	message := random(r, 150*n)
	want := make([]byte, len(message))
	encrypter().CryptBlocks(want, message)
	if m := decrypter().BlockSize(); n <= 0 || m != n {
		t.Fatalf("block sizes %d and %d", n, m)
	}
	t.Run("inverse", func(t *testing.T) {
		got := make([]byte, len(message))
		if decrypter().CryptBlocks(got, want); !bytes.Equal(got, message) {
			t.Error("decryption does not return the message")
		}
		if bytes.Equal(want, message) {
			t.Error("nothing was done")
		}
	})
	t.Run("encrypter", func(t *testing.T) { modePieces(t, n, encrypter, message, want) })
	t.Run("decrypter", func(t *testing.T) { modePieces(t, n, decrypter, want, message) })
}

func modePieces(t *testing.T, n int, newMode func() cipher.BlockMode, message, want []byte) {
	t.Helper()
	r := source()
	total := len(message) / n
	for count := 1; count <= total; count++ {
		m, got := newMode(), bytes.Clone(message)
		for at := 0; at < total; at += count { // in place
			part := got[at*n : min(at+count, total)*n]
			m.CryptBlocks(part, part)
			m.CryptBlocks(nil, nil)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("pieces of %d blocks in place differ from one call", count)
		}
		src := bytes.Clone(message[:count*n])
		dst, intact := guarded(r, count*n)
		newMode().CryptBlocks(dst[:count*n+guard], src)
		if !bytes.Equal(dst, want[:count*n]) || !bytes.Equal(src, message[:count*n]) {
			t.Fatalf("%d blocks into a longer slice differ, or the source was changed", count)
		}
		intact(t, "CryptBlocks")
	}
	for length := 1; length < 3*n; length++ {
		if length%n != 0 && !panics(func() { newMode().CryptBlocks(make([]byte, 4*n), make([]byte, length)) }) {
			t.Errorf("%d bytes are taken for whole blocks", length)
		}
	}
	if !panics(func() { newMode().CryptBlocks(make([]byte, n), make([]byte, 2*n)) }) {
		t.Error("a short destination is taken")
	}
}
