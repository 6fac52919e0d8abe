// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xmldsig_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/xmldsig"
	"podpis/pki/xmltree"
)

const (
	inclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
	exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#"
	enveloped = xmldsig.Namespace + "enveloped-signature"
	smev      = "urn://smev-gov-ru/xmldsig/transform"
	xpath     = "http://www.w3.org/TR/1999/REC-xpath-19991116"
	filter2   = "http://www.w3.org/2002/06/xmldsig-filter2"
)

// reference is what a test signs.
type reference struct {
	uri        string // "-" for no URI
	attributes string
	transforms []string // identifiers, or whole elements
}

func transform(uri string) string { return `<Transform Algorithm="` + uri + `"/>` }

// signer makes signatures for tests: the digests are the package's own, the
// corpus and xmlsec1 judge those.
type signer struct{ *pkitest.Identity }

func newSigner(t testing.TB, k alg.Kind) signer {
	root := pkitest.Root(t, k, "CN=Root")
	return signer{root.Signer(t, k, "CN=Signer")}
}

func (s signer) text(t testing.TB, digests [][]byte, value []byte, objects string, refs []reference) string {
	m, ok := xmldsig.MethodFor(s.Key.Kind())
	if !ok {
		t.Fatal("no method")
	}
	var b strings.Builder
	b.WriteString(`<Signature xmlns="` + xmldsig.Namespace + `" Id="s"><SignedInfo><CanonicalizationMethod Algorithm="` + exclusive + `"/><SignatureMethod Algorithm="` + m.URI + `"/>`)
	for i, r := range refs {
		uri := ` URI="` + r.uri + `"`
		if r.uri == "-" {
			uri = ""
		}
		b.WriteString(`<Reference` + uri + r.attributes + `>`)
		if len(r.transforms) > 0 {
			b.WriteString("<Transforms>")
			for _, x := range r.transforms {
				if !strings.HasPrefix(x, "<") {
					x = transform(x)
				}
				b.WriteString(x)
			}
			b.WriteString("</Transforms>")
		}
		b.WriteString(`<DigestMethod Algorithm="` + xmldsig.HashURI(m.Hash) + `"/><DigestValue>` + base64.StdEncoding.EncodeToString(digests[i]) + `</DigestValue></Reference>`)
	}
	b.WriteString(`</SignedInfo><SignatureValue>` + base64.StdEncoding.EncodeToString(value) + `</SignatureValue><KeyInfo><X509Data><X509Certificate>` +
		base64.StdEncoding.EncodeToString(s.Cert.Raw) + `</X509Certificate></X509Data></KeyInfo>` + objects + `</Signature>`)
	return b.String()
}

// sign puts a signature where the document says @.
func (s signer) sign(t testing.TB, document, objects string, refs ...reference) string {
	t.Helper()
	digests := make([][]byte, len(refs))
	for i := range digests {
		digests[i] = make([]byte, s.Key.Kind().Hash().Size())
	}
	place := func(value []byte) string {
		return strings.Replace(document, "@", s.text(t, digests, value, objects, refs), 1)
	}
	x := only(t, place([]byte{1}))
	for i, r := range x.References {
		if octets, err := r.Octets(); err == nil {
			digests[i] = r.Hash.Sum(octets)
		}
	}
	x = only(t, place([]byte{1}))
	digest, err := x.Digest()
	if err != nil {
		t.Fatal(err)
	}
	value, err := s.Key.SignDigest(rand.Reader, x.Method.Hash, digest)
	if err == nil {
		value, err = x.Method.EncodeValue(s.Key.PublicKey(), value)
	}
	if err != nil {
		t.Fatal(err)
	}
	return place(value)
}

func only(t testing.TB, document string) *xmldsig.Signature {
	t.Helper()
	d, err := xmldsig.Parse([]byte(document))
	if err != nil || len(d.Signatures) != 1 {
		t.Fatalf("%v in %s", err, document)
	}
	if err := d.Signatures[0].Err; err != nil {
		t.Fatal(err)
	}
	return d.Signatures[0]
}

// judge says the errors of the references and that of the value.
func judge(s *xmldsig.Signature) (refs []error, value error) {
	for _, r := range s.References {
		refs = append(refs, r.Check())
	}
	return refs, s.CheckValue(s.Certificates[0].PublicKey)
}

func TestEveryKindOfKey(t *testing.T) {
	t.Parallel()
	for _, k := range pkitest.Kinds() {
		s := newSigner(t, k)
		text := s.sign(t, "<a><b>текст</b>@</a>", "", reference{uri: "", transforms: []string{enveloped, exclusive}})
		x := only(t, text)
		if refs, value := judge(x); value != nil || refs[0] != nil {
			t.Errorf("%s: %v, %v", k.Name(), value, refs)
		}
		// Another key of the kind, and one of another family.
		if err := x.CheckValue(newSigner(t, k).Key.PublicKey()); k != alg.RSA && !errors.Is(err, alg.ErrSignature) {
			t.Errorf("%s: other key: %v", k.Name(), err)
		}
		other := alg.P256
		if k == alg.P256 {
			other = alg.GOST256B
		}
		if err := x.CheckValue(newSigner(t, other).Key.PublicKey()); !errors.Is(err, alg.ErrMismatch) {
			t.Errorf("%s: key of another family: %v", k.Name(), err)
		}
		if refs, value := judge(only(t, strings.Replace(text, "текст", "тест", 1))); value != nil || !errors.Is(refs[0], xmldsig.ErrDigest) {
			t.Errorf("%s: changed text: %v, %v", k.Name(), value, refs)
		}
		// A change of SignedInfo is one of the value, not of the digests.
		if refs, value := judge(only(t, strings.Replace(text, "<Reference URI", `<Reference Id="x" URI`, 1))); !errors.Is(value, alg.ErrSignature) || refs[0] != nil {
			t.Errorf("%s: changed SignedInfo: %v, %v", k.Name(), value, refs)
		}
	}
}

// TestTransforms: what each reference digests, as octets.
func TestTransforms(t *testing.T) {
	t.Parallel()
	const document = `<?x y?><!--c--><a xmlns:p="urn:p" xmlns="urn:d" Id="i"><p:b Id="b" z="1"><!--d--> t </p:b>@</a>`
	without := `<a xmlns="urn:d" xmlns:p="urn:p" Id="i"><p:b Id="b" z="1"> t </p:b></a>`
	withComments := `<a xmlns="urn:d" xmlns:p="urn:p" Id="i"><p:b Id="b" z="1"><!--d--> t </p:b></a>`
	object := `<Object Id="o">` + base64.StdEncoding.EncodeToString([]byte("данные")) + `</Object>`
	expression := func(text string) string {
		return `<Transform Algorithm="` + xpath + `"><XPath xmlns:q="` + xmldsig.Namespace + `">` + text + `</XPath></Transform>`
	}
	filter := func(kind, text string) string {
		return `<Transform Algorithm="` + filter2 + `"><XPath xmlns="` + filter2 + `" Filter="` + kind + `" xmlns:q="` + xmldsig.Namespace + `">` + text + `</XPath></Transform>`
	}
	s := newSigner(t, alg.GOST256B)
	for _, test := range []struct {
		name string
		ref  reference
		want string
		err  error
	}{
		{"document", reference{uri: "", transforms: []string{enveloped}}, "<?x y?>\n" + without, nil},
		{"document with the method for comments", reference{uri: "", transforms: []string{enveloped, inclusive + "#WithComments"}}, "<?x y?>\n" + without, nil},
		{"xpointer of the document", reference{uri: "#xpointer(/)", transforms: []string{enveloped, inclusive + "#WithComments"}}, "<?x y?>\n<!--c-->\n" + withComments, nil},
		{"element", reference{uri: "#b"}, `<p:b xmlns="urn:d" xmlns:p="urn:p" Id="b" z="1"> t </p:b>`, nil},
		{"element, exclusive", reference{uri: "#b", transforms: []string{exclusive}}, `<p:b xmlns:p="urn:p" Id="b" z="1"> t </p:b>`, nil},
		{"xpointer of an Id", reference{uri: "#xpointer(id('b'))", transforms: []string{exclusive + "WithComments"}}, `<p:b xmlns:p="urn:p" Id="b" z="1"><!--d--> t </p:b>`, nil},
		{"xpath for enveloped", reference{uri: "", transforms: []string{expression("not(ancestor-or-self::q:Signature)")}}, "<?x y?>\n" + without, nil},
		{"xpath of the standard", reference{uri: "", transforms: []string{expression("count(ancestor-or-self::q:Signature | here()/ancestor::q:Signature[1]) &gt; count(ancestor-or-self::q:Signature)")}}, "<?x y?>\n" + without, nil},
		{"filter", reference{uri: "", transforms: []string{filter("subtract", "/descendant::q:Signature")}}, "<?x y?>\n" + without, nil},
		{"filter, own", reference{uri: "", transforms: []string{filter("subtract", "here()/ancestor::q:Signature[1]")}}, "<?x y?>\n" + without, nil},
		{"base64", reference{uri: "#o", transforms: []string{xmldsig.Namespace + "base64"}}, "данные", nil},
		{"SMEV", reference{uri: "#b", transforms: []string{exclusive, smev}}, `<ns1:b xmlns:ns1="urn:p" Id="b" z="1"> t </ns1:b>`, nil},
		{"SMEV without canonicalization", reference{uri: "#b", transforms: []string{smev}}, `<ns1:b xmlns:ns1="urn:p" Id="b" z="1"> t </ns1:b>`, nil},
		{"twice canonical", reference{uri: "#b", transforms: []string{inclusive, exclusive}}, `<p:b xmlns:p="urn:p" Id="b" z="1"> t </p:b>`, nil},

		{"exclusive, prefixes", reference{uri: "#b", transforms: []string{`<Transform Algorithm="` + exclusive + `"><InclusiveNamespaces xmlns="` + exclusive + `" PrefixList=" #default q "/></Transform>`}},
			`<p:b xmlns="urn:d" xmlns:p="urn:p" Id="b" z="1"> t </p:b>`, nil},
		{"too many prefixes", reference{uri: "#b", transforms: []string{`<Transform Algorithm="` + exclusive + `"><InclusiveNamespaces xmlns="` + exclusive + `" PrefixList="` + strings.Repeat("q ", xmltree.MaxPrefixes+1) + `"/></Transform>`}}, "", xmldsig.ErrTooMany},
		{"Canonical XML 1.1", reference{uri: "#b", transforms: []string{"http://www.w3.org/2006/12/xml-c14n11#WithComments"}}, `<p:b xmlns="urn:d" xmlns:p="urn:p" Id="b" z="1"> t </p:b>`, nil},

		{"not there", reference{uri: "#nowhere"}, "", xmldsig.ErrNotFound},
		{"file", reference{uri: "file.txt"}, "", xmldsig.ErrExternal},
		{"address", reference{uri: "http://localhost/"}, "", xmldsig.ErrExternal},
		{"no URI", reference{uri: "-"}, "", xmldsig.ErrExternal},
		{"enveloped after canonicalization", reference{uri: "", transforms: []string{inclusive, enveloped}}, "", xmldsig.ErrTransform},
		{"xpath after canonicalization", reference{uri: "", transforms: []string{inclusive, expression("not(ancestor-or-self::q:Signature)")}}, "", xmldsig.ErrTransform},
		{"enveloped of what does not envelop", reference{uri: "#b", transforms: []string{enveloped}}, "", xmldsig.ErrTransform},
		{"enveloped of itself", reference{uri: "#s", transforms: []string{enveloped}}, "", xmldsig.ErrTransform},
		{"base64 of other text", reference{uri: "#i", transforms: []string{enveloped, xmldsig.Namespace + "base64"}}, "", xmldsig.ErrTransform},
		{"not base64", reference{uri: "#b", transforms: []string{xmldsig.Namespace + "base64"}}, "", xmldsig.ErrFormat},
		{"XSLT", reference{uri: "", transforms: []string{"http://www.w3.org/TR/1999/REC-xslt-19991116"}}, "", alg.ErrUnsupported},
		{"other xpath", reference{uri: "", transforms: []string{expression("ancestor-or-self::q:b")}}, "", alg.ErrUnsupported},
		{"xpath of another namespace", reference{uri: "", transforms: []string{strings.Replace(expression("not(ancestor-or-self::q:Signature)"), xmldsig.Namespace+`">not`, `urn:x">not`, 1)}}, "", alg.ErrUnsupported},
		{"filter that adds", reference{uri: "", transforms: []string{filter("union", "/descendant::q:Signature")}}, "", alg.ErrUnsupported},
		{"xpointer", reference{uri: "#xpointer(//b)"}, "", alg.ErrUnsupported},
		{"SMEV of an element without a namespace", reference{uri: "#n", transforms: []string{smev}}, "", alg.ErrUnsupported},
	} {
		objects := object + `<Object><x xmlns="" Id="n"/></Object>`
		r := only(t, s.sign(t, document, objects, test.ref)).References[0]
		got, err := r.Octets()
		if !errors.Is(err, test.err) || err == nil && string(got) != test.want {
			t.Errorf("%s: %q, %v; want %q, %v", test.name, got, err, test.want, test.err)
		}
		if err := r.Check(); !errors.Is(err, test.err) {
			t.Errorf("%s: check: %v", test.name, err)
		}
	}
}

// TestSMEVTransform has the rules of the methodical recommendations.
func TestSMEVTransform(t *testing.T) {
	t.Parallel()
	s := newSigner(t, alg.GOST256B)
	for _, test := range []struct{ name, in, want string }{
		{"white space and empty elements", "<a xmlns='urn:1' Id='x'>\n <b/>\t<c> d </c><!--e--><?f g?>\r\n</a>", `<ns1:a xmlns:ns1="urn:1" Id="x"><ns1:b></ns1:b><ns1:c> d </ns1:c></ns1:a>`},
		{"prefixes by first use", "<q:a xmlns:q='urn:1' xmlns:r='urn:2' xmlns:unused='urn:3' Id='x'><r:b/><r:b><q:c/></r:b></q:a>",
			`<ns1:a xmlns:ns1="urn:1" Id="x"><ns2:b xmlns:ns2="urn:2"></ns2:b><ns3:b xmlns:ns3="urn:2"><ns1:c></ns1:c></ns3:b></ns1:a>`},
		{"attributes", "<a xmlns='urn:5' xmlns:p='urn:2' xmlns:q='urn:1' Id='x' p:z='1' q:y='2' p:a='3' b='4' q:a='5'/>",
			`<ns1:a xmlns:ns1="urn:5" xmlns:ns2="urn:1" xmlns:ns3="urn:2" ns2:a="5" ns2:y="2" ns3:a="3" ns3:z="1" Id="x" b="4"></ns1:a>`},
		{"characters", "<a xmlns='urn:1' Id='x' b='&lt;&amp;&gt;&quot;'>&lt;&amp;&gt;\"</a>", `<ns1:a xmlns:ns1="urn:1" Id="x" b="&lt;&amp;&gt;&quot;">&lt;&amp;&gt;"</ns1:a>`},
	} {
		x := only(t, s.sign(t, "<r>"+test.in+"@</r>", "", reference{uri: "#x", transforms: []string{exclusive, smev}}))
		if got, err := x.References[0].Octets(); err != nil || string(got) != test.want {
			t.Errorf("%s:\n%s\nwant\n%s\n%v", test.name, got, test.want, err)
		}
		twice := only(t, s.sign(t, "<r>"+test.in+"@</r>", "", reference{uri: "#x", transforms: []string{exclusive, smev, smev}}))
		if got, err := twice.References[0].Octets(); err != nil || string(got) != test.want {
			t.Errorf("%s, twice:\n%s\n%v", test.name, got, err)
		}
	}
}

// TestSecurityTokens finds the certificate in each place that WS-Security has for
// it.
func TestSecurityTokens(t *testing.T) {
	t.Parallel()
	const (
		ext   = `xmlns:e="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"`
		util  = `xmlns:u="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"`
		x509v = ` ValueType="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"`
	)
	s := newSigner(t, alg.GOST256B)
	certificate := base64.StdEncoding.EncodeToString(s.Cert.Raw)
	text := s.sign(t, `<m>@</m>`, "", reference{uri: "", transforms: []string{enveloped}})
	at, end := strings.Index(text, "<X509Data>"), strings.Index(text, "</KeyInfo>")
	for _, test := range []struct {
		name, reference, outside string
		found                    int
	}{
		{"by reference", `<e:Reference URI="#t"/>`, `<e:BinarySecurityToken ` + ext + ` ` + util + ` u:Id="t">` + certificate + `</e:BinarySecurityToken>`, 1},
		{"by reference to something else", `<e:Reference URI="#t"/>`, `<other Id="t">` + certificate + `</other>`, 0},
		{"by ambiguous reference", `<e:Reference URI="#t"/>`, `<e:BinarySecurityToken ` + ext + ` Id="t">` + certificate + `</e:BinarySecurityToken><o Id="t"/>`, 0},
		{"by address", `<e:Reference URI="http://localhost/#t"/>`, "", 0},
		{"embedded", `<e:Embedded><e:BinarySecurityToken>` + certificate + `</e:BinarySecurityToken></e:Embedded>`, "", 1},
		{"as identifier", `<e:KeyIdentifier` + x509v + `>` + certificate + `</e:KeyIdentifier>`, "", 1},
		{"identifier of the key", `<e:KeyIdentifier ValueType="#X509SubjectKeyIdentifier">AAAA</e:KeyIdentifier>`, "", 0},
		{"as data", `<X509Data><X509Certificate>` + certificate + `</X509Certificate></X509Data>`, "", 1},
	} {
		x := only(t, strings.Replace(text[:at]+`<e:SecurityTokenReference `+ext+`>`+test.reference+`</e:SecurityTokenReference>`+text[end:], "<m>", "<m>"+test.outside, 1))
		if len(x.Certificates) != test.found || test.found == 1 && x.CheckValue(x.Certificates[0].PublicKey) != nil {
			t.Errorf("%s: %d certificates", test.name, len(x.Certificates))
		}
	}
}

// TestWrapping: signed data that is moved stays visible for what it is, and no
// name search finds it signed.
func TestWrapping(t *testing.T) {
	t.Parallel()
	s := newSigner(t, alg.GOST256B)
	signed := s.sign(t, `<m><body Id="b">pay 1</body>@</m>`, "", reference{uri: "#b", transforms: []string{exclusive}})

	t.Run("moved aside", func(t *testing.T) {
		t.Parallel()
		moved := strings.Replace(signed, `<body Id="b">pay 1</body>`, `<body>pay 100</body><junk><body Id="b">pay 1</body></junk>`, 1)
		x := only(t, moved)
		if refs, value := judge(x); value != nil || refs[0] != nil {
			t.Fatal(value, refs)
		}
		c, err := x.References[0].Coverage()
		if err != nil || c.Node.Path() != "/m/junk/body" || c.Whole || c.Node == x.Document().Root.Child("", "body") {
			t.Errorf("covered: %+v, %v", c, err)
		}
		if got, err := x.References[0].Octets(); err != nil || !strings.Contains(string(got), "pay 1<") {
			t.Errorf("given out: %s, %v", got, err)
		}
	})
	t.Run("same Id twice", func(t *testing.T) {
		t.Parallel()
		for _, attribute := range []string{`Id="b"`, `ID="b"`, `id="b"`, `xml:id="b"`, `w:Id="b" xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"`} {
			twice := strings.Replace(signed, "<m>", "<m><body "+attribute+">pay 100</body>", 1)
			if refs, _ := judge(only(t, twice)); !errors.Is(refs[0], xmldsig.ErrAmbiguous) {
				t.Errorf("%s: %v", attribute, refs)
			}
		}
	})
	t.Run("signature inside another root", func(t *testing.T) {
		t.Parallel()
		whole := s.sign(t, `<m><body>pay 1</body>@</m>`, "", reference{uri: "", transforms: []string{enveloped, exclusive}})
		wrapped := "<evil>" + whole + "</evil>"
		if refs, _ := judge(only(t, wrapped)); !errors.Is(refs[0], xmldsig.ErrDigest) {
			t.Error(refs)
		}
	})
	t.Run("Object", func(t *testing.T) {
		t.Parallel()
		text := s.sign(t, "<m>@</m>", `<Object Id="o">data</Object>`, reference{uri: "#o", attributes: ` Type="` + xmldsig.TypeObject + `"`, transforms: []string{exclusive}})
		if refs, _ := judge(only(t, text)); refs[0] != nil {
			t.Fatal(refs)
		}
		moved := strings.Replace(strings.Replace(text, `<Object Id="o">data</Object>`, "<Object>evil</Object>", 1), "<m>", `<m><Object xmlns="`+xmldsig.Namespace+`" Id="o">data</Object>`, 1)
		if refs, _ := judge(only(t, moved)); !errors.Is(refs[0], xmldsig.ErrMisplaced) {
			t.Error(refs)
		}
	})
	t.Run("what is left out", func(t *testing.T) {
		t.Parallel()
		add := `<Object Id="evil">anything</Object></Signature>`
		x := only(t, strings.Replace(s.sign(t, "<m>@</m>", `<Object Id="o">AA==</Object>`, reference{uri: "", transforms: []string{enveloped}},
			reference{uri: "#o", transforms: []string{xmldsig.Namespace + "base64"}}), "</Signature>", add, 1))
		if refs, value := judge(x); value != nil || refs[0] != nil || refs[1] != nil {
			t.Fatal(refs, value)
		}
		if list := x.Uncovered(); len(list) != 1 || list[0].Text() != "anything" {
			t.Errorf("%d Objects uncovered", len(list))
		}
		whole, err := x.References[0].Coverage()
		if err != nil || !whole.Whole || whole.Decoded || len(whole.Omitted) != 1 || whole.Omitted[0] != x.Element {
			t.Errorf("document: %+v, %v", whole, err)
		}
		if object, err := x.References[1].Coverage(); err != nil || object.Whole || !object.Decoded {
			t.Errorf("Object: %+v, %v", object, err)
		}
	})
	t.Run("comment in the text", func(t *testing.T) {
		t.Parallel()
		// A comment must not cut what an application reads: Text joins what is
		// around it, and the digest is over the same.
		x := only(t, strings.Replace(signed, "pay 1<", "pay<!-- --> 1<", 1))
		if refs, _ := judge(x); refs[0] != nil {
			t.Error(refs)
		}
		if got := x.Document().Root.Child("", "body").Text(); got != "pay 1" {
			t.Errorf("text %q", got)
		}
	})
}

type file struct {
	io.Reader
	closed bool
}

func (f *file) Close() error { f.closed = true; return nil }

func TestDetachedContent(t *testing.T) {
	t.Parallel()
	s := newSigner(t, alg.P256)
	content := "<x  b='2' a='1'/>"
	m, _ := xmldsig.MethodFor(alg.P256)
	for _, test := range []struct {
		transforms []string
		digested   string
	}{{nil, content}, {[]string{inclusive}, `<x a="1" b="2"></x>`}} {
		text := s.text(t, [][]byte{m.Hash.Sum([]byte(test.digested))}, []byte{1}, "", []reference{{uri: "x.xml", transforms: test.transforms}})
		x := only(t, text)
		r := x.References[0]
		if err := r.Check(); !errors.Is(err, xmldsig.ErrExternal) || !r.External() {
			t.Errorf("without content: %v", err)
		}
		given := content
		opened := &file{}
		x.Document().Open = func(r *xmldsig.Reference) (io.Reader, error) {
			if r.URI != "x.xml" {
				return nil, xmldsig.ErrExternal
			}
			opened = &file{Reader: strings.NewReader(given)}
			return opened, nil
		}
		if err := r.Check(); err != nil {
			t.Errorf("with content: %v", err)
		}
		if !opened.closed {
			t.Error("content is left open")
		}
		if given = "<x b='3' a='1'/>"; !errors.Is(r.Check(), xmldsig.ErrDigest) {
			t.Error("other content accepted")
		}
	}
}

func TestManifest(t *testing.T) {
	t.Parallel()
	s := newSigner(t, alg.GOST256B)
	entry := `<Reference URI="f"><DigestMethod Algorithm="` + xmldsig.HashURI(alg.Streebog256) + `"/><DigestValue>` + base64.StdEncoding.EncodeToString(alg.Streebog256.Sum([]byte("f"))) + `</DigestValue></Reference>`
	x := only(t, s.sign(t, "<m>@</m>", `<Object><Manifest Id="m">`+entry+`</Manifest></Object>`, reference{uri: "#m", attributes: ` Type="` + xmldsig.TypeManifest + `"`, transforms: []string{exclusive}}))
	list, err := x.References[0].Manifest()
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	x.Document().Open = func(*xmldsig.Reference) (io.Reader, error) { return strings.NewReader("f"), nil }
	if err := list[0].Check(); err != nil {
		t.Error(err)
	}
}

func TestBrokenSignatures(t *testing.T) {
	t.Parallel()
	s := newSigner(t, alg.P256)
	text := s.sign(t, "<m>@</m>", "", reference{uri: "", transforms: []string{enveloped}})
	replace := func(old, with string) string { return strings.Replace(text, old, with, 1) }
	method := func(uri, content string) string {
		m, _ := xmldsig.MethodFor(alg.P256)
		return replace(`<SignatureMethod Algorithm="`+m.URI+`"/>`, `<SignatureMethod Algorithm="`+uri+`">`+content+`</SignatureMethod>`)
	}
	const more07 = "http://www.w3.org/2007/05/xmldsig-more#"
	for _, test := range []struct {
		name, text string
		want       error
	}{
		{"no SignedInfo", replace("SignedInfo", "Signed"), xmltree.ErrSyntax},
		{"order", replace("<SignedInfo>", "<Object/><SignedInfo>"), xmldsig.ErrFormat},
		{"second KeyInfo", replace("</Signature>", "<KeyInfo/></Signature>"), xmldsig.ErrFormat},
		{"value not base64", replace("<SignatureValue>", "<SignatureValue>!"), xmldsig.ErrFormat},
		{"digest not base64", replace("<DigestValue>", "<DigestValue>!"), xmldsig.ErrFormat},
		{"no reference", strings.Replace(text, text[strings.Index(text, "<Reference"):strings.Index(text, "</SignedInfo>")], "", 1), xmldsig.ErrFormat},
		{"canonicalization", replace(`CanonicalizationMethod Algorithm="`, `CanonicalizationMethod Algorithm="x`), alg.ErrUnsupported},
		{"HMAC", method(xmldsig.Namespace+"hmac-sha1", ""), alg.ErrUnsupported},
		{"SHA-1", method(xmldsig.Namespace+"rsa-sha1", ""), alg.ErrUnsupported},
		{"GOST of Kazakhstan", method("urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:gostr34102015-gostr34112015-256", ""), alg.ErrUnsupported},
		{"PSS", method(more07+"rsa-pss", ""), nil},
		{"PSS, SHA-512", method(more07+"rsa-pss", `<RSAPSSParams xmlns="`+more07+`"><DigestMethod xmlns="`+xmldsig.Namespace+`" Algorithm="http://www.w3.org/2001/04/xmlenc#sha512"/><SaltLength>32</SaltLength></RSAPSSParams>`), nil},
		{"PSS, other mask", method(more07+"rsa-pss", `<RSAPSSParams xmlns="`+more07+`"><MaskGenerationFunction Algorithm="x"/></RSAPSSParams>`), alg.ErrUnsupported},
		{"PSS, long salt", method(more07+"rsa-pss", `<RSAPSSParams xmlns="`+more07+`"><SaltLength>99999999999</SaltLength></RSAPSSParams>`), alg.ErrUnsupported},
		{"many transforms", replace(transform(enveloped), strings.Repeat(transform(inclusive), xmldsig.MaxTransforms+1)), xmldsig.ErrTooMany},
		{"many certificates", replace("<X509Data>", "<X509Data>"+strings.Repeat("<X509Certificate/>", xmldsig.MaxCertificates+1)), xmldsig.ErrTooMany},
		{"many references", replace("<Reference", strings.Repeat("<Reference/>", xmldsig.MaxReferences)+"<Reference"), xmldsig.ErrTooMany},
		{"many signatures", "<m>" + strings.Repeat(`<Signature xmlns="`+xmldsig.Namespace+`"/>`, xmldsig.MaxSignatures+1) + "</m>", xmldsig.ErrTooMany},
	} {
		d, err := xmldsig.Parse([]byte(test.text))
		if err == nil {
			err = d.Signatures[0].Err
		}
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
		if err != nil && d != nil {
			if v := d.Signatures[0].CheckValue(s.Key.PublicKey()); v == nil {
				t.Errorf("%s: value accepted", test.name)
			}
		}
	}
	for _, value := range []string{"AA==", base64.StdEncoding.EncodeToString(make([]byte, 64)), base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, 64))} {
		at, end := strings.Index(text, "<SignatureValue>")+len("<SignatureValue>"), strings.Index(text, "</SignatureValue>")
		if err := only(t, text[:at]+value+text[end:]).CheckValue(s.Key.PublicKey()); !errors.Is(err, alg.ErrSignature) {
			t.Errorf("value %s: %v", value, err)
		}
	}
}

// TestWorkIsBounded: a small signature cannot ask for a large document to be
// hashed again and again.
func TestWorkIsBounded(t *testing.T) {
	t.Parallel()
	s := newSigner(t, alg.P256)
	m, _ := xmldsig.MethodFor(alg.P256)
	var refs []reference
	var digests [][]byte
	for range 100 {
		refs = append(refs, reference{uri: "", transforms: []string{enveloped}})
		digests = append(digests, make([]byte, m.Hash.Size()))
	}
	text := "<m>" + strings.Repeat(strings.Repeat("x", 1<<16)+"<b/>", 128) + s.text(t, digests, []byte{1}, "", refs) + "</m>"
	x := only(t, text)
	var err error
	computed := 0
	for _, r := range x.References {
		if err = r.Check(); errors.Is(err, xmldsig.ErrWork) {
			break
		}
		computed++
	}
	if !errors.Is(err, xmldsig.ErrWork) || computed < 8 {
		t.Errorf("%d references computed, then %v", computed, err)
	}
	// Nor for many small parts under ancestors full of namespaces.
	var declarations, head strings.Builder
	for i := range xmltree.MaxAttributes {
		declarations.WriteString(" xmlns:n" + strconv.Itoa(i) + "='urn:" + strconv.Itoa(i) + "'")
	}
	const deep = xmltree.MaxDepth - 8
	for range deep {
		head.WriteString("<m" + declarations.String() + ">")
	}
	for i := range refs {
		refs[i] = reference{uri: "#x", transforms: []string{exclusive, exclusive}}
	}
	for len(refs) < xmldsig.MaxReferences {
		refs, digests = append(refs, refs[0]), append(digests, digests[0])
	}
	x = only(t, head.String()+"<x Id='x'/>"+s.text(t, digests, []byte{1}, "", refs)+strings.Repeat("</m>", deep))
	for _, r := range x.References {
		if err = r.Check(); errors.Is(err, xmldsig.ErrWork) {
			return
		}
	}
	t.Errorf("small parts: %v", err)
}

func FuzzParse(f *testing.F) {
	s := newSigner(f, alg.P256)
	f.Add([]byte(s.sign(f, "<a xmlns:p='u' Id='i'>@</a>", `<Object Id="o">AA==</Object>`, reference{uri: "", transforms: []string{enveloped, inclusive}},
		reference{uri: "#o", transforms: []string{xmldsig.Namespace + "base64"}}, reference{uri: "#o", transforms: []string{exclusive, smev}})))
	f.Add([]byte(s.sign(f, "<a Id='i'>@</a>", "", reference{uri: "#xpointer(id('i'))", transforms: []string{`<Transform Algorithm="` + xpath + `"><XPath xmlns:q="` + xmldsig.Namespace + `">not(ancestor-or-self::q:Signature)</XPath></Transform>`, inclusive}})))
	f.Fuzz(func(t *testing.T, in []byte) {
		d, err := xmldsig.Parse(in)
		if err != nil {
			return
		}
		d.Open = func(*xmldsig.Reference) (io.Reader, error) { return bytes.NewReader(in), nil }
		for _, x := range d.Signatures {
			if x.Err == nil && x.CheckValue(s.Key.PublicKey()) == nil && len(x.References) == 0 {
				t.Fatal("value without references")
			}
			for _, r := range x.References {
				octets, err := r.Octets()
				checked := r.Check()
				if (checked == nil) && (err != nil || !bytes.Equal(r.Hash.Sum(octets), r.Digest)) {
					t.Fatalf("checked: other octets are given out, %v", err)
				}
				if _, err := r.Coverage(); err != nil && checked == nil && !r.External() {
					t.Fatalf("digest right, and coverage unknown: %v", err)
				}
				if _, err := r.Manifest(); err == nil {
					r.Transforms()
				}
			}
		}
	})
}
