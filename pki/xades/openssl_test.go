// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build openssl && peers

package xades_test

import (
	"bytes"
	"encoding/hex"
	"os/exec"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/openssltest"
	"podpis/pki/pkitest"
	"podpis/pki/xmldsig"
	"podpis/pki/xmltree"
)

// TestEngineVerifies: the engine verifies GOST signatures made here, over what
// xmllint makes of SignedInfo and SignedProperties.
func TestEngineVerifies(t *testing.T) {
	for _, k := range pkitest.Kinds() {
		if !k.IsGOST() {
			continue
		}
		b := openssltest.New(t)
		root := pkitest.Root(t, k, "CN=Root")
		id := root.Signer(t, k, "CN=Signer")
		s := only(t, signedT(t, root, id, enveloped))
		hash := map[alg.Hash]string{alg.Streebog256: "-md_gost12_256", alg.Streebog512: "-md_gost12_512"}[s.Method.Hash]
		// A part stands alone once it declares its prefixes.
		canonical := func(n *xmltree.Node, declarations string) []byte {
			t.Helper()
			text := s.Document().Source[n.Start:n.End]
			name := "<" + n.Prefix + ":" + n.Local
			cmd := exec.Command("xmllint", "--exc-c14n", "-")
			cmd.Stdin = strings.NewReader(strings.Replace(text, name, name+declarations, 1))
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("xmllint: %v", err)
			}
			return out
		}
		signature := ` xmlns:ds="` + xmldsig.Namespace + `"`
		info := canonical(s.SignedInfo(), signature)
		b.Write("info", info)
		b.Write("value", s.Value)
		b.WritePEM("key.pem", "PUBLIC KEY", id.Cert.PublicKey.SPKI())
		b.Run("dgst", hash, "-verify", "key.pem", "-signature", "value", "info")
		b.Write("info", append(info, ' '))
		b.Refuses("Verification failure", "dgst", hash, "-verify", "key.pem", "-signature", "value", "info")
		r := s.References[1]
		target, err := r.Target()
		if err != nil {
			t.Fatal(err)
		}
		b.Write("properties", canonical(target, signature+` xmlns:xades="`+target.Space+`"`))
		if out := b.Run("dgst", hash, "-r", "properties"); !bytes.HasPrefix(out, []byte(hex.EncodeToString(r.Digest))) {
			t.Errorf("%s: digest of the properties is %s", k.Name(), out)
		}
	}
}
