// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build peers

package xmldsig_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/pkcs8"
	"podpis/pki/x509"
	"podpis/pki/xmldsig"
)

func write(t *testing.T, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestXmlsecSigns: what xmlsec1 signs verifies here, for each canonicalization,
// transform and algorithm that both know.
func TestXmlsecSigns(t *testing.T) {
	t.Parallel()
	const more, more07 = "http://www.w3.org/2001/04/xmldsig-more#", "http://www.w3.org/2007/05/xmldsig-more#"
	dir := t.TempDir()
	count := 0
	for _, key := range []struct {
		kind    alg.Kind
		methods []string
	}{
		{alg.RSA, []string{more + "rsa-sha256", more + "rsa-sha384", more + "rsa-sha512"}},
		{alg.P256, []string{more + "ecdsa-sha256", more + "ecdsa-sha512"}},
		{alg.P521, []string{more + "ecdsa-sha512"}},
	} {
		s := newSigner(t, key.kind)
		pem := write(t, dir, key.kind.Name()+".pem", x509.EncodePEM("PRIVATE KEY", pkcs8.Marshal(s.Key)))
		cert := write(t, dir, key.kind.Name()+".crt", x509.EncodePEM(x509.PEMCertificate, s.Cert.Raw))
		for _, method := range key.methods {
			for name, ref := range map[string]reference{
				"enveloped":      {uri: "", transforms: []string{enveloped}},
				"c14n":           {uri: "#x", transforms: []string{inclusive}},
				"c14n comments":  {uri: "#x", transforms: []string{inclusive + "#WithComments"}},
				"c14n11":         {uri: "#x", transforms: []string{"http://www.w3.org/2006/12/xml-c14n11"}},
				"exclusive":      {uri: "#x", transforms: []string{exclusive}},
				"with prefixes":  {uri: "#x", transforms: []string{`<Transform Algorithm="` + exclusive + `"><InclusiveNamespaces xmlns="` + exclusive + `" PrefixList="#default q"/></Transform>`}},
				"plain":          {uri: "#x"},
				"xpointer":       {uri: "#xpointer(id('x'))", transforms: []string{exclusive + "WithComments"}},
				"whole, comment": {uri: "#xpointer(/)", transforms: []string{enveloped, inclusive + "#WithComments"}},
				"xpath":          {uri: "", transforms: []string{`<Transform Algorithm="` + xpath + `"><XPath xmlns:d="` + xmldsig.Namespace + `">not(ancestor-or-self::d:Signature)</XPath></Transform>`}},
				"filter":         {uri: "", transforms: []string{`<Transform Algorithm="` + filter2 + `"><XPath xmlns="` + filter2 + `" Filter="subtract" xmlns:d="` + xmldsig.Namespace + `">/descendant::d:Signature</XPath></Transform>`}},
				"base64":         {uri: "#o", transforms: []string{xmldsig.Namespace + "base64"}},
				"twice":          {uri: "#x", transforms: []string{inclusive, exclusive}},
			} {
				digests := [][]byte{make([]byte, key.kind.Hash().Size())}
				text := s.text(t, digests, nil, `<Object Id="o">AAEC</Object>`, []reference{ref})
				m, _ := xmldsig.MethodFor(key.kind)
				text = strings.Replace(text, `SignatureMethod Algorithm="`+m.URI, `SignatureMethod Algorithm="`+method, 1)
				at := strings.Index(text, "<DigestValue>")
				text = text[:at] + "<DigestValue/>" + text[strings.Index(text, "</DigestValue>")+len("</DigestValue>"):]
				document := "<?p i?><!--1--><r xmlns='urn:d' xmlns:q='urn:q' xmlns:u='urn:u' xml:lang='ru' a='&#10;\t'><q:x Id='x' u:b='2' a='1' xmlns:z='urn:z'>Ж &amp; &gt;<![CDATA[<>]]><!--2--><y xmlns=''>\r\n&#13;</y></q:x>" + text + "</r><!--3-->"
				in := write(t, dir, "in.xml", []byte(document))
				out := filepath.Join(dir, "out.xml")
				cmd := exec.Command("xmlsec1", "--sign", "--privkey-pem", pem+","+cert, "--id-attr:Id", "urn:q:x", "--id-attr:Id", xmldsig.Namespace+":Object", "--output", out, in)
				if log, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%s %s: %v\n%s", method, name, err, log)
				}
				signed, err := os.ReadFile(out)
				if err != nil {
					t.Fatal(err)
				}
				if refs, value := judge(only(t, string(signed))); value != nil || refs[0] != nil {
					t.Errorf("%s %s: %v, %v\n%s", method, name, value, refs, signed)
				}
				count++
			}
		}
	}
	t.Logf("%d signatures of xmlsec1 verified", count)
}
