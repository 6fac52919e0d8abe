// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pkcs8_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkcs5"
	"podpis/pki/pkcs8"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

func load(t *testing.T, name string, to any) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, to); err != nil {
		t.Fatal(err)
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRFC9548Key(t *testing.T) {
	t.Parallel()
	var file struct {
		Certificate string `json:"certificate_der"`
		Info        string `json:"private_key_info_der"`
		Private     string `json:"private_key_be"`
	}
	load(t, "pkcs12-rfc9548.json", &file)
	info := unhex(t, file.Info)
	key, err := pkcs8.Parse(info)
	if err != nil {
		t.Fatal(err)
	}
	scalar := unhex(t, file.Private)
	slices.Reverse(scalar)
	if !bytes.Equal(key.Encode(), scalar) {
		t.Error("another private key")
	}
	cert, err := x509.ParseCertificate(unhex(t, file.Certificate))
	if err != nil || !cert.PublicKey.Equal(key.PublicKey()) {
		t.Errorf("not the key of the certificate: %v", err)
	}
	info[len(info)-1] ^= 1 // the public key beside the private one
	if _, err := pkcs8.Parse(info); !errors.Is(err, pkcs8.ErrPublicKey) {
		t.Errorf("another public key beside it: %v", err)
	}
}

func TestKeysOfGostEngine(t *testing.T) {
	t.Parallel()
	var file struct {
		Cases []struct {
			Name string
			Key  string `json:"pkcs8_der"`
			SPKI string `json:"spki_der"`
		}
	}
	load(t, "interop-gost-engine.json", &file)
	for _, c := range file.Cases {
		key, err := pkcs8.Parse(unhex(t, c.Key))
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		public, err := alg.ParsePublicKey(unhex(t, c.SPKI))
		if err != nil || !public.Equal(key.PublicKey()) {
			t.Errorf("%s: another public key (%v)", c.Name, err)
		}
		if got := pkcs8.Marshal(key); hex.EncodeToString(got) != c.Key {
			t.Errorf("%s: other octets after a round trip:\n%x\n%s", c.Name, got, c.Key)
		}
	}
}

// TestForms are the contents of privateKey that programs write.
func TestForms(t *testing.T) {
	t.Parallel()
	key := pkitest.Key(t, alg.GOST256B)
	raw := key.Encode()
	be := bytes.Clone(raw)
	slices.Reverse(be)
	point := der.NewReader(key.PublicKey().KeyOctets()).OctetString()
	with := func(version int64, content []byte, more ...[]byte) []byte {
		return der.Sequence(append([][]byte{der.Int(version), key.Algorithm(), der.OctetString(content)}, more...)...)
	}
	public := func(head byte, octets []byte) []byte {
		return der.Element(der.Context(1), []byte{head}, octets)
	}
	for _, test := range []struct {
		name string
		in   []byte
		want error
	}{
		{"raw", with(0, raw), nil},
		{"nested octet string", with(0, der.OctetString(raw)), nil},
		{"nested integer", with(0, der.Unsigned(be)), nil},
		{"with attributes", with(0, raw, der.Element(der.ContextConstructed(0), der.Sequence())), nil},
		{"RFC 5958 public key", with(1, raw, public(0, key.PublicKey().KeyOctets())), nil},
		{"RFC 9548 public key", with(1, raw, public(1, point)), nil},
		{"empty public key", with(1, raw, der.Element(der.Context(1))), pkcs8.ErrPublicKey},
		{"foreign public key", with(1, raw, public(0, pkitest.Key(t, alg.GOST256B).PublicKey().KeyOctets())), pkcs8.ErrPublicKey},
		{"zero", with(0, make([]byte, 32)), alg.ErrKey},
		{"too long an integer", with(0, der.Unsigned(append([]byte{1}, be...))), alg.ErrKey},
		{"empty", with(0, nil), alg.ErrKey},
	} {
		got, err := pkcs8.Parse(test.in)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		} else if err == nil && !got.PublicKey().Equal(key.PublicKey()) {
			t.Errorf("%s: another key", test.name)
		}
	}
}

func TestBrokenKeys(t *testing.T) {
	t.Parallel()
	key := pkitest.Key(t, alg.GOST256A)
	good := pkcs8.Marshal(key)
	for _, test := range []struct {
		name   string
		in     []byte
		reason string
	}{
		{"empty", nil, "missing"},
		{"text", []byte("PRIVATE"), "unexpected tag"},
		{"cut", good[:20], "beyond"},
		{"version 2", der.Sequence(der.Int(2), key.Algorithm(), der.OctetString(key.Encode())), "version"},
		{"behind", append(bytes.Clone(good), 0), "trailing"},
		{"huge", make([]byte, 1<<17), "longer than any key"},
		{"GOST 2001", bytes.Replace(good, []byte{0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x01, 0x01}, []byte{0x2a, 0x85, 0x03, 0x07, 0x01, 0x01, 0x01, 0x09}, 1), "not supported"},
	} {
		_, err := pkcs8.Read(test.in, nil)
		if err == nil || !strings.Contains(err.Error(), test.reason) && test.reason != "missing" {
			t.Errorf("%s: %v, want %q", test.name, err, test.reason)
		}
	}
}

func TestEncrypted(t *testing.T) {
	t.Parallel()
	for _, kind := range pkitest.Kinds() {
		key := pkitest.Key(t, kind)
		for _, cipher := range []alg.CipherKind{alg.UnknownCipher, alg.KuznyechikCTR, alg.MagmaCTROMAC, alg.AES256CBC} {
			in, err := pkcs8.Encrypt(rand.Reader, key, []byte("пароль"), pkcs5.Options{Cipher: cipher, Iterations: 100})
			if err != nil {
				t.Fatal(err)
			}
			file := pem.EncodeToMemory(&pem.Block{Type: pkcs8.PEMEncryptedKey, Bytes: in})
			for _, form := range [][]byte{in, file, append([]byte("comment\n"), file...)} {
				got, err := pkcs8.Read(form, []byte("пароль"))
				if err != nil || !got.PublicKey().Equal(key.PublicKey()) {
					t.Errorf("%s: %v", kind.Name(), err)
				}
			}
			for _, password := range [][]byte{nil, {}, []byte("парол")} {
				if _, err := pkcs8.Read(in, password); !errors.Is(err, pkcs8.ErrPassword) {
					t.Errorf("%s %d with %q: %v", kind.Name(), cipher, password, err)
				}
			}
		}
		plain := pem.EncodeToMemory(&pem.Block{Type: pkcs8.PEMKey, Bytes: pkcs8.Marshal(key)})
		if got, err := pkcs8.Read(plain, nil); err != nil || !got.PublicKey().Equal(key.PublicKey()) {
			t.Errorf("%s: %v", kind.Name(), err)
		}
	}
	if _, err := pkcs8.ParseEncrypted(make([]byte, 1<<17), nil); !errors.Is(err, pkcs8.ErrTooLarge) {
		t.Error(err)
	}
	if _, err := pkcs8.ParseEncrypted([]byte{0x30, 0}, nil); err == nil {
		t.Error("empty sequence read")
	}
}

// TestCorpus has a row for every file of the manifest's section "keys/pkcs8".
func TestCorpus(t *testing.T) {
	t.Parallel()
	table := map[string]struct {
		password string
		kind     alg.Kind
		scalar   string // beginning of the private key as the manifest has it
		err      error
		why      string
	}{
		"bc-pkcs8-pbkdf2-hmac-gost94.p8": {password: "hello", err: alg.ErrUnsupported, why: "opens; RSA of 1024 bits is too short"},
		"engine-gost2001_A.pem":          {kind: alg.GOST2001A},
		"engine-gost2001_B.pem":          {kind: alg.GOST2001B},
		"engine-gost2001_XB.pem":         {kind: alg.GOST2001C},
		"engine-gost2012_256_C.pem":      {kind: alg.GOST256D},
		"engine-gost2012_256_XA.pem":     {kind: alg.GOST256B},
		"engine-gost2012_256_XB.pem":     {kind: alg.GOST256D},
		"gnutls-clikey-gost12.pem":       {kind: alg.GOST512A},
		"gnutls-key-gost01.pem":          {kind: alg.GOST2001A},
		"gnutls-key-gost12.pem":          {kind: alg.GOST512A},
		"key-gost01-2-enc.p8":            {password: "Пароль для PFX", kind: alg.GOST2001A},
		"key-gost01.p8":                  {kind: alg.GOST2001A, scalar: "0B293BE05"},
		"key-gost12-256-2.p8":            {kind: alg.GOST256B, scalar: "2BEA34A3"},
		"key-gost12-256.p8":              {kind: alg.GOST256B, scalar: "BFCF1D62"},
		"key-gost12-512.p8":              {kind: alg.GOST512B, scalar: "3FC01CDC"},
	}
	for _, file := range pkitest.ManifestFiles(t, "keys/pkcs8") {
		want, known := table[strings.TrimPrefix(file, "keys/pkcs8/")]
		if !known {
			t.Errorf("%s: in the manifest, without an expectation", file)
			continue
		}
		var password []byte
		if want.password != "" {
			password = []byte(want.password)
		}
		key, err := pkcs8.Read(pkitest.ReadCorpus(t, file), password)
		if !errors.Is(err, want.err) {
			t.Errorf("%s: %v, want %v (%s)", file, err, want.err, want.why)
			continue
		}
		if err != nil {
			continue
		}
		if key.Kind() != want.kind {
			t.Errorf("%s: %s, want %s", file, key.Kind().Name(), want.kind.Name())
		}
		be := key.Encode()
		slices.Reverse(be)
		if !strings.HasPrefix(strings.ToUpper(hex.EncodeToString(be)), want.scalar) {
			t.Errorf("%s: private key %x…, want %s…", file, be[:4], want.scalar)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, kind := range []alg.Kind{alg.GOST256B, alg.GOST512C, alg.P256} {
		f.Add(pkcs8.Marshal(pkitest.Key(f, kind)))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		key, err := pkcs8.Parse(in)
		if err != nil {
			return
		}
		again, err := pkcs8.Parse(pkcs8.Marshal(key))
		if err != nil || !again.PublicKey().Equal(key.PublicKey()) {
			t.Fatalf("own encoding: %v", err)
		}
	})
}

func FuzzParseEncrypted(f *testing.F) {
	in, err := pkcs8.Encrypt(rand.Reader, pkitest.Key(f, alg.GOST256B), []byte("p"), pkcs5.Options{Iterations: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(in)
	f.Fuzz(func(_ *testing.T, in []byte) {
		if len(in) > 4096 {
			return
		}
		r := der.NewReader(in).Sequence().Sequence()
		r.OID()
		if n := r.Sequence().Sequence(); n.OID() != "" {
			if k := n.Sequence(); len(k.OctetString()) > 0 && k.Int() > 100 {
				return // the fuzzer shall not spend its time in PBKDF2
			}
		}
		_, _ = pkcs8.ParseEncrypted(in, []byte("p"))
	})
}
