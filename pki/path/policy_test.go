// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package path

import (
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// link is what a certificate says of policies, for the tree below and, encoded, for the
// validator.
type link struct {
	selfIssued bool
	stated     bool // certificatePolicies is there
	policies   []der.OID
	mappings   []mapping
	require    int
	inhibitMap int
	inhibitAny int
}

// tree is the valid_policy_tree of RFC 5280, 6.1.2 (a), written from the text: the yardstick
// for the graph. A node is deleted by being taken out of its parent.
type tree struct {
	policy   der.OID
	expected []der.OID
	parent   *tree
	children []*tree
}

func (n *tree) depth(d int) (out []*tree) {
	if n == nil {
		return nil
	}
	if d == 0 {
		return []*tree{n}
	}
	for _, c := range n.children {
		out = append(out, c.depth(d-1)...)
	}
	return out
}

func (n *tree) child(policy der.OID) {
	n.children = append(n.children, &tree{policy: policy, expected: []der.OID{policy}, parent: n})
}

// prune deletes nodes above the depth that have no children; nil: the tree is NULL.
func (n *tree) prune(d int) *tree {
	if n == nil || d == 0 {
		return n
	}
	n.children = slices.DeleteFunc(n.children, func(c *tree) bool { return c.prune(d-1) == nil })
	if len(n.children) == 0 {
		return nil
	}
	return n
}

const anyPolicy = x509.OIDAnyPolicy

// naive processes a chain, the anchor's side first.
func naive(chain []link, user []der.OID, explicit, noMap, noAny bool) (ok bool, policies []der.OID) {
	n := len(chain)
	counter := func(stop bool) int {
		if stop {
			return 0
		}
		return n + 1
	}
	explicitPolicy, policyMapping, inhibitAny := counter(explicit), counter(noMap), counter(noAny)
	root := &tree{policy: anyPolicy, expected: []der.OID{anyPolicy}}
	for k, c := range chain {
		i := k + 1
		if c.stated && root != nil {
			root = grow(root, c, i, inhibitAny > 0 || i < n && c.selfIssued)
		} else {
			root = nil
		}
		if explicitPolicy == 0 && root == nil {
			return false, nil
		}
		if i == n {
			break
		}
		for _, m := range c.mappings {
			if m.from == anyPolicy || m.to == anyPolicy {
				return false, nil
			}
		}
		if root != nil {
			root = mapTree(root, c.mappings, i, policyMapping > 0)
		}
		if !c.selfIssued {
			explicitPolicy, policyMapping, inhibitAny = max(explicitPolicy-1, 0), max(policyMapping-1, 0), max(inhibitAny-1, 0)
		}
		lower := func(counter *int, stated int) {
			if stated >= 0 && stated < *counter {
				*counter = stated
			}
		}
		lower(&explicitPolicy, c.require)
		lower(&policyMapping, c.inhibitMap)
		lower(&inhibitAny, c.inhibitAny)
	}
	if explicitPolicy = max(explicitPolicy-1, 0); chain[n-1].require == 0 {
		explicitPolicy = 0
	}
	policies = intersect(root, user, n)
	return explicitPolicy > 0 || len(policies) > 0, policies
}

// grow: 6.1.3 (d).
func grow(root *tree, c link, i int, useAny bool) *tree {
	above := root.depth(i - 1)
	for _, p := range c.policies {
		if p == anyPolicy {
			continue
		}
		match := false
		for _, n := range above {
			if slices.Contains(n.expected, p) {
				n.child(p)
				match = true
			}
		}
		for _, n := range above {
			if !match && n.policy == anyPolicy {
				n.child(p)
			}
		}
	}
	if slices.Contains(c.policies, anyPolicy) && useAny {
		for _, n := range above {
			for _, p := range n.expected {
				if !slices.ContainsFunc(n.children, func(c *tree) bool { return c.policy == p }) {
					n.child(p)
				}
			}
		}
	}
	return root.prune(i)
}

// mapTree: 6.1.4 (b).
func mapTree(root *tree, mappings []mapping, i int, allowed bool) *tree {
	to := map[der.OID][]der.OID{}
	for _, m := range mappings {
		to[m.from] = append(to[m.from], m.to)
	}
	nodes := root.depth(i)
	for from, list := range to {
		found := false
		for _, n := range nodes {
			if n.policy != from {
				continue
			}
			found = true
			if allowed {
				n.expected = list
				continue
			}
			n.parent.children = slices.DeleteFunc(n.parent.children, func(c *tree) bool { return c == n })
		}
		for _, n := range nodes {
			if allowed && !found && n.policy == anyPolicy {
				n.parent.children = append(n.parent.children, &tree{policy: from, expected: list, parent: n.parent})
			}
		}
	}
	return root.prune(i)
}

// intersect: 6.1.5 (g), as the set of policies that are left.
func intersect(root *tree, user []der.OID, n int) (policies []der.OID) {
	for d := 1; d <= n; d++ {
		for _, node := range root.depth(d) {
			switch {
			case node.parent.policy != anyPolicy:
			case node.policy != anyPolicy:
				policies = append(policies, node.policy)
			case d == n:
				policies = append(policies, anyPolicy)
			}
		}
	}
	if len(user) > 0 {
		everything := slices.Contains(policies, anyPolicy)
		policies = slices.DeleteFunc(slices.Clone(user), func(p der.OID) bool { return !everything && !slices.Contains(policies, p) })
	}
	slices.Sort(policies)
	return slices.Compact(policies)
}

// certificate encodes a link as the validator sees it.
func (l link) certificate(issuer, subject x509.Name, leaf bool) *x509.Certificate {
	c := &x509.Certificate{Version: 3, Issuer: issuer, Subject: subject, NotBefore: pkitest.Start, NotAfter: pkitest.End}
	c.IsCA, c.MaxPathLen = !leaf, -1
	add := func(oid der.OID, value []byte) {
		c.Extensions = append(c.Extensions, x509.Extension{OID: oid, Value: value})
	}
	if l.stated {
		add(x509.OIDCertificatePolicies, nil) // decoded by x509
		for _, p := range l.policies {
			c.Policies = append(c.Policies, x509.Policy{OID: p})
		}
	}
	var parts [][]byte
	for _, m := range l.mappings {
		parts = append(parts, der.Sequence(der.ObjectID(m.from), der.ObjectID(m.to)))
	}
	if len(parts) > 0 {
		add(oidPolicyMappings, der.Sequence(parts...))
	}
	var limits []byte
	for i, v := range []int{l.require, l.inhibitMap} {
		if v >= 0 {
			limits = append(limits, der.Element(der.Context(i), []byte{byte(v)})...)
		}
	}
	if len(limits) > 0 {
		add(oidPolicyConstraints, der.Sequence(limits))
	}
	if l.inhibitAny >= 0 {
		add(oidInhibitAnyPolicy, der.Int(int64(l.inhibitAny)))
	}
	return c
}

// TestPoliciesAsTheTreeOfRFC5280 compares the graph with the tree, which it replaces
// without another answer (RFC 9618, 1).
func TestPoliciesAsTheTreeOfRFC5280(t *testing.T) {
	t.Parallel()
	names := make([]x509.Name, 8)
	for i := range names {
		names[i] = pkitest.Name(t, "CN=N"+strconv.Itoa(i))
	}
	accepted, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		oid := rapid.SampledFrom([]der.OID{"1.2.1", "1.2.2", "1.2.3"})
		orAny := rapid.OneOf(oid, rapid.Just(anyPolicy))
		skip := rapid.SampledFrom([]int{-1, -1, -1, 0, 1, 2})
		chain := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) link {
			l := link{
				selfIssued: rapid.IntRange(0, 4).Draw(t, "self-issued") == 0,
				stated:     rapid.IntRange(0, 9).Draw(t, "stated") > 0,
				policies:   rapid.SliceOfNDistinct(orAny, 1, 3, rapid.ID).Draw(t, "policies"),
				require:    skip.Draw(t, "require"), inhibitMap: skip.Draw(t, "inhibit mapping"), inhibitAny: skip.Draw(t, "inhibit any"),
			}
			for range rapid.IntRange(0, 3).Draw(t, "mappings") {
				l.mappings = append(l.mappings, mapping{oid.Draw(t, "from"), oid.Draw(t, "to")})
			}
			return l
		}), 1, 5).Draw(t, "chain")
		user := rapid.SliceOfNDistinct(oid, 0, 2, rapid.ID).Draw(t, "user")
		flag := func(name string) bool { return rapid.IntRange(0, 3).Draw(t, name) == 0 }
		o := Options{At: pkitest.Now, Policies: user, ExplicitPolicy: flag("explicit"), InhibitPolicyMapping: flag("no mapping"), InhibitAnyPolicy: flag("no any"),
			Verify: func([]byte, alg.SignatureAlgorithm, []byte, []byte) error { return nil }}
		var certs []*x509.Certificate
		at := 0
		for i, l := range chain {
			next := at
			if !l.selfIssued {
				next++
			}
			certs = append(certs, l.certificate(names[at], names[next], i == len(chain)-1))
			at = next
		}
		slices.Reverse(certs)
		result, err := Validate(certs, Anchor{Name: names[0]}, o)
		ok, policies := naive(chain, user, o.ExplicitPolicy, o.InhibitPolicyMapping, o.InhibitAnyPolicy)
		slices.Sort(result.Policies)
		if ok != (err == nil) || ok && !slices.Equal(result.Policies, policies) {
			t.Fatalf("graph: %v %v; tree: %v %v", err, result.Policies, ok, policies)
		}
		if ok {
			accepted++
		} else {
			refused++
		}
	})
	t.Logf("%d chains accepted, %d refused", accepted, refused)
	if accepted == 0 || refused == 0 {
		t.Error("one answer only")
	}
}
