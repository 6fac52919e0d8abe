// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package employee

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"

	"podpis/internal/platform/peer"
	"podpis/internal/platform/problem"
	"podpis/pki/x509"
)

// LDAPConfig is a directory of LDAP (RFC 4511).
type LDAPConfig struct {
	ID   string // part of addresses
	Name string // as staff call it
	// URL is ldaps://host or ldap://host, which is raised by StartTLS (RFC 4511, 4.14) unless
	// it is on the loopback.
	URL      string
	StartTLS bool
	CA       []*x509.Certificate // issuers of the server's certificate; empty: those of the system
	// BindDN and Password are who searches; empty: anybody may.
	BindDN, Password string
	Base             string // where people are
	Filter           string // of one person, with %s for the name typed; empty: by uid
	// GroupBase is where groups are that name their members; empty: people carry memberOf.
	GroupBase string
	// Names of attributes; empty: cn, mail, mobile, entryUUID.
	NameAttribute, MailAttribute, PhoneAttribute, SubjectAttribute string
	// Roles are the groups that have a console.
	Roles map[string]string
}

type directory struct {
	LDAPConfig
	tls *tls.Config
}

// patience is how long a directory may take to answer.
const patience = 10 * time.Second

// maxGroups bounds the groups of a person.
const maxGroups = 500

var errWrong = problem.New(problem.Invalid, "employee.wrong")

func newDirectory(c LDAPConfig) (*directory, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "ldap" && u.Scheme != "ldaps" || u.Hostname() == "" {
		return nil, fmt.Errorf("directory %s: %q is no address of LDAP", c.ID, c.URL)
	}
	if u.Scheme == "ldap" && !c.StartTLS && !loopback(u.Hostname()) {
		return nil, fmt.Errorf("directory %s: passwords would go in the open: ldaps or start_tls", c.ID)
	}
	for _, d := range []struct {
		value *string
		usual string
	}{{&c.Filter, "(&(objectClass=person)(uid=%s))"}, {&c.NameAttribute, "cn"}, {&c.MailAttribute, "mail"}, {&c.PhoneAttribute, "mobile"}, {&c.SubjectAttribute, "entryUUID"}} {
		if *d.value == "" {
			*d.value = d.usual
		}
	}
	if strings.Count(c.Filter, "%s") != 1 || strings.Count(c.Filter, "%") != 1 {
		return nil, fmt.Errorf("directory %s: the filter has no single %%s", c.ID)
	}
	if _, err := ldap.CompileFilter(fmt.Sprintf(c.Filter, "x")); err != nil {
		return nil, fmt.Errorf("directory %s: filter: %w", c.ID, err)
	}
	d := &directory{LDAPConfig: c, tls: &tls.Config{MinVersion: tls.VersionTLS12, ServerName: u.Hostname()}}
	if len(c.CA) > 0 {
		d.tls = peer.Config(u.Hostname(), c.CA)
	}
	return d, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// ask finds a person by the name typed and binds as them by the password. A wrong name and
// a wrong password are told alike.
func (d *directory) ask(ctx context.Context, login, password string) (who, error) {
	if login == "" || password == "" { // RFC 4513, 5.1.2: without a password a bind is of nobody, and succeeds
		return who{}, errWrong
	}
	conn, err := d.dial(ctx)
	if err != nil {
		return who{}, silent(err)
	}
	defer func() { _ = conn.Close() }()
	if d.BindDN != "" {
		if err := conn.Bind(d.BindDN, d.Password); err != nil {
			return who{}, silent(err)
		}
	}
	attributes := []string{d.NameAttribute, d.MailAttribute, d.PhoneAttribute, d.SubjectAttribute, "memberOf"}
	found, err := d.search(conn, d.Base, fmt.Sprintf(d.Filter, ldap.EscapeFilter(login)), 2, attributes...)
	if err != nil {
		return who{}, silent(err)
	}
	if len(found) != 1 {
		_ = conn.Bind("cn=nobody,"+d.Base, password) // takes as long as a wrong password does
		return who{}, errWrong
	}
	e := found[0]
	w := who{
		Provider: d.ID, Subject: string(e.GetRawAttributeValue(d.SubjectAttribute)), Name: e.GetAttributeValue(d.NameAttribute), Mail: e.GetAttributeValue(d.MailAttribute),
		Phone: e.GetAttributeValue(d.PhoneAttribute), Groups: e.GetAttributeValues("memberOf"),
	}
	if w.Subject == "" {
		w.Subject = e.DN
	}
	if d.GroupBase != "" {
		dn := ldap.EscapeFilter(e.DN)
		groups, err := d.search(conn, d.GroupBase, "(|(member="+dn+")(uniqueMember="+dn+"))", maxGroups, "cn")
		if err != nil {
			return who{}, silent(err)
		}
		for _, g := range groups {
			w.Groups = append(w.Groups, g.DN)
		}
	}
	err = conn.Bind(e.DN, password)
	if ldap.IsErrorAnyOf(err, ldap.LDAPResultInvalidCredentials, ldap.LDAPResultNoSuchObject, ldap.LDAPResultInappropriateAuthentication) {
		return who{}, errWrong
	} else if err != nil {
		return who{}, silent(err)
	}
	return w, nil
}

func (d *directory) dial(ctx context.Context) (*ldap.Conn, error) {
	dialer := &net.Dialer{Timeout: patience}
	if deadline, ok := ctx.Deadline(); ok {
		dialer.Deadline = deadline
	}
	conn, err := ldap.DialURL(d.URL, ldap.DialWithDialer(dialer), ldap.DialWithTLSConfig(d.tls))
	if err != nil {
		return nil, err
	}
	conn.SetTimeout(patience)
	if d.StartTLS {
		if err := conn.StartTLS(d.tls); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn, nil
}

func (d *directory) search(conn *ldap.Conn, base, filter string, limit int, attributes ...string) ([]*ldap.Entry, error) {
	answer, err := conn.Search(ldap.NewSearchRequest(
		base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, limit, int(patience/time.Second), false, filter, attributes, nil,
	))
	if ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) && answer != nil {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	return answer.Entries[:min(len(answer.Entries), limit)], nil
}

func silent(err error) error {
	return problem.New(problem.Unavailable, "employee.silent").Because(err)
}

// roleOf is the console that groups give: none, one, or too many. Names of LDAP are
// compared as names (RFC 4514), others without case.
func roleOf(roles map[string]string, groups []string) (list []string) {
	for name, role := range roles {
		if slices.ContainsFunc(groups, func(g string) bool { return sameGroup(name, g) }) && !slices.Contains(list, role) {
			list = append(list, role)
		}
	}
	return list
}

func sameGroup(a, b string) bool {
	if strings.EqualFold(a, b) {
		return true
	}
	x, errX := ldap.ParseDN(a)
	y, errY := ldap.ParseDN(b)
	return errX == nil && errY == nil && len(x.RDNs) > 0 && x.EqualFold(y)
}
