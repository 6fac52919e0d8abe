// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pkcs12

import (
	"bytes"
	"slices"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkcs5"
	"podpis/pki/pkitest"
)

// cryptoProBag finds the parameters and the octets of the key in the exported file of the corpus.
func cryptoProBag(t testing.TB) (params func() *der.Reader, encrypted []byte) {
	t.Helper()
	r := der.NewReader(pkitest.ReadCorpus(t, "keys/pkcs12/cryptopro-csp-strong.pfx"))
	file := r.Sequence()
	file.Int()
	info := file.Sequence()
	info.OID()
	safes := der.NewReader(info.Enter(der.ContextConstructed(0)).OctetString()).Sequence()
	first := safes.Sequence()
	first.OID()
	bag := der.NewReader(first.Enter(der.ContextConstructed(0)).OctetString()).Sequence().Sequence()
	bag.OID()
	shrouded := bag.Enter(der.ContextConstructed(0)).Sequence()
	algorithm := shrouded.Sequence()
	if oid := algorithm.OID(); oid != oidCryptoProPBE {
		t.Fatalf("scheme %s", oid)
	}
	raw := algorithm.Raw(der.TagSequence)
	encrypted = shrouded.OctetString()
	if err := shrouded.Err(); err != nil {
		t.Fatal(err)
	}
	return func() *der.Reader { return der.NewReader(raw).Sequence() }, encrypted
}

// The codes inside find every change of the key, even where the file has no code of its own.
func TestCryptoProKeyChanged(t *testing.T) {
	t.Parallel()
	params, encrypted := cryptoProBag(t)
	budget := pkcs5.MaxIterations
	key, err := decryptCryptoPro(params(), []byte("remark"), encrypted, &budget)
	if err != nil {
		t.Fatal(err)
	}
	want := key.Encode()
	for i := 0; i < len(encrypted); i += 3 {
		changed := slices.Clone(encrypted)
		changed[i] ^= 0x10
		if got, err := decryptCryptoPro(params(), []byte("remark"), changed, &budget); err == nil && !bytes.Equal(got.Encode(), want) {
			t.Fatalf("octet %d changed: another key", i)
		}
	}
	spent := pkcs5.Budget(1999)
	if _, err := decryptCryptoPro(params(), []byte("remark"), encrypted, &spent); err == nil {
		t.Error("beyond the budget")
	}
	bad := der.Sequence(der.OctetString([]byte("short")), der.Int(1))
	if _, err := decryptCryptoPro(der.NewReader(bad).Sequence(), nil, encrypted, &budget); err == nil {
		t.Error("salt of 5 octets")
	}
}

// FuzzUnwrapBlob is about what stands behind the password: whoever made the file knew it.
func FuzzUnwrapBlob(f *testing.F) {
	params, encrypted := cryptoProBag(f)
	salt := params().OctetString()
	key := cryptoProKey([]byte("remark"), salt, 2000)
	cipher, err := alg.NewOldCipher("1.2.643.2.2.31.1", key)
	if err != nil {
		f.Fatal(err)
	}
	plain, err := cipher.DecryptCFB(salt[:8], encrypted)
	if err != nil {
		f.Fatal(err)
	}
	blob, ok := exportedBlob(plain)
	if !ok {
		f.Fatal("no blob")
	}
	if _, err := unwrapBlob(blob, key); err != nil {
		f.Fatal(err)
	}
	f.Add(blob)
	f.Add(bytes.Replace(blob, []byte{4, 8}, []byte{4, 7}, 1))
	f.Fuzz(func(t *testing.T, blob []byte) {
		if found, err := unwrapBlob(blob, key); (found == nil) == (err == nil) {
			t.Errorf("%v, %v", found, err)
		}
	})
}
