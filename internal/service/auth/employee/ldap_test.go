// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package employee_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	stdx509 "crypto/x509"
	stdpkix "crypto/x509/pkix"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
	"github.com/jimlambrt/gldap"

	"podpis/pki/x509"
)

const (
	reader         = "cn=reader,dc=example"
	readerPassword = "of the reader"
)

// ldapServer is a directory over its real protocol (gldap), with TLS at one port and
// StartTLS at the other.
type ldapServer struct {
	t           *testing.T
	ldaps, ldap string
	issuers     []*x509.Certificate

	mu      sync.Mutex
	entries map[string]map[string][]string // DN: attributes
	bound   int
}

func startLDAP(t *testing.T) *ldapServer {
	t.Helper()
	s := &ldapServer{t: t, entries: map[string]map[string][]string{}}
	config, issuer := certificates(t)
	s.issuers = []*x509.Certificate{issuer}
	s.ldaps = "ldaps://localhost:" + s.run(gldap.WithTLSConfig(config))
	s.ldap = "ldap://localhost:" + s.run(nil, config)
	return s
}

// certificates are an authority and a server of its; crypto/x509 makes them, which is
// another hand than the one that judges.
func certificates(t *testing.T) (*tls.Config, *x509.Certificate) {
	t.Helper()
	now := time.Now()
	certify := func(template, parent *stdx509.Certificate, signer *ecdsa.PrivateKey) ([]byte, *ecdsa.PrivateKey) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(t, err)
		if signer == nil {
			signer = key
		}
		raw, err := stdx509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
		must(t, err)
		return raw, key
	}
	ca := &stdx509.Certificate{
		SerialNumber: big.NewInt(1), Subject: stdpkix.Name{CommonName: "Company"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: stdx509.KeyUsageCertSign,
	}
	rawCA, keyCA := certify(ca, ca, nil)
	raw, key := certify(&stdx509.Certificate{
		SerialNumber: big.NewInt(2), Subject: stdpkix.Name{CommonName: "localhost"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), DNSNames: []string{"localhost"},
		KeyUsage: stdx509.KeyUsageDigitalSignature, ExtKeyUsage: []stdx509.ExtKeyUsage{stdx509.ExtKeyUsageServerAuth},
	}, ca, keyCA)
	issuer, err := x509.ParseCertificate(rawCA)
	must(t, err)
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{raw}, PrivateKey: key}}}, issuer
}

// run starts a server and returns its port; start is what StartTLS goes on with.
func (s *ldapServer) run(option gldap.Option, start ...*tls.Config) string {
	s.t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(s.t, err)
	address := free.Addr().String()
	must(s.t, free.Close())
	server, err := gldap.NewServer()
	must(s.t, err)
	mux, err := gldap.NewMux()
	must(s.t, err)
	must(s.t, mux.Bind(s.bind))
	must(s.t, mux.Search(s.search))
	for _, config := range start {
		must(s.t, mux.ExtendedOperation(func(w *gldap.ResponseWriter, r *gldap.Request) {
			answer := r.NewExtendedResponse(gldap.WithResponseCode(gldap.ResultSuccess))
			answer.SetResponseName(gldap.ExtendedOperationStartTLS)
			_ = w.Write(answer)
			_ = r.StartTLS(config)
		}, gldap.ExtendedOperationStartTLS))
	}
	must(s.t, server.Router(mux))
	options := []gldap.Option{}
	if option != nil {
		options = append(options, option)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Run(address, options...) }()
	s.t.Cleanup(func() { _ = server.Stop(); <-done })
	for !server.Ready() {
		time.Sleep(time.Millisecond)
	}
	_, port, err := net.SplitHostPort(address)
	must(s.t, err)
	return port
}

// put adds somebody whose password is "secret " and their name, in groups.
func (s *ldapServer) put(uid, name, mail, mobile string, groups ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := map[string][]string{"objectClass": {"person"}, "uid": {uid}, "cn": {name}, "mail": {mail}, "entryUUID": {"id-" + uid}, "memberOf": groups}
	if mobile != "" {
		e["mobile"] = []string{mobile}
	}
	s.entries["uid="+uid+",ou=people,dc=example"] = e
}

func (s *ldapServer) binds() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bound
}

func (s *ldapServer) bind(w *gldap.ResponseWriter, r *gldap.Request) {
	answer := r.NewBindResponse(gldap.WithResponseCode(gldap.ResultInvalidCredentials))
	defer func() { _ = w.Write(answer) }()
	m, err := r.GetSimpleBindMessage()
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bound++
	switch e, found := s.entries[m.UserName]; {
	case m.Password == "", // as RFC 4513, 5.1.2 has it: nobody, and a success
		m.UserName == reader && m.Password == readerPassword,
		found && string(m.Password) == "secret "+e["uid"][0]:
		answer.SetResultCode(gldap.ResultSuccess)
	}
}

func (s *ldapServer) search(w *gldap.ResponseWriter, r *gldap.Request) {
	done := r.NewSearchDoneResponse(gldap.WithResponseCode(gldap.ResultSuccess))
	defer func() { _ = w.Write(done) }()
	m, err := r.GetSearchMessage()
	if err != nil {
		return
	}
	filter, err := ldap.CompileFilter(m.Filter)
	if err != nil {
		done.SetResultCode(gldap.ResultOperationsError)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for dn, e := range s.entries {
		if strings.HasSuffix(dn, m.BaseDN) && matches(filter, e) {
			_ = w.Write(r.NewSearchResponseEntry(dn, gldap.WithAttributes(e)))
		}
	}
}

// matches judges an entry by a filter (RFC 4511, 4.5.1.7), as far as tests need it.
func matches(f *ber.Packet, e map[string][]string) bool {
	text := func(p *ber.Packet) string { return p.Data.String() }
	switch f.Tag {
	case ldap.FilterAnd, ldap.FilterOr:
		for _, c := range f.Children {
			if matches(c, e) != (f.Tag == ldap.FilterAnd) {
				return f.Tag == ldap.FilterOr
			}
		}
		return f.Tag == ldap.FilterAnd
	case ldap.FilterPresent:
		return len(e[text(f)]) > 0
	case ldap.FilterSubstrings:
		for _, v := range e[text(f.Children[0])] {
			if strings.HasPrefix(v, text(f.Children[1].Children[0])) {
				return true
			}
		}
	case ldap.FilterEqualityMatch:
		for _, v := range e[text(f.Children[0])] {
			if strings.EqualFold(v, text(f.Children[1])) {
				return true
			}
		}
	}
	return false
}
