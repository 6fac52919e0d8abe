// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xades_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/pki/xades"
	"podpis/pki/xmldsig"
	"podpis/pki/xmltree"
)

const document = "<?xml version=\"1.0\"?>\n<!-- c --><договор xmlns='urn:x' номер=\"1\">\r\n <предмет>Поставка</предмет>\n</договор>\n"

// packaging makes one of the three kinds of signature.
type packaging func(xades.Template) (*xades.Prepared, error)

func enveloped(t xades.Template) (*xades.Prepared, error) {
	return xades.Enveloped(t, []byte(document))
}

func enveloping(t xades.Template) (*xades.Prepared, error) {
	return xades.Enveloping(t, []byte("any octets \x00\xff"))
}

func detached(t xades.Template) (*xades.Prepared, error) {
	h := t.Certificate.PublicKey.Kind().Hash()
	return xades.Detached(t, "файл & co.pdf", h.Sum([]byte("content")))
}

func finish(t testing.TB, id *pkitest.Identity, p *xades.Prepared) *xades.Signed {
	t.Helper()
	value, err := id.Key.SignDigest(rand.Reader, id.Key.Kind().Hash(), p.Digest())
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Finish(value, false)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func template(id *pkitest.Identity) xades.Template {
	return xades.Template{Certificate: id.Cert, Time: pkitest.Now}
}

// stamp makes a token over a digest.
func stamp(t testing.TB, tsa *pkitest.Identity, h alg.Hash, digest []byte) *tsp.Token {
	t.Helper()
	q, err := tsp.NewRequest(rand.Reader, h, digest)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := (&tsp.Template{Request: q, Policy: "1.2.3.4", Serial: x509.NewSerial([]byte{7}), Time: pkitest.Now, Certificate: tsa.Cert}).Token(rand.Reader, tsa.Key)
	if err != nil {
		t.Fatal(err)
	}
	token, err := tsp.ParseToken(raw)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func signedT(t testing.TB, root, id *pkitest.Identity, pack packaging) []byte {
	t.Helper()
	p, err := pack(template(id))
	if err != nil {
		t.Fatal(err)
	}
	s := finish(t, id, p)
	h := id.Key.Kind().Hash()
	digest, err := s.StampDigest(h)
	if err != nil {
		t.Fatal(err)
	}
	s, err = s.AddTimestamp(stamp(t, root.TSA(t, id.Key.Kind()), h, digest))
	if err != nil {
		t.Fatal(err)
	}
	return s.Bytes()
}

func only(t testing.TB, in []byte) *xades.Signature {
	t.Helper()
	d, err := xades.Parse(in)
	if err != nil || len(d.Signatures) != 1 {
		t.Fatalf("%v in %s", err, in)
	}
	return d.Signatures[0]
}

// good reports that a signature is right in all its parts.
func good(t testing.TB, s *xades.Signature, id *pkitest.Identity) error {
	t.Helper()
	s.Document().Open = func(*xmldsig.Reference) (io.Reader, error) { return strings.NewReader("content"), nil }
	err := errors.Join(s.Err, s.PropertiesErr, s.CheckValue(id.Cert.PublicKey), s.CheckSigningCertificate(id.Cert))
	for _, r := range s.References {
		err = errors.Join(err, r.Check())
	}
	for _, x := range s.Timestamps {
		token, parsing := tsp.ParseToken(x.Token)
		if parsing != nil {
			return parsing
		}
		err = errors.Join(err, x.Check(token))
	}
	return err
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	made := 0
	for _, k := range pkitest.Kinds() {
		root := pkitest.Root(t, k, "CN=Root")
		id := root.Signer(t, k, "CN=Signer")
		for name, pack := range map[string]packaging{"enveloped": enveloped, "enveloping": enveloping, "detached": detached} {
			p, err := pack(xades.Template{Certificate: id.Cert, Chain: []*x509.Certificate{root.Cert}, Time: pkitest.Now})
			if err != nil {
				t.Fatalf("%s %s: %v", k.Name(), name, err)
			}
			s := only(t, finish(t, id, p).Bytes())
			if err := good(t, s, id); err != nil || s.Level() != xades.LevelB || !s.SigningTime.Equal(pkitest.Now) || len(s.Certificates) != 2 || len(s.Formats) != 1 {
				t.Errorf("%s %s: %v, %s", k.Name(), name, err, s.Level())
			}
			if s = only(t, signedT(t, root, id, pack)); good(t, s, id) != nil || s.Level() != xades.LevelT || len(s.Timestamps) != 1 {
				t.Errorf("%s %s with a stamp: %v, %s", k.Name(), name, good(t, s, id), s.Level())
			}
			made += 2
		}
	}
	t.Logf("%d signatures made and read", made)
}

// TestEnvelopedKeepsTheDocument: around the signature every octet is as it was.
func TestEnvelopedKeepsTheDocument(t *testing.T) {
	t.Parallel()
	id := pkitest.Root(t, alg.GOST256B, "CN=Root").Signer(t, alg.GOST256B, "CN=Signer")
	for name, test := range map[string]struct{ in, before, after string }{
		"utf-8":            {document, document[:strings.LastIndex(document, "</")], document[strings.LastIndex(document, "</"):]},
		"mark":             {"\xEF\xBB\xBF<a>я</a>", "\xEF\xBB\xBF<a>я", "</a>"},
		"empty root":       {"<p:a xmlns:p='u' b='/' />\n<!--x-->", "<p:a xmlns:p='u' b='/' >", "</p:a>\n<!--x-->"},
		"windows-1251":     {"<?xml version='1.0' encoding='windows-1251'?><\xD4\xE0\xE9\xEB>\xDF</\xD4\xE0\xE9\xEB >", "<?xml version='1.0' encoding='windows-1251'?><\xD4\xE0\xE9\xEB>\xDF", "</\xD4\xE0\xE9\xEB >"},
		"windows, empty":   {"<?xml version='1.0' encoding='windows-1251'?><\xD4\xE0\xE9\xEB \xDF='\xDF'/>", "<?xml version='1.0' encoding='windows-1251'?><\xD4\xE0\xE9\xEB \xDF='\xDF'>", "</\xD4\xE0\xE9\xEB>"},
		"comment like end": {"<a><b/><!--</a>--></a>", "<a><b/><!--</a>-->", "</a>"},
	} {
		p, err := xades.Enveloped(template(id), []byte(test.in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		out := string(finish(t, id, p).Bytes())
		inner, ok := strings.CutPrefix(out, test.before)
		if inner, ok2 := strings.CutSuffix(inner, test.after); !ok || !ok2 || !strings.HasPrefix(inner, "<ds:Signature ") || !strings.HasSuffix(inner, "</ds:Signature>") {
			t.Errorf("%s: %q", name, out)
		}
		s := only(t, []byte(out))
		if err := good(t, s, id); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if c, err := s.References[0].Coverage(); err != nil || !c.Whole || len(c.Omitted) != 1 {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}

func TestPrepareRefuses(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.P256, "CN=Root")
	id := root.Signer(t, alg.P256, "CN=Signer")
	o := template(id)
	first, err := xades.Enveloped(o, []byte(document))
	if err != nil {
		t.Fatal(err)
	}
	signed := finish(t, id, first)
	for _, test := range []struct {
		name string
		make func() (*xades.Prepared, error)
		want error
	}{
		{"no certificate", func() (*xades.Prepared, error) {
			return xades.Enveloping(xades.Template{Time: pkitest.Now}, nil)
		}, xades.ErrTemplate},
		{"no time", func() (*xades.Prepared, error) { return xades.Enveloping(xades.Template{Certificate: id.Cert}, nil) }, xades.ErrTemplate},
		{"digest of another hash", func() (*xades.Prepared, error) { return xades.Detached(o, "f", make([]byte, 20)) }, xades.ErrTemplate},
		{"no name", func() (*xades.Prepared, error) { return xades.Detached(o, "", make([]byte, 32)) }, xades.ErrTemplate},
		{"name inside", func() (*xades.Prepared, error) { return xades.Detached(o, "#x", make([]byte, 32)) }, xades.ErrTemplate},
		{"not XML", func() (*xades.Prepared, error) { return xades.Enveloped(o, []byte("text")) }, xmltree.ErrSyntax},
		{"UTF-16", func() (*xades.Prepared, error) { return xades.Enveloped(o, []byte("\xff\xfe<\x00a\x00/\x00>\x00")) }, xmltree.ErrEncoding},
		{"would break another", func() (*xades.Prepared, error) { return xades.Enveloped(o, signed.Bytes()) }, xades.ErrBreaks},
	} {
		if _, err := test.make(); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	value, err := root.Key.SignDigest(rand.Reader, alg.SHA256, first.Digest())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.Finish(value, false); !errors.Is(err, xades.ErrSelfCheck) {
		t.Errorf("value of another key: %v", err)
	}
	if _, err := first.Finish([]byte("nonsense"), false); !errors.Is(err, xades.ErrSelfCheck) {
		t.Errorf("no value: %v", err)
	}
	tsa := root.TSA(t, alg.P256)
	if _, err := signed.AddTimestamp(stamp(t, tsa, alg.SHA256, make([]byte, 32))); !errors.Is(err, tsp.ErrImprint) {
		t.Errorf("stamp over something else: %v", err)
	}
}

// raised inserts unsigned properties behind those that are there.
func raised(in []byte, properties string) []byte {
	text := string(in)
	if strings.Contains(text, "</xades:UnsignedSignatureProperties>") {
		return []byte(strings.Replace(text, "</xades:UnsignedSignatureProperties>", properties+"</xades:UnsignedSignatureProperties>", 1))
	}
	return []byte(strings.Replace(text, "</xades:SignedProperties>", "</xades:SignedProperties><xades:UnsignedProperties><xades:UnsignedSignatureProperties>"+properties+
		"</xades:UnsignedSignatureProperties></xades:UnsignedProperties>", 1))
}

// withStamp adds a time stamp property over what it has to cover.
func withStamp(t *testing.T, in []byte, tsa *pkitest.Identity, open, name string) []byte {
	t.Helper()
	with := func(token []byte) []byte {
		return raised(in, "<"+open+`><ds:CanonicalizationMethod Algorithm="http://www.w3.org/2006/12/xml-c14n11"/><xades:EncapsulatedTimeStamp>`+
			base64.StdEncoding.EncodeToString(token)+"</xades:EncapsulatedTimeStamp></"+name+">")
	}
	s := only(t, with([]byte{1}))
	h := tsa.Key.Kind().Hash()
	digest, err := s.Timestamps[len(s.Timestamps)-1].Digest(h)
	if err != nil {
		t.Fatal(err)
	}
	return with(stamp(t, tsa, h, digest).Raw)
}

// TestLevels raises a signature step by step and reads each step.
func TestLevels(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	id, tsa := root.Signer(t, alg.GOST256B, "CN=Signer"), root.TSA(t, alg.GOST256B)
	list := root.CRL(t, pkitest.Start, pkitest.End)
	refs := "<xades:CompleteCertificateRefs/><xades:CompleteRevocationRefs/>"
	values := "<xades:CertificateValues><xades:EncapsulatedX509Certificate>" + base64.StdEncoding.EncodeToString(root.Cert.Raw) +
		"</xades:EncapsulatedX509Certificate></xades:CertificateValues><xades:RevocationValues><xades:CRLValues><xades:EncapsulatedCRLValue>" +
		base64.StdEncoding.EncodeToString(list) + "</xades:EncapsulatedCRLValue></xades:CRLValues></xades:RevocationValues>"
	const v141 = ` xmlns:x141="` + xades.Namespace141 + `"`
	now := signedT(t, root, id, enveloping)
	expect := func(level xades.Level, stamps int) {
		t.Helper()
		s := only(t, now)
		if s.Level() != level || len(s.Timestamps) != stamps || good(t, s, id) != nil {
			t.Errorf("%s with %d stamps, want %s with %d: %v", s.Level(), len(s.Timestamps), level, stamps, good(t, s, id))
		}
	}
	expect(xades.LevelT, 1)
	long := withStamp(t, raised(now, values), tsa, "x141:ArchiveTimeStamp"+v141, "x141:ArchiveTimeStamp")
	now = raised(now, refs)
	expect(xades.LevelC, 1)
	now = withStamp(t, now, tsa, "x141:SigAndRefsTimeStampV2"+v141, "x141:SigAndRefsTimeStampV2")
	expect(xades.LevelX, 2)
	now = raised(now, values)
	expect(xades.LevelXL, 2)
	if e := only(t, now).Evidence; len(e.Certificates) != 2 || len(e.CRLs) != 1 || !bytes.Equal(e.CRLs[0], list) || e.Bad != 0 {
		t.Errorf("evidence: %d certificates, %d lists, %d bad", len(e.Certificates), len(e.CRLs), e.Bad)
	}
	now = withStamp(t, now, tsa, "x141:ArchiveTimeStamp"+v141, "x141:ArchiveTimeStamp")
	expect(xades.LevelLTA, 3)
	now = withStamp(t, now, tsa, "x141:ArchiveTimeStamp"+v141, "x141:ArchiveTimeStamp")
	expect(xades.LevelLTA, 4)
	now = long
	expect(xades.LevelLTA, 2)
	// What an archive stamp covers cannot be taken away, what comes later can be added.
	if s := only(t, bytes.Replace(long, []byte("<xades:CRLValues>"), []byte("<xades:CRLValues><!-- -->"), 1)); good(t, s, id) != nil {
		t.Error("a comment is not covered")
	}
	if s := only(t, bytes.Replace(long, []byte(values), nil, 1)); !errors.Is(good(t, s, id), tsp.ErrImprint) {
		t.Error("removed evidence is not noticed")
	}
	if s := only(t, raised(long, refs)); good(t, s, id) != nil {
		t.Errorf("added property: %v", good(t, s, id))
	}
}

// TestCounterSignature makes one over the value and one over something else.
func TestCounterSignature(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	id, second := root.Signer(t, alg.GOST256B, "CN=Signer"), root.Signer(t, alg.GOST256B, "CN=Second")
	in := signedT(t, root, id, enveloped)
	first := only(t, in)
	method, _ := xmldsig.MethodFor(alg.GOST256B)
	value, _ := first.ValueElement().Attr("Id")
	for _, test := range []struct {
		target string
		want   error
	}{{value, nil}, {first.ID + "-properties", xades.ErrCounter}} {
		place := func(digest, signature []byte) *xades.Signature {
			return only(t, raised(in, `<xades:CounterSignature><ds:Signature Id="second"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="`+xmldsig.ExclusiveURI+
				`"/><ds:SignatureMethod Algorithm="`+method.URI+`"/><ds:Reference URI="#`+test.target+`" Type="http://uri.etsi.org/01903#CountersignedSignature"><ds:Transforms><ds:Transform Algorithm="`+xmldsig.ExclusiveURI+
				`"/></ds:Transforms><ds:DigestMethod Algorithm="`+xmldsig.HashURI(method.Hash)+`"/><ds:DigestValue>`+base64.StdEncoding.EncodeToString(digest)+
				`</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>`+base64.StdEncoding.EncodeToString(signature)+`</ds:SignatureValue></ds:Signature></xades:CounterSignature>`))
		}
		counter := place(make([]byte, 32), []byte{1}).CounterSignatures[0]
		octets, err := counter.References[0].Octets()
		if err != nil {
			t.Fatal(err)
		}
		digest := method.Hash.Sum(octets)
		info, err := place(digest, []byte{1}).CounterSignatures[0].Digest()
		if err != nil {
			t.Fatal(err)
		}
		signature, err := second.Key.SignDigest(rand.Reader, method.Hash, info)
		if err != nil {
			t.Fatal(err)
		}
		s := place(digest, signature)
		counter = s.CounterSignatures[0]
		if err := errors.Join(counter.CheckValue(second.Cert.PublicKey), counter.References[0].Check()); err != nil || good(t, s, id) != nil {
			t.Errorf("counter signature: %v, first: %v", err, good(t, s, id))
		}
		if err := counter.Countersigns(s); !errors.Is(err, test.want) {
			t.Errorf("over %s: %v, want %v", test.target, err, test.want)
		}
	}
}

// TestProperties: what is malformed or not signed is not taken for said.
func TestProperties(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.P256, "CN=Root")
	id := root.Signer(t, alg.P256, "CN=Signer")
	text := string(signedT(t, root, id, enveloping))
	at := strings.Index(text, "<xades:SignedProperties")
	end := strings.Index(text, "</xades:SignedProperties>") + len("</xades:SignedProperties>")
	properties := text[at:end]
	for _, test := range []struct {
		name, text string
		want       error
	}{
		{"moved", text[:at] + "<xades:SignedProperties><xades:SignedSignatureProperties><xades:SigningTime>2020-01-01T00:00:00Z</xades:SigningTime></xades:SignedSignatureProperties></xades:SignedProperties>" +
			strings.Replace(text[end:], "</ds:Signature>", "<ds:Object>"+strings.Replace(properties, "<xades:SignedProperties", `<xades:SignedProperties xmlns:xades="`+xades.Namespace+`"`, 1)+"</ds:Object></ds:Signature>", 1), xades.ErrUnbound},
		{"type taken away", strings.Replace(text, ` Type="http://uri.etsi.org/01903#SignedProperties"`, "", 1), xades.ErrUnbound},
		{"target", strings.Replace(text, `Target="#id`, `Target="#other`, 1), xades.ErrTarget},
		{"second properties", strings.Replace(text, "</xades:QualifyingProperties>", "</xades:QualifyingProperties><xades:QualifyingProperties xmlns:xades=\""+xades.Namespace+"\"/>", 1), xades.ErrProperties},
		{"second time", strings.Replace(text, "<xades:SigningTime>", "<xades:SigningTime>2020-01-01T00:00:00Z</xades:SigningTime><xades:SigningTime>", 1), xades.ErrProperties},
		{"no time in the time", strings.Replace(text, "<xades:SigningTime>", "<xades:SigningTime>x", 1), xades.ErrProperties},
		{"removed", text[:at] + text[end:], xades.ErrProperties},
		{"all removed", strings.Replace(strings.Replace(text, "<xades:QualifyingProperties", "<xades:Other", 1), "</xades:QualifyingProperties", "</xades:Other", 1), xades.ErrUnbound},
		{"many properties", string(raised([]byte(text), strings.Repeat("<xades:X/>", 1024))), xades.ErrTooMany},
		{"many stamps", string(raised([]byte(text), strings.Repeat("<xades:SignatureTimeStamp/>", 64))), xades.ErrTooMany},
		{"same Id twice", strings.Replace(text, "<ds:Object>", `<ds:Object Id="`+only(t, []byte(text)).ID+`-properties">`, 1), xmldsig.ErrAmbiguous},
	} {
		s := only(t, []byte(test.text))
		if !errors.Is(s.PropertiesErr, test.want) || s.Level() != xades.LevelXMLDSig || len(s.SigningCertificates) != 0 || !s.SigningTime.IsZero() || len(s.Timestamps) != 0 {
			t.Errorf("%s: %v, want %v; %s", test.name, s.PropertiesErr, test.want, s.Level())
		}
		if err := s.CheckSigningCertificate(id.Cert); !errors.Is(err, test.want) {
			t.Errorf("%s: signing certificate: %v", test.name, err)
		}
	}
	s := only(t, []byte(text))
	if err := s.CheckSigningCertificate(root.Cert); !errors.Is(err, xades.ErrOtherCertificate) {
		t.Errorf("other certificate: %v", err)
	}
	if want := (xades.Format{Reference: s.ID + "-data", MimeType: "application/octet-stream"}); s.Formats[0] != want {
		t.Errorf("format %+v", s.Formats[0])
	}
	if s.SigningTime.Location() != time.UTC {
		t.Error("claimed time is not in UTC")
	}
}

// resigned computes digests and value anew after the properties were changed.
func resigned(t *testing.T, id *pkitest.Identity, text string) string {
	t.Helper()
	replace := func(n *xmltree.Node, value []byte) {
		start := strings.Index(text[n.Start:], ">") + n.Start + 1
		end := strings.LastIndex(text[:n.End], "</")
		text = text[:start] + base64.StdEncoding.EncodeToString(value) + text[end:]
	}
	s := only(t, []byte(text))
	r := s.References[1]
	octets, err := r.Octets()
	if err != nil {
		t.Fatal(err)
	}
	replace(r.Element.Child(xmldsig.Namespace, "DigestValue"), r.Hash.Sum(octets))
	s = only(t, []byte(text))
	digest, err := s.Digest()
	if err != nil {
		t.Fatal(err)
	}
	value, err := id.Key.SignDigest(rand.Reader, s.Method.Hash, digest)
	if err != nil {
		t.Fatal(err)
	}
	replace(s.ValueElement(), value)
	return text
}

// TestSignedProperties reads what other programs write and we do not.
func TestSignedProperties(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256B, "CN=Root")
	id, tsa := root.Signer(t, alg.GOST256B, "CN=Signer"), root.TSA(t, alg.GOST256B)
	p, err := enveloping(template(id))
	if err != nil {
		t.Fatal(err)
	}
	text := string(finish(t, id, p).Bytes())
	s := only(t, []byte(text))
	data, err := s.References[0].Octets()
	if err != nil {
		t.Fatal(err)
	}
	// The data is octets, so the stamp over "all" and over this one is the same.
	token := base64.StdEncoding.EncodeToString(stamp(t, tsa, alg.Streebog256, alg.Streebog256.Sum(data)).Raw)
	digest := `<ds:DigestMethod Algorithm="` + xmldsig.HashURI(alg.Streebog256) + `"/><ds:DigestValue>AAEC</ds:DigestValue>`
	text = strings.Replace(text, "</xades:SignedSignatureProperties>",
		`<xades:SignaturePolicyIdentifier><xades:SignaturePolicyId><xades:SigPolicyId><xades:Identifier>urn:oid:1.2.3</xades:Identifier></xades:SigPolicyId><xades:SigPolicyHash>`+digest+
			`</xades:SigPolicyHash><xades:SigPolicyQualifiers><xades:SigPolicyQualifier><xades:SPURI>http://policy/</xades:SPURI></xades:SigPolicyQualifier></xades:SigPolicyQualifiers></xades:SignaturePolicyId></xades:SignaturePolicyIdentifier>`+
			`<xades:SignatureProductionPlaceV2><xades:City>Алматы</xades:City><xades:CountryName>KZ</xades:CountryName></xades:SignatureProductionPlaceV2>`+
			`<xades:SignerRoleV2><xades:ClaimedRoles><xades:ClaimedRole>директор</xades:ClaimedRole></xades:ClaimedRoles></xades:SignerRoleV2></xades:SignedSignatureProperties>`, 1)
	text = strings.Replace(text, "</xades:SignedDataObjectProperties>",
		`<xades:CommitmentTypeIndication><xades:CommitmentTypeId><xades:Identifier>http://uri.etsi.org/01903/v1.2.2#ProofOfApproval</xades:Identifier></xades:CommitmentTypeId><xades:AllSignedDataObjects/></xades:CommitmentTypeIndication>`+
			`<xades:AllDataObjectsTimeStamp><xades:EncapsulatedTimeStamp>`+token+`</xades:EncapsulatedTimeStamp></xades:AllDataObjectsTimeStamp>`+
			`<xades:IndividualDataObjectsTimeStamp><xades:Include URI="#`+s.ID+`-data" referencedData="true"/><xades:EncapsulatedTimeStamp>`+token+`</xades:EncapsulatedTimeStamp></xades:IndividualDataObjectsTimeStamp></xades:SignedDataObjectProperties>`, 1)
	s = only(t, []byte(resigned(t, id, text)))
	if err := good(t, s, id); err != nil || len(s.Timestamps) != 2 || s.Level() != xades.LevelB {
		t.Errorf("%v, %d stamps, %s", err, len(s.Timestamps), s.Level())
	}
	if s.Policy == nil || s.Policy.Identifier != "urn:oid:1.2.3" || s.Policy.URI != "http://policy/" || s.Policy.Hash == nil || len(s.Policy.Hash.Digest) != 3 {
		t.Errorf("policy %+v", s.Policy)
	}
	if s.Place != "Алматы, KZ" || len(s.Roles) != 1 || s.Roles[0] != "директор" || len(s.Commitments) != 1 || !strings.HasSuffix(s.Commitments[0], "ProofOfApproval") {
		t.Errorf("%q %q %q", s.Place, s.Roles, s.Commitments)
	}
	// Of the name and number of version 1 the number is compared.
	at, end := strings.Index(text, "<xades:IssuerSerialV2>"), strings.Index(text, "</xades:IssuerSerialV2>")+len("</xades:IssuerSerialV2>")
	for number, want := range map[string]error{id.Cert.Serial.Decimal(): nil, "17": xades.ErrIssuerSerial} {
		v1 := strings.ReplaceAll(text[:at]+"<xades:IssuerSerial><ds:X509IssuerName>CN=Any spelling</ds:X509IssuerName><ds:X509SerialNumber>"+number+"</ds:X509SerialNumber></xades:IssuerSerial>"+text[end:], "SigningCertificateV2", "SigningCertificate")
		if err := only(t, []byte(resigned(t, id, v1))).CheckSigningCertificate(id.Cert); !errors.Is(err, want) {
			t.Errorf("serial %s: %v", number, err)
		}
	}
}
