// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package esia is ЕСИА for the stand: a real server that lets made-up people sign in to
// registered systems and tells about them, by both variants of client_secret.
//
// It checks what the real one checks: the secret by the registered certificate, the
// clock, parameters that stand twice, scopes, the address to go back to, PKCE, codes
// that count once and for a minute. Each error of the list, and tokens that are wrong in
// every way, are given on demand from the page /switch.
//
// Left out: sessions between sign-ins (each asks who comes), refreshing of tokens, the
// digital profile with its consents, of which only the errors exist.
package esia

import (
	"crypto/rand"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"podpis/pki/alg"
	"podpis/pki/x509"
	"podpis/stand/page"
	"podpis/wire/esia"
)

var (
	//go:embed persons.json
	samples []byte
	//go:embed authorize.html
	authorizeHTML string
	//go:embed switch.html
	switchHTML string
)

// Client is a registered system.
type Client struct {
	ID          string // mnemonic
	Variant     esia.Variant
	Certificate *x509.Certificate
	Redirects   []string
}

// Person is somebody who can sign in.
type Person struct {
	OID    string            `json:"oid"`
	Level  string            `json:"level"` // simplified, standard, confirmed
	Bio    bool              `json:"bio"`   // has biometrics in ЕБС
	Person esia.Person       `json:"person"`
	Roles  []esia.Membership `json:"roles"`
}

// Name is how the person is shown.
func (p Person) Name() string {
	return strings.Join(strings.Fields(p.Person.LastName+" "+p.Person.FirstName+" "+p.Person.MiddleName), " ")
}

// About is what the choice says of the person.
func (p Person) About() string {
	about := map[string]string{"simplified": "упрощённая", "standard": "стандартная", "confirmed": "подтверждённая"}[p.Level] + " учётная запись"
	if p.Bio {
		about += ", есть биометрия"
	}
	for _, r := range p.Roles {
		about += ", руководитель " + r.ShortName
	}
	return about
}

// skew is how far the clock of a client may be off.
const skew = 5 * time.Minute

// codeLife and tokenLife are how long a code and a token count.
const (
	codeLife  = time.Minute
	tokenLife = time.Hour
)

// maxHeld bounds codes and tokens that are remembered.
const maxHeld = 10000

type code struct {
	request esia.Request
	person  Person
	at      time.Time
	used    bool
}

type token struct {
	person  Person
	scopes  []string
	expires time.Time
}

// Server is a running server.
type Server struct {
	listener  net.Listener
	server    *http.Server
	now       func() time.Time
	gost      identity
	authorize *template.Template
	switches  *template.Template

	mu      sync.Mutex
	rsa     identity // made when it is first asked for: it takes a second
	byRSA   bool
	clients map[string]Client
	persons []Person
	codes   map[string]*code
	tokens  map[string]token
	failure string
}

type identity struct {
	key  *alg.PrivateKey
	cert *x509.Certificate
}

// Start listens on addr ("127.0.0.1:0" for any port); now is its clock, nil for the
// system's.
func Start(addr string, now func() time.Time) (*Server, error) {
	if now == nil {
		now = time.Now
	}
	s := &Server{now: now, clients: map[string]Client{}, codes: map[string]*code{}, tokens: map[string]token{}}
	if err := json.Unmarshal(samples, &s.persons); err != nil {
		return nil, fmt.Errorf("read sample persons: %w", err)
	}
	var err error
	if s.gost, err = newIdentity(alg.GOST256A, now()); err != nil {
		return nil, err
	}
	if s.authorize, err = template.New("authorize").Parse(authorizeHTML); err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	if s.switches, err = template.New("switch").Parse(switchHTML); err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	if s.listener, err = net.Listen("tcp", addr); err != nil {
		return nil, fmt.Errorf("start ЕСИА: %w", err)
	}
	s.server = &http.Server{Handler: s.handler(), ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(s.listener) }() // ends with Close
	return s, nil
}

// maxForm bounds the forms.
const maxForm = 256 << 10

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	for _, v := range []esia.Variant{esia.V1, esia.V2} {
		mux.HandleFunc("GET "+v.AuthorizationPath(), s.ask(v))
		mux.HandleFunc("POST "+v.AuthorizationPath(), s.answer(v))
		mux.HandleFunc("POST "+v.TokenPath(), s.exchange(v))
	}
	mux.HandleFunc("GET /rs/prns/{oid}", s.tellPerson)
	mux.HandleFunc("GET /rs/prns/{oid}/ctts", s.tellContacts)
	mux.HandleFunc("GET /rs/prns/{oid}/roles", s.tellRoles)
	mux.HandleFunc("GET /rs/orgs/{oid}", s.tellOrganisation)
	mux.HandleFunc("GET /idp/ext/Logout", s.logout)
	mux.HandleFunc("GET /switch", s.showSwitch)
	mux.Handle("POST /switch", http.NewCrossOriginProtection().Handler(http.HandlerFunc(s.turnSwitch)))
	mux.HandleFunc("GET "+page.StylePath, page.ServeStyle)
	return http.MaxBytesHandler(mux, maxForm)
}

// newIdentity makes a key with a certificate of its own.
func newIdentity(kind alg.Kind, now time.Time) (identity, error) {
	key, err := alg.Generate(kind, rand.Reader)
	if err != nil {
		return identity{}, fmt.Errorf("make key: %w", err)
	}
	subject, err := x509.NewName(x509.Attribute{OID: x509.OIDCommonName, Value: "Учебная ЕСИА"}, x509.Attribute{OID: x509.OIDCountryName, Value: "RU"})
	if err != nil {
		return identity{}, fmt.Errorf("name: %w", err)
	}
	serial := make([]byte, 16)
	rand.Read(serial)
	serial[0] &= 0x7f
	raw, err := x509.CreateCertificate(rand.Reader, &x509.Template{
		Serial: x509.NewSerial(serial), Issuer: subject, Subject: subject, NotBefore: now.Add(-24 * time.Hour).UTC().Truncate(time.Second),
		NotAfter: now.AddDate(5, 0, 0).UTC().Truncate(time.Second), SubjectKeyID: x509.KeyID(key.PublicKey()), MaxPathLen: -1, KeyUsage: x509.DigitalSignature,
	}, key.PublicKey().SPKI(), key)
	if err != nil {
		return identity{}, fmt.Errorf("make certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(raw)
	return identity{key, cert}, err
}

// URL is the host as clients are given it.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() }

// Close stops the server.
func (s *Server) Close() error {
	if err := s.server.Close(); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("stop ЕСИА: %w", err)
	}
	return nil
}

// Register takes a system, or replaces the one of its mnemonic.
func (s *Server) Register(c Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clients[c.ID] = c
}

// SignBy chooses what tokens are signed with, esia.RS256 or esia.GOST256.
func (s *Server) SignBy(algorithm string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if algorithm == esia.RS256 && s.rsa.key == nil {
		var err error
		if s.rsa, err = newIdentity(alg.RSA, s.now()); err != nil {
			return err
		}
	}
	s.byRSA = algorithm == esia.RS256
	return nil
}

// Certificates are those of the keys that tokens are signed with.
func (s *Server) Certificates() []*x509.Certificate {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []*x509.Certificate{s.gost.cert}
	if s.rsa.cert != nil {
		list = append(list, s.rsa.cert)
	}
	return list
}

// signer is the key of the moment; the caller holds the lock.
func (s *Server) signer() *alg.PrivateKey {
	if s.byRSA {
		return s.rsa.key
	}
	return s.gost.key
}

// Persons are those who can sign in.
func (s *Server) Persons() []Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.persons)
}

func (s *Server) person(oid string) (Person, bool) {
	for _, p := range s.Persons() {
		if p.OID == oid {
			return p, true
		}
	}
	return Person{}, false
}

// random is 256 bits in base64url.
func random() string {
	b := make([]byte, 32)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}
