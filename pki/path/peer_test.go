// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package path

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	stdx509 "crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// TestNameConstraintsAsGo asks Go's validator about random constraints and names of all
// the forms it knows. A host without a period before it, as the base of mailboxes and
// URIs, is left out: Go takes the hosts below for it too, RFC 5280, 4.2.1.10 that host
// alone.
func TestNameConstraintsAsGo(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := func(name string) *stdx509.Certificate {
		return &stdx509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: pkitest.Start, NotAfter: pkitest.End}
	}
	authority := func(c *stdx509.Certificate) {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, stdx509.KeyUsageCertSign
	}
	root := template("Root")
	authority(root)
	stdRoot, ownRoot := both(t, root, root, key)
	accepted, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		ca, leaf := template("CA"), template("Leaf")
		authority(ca)
		ca.PermittedDNSDomainsCritical = true
		drawConstraints(t, ca)
		drawNames(t, leaf)
		stdCA, ownCA := both(t, ca, root, key)
		stdLeaf, ownLeaf := both(t, leaf, ca, key)
		roots, middle := stdx509.NewCertPool(), stdx509.NewCertPool()
		roots.AddCert(stdRoot)
		middle.AddCert(stdCA)
		_, want := stdLeaf.Verify(stdx509.VerifyOptions{Roots: roots, Intermediates: middle, CurrentTime: pkitest.Now, KeyUsages: []stdx509.ExtKeyUsage{stdx509.ExtKeyUsageAny}})
		_, got := Validate([]*x509.Certificate{ownLeaf, ownCA}, AnchorOf(ownRoot), Options{At: pkitest.Now})
		if (want == nil) != (got == nil) {
			t.Fatalf("Go: %v, here: %v", want, got)
		}
		if got == nil {
			accepted++
			return
		}
		refused++
		var e *Error
		if !errors.As(got, &e) || !strings.HasPrefix(string(e.Reason), "name-") {
			t.Fatalf("refused for another reason: %v", got)
		}
	})
	t.Logf("%d accepted, %d refused", accepted, refused)
	if accepted == 0 || refused == 0 {
		t.Error("one answer only")
	}
}

// both makes a certificate and reads it with both.
func both(t interface {
	Helper()
	Fatal(...any)
}, c, issuer *stdx509.Certificate, key crypto.Signer) (*stdx509.Certificate, *x509.Certificate) {
	t.Helper()
	raw, err := stdx509.CreateCertificate(rand.Reader, c, issuer, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	std, err := stdx509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	own, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return std, own
}

func host() *rapid.Generator[string] {
	return rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "A"}), 1, 3), func(labels []string) string { return strings.Join(labels, ".") })
}

func perhaps(t *rapid.T, g *rapid.Generator[string], label string) []string {
	if rapid.Bool().Draw(t, label+"?") {
		return nil
	}
	return rapid.SliceOfN(g, 1, 2).Draw(t, label)
}

func drawConstraints(t *rapid.T, c *stdx509.Certificate) {
	below := rapid.Map(host(), func(h string) string { return "." + h })
	hosts := rapid.OneOf(host(), below)
	mail := rapid.OneOf(below, rapid.Map(host(), func(h string) string { return "u@" + h }))
	c.PermittedDNSDomains, c.ExcludedDNSDomains = perhaps(t, hosts, "permitted hosts"), perhaps(t, hosts, "excluded hosts")
	c.PermittedEmailAddresses, c.ExcludedEmailAddresses = perhaps(t, mail, "permitted mail"), perhaps(t, mail, "excluded mail")
	c.PermittedURIDomains, c.ExcludedURIDomains = perhaps(t, below, "permitted URIs"), perhaps(t, below, "excluded URIs")
	network := rapid.Custom(func(t *rapid.T) *net.IPNet {
		mask := net.CIDRMask(rapid.IntRange(0, 32).Draw(t, "bits"), 32)
		return &net.IPNet{IP: net.IP(address4(t)).Mask(mask), Mask: mask}
	})
	c.PermittedIPRanges = rapid.SliceOfN(network, 0, 1).Draw(t, "permitted networks")
	c.ExcludedIPRanges = rapid.SliceOfN(network, 0, 1).Draw(t, "excluded networks")
}

func address4(t *rapid.T) []byte {
	return rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 255}), 4, 4).Draw(t, "address")
}

// drawNames gives one or two names, so that both answers are frequent.
func drawNames(t *rapid.T, c *stdx509.Certificate) {
	for range rapid.IntRange(1, 2).Draw(t, "names") {
		switch h := host().Draw(t, "host"); rapid.IntRange(0, 4).Draw(t, "form") {
		case 0:
			c.DNSNames = append(c.DNSNames, h)
		case 1:
			c.DNSNames = append(c.DNSNames, "*."+h)
		case 2:
			c.EmailAddresses = append(c.EmailAddresses, rapid.SampledFrom([]string{"u@", "U@", "v@"}).Draw(t, "user")+h)
		case 3:
			c.URIs = append(c.URIs, &url.URL{Scheme: "https", Host: h, Path: "/a"})
		default:
			c.IPAddresses = append(c.IPAddresses, address4(t))
		}
	}
}
