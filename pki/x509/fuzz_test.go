// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509_test

import (
	"bytes"
	"crypto/rand"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

func FuzzParseCertificate(f *testing.F) {
	key := pkitest.Key(f, alg.GOST256B)
	raw, err := x509.CreateCertificate(rand.Reader, full(f, key), key.PublicKey().SPKI(), key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add(goodParts(f).encode())
	f.Add(pkitest.Root(f, alg.P256, "CN=Root").Cert.Raw)
	f.Fuzz(func(t *testing.T, in []byte) {
		c, err := x509.ParseCertificate(in)
		if err != nil {
			return
		}
		if !bytes.Equal(c.Raw, in) || !bytes.Contains(in, c.RawTBS) {
			t.Error("octets were not kept")
		}
		_ = c.CheckSignatureFrom(c) // must not panic
		checkName(t, c.Subject)
		checkName(t, c.Issuer)
		if again := c.Serial.Encode(); !bytes.Contains(c.RawTBS, again) {
			t.Errorf("serial %s is encoded as %x", c.Serial, again)
		}
		if c.Serial.Hex() == "" || c.Serial.Decimal() == "" {
			t.Error("a serial number without text")
		}
		c.CRLAddresses()
		c.PolicyOIDs()
	})
}

// checkName makes a parsed name again and compares.
func checkName(t *testing.T, n x509.Name) {
	t.Helper()
	again, err := x509.ParseName(n.Raw)
	if err != nil || !again.Equal(n) || again.Key() != n.Key() || again.String() != n.String() {
		t.Errorf("%q became %q, %v", n, again, err)
	}
	// What was joined in another order than that of SET OF comes back sorted.
	made, err := x509.NewName(n.Attributes...)
	if err != nil || !made.Equal(n) || len(made.Attributes) != len(n.Attributes) {
		t.Errorf("%q was made %q, %v", n, made, err)
	}
}

func FuzzParseName(f *testing.F) {
	f.Add(pkitest.Name(f, "CN=Иванов + SN=b, INN=990100001169").Raw)
	f.Add(rawName("CN", 0x1e, "\x04\x18"))
	f.Add(rawName("POSTALADDRESS", 0x30, "\x0c\x01a"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if n, err := x509.ParseName(in); err == nil {
			checkName(t, n)
		}
	})
}

func FuzzParseNameText(f *testing.F) {
	for _, seed := range []string{"CN=a, O=b", `CN="a, \"b\"" + SN=c; T=d`, `CN=\D0\98\,x\ `, "1.2.3=x", "ИНН=990100001169"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		n, err := x509.NameByText(in)
		if err != nil {
			return
		}
		again, err := x509.NameByText(n.String())
		if err != nil || !bytes.Equal(again.Raw, n.Raw) {
			t.Errorf("%q became %q, then %q, %v", in, n, again, err)
		}
	})
}

func FuzzParseRequest(f *testing.F) {
	key := pkitest.Key(f, alg.GOST256B)
	raw, err := x509.CreateRequest(rand.Reader, key, pkitest.Name(f, "CN=a"), []x509.Extension{{OID: "1.2.3"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, in []byte) {
		q, err := x509.ParseRequest(in)
		if err != nil {
			return
		}
		_ = q.CheckSignature() // must not panic
		checkName(t, q.Subject)
		for _, e := range q.Extensions {
			if !e.OID.Valid() {
				t.Errorf("extension %q", e.OID)
			}
		}
	})
}

func FuzzParseCRL(f *testing.F) {
	ca := pkitest.Root(f, alg.GOST256B, "CN=CA")
	f.Add(ca.CRL(f, pkitest.Now, pkitest.End))
	f.Add(ca.CRL(f, pkitest.Now, pkitest.End,
		x509.Revoked{Serial: x509.NewSerial([]byte{9}), At: pkitest.Now, Reason: 1, InvalidityDate: pkitest.Start},
		x509.Revoked{Serial: x509.NewSerial([]byte{5, 5}), At: pkitest.Now}))
	raw, _ := largeCRL(f, 20)
	f.Add(raw)
	f.Fuzz(func(t *testing.T, in []byte) {
		c, err := x509.ParseCRL(in)
		if err != nil {
			return
		}
		_ = c.CheckSignatureFrom(ca.Cert) // must not panic
		n := 0
		for e := range c.All() {
			n++
			if _, ok := c.FindOf(e.Issuer, e.Serial); !ok {
				t.Errorf("%s of %s not found", e.Serial, e.Issuer)
			}
		}
		if n != c.Len() {
			t.Errorf("%d entries, %d found", c.Len(), n)
		}
	})
}

func FuzzParseCertificates(f *testing.F) {
	f.Add(x509.EncodePEM(x509.PEMCertificate, pkitest.Root(f, alg.GOST256B, "CN=CA").Cert.Raw))
	f.Fuzz(func(t *testing.T, in []byte) {
		if list, err := x509.ParseCertificates(in); err == nil && len(list) == 0 {
			t.Error("neither certificates nor an error")
		}
	})
}
