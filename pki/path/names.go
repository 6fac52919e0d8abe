// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package path

import (
	"bytes"
	"strings"

	"podpis/pki/der"
	"podpis/pki/x509"
)

// nameConstraints is the content of the extension (RFC 5280, 4.2.1.10).
type nameConstraints struct {
	permitted, excluded []subtree
}

// subtree is a base in the form that is compared.
type subtree struct {
	kind x509.NameKind
	text string // the base: key of a directory name, else the address in lower case
	// Of an IP address.
	address, mask []byte
}

// newSubtree prepares a base; ok is false for one that breaks its syntax. Forms that
// are not understood are kept: their names are refused.
func newSubtree(base x509.GeneralName) (t subtree, ok bool) {
	t.kind = base.Kind
	switch base.Kind {
	case x509.DirectoryName:
		t.text = base.Name.Key()
	case x509.EmailName:
		local, host := splitMailbox(base.Value)
		t.text = lowerASCII(host)
		if local != "" {
			t.text = local + "@" + t.text
		}
		return t, validHost(strings.TrimPrefix(lowerASCII(host), "."), false)
	case x509.DNSName, x509.URIName:
		t.text = lowerASCII(base.Value)
		host := strings.TrimPrefix(t.text, ".")
		return t, host == "" && base.Kind == x509.DNSName || validHost(host, false)
	case x509.IPAddress:
		octets := content(base)
		if len(octets) != 8 && len(octets) != 32 {
			return t, false
		}
		t.address, t.mask = octets[:len(octets)/2], octets[len(octets)/2:]
		return t, isPrefix(t.mask)
	}
	return t, true
}

// content returns the octets of a name that is no text.
func content(g x509.GeneralName) []byte {
	_, _, c := der.NewReader(g.Raw).Any()
	return c
}

// isPrefix reports ones followed by zeros (RFC 4632).
func isPrefix(mask []byte) bool {
	rest := bytes.TrimLeft(mask, "\xff")
	if len(rest) == 0 {
		return true
	}
	return (^rest[0])&(^rest[0]+1) == 0 && len(bytes.Trim(rest[1:], "\x00")) == 0
}

// matches answers for a name of the subtree's form. excluding says that the answer
// keeps a name out: a wildcard then counts as all the names it stands for.
func (t *subtree) matches(n *name, excluding bool) bool {
	switch t.kind {
	case x509.DirectoryName:
		// Keys of relative names end with a mark, so a prefix is whole ones.
		return strings.HasPrefix(n.text, t.text)
	case x509.EmailName:
		if strings.Contains(t.text, "@") {
			return n.local+"@"+n.text == t.text
		}
		return hostMatches(n.text, t.text)
	case x509.URIName:
		return hostMatches(n.text, t.text)
	case x509.DNSName:
		if excluding && strings.HasPrefix(n.text, "*.") {
			if _, parent, ok := strings.Cut(t.text, "."); ok && parent == n.text[2:] {
				return true
			}
		}
		return dnsMatches(n.text, t.text)
	case x509.IPAddress:
		if len(n.address) != len(t.address) {
			return false
		}
		for i, b := range n.address {
			if (b^t.address[i])&t.mask[i] != 0 {
				return false
			}
		}
		return true
	}
	return false
}

// hostMatches: a base that begins with a period is all below it, another one that
// host alone.
func hostMatches(host, base string) bool {
	if strings.HasPrefix(base, ".") {
		return len(host) > len(base) && strings.HasSuffix(host, base)
	}
	return host == base
}

// dnsMatches: the base and all below it; with a period before, which the standard does
// not have and authorities write, only what is below.
func dnsMatches(host, base string) bool {
	return base == "" || host == base ||
		len(host) > len(base) && strings.HasSuffix(host, base) && (base[0] == '.' || host[len(host)-len(base)-1] == '.')
}

// name is a name of a certificate in the form that is compared.
type name struct {
	kind    x509.NameKind
	text    string // key of a directory name, or the host in lower case
	local   string // part of a mailbox before the sign, as it is written
	address []byte
	bad     bool // of a form or syntax that cannot be compared
}

// namesOf gathers what constraints apply to: the subject, the alternative names, and
// the e-mail addresses in the subject when no other is named (RFC 5280, 4.2.1.10).
func namesOf(c *x509.Certificate) (names []name) {
	if !c.Subject.Empty() {
		names = append(names, name{kind: x509.DirectoryName, text: c.Subject.Key()})
	}
	mailbox := false
	for _, g := range c.SubjectAltName {
		mailbox = mailbox || g.Kind == x509.EmailName
		names = append(names, newName(g))
		if isUTF8Mailbox(g) { // what limits mailboxes limits these, and is not computed
			names = append(names, name{kind: x509.EmailName, bad: true})
		}
	}
	if mailbox {
		return names
	}
	for _, a := range c.Subject.Attributes {
		if a.OID == x509.OIDEmailAddress {
			names = append(names, newName(x509.GeneralName{Kind: x509.EmailName, Value: a.Value}))
		}
	}
	return names
}

// isUTF8Mailbox reports SmtpUTF8Mailbox (RFC 9598, 3).
func isUTF8Mailbox(g x509.GeneralName) bool {
	if g.Kind != x509.OtherName {
		return false
	}
	r := der.NewReader(g.Raw)
	return r.Enter(der.ContextConstructed(int(x509.OtherName))).OID() == "1.3.6.1.5.5.7.8.9"
}

func newName(g x509.GeneralName) name {
	n := name{kind: g.Kind}
	switch g.Kind {
	case x509.DirectoryName:
		n.text = g.Name.Key()
	case x509.EmailName:
		local, host := splitMailbox(g.Value)
		n.local, n.text = local, lowerASCII(host)
		n.bad = local == "" || !validHost(n.text, false)
	case x509.DNSName:
		n.text = lowerASCII(g.Value)
		n.bad = !validHost(n.text, true)
	case x509.URIName:
		host, ok := uriHost(g.Value)
		n.text = lowerASCII(host)
		n.bad = !ok || !validHost(n.text, false) || isIPv4(n.text)
	case x509.IPAddress:
		n.address = content(g)
		n.bad = len(n.address) != 4 && len(n.address) != 16
	default:
		n.bad = true
	}
	return n
}

// splitMailbox cuts at the last sign: a quoted local part may have others.
func splitMailbox(s string) (local, host string) {
	i := strings.LastIndexByte(s, '@')
	if i < 0 {
		return "", s
	}
	return s[:i], s[i+1:]
}

// uriHost returns the host of a URI with an authority (RFC 3986, 3.2); a literal in
// brackets is not one.
func uriHost(uri string) (host string, ok bool) {
	scheme, rest, found := strings.Cut(uri, "://")
	if !found || scheme == "" || strings.ContainsAny(scheme, "/?#@") {
		return "", false
	}
	if i := strings.IndexAny(rest, "/?#\\"); i >= 0 {
		rest = rest[:i]
	}
	rest = rest[strings.LastIndexByte(rest, '@')+1:]
	host, port, found := strings.Cut(rest, ":")
	if found && strings.Trim(port, "0123456789") != "" {
		return "", false
	}
	return host, host != ""
}

// validHost reports labels of letters, digits, hyphens and low lines, without the
// final period; wildcard allows "*" as the first label.
func validHost(host string, wildcard bool) bool {
	if host == "" || len(host) > 253 {
		return false
	}
	for i, label := range strings.Split(host, ".") {
		if wildcard && i == 0 && label == "*" {
			continue
		}
		if label == "" || len(label) > 63 {
			return false
		}
		for _, b := range []byte(label) {
			if (b < 'a' || b > 'z') && (b < '0' || b > '9') && b != '-' && b != '_' {
				return false
			}
		}
	}
	return true
}

// isIPv4 reports a host of digits and periods: no domain ends with a number.
func isIPv4(host string) bool { return strings.Trim(host, "0123456789.") == "" }

// lowerASCII folds ASCII alone: other letters are no part of a host here.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// subtrees are the permitted and excluded names of a path so far. What a further
// certificate permits is kept beside what others did, a name having to satisfy all:
// the same as the intersection of RFC 5280, 6.1.4 (g), without computing it.
type subtrees struct {
	permitted [][]subtree
	excluded  []subtree
	left      int // comparisons that may still be made
}

func (s *subtrees) add(n *nameConstraints) {
	if n == nil {
		return
	}
	if len(n.permitted) > 0 {
		s.permitted = append(s.permitted, n.permitted)
	}
	s.excluded = append(s.excluded, n.excluded...)
}

// check compares the names of a certificate (RFC 5280, 6.1.3 (b) and (c)) and returns
// why they are refused, or "".
func (s *subtrees) check(c *x509.Certificate) Reason {
	if len(s.permitted) == 0 && len(s.excluded) == 0 {
		return ""
	}
	for _, n := range namesOf(c) {
		for _, list := range s.permitted {
			if constrained, ok, r := s.find(list, &n, false); r != "" {
				return r
			} else if constrained && !ok {
				return ReasonNameNotPermitted
			}
		}
		if _, found, r := s.find(s.excluded, &n, true); r != "" {
			return r
		} else if found {
			return ReasonNameExcluded
		}
	}
	return ""
}

// find looks for a subtree with the name; constrained says that there is one of its
// form.
func (s *subtrees) find(list []subtree, n *name, excluding bool) (constrained, found bool, r Reason) {
	for i := range list {
		if s.left--; s.left < 0 {
			return false, false, ReasonBound
		}
		if list[i].kind != n.kind {
			continue
		}
		if n.bad { // nothing can be said of it, and it is constrained
			return true, false, ReasonNameForm
		}
		constrained = true
		if list[i].matches(n, excluding) {
			return true, true, ""
		}
	}
	return constrained, false, ""
}
