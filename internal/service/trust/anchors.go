// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	_ "embed"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/pki/x509"
)

// Purpose is what a certificate is trusted for.
type Purpose string

// The purposes.
const (
	Root   Purpose = "root"   // paths may end in it
	Signer Purpose = "signer" // it signs lists of accredited centres
)

// Anchor is a certificate that is trusted by decision.
type Anchor struct {
	Certificate *x509.Certificate
	Fingerprint string // SHA-256, hexadecimal
	Purpose     Purpose
	Source      string
	Added       time.Time
	AddedBy     string
}

// Pin is a certificate that is known beforehand, by its fingerprint.
type Pin struct {
	Fingerprint string // SHA-256, hexadecimal
	Purpose     Purpose
	Name        string
	From, Until time.Time
	Source      string
}

// pinned is the data file of [Pins].
//
//go:embed pins.tsv
var pinned string

// Pins are the certificates known beforehand: head authorities of Russia and
// Kazakhstan. They are trusted once somebody adds them.
func Pins() (list []Pin, err error) {
	for line := range strings.Lines(pinned) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 6 || len(f[0]) != 64 {
			return nil, fmt.Errorf("pins: line %q", line)
		}
		p := Pin{Fingerprint: f[0], Purpose: Purpose(f[1]), Name: f[2], Source: f[5]}
		if p.From, err = time.Parse(time.DateOnly, f[3]); err == nil {
			p.Until, err = time.Parse(time.DateOnly, f[4])
		}
		if err != nil {
			return nil, fmt.Errorf("pins: %w", err)
		}
		list = append(list, p)
	}
	return list, nil
}

// Fingerprint names a certificate: its SHA-256, hexadecimal.
func Fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

func hexadecimal(b []byte) string { return hex.EncodeToString(b) }

// nameMark is equal for equal names.
func nameMark(n x509.Name) string {
	sum := sha256.Sum256([]byte(n.Key()))
	return hex.EncodeToString(sum[:16])
}

// keyMark is equal for equal keys.
func keyMark(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSPKI)
	return hex.EncodeToString(sum[:16])
}

// Trust adds a certificate. One that is pinned for the purpose needs nothing more; of
// any other the one who decides says the fingerprint, so that a file that was exchanged
// on its way is not trusted.
func (r *Register) Trust(ctx context.Context, actor string, c *x509.Certificate, purpose Purpose, fingerprint string) (*Anchor, error) {
	a := &Anchor{Certificate: c, Fingerprint: Fingerprint(c), Purpose: purpose, Source: "fingerprint given", AddedBy: actor}
	given := strings.ToLower(strings.NewReplacer(":", "", " ", "").Replace(fingerprint))
	pins, err := Pins()
	if err != nil {
		return nil, err
	}
	known := false
	for _, p := range pins {
		if p.Fingerprint == a.Fingerprint && p.Purpose == purpose {
			known, a.Source = true, p.Source
		}
	}
	switch {
	case given != "" && subtle.ConstantTimeCompare([]byte(given), []byte(a.Fingerprint)) != 1:
		return nil, problem.New(problem.Invalid, "trust.fingerprint.wrong").At("fingerprint").With("Fingerprint", a.Fingerprint)
	case given == "" && !known:
		return nil, problem.New(problem.Invalid, "trust.fingerprint.needed").At("fingerprint").With("Fingerprint", a.Fingerprint)
	case purpose == Root && !c.IsCA:
		return nil, problem.New(problem.Invalid, "trust.root.not_ca")
	}
	err = r.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		a.Added = tx.Now()
		n, err := newQueries(tx).InsertAnchor(ctx, insertAnchorParams{
			Fingerprint: a.Fingerprint, Purpose: string(purpose), Name: c.Subject.DisplayName(), Source: a.Source, Der: c.Raw,
			AddedAt: db.Micros(tx.Now()), AddedBy: actor,
		})
		if err != nil {
			return fmt.Errorf("store anchor: %w", err)
		}
		if n == 0 {
			return nil // trusted already
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: actor, Action: "trust.add", Object: "certificate/" + a.Fingerprint,
			Details: map[string]any{"purpose": purpose, "name": c.Subject.DisplayName(), "source": a.Source},
		})
	})
	r.forget()
	return a, err
}

// Distrust takes a certificate away.
func (r *Register) Distrust(ctx context.Context, actor, fingerprint string, purpose Purpose) error {
	defer r.forget()
	return r.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := newQueries(tx).DeleteAnchor(ctx, deleteAnchorParams{Fingerprint: fingerprint, Purpose: string(purpose)})
		if err != nil {
			return fmt.Errorf("remove anchor: %w", err)
		}
		if n == 0 {
			return problem.New(problem.NotFound, "trust.anchor.missing")
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: actor, Action: "trust.remove", Object: "certificate/" + fingerprint, Details: map[string]any{"purpose": purpose},
		})
	})
}

// Anchors are the certificates that are trusted, the oldest decision first.
func (r *Register) Anchors(ctx context.Context) (list []*Anchor, err error) {
	err = r.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err = anchors(ctx, newQueries(tx))
		return err
	})
	return list, err
}

func anchors(ctx context.Context, q *queries) (list []*Anchor, err error) {
	rows, err := q.Anchors(ctx)
	if err != nil {
		return nil, fmt.Errorf("read anchors: %w", err)
	}
	for _, row := range rows {
		c, err := x509.ParseCertificate(row.Der)
		if err != nil {
			return nil, fmt.Errorf("anchor %s: %w", row.Fingerprint, err)
		}
		list = append(list, &Anchor{
			Certificate: c, Fingerprint: row.Fingerprint, Purpose: Purpose(row.Purpose), Source: row.Source, Added: db.Time(row.AddedAt), AddedBy: row.AddedBy,
		})
	}
	return list, nil
}
