// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package path

import (
	"slices"

	"podpis/pki/der"
	"podpis/pki/x509"
)

// policyGraph is the valid_policy_graph of RFC 9618, 5.1: one node for a policy at
// a depth, with all of its parents. The tree of RFC 5280 has a node for every path
// through this graph, of which a hostile chain makes exponentially many.
//
// Childless nodes are not pruned: the graph is NULL when its last depth is empty,
// and what the end of the path asks is reached from the last depth upwards.
type policyGraph struct {
	last []*policyNode // nodes of the last depth
	any  *policyNode   // the one among them with anyPolicy, or nil
}

// policyNode is a valid policy at some depth.
type policyNode struct {
	policy   der.OID
	expected []der.OID // policies of the next certificate that continue it
	parents  []*policyNode
}

// newPolicyGraph returns the graph of depth 0 (RFC 5280, 6.1.2 (a)).
func newPolicyGraph() *policyGraph {
	g := new(policyGraph)
	g.add(x509.OIDAnyPolicy)
	return g
}

// null reports that no policy is left. A nil graph is NULL.
func (g *policyGraph) null() bool { return g == nil || len(g.last) == 0 }

func (g *policyGraph) add(policy der.OID, parents ...*policyNode) {
	n := &policyNode{policy: policy, expected: []der.OID{policy}, parents: parents}
	g.last = append(g.last, n)
	if policy == x509.OIDAnyPolicy {
		g.any = n
	}
}

// next processes certificatePolicies and returns the graph one deeper (RFC 9618,
// 5.3: step (d)). useAny says that anyPolicy of the certificate counts.
func (g *policyGraph) next(policies []x509.Policy, useAny bool) *policyGraph {
	expected := map[der.OID][]*policyNode{} // parents by the policy they expect
	var order []der.OID
	for _, n := range g.last {
		for _, p := range n.expected {
			if expected[p] == nil {
				order = append(order, p)
			}
			expected[p] = append(expected[p], n)
		}
	}
	out := new(policyGraph)
	present := map[der.OID]bool{}
	hasAny := false
	for _, p := range policies {
		switch parents := expected[p.OID]; {
		case p.OID == x509.OIDAnyPolicy:
			hasAny = true
		case present[p.OID]:
		case len(parents) > 0: // (d)(1)(i)
			present[p.OID] = true
			out.add(p.OID, parents...)
		case g.any != nil: // (d)(1)(ii)
			present[p.OID] = true
			out.add(p.OID, g.any)
		}
	}
	if hasAny && useAny { // (d)(2)
		for _, p := range order {
			if !present[p] {
				out.add(p, expected[p]...)
			}
		}
	}
	return out
}

// mapPolicies applies policy mappings (RFC 9618, 5.4: step (b)); allowed is false
// when policy_mapping is 0.
func (g *policyGraph) mapPolicies(mappings []mapping, allowed bool) {
	to := map[der.OID][]der.OID{}
	var order []der.OID
	for _, m := range mappings {
		if to[m.from] == nil {
			order = append(order, m.from)
		}
		if !slices.Contains(to[m.from], m.to) {
			to[m.from] = append(to[m.from], m.to)
		}
	}
	if !allowed { // (b)(2)
		g.last = slices.DeleteFunc(g.last, func(n *policyNode) bool { return to[n.policy] != nil })
		return
	}
	nodes := map[der.OID]*policyNode{}
	for _, n := range g.last {
		nodes[n.policy] = n
	}
	for _, from := range order {
		switch n := nodes[from]; {
		case n != nil: // (b)(1)
			n.expected = to[from]
		case g.any != nil:
			g.last = append(g.last, &policyNode{policy: from, expected: to[from], parents: g.any.parents})
		}
	}
}

// authority is the authority-constrained policy set (RFC 9618, 5.5: step (g)): the
// policies of the anchor's domain that hold down to the leaf. It is anyPolicy alone
// where every certificate has it.
func (g *policyGraph) authority() (policies []der.OID) {
	if g.null() {
		return nil
	}
	if g.any != nil {
		policies = append(policies, x509.OIDAnyPolicy)
	}
	seen, told := map[*policyNode]bool{}, map[der.OID]bool{}
	queue := slices.Clone(g.last)
	for len(queue) > 0 {
		n := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if seen[n] || n.policy == x509.OIDAnyPolicy {
			continue
		}
		seen[n] = true
		for _, p := range n.parents {
			if p.policy == x509.OIDAnyPolicy {
				if !told[n.policy] {
					told[n.policy] = true
					policies = append(policies, n.policy)
				}
				continue
			}
			queue = append(queue, p)
		}
	}
	slices.Sort(policies)
	return policies
}

// userPolicies is the user-constrained policy set.
func userPolicies(authority, user []der.OID) (policies []der.OID) {
	if len(user) == 0 || slices.Contains(user, x509.OIDAnyPolicy) {
		return authority
	}
	anyOf := slices.Contains(authority, x509.OIDAnyPolicy)
	for _, p := range user {
		if anyOf || slices.Contains(authority, p) {
			policies = append(policies, p)
		}
	}
	return policies
}
