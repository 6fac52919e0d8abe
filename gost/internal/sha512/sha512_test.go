// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package sha512_test

import (
	"crypto/hmac"
	standard "crypto/sha512"
	"encoding/hex"
	"testing"

	"pgregory.net/rapid"

	"podpis/gost/internal/sha512"
)

// TestRFC4231 is test case 2 there.
func TestRFC4231(t *testing.T) {
	t.Parallel()
	const want = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
	got := sha512.HMAC([]byte("Jefe"), []byte("what do ya want "), []byte("for nothing?"))
	if hex.EncodeToString(got[:]) != want {
		t.Errorf("%x", got)
	}
}

func TestStandardLibrary(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 0, 128).Draw(t, "key")
		one := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "one")
		two := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "two")
		want := hmac.New(standard.New, key)
		want.Write(one)
		want.Write(two)
		if got := sha512.HMAC(key, one, two); !hmac.Equal(got[:], want.Sum(nil)) {
			t.Fatalf("%x", got)
		}
	})
}

// TestLengths goes through all lengths around the ends of blocks.
func TestLengths(t *testing.T) {
	t.Parallel()
	message := make([]byte, 300)
	for n := range message {
		message[n] = byte(n)
		want := hmac.New(standard.New, nil)
		want.Write(message[:n])
		if got := sha512.HMAC(nil, message[:n]); !hmac.Equal(got[:], want.Sum(nil)) {
			t.Errorf("%d bytes: %x", n, got)
		}
	}
}

func TestLongKey(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a long key does not panic")
		}
	}()
	sha512.HMAC(make([]byte, 129))
}
