// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package download is what the authority hands out: its own program, its certificates, and
// the crypto packages of others, each with its hashes (SHA-256; GOST R 34.11-2012, 256 bits)
// and a detached signature by the installation's key (CAdES), made when it is
// published, so that whoever downloads it can check it by any program that verifies.
//
// A package of another publisher is pointed to, not copied: what is signed then is a
// statement of where it is and which hashes its publisher gave.
//
// Left out: running, installing and updating what was downloaded.
package download

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/blob"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/pki/alg"
)

// Kind is what a package is.
type Kind string

// The kinds of packages.
const (
	Program     Kind = "program"     // of this project
	Certificate Kind = "certificate" // of the authority
	Provider    Kind = "provider"    // crypto provider of another publisher
	Plugin      Kind = "plugin"      // of browsers, which sites of others ask for
	Driver      Kind = "driver"      // of tokens
)

// Kinds are all of them, in the order people look for.
func Kinds() []Kind { return []Kind{Program, Certificate, Provider, Plugin, Driver} }

// Systems are those a package is for.
func Systems() []string { return []string{"any", "windows", "linux", "macos"} }

// Package is one thing that is handed out.
type Package struct {
	ID          string
	Name        string // of the file
	Kind        Kind
	Title       string
	Version     string
	System      string
	Publisher   string
	Address     string // of a package that is only pointed to
	Size        int64
	SHA256      string // hexadecimal; of a package pointed to, as its publisher gives it
	Streebog256 string // likewise
	Signature   []byte // detached, over the content
	By          string
	At          time.Time
}

// MaxSize bounds a package, which is hashed and signed in memory when it is published.
const MaxSize = 256 << 20

// maxText bounds a text of a package.
const maxText = 200

var (
	namePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$`)
	hashPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// ValidName tells whether a file may be called so: it stands in an address and in a command
// that people copy.
func ValidName(name string) bool {
	return namePattern.MatchString(name) && !strings.Contains(name, "..") && !strings.HasSuffix(strings.ToLower(name), ".sig")
}

// check refuses a package of which something that matters is not said.
func (p *Package) check() error {
	for _, text := range []*string{&p.Title, &p.Version, &p.Publisher} {
		*text = strings.Join(strings.Fields(*text), " ")
	}
	fits := func(text string) bool { return text != "" && len([]rune(text)) <= maxText }
	field := ""
	switch {
	case !ValidName(p.Name):
		field = "name"
	case !slices.Contains(Kinds(), p.Kind):
		field = "kind"
	case !fits(p.Title):
		field = "title"
	case !fits(p.Version):
		field = "version"
	case !slices.Contains(Systems(), p.System):
		field = "system"
	case !fits(p.Publisher):
		field = "publisher"
	default:
		return nil
	}
	return problem.New(problem.Invalid, "download."+field).At(field)
}

// Statement is what is signed of a package that is only pointed to. It checks what the
// publisher gave: an address over HTTPS and at least one hash.
func (p *Package) Statement() ([]byte, error) {
	u, err := url.Parse(strings.TrimSpace(p.Address))
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(p.Address) > 500 {
		return nil, problem.New(problem.Invalid, "download.address").At("address")
	}
	p.Address, p.SHA256, p.Streebog256 = u.String(), hash(p.SHA256), hash(p.Streebog256)
	for _, h := range []struct{ field, value string }{{"sha256", p.SHA256}, {"streebog256", p.Streebog256}} {
		if h.value != "" && !hashPattern.MatchString(h.value) {
			return nil, problem.New(problem.Invalid, "download.hash").At(h.field)
		}
	}
	if p.SHA256+p.Streebog256 == "" {
		return nil, problem.New(problem.Invalid, "download.hash").At("sha256")
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	lines := []string{"title: " + p.Title, "version: " + p.Version, "publisher: " + p.Publisher, "address: " + p.Address}
	if p.SHA256 != "" {
		lines = append(lines, "sha256: "+p.SHA256)
	}
	if p.Streebog256 != "" {
		lines = append(lines, "streebog256: "+p.Streebog256)
	}
	return []byte(strings.Join(lines, "\n") + "\n"), nil
}

// hash is a hash as it is kept: publishers write them with spaces and in capitals.
func hash(text string) string { return strings.ToLower(strings.Join(strings.Fields(text), "")) }

// measure fills in what follows from the content.
func (p *Package) measure(content []byte) {
	p.Size = int64(len(content))
	if p.Address == "" {
		sum := sha256.Sum256(content)
		p.SHA256, p.Streebog256 = hex.EncodeToString(sum[:]), hex.EncodeToString(alg.Streebog256.Sum(content))
	}
}

// Parts are what the service is made of.
type Parts struct {
	DB     *db.DB
	Blobs  *blob.Store
	Seal   func(ctx context.Context, by, object string, content []byte) ([]byte, error) // the installation's detached signature
	Folder string                                                                       // where an administrator puts files to be published; empty: nowhere
	Self   string                                                                       // the program that runs; empty: it is not offered
}

// Service hands packages out. It is safe for concurrent use.
type Service struct{ Parts }

// New returns the service.
func New(p Parts) *Service { return &Service{p} }
