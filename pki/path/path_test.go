// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package path

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

type change = func(*x509.Template)

func extra(oid der.OID, value []byte) change {
	return func(t *x509.Template) {
		t.Extra = append(t.Extra, x509.Extension{OID: oid, Critical: true, Value: value})
	}
}

func policies(oids ...der.OID) change {
	return func(t *x509.Template) {
		for _, oid := range oids {
			t.Policies = append(t.Policies, x509.Policy{OID: oid})
		}
	}
}

func reasonOf(t *testing.T, err error) Reason {
	t.Helper()
	if err == nil {
		return ""
	}
	var e *Error
	if !errors.As(err, &e) || e.Reason == "" {
		t.Fatalf("an error without a reason: %v", err)
	}
	return e.Reason
}

func certs(list ...*pkitest.Identity) (out []*x509.Certificate) {
	for _, i := range list {
		out = append(out, i.Cert)
	}
	return out
}

// TestRefusals breaks one thing at a time in a path of three and asks for certificate
// and reason.
func TestRefusals(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256A, "CN=Root")
	good := root.CA(t, "CN=CA")
	later := func(c *x509.Template) { c.NotBefore = pkitest.Now.Add(time.Hour) }
	over := func(c *x509.Template) { c.NotAfter = pkitest.Now.Add(-time.Hour) }
	for _, c := range []struct {
		name         string
		ca           []change
		leaf         []change
		o            Options
		reason       Reason
		index        int
		otherwiseCut bool
	}{
		{name: "good"},
		{name: "leaf too young", leaf: []change{later}, reason: ReasonNotYetValid},
		{name: "leaf left to the caller", leaf: []change{later}, o: Options{IgnoreLeafValidity: true}},
		{name: "authority too old", ca: []change{over}, reason: ReasonExpired, index: 1},
		{name: "authority too old, leaf left to the caller", ca: []change{over}, o: Options{IgnoreLeafValidity: true}, reason: ReasonExpired, index: 1},
		{name: "no authority", ca: []change{func(c *x509.Template) { c.IsCA, c.BasicConstraints = false, true }}, reason: ReasonNotCA, index: 1},
		{name: "key usage", ca: []change{func(c *x509.Template) { c.KeyUsage = x509.CRLSign }}, reason: ReasonKeyUsage, index: 1},
		{name: "unknown extension of the leaf", leaf: []change{extra("1.2.3.4", der.Null())}, reason: ReasonCriticalExtension},
		{name: "unknown extension of the authority", ca: []change{extra("1.2.3.4", der.Null())}, reason: ReasonCriticalExtension, index: 1},
		{name: "malformed extension", ca: []change{extra(OIDNameConstraints, der.Null())}, reason: ReasonMalformedExtension, index: 1},
		{name: "policy required by the caller", o: Options{ExplicitPolicy: true}, reason: ReasonPolicy, index: 1},
		{name: "policy required by the authority", ca: []change{policies("1.2.3"), extra(oidPolicyConstraints, der.Sequence(der.Element(der.Context(0), []byte{0})))}, reason: ReasonPolicy},
		{name: "required policy kept", ca: []change{policies("1.2.3"), extra(oidPolicyConstraints, der.Sequence(der.Element(der.Context(0), []byte{0})))}, leaf: []change{policies("1.2.3")}},
		{name: "mapping from any", ca: []change{policies("1.2.3"), extra(oidPolicyMappings, der.Sequence(der.Sequence(der.ObjectID(x509.OIDAnyPolicy), der.ObjectID("1.2.3"))))}, reason: ReasonPolicyMapping, index: 1},
		{name: "not accepted", o: Options{Accept: func(c *x509.Certificate) error {
			if c.IsCA {
				return errors.New("old")
			}
			return nil
		}}, reason: ReasonNotAccepted, index: 1},
		{name: "no work allowed", o: Options{Spend: func() bool { return false }}, reason: ReasonBound, index: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ca := root.CA(t, "CN=CA", c.ca...)
			leaf := ca.Signer(t, alg.GOST256A, "CN=Leaf", c.leaf...)
			c.o.At = pkitest.Now
			_, err := Validate(certs(leaf, ca), AnchorOf(root.Cert), c.o)
			if got := reasonOf(t, err); got != c.reason {
				t.Fatalf("reason %q, want %q", got, c.reason)
			}
			var e *Error
			if errors.As(err, &e) && e.Index != c.index {
				t.Errorf("certificate %d, want %d", e.Index, c.index)
			}
		})
	}
	leaf := good.Signer(t, alg.GOST256A, "CN=Leaf")
	o := Options{At: pkitest.Now}
	for name, c := range map[string]struct {
		chain  []*x509.Certificate
		anchor Anchor
		reason Reason
	}{
		"empty":         {nil, AnchorOf(root.Cert), ReasonEmpty},
		"too long":      {slices.Repeat(certs(good), maxLength+1), AnchorOf(root.Cert), ReasonBound},
		"other name":    {certs(leaf, root), AnchorOf(root.Cert), ReasonIssuerName},
		"other key":     {certs(leaf, good), AnchorOf(pkitest.Root(t, alg.GOST256A, "CN=Root").Cert), ReasonSignature},
		"unknown key":   {certs(leaf, good), Anchor{Name: root.Cert.Subject}, ReasonAlgorithm},
		"anchor's path": {certs(leaf, good), AnchorOf(pkitest.Root(t, alg.GOST256A, "CN=Root", func(c *x509.Template) { c.MaxPathLen = 0 }).Cert), ReasonSignature},
	} {
		if _, err := Validate(c.chain, c.anchor, o); reasonOf(t, err) != c.reason {
			t.Errorf("%s: %v, want %s", name, err, c.reason)
		}
	}
}

// TestAnchorConstraints: a root's own limits hold where the caller wants them to.
func TestAnchorConstraints(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256A, "CN=Root", func(c *x509.Template) { c.MaxPathLen = 0 })
	ca := root.CA(t, "CN=CA")
	leaf := ca.Signer(t, alg.GOST256A, "CN=Leaf")
	a := AnchorOf(root.Cert)
	if _, err := Validate(certs(leaf, ca), a, Options{At: pkitest.Now}); reasonOf(t, err) != ReasonPathLength {
		t.Errorf("constrained: %v", err)
	}
	a.Constrained = false
	if _, err := Validate(certs(leaf, ca), a, Options{At: pkitest.Now}); err != nil {
		t.Errorf("a name and a key: %v", err)
	}
}

// TestPolicyGraphIsLinear builds the chain of RFC 9618, 1: every certificate has all
// policies and maps each to all, so that the tree would have a node for every sequence.
func TestPolicyGraphIsLinear(t *testing.T) {
	t.Parallel()
	const width, depth = 30, 15
	var all []x509.Policy
	var mappings []mapping
	for i := range width {
		p := der.OID(fmt.Sprintf("1.2.3.%d", i))
		all = append(all, x509.Policy{OID: p})
		for j := range width {
			mappings = append(mappings, mapping{p, der.OID(fmt.Sprintf("1.2.3.%d", j))})
		}
	}
	g := newPolicyGraph()
	edges := 0
	for range depth {
		g = g.next(all, true)
		for _, n := range g.last {
			edges += len(n.parents)
		}
		if len(g.last) != width {
			t.Fatalf("%d nodes at a depth, want %d", len(g.last), width)
		}
		g.mapPolicies(mappings, true)
	}
	if want := width + (depth-1)*width*width; edges != want {
		t.Errorf("%d edges, want %d", edges, want)
	}
	if got := g.authority(); len(got) != width {
		t.Errorf("%d policies at the end, want %d", len(got), width)
	}
}

// TestBuild: key rollover, a cross-certificate, loops and roots that are not trusted.
func TestBuild(t *testing.T) {
	t.Parallel()
	old := pkitest.Root(t, alg.GOST256A, "CN=Root")
	young := pkitest.Root(t, alg.GOST256A, "CN=Root")
	newWithOld := old.IssueFor(t, young.Key, "CN=Root", func(c *x509.Template) { c.IsCA, c.KeyUsage = true, x509.KeyCertSign|x509.CRLSign })
	oldWithNew := young.IssueFor(t, old.Key, "CN=Root", func(c *x509.Template) { c.IsCA, c.KeyUsage = true, x509.KeyCertSign|x509.CRLSign })
	other := pkitest.Root(t, alg.GOST256A, "CN=Other")
	ca := young.CA(t, "CN=CA")
	cross := other.IssueFor(t, ca.Key, "CN=CA", func(c *x509.Template) { c.IsCA, c.KeyUsage = true, x509.KeyCertSign })
	leaf := ca.Signer(t, alg.GOST256A, "CN=Leaf")
	pool := certs(oldWithNew, newWithOld, young, old, other, cross, ca)
	build := func(o Options, pool []*x509.Certificate, anchors ...*pkitest.Identity) (Path, error) {
		b := Builder{Sources: []Source{Pool(pool)}, Options: o}
		for _, a := range anchors {
			b.Anchors = append(b.Anchors, AnchorOf(a.Cert))
		}
		return b.Build(leaf.Cert)
	}
	o := Options{At: pkitest.Now}
	for name, c := range map[string]struct {
		anchor *pkitest.Identity
		want   []*x509.Certificate
	}{
		"own root":          {young, certs(leaf, ca)},
		"the root before":   {old, certs(leaf, ca, newWithOld)},
		"across":            {other, certs(leaf, cross)},
		"the authority":     {ca, certs(leaf)},
		"leaf is an anchor": {leaf, nil},
	} {
		p, err := build(o, pool, c.anchor)
		if err != nil || !slices.EqualFunc(p.Certificates, c.want, (*x509.Certificate).Equal) {
			t.Errorf("%s: path of %d, want %d: %v", name, len(p.Certificates), len(c.want), err)
		}
	}
	if _, err := build(o, pool, pkitest.Root(t, alg.GOST256A, "CN=Nobody")); reasonOf(t, err) != ReasonUntrusted {
		t.Errorf("no anchor fits: %v", err)
	}
	if _, err := build(o, nil, young); reasonOf(t, err) != ReasonNoPath {
		t.Errorf("no candidates: %v", err)
	}
	if _, err := build(o, certs(cross, ca)); reasonOf(t, err) != ReasonNoPath {
		t.Errorf("no anchors: %v", err)
	}
	var broken *BuildError
	_, err := build(o, certs(pkitest.Root(t, alg.GOST256A, "CN=CA", func(c *x509.Template) { c.SubjectKeyID = ca.Cert.SubjectKeyID })), old)
	if reasonOf(t, err) != ReasonSignature || !errors.As(err, &broken) || len(broken.Partial) != 1 {
		t.Errorf("the stated key does not verify: %v", err)
	}
}

// TestBuildIsBounded: authorities that certify each other in every way make a search of
// more paths than can be gone.
func TestBuildIsBounded(t *testing.T) {
	t.Parallel()
	const n = 12
	roots := make([]*pkitest.Identity, n)
	for i := range roots {
		roots[i] = pkitest.Root(t, alg.P256, "CN=CA"+fmt.Sprint(i))
	}
	var pool []*x509.Certificate
	for i, a := range roots {
		for j, b := range roots {
			if i != j {
				c := a.IssueFor(t, b.Key, "CN=CA"+fmt.Sprint(j), func(c *x509.Template) { c.IsCA, c.KeyUsage = true, x509.KeyCertSign })
				pool = append(pool, c.Cert)
			}
		}
	}
	spent := 0
	b := Builder{Anchors: []Anchor{AnchorOf(pkitest.Root(t, alg.P256, "CN=Nobody").Cert)}, Sources: []Source{Pool(pool)},
		Options: Options{At: pkitest.Now, Spend: func() bool { spent++; return true }}}
	_, err := b.Build(roots[0].Signer(t, alg.P256, "CN=Leaf").Cert)
	if reasonOf(t, err) != ReasonBound || spent > maxSignatures {
		t.Errorf("%d signatures, %v", spent, err)
	}
}
