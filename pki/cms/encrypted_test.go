// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cms_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/pkcs8"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

func readEncrypted(message []byte) (*cms.Encrypted, error) {
	return cms.ReadEncrypted(bytes.NewReader(message), int64(len(message)))
}

// open decrypts a message as a program would: nothing comes out on an error.
func open(message []byte, cert *x509.Certificate, key *alg.PrivateKey) ([]byte, error) {
	e, err := readEncrypted(message)
	if err != nil {
		return nil, err
	}
	cek, err := e.ContentKey(cert, key)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := e.Decrypt(&out, cek); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func encrypt(t testing.TB, content []byte, kind alg.CipherKind, recipients ...*x509.Certificate) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := cms.Encrypt(rand.Reader, &out, bytes.NewReader(content), int64(len(content)), recipients, kind); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// R 1323565.1.025-2019, A.2 and A.4: agreement and transport, both ciphers, with and without a code.
func TestEncryptedOfTheStandard(t *testing.T) {
	t.Parallel()
	var file struct {
		Certificates map[string]hexBytes
		Keys         map[string]hexBytes `json:"private_keys_pkcs8"`
		Cases        []struct {
			Name, What, Recipient string
			Message               hexBytes `json:"cms_der"`
			CEK, Key, Plaintext   hexBytes
		}
	}
	load(t, "cms-r1323565.1.025.json", &file)
	done := 0
	for _, c := range file.Cases {
		if c.Plaintext == nil {
			continue
		}
		done++
		e, err := readEncrypted(c.Message)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		cek := []byte(c.Key)
		if cek == nil {
			key, err := pkcs8.Parse(file.Keys[c.Recipient])
			if err != nil {
				t.Fatal(err)
			}
			cert, err := x509.ParseCertificate(file.Certificates[c.Recipient])
			if err != nil {
				t.Fatal(err)
			}
			if c.Name == "A.2.2.1" { // the sender's own certificate
				if _, err := e.ContentKey(cert, key); !errors.Is(err, cms.ErrSender) {
					t.Errorf("%s without the sender: %v", c.Name, err)
				}
				sender, err := x509.ParseCertificate(file.Certificates["sender256"])
				if err != nil {
					t.Fatal(err)
				}
				e.Senders = append(e.Senders, sender)
			}
			if cek, err = e.ContentKey(cert, key); err != nil || !bytes.Equal(cek, c.CEK) {
				t.Errorf("%s: content key %x, %v", c.Name, cek, err)
				continue
			}
			other, err := x509.ParseCertificate(file.Certificates["root256"])
			if err != nil {
				t.Fatal(err)
			}
			if _, err := e.ContentKey(other, key); !errors.Is(err, cms.ErrNotRecipient) {
				t.Errorf("%s: for a stranger: %v", c.Name, err)
			}
		}
		var out bytes.Buffer
		if err := e.Decrypt(&out, cek); err != nil || !bytes.Equal(out.Bytes(), c.Plaintext) {
			t.Errorf("%s: %x, %v", c.Name, out.Bytes(), err)
		}
	}
	if done != 6 {
		t.Errorf("%d encrypted messages among the vectors", done)
	}
}

func TestEncryptForMany(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	var people []*pkitest.Identity
	var certs []*x509.Certificate
	for _, k := range []alg.Kind{alg.GOST256A, alg.GOST256B, alg.GOST256C, alg.GOST256D, alg.GOST512A, alg.GOST512B, alg.GOST512C, alg.RSA} {
		p := root.Signer(t, k, "CN="+k.Name())
		people, certs = append(people, p), append(certs, p.Cert)
	}
	content := make([]byte, 100_000)
	io.ReadFull(rand.Reader, content) //nolint:errcheck // never fails
	for _, kind := range []alg.CipherKind{alg.KuznyechikCTROMAC, alg.KuznyechikCTR, alg.MagmaCTROMAC, alg.MagmaCTR} {
		for _, n := range []int{0, 1, 8, 4096, 65536, 65537, len(content)} {
			message := encrypt(t, content[:n], kind, certs...)
			for _, p := range people {
				if got, err := open(message, p.Cert, p.Key); err != nil || !bytes.Equal(got, content[:n]) {
					t.Errorf("cipher %d, %d octets, %s: %v", kind, n, p.Cert.Subject, err)
				}
			}
			if got, err := open(message, nil, people[3].Key); err != nil || !bytes.Equal(got, content[:n]) {
				t.Errorf("without a certificate: %v", err)
			}
			stranger := pkitest.Key(t, alg.GOST256B)
			if _, err := open(message, nil, stranger); err == nil {
				t.Error("a stranger's key opens")
			}
			if _, err := open(message, certs[1], stranger); !errors.Is(err, cms.ErrDecrypt) {
				t.Errorf("another key for the certificate: %v", err)
			}
		}
	}
}

// Whatever octet of a message with a code is changed, no wrong content comes out.
func TestEncryptedChanged(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	to := root.Signer(t, alg.GOST256A, "CN=To")
	content := []byte("a message of some length")
	for _, kind := range []alg.CipherKind{alg.KuznyechikCTROMAC, alg.MagmaCTROMAC} {
		message := encrypt(t, content, kind, to.Cert)
		for i := range message {
			changed := slices.Clone(message)
			changed[i] ^= 1 << (i % 8)
			if got, err := open(changed, to.Cert, to.Key); err == nil && !bytes.Equal(got, content) {
				t.Fatalf("octet %d changed: %q", i, got)
			}
		}
		for n := range message {
			if _, err := open(message[:n], to.Cert, to.Key); err == nil {
				t.Fatalf("cut to %d octets: opens", n)
			}
		}
		if _, err := open(append(slices.Clone(message), 0), to.Cert, to.Key); err == nil {
			t.Error("an octet behind the message")
		}
	}
	// The code taken off: a cipher with a code does not open without.
	message := encrypt(t, content, alg.KuznyechikCTROMAC, to.Cert)
	e, err := readEncrypted(message)
	if err != nil {
		t.Fatal(err)
	}
	if !e.Cipher.Authenticated() || e.ContentType != cms.OIDData || len(e.Recipients) != 1 || !e.Recipients[0].Matches(to.Cert) {
		t.Errorf("%+v", e)
	}
	if err := e.Decrypt(io.Discard, make([]byte, 5)); !errors.Is(err, cms.ErrDecrypt) {
		t.Errorf("a key of 5 octets: %v", err)
	}
	corpus, err := readEncrypted(pkitest.ReadCorpus(t, "cms-enveloped/bc-gost3410_2001_KeyAgree.p7e"))
	if err != nil {
		t.Fatal(err)
	}
	if err := corpus.Decrypt(io.Discard, make([]byte, 5)); !errors.Is(err, cms.ErrDecrypt) { // no stream
		t.Errorf("a key of 5 octets for an old message: %v", err)
	}
}

// Streaming programs write BER: indefinite lengths and content in pieces.
func TestEncryptedBER(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	to := root.Signer(t, alg.GOST256B, "CN=To")
	content := bytes.Repeat([]byte("stream"), 1000)
	message := encrypt(t, content, alg.KuznyechikCTROMAC, to.Cert)

	r := der.NewReader(message)
	info := r.Sequence()
	contentType := info.Raw(der.TagOID)
	data := info.Enter(der.ContextConstructed(0)).Sequence()
	version, infos := data.Raw(der.TagInteger), data.Raw(der.TagSet)
	encrypted := data.Sequence()
	dataType, cipher := encrypted.Raw(der.TagOID), encrypted.Raw(der.TagSequence)
	octets := encrypted.Content(der.Context(0))
	attributes := data.Raw(der.ContextConstructed(1))
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	open0 := func(tag byte, parts ...[]byte) []byte {
		return slices.Concat([]byte{tag, 0x80}, slices.Concat(parts...), []byte{0, 0})
	}
	ber := open0(0x30, contentType, open0(0xa0, open0(0x30, version, infos,
		open0(0x30, dataType, cipher, open0(0xa0, der.OctetString(octets[:100]), der.OctetString(octets[100:]))), attributes)))
	if got, err := open(ber, to.Cert, to.Key); err != nil || !bytes.Equal(got, content) {
		t.Errorf("BER: %v", err)
	}
}

func TestEncryptRefuses(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	to := root.Signer(t, alg.GOST256B, "CN=To")
	p256 := root.Signer(t, alg.P256, "CN=Elliptic")
	run := func(size int64, recipients ...*x509.Certificate) error {
		return cms.Encrypt(rand.Reader, io.Discard, strings.NewReader("four"), size, recipients, alg.UnknownCipher)
	}
	if err := run(4, to.Cert); err != nil {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"nobody": run(4), "shorter": run(5, to.Cert), "longer": run(3, to.Cert), "negative": run(-1, to.Cert), "huge": run(1<<31, to.Cert),
	} {
		if err == nil {
			t.Errorf("%s: encrypted", name)
		}
	}
	err := run(4, to.Cert, p256.Cert)
	if e, ok := errors.AsType[*cms.RecipientError](err); !ok || !e.Certificate.Equal(p256.Cert) || !errors.Is(err, alg.ErrUnsupported) {
		t.Errorf("P-256 recipient: %v", err)
	}
	if _, err := readEncrypted(der.Sequence(der.ObjectID(cms.OIDSignedData), der.Explicit(0, der.Sequence()))); err == nil {
		t.Error("signed data taken for encrypted")
	} else if e, ok := errors.AsType[*cms.TypeError](err); !ok || e.ContentType != cms.OIDSignedData {
		t.Errorf("signed data: %v", err)
	}
}

// The files of R 1323565.1.025-2019 as the GOST engine ships them.
func TestEncryptedCorpus(t *testing.T) {
	t.Parallel()
	read := func(name string) []byte {
		in := pkitest.ReadCorpus(t, "cms-enveloped/tc26-"+name)
		if block, _ := pem.Decode(in); block != nil {
			return block.Bytes
		}
		return in
	}
	certificate := func(name string) *x509.Certificate {
		cert, err := x509.ParseCertificate(read(name + "_cert.pem"))
		if err != nil {
			t.Fatal(err)
		}
		return cert
	}
	root := certificate("root256")
	for _, name := range []string{"root256", "sender256", "sender512", "recipient256", "recipient512"} {
		key, err := pkcs8.Parse(read(name + "_key.pem"))
		if err != nil {
			t.Fatal(err)
		}
		cert := certificate(name)
		if err := cert.CheckSignatureFrom(root); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// The key shipped beside root256 is another one.
		if same := key.PublicKey().Equal(cert.PublicKey); same != (name != "root256") {
			t.Errorf("%s: key of the certificate %v", name, same)
		}
	}
	text := bytes.TrimSuffix(read("text_decrypted.plain"), []byte("\n"))
	for name, recipient := range map[string]string{
		"encrypted_keyagree_a211.pem": "recipient512", "encrypted_keyagree_a221.pem": "recipient256",
		"encrypted_keytrans_a241.pem": "recipient512", "encrypted_kuznyechik_a421.pem": "",
	} {
		e, err := readEncrypted(read(name))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e.Senders = append(e.Senders, certificate("sender256"))
		plain := bytes.Replace(text, []byte("EnvelopedData"), []byte("EncryptedData"), 1)
		cek, err := hex.DecodeString(string(bytes.TrimSpace(read("encryption_key.hex"))))
		slices.Reverse(cek) // printed most significant octet first
		if recipient != "" {
			plain = text
			var key *alg.PrivateKey
			if key, err = pkcs8.Parse(read(recipient + "_key.pem")); err == nil {
				cek, err = e.ContentKey(certificate(recipient), key)
			}
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var out bytes.Buffer
		if err := e.Decrypt(&out, cek); err != nil || !bytes.Equal(out.Bytes(), plain) {
			t.Errorf("%s: %x, want %x, %v", name, out.Bytes(), plain, err)
		}
	}
}

// RFC 4490 as programs before R 1323565.1.025 wrote it. The key is that of the certificate in RFC 4491.
func TestEncryptedOld(t *testing.T) {
	t.Parallel()
	var file struct {
		Cases []struct {
			Name        string
			Message     hexBytes `json:"cms_der"`
			Certificate hexBytes `json:"certificate_der"`
			D           hexBytes
			Plaintext   hexBytes
		}
	}
	load(t, "cms-x509-pfx-legacy.json", &file)
	d := slices.Clone(file.Cases[0].D)
	slices.Reverse(d)
	cert, err := x509.ParseCertificate(file.Cases[0].Certificate)
	if err != nil {
		t.Fatal(err)
	}
	r := der.NewReader(cert.PublicKey.SPKI())
	key, err := alg.ParsePrivateKey(r.Sequence().Raw(der.TagSequence), d)
	if err != nil || !key.PublicKey().Equal(cert.PublicKey) {
		t.Fatal(err)
	}
	done := 0
	for _, c := range file.Cases {
		if !strings.Contains(c.Name, "RFC 4490 GostR3410-2001-key") {
			continue
		}
		done++
		got, err := open(c.Message, cert, key)
		if want := "sample text\n"; err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", c.Name, got, err)
		}
		if _, err := open(c.Message, nil, pkitest.Key(t, alg.GOST256B)); err == nil {
			t.Errorf("%s: a stranger's key opens", c.Name)
		}
	}
	if done != 2 {
		t.Errorf("%d messages", done)
	}
	// Bouncy Castle's: whose keys are not at hand, but all is read that can be.
	for name, recipient := range map[string]string{"bc-gost2012_Reci_Msg.p7e": "bc-gost2012_KeyTrans_Reci_Cert.der", "bc-gost3410_2001_KeyAgree.p7e": ""} {
		e, err := readEncrypted(pkitest.ReadCorpus(t, "cms-enveloped/"+name))
		if err != nil || len(e.Recipients) != 1 || e.Recipients[0].Err != nil {
			t.Errorf("%s: %+v, %v", name, e, err)
			continue
		}
		if recipient == "" {
			if got, err := open(pkitest.ReadCorpus(t, "cms-enveloped/"+name), cert, key); err != nil {
				t.Errorf("%s: %q, %v", name, got, err)
			}
			continue
		}
		if _, err := x509.ParseCertificate(pkitest.ReadCorpus(t, "cms-enveloped/"+recipient)); err != nil {
			t.Errorf("%s: %v", recipient, err)
		}
	}
}

func FuzzReadEncrypted(f *testing.F) {
	var file struct {
		Certificates map[string]hexBytes
		Keys         map[string]hexBytes `json:"private_keys_pkcs8"`
		Cases        []struct {
			Message hexBytes `json:"cms_der"`
		}
	}
	load(f, "cms-x509-pfx-legacy.json", &file)
	legacy := file.Cases
	load(f, "cms-r1323565.1.025.json", &file)
	for _, c := range append(legacy, file.Cases...) {
		if message := []byte(c.Message); len(message) > 0 {
			f.Add(message)
			f.Add(slices.Concat([]byte{0x30, 0x80}, message[4:], []byte{0, 0})) // BER; the heads are of 4 octets
		}
	}
	sender, err := x509.ParseCertificate(file.Certificates["sender256"])
	if err != nil {
		f.Fatal(err)
	}
	var keys []*alg.PrivateKey
	for _, name := range []string{"recipient256", "recipient512"} {
		key, err := pkcs8.Parse(file.Keys[name])
		if err != nil {
			f.Fatal(err)
		}
		keys = append(keys, key)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		e, err := readEncrypted(in)
		if err != nil {
			return
		}
		if len(e.Recipients) > 1024 {
			t.Error("bound of recipients")
		}
		e.Senders = append(e.Senders, sender)
		for _, key := range keys {
			if cek, err := e.ContentKey(nil, key); err == nil {
				e.Decrypt(io.Discard, cek) //nolint:errcheck // must not panic
			}
		}
		e.Decrypt(io.Discard, make([]byte, e.Cipher.KeySize())) //nolint:errcheck // must not panic
	})
}

// What stands before the content is bounded, and reading it costs no more than its length.
func TestEncryptedHead(t *testing.T) {
	t.Parallel()
	message := func(head ...[]byte) []byte {
		info := der.Sequence(der.ObjectID(cms.OIDData), der.Sequence(der.ObjectID("1.2.643.7.1.1.5.2.1"),
			der.Sequence(der.OctetString(make([]byte, 16)))), der.Element(der.Context(0)))
		return der.Sequence(der.ObjectID(cms.OIDEnvelopedData), der.Explicit(0, der.Sequence(slices.Concat(head...), info)))
	}
	agreement := func(recipients int) []byte {
		name := der.Sequence(der.Sequence(), der.Int(1))
		one := der.Sequence(name, der.OctetString(nil))
		return der.Element(der.ContextConstructed(1), der.Int(3), der.Explicit(0, name),
			der.Sequence(der.ObjectID("1.2.643.7.1.1.7.2.1"), der.Sequence(der.ObjectID("1.2.643.7.1.1.6.1"))),
			der.Sequence(bytes.Repeat(one, recipients)))
	}
	if e, err := readEncrypted(message(der.Int(2), der.SetOf(agreement(1000), agreement(24)))); err != nil || len(e.Recipients) != 1024 {
		t.Errorf("1024 recipients: %v", err)
	}
	for name, in := range map[string][]byte{
		"1025 recipients":         message(der.Int(2), der.SetOf(agreement(1000), agreement(25))),
		"recipients missing":      message(der.Int(2)),
		"300000 elements":         message(der.Int(2), bytes.Repeat(der.Null(), 300_000), der.SetOf()),
		"two infos on the sender": message(der.Int(2), bytes.Repeat(der.Element(der.ContextConstructed(0)), 2), der.SetOf()),
	} {
		started := time.Now()
		if _, err := readEncrypted(in); err == nil {
			t.Errorf("%s: read", name)
		}
		if d := time.Since(started); d > 5*time.Second {
			t.Errorf("%s: %v", name, d)
		}
	}
}

// An error tells where and what, once.
func TestEncryptedReasons(t *testing.T) {
	t.Parallel()
	contentType := der.ObjectID(cms.OIDEnvelopedData)
	for in, want := range map[string]string{
		string(slices.Concat([]byte{0x30, 0x80}, contentType, []byte{0xa0, 0x80}, bytes.Repeat([]byte{0x30, 0x80}, 1000))): "nested too deep",
		string(der.Sequence(contentType, []byte{0xa0, 0x82})):                                                              "length octets out of bounds",
		string(der.Sequence(contentType, der.Explicit(0, der.Sequence([]byte{2, 5, 1})))):                                  "length beyond the end of the data",
	} {
		if _, err := readEncrypted([]byte(in)); err == nil || !strings.Contains(err.Error(), want) || strings.Count(err.Error(), "octet ") != 1 {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
