// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !js

package alg

import (
	"encoding/hex"
	"testing"
)

// RFC 2268, 5.
func TestRC2(t *testing.T) {
	t.Parallel()
	seen := map[byte]bool{}
	for _, b := range rc2Table() {
		seen[b] = true
	}
	if len(seen) != 256 {
		t.Errorf("the table has %d of 256 octets", len(seen))
	}
	for _, c := range []struct {
		effective              int
		key, plain, ciphertext string
	}{
		{63, "0000000000000000", "0000000000000000", "ebb773f993278eff"},
		{64, "ffffffffffffffff", "ffffffffffffffff", "278b27e42e2f0d49"},
		{64, "3000000000000000", "1000000000000001", "30649edf9be7d2c2"},
		{64, "88", "0000000000000000", "61a8a244adacccf0"},
		{64, "88bca90e90875a", "0000000000000000", "6ccf4308974c267f"},
		{64, "88bca90e90875a7f0f79c384627bafb2", "0000000000000000", "1a807d272bbe5db1"},
		{128, "88bca90e90875a7f0f79c384627bafb2", "0000000000000000", "2269552ab0f85ca6"},
		{129, "88bca90e90875a7f0f79c384627bafb216f80a6f85920584c42fceb0be255daf1e", "0000000000000000", "5b78d3a43dfff1f1"},
	} {
		key, err1 := hex.DecodeString(c.key)
		in, err2 := hex.DecodeString(c.ciphertext)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		newRC2(key, c.effective).Decrypt(in, in)
		if got := hex.EncodeToString(in); got != c.plain {
			t.Errorf("%d bits of %s: %s, want %s", c.effective, c.key, got, c.plain)
		}
	}
	for name, f := range map[string]func() ([]byte, error){
		"no key":        func() ([]byte, error) { return DecryptRC2(nil, make([]byte, 8), make([]byte, 8)) },
		"long key":      func() ([]byte, error) { return DecryptRC2(make([]byte, 129), make([]byte, 8), make([]byte, 8)) },
		"short vector":  func() ([]byte, error) { return DecryptRC2(make([]byte, 5), make([]byte, 7), make([]byte, 8)) },
		"half a block":  func() ([]byte, error) { return DecryptRC2(make([]byte, 5), make([]byte, 8), make([]byte, 12)) },
		"wrong padding": func() ([]byte, error) { return DecryptRC2(make([]byte, 5), make([]byte, 8), make([]byte, 8)) },
	} {
		if out, err := f(); err == nil {
			t.Errorf("%s: %x", name, out)
		}
	}
}
