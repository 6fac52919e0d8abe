// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build peers

package xades_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/pki/xades"
	"podpis/pki/xmldsig"
)

// TestXmlsecVerifies: xmlsec1 accepts what is made here with RSA and ECDSA, and
// refuses it changed.
func TestXmlsecVerifies(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	verify := func(cert string, in []byte) error {
		path := filepath.Join(dir, "in.xml")
		if err := os.WriteFile(path, in, 0o600); err != nil {
			t.Fatal(err)
		}
		return exec.Command("xmlsec1", "--verify", "--pubkey-cert-pem", cert, "--enabled-key-data", "key-name",
			"--id-attr:Id", xades.Namespace+":SignedProperties", "--id-attr:Id", xmldsig.Namespace+":Object", path).Run()
	}
	for _, k := range []alg.Kind{alg.RSA, alg.P256, alg.P384, alg.P521} {
		root := pkitest.Root(t, k, "CN=Root")
		id := root.Signer(t, k, "CN=Signer")
		cert := filepath.Join(dir, k.Name()+".crt")
		if err := os.WriteFile(cert, x509.EncodePEM(x509.PEMCertificate, id.Cert.Raw), 0o600); err != nil {
			t.Fatal(err)
		}
		for name, pack := range map[string]packaging{"enveloped": enveloped, "enveloping": enveloping} {
			in := signedT(t, root, id, pack)
			if err := verify(cert, in); err != nil {
				t.Errorf("%s %s: refused: %v\n%s", k.Name(), name, err, in)
			}
			if verify(cert, bytes.Replace(in, []byte("<xades:SigningTime>2"), []byte("<xades:SigningTime>3"), 1)) == nil {
				t.Errorf("%s %s: accepted with another time", k.Name(), name)
			}
		}
	}
}
