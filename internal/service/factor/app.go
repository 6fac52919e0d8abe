// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package factor

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"image/png"
	"io"
	"net/url"
	"time"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/problem"
)

// Numbers of the one-time passwords: those that every application understands (RFC 6238,
// 4 and RFC 4226, 5.3).
const (
	appPeriod = 30 * time.Second
	appDigits = otp.DigitsSix
	appSkew   = 1  // steps that clocks may differ by (RFC 6238, 5.2)
	appSecret = 20 // octets (RFC 4226, 4, R6)
)

// AppSecret is what the application is to be told.
type AppSecret struct {
	ID     string
	Secret string // base32
	URL    string // otpauth://, for the picture
}

// StartApp makes a secret for an application, or gives the one that still waits for its
// first code. label is how the application calls the account.
func (s *Service) StartApp(ctx context.Context, a Actor, label string) (secret AppSecret, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.mayAdd(ctx, tx, a.Account, App); err != nil {
			return err
		}
		row, err := s.waiting(ctx, tx, a.Account)
		if err == nil {
			secret, err = s.appSecret(row, label)
			return err
		} else if !missing(err) {
			return err
		}
		plain := make([]byte, appSecret)
		rand.Read(plain)
		defer keys.Zero(plain)
		row = factorRow{ID: tx.NewID()}
		row.Secret = s.ring.Seal(plain, place(row.ID))
		err = newQueries(tx).InsertFactor(ctx, insertFactorParams{
			ID: row.ID, AccountID: a.Account, Kind: string(App), Lookup: row.ID, Secret: row.Secret, AddedAt: db.Micros(tx.Now()),
		})
		if err != nil {
			return fmt.Errorf("store factor: %w", err)
		}
		secret, err = s.appSecret(row, label)
		return err
	})
	return secret, err
}

// WaitingApp gives the secret that waits for its first code.
func (s *Service) WaitingApp(ctx context.Context, account, label string) (secret AppSecret, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := s.waiting(ctx, tx, account)
		if missing(err) {
			return problem.New(problem.Conflict, "factor.app.over")
		} else if err != nil {
			return fmt.Errorf("read factor: %w", err)
		}
		secret, err = s.appSecret(row, label)
		return err
	})
	return secret, err
}

// waiting finds the application's secret that waits for its first code.
func (s *Service) waiting(ctx context.Context, tx *db.Tx, account string) (factorRow, error) {
	life, err := s.policies.Duration(ctx, tx, "factor.setup.life")
	if err != nil {
		return factorRow{}, err
	}
	return newQueries(tx).WaitingFactor(ctx, waitingFactorParams{AccountID: account, Kind: string(App), AddedAt: db.Micros(tx.Now().Add(-life))})
}

func (s *Service) appSecret(row factorRow, label string) (AppSecret, error) {
	plain, err := s.ring.Open(row.Secret, place(row.ID))
	if err != nil {
		return AppSecret{}, fmt.Errorf("open secret: %w", err)
	}
	defer keys.Zero(plain)
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(plain)
	u := url.URL{
		Scheme: "otpauth", Host: "totp", Path: "/" + label,
		RawQuery: "secret=" + text + "&issuer=" + url.PathEscape(s.issuer),
	}
	return AppSecret{ID: row.ID, Secret: text, URL: u.String()}, nil
}

// Picture writes the address of a secret as a QR code, PNG, with the quiet zone that
// readers need (ISO/IEC 18004, 9.1).
func (a AppSecret) Picture(w io.Writer) error {
	const size = 240
	code, err := qr.Encode(a.URL, qr.L, qr.Unicode)
	if err != nil {
		return fmt.Errorf("draw code: %w", err)
	}
	if code, err = barcode.Scale(code, size, size); err != nil {
		return fmt.Errorf("draw code: %w", err)
	}
	return png.Encode(w, code)
}

// ConfirmApp takes the first code of an application: it has the secret.
func (s *Service) ConfirmApp(ctx context.Context, a Actor, code string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		row, err := s.waiting(ctx, tx, a.Account)
		if missing(err) {
			return problem.New(problem.Conflict, "factor.app.over")
		} else if err != nil {
			return fmt.Errorf("read factor: %w", err)
		}
		step, ok, err := s.match(row, code, tx.Now())
		if err != nil {
			return err
		}
		if !ok {
			return problem.New(problem.Invalid, "factor.app.wrong").At("code")
		}
		if _, err := newQueries(tx).DropFactor(ctx, dropFactorParams{AccountID: a.Account, ID: row.ID}); err != nil {
			return fmt.Errorf("store factor: %w", err)
		}
		row.Counter = step
		return s.add(ctx, tx, a, App, row)
	})
}

// CheckApp reports whether a code is right, and uses its step up: the same code, and those
// of steps before it, are worth nothing afterwards (RFC 6238, 5.2).
func (s *Service) CheckApp(ctx context.Context, tx *db.Tx, account, code string) (bool, error) {
	rows, err := newQueries(tx).FactorsOf(ctx, account)
	if err != nil {
		return false, fmt.Errorf("read factors: %w", err)
	}
	for _, row := range rows {
		if !row.Active || Kind(row.Kind) != App {
			continue
		}
		step, ok, err := s.match(row, code, tx.Now())
		if err != nil {
			return false, err
		}
		if ok && step > row.Counter {
			row.Counter = step
			return true, used(ctx, tx, row)
		}
	}
	return false, nil
}

// match finds the step that a code belongs to.
func (s *Service) match(row factorRow, code string, now time.Time) (step int64, ok bool, err error) {
	plain, err := s.ring.Open(row.Secret, place(row.ID))
	if err != nil {
		return 0, false, fmt.Errorf("open secret: %w", err)
	}
	defer keys.Zero(plain)
	secret := base32.StdEncoding.EncodeToString(plain)
	current := now.Unix() / int64(appPeriod/time.Second)
	for at := current - appSkew; at <= current+appSkew; at++ {
		right, err := hotp.ValidateCustom(code, uint64(at), secret, hotp.ValidateOpts{Digits: appDigits, Algorithm: otp.AlgorithmSHA1})
		if err != nil { // not six digits
			return 0, false, nil //nolint:nilerr // a wrong code is an answer
		}
		if right {
			step, ok = at, true
		}
	}
	return step, ok, nil
}
