// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package xmldsig_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/pkcs8"
	"podpis/pki/xmldsig"
)

// TestPSS verifies RSASSA-PSS of the standard library in its three spellings.
func TestPSS(t *testing.T) {
	t.Parallel()
	const more07 = "http://www.w3.org/2007/05/xmldsig-more#"
	s := newSigner(t, alg.RSA)
	parsed, err := x509.ParsePKCS8PrivateKey(pkcs8.Marshal(s.Key))
	if err != nil {
		t.Fatal(err)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		t.Fatal("not an RSA key")
	}
	plain, _ := xmldsig.MethodFor(alg.RSA)
	text := s.sign(t, "<m>@</m>", "", reference{uri: "", transforms: []string{enveloped}})
	for name, test := range map[string]struct {
		method string
		hash   crypto.Hash
		salt   int
	}{
		"name":               {`Algorithm="` + more07 + `sha256-rsa-MGF1"/>`, crypto.SHA256, 32},
		"name, SHA-512":      {`Algorithm="` + more07 + `sha512-rsa-MGF1"/>`, crypto.SHA512, 64},
		"defaults":           {`Algorithm="` + more07 + `rsa-pss"/>`, crypto.SHA256, 32},
		"parameters, salt 7": {`Algorithm="` + more07 + `rsa-pss"><RSAPSSParams xmlns="` + more07 + `"><DigestMethod xmlns="` + xmldsig.Namespace + `" Algorithm="http://www.w3.org/2001/04/xmldsig-more#sha384"/><SaltLength>7</SaltLength><TrailerField>1</TrailerField></RSAPSSParams></SignatureMethod>`, crypto.SHA384, 7},
	} {
		pss := strings.Replace(text, `Algorithm="`+plain.URI+`"/>`, test.method, 1)
		digest, err := only(t, pss).Digest()
		if err != nil {
			t.Fatal(err)
		}
		for salt, want := range map[int]error{test.salt: nil, test.salt + 1: alg.ErrSignature} {
			value, err := rsa.SignPSS(rand.Reader, key, test.hash, digest, &rsa.PSSOptions{SaltLength: salt})
			if err != nil {
				t.Fatal(err)
			}
			at, end := strings.Index(pss, "<SignatureValue>")+len("<SignatureValue>"), strings.Index(pss, "</SignatureValue>")
			x := only(t, pss[:at]+base64.StdEncoding.EncodeToString(value)+pss[end:])
			if err := x.CheckValue(s.Key.PublicKey()); !errors.Is(err, want) {
				t.Errorf("%s, salt %d: %v", name, salt, err)
			}
		}
	}
}
