// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/internal/service/ca/lint"
	"podpis/pki/alg"
	"podpis/pki/pkcs8"
	"podpis/pki/x509"
)

// Service is the authority.
type Service struct {
	db       *db.DB
	ring     *keys.Ring
	policies *policy.Book
	profiles map[string]Profile
	base     string // public address, without a slash at the end
	random   io.Reader
	wrap     func(Role, alg.Signer) alg.Signer

	mu   sync.RWMutex
	keys map[Role]Authority
}

// Parts are what the service is made of.
type Parts struct {
	DB       *db.DB
	Ring     *keys.Ring
	Policies *policy.Book
	// PublicURL is where relying parties reach the responder; it stands in
	// certificates. Empty is where the authority was when it was founded.
	PublicURL string
	// Random gives serial numbers and nothing else: keys and signatures always
	// take the system's generator. Nil is that generator too.
	Random io.Reader
	// Profiles are the files of the profiles, NAME.json; nil is [ShippedProfiles].
	Profiles fs.FS
	// Wrap stands between the authority and its keys: a key in a token, a
	// counter of signatures. A signer that implements [TBSSigner] is given whole
	// certificates. Nil leaves keys as they are.
	Wrap func(Role, alg.Signer) alg.Signer
}

// New returns an authority without keys; [Service.Open] gives them.
func New(p Parts) (*Service, error) {
	if p.Profiles == nil {
		p.Profiles = ShippedProfiles()
	}
	profiles, err := loadProfiles(p.Profiles)
	if err != nil {
		return nil, err
	}
	s := &Service{
		db: p.DB, ring: p.Ring, policies: p.Policies, profiles: profiles, base: strings.TrimSuffix(p.PublicURL, "/"),
		random: p.Random, wrap: p.Wrap, keys: map[Role]Authority{},
	}
	if s.random == nil {
		s.random = rand.Reader
	}
	if s.wrap == nil {
		s.wrap = func(_ Role, k alg.Signer) alg.Signer { return k }
	}
	return s, nil
}

// ErrNoAuthority says that the database holds no authority.
var ErrNoAuthority = errors.New("ca: no authority in this database")

// Names are the subjects of a new authority's certificates, by role.
type Names map[Role]map[string]string

// Open unseals the keys. An authority that has none is made with the given names
// in one act: a root, an issuing CA, and the keys for answers and stamps. Without
// names (nil) none is made and the error is [ErrNoAuthority].
func (s *Service) Open(ctx context.Context, names Names) error {
	var opened map[Role]Authority
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		rows, err := newQueries(tx).Keys(ctx)
		if err != nil {
			return fmt.Errorf("read keys: %w", err)
		}
		opened = map[Role]Authority{}
		if len(rows) == 0 && names == nil {
			return ErrNoAuthority
		}
		for _, row := range rows {
			a, err := s.unseal(row)
			if err != nil {
				return err
			}
			opened[a.Role] = a
		}
		return s.found(ctx, tx, names, opened)
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = opened
	if s.base == "" {
		address := opened[Stamping].Certificate.IssuingURLs[0] // the judge saw that it is there
		s.base, _, _ = strings.Cut(address, issuerPath)
	}
	return nil
}

const issuerPath = "/pki/ca/"

func keyPlace(id string) []byte { return []byte("ca_key/" + id) }

func (s *Service) unseal(row caKeyRow) (Authority, error) {
	cert, err := x509.ParseCertificate(row.Cert)
	if err != nil {
		return Authority{}, fmt.Errorf("certificate of key %s: %w", row.ID, err)
	}
	plain, err := s.ring.Open(row.Sealed, keyPlace(row.ID))
	if err != nil {
		return Authority{}, fmt.Errorf("open key %s: %w", row.ID, err)
	}
	defer keys.Zero(plain)
	key, err := pkcs8.Parse(plain)
	if err != nil {
		return Authority{}, fmt.Errorf("key %s: %w", row.ID, err)
	}
	if !key.PublicKey().Equal(cert.PublicKey) {
		return Authority{}, fmt.Errorf("key %s does not belong to its certificate", row.ID)
	}
	role := Role(row.Role)
	return Authority{ID: row.ID, Role: role, Certificate: cert, Signer: s.wrap(role, key)}, nil
}

// found makes the keys and certificates that are not there and have a name: all of a new authority, and those of
// roles that came with a later version of the program.
func (s *Service) found(ctx context.Context, tx *db.Tx, names Names, opened map[Role]Authority) error {
	founding := len(opened) == 0
	for _, role := range roles() {
		if _, ok := opened[role]; ok || names[role] == nil && !founding {
			continue
		}
		issuer, err := issuerOf(opened, role)
		if err != nil {
			return err
		}
		a, sealed, err := s.makeKey(tx.Now(), role, names[role], issuer)
		if err != nil {
			return fmt.Errorf("make key %s: %w", role, err)
		}
		err = newQueries(tx).InsertKey(ctx, insertKeyParams{
			ID: a.ID, Role: string(role), Cert: a.Certificate.Raw, Sealed: sealed, CreatedAt: db.Micros(tx.Now()),
		})
		if err != nil {
			return fmt.Errorf("store key: %w", err)
		}
		err = audit.Record(ctx, tx, audit.Entry{
			Actor: "installation", Action: "ca.key.make", Object: "ca_key/" + a.ID,
			Details: map[string]any{"role": string(role), "serial": a.Certificate.Serial.Hex()},
		})
		if err != nil {
			return err
		}
		opened[role] = a
	}
	return nil
}

func issuerOf(opened map[Role]Authority, role Role) (*Authority, error) {
	parent := map[Role]Role{Issuing: Root, Responder: Issuing, Stamping: Issuing, Auditing: Issuing, Sealing: Issuing}[role]
	if parent == "" {
		return nil, nil
	}
	a, ok := opened[parent]
	if !ok {
		return nil, fmt.Errorf("no key %s", parent)
	}
	return &a, nil
}

// makeKey makes a key with its certificate, which is judged like everybody's.
func (s *Service) makeKey(now time.Time, role Role, subject map[string]string, issuer *Authority) (Authority, []byte, error) {
	p := s.profiles[string(role)]
	kinds, _ := p.kinds() // checked when the profile was read
	key, err := alg.Generate(kinds[0], rand.Reader)
	if err != nil {
		return Authority{}, nil, err
	}
	defer key.Zero()
	name, err := p.name(subject)
	if err != nil {
		return Authority{}, nil, err
	}
	serial, err := s.newSerial()
	if err != nil {
		return Authority{}, nil, err
	}
	var parent *x509.Certificate
	var signer alg.Signer = key
	var where addresses
	if issuer != nil {
		parent, signer, where = issuer.Certificate, issuer.Signer, s.addresses(issuer.ID, p)
	}
	t, err := p.template(serial, name, key.PublicKey(), parent, where, now)
	if err != nil {
		return Authority{}, nil, err
	}
	d, err := prepareDraft(t, key.PublicKey().SPKI(), signer.PublicKey().Kind(), parent, p.rules(where, now))
	if err != nil {
		return Authority{}, nil, err
	}
	if parent == nil {
		parent = d.judged
	}
	raw, err := signDraft(d, signer, parent)
	if err != nil {
		return Authority{}, nil, err
	}
	plain := pkcs8.Marshal(key)
	defer keys.Zero(plain)
	row := caKeyRow{ID: hex.EncodeToString(x509.KeyID(key.PublicKey())[:8]), Role: string(role), Cert: raw}
	row.Sealed = s.ring.Seal(plain, keyPlace(row.ID))
	// What was sealed is what will be used: it is opened at once.
	a, err := s.unseal(row)
	return a, row.Sealed, err
}

// addresses are what a certificate of a profile says of its issuer.
func (s *Service) addresses(issuerID string, p Profile) addresses {
	where := addresses{issuer: s.base + issuerPath + issuerID + ".cer"}
	if p.NoCheck {
		return where // RFC 6960, 4.2.2.2.1: nobody asks whether it was revoked
	}
	where.crl = s.base + "/pki/crl/" + issuerID + ".crl"
	if !p.CA {
		// The responder answers for the issuing CA. The root has none: its key
		// signs the list of its certificates and should not be at hand for more.
		where.ocsp = s.base + "/pki/ocsp"
	}
	return where
}

// newSerial draws a number of 127 random bits: positive, at most 16 octets, far
// from the 20 that RFC 5280, 4.1.2.2 allows.
func (s *Service) newSerial() (x509.Serial, error) {
	b := make([]byte, 16)
	if _, err := io.ReadFull(s.random, b); err != nil {
		return nil, fmt.Errorf("draw serial: %w", err)
	}
	b[0] &= 0x7f
	return x509.NewSerial(b), nil
}

var errNoKey = errors.New("ca: the authority has no such key")

// Key returns a key of the authority with its certificate.
func (s *Service) Key(role Role) (Authority, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	a, ok := s.keys[role]
	if !ok {
		return Authority{}, fmt.Errorf("%w: %s", errNoKey, role)
	}
	return a, nil
}

// Authorities returns the certificates of the authority that others need: root
// first.
func (s *Service) Authorities() []Authority {
	var list []Authority
	for _, role := range []Role{Root, Issuing, Responder, Stamping} {
		if a, err := s.Key(role); err == nil {
			list = append(list, a)
		}
	}
	return list
}

// Chain returns the certificates from the issuing CA up to the root.
func (s *Service) Chain() []*x509.Certificate {
	var chain []*x509.Certificate
	for _, role := range []Role{Issuing, Root} {
		if a, err := s.Key(role); err == nil {
			chain = append(chain, a.Certificate)
		}
	}
	return chain
}

// Fits says whether values by short name can be the subject of a certificate of a profile: what [Service.Issue] would
// refuse about them, told before anybody has worked on the request.
func (s *Service) Fits(profile string, values map[string]string) error {
	p, ok := s.profiles[profile]
	if !ok {
		return problem.New(problem.Invalid, "ca.profile.unknown")
	}
	_, err := p.name(values)
	return err
}

// Lint holds a certificate to a profile as if it were issued at its beginning. It is
// for certificates that exist; new ones are judged in [Service.Issue].
func (s *Service) Lint(profile string, c *x509.Certificate) (lint.Findings, error) {
	p, ok := s.profiles[profile]
	if !ok {
		return nil, problem.New(problem.Invalid, "ca.profile.unknown")
	}
	issuer, err := s.Key(Issuing)
	if err != nil {
		return nil, err
	}
	return lint.Check(c, issuer.Certificate, p.rules(s.addresses(issuer.ID, p), c.NotBefore)), nil
}
