// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package gost94_test

import (
	"encoding/hex"
	"encoding/json"
	"hash"
	"os"
	"testing"

	"podpis/gost/internal/contract"
	"podpis/gost/old/gost28147"
	"podpis/gost/old/gost94"
)

func sum(box gost28147.Box, message []byte) string {
	h := gost94.New(box)
	h.Write(message)
	return hex.EncodeToString(h.Sum(nil))
}

// The two long ones are the examples of RFC 5831, 7.3, printed there with the last byte first.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ message, want string }{
		{"This is message, length=32 bytes", "b1c466d37519b82e8319819ff32595e047a28cb6f83eff1c6916a815a637fffa"},
		{"Suppose the original message has length = 50 bytes", "471aba57a60a770d3a76130635c1fbea4ef14de51f78b4ae57dd893b62f55208"},
		{"message digest", "ad4434ecb18f2c99b60cbe59ec3d2469582b65273f48de72db2fde16a4889a4d"},
	} {
		if got := sum(gost28147.HashTest(), []byte(c.message)); got != c.want {
			t.Errorf("%q: %s, want %s", c.message, got, c.want)
		}
	}
}

// vector is one computation of OpenSSL's GOST engine; see testdata/README.
type vector struct{ Data, Result string }

func TestVectors(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/engine.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []vector
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) < 100 {
		t.Fatalf("%d vectors", len(list))
	}
	for _, v := range list {
		data, err := hex.DecodeString(v.Data)
		if err != nil {
			t.Fatal(err)
		}
		if got := sum(gost28147.HashCryptoPro(), data); got != v.Result {
			t.Errorf("%d bytes: %s, want %s", len(data), got, v.Result)
		}
	}
}

func TestContract(t *testing.T) {
	t.Parallel()
	contract.Hash(t, func() hash.Hash { return gost94.New(gost28147.HashCryptoPro()) })
}

func TestNoBox(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("hashed without S-boxes")
		}
	}()
	sum(gost28147.Box{}, nil)
}

func BenchmarkHash(b *testing.B) {
	message := make([]byte, 64<<10)
	b.SetBytes(int64(len(message)))
	h := gost94.New(gost28147.HashCryptoPro())
	for b.Loop() {
		h.Write(message)
	}
}
