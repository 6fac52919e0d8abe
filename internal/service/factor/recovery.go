// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package factor

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"slices"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
)

// codeAlphabet has no letters that look alike (Crockford's base 32).
const codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const (
	codeLength = 12 // 60 bits
	codeGroup  = 4
)

// recoverySet are the recovery codes of an account.
type recoverySet struct {
	codes     [][]byte // SHA-256 of those in force
	madeAt    time.Time
	pending   []string // a new set, open until one of it is typed back
	pendingAt time.Time
}

// MakeCodes makes a new set of recovery codes. It comes into force when one of it is typed
// back; until then the set before counts.
func (s *Service) MakeCodes(ctx context.Context, a Actor) (codes []string, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := s.policies.Number(ctx, tx, "factor.codes")
		if err != nil {
			return err
		}
		set, err := s.set(ctx, tx, a.Account)
		if err != nil {
			return err
		}
		codes = make([]string, max(n, 1))
		for i := range codes {
			codes[i] = newCode()
		}
		set.pending, set.pendingAt = codes, tx.Now()
		return s.putSet(ctx, tx, a.Account, set)
	})
	return codes, err
}

// newCode draws «K7QF-92MA-0X4T».
func newCode() string {
	b := make([]byte, codeLength)
	rand.Read(b)
	var text strings.Builder
	for i, c := range b {
		if i > 0 && i%codeGroup == 0 {
			text.WriteByte('-')
		}
		text.WriteByte(codeAlphabet[c&31]) // 32 letters: every one is as likely
	}
	return text.String()
}

// normalCode is a code as it was drawn, however it was typed.
func normalCode(text string) string {
	return strings.NewReplacer("O", "0", "I", "1", "L", "1", "-", "", " ", "", "\u2013", "", "\u00a0", "").Replace(strings.ToUpper(text))
}

func codeDigest(code string) []byte {
	d := sha256.Sum256([]byte(normalCode(code)))
	return d[:]
}

// ConfirmCodes puts the new set into force: one of it was typed back.
func (s *Service) ConfirmCodes(ctx context.Context, a Actor, typed string) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		set, err := s.set(ctx, tx, a.Account)
		if err != nil {
			return err
		}
		if len(set.pending) == 0 {
			return problem.New(problem.Conflict, "factor.codes.over")
		}
		known := false
		next := recoverySet{madeAt: tx.Now()}
		for _, c := range set.pending {
			next.codes = append(next.codes, codeDigest(c))
			known = known || subtle.ConstantTimeCompare(codeDigest(c), codeDigest(typed)) == 1
		}
		if !known {
			return problem.New(problem.Invalid, "factor.codes.typed").At("code")
		}
		if err := s.putSet(ctx, tx, a.Account, next); err != nil {
			return err
		}
		return s.changed(ctx, tx, a, Changed{What: CodesMade, Left: len(next.codes)}, "account/"+a.Account)
	})
}

// CheckCode reports whether a recovery code is right, and uses it up.
func (s *Service) CheckCode(ctx context.Context, tx *db.Tx, a Actor, typed string) (bool, error) {
	set, err := s.set(ctx, tx, a.Account)
	if err != nil {
		return false, err
	}
	found := -1
	for i, c := range set.codes {
		if subtle.ConstantTimeCompare(c, codeDigest(typed)) == 1 {
			found = i
		}
	}
	if found < 0 {
		return false, nil
	}
	set.codes = slices.Delete(set.codes, found, found+1)
	if err := s.putSet(ctx, tx, a.Account, set); err != nil {
		return false, err
	}
	return true, s.changed(ctx, tx, a, Changed{What: CodeUsed, Left: len(set.codes)}, "account/"+a.Account)
}

// CodesLeft is how many recovery codes an account has.
func (s *Service) CodesLeft(ctx context.Context, tx *db.Tx, account string) (int, error) {
	set, err := s.set(ctx, tx, account)
	return len(set.codes), err
}

func setPlace(account string) []byte { return []byte("recovery/" + account) }

func pendingPlace(account string) []byte { return []byte("recovery/" + account + "/pending") }

// set reads the codes of an account; a new set that nobody typed back in time is gone.
func (s *Service) set(ctx context.Context, tx *db.Tx, account string) (set recoverySet, err error) {
	row, err := newQueries(tx).GetSet(ctx, account)
	if missing(err) {
		return set, nil
	} else if err != nil {
		return set, fmt.Errorf("read recovery codes: %w", err)
	}
	set.madeAt, set.pendingAt = db.Time(row.MadeAt), db.Time(row.PendingAt)
	if err := s.ring.OpenJSON(row.Codes, setPlace(account), &set.codes); err != nil {
		return set, err
	}
	life, err := s.policies.Duration(ctx, tx, "factor.setup.life")
	if err != nil || tx.Now().Sub(set.pendingAt) > life {
		return set, err
	}
	return set, s.ring.OpenJSON(row.Pending, pendingPlace(account), &set.pending)
}

func (s *Service) putSet(ctx context.Context, tx *db.Tx, account string, set recoverySet) error {
	codes, err := s.ring.SealJSON(set.codes, setPlace(account))
	if err != nil {
		return err
	}
	pending, err := s.ring.SealJSON(set.pending, pendingPlace(account))
	if err != nil {
		return err
	}
	err = newQueries(tx).PutSet(ctx, putSetParams{
		AccountID: account, Codes: codes, MadeAt: db.Micros(set.madeAt), Pending: pending, PendingAt: db.Micros(set.pendingAt),
	})
	if err != nil {
		return fmt.Errorf("store recovery codes: %w", err)
	}
	return nil
}
