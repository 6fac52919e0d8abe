// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package tsa is the time stamp authority (RFC 3161): it says that a digest
// existed at a time. Each stamp has its audit record; if that cannot be written,
// no stamp is made.
//
// Stamps of one process never go back in time, and a clock that steps back by
// more than the stated accuracy stops the service until it has caught up. SHA-1
// is refused: what it was made over can be exchanged. Left out: comparing the
// clock with others, ordering over several nodes (the field is never set).
package tsa

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/policy"
	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/tsp"
	"podpis/pki/x509"
)

// Key is what stamps are signed with.
type Key struct {
	Signer      alg.Signer
	Certificate *x509.Certificate
	Chain       []*x509.Certificate
}

// Service makes stamps.
type Service struct {
	db       *db.DB
	policies *policy.Book
	key      func() (Key, error)

	mu   sync.Mutex
	last time.Time
}

// New returns the service. key is asked for each stamp, so that a new key is used
// from its first moment.
func New(d *db.DB, policies *policy.Book, key func() (Key, error)) *Service {
	return &Service{db: d, policies: policies, key: key}
}

// Rules are the numbers of this package. The policy of the stamps is an arc of
// documentation until the installation sets its own.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: "tsa.accuracy", Kind: policy.Duration, Default: "1s", Valid: policy.Durations(time.Millisecond, time.Minute)},
		{Key: "tsa.policy", Kind: policy.Text, Default: "2.16.840.1.101.3.2.1.48.1", Valid: validOID},
	}
}

func validOID(value string) error {
	if !der.OID(value).Valid() {
		return fmt.Errorf("%q is no object identifier", value)
	}
	return nil
}

// MaxRequest bounds a request in octets.
const MaxRequest = tsp.MaxRequest

// Timestamp answers a request: with a stamp, or with the reason in the words of the
// protocol. There is always an answer to send; the error says what is wrong with
// the service and is for its log.
func (s *Service) Timestamp(ctx context.Context, request []byte) ([]byte, error) {
	token, err := s.answer(ctx, request)
	var refused *tsp.RequestError
	switch {
	case errors.As(err, &refused):
		return tsp.Refuse(refused.Info, refused.Reason).Marshal(), nil
	case err != nil:
		return tsp.Refuse(tsp.SystemFailure, "stamp could not be made").Marshal(), fmt.Errorf("make stamp: %w", err)
	}
	return tsp.Grant(token).Marshal(), nil
}

func (s *Service) answer(ctx context.Context, request []byte) ([]byte, error) {
	if len(request) > MaxRequest {
		return nil, &tsp.RequestError{Info: tsp.BadDataFormat, Reason: "request too large"}
	}
	req, err := tsp.ParseRequest(request)
	if err != nil {
		return nil, err
	}
	if req.Hash == alg.SHA1 {
		return nil, &tsp.RequestError{Info: tsp.BadAlg, Reason: "SHA-1 is not accepted"}
	}
	return s.stamp(ctx, req)
}

func (s *Service) stamp(ctx context.Context, req *tsp.Request) ([]byte, error) {
	key, err := s.key()
	if err != nil {
		return nil, err
	}
	if !key.Certificate.ValidAt(s.db.Now()) {
		return nil, errors.New("tsa: certificate is not valid now")
	}
	t := &tsp.Template{Request: req, Certificate: key.Certificate, Chain: key.Chain}
	if t.Serial, err = newSerial(); err != nil {
		return nil, err
	}
	// The record comes first: a stamp that nobody knows of must not exist. Its time
	// is that of the record.
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if t.Accuracy, err = s.policies.Duration(ctx, tx, "tsa.accuracy"); err != nil {
			return err
		}
		oid, err := s.policies.String(ctx, tx, "tsa.policy")
		if err != nil {
			return err
		}
		t.Policy = der.OID(oid)
		if req.Policy != "" && req.Policy != t.Policy {
			return &tsp.RequestError{Info: tsp.UnacceptedPolicy, Reason: "policy is not offered"}
		}
		if t.Time, err = s.tick(tx.Now(), t.Accuracy); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{
			Actor: "tsa", Action: "tsa.stamp", Object: "timestamp/" + t.Serial.Hex(),
			Details: map[string]any{
				"hash": req.Hash.Name(), "imprint": hex.EncodeToString(req.Imprint), "time": t.Time.Format(time.RFC3339Nano),
			},
		})
	})
	if err != nil {
		return nil, err
	}
	return t.Token(rand.Reader, key.Signer)
}

// tick returns the time of a stamp, never before that of the stamp before it.
func (s *Service) tick(now time.Time, accuracy time.Duration) (time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now = now.Truncate(time.Millisecond)
	if now.Before(s.last) {
		if s.last.Sub(now) > accuracy {
			return now, &tsp.RequestError{Info: tsp.TimeNotAvailable, Reason: "clock has stepped back"}
		}
		now = s.last
	}
	s.last = now
	return now, nil
}

func newSerial() (x509.Serial, error) {
	b := make([]byte, 16)
	if _, err := rand.Read(b); err != nil {
		return nil, fmt.Errorf("draw serial: %w", err)
	}
	b[0] &= 0x7f
	return x509.NewSerial(b), nil
}
