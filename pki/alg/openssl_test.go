// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl

package alg_test

import (
	"bytes"
	"encoding/hex"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/openssltest"
)

// TestOldCipherOfOpenSSL decrypts GOST 28147-89 of the engine, below and beyond
// the first change of the key by meshing.
func TestOldCipherOfOpenSSL(t *testing.T) {
	t.Parallel()
	for box, oid := range map[string]der.OID{
		"id-Gost28147-89-CryptoPro-A-ParamSet": "1.2.643.2.2.31.1",
		"id-Gost28147-89-CryptoPro-B-ParamSet": "1.2.643.2.2.31.2",
		"id-Gost28147-89-CryptoPro-C-ParamSet": "1.2.643.2.2.31.3",
		"id-Gost28147-89-CryptoPro-D-ParamSet": "1.2.643.2.2.31.4",
		"id-tc26-gost-28147-param-Z":           "1.2.643.7.1.2.5.1.1",
	} {
		t.Run(box, func(t *testing.T) {
			t.Parallel()
			b := openssltest.New(t)
			b.Env = []string{"CRYPT_PARAMS=" + box}
			key, iv := bytes.Repeat([]byte{1, 2, 3, 4, 5, 6, 7, 8}, 4), []byte{8, 7, 6, 5, 4, 3, 2, 1}
			c, err := alg.ParseCipher(der.Sequence(der.ObjectID("1.2.643.2.2.21"), der.Sequence(der.OctetString(iv), der.ObjectID(oid))))
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range []int{1, 8, 9, 1023, 1024, 1025, 5000} {
				plain := bytes.Repeat([]byte{byte(n), 1}, n)[:n]
				b.Write("plain", plain)
				b.Run("enc", "-gost89", "-K", hex.EncodeToString(key), "-iv", hex.EncodeToString(iv), "-in", "plain", "-out", "sealed")
				if got, err := c.Decrypt(key, b.Read("sealed")); err != nil || !bytes.Equal(got, plain) {
					t.Errorf("%d octets: %v", n, err)
				}
			}
		})
	}
}

// TestKeysOfOpenSSL reads RSA and ECDSA keys of OpenSSL, and OpenSSL reads ours.
func TestKeysOfOpenSSL(t *testing.T) {
	t.Parallel()
	b := openssltest.New(t)
	for name, args := range map[string][]string{
		"rsa":   {"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"},
		"p256":  {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"},
		"p521":  {"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"},
		"gost":  {"-algorithm", "gost2012_256", "-pkeyopt", "paramset:TCA"},
		"gost5": {"-algorithm", "gost2012_512", "-pkeyopt", "paramset:C"},
	} {
		b.Run(append([]string{"genpkey", "-outform", "DER", "-out", name}, args...)...)
		b.Run("pkey", "-inform", "DER", "-in", name, "-pubout", "-outform", "DER", "-out", name+".pub")
		b.Run("pkcs8", "-topk8", "-nocrypt", "-inform", "DER", "-in", name, "-outform", "DER", "-out", name+".p8")
		key, err := alg.ParsePrivateKey(splitPKCS8(t, b.Read(name+".p8")))
		if err != nil {
			t.Fatal(name, err)
		}
		public, err := alg.ParsePublicKey(b.Read(name + ".pub"))
		if err != nil || !public.Equal(key.PublicKey()) {
			t.Errorf("%s: %v", name, err)
		}
		b.Write("ours.p8", der.Sequence(der.Int(0), key.Algorithm(), der.OctetString(key.Encode())))
		b.Run("pkey", "-inform", "DER", "-in", "ours.p8", "-pubout", "-outform", "DER", "-out", "ours.pub")
		if !bytes.Equal(b.Read("ours.pub"), b.Read(name+".pub")) {
			t.Errorf("%s: OpenSSL reads another key from ours", name)
		}
	}
}

// TestOldKeysOfOpenSSL reads keys of GOST R 34.10-2001 on every curve and verifies
// what the engine signs with them.
func TestOldKeysOfOpenSSL(t *testing.T) {
	t.Parallel()
	b := openssltest.New(t)
	for set, kind := range map[string]alg.Kind{
		"A": alg.GOST2001A, "B": alg.GOST2001B, "C": alg.GOST2001C, "XA": alg.GOST2001A, "XB": alg.GOST2001C, "0": alg.GOST2001Test,
	} {
		b.Run("genpkey", "-algorithm", "gost2001", "-pkeyopt", "paramset:"+set, "-outform", "DER", "-out", "key")
		b.Run("pkey", "-inform", "DER", "-in", "key", "-pubout", "-outform", "DER", "-out", "pub")
		key, err := alg.ParsePrivateKey(splitPKCS8(t, b.Read("key")))
		if err != nil {
			t.Fatal(set, err)
		}
		public, err := alg.ParsePublicKey(b.Read("pub"))
		if err != nil || !public.Equal(key.PublicKey()) || public.Kind() != kind {
			t.Errorf("%s: %v", set, err)
		}
		for n := range 40 {
			message := bytes.Repeat([]byte{byte(n)}, n)
			if n == 0 {
				message = []byte("a message")
			}
			b.Write("message", message)
			b.Run("dgst", "-md_gost94", "-sign", "key", "-keyform", "DER", "-out", "sig", "message")
			if err := public.Verify(kind.Algorithm(), alg.GOST94, alg.GOST94.Sum(message), b.Read("sig")); err != nil {
				t.Errorf("%s, %d: %v", set, n, err)
			}
		}
	}
}
