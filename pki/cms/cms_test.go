// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cms_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

func load(t testing.TB, name string, to any) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, to); err != nil {
		t.Fatal(err)
	}
}

// check verifies every signer of a message against its own certificates and the
// given content.
func check(sd *cms.SignedData, content []byte) error {
	for _, si := range sd.Signers {
		if si.Digest == alg.NoHash {
			return alg.ErrUnsupported
		}
		digest := si.Digest.Sum(content)
		if err := si.CheckDigest(sd.ContentType, digest); err != nil {
			return err
		}
		err := errors.New("no certificate")
		for _, c := range sd.Certificates {
			if si.Names(c) {
				err = si.CheckSignature(c.PublicKey, digest)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func TestVectorsOfR1323565(t *testing.T) {
	t.Parallel()
	var file struct {
		Cases []struct {
			Name    string
			What    string
			CMS     hexBytes `json:"cms_der"`
			Content hexBytes
			Signed  bool `json:"signed_attributes"`
		}
	}
	load(t, "cms-r1323565.1.025.json", &file)
	signed := 0
	for _, c := range file.Cases {
		sd, err := cms.ParseSignedData(c.CMS)
		if c.What != "SignedData" {
			var other *cms.TypeError
			if !errors.As(err, &other) {
				t.Errorf("%s (%s): %v, want a type error", c.Name, c.What, err)
			}
			continue
		}
		signed++
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		if !bytes.Equal(sd.Content, c.Content) || sd.Detached || (sd.Signers[0].SignedOctets != nil) != c.Signed {
			t.Errorf("%s: content or attributes differ", c.Name)
		}
		if err := check(sd, sd.Content); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
		if err := check(sd, append(sd.Content, 0)); err == nil {
			t.Errorf("%s: verifies other content", c.Name)
		}
		if !bytes.Equal(sd.Encode(), c.CMS) {
			t.Errorf("%s: not the same octets after a round trip", c.Name)
		}
	}
	if signed != 2 {
		t.Errorf("%d signed cases, want 2", signed)
	}
}

// TestOlderExamples verifies the messages of RFC 4490 and of the recommendations of
// 2013; the signers' certificates stand beside them.
func TestOlderExamples(t *testing.T) {
	t.Parallel()
	var file struct {
		Cases []struct {
			Name    string
			CMS     hexBytes `json:"cms_der"`
			Cert    hexBytes `json:"certificate_der"`
			D       hexBytes // big-endian
			Content hexBytes
		}
	}
	load(t, "cms-x509-pfx-legacy.json", &file)
	certificate := map[string]*x509.Certificate{}
	for _, c := range file.Cases {
		if len(c.Cert) > 0 {
			cert, err := x509.ParseCertificate(c.Cert)
			if err != nil {
				t.Fatal(err)
			}
			if err := cert.CheckSignatureFrom(cert); err != nil {
				t.Errorf("%s: %v", c.Name, err)
			}
			slices.Reverse(c.D)
			key, err := alg.ParsePrivateKey(der.NewReader(cert.RawSPKI).Sequence().Raw(der.TagSequence), c.D)
			if err != nil || !key.PublicKey().Equal(cert.PublicKey) {
				t.Errorf("%s: its private key is another's, %v", c.Name, err)
			}
			certificate[c.Name] = cert
		}
	}
	for message, signer := range map[string]string{
		"RFC 4490 GostR3410-2001-signed.bin":   "RFC 4491 4.2 certificate (GOST R 34.10-2001)",
		"TK26 CMS SignedData example, 256 bit": "TK26 X.509 example, 256 bit",
		"TK26 CMS SignedData example, 512 bit": "TK26 X.509 example, 512 bit",
	} {
		for _, c := range file.Cases {
			if c.Name != message {
				continue
			}
			sd, err := cms.ParseSignedData(c.CMS)
			if err != nil {
				t.Fatalf("%s: %v", c.Name, err)
			}
			si := sd.Signers[0]
			digest := si.Digest.Sum(sd.Content)
			if !bytes.Equal(sd.Content, c.Content) || si.CheckDigest(sd.ContentType, digest) != nil {
				t.Errorf("%s: other content", c.Name)
			}
			if err := si.CheckSignature(certificate[signer].PublicKey, digest); err != nil {
				t.Errorf("%s: %v", c.Name, err)
			}
			delete(certificate, signer)
		}
	}
	if len(certificate) != 0 {
		t.Errorf("not found: %v", certificate)
	}
}

func TestMessagesOfGostEngine(t *testing.T) {
	t.Parallel()
	var file struct {
		Cases []struct {
			Name    string
			Cert    hexBytes `json:"certificate_der"`
			Message hexBytes
			With    hexBytes `json:"cms_signed_attrs"`
			Without hexBytes `json:"cms_no_attrs"`
		}
	}
	load(t, "interop-gost-engine.json", &file)
	for _, c := range file.Cases {
		for i, message := range [][]byte{c.With, c.Without} {
			sd, err := cms.ParseSignedData(message)
			if err != nil {
				t.Fatalf("%s: %v", c.Name, err)
			}
			content := []byte(c.Message)
			if !sd.Detached {
				content = sd.Content
			}
			if err := check(sd, content); err != nil {
				t.Errorf("%s %d: %v", c.Name, i, err)
			}
			err = check(sd, []byte("other"))
			if want := []error{cms.ErrContentDigest, alg.ErrSignature}[i]; !errors.Is(err, want) {
				t.Errorf("%s %d over other content: %v, want %v", c.Name, i, err, want)
			}
		}
	}
}

func build(t testing.TB, id *pkitest.Identity, content []byte, attributes bool) (*cms.Builder, *cms.SignerInfo) {
	t.Helper()
	h := id.Key.Kind().Hash()
	digest := h.Sum(content)
	var signed []cms.Attribute
	if attributes {
		signed = cms.ContentAttributes(cms.OIDData, digest, pkitest.Now)
		digest = h.Sum(cms.SignedOctets(signed))
	}
	sig, err := id.Key.SignDigest(rand.Reader, h, digest)
	if err != nil {
		t.Fatal(err)
	}
	si := cms.NewSigner(id.Cert, h, id.Key.Kind().Algorithm(), signed, sig)
	return &cms.Builder{Certificates: []*x509.Certificate{id.Cert}, Signers: []*cms.SignerInfo{si}}, si
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	content := bytes.Repeat([]byte("договор "), 40)
	for _, kind := range pkitest.Kinds() {
		root := pkitest.Root(t, kind, "CN=Root")
		for _, attributes := range []bool{true, false} {
			b, _ := build(t, root, content, attributes)
			b.CRLs = [][]byte{root.CRL(t, pkitest.Start, pkitest.End)}
			attached, err := b.Attached(content)
			if err != nil {
				t.Fatal(err)
			}
			sd, err := cms.ParseSignedData(attached)
			if err != nil {
				t.Fatal(err)
			}
			if err := check(sd, sd.Content); err != nil || len(sd.CRLs) != 1 {
				t.Errorf("%s attached: %v", kind.Name(), err)
			}
			if !bytes.Equal(sd.Encode(), attached) {
				t.Errorf("%s: another encoding after parsing", kind.Name())
			}
			sd, err = cms.ParseSignedData(append(b.Detached(), 0, 0, 0))
			if err != nil || !sd.Detached {
				t.Fatal(err)
			}
			if err := check(sd, content); err != nil {
				t.Errorf("%s detached: %v", kind.Name(), err)
			}
			if attributes && !sd.Signers[0].SigningTime().Equal(pkitest.Now) {
				t.Errorf("signing time %v", sd.Signers[0].SigningTime())
			}
		}
	}
}

func TestUnsignedAttributesAndSecondSigner(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	other := root.Signer(t, alg.GOST512A, "CN=Other")
	content := []byte("content")
	b, _ := build(t, root, content, true)
	b.OCSP = [][]byte{der.Sequence(der.Enumerated(1))}
	sd, err := cms.ParseSignedData(b.Detached())
	if err != nil || len(sd.OCSP) != 1 {
		t.Fatalf("%v, %d responses", err, len(sd.OCSP))
	}
	_, second := build(t, other, content, false)
	sd.AddSigner(second)
	sd.AddCertificate(other.Cert)
	sd.AddCertificate(other.Cert)
	sd.Signers[0].AddUnsigned("1.2.3.4", der.Int(1))
	sd.Signers[0].AddUnsigned("1.2.3.4", der.Int(2))
	again, err := cms.ParseSignedData(sd.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if err := check(again, content); err != nil {
		t.Error(err)
	}
	if len(again.Signers) != 2 || len(again.Certificates) != 2 {
		t.Errorf("%d signers, %d certificates", len(again.Signers), len(again.Certificates))
	}
	for _, si := range again.Signers {
		if n := len(cms.All(si.UnsignedAttributes, "1.2.3.4")); n != 0 && n != 2 {
			t.Errorf("%d values", n)
		}
		if _, ok := cms.Find(si.UnsignedAttributes, "1.2.3.4"); ok {
			t.Error("an attribute with two values found as one")
		}
	}
	if again.Encode()[0] != 0x30 || !strings.Contains(hex.EncodeToString(again.Encode()), "020105") {
		t.Error("version is not 5 with other revocation data")
	}
}

func TestFrameOfAStream(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256A, "CN=Root")
	for _, size := range []int{0, 1, 127, 128, 65_536, 1 << 24} {
		content := make([]byte, size)
		b, _ := build(t, root, content, true)
		whole, err := b.Attached(content)
		if err != nil {
			t.Fatal(err)
		}
		sd, err := cms.ParseSignedData(whole)
		if err != nil || len(sd.Content) != size {
			t.Errorf("%d octets: %v", size, err)
		}
	}
	b, _ := build(t, root, nil, true)
	for _, size := range []int64{-1, 1 << 31, 1<<31 - 10} {
		if _, _, err := b.Frame(size); !errors.Is(err, cms.ErrTooLong) {
			t.Errorf("%d octets: %v", size, err)
		}
	}
}

func TestAttributesAreJudged(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	content := []byte("content")
	digest := alg.Streebog256.Sum(content)
	contentType := cms.NewAttribute(cms.OIDContentType, der.ObjectID(cms.OIDData))
	messageDigest := cms.NewAttribute(cms.OIDMessageDigest, der.OctetString(digest))
	protect := func(hash, signature []byte) cms.Attribute {
		return cms.NewAttribute(cms.OIDAlgorithmProtect, der.Sequence(hash, der.Retag(der.ContextConstructed(1), signature)))
	}
	own := protect(alg.Streebog256.Identifier(), alg.GOST256B.Algorithm().Identifier())
	for _, test := range []struct {
		name       string
		attributes []cms.Attribute
		want       error
	}{
		{"good", []cms.Attribute{contentType, messageDigest}, nil},
		{"algorithm protection", []cms.Attribute{contentType, messageDigest, own}, nil},
		{"other algorithm protected", []cms.Attribute{contentType, messageDigest, protect(alg.SHA256.Identifier(), alg.GOST256B.Algorithm().Identifier())}, cms.ErrAttributes},
		{"protection twice", []cms.Attribute{contentType, messageDigest, own, own}, cms.ErrAttributes},
		{"protection is no sequence", []cms.Attribute{contentType, messageDigest, cms.NewAttribute(cms.OIDAlgorithmProtect, der.Null())}, cms.ErrAttributes},
		{"no digest", []cms.Attribute{contentType}, cms.ErrAttributes},
		{"two digests", []cms.Attribute{contentType, messageDigest, messageDigest}, cms.ErrAttributes},
		{"digest with two values", []cms.Attribute{contentType, cms.NewAttribute(cms.OIDMessageDigest, der.OctetString(digest), der.OctetString(nil))}, cms.ErrAttributes},
		{"digest is no octet string", []cms.Attribute{contentType, cms.NewAttribute(cms.OIDMessageDigest, der.Null())}, cms.ErrAttributes},
		{"no content type", []cms.Attribute{messageDigest}, cms.ErrAttributes},
		{"other content type", []cms.Attribute{messageDigest, cms.NewAttribute(cms.OIDContentType, der.ObjectID("1.2.3"))}, cms.ErrAttributes},
		{"other digest", []cms.Attribute{contentType, cms.NewAttribute(cms.OIDMessageDigest, der.OctetString(alg.Streebog256.Sum(nil)))}, cms.ErrContentDigest},
	} {
		sig, err := root.Key.SignDigest(rand.Reader, alg.Streebog256, alg.Streebog256.Sum(cms.SignedOctets(test.attributes)))
		if err != nil {
			t.Fatal(err)
		}
		si := cms.NewSigner(root.Cert, alg.Streebog256, alg.GOST256B.Algorithm(), test.attributes, sig)
		sd, err := cms.ParseSignedData((&cms.Builder{Signers: []*cms.SignerInfo{si}}).Detached())
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if err := sd.Signers[0].CheckDigest(cms.OIDData, digest); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		if err := sd.Signers[0].CheckSignature(root.Cert.PublicKey, digest); err != nil {
			t.Errorf("%s: signature: %v", test.name, err)
		}
	}
	if err := (&cms.SignerInfo{}).CheckSignature(nil, nil); !errors.Is(err, alg.ErrUnsupported) {
		t.Errorf("no key: %v", err)
	}
}

func TestBrokenMessages(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	b, si := build(t, root, []byte("x"), true)
	good := b.Detached()
	signer := si
	many := &cms.Builder{}
	for range 129 {
		many.Signers = append(many.Signers, signer)
	}
	wrap := func(parts ...[]byte) []byte {
		return der.Sequence(der.ObjectID(cms.OIDSignedData), der.Explicit(0, der.Sequence(parts...)))
	}
	encap := der.Sequence(der.ObjectID(cms.OIDData))
	for _, test := range []struct {
		name   string
		in     []byte
		reason string
	}{
		{"empty", nil, "cut short"},
		{"text", []byte("hello, world"), ""},
		{"cut", good[:len(good)-1], "beyond the end"},
		{"tail", append(bytes.Clone(good), 1), "behind the message"},
		{"other type", der.Sequence(der.ObjectID(cms.OIDEnvelopedData), der.Explicit(0)), "another type, 1.2.840.113549.1.7.3"},
		{"no content", der.Sequence(der.ObjectID(cms.OIDSignedData)), "missing"},
		{"version 0", wrap(der.Int(0), der.SetOf(), encap, der.SetOf()), "version of signed data"},
		{"version 9", wrap(der.Int(9), der.SetOf(), encap, der.SetOf()), "version of signed data"},
		{"no signers field", wrap(der.Int(1), der.SetOf(), encap), "missing"},
		{"something behind", wrap(der.Int(1), der.SetOf(), encap, der.SetOf(), der.Null()), "trailing"},
		{"content no octets", wrap(der.Int(1), der.SetOf(), der.Sequence(der.ObjectID(cms.OIDData), der.Explicit(0, der.Null())), der.SetOf()), "unexpected tag"},
		{"signer version", wrap(der.Int(1), der.SetOf(), encap, der.SetOf(der.Sequence(der.Int(7), der.Sequence(der.Sequence(), der.Int(1))))), "version of signer"},
		{"signer name", wrap(der.Int(1), der.SetOf(), encap, der.SetOf(der.Sequence(der.Int(1), der.Sequence(der.Sequence(der.Null()), der.Int(1))))), ""},
		{"attribute without set", bytes.Replace(good, signer.SignedAttributes[0].Raw[2:4], []byte{5, 0}, 1), ""},
		{"too many signers", many.Detached(), "too many signers"},
	} {
		_, err := cms.ParseSignedData(test.in)
		if err == nil || !strings.Contains(err.Error(), test.reason) {
			t.Errorf("%s: %v, want %q", test.name, err, test.reason)
		}
	}
	if sd, err := cms.ParseSignedData(wrap(der.Int(1), der.SetOf(), encap, der.SetOf())); err != nil || len(sd.Signers) != 0 {
		t.Errorf("a bundle of certificates alone: %v", err)
	}
}

func TestUnarmor(t *testing.T) {
	t.Parallel()
	message := der.Sequence(der.ObjectID(cms.OIDSignedData), der.Null())
	text := base64.StdEncoding.EncodeToString(message)
	for name, in := range map[string][]byte{
		"binary":       message,
		"pem":          pem.EncodeToMemory(&pem.Block{Type: "CMS", Bytes: message}),
		"base64":       []byte(text),
		"base64 lines": []byte("\xef\xbb\xbf" + text[:8] + "\r\n" + text[8:] + "\r\n"),
		"mime": []byte("MIME-Version: 1.0\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data\n" +
			"Content-Transfer-Encoding: base64\n\n" + text[:8] + "\n" + text[8:] + "\n\n"),
		"mime with dos":  []byte("Content-Transfer-Encoding: BASE64\r\nContent-Type: application/x-pkcs7-mime\r\n\r\n" + text + "\r\n"),
		"pkcs7 with dos": bytes.ReplaceAll(pem.EncodeToMemory(&pem.Block{Type: "PKCS7", Bytes: message}), []byte("\n"), []byte("\r\n")),
	} {
		if got := cms.Unarmor(in); !bytes.Equal(got, message) {
			t.Errorf("%s: %x", name, got)
		}
	}
	for _, in := range []string{
		"", "not base64!", "AAA", "0000 0", "Subject: x\n\nMAA=",
		"Content-Type: application/pkcs7-mime\n\nMAA=", "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nMAA=",
	} {
		if got := cms.Unarmor([]byte(in)); string(got) != in {
			t.Errorf("%q became %q", in, got)
		}
	}
}

func FuzzParseSignedData(f *testing.F) {
	root := pkitest.Root(f, alg.GOST256B, "CN=Root")
	b, si := build(f, root, []byte("content"), true)
	f.Add(b.Detached())
	si.AddUnsigned("1.2.3", der.Int(5))
	attached, err := b.Attached([]byte("content"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(attached)
	f.Fuzz(func(t *testing.T, in []byte) {
		sd, err := cms.ParseSignedData(cms.Unarmor(in))
		if err != nil {
			return
		}
		_ = check(sd, []byte("content"))
		again, err := cms.ParseSignedData(sd.Encode())
		if err != nil {
			t.Fatalf("own encoding does not parse: %v", err)
		}
		if !bytes.Equal(again.Encode(), sd.Encode()) {
			t.Fatal("encoding is not stable")
		}
	})
}
