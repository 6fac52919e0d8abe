// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package employee_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/employee"
	"podpis/internal/service/federation"
	"podpis/internal/service/servicetest"
	"podpis/pki/x509"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t *testing.T, what string, err error, key string) {
	t.Helper()
	if e, ok := problem.Of(err); !ok || e.Key != key {
		t.Errorf("%s: %v, want %s", what, err, key)
	}
}

func roles() map[string]string {
	return map[string]string{"CN=Operators, ou=groups,dc=example": "operator", "cn=auditors,ou=groups,dc=example": "auditor"}
}

// office is a world whose staff a directory of LDAP knows.
type office struct {
	*servicetest.World
	t         *testing.T
	directory *ldapServer
	service   *employee.Service
}

func newOffice(t *testing.T, change ...func(*ldapServer, *employee.LDAPConfig)) *office {
	t.Helper()
	o := &office{World: servicetest.New(t), t: t, directory: startLDAP(t)}
	c := employee.LDAPConfig{
		ID: "corp", Name: "Каталог", URL: o.directory.ldaps, CA: o.directory.issuers, BindDN: reader, Password: readerPassword, Base: "ou=people,dc=example", Roles: roles(),
	}
	for _, f := range change {
		f(o.directory, &c)
	}
	var err error
	o.service, err = employee.New(employee.Parts{DB: o.DB, Accounts: o.Accounts, LDAP: []employee.LDAPConfig{c}})
	must(t, err)
	return o
}

func (o *office) signIn(name, password string) (auth.Session, error) {
	o.t.Helper()
	token, err := o.service.SignIn(o.t.Context(), "corp", name, password, servicetest.Client())
	if err != nil {
		return auth.Session{}, err
	}
	s, err := o.Accounts.Session(o.t.Context(), token)
	must(o.t, err)
	return s, nil
}

func (o *office) staff() (list []auth.Account) {
	o.t.Helper()
	o.Write(func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = o.Accounts.StaffList(ctx, tx)
		return err
	})
	return list
}

// Staff sign in by LDAP. The group gives the console and the second step is still to
// be taken; the role follows the group; who is in none gets no account, and who has left
// theirs has no session any more.
func TestStaffSignInByLDAP(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.directory.put("alice", "Алиса Орлова", "alice@example.org", "+79990002001", "cn=operators,ou=groups,dc=example")
	s, err := o.signIn("alice", "secret alice")
	must(t, err)
	if s.Level != auth.Waiting || s.Account.Role != auth.Operator || s.Method != auth.ByDirectory || s.Account.Phone != "+79990002001" || s.Account.Title != "Алиса Орлова" {
		t.Errorf("%+v", s)
	}
	again, err := o.signIn(" alice ", "secret alice")
	must(t, err)
	if again.Account.ID != s.Account.ID || len(o.staff()) != 1 {
		t.Errorf("two accounts: %+v", o.staff())
	}
	o.directory.put("alice", "Алиса Орлова", "alice@example.org", "+79990002001", "cn=auditors,ou=groups,dc=example", "cn=others,ou=groups,dc=example")
	if s, err = o.signIn("alice", "secret alice"); err != nil || s.Account.Role != auth.Auditor || s.Account.ID != again.Account.ID {
		t.Errorf("%+v, %v", s, err)
	}
	o.directory.put("alice", "Алиса Орлова", "alice@example.org", "+79990002001")
	_, err = o.signIn("alice", "secret alice")
	wants(t, "left the group", err, "employee.none")
	if n := o.Count("session", "account_id = $1", s.Account.ID); n != 0 {
		t.Errorf("%d sessions of who has left", n)
	}
	o.directory.put("bob", "Боб", "bob@example.org", "+79990002002", "cn=others,ou=groups,dc=example")
	_, err = o.signIn("bob", "secret bob")
	wants(t, "in no group", err, "employee.none")
	o.directory.put("carl", "Карл", "carl@example.org", "+79990002003", "cn=operators,ou=groups,dc=example", "cn=auditors,ou=groups,dc=example")
	_, err = o.signIn("carl", "secret carl")
	wants(t, "two duties", err, "employee.several")
	o.directory.put("dora", "Дора", "dora@example.org", "", "cn=operators,ou=groups,dc=example")
	_, err = o.signIn("dora", "secret dora")
	wants(t, "no phone", err, "employee.contacts")
	if n := len(o.staff()); n != 1 {
		t.Errorf("%d accounts", n)
	}
	if n := len(o.Entries("employee.refused")); n != 3 {
		t.Errorf("%d refusals recorded", n)
	}
}

// What is typed is a name and no filter; an empty password binds nobody; wrong ones are
// counted and close the name before the directory is asked.
func TestDirectoryIsNotTricked(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.directory.put("alice", "Алиса Орлова", "alice@example.org", "+79990002001", "cn=operators,ou=groups,dc=example")
	for _, c := range [][2]string{
		{"alice", ""}, {"alice", "wrong"}, {"", "secret alice"}, {"*", "secret alice"}, {"ali*", "secret alice"}, {"alice)(uid=*", "secret alice"},
		{"x)(|(uid=alice", "secret alice"}, {"nobody", "secret alice"}, {"alice\x00", "secret alice"},
	} {
		_, err := o.signIn(c[0], c[1])
		wants(t, c[0]+"/"+c[1], err, "employee.wrong")
	}
	for range 4 {
		_, err := o.signIn("alice", "guess")
		if err == nil {
			t.Fatal("a guess signs in")
		}
	}
	asked := o.directory.binds()
	for _, same := range []string{"\uff21lice", "al\u00adice", "a lice", "alice."} { // as directories compare names (RFC 4518)
		if _, err := o.signIn(same, "secret alice"); problem.KindOf(err) != problem.Limited {
			t.Errorf("spelled %q: %v", same, err)
		}
	}
	if _, err := o.signIn("ALICE", "secret alice"); problem.KindOf(err) != problem.Limited {
		t.Errorf("after five wrong ones: %v", err)
	}
	if o.directory.binds() != asked {
		t.Error("a closed name is asked about")
	}
}

// Passwords go over TLS only, to the server that is agreed upon; on the loopback they may
// go in the open.
func TestDirectoryOverTLS(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*ldapServer, *employee.LDAPConfig)
		key    string
	}{
		"StartTLS":         {func(s *ldapServer, c *employee.LDAPConfig) { c.URL, c.StartTLS = s.ldap, true }, ""},
		"loopback":         {func(s *ldapServer, c *employee.LDAPConfig) { c.URL = s.ldap }, ""},
		"anybody searches": {func(_ *ldapServer, c *employee.LDAPConfig) { c.BindDN = "" }, ""},
		"another issuer": {func(_ *ldapServer, c *employee.LDAPConfig) {
			_, other := certificates(t)
			c.CA = []*x509.Certificate{other}
		}, "employee.silent"},
		"unknown issuer": {func(_ *ldapServer, c *employee.LDAPConfig) { c.CA = nil }, "employee.silent"},
		"another name": {func(_ *ldapServer, c *employee.LDAPConfig) {
			c.URL = strings.Replace(c.URL, "localhost", "127.0.0.1", 1)
		}, "employee.silent"},
		"nobody there":    {func(_ *ldapServer, c *employee.LDAPConfig) { c.URL = "ldaps://localhost:1" }, "employee.silent"},
		"another reader":  {func(_ *ldapServer, c *employee.LDAPConfig) { c.Password = "other" }, "employee.silent"},
		"nobody is there": {func(_ *ldapServer, c *employee.LDAPConfig) { c.Base = "ou=others,dc=example" }, "employee.wrong"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, c.change)
			o.directory.put("alice", "Алиса Орлова", "alice@example.org", "+79990002001", "cn=operators,ou=groups,dc=example")
			_, err := o.signIn("alice", "secret alice")
			if c.key == "" {
				must(t, err)
				return
			}
			wants(t, name, err, c.key)
		})
	}
}

// An account that was there is not taken by its mail; one that waits is, once.
func TestAccountsThatWereThere(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	local := o.Staff(auth.Administrator, "+79990001004", "Alice@example.org", "Админов А. А.")
	o.directory.put("alice", "Алиса Орлова", "alice@example.org", "+79990002001", "cn=operators,ou=groups,dc=example")
	_, err := o.signIn("alice", "secret alice")
	wants(t, "by mail", err, "employee.taken")
	o.Write(func(ctx context.Context, tx *db.Tx) error { return o.service.Await(ctx, tx, local.ID) })
	s, err := o.signIn("alice", "secret alice")
	must(t, err)
	if s.Account.ID != local.ID || s.Account.Role != auth.Operator || s.Account.Phone != "+79990001004" {
		t.Errorf("%+v", s.Account)
	}
	o.directory.put("eve", "Ева", "alice@example.org", "+79990002009", "cn=operators,ou=groups,dc=example")
	_, err = o.signIn("eve", "secret eve")
	wants(t, "the same mail again", err, "employee.taken")
}

// colleague is somebody whom the provider of a company knows.
type colleague struct{ claims map[string]any }

func (c colleague) ID() string { return c.claims["sub"].(string) } //nolint:forcetypeassert // of this test

func (c colleague) Userinfo([]string) ([]byte, error) { return json.Marshal(c.claims) }

type colleagueClaims struct {
	*mockoidc.IDTokenClaims
	Groups []string `json:"groups"`
}

func (c colleague) Claims(_ []string, base *mockoidc.IDTokenClaims) (jwt.Claims, error) {
	groups, _ := c.claims["groups"].([]string)
	return &colleagueClaims{base, groups}, nil
}

// Staff sign in by the company's OpenID Connect, against a foreign library; holders
// are not offered it, and it signs no holder in.
func TestStaffSignInByOIDC(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	server, err := mockoidc.Run()
	must(t, err)
	t.Cleanup(func() {
		if err := server.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	server.FastForward(w.Clock.Ahead())
	outside, err := federation.New(federation.Parts{
		DB: w.DB, Ring: w.Ring, Policies: w.Book, PublicURL: servicetest.PublicURL,
		OIDC: []federation.OIDCConfig{{ID: "corp", Name: "Компания", Issuer: server.Issuer(), Client: server.ClientID, Secret: server.ClientSecret, Scopes: []string{"openid", "email", "profile", "groups"}, Staff: true}},
	})
	must(t, err)
	service, err := employee.New(employee.Parts{DB: w.DB, Accounts: w.Accounts, Outside: outside, OIDC: map[string]map[string]string{"corp": {"podpis-officers": "officer"}}})
	must(t, err)
	if len(outside.Providers()) != 0 || len(service.Ways()) != 1 || !service.Speaks("corp") {
		t.Errorf("offered to holders: %+v", outside.Providers())
	}
	travel := func(claims map[string]any) (string, error) {
		t.Helper()
		server.QueueUser(colleague{claims})
		d, err := service.Leave(t.Context(), "corp", "/ca-office/crl", servicetest.Client())
		must(t, err)
		q := servicetest.Visit(t, d.URL, "", "").Query()
		token, back, err := service.Return(t.Context(), "corp", d.Browser, q, servicetest.Client())
		if err == nil && back != "/ca-office/crl" {
			t.Errorf("back to %q", back)
		}
		return token, err
	}
	olga := map[string]any{
		"sub": "42", "family_name": "Орлова", "given_name": "Ольга", "email": "olga@example.org", "email_verified": true, "phone_number": "+79990002010",
		"groups": []string{"Podpis-Officers", "all"},
	}
	token, err := travel(olga)
	must(t, err)
	s, err := w.Accounts.Session(t.Context(), token)
	if err != nil || s.Level != auth.Waiting || s.Account.Role != auth.Officer || s.Account.Title != "Орлова О." {
		t.Errorf("%+v, %v", s, err)
	}
	w.Staff(auth.Auditor, "+79990001003", "petr@example.org", "Петров П. П.")
	_, err = travel(map[string]any{"sub": "43", "family_name": "Петров", "given_name": "Пётр", "email": "petr@example.org", "email_verified": false, "phone_number": "+79990002011", "groups": []string{"podpis-officers"}})
	wants(t, "a mail nobody checked", err, "employee.contacts")
	_, err = travel(map[string]any{"sub": "44", "family_name": "Гость", "given_name": "Глеб", "email": "g@example.org", "email_verified": true, "phone_number": "+79990002012"})
	wants(t, "no groups", err, "employee.none")
	_, _, err = service.Return(t.Context(), "corp", "", nil, servicetest.Client())
	wants(t, "nobody left", err, "external.state.wrong")
	_, err = service.Leave(t.Context(), "other", "", servicetest.Client())
	wants(t, "no such provider", err, "external.provider.missing")
}

// Settings that cannot work, or would be open, are refused at the start.
func TestDirectorySettings(t *testing.T) {
	t.Parallel()
	good := employee.LDAPConfig{ID: "corp", Name: "Каталог", URL: "ldaps://ldap.example", Base: "dc=example", Roles: roles()}
	for name, change := range map[string]func(*employee.LDAPConfig){
		"in the open":    func(c *employee.LDAPConfig) { c.URL = "ldap://ldap.example" },
		"no address":     func(c *employee.LDAPConfig) { c.URL = "https://ldap.example" },
		"no groups":      func(c *employee.LDAPConfig) { c.Roles = nil },
		"a strange role": func(c *employee.LDAPConfig) { c.Roles = map[string]string{"cn=x": "holder"} },
		"no name":        func(c *employee.LDAPConfig) { c.Filter = "(objectClass=person)" },
		"no filter":      func(c *employee.LDAPConfig) { c.Filter = "(uid=%s" },
		"no id":          func(c *employee.LDAPConfig) { c.ID = "" },
	} {
		c := good
		change(&c)
		if _, err := employee.New(employee.Parts{LDAP: []employee.LDAPConfig{c}}); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	for _, change := range []func(*employee.LDAPConfig){func(*employee.LDAPConfig) {}, func(c *employee.LDAPConfig) { c.URL, c.StartTLS = "ldap://ldap.example", true }, func(c *employee.LDAPConfig) { c.URL = "ldap://127.0.0.1:389" }} {
		c := good
		change(&c)
		if _, err := employee.New(employee.Parts{LDAP: []employee.LDAPConfig{c}}); err != nil {
			t.Error(err)
		}
	}
	if _, err := employee.New(employee.Parts{LDAP: []employee.LDAPConfig{good, good}}); err == nil || !strings.Contains(err.Error(), "of another") || errors.Is(err, context.Canceled) {
		t.Errorf("two of one name: %v", err)
	}
}
