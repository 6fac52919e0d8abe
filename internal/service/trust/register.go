// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"podpis/internal/platform/blob"
	"podpis/internal/platform/db"
	"podpis/internal/platform/policy"
	"podpis/pki/tsl"
	"podpis/pki/x509"
)

// Kind is what a list of accredited centres came as.
type Kind string

// The kinds of lists. A signed one is the ministry's own word and is used alone; a table
// is somebody's copy, used until there is a signed one.
const (
	Signed Kind = "signed"
	Table  Kind = "table"
)

// List is a list that was accepted and is in force.
type List struct {
	ID         string
	Kind       Kind
	Version    int64 // 0 of a table
	Date       time.Time
	Fetched    time.Time // when this copy was last seen at its source
	Accepted   time.Time
	AcceptedBy string
	Source     string // address or file name
	Digest     string // SHA-256 of the original
	Blob       string // the original
	Signer     string // fingerprint of the certificate that verified it
	Centres    int
	Unread     int // fields that could not be read
}

// Age is how old the list is by its own date.
func (l *List) Age(now time.Time) time.Duration { return max(now.Sub(l.Date), 0) }

// Fetch is what came of the last attempt to fetch the list.
type Fetch struct {
	URL         string
	Tried, Good time.Time
	Failure     string // empty when the last attempt was good
}

// PolicyListURL is the policy with the address the list is fetched from, empty when it is
// not.
const PolicyListURL = "trust.list_url"

// How the list is fetched; see [Rules].
const (
	policyListEvery = "trust.list_every"
	policyListRetry = "trust.list_retry"
	policyListStale = "trust.list_stale"
	policyListKeep  = "trust.list_keep"
)

// Register keeps whom this installation trusts: certificates by decision, and lists of
// accredited centres. It is safe for concurrent use.
type Register struct {
	db       *db.DB
	policies *policy.Book
	blobs    *blob.Store
	log      *slog.Logger
	client   *http.Client

	mu      sync.Mutex
	shown   *snapshot
	looked  time.Time // when it was last compared with the database
	changes int       // how many were told of
	loading sync.Mutex
}

// RegisterParts are what a register is made of.
type RegisterParts struct {
	DB       *db.DB
	Policies *policy.Book
	Blobs    *blob.Store
	Log      *slog.Logger // nil is slog.Default
}

// NewRegister returns the register.
func NewRegister(p RegisterParts) *Register {
	if p.Log == nil {
		p.Log = slog.Default()
	}
	// The address is the installation's own setting, so it may be within its network.
	return &Register{db: p.DB, policies: p.Policies, blobs: p.Blobs, log: p.Log, client: &http.Client{Timeout: fetchTimeout}}
}

func listOf(row trustListRow) *List {
	return &List{
		ID: row.ID, Kind: Kind(row.Kind), Version: row.Version, Date: db.Time(row.MadeAt), Fetched: db.Time(row.FetchedAt),
		Accepted: db.Time(row.AcceptedAt), AcceptedBy: row.AcceptedBy, Source: row.Source, Digest: row.Digest, Blob: row.Blob,
		Signer: row.Signer, Centres: int(row.Centres), Unread: int(row.Unread),
	}
}

// Lists returns the lists in force, the one that is used first.
func (r *Register) Lists(ctx context.Context) (lists []*List, err error) {
	err = r.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		lists, err = current(ctx, newQueries(tx))
		return err
	})
	return lists, err
}

// current reads the lists in force: "signed" sorts before "table".
func current(ctx context.Context, q *queries) (lists []*List, err error) {
	rows, err := q.CurrentLists(ctx)
	if err != nil {
		return nil, fmt.Errorf("read lists: %w", err)
	}
	for _, row := range rows {
		lists = append(lists, listOf(row))
	}
	return lists, nil
}

// Fetched tells what came of the last attempt to fetch; the zero value when there was
// none.
func (r *Register) Fetched(ctx context.Context) (f Fetch, err error) {
	err = r.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		f, err = fetched(ctx, newQueries(tx))
		return err
	})
	return f, err
}

const fetchName = "list"

func fetched(ctx context.Context, q *queries) (Fetch, error) {
	row, err := q.GetFetch(ctx, fetchName)
	if errors.Is(err, sql.ErrNoRows) {
		return Fetch{}, nil
	}
	if err != nil {
		return Fetch{}, fmt.Errorf("read fetch: %w", err)
	}
	return Fetch{URL: row.Url, Tried: db.Time(row.TriedAt), Good: db.Time(row.GoodAt), Failure: row.Failure}, nil
}

// Certificate is a certificate of a centre's key.
type Certificate struct {
	Fingerprint string // SHA-256
	*x509.Certificate
}

// Certificates are the certificates of a centre's keys, by the identifiers of the keys.
func (r *Register) Certificates(ctx context.Context, c *Centre) (map[string][]Certificate, error) {
	byKey := map[string][]Certificate{}
	var ids []string
	for _, s := range c.Systems {
		for _, k := range s.Keys {
			ids = append(ids, hexadecimal(k.ID))
		}
	}
	err := r.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		clear(byKey)
		rows, err := newQueries(tx).CertificatesOf(ctx, certificatesOfParams{ListID: c.list, CentreID: c.ID()})
		if err != nil {
			return fmt.Errorf("read certificates of a centre: %w", err)
		}
		for _, row := range rows {
			cert, err := x509.ParseCertificate(row.Der)
			if err != nil {
				return fmt.Errorf("certificate of centre %s: %w", c.ID(), err)
			}
			if row.KeyN < int64(len(ids)) {
				byKey[ids[row.KeyN]] = append(byKey[ids[row.KeyN]], Certificate{row.Fingerprint, cert})
			}
		}
		return nil
	})
	return byKey, err
}

// Marks are what of the list in force is compared with the next one.
func marks(centres []*Centre) (list []tsl.Mark) {
	for _, c := range centres {
		list = append(list, c.mark)
	}
	return list
}
