// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package keywrap

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"testing"

	"podpis/gost/gost3410"
	"podpis/gost/kdf"
	"podpis/gost/old/gost28147"
	"podpis/gost/old/gost94"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestUnwrapRFC7836(t *testing.T) {
	t.Parallel()
	// RFC 7836, appendix B, item 11
	kek := kdf.KDF256(unhex(t, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"),
		unhex(t, "26bdb878"), unhex(t, "af21434145656378"))
	if want := unhex(t, "a1aa5f7de402d7b3d323f2991c8d4534013137010a83754fd0af6d7cd4922ed9"); !bytes.Equal(kek, want) {
		t.Errorf("KEK %x", kek)
	}
	wrapped := unhex(t, "d15547f8ee85121bc87d4b1027d26027ecc071bba6e72f3fec6f620f56834c5abe33f052")
	got, err := UnwrapGOST(gost28147.ParamZ(), kek, unhex(t, "af21434145656378"), wrapped)
	if want := unhex(t, "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%x, %v", got, err)
	}
}

// example is a message of RFC 4490, 4, taken apart: the public key of the sender, UKM, the wrapped key, the vector and the
// encrypted content. The key of the recipient is that of RFC 4491, 4.2.
type example struct {
	name                             string
	unwrap                           func(box gost28147.Box, kek, ukm, wrapped []byte) ([]byte, error)
	sender, ukm, wrapped, iv, sealed string
}

func rfc4490() []example {
	return []example{
		{
			"key agreement, GOST wrap", UnwrapGOST,
			"b35539f46781972ba5c4d9841f27fb81ed0832e69ad4f20078b8ff8364ead21db0783c7dfe03c1f406e43bcc16b9c5f6f619371c17b8a0aac7d1a194b3a53620", "2ff0f6d1864b328a",
			"16a31ce7ce4ee90df1ec746904681ec79f3aedb83b1f1d4a7ef9a5d9cb19d5e893fd867e",
			"b735e17a0735a21d", "39b18af4bfa9e26525b655c9",
		},
		{
			"key transport, CryptoPro wrap", UnwrapCryptoPro,
			"4d2b2f3390e6dca3dd552acddfe0effb31f7737e4effbf78898a2bc3cd3194044b0e6048961fdbc75d126fdab2408a77b5bdeaf2ec34cb239f9b8bdd9e12c0f6",
			"9795e32c2bad2b0c",
			"6a2fa8210695689f9fe447aa9ecb61152b7e4160bc5d8dfbf53d281b189af975366d98b7",
			"bc108b1f0bff3429", "aa8e721dee4fb32ee30fa137",
		},
	}
}

func TestUnwrapRFC4490(t *testing.T) {
	t.Parallel()
	scalar := unhex(t, "0b293be050d0082bdae785631a6bab68f35b42786d6dda56afaf169891040f77")
	slices.Reverse(scalar)
	recipient, err := gost3410.NewPrivateKey(gost3410.CryptoProA(), scalar)
	if err != nil {
		t.Fatal(err)
	}
	box := gost28147.CryptoProA()
	for _, c := range rfc4490() {
		sender, err := gost3410.NewPublicKey(gost3410.CryptoProA(), unhex(t, c.sender))
		if err != nil {
			t.Fatal(c.name, err)
		}
		ukm, wrapped := unhex(t, c.ukm), unhex(t, c.wrapped)
		xy, err := recipient.Agree(sender, ukm)
		if err != nil {
			t.Fatal(c.name, err)
		}
		h := gost94.New(gost28147.HashCryptoPro()) // RFC 4357, 5.2
		h.Write(xy)
		kek := h.Sum(nil)
		key, err := c.unwrap(box, kek, ukm, wrapped)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		cipher, err := gost28147.NewCipher(key, box)
		if err != nil {
			t.Fatal(err)
		}
		stream, err := gost28147.NewCFBDecrypter(cipher, unhex(t, c.iv), true)
		if err != nil {
			t.Fatal(err)
		}
		text := unhex(t, c.sealed)
		stream.XORKeyStream(text, text)
		if string(text) != "sample text\n" {
			t.Errorf("%s: %q", c.name, text)
		}
		checkRefusals(t, c.name, func(kek, ukm, wrapped []byte) error {
			_, err := c.unwrap(box, kek, ukm, wrapped)
			return err
		}, kek, ukm, wrapped)
		if _, err := c.unwrap(gost28147.CryptoProB(), kek, ukm, wrapped); !errors.Is(err, ErrIntegrity) {
			t.Errorf("%s with other S-boxes: %v", c.name, err)
		}
		if _, err := c.unwrap(gost28147.Box{}, kek, ukm, wrapped); !errors.Is(err, ErrArgument) {
			t.Errorf("%s without S-boxes: %v", c.name, err)
		}
	}
}

// checkRefusals changes each argument by a bit and by its length.
func checkRefusals(t *testing.T, name string, unwrap func(kek, ukm, wrapped []byte) error, args ...[]byte) {
	t.Helper()
	for i := range args {
		changed := slices.Clone(args)
		for bit := range 8 * len(args[i]) {
			changed[i] = slices.Clone(args[i])
			changed[i][bit/8] ^= 1 << (bit % 8)
			if err := unwrap(changed[0], changed[1], changed[2]); !errors.Is(err, ErrIntegrity) {
				t.Errorf("%s, argument %d, bit %d: %v", name, i, bit, err)
			}
		}
		for _, other := range [][]byte{nil, args[i][1:], append(slices.Clone(args[i]), 0)} {
			changed[i] = other
			if err := unwrap(changed[0], changed[1], changed[2]); !errors.Is(err, ErrArgument) {
				t.Errorf("%s, argument %d of %d bytes: %v", name, i, len(other), err)
			}
		}
	}
}
