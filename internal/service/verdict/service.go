// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/problem"
	"podpis/pki/alg"
	"podpis/pki/x509"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/reasons"
)

// Key is what documents are sealed with.
type Key struct {
	Signer      alg.Signer
	Certificate *x509.Certificate
	Chain       []*x509.Certificate
}

// Parts are what the service is made of.
type Parts struct {
	DB       *db.DB
	Ring     *keys.Ring
	Policies *policy.Book
	Words    *locale.Bundle
	Key      func() (Key, error) // asked for each document
	Stamps   sign.Timestamper    // of the seals
	Name     string              // of the installation, as it stands on documents
	Training bool                // documents say that they are of a training installation
}

// Service hands out judgements.
type Service struct{ Parts }

// New returns the service.
func New(p Parts) *Service { return &Service{p} }

const (
	// maxCarried bounds what a page carries, sealed and in base64.
	maxCarried = 1 << 20
	// maxReport bounds a judgement in JSON.
	maxReport = 16 << 20
)

// numbers have no letters that are taken for digits.
var numbers = base32.NewEncoding("23456789ABCDEFGHJKLMNPQRSTUVWXYZ").WithPadding(base32.NoPadding)

// Number gives a report its number. The words of the report are in the language.
func (s *Service) Number(r *verify.Report, language reasons.Language) *Judgement {
	var b [5]byte
	_, _ = rand.Read(b[:]) // never returns an error
	return &Judgement{Number: "В-" + numbers.EncodeToString(b[:]), Language: language, Report: r}
}

// Carry seals a judgement for the page that shows it, and says for how many days a
// link to it would be good. A judgement too large for a page gives "": it can be
// shown, and not handed out.
func (s *Service) Carry(ctx context.Context, j *Judgement) (text string, days int64, err error) {
	sealed, err := s.seal(j, s.DB.Now(), carryPlace())
	if err != nil || base64.RawURLEncoding.EncodedLen(len(sealed)) > maxCarried {
		return "", 0, err
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		days, err = s.Policies.Number(ctx, tx, policyTerm)
		return err
	})
	return base64.RawURLEncoding.EncodeToString(sealed), days, err
}

// Rate is how many documents, links and raised signatures a network gets in a minute:
// each is a row or two signatures that stay in the audit.
func (s *Service) Rate(ctx context.Context) (n int64, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err = s.Policies.Number(ctx, tx, policyRate)
		return err
	})
	return n, err
}

func carryPlace() []byte { return []byte("verdict/carried") }

// Carried opens what a page carried. What was not sealed here, or lay too long, is
// refused with the next step.
func (s *Service) Carried(ctx context.Context, text string) (*Judgement, error) {
	stale := problem.New(problem.Invalid, "verdict.stale")
	if len(text) > maxCarried {
		return nil, stale
	}
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, stale.Because(err)
	}
	j, at, err := s.open(sealed, carryPlace())
	if err != nil {
		return nil, stale.Because(err)
	}
	var term time.Duration
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		term, err = s.Policies.Duration(ctx, tx, policyCarry)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	if age := s.DB.Now().Sub(at); age > term || age < -verify.Skew {
		return nil, stale
	}
	return j, nil
}

func (s *Service) seal(j *Judgement, at time.Time, place []byte) ([]byte, error) {
	report, err := json.Marshal(j.Report)
	if err != nil {
		return nil, fmt.Errorf("write report: %w", err)
	}
	plain, err := json.Marshal(stored{Number: j.Number, Language: string(j.Language), At: at, Report: report})
	if err != nil {
		return nil, fmt.Errorf("write judgement: %w", err)
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(plain); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return s.Ring.Seal(b.Bytes(), place), nil
}

func (s *Service) open(sealed, place []byte) (*Judgement, time.Time, error) {
	plain, err := s.Ring.Open(sealed, place)
	if err != nil {
		return nil, time.Time{}, err
	}
	z, err := gzip.NewReader(bytes.NewReader(plain))
	if err != nil {
		return nil, time.Time{}, err
	}
	text, err := io.ReadAll(io.LimitReader(z, maxReport))
	if err != nil {
		return nil, time.Time{}, err
	}
	var row stored
	if err := json.Unmarshal(text, &row); err != nil {
		return nil, time.Time{}, err
	}
	j := &Judgement{Number: row.Number, Language: reasons.Language(row.Language), Report: new(verify.Report)}
	return j, row.At, json.Unmarshal(row.Report, j.Report)
}

// Keep keeps a judgement and returns the secret part of its link, which is never
// seen again, and the day it ends.
func (s *Service) Keep(ctx context.Context, j *Judgement, network string) (token string, until time.Time, err error) {
	var secret [16]byte
	_, _ = rand.Read(secret[:]) // never returns an error
	token = base64.RawURLEncoding.EncodeToString(secret[:])
	hash := hashOf(token)
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		days, err := s.Policies.Number(ctx, tx, policyTerm)
		if err != nil {
			return err
		}
		until = tx.Now().AddDate(0, 0, int(days))
		sealed, err := s.seal(j, tx.Now(), place(hash))
		if err != nil {
			return err
		}
		err = newQueries(tx).InsertVerdict(ctx, insertVerdictParams{
			TokenHash: hash, Sealed: sealed, KeptAt: db.Micros(tx.Now()), ExpiresAt: db.Micros(until),
		})
		if err != nil {
			return fmt.Errorf("store judgement: %w", err)
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: "visitor", Action: "verdict.keep", Object: object(hash), Origin: network,
			Details: map[string]any{"number": j.Number, "verdict": string(j.Report.Verdict)},
		})
	})
	return token, until, err
}

func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte("podpis verdict link\x00" + token))
	return sum[:]
}

func object(hash []byte) string { return "verdict/" + hex.EncodeToString(hash[:8]) }
func place(hash []byte) []byte  { return []byte("verdict/" + hex.EncodeToString(hash)) }

// Find returns what is kept behind a link.
func (s *Service) Find(ctx context.Context, token string) (*Kept, error) {
	hash := hashOf(token)
	var row verdictRow
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		row, err = newQueries(tx).GetVerdict(ctx, getVerdictParams{TokenHash: hash, ExpiresAt: db.Micros(tx.Now())})
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, problem.New(problem.NotFound, "verdict.gone")
	} else if err != nil {
		return nil, fmt.Errorf("find judgement: %w", err)
	}
	j, _, err := s.open(row.Sealed, place(hash))
	if err != nil {
		return nil, fmt.Errorf("open judgement: %w", err)
	}
	return &Kept{j, db.Time(row.ExpiresAt)}, nil
}

// Forget takes a link back; what is behind it is gone.
func (s *Service) Forget(ctx context.Context, token, network string) error {
	hash := hashOf(token)
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := newQueries(tx).DropVerdict(ctx, hash)
		if err != nil {
			return fmt.Errorf("drop judgement: %w", err)
		}
		if n == 0 {
			return problem.New(problem.NotFound, "verdict.gone")
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: "visitor", Action: "verdict.forget", Object: object(hash), Origin: network})
	})
}
