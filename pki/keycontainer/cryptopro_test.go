// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package keycontainer

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"math/big"
	"slices"
	"testing"

	"podpis/gost/old/gost28147"
	"podpis/pki/alg"
	"podpis/pki/der"
)

// orders of the curves in the test.
func order(k alg.Kind) *big.Int {
	text := "ffffffffffffffffffffffffffffffff6c611070995ad10045841b09b761b893" // CryptoPro-A
	if k == alg.GOST512A {
		text = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" +
			"27e69532f48d89116ff22b8d4e0560609b4b38abfad2b85dcacdb1411f10b275"
	}
	q, _ := new(big.Int).SetString(text, 16)
	return q
}

func littleEndian(n *big.Int, size int) []byte {
	b := n.FillBytes(make([]byte, size))
	slices.Reverse(b)
	return b
}

func fromLittleEndian(b []byte) *big.Int {
	b = slices.Clone(b)
	slices.Reverse(b)
	return new(big.Int).SetBytes(b)
}

// write makes a container by the description of the format, so that what has no sample is at least read as described.
func write(t *testing.T, k alg.Kind, agreement der.OID, password string) (files map[string][]byte, key *alg.PrivateKey) {
	t.Helper()
	key, err := alg.Generate(k, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := key.Encode()
	mask := make([]byte, len(d))
	status := make([]byte, 12)
	for _, b := range [][]byte{mask, status} {
		if _, err := rand.Read(b); err != nil {
			t.Fatal(err)
		}
	}
	m := new(big.Int).Mod(fromLittleEndian(mask), order(k))
	mask = littleEndian(m, len(d))
	masked := littleEndian(m.Mul(m, fromLittleEndian(d)).Mod(m, order(k)), len(d))
	cipher, err := gost28147.NewCipher(passwordKey(alg.Streebog256, []byte(password), status), gost28147.ParamZ())
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(masked); i += gost28147.BlockSize {
		cipher.Encrypt(masked[i:], masked[i:])
	}
	mac := func(under, data []byte) []byte {
		c, err := alg.NewOldCipher(boxParamZ, under)
		if err != nil {
			t.Fatal(err)
		}
		return c.MAC(nil, data)
	}
	r := der.NewReader(key.PublicKey().SPKI())
	algorithm := r.Sequence().Sequence()
	algorithm.OID()
	r = der.NewReader(key.PublicKey().KeyOctets())
	content := der.Sequence(
		der.Explicit(0, der.ObjectID("1.2.643.2.2.37.2.1")), der.BitString([]byte{0xa0}),
		der.Sequence(der.BitString([]byte{0xa0}), der.Explicit(0, der.ObjectID(agreement), algorithm.Rest())),
		der.Element(der.Context(10), r.OctetString()[:8]))
	return map[string][]byte{
		"header.key":  der.Sequence(content, der.OctetString(mac(make([]byte, 32), content))),
		"primary.key": der.Sequence(der.OctetString(masked)),
		"masks.key":   der.Sequence(der.OctetString(mask), der.OctetString(status), der.OctetString(mac(mask[len(mask)-32:], status))),
		"name.key":    der.Sequence(der.Text(der.TagIA5String, "Container")),
	}, key
}

func TestCryptoPro2012(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind      alg.Kind
		agreement der.OID
	}{
		{alg.GOST256B, "1.2.643.7.1.1.6.1"}, {alg.GOST256B, "1.2.643.7.1.1.1.1"},
		{alg.GOST512A, "1.2.643.7.1.1.6.2"}, {alg.GOST512A, "1.2.643.7.1.1.1.2"},
	} {
		for _, password := range []string{"", "1", "Пароль 𝄞"} {
			files, key := write(t, c.kind, c.agreement, password)
			got, err := Open(files, []byte(password))
			if err != nil || hex.EncodeToString(got.Key.Encode()) != hex.EncodeToString(key.Encode()) || got.Name != "Container" || got.Certificate != nil {
				t.Errorf("%s, password %q: %v", c.kind, password, err)
			}
			if _, err := Open(files, []byte(password+"x")); !errors.Is(err, ErrPassword) {
				t.Errorf("%s, another password: %v", c.kind, err)
			}
		}
	}
	files, _ := write(t, alg.GOST256B, "1.2.643.7.1.1.9.9", "")
	if _, err := Open(files, nil); !errors.Is(err, alg.ErrUnsupported) {
		t.Errorf("a key of an unknown algorithm: %v", err)
	}
}
