// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package alg_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/der"
)

// TestWrapKey: whatever is changed in a wrapped key, the answer is that it does not decrypt or does not parse.
func TestWrapKey(t *testing.T) {
	t.Parallel()
	for _, content := range []alg.CipherKind{alg.KuznyechikCTROMAC, alg.MagmaCTROMAC} {
		key, err := alg.Generate(alg.GOST256A, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		way, err := alg.KeyEncryptionFor(key.PublicKey(), content)
		if err != nil {
			t.Fatal(err)
		}
		cek := bytes.Repeat([]byte{7}, 32)
		wrapped, err := key.PublicKey().WrapKey(rand.Reader, way, cek)
		if err != nil {
			t.Fatal(err)
		}
		r := der.NewReader(wrapped.Transport())
		s := r.Sequence()
		encrypted, spki, ukm := s.OctetString(), s.Raw(der.TagSequence), s.OctetString()
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		unwrap := func(encrypted, ukm []byte) ([]byte, error) {
			w := new(alg.WrappedKey)
			if err := w.ReadTransport(way, der.Sequence(der.OctetString(encrypted), spki, der.OctetString(ukm))); err != nil {
				t.Fatal(err)
			}
			return key.UnwrapKey(way, w)
		}
		if got, err := unwrap(encrypted, ukm); err != nil || !bytes.Equal(got, cek) {
			t.Errorf("%x, %v", got, err)
		}
		for n := range encrypted {
			changed := bytes.Clone(encrypted)
			changed[n] ^= 1
			for _, e := range [][]byte{encrypted[:n], changed} {
				if got, err := unwrap(e, ukm); !errors.Is(err, alg.ErrDecrypt) || got != nil {
					t.Errorf("octet %d: %x, %v", n, got, err)
				}
			}
		}
		for n := range ukm {
			if _, err := unwrap(encrypted, ukm[:n]); !errors.Is(err, alg.ErrDecrypt) {
				t.Errorf("UKM of %d octets: %v", n, err)
			}
		}
	}
}
