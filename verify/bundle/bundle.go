// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package bundle is what an installation judges by, in one piece: anchors,
// certificates and lists of authorities, answers of OCSP, what is known of
// accreditation, the policy. With it the browser and the saved page give the
// verdict that the server would give.
//
// Nothing in it but the anchors and the accreditation is trusted: the rest is
// verified like any evidence. Where a bundle comes from is the caller's to know.
package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"podpis/pki/alg"
	"podpis/pki/x509"
	"podpis/verify"
)

// Bundle is what is judged by. Certificates, lists and answers are DER.
type Bundle struct {
	Made         time.Time      `json:"made"` // by the clock of the installation
	Anchors      []Anchor       `json:"anchors"`
	Certificates [][]byte       `json:"certificates"`
	CRLs         []Item         `json:"crls"`
	OCSP         []Item         `json:"ocsp,omitempty"`
	Policy       *verify.Policy `json:"policy,omitempty"`
	Lists        verify.Lists   `json:"lists"`
	// Accreditation says that there is a list of accredited centres. Of the
	// authorities whose fingerprints Known holds everything is known; Centres are
	// those that are in the list.
	Accreditation bool     `json:"accreditation"`
	Known         []string `json:"known,omitempty"`
	Centres       []Centre `json:"centres,omitempty"`
	// Unreachable are fingerprints of certificates for which a source could not be
	// reached: that is told apart from one that had nothing.
	Unreachable []string `json:"unreachable,omitempty"`
}

// Anchor is a certificate trusted by decision.
type Anchor struct {
	Certificate []byte    `json:"certificate"`
	Until       time.Time `json:"until,omitzero"`
}

// Item is a list or an answer with where it came from.
type Item struct {
	Octets []byte `json:"octets"`
	Source string `json:"source"`
}

// Centre is an accredited centre with the fingerprints of its certificates.
type Centre struct {
	verify.Authority
	Certificates []string `json:"certificates"`
}

// MaxSize bounds what [Parse] reads, in octets: the lists of a whole country are a
// third of it.
const MaxSize = 64 << 20

// Fingerprint names a certificate: its SHA-256, hexadecimal.
func Fingerprint(c *x509.Certificate) string {
	const digits = "0123456789abcdef"
	sum := c.Fingerprint(alg.SHA256)
	out := make([]byte, 0, 2*len(sum))
	for _, o := range sum {
		out = append(out, digits[o>>4], digits[o&15])
	}
	return string(out)
}

// Parse reads a bundle.
func Parse(in []byte) (*Bundle, error) {
	if len(in) > MaxSize {
		return nil, errors.New("bundle: larger than " + strconv.Itoa(MaxSize) + " octets")
	}
	var b Bundle
	if err := json.Unmarshal(in, &b); err != nil {
		return nil, fmt.Errorf("bundle: %w", err)
	}
	return &b, nil
}

// Know adds what is known of an authority: its centre, or that it is in no list.
func (b *Bundle) Know(c *x509.Certificate, centre *verify.Authority) {
	mark := Fingerprint(c)
	if slices.Contains(b.Known, mark) {
		return
	}
	b.Known = append(b.Known, mark)
	if centre == nil {
		return
	}
	same := func(o Centre) bool { return o.Name == centre.Name && o.Number == centre.Number && o.INN == centre.INN }
	if i := slices.IndexFunc(b.Centres, same); i >= 0 {
		b.Centres[i].Certificates = append(b.Centres[i].Certificates, mark)
		return
	}
	b.Centres = append(b.Centres, Centre{*centre, []string{mark}})
}

// Store is the evidence of bundles put together, with a record of what was asked for and
// is not there. It is not safe for concurrent use.
type Store struct {
	at      time.Time
	pool    verify.Pool
	seen    map[string]bool // of certificates, lists and answers: octets
	trust   []verify.Anchor
	centres map[string]*verify.Authority
	known   map[string]bool
	listed  bool
	lists   verify.Lists
	policy  *verify.Policy
	silent  map[string]bool // certificates whose sources could not be reached
	missing []*x509.Certificate
	asked   map[string]bool // certificates that were missing before
	// Whether a certificate is of an accredited centre was asked and is not known here;
	// doubt: and nobody can be asked.
	unlisted, doubt bool
}

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{seen: map[string]bool{}, centres: map[string]*verify.Authority{}, known: map[string]bool{}, silent: map[string]bool{}, asked: map[string]bool{}}
}

// Add takes a bundle in. What does not parse is an error: a bundle is made by us.
func (s *Store) Add(b *Bundle) error {
	for _, a := range b.Anchors {
		if !s.first("anchor", a.Certificate) {
			continue
		}
		c, err := x509.ParseCertificate(a.Certificate)
		if err != nil {
			return fmt.Errorf("bundle: anchor: %w", err)
		}
		s.trust = append(s.trust, verify.Anchor{Certificate: c, Until: a.Until})
	}
	for _, raw := range b.Certificates {
		if !s.first("certificate", raw) {
			continue
		}
		c, err := x509.ParseCertificate(raw)
		if err != nil {
			return fmt.Errorf("bundle: certificate: %w", err)
		}
		s.pool.Certificates = append(s.pool.Certificates, c)
	}
	for _, item := range b.CRLs {
		if s.first("crl", item.Octets) {
			if err := s.pool.AddCRL(item.Octets, item.Source); err != nil {
				return fmt.Errorf("bundle: list of %s: %w", item.Source, err)
			}
		}
	}
	for _, item := range b.OCSP {
		if s.first("ocsp", item.Octets) {
			if err := s.pool.AddOCSP(item.Octets, item.Source); err != nil {
				return fmt.Errorf("bundle: answer of %s: %w", item.Source, err)
			}
		}
	}
	for _, mark := range b.Known {
		s.known[mark] = true
	}
	for i := range b.Centres {
		for _, mark := range b.Centres[i].Certificates {
			s.centres[mark] = &b.Centres[i].Authority
		}
	}
	for _, mark := range b.Unreachable {
		s.silent[mark] = true
	}
	s.at, s.lists, s.policy, s.listed = b.Made, b.Lists, b.Policy, b.Accreditation
	return nil
}

func (s *Store) first(kind string, octets []byte) bool {
	key := kind + string(octets)
	old := s.seen[key]
	s.seen[key] = true
	return !old
}

// Silence says that nobody can be asked about the missing certificates. When one of them
// may be of an accredited centre, accreditation is not known from then on: "not in the
// list" would be an answer.
func (s *Store) Silence() {
	s.doubt = s.doubt || s.unlisted
	for _, c := range s.missing {
		s.silent[Fingerprint(c)] = true
	}
}

// Made is the clock of the bundle that was added last.
func (s *Store) Made() time.Time { return s.at }

// Lists are those of the bundle that was added last.
func (s *Store) Lists() verify.Lists { return s.lists }

// Begin begins another check: what was asked and who was silent is forgotten, what came
// stays.
func (s *Store) Begin() {
	s.asked, s.silent, s.doubt = map[string]bool{}, map[string]bool{}, false
}

// Options puts what is here into the options of a judgement.
func (s *Store) Options(o verify.Options) verify.Options {
	s.missing, s.unlisted = nil, false
	o.Trust, o.Policy, o.Lists = s.trust, s.policy, s.lists
	o.Evidence = append(o.Evidence, &s.pool, lacking{s})
	if s.listed && !s.doubt {
		o.Authority = func(c *x509.Certificate) *verify.Authority {
			mark := Fingerprint(c)
			if !s.known[mark] {
				s.miss(c)
				s.unlisted = true
			}
			return s.centres[mark]
		}
	}
	return o
}

// Missing are the certificates about which something was asked that is not here, since
// the last call of [Store.Options]. None is returned twice: who knew nothing once knows
// nothing again.
func (s *Store) Missing() []*x509.Certificate {
	out := slices.DeleteFunc(slices.Clone(s.missing), func(c *x509.Certificate) bool { return s.asked[Fingerprint(c)] })
	for _, c := range out {
		s.asked[Fingerprint(c)] = true
	}
	return out
}

func (s *Store) miss(c *x509.Certificate) {
	if !slices.ContainsFunc(s.missing, c.Equal) {
		s.missing = append(s.missing, c)
	}
}
