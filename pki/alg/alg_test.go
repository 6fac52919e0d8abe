// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package alg_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/der"
)

// engineCase is a key of gost-engine with what it made; see the README beside
// the file.
type engineCase struct {
	Name        string `json:"name"`
	PKCS8       string `json:"pkcs8_der"`
	SPKI        string `json:"spki_der"`
	Certificate string `json:"certificate_der"`
	Message     string `json:"message"`
	Signature   string `json:"signature"`
}

func engineCases(t testing.TB) []engineCase {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "gost", "gost3410", "testdata", "interop-gost-engine.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []engineCase `json:"cases"`
	}
	if err := json.Unmarshal(raw, &file); err != nil || len(file.Cases) != 12 {
		t.Fatalf("%d cases, %v", len(file.Cases), err)
	}
	return file.Cases
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// splitPKCS8 takes PrivateKeyInfo apart.
func splitPKCS8(t testing.TB, in []byte) (algorithm, content []byte) {
	t.Helper()
	s := der.NewReader(in).Sequence()
	s.Int()
	algorithm, content = s.Raw(der.TagSequence), s.OctetString()
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
	return algorithm, content
}

// TestGostEngineKeys reads every parameter set as gost-engine writes it, the
// digest parameter present or not.
func TestGostEngineKeys(t *testing.T) {
	t.Parallel()
	kinds := map[string]alg.Kind{
		"g256_A": alg.GOST256B, "g256_B": alg.GOST256C, "g256_C": alg.GOST256D, "g256_XA": alg.GOST256B,
		"g256_XB": alg.GOST256D, "g256_TCA": alg.GOST256A, "g256_TCB": alg.GOST256B, "g256_TCC": alg.GOST256C,
		"g256_TCD": alg.GOST256D, "g512_A": alg.GOST512A, "g512_B": alg.GOST512B, "g512_C": alg.GOST512C,
	}
	for _, c := range engineCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			spki := unhex(t, c.SPKI)
			public, err := alg.ParsePublicKey(spki)
			if err != nil {
				t.Fatal(err)
			}
			private, err := alg.ParsePrivateKey(splitPKCS8(t, unhex(t, c.PKCS8)))
			if err != nil {
				t.Fatal(err)
			}
			if public.Kind() != kinds[c.Name] || private.Kind() != public.Kind() || !private.PublicKey().Equal(public) {
				t.Errorf("kind %v, private %v", public.Kind(), private.Kind())
			}
			if !bytes.Equal(private.PublicKey().SPKI(), spki) || !bytes.Equal(public.SPKI(), spki) {
				t.Errorf("the key did not keep its parameters: %x", private.PublicKey().SPKI())
			}
			h := public.Kind().Hash()
			digest, sig := h.Sum(unhex(t, c.Message)), unhex(t, c.Signature)
			a := public.Kind().Algorithm()
			if err := public.Verify(a, h, digest, sig); err != nil {
				t.Error(err)
			}
			digest[0] ^= 1
			if err := public.Verify(a, h, digest, sig); !errors.Is(err, alg.ErrSignature) {
				t.Errorf("other digest: %v", err)
			}
		})
	}
}

// TestAliases checks that one curve under several identifiers is one kind, and
// that another curve is another key.
func TestAliases(t *testing.T) {
	t.Parallel()
	key, err := alg.Generate(alg.GOST256B, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	octets := key.PublicKey().KeyOctets()
	digest := der.ObjectID("1.2.643.7.1.1.2.2")
	for _, params := range [][]byte{
		der.Sequence(der.ObjectID("1.2.643.2.2.35.1"), digest),
		der.Sequence(der.ObjectID("1.2.643.2.2.36.0")),
		der.Sequence(der.ObjectID("1.2.643.7.1.2.1.1.2")),
		der.Sequence(der.ObjectID("1.2.643.7.1.2.1.1.2"), digest, der.ObjectID("1.2.643.2.2.31.1")),
	} {
		spki := der.Sequence(der.Sequence(der.ObjectID("1.2.643.7.1.1.1.1"), params), der.BitString(octets))
		other, err := alg.ParsePublicKey(spki)
		if err != nil || !other.Equal(key.PublicKey()) || other.Kind() != alg.GOST256B {
			t.Errorf("%x: %v", params, err)
		}
	}
	second, err := alg.Generate(alg.GOST256B, rand.Reader)
	if err != nil || second.PublicKey().Equal(key.PublicKey()) {
		t.Errorf("two keys are one: %v", err)
	}
	var none *alg.PublicKey
	if none.Equal(key.PublicKey()) || !none.Equal(nil) {
		t.Error("nil keys")
	}
}

// TestSignVerify goes through every kind of key: generate, encode, read, sign,
// verify, and refuse what does not fit.
func TestSignVerify(t *testing.T) {
	t.Parallel()
	for _, k := range alg.Kinds() {
		t.Run(k.Name(), func(t *testing.T) {
			t.Parallel()
			key, err := alg.Generate(k, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			back, err := alg.ParsePrivateKey(key.Algorithm(), key.Encode())
			if err != nil || !back.PublicKey().Equal(key.PublicKey()) || back.Kind() != k {
				t.Fatalf("came back as %v: %v", back, err)
			}
			public, err := alg.ParsePublicKey(key.PublicKey().SPKI())
			if err != nil || !public.Equal(key.PublicKey()) || public.Kind() != k {
				t.Fatalf("public key: %v", err)
			}
			h, a := k.Hash(), k.Algorithm()
			digest := h.Sum([]byte("message"))
			sig, err := back.SignDigest(rand.Reader, h, digest)
			if err != nil {
				t.Fatal(err)
			}
			if err := public.Verify(a, h, digest, sig); err != nil {
				t.Error(err)
			}
			refuses(t, public, a, h, digest, sig)
			if _, err := key.SignDigest(rand.Reader, h, digest[1:]); !errors.Is(err, alg.ErrMismatch) {
				t.Errorf("short digest: %v", err)
			}
			key.Zero()
			if _, err := key.SignDigest(rand.Reader, h, digest); k.IsGOST() && err == nil {
				t.Error("a wiped key signs")
			}
		})
	}
}

func refuses(t *testing.T, public *alg.PublicKey, a alg.SignatureAlgorithm, h alg.Hash, digest, sig []byte) {
	t.Helper()
	for name, bad := range map[string][]byte{
		"changed": flip(sig), "cut": sig[:len(sig)-1], "longer": append(slices.Clone(sig), 0), "empty": nil,
	} {
		if err := public.Verify(a, h, digest, bad); !errors.Is(err, alg.ErrSignature) {
			t.Errorf("%s signature: %v", name, err)
		}
	}
	if err := public.Verify(a, h, flip(digest), sig); !errors.Is(err, alg.ErrSignature) {
		t.Errorf("changed digest: %v", err)
	}
	for _, other := range alg.Hashes() {
		if other != h {
			if err := public.Verify(a, other, other.Sum(nil), sig); !errors.Is(err, alg.ErrMismatch) {
				t.Errorf("hash %v: %v", other, err)
			}
		}
	}
	if err := public.Verify(alg.SignatureAlgorithm{}, h, digest, sig); !errors.Is(err, alg.ErrUnsupported) {
		t.Errorf("no algorithm: %v", err)
	}
	for _, k := range []alg.Kind{alg.GOST256B, alg.GOST512A, alg.P256, alg.RSA} {
		if o := k.Algorithm(); o.OID != a.OID && public.Kind() != alg.P384 && public.Kind() != alg.P521 {
			if err := public.Verify(o, h, digest, sig); !errors.Is(err, alg.ErrMismatch) {
				t.Errorf("algorithm of %v: %v", k, err)
			}
		}
	}
}

func flip(b []byte) []byte {
	out := slices.Clone(b)
	out[len(out)/2] ^= 4
	return out
}

// TestAgainstStandardLibrary checks P-256 and RSA in both directions.
func TestAgainstStandardLibrary(t *testing.T) {
	t.Parallel()
	digest := sha256.Sum256([]byte("message"))
	for _, k := range []alg.Kind{alg.P256, alg.RSA} {
		ours, err := alg.Generate(k, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		info := der.Sequence(der.Int(0), ours.Algorithm(), der.OctetString(ours.Encode()))
		theirs, err := x509.ParsePKCS8PrivateKey(info)
		if err != nil {
			t.Fatal(err)
		}
		sig, err := theirs.(crypto.Signer).Sign(rand.Reader, digest[:], crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		if err := ours.PublicKey().Verify(k.Algorithm(), alg.SHA256, digest[:], sig); err != nil {
			t.Errorf("%v: theirs: %v", k, err)
		}
		if sig, err = ours.SignDigest(rand.Reader, alg.SHA256, digest[:]); err != nil {
			t.Fatal(err)
		}
		public, err := x509.ParsePKIXPublicKey(ours.PublicKey().SPKI())
		if err != nil {
			t.Fatal(err)
		}
		switch p := public.(type) {
		case *ecdsa.PublicKey:
			if !ecdsa.VerifyASN1(p, digest[:], sig) {
				t.Error("P-256: ours does not verify")
			}
		case *rsa.PublicKey:
			if err := rsa.VerifyPKCS1v15(p, crypto.SHA256, digest[:], sig); err != nil {
				t.Error(err)
			}
			if ours.PublicKey().Bits() != p.N.BitLen() {
				t.Errorf("%d bits", ours.PublicKey().Bits())
			}
		}
		if encoded, err := x509.MarshalPKCS8PrivateKey(theirs); err != nil || !keysEqual(t, encoded, ours) {
			t.Errorf("%v: encoding of the standard library: %v", k, err)
		}
	}
}

func keysEqual(t *testing.T, info []byte, ours *alg.PrivateKey) bool {
	t.Helper()
	key, err := alg.ParsePrivateKey(splitPKCS8(t, info))
	return err == nil && key.PublicKey().Equal(ours.PublicKey())
}

// TestPSS reads RSASSA-PSS, which is verified and never made.
func TestPSS(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	public, err := alg.ParsePublicKey(spki)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("message"))
	sig, err := rsa.SignPSS(rand.Reader, key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	a, err := alg.ParseSignatureAlgorithm(pss(alg.SHA256, alg.SHA256, 32))
	if err != nil || a.Hash != alg.SHA256 || !a.Known() {
		t.Fatal(a, err)
	}
	if err := public.Verify(a, alg.SHA256, digest[:], sig); err != nil {
		t.Error(err)
	}
	other, err := alg.ParseSignatureAlgorithm(pss(alg.SHA256, alg.SHA256, 20))
	if err != nil {
		t.Fatal(err)
	}
	if err := public.Verify(other, alg.SHA256, digest[:], sig); !errors.Is(err, alg.ErrSignature) {
		t.Errorf("other salt: %v", err)
	}
	if err := public.Verify(alg.RSA.Algorithm(), alg.SHA256, digest[:], sig); !errors.Is(err, alg.ErrSignature) {
		t.Errorf("as PKCS #1: %v", err)
	}
}

func pss(h, mgf alg.Hash, salt int64) []byte {
	return der.Sequence(der.ObjectID("1.2.840.113549.1.1.10"), der.Sequence(
		der.Explicit(0, h.Identifier()),
		der.Explicit(1, der.Sequence(der.ObjectID("1.2.840.113549.1.1.8"), mgf.Identifier())),
		der.Explicit(2, der.Int(salt)), der.Explicit(3, der.Int(1))))
}

func TestSignatureAlgorithms(t *testing.T) {
	t.Parallel()
	id := func(oid der.OID, params ...[]byte) []byte {
		return der.Sequence(append([][]byte{der.ObjectID(oid)}, params...)...)
	}
	for _, c := range []struct {
		name string
		in   []byte
		hash alg.Hash
		err  error
	}{
		{"GOST 256", id("1.2.643.7.1.1.3.2"), alg.Streebog256, nil},
		{"GOST 512, NULL", id("1.2.643.7.1.1.3.3", der.Null()), alg.Streebog512, nil},
		{"key OID with key parameters", id("1.2.643.7.1.1.1.1", der.Sequence(der.ObjectID("1.2.643.2.2.36.0"))), alg.Streebog256, nil},
		{"key OID 512, NULL", id("1.2.643.7.1.1.1.2", der.Null()), alg.Streebog512, nil},
		{"ecdsa-with-SHA384", id("1.2.840.10045.4.3.3"), alg.SHA384, nil},
		{"rsaEncryption", id("1.2.840.113549.1.1.1", der.Null()), alg.NoHash, nil},
		{"GOST 2001", id("1.2.643.2.2.3"), alg.GOST94, nil},
		{"GOST 2001, NULL", id("1.2.643.2.2.3", der.Null()), alg.GOST94, nil},
		{"key OID 2001", id("1.2.643.2.2.19", der.Sequence(der.ObjectID("1.2.643.2.2.36.0"))), alg.GOST94, nil},
		{"GOST 94", id("1.2.643.2.2.4"), alg.NoHash, alg.ErrUnsupported},
		{"Kazakhstan, 2015", id("1.2.398.3.10.1.1.2.3.2", der.Null()), alg.Streebog512, nil},
		{"Kazakhstan, 2004", id("1.2.398.3.10.1.1.1.2", der.Null()), alg.GOST34311, nil},
		{"parameters where none belong", id("1.2.643.7.1.1.3.2", der.Int(1)), alg.NoHash, alg.ErrMismatch},
		{"PSS, MGF1 with another hash", pss(alg.SHA256, alg.SHA512, 32), alg.NoHash, alg.ErrUnsupported},
		{"PSS with an enormous salt", pss(alg.SHA256, alg.SHA256, 65), alg.NoHash, alg.ErrUnsupported},
		{"PSS with SHA-1", id("1.2.840.113549.1.1.10", der.Sequence()), alg.NoHash, alg.ErrUnsupported},
	} {
		a, err := alg.ParseSignatureAlgorithm(c.in)
		if !errors.Is(err, c.err) || a.Hash != c.hash || a.OID == "" || a.Known() != (c.err == nil) {
			t.Errorf("%s: %v, %v", c.name, a, err)
		}
	}
	for _, in := range [][]byte{nil, {0x30, 0}, der.Sequence(der.Int(1)), id("1.2.643.7.1.1.3.2", der.Null(), der.Null()), id("1.2.840.113549.1.1.10")} {
		if _, err := alg.ParseSignatureAlgorithm(in); err == nil {
			t.Errorf("%x was read", in)
		}
	}
	for _, k := range alg.Kinds() {
		a, err := alg.ParseSignatureAlgorithm(k.Algorithm().Identifier())
		if err != nil || a != k.Algorithm() || a.Hash != k.Hash() {
			t.Errorf("%v: %v, %v", k, a, err)
		}
	}
	if got := alg.RSA.Algorithm().Identifier(); !bytes.HasSuffix(got, der.Null()) {
		t.Errorf("RSA without NULL: %x", got)
	}
}

func TestHashes(t *testing.T) {
	t.Parallel()
	for _, h := range alg.Hashes() {
		parsed, err := alg.ParseHash(h.Identifier())
		byName, ok := alg.HashByName(h.Name())
		if err != nil || parsed != h || !ok || byName != h || len(h.Sum(nil)) != h.Size() || h.String() != h.Name() {
			t.Errorf("%v: %v, %v", h, parsed, err)
		}
		withNull := der.Sequence(der.ObjectID(h.OID()), der.Null())
		if parsed, err := alg.ParseHash(withNull); err != nil || parsed != h {
			t.Errorf("%v with NULL: %v", h, err)
		}
	}
	for _, in := range [][]byte{der.Sequence(der.ObjectID("1.2.643.2.2.9"), der.ObjectID("1.2.643.2.2.30.0")), der.Sequence(der.ObjectID("1.2.840.113549.2.5")), der.Sequence(der.ObjectID("1.3.14.3.2.26"), der.Int(1))} {
		if _, err := alg.ParseHash(in); !errors.Is(err, alg.ErrUnsupported) {
			t.Errorf("%x: %v", in, err)
		}
	}
	if _, err := alg.ParseHash(nil); err == nil {
		t.Error("nothing was read")
	}
	if _, ok := alg.HashByName("md5"); ok || alg.NoHash.Size() != 0 {
		t.Error("a hash that is none")
	}
	want := "3f539a213e97c802cc229d474c6aa32a825a360b2a933a949fd925208d9ce1bb" // of the empty string
	if got := hex.EncodeToString(alg.Streebog256.Sum(nil)); got != want {
		t.Errorf("Streebog-256: %s", got)
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for _, k := range alg.Kinds() {
		if got, ok := alg.KindByName(k.Name()); !ok || got != k || k.String() == "" {
			t.Errorf("%v: %v", k, got)
		}
	}
	for _, name := range []string{"", "gost94", "P256"} {
		if _, ok := alg.KindByName(name); ok {
			t.Errorf("%q is a kind", name)
		}
	}
	if alg.UnknownKind.Hash() != alg.NoHash || alg.UnknownKind.Algorithm().Known() || alg.UnknownKind.String() != "" {
		t.Error("the unknown kind is known")
	}
	if _, err := alg.Generate(alg.UnknownKind, rand.Reader); !errors.Is(err, alg.ErrUnsupported) {
		t.Error(err)
	}
}
