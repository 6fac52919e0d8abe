// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package pkcs12_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkcs12"
	"podpis/pki/pkcs5"
	"podpis/pki/pkcs8"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

var password = []byte("Пароль для PFX")

func vectors(t testing.TB) (files [][]byte, cert []byte) {
	t.Helper()
	data, err := os.ReadFile("testdata/pkcs12-rfc9548.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Certificate string `json:"certificate_der"`
		Cases       []struct {
			PFX string `json:"pfx_der"`
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Cases {
		pfx, err := hex.DecodeString(c.PFX)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, pfx)
	}
	cert, err = hex.DecodeString(file.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	return files, cert
}

func TestRFC9548(t *testing.T) {
	t.Parallel()
	files, cert := vectors(t)
	if len(files) != 2 {
		t.Fatalf("%d cases, want A.2 and A.3", len(files))
	}
	for i, file := range files {
		c, err := pkcs12.Decode(file, password)
		if err != nil {
			t.Errorf("case %d: %v", i, err)
			continue
		}
		if !bytes.Equal(c.Certificate().Raw, cert) || c.FriendlyName == "" || c.Key.Kind() != alg.GOST512A {
			t.Errorf("case %d: another certificate or name %q", i, c.FriendlyName)
		}
		if _, err := pkcs12.Decode(file, []byte("Пароль")); !errors.Is(err, pkcs12.ErrPassword) {
			t.Errorf("case %d with another password: %v", i, err)
		}
	}
}

// TestR501112 opens the example of R 50.1.112-2016: GOST 28147-89 under a password.
func TestR501112(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../cms/testdata/cms-x509-pfx-legacy.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []struct {
			PFX      string `json:"pfx_der"`
			Password string `json:"password_utf8"`
			Key      string `json:"private_key_info_der"`
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	done := 0
	for _, v := range file.Cases {
		if v.PFX == "" {
			continue
		}
		done++
		var octets [3][]byte
		for i, s := range []string{v.PFX, v.Password, v.Key} {
			if octets[i], err = hex.DecodeString(s); err != nil {
				t.Fatal(err)
			}
		}
		c, err := pkcs12.Decode(octets[0], octets[1])
		if err != nil {
			t.Fatal(err)
		}
		want, err := pkcs8.Parse(octets[2])
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(c.Key.Encode(), want.Encode()) || len(c.Certificates) == 0 || !c.Certificates[0].PublicKey.Equal(want.PublicKey()) {
			t.Errorf("key %x, want %x; %d certificates", c.Key.Encode(), want.Encode(), len(c.Certificates))
		}
	}
	if done != 1 {
		t.Errorf("%d examples", done)
	}
}

func identity(t testing.TB, kind alg.Kind) *pkcs12.Contents {
	t.Helper()
	root := pkitest.Root(t, kind, "CN=Root")
	id := root.Signer(t, kind, "CN=Иванов Иван")
	return &pkcs12.Contents{Key: id.Key, Certificates: []*x509.Certificate{id.Cert, root.Cert}, FriendlyName: "мой ключ"}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, kind := range pkitest.Kinds() {
		want := identity(t, kind)
		for _, o := range []pkcs12.Options{{Iterations: 50}, {Cipher: alg.MagmaCTROMAC, Iterations: 50}, {Cipher: alg.AES256CBC, Iterations: 50}} {
			file, err := pkcs12.Encode(rand.Reader, want, password, o)
			if err != nil {
				t.Fatal(err)
			}
			got, err := pkcs12.Decode(file, password)
			if err != nil {
				t.Fatalf("%s %+v: %v", kind.Name(), o, err)
			}
			if !got.Key.PublicKey().Equal(want.Key.PublicKey()) || len(got.Certificates) != 2 ||
				!got.Certificate().Equal(want.Certificates[0]) || got.FriendlyName != want.FriendlyName {
				t.Errorf("%s %+v: other contents", kind.Name(), o)
			}
			if _, err := pkcs12.Decode(file, nil); !errors.Is(err, pkcs12.ErrPassword) {
				t.Errorf("%s %+v: no password: %v", kind.Name(), o, err)
			}
		}
	}
}

// TestEveryOctetMatters changes each octet: the file must not open, and mostly
// the error must not blame the password.
func TestEveryOctetMatters(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	file, err := pkcs12.Encode(rand.Reader, &pkcs12.Contents{Key: root.Key, Certificates: []*x509.Certificate{root.Cert}},
		password, pkcs12.Options{Iterations: 1})
	if err != nil {
		t.Fatal(err)
	}
	blamed := 0
	for i := range file {
		bad := bytes.Clone(file)
		bad[i] ^= 0x41
		_, err := pkcs12.Decode(bad, password)
		if err == nil {
			t.Errorf("octet %d changed and the file opens", i)
		}
		if errors.Is(err, pkcs12.ErrPassword) {
			blamed++
		}
	}
	if blamed > len(file)/10 {
		t.Errorf("a right password was blamed for %d of %d damaged files", blamed, len(file))
	}
}

func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	a, b := identity(t, alg.GOST256B), identity(t, alg.GOST256B)
	for name, test := range map[string]struct {
		c    *pkcs12.Contents
		want error
	}{
		"no key":              {&pkcs12.Contents{Certificates: a.Certificates}, pkcs12.ErrNoKey},
		"no certificate":      {&pkcs12.Contents{Key: a.Key}, pkcs12.ErrPair},
		"another certificate": {&pkcs12.Contents{Key: a.Key, Certificates: b.Certificates}, pkcs12.ErrPair},
	} {
		if _, err := pkcs12.Encode(rand.Reader, test.c, password, pkcs12.Options{}); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for n := range 80 {
		if _, err := pkcs12.Encode(strings.NewReader(strings.Repeat("r", n)), a, password, pkcs12.Options{Iterations: 1}); err == nil {
			t.Errorf("written with %d random octets", n)
		}
	}
	if _, err := pkcs12.Encode(rand.Reader, a, password, pkcs12.Options{Iterations: 1 << 30}); !errors.Is(err, pkcs5.ErrIterations) {
		t.Error(err)
	}
}

func TestBrokenFiles(t *testing.T) {
	t.Parallel()
	wrap := func(oid der.OID, content []byte, more ...[]byte) []byte {
		return der.Sequence(append([][]byte{der.Int(3),
			der.Sequence(der.ObjectID(oid), der.Explicit(0, der.OctetString(content)))}, more...)...)
	}
	const data der.OID = "1.2.840.113549.1.7.1"
	safe := func(bags ...[]byte) []byte {
		return der.Sequence(der.Sequence(der.ObjectID(data), der.Explicit(0, der.OctetString(der.Sequence(bags...)))))
	}
	code := func(h []byte, iterations int64) []byte {
		return der.Sequence(der.Sequence(h, der.OctetString(make([]byte, 32))), der.OctetString(make([]byte, 8)), der.Int(iterations))
	}
	var many [][]byte
	for range 300 {
		many = append(many, der.Sequence(der.ObjectID("1.2.3"), der.Explicit(0, der.Null())))
	}
	for _, test := range []struct {
		name   string
		in     []byte
		want   error
		reason string
	}{
		{"empty", nil, nil, "cut short"},
		{"text", []byte("-----BEGIN"), nil, ""},
		{"long", make([]byte, 5<<20), pkcs12.ErrTooLarge, ""},
		{"version 1", der.Sequence(der.Int(1), der.Sequence()), nil, "version"},
		{"sealed with a signature", wrap("1.2.840.113549.1.7.2", nil), nil, "signature"},
		{"nothing inside", wrap(data, safe()), pkcs12.ErrNoKey, ""},
		{"garbage inside", wrap(data, []byte("garbage")), nil, ""},
		{"enveloped part", wrap(data, der.Sequence(der.Sequence(der.ObjectID("1.2.840.113549.1.7.3"), der.Explicit(0, der.Null())))), alg.ErrUnsupported, "1.7.3"},
		{"too many bags", wrap(data, safe(many...)), nil, "too many bags"},
		{"old hash", wrap(data, safe(), code(der.Sequence(der.ObjectID("1.2.840.113549.2.5")), 1)), alg.ErrUnsupported, "1.2.840.113549.2.5"},
		{"other S-boxes of the hash", wrap(data, safe(), code(der.Sequence(der.ObjectID("1.2.643.2.2.9"), der.ObjectID("1.2.643.2.2.30.0")), 1)), alg.ErrUnsupported, "1.2.643.2.2.9"},
		{"endless work", wrap(data, safe(), code(alg.Streebog512.Identifier(), 1<<31-1)), pkcs5.ErrIterations, "3000000"},
		{"endless work of SHA-256", wrap(data, safe(), code(alg.SHA256.Identifier(), 1<<31-1)), pkcs5.ErrIterations, ""},
		{"negative work", wrap(data, safe(), code(alg.SHA256.Identifier(), -1)), pkcs5.ErrIterations, ""},
		{"wrong code", wrap(data, safe(), code(alg.SHA256.Identifier(), 1)), pkcs12.ErrPassword, ""},
	} {
		_, err := pkcs12.Decode(test.in, nil)
		if err == nil || test.want != nil && !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.reason) {
			t.Errorf("%s: %v, want %v %q", test.name, err, test.want, test.reason)
		}
	}
}

// TestCorpus has a row for every file of the manifest's section "keys/pkcs12".
func TestCorpus(t *testing.T) {
	t.Parallel()
	table := map[string]struct {
		password string
		kind     alg.Kind
	}{
		"bc-gostPfx.p12":           {password: "1", kind: alg.GOST2001A},
		"cryptopro-csp-strong.pfx": {password: "remark", kind: alg.GOST512A}, // the key in CryptoPro's own scheme, the certificate under RC2
		"gost01.p12":               {password: "Пароль для PFX", kind: alg.GOST2001A},
		"gost12.p12":               {password: "Пароль для PFX", kind: alg.GOST256B},
		"jcp-gost2012_256.pfx":     {password: "12345678", kind: alg.GOST256B},
		"jcp-gost2012_512.pfx":     {password: "12345678", kind: alg.GOST512A},
	}
	for _, file := range pkitest.ManifestFiles(t, "keys/pkcs12") {
		want, known := table[strings.TrimPrefix(file, "keys/pkcs12/")]
		if !known {
			t.Errorf("%s: in the manifest, without an expectation", file)
			continue
		}
		c, err := pkcs12.Decode(pkitest.ReadCorpus(t, file), []byte(want.password))
		if err != nil {
			t.Errorf("%s: %v", file, err)
		} else if c.Key.Kind() != want.kind || len(c.Certificates) == 0 || !c.Key.PublicKey().Equal(c.Certificates[0].PublicKey) {
			t.Errorf("%s: %s, %d certificates", file, c.Key.Kind(), len(c.Certificates))
		}
		if _, err := pkcs12.Decode(pkitest.ReadCorpus(t, file), []byte("another")); !errors.Is(err, pkcs12.ErrPassword) {
			t.Errorf("%s with another password: %v", file, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	c := identity(f, alg.GOST256B)
	for _, o := range []pkcs12.Options{{Iterations: 1}, {Iterations: 1, Cipher: alg.AES256CBC}} {
		file, err := pkcs12.Encode(rand.Reader, c, []byte("p"), o)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Fuzz(func(_ *testing.T, file []byte) {
		if bytes.Contains(file, []byte{2, 3}) || bytes.Contains(file, []byte{2, 4}) {
			return // large numbers of iterations: the fuzzer shall not spend its time there
		}
		_, _ = pkcs12.Decode(file, []byte("p"))
	})
}
