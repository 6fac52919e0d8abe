// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package factor

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/problem"
)

// What a ceremony is for. One begun for one thing ends nothing else.
const (
	forAdding = "add"
	forStep   = "step"
	forLogin  = "login"
)

// maxCredential bounds what a browser may answer with.
const maxCredential = 64 << 10

// holder is an account as the library wants it.
type holder struct {
	id, name, title string
	keys            []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return []byte(h.id) }
func (h holder) WebAuthnName() string                       { return h.name }
func (h holder) WebAuthnDisplayName() string                { return h.title }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

var errNoPasskeys = problem.New(problem.Unavailable, "factor.passkey.address")

// AddPasskey begins to make a passkey: options are for the browser, token names the
// ceremony. name and title are how authenticators show the account.
func (s *Service) AddPasskey(ctx context.Context, a Actor, name, title string) (options *protocol.CredentialCreation, token string, err error) {
	if s.keys == nil {
		return nil, "", errNoPasskeys
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.mayAdd(ctx, tx, a.Account, Passkey); err != nil {
			return err
		}
		known, err := s.credentials(ctx, tx, a.Account)
		if err != nil {
			return err
		}
		h := holder{a.Account, name, title, known}
		o, data, err := s.keys.BeginRegistration(h,
			webauthn.WithExclusions(webauthn.Credentials(known).CredentialDescriptors()),
			webauthn.WithAuthenticatorSelection(protocol.AuthenticatorSelection{
				// A passkey that signs in by itself has to show that the person is there:
				// a stolen device alone is worth nothing.
				ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired,
			}))
		if err != nil {
			return fmt.Errorf("begin passkey: %w", err)
		}
		options = o
		token, err = s.begin(ctx, tx, forAdding, a.Account, data)
		return err
	})
	return options, token, err
}

// FinishPasskey takes the browser's answer; label is how the person knows the passkey.
func (s *Service) FinishPasskey(ctx context.Context, a Actor, token, label string, body []byte) error {
	if s.keys == nil {
		return errNoPasskeys
	}
	return s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		data, account, err := s.end(ctx, tx, token, forAdding)
		if err != nil {
			return err
		}
		if account != a.Account {
			return problem.New(problem.Invalid, "factor.passkey.over")
		}
		known, err := s.credentials(ctx, tx, a.Account)
		if err != nil {
			return err
		}
		made, err := s.made(holder{id: a.Account, keys: known}, data, body)
		if err != nil {
			return problem.New(problem.Invalid, "factor.passkey.wrong").Because(err)
		}
		row := factorRow{ID: tx.NewID(), Name: label, Lookup: credentialName(made.ID), Counter: int64(made.Authenticator.SignCount)}
		if row.Secret, err = s.ring.SealJSON(made, place(row.ID)); err != nil {
			return err
		}
		return s.add(ctx, tx, a, Passkey, row)
	})
}

func (s *Service) made(h holder, data webauthn.SessionData, body []byte) (*webauthn.Credential, error) {
	if len(body) > maxCredential {
		return nil, errLong
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(body)
	if err != nil {
		return nil, err
	}
	return s.keys.CreateCredential(h, data, parsed)
}

var errLong = problem.New(problem.Invalid, "factor.passkey.wrong")

// AskPasskey begins a sign-in by passkey, or the second step of an account when it is
// named.
func (s *Service) AskPasskey(ctx context.Context, account string) (options *protocol.CredentialAssertion, token string, err error) {
	if s.keys == nil {
		return nil, "", errNoPasskeys
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var data *webauthn.SessionData
		verify := webauthn.WithUserVerification(protocol.VerificationRequired)
		if account == "" {
			if options, data, err = s.keys.BeginDiscoverableLogin(verify); err != nil {
				return fmt.Errorf("begin sign-in: %w", err)
			}
			token, err = s.begin(ctx, tx, forLogin, "", data)
			return err
		}
		known, err := s.credentials(ctx, tx, account)
		if err != nil {
			return err
		}
		if len(known) == 0 {
			return problem.New(problem.NotFound, "factor.missing")
		}
		if options, data, err = s.keys.BeginLogin(holder{id: account, keys: known}, verify); err != nil {
			return fmt.Errorf("begin second step: %w", err)
		}
		token, err = s.begin(ctx, tx, forStep, account, data)
		return err
	})
	return options, token, err
}

// CheckPasskey takes the browser's answer to [Service.AskPasskey] inside an act, and
// returns whose passkey it is. The ceremony is used up whatever comes out; a refusal is
// the second result, so that the act can keep that.
func (s *Service) CheckPasskey(ctx context.Context, tx *db.Tx, token, account string, body []byte) (owner string, refusal, err error) {
	if s.keys == nil {
		return "", errNoPasskeys, nil
	}
	purpose := forStep
	if account == "" {
		purpose = forLogin
	}
	data, asked, err := s.end(ctx, tx, token, purpose)
	if p, ok := problem.Of(err); ok {
		return "", p, nil
	} else if err != nil {
		return "", nil, err
	}
	wrong := problem.New(problem.Invalid, "factor.passkey.wrong")
	if asked != account || len(body) > maxCredential {
		return "", wrong, nil
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(body)
	if err != nil {
		return "", wrong.Because(err), nil
	}
	row, err := newQueries(tx).FindFactor(ctx, findFactorParams{Kind: string(Passkey), Lookup: credentialName(parsed.RawID)})
	if missing(err) {
		return "", problem.New(problem.Invalid, "factor.passkey.unknown"), nil
	} else if err != nil {
		return "", nil, fmt.Errorf("read factor: %w", err)
	}
	if account != "" && row.AccountID != account {
		return "", wrong, nil
	}
	return s.assert(ctx, tx, row, data, parsed)
}

// assert verifies an answer against the passkey it names and moves its counter on.
func (s *Service) assert(ctx context.Context, tx *db.Tx, row factorRow, data webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData) (owner string, refusal, err error) {
	var known webauthn.Credential
	if err := s.ring.OpenJSON(row.Secret, place(row.ID), &known); err != nil {
		return "", nil, err
	}
	h := holder{id: row.AccountID, keys: []webauthn.Credential{known}}
	var after *webauthn.Credential
	if data.UserID == nil {
		find := func([]byte, []byte) (webauthn.User, error) { return h, nil }
		_, after, err = s.keys.ValidatePasskeyLogin(find, data, parsed)
	} else {
		// Of the keys that were allowed this is the one: the others were not read.
		data.AllowedCredentialIDs = [][]byte{known.ID}
		after, err = s.keys.ValidateLogin(h, data, parsed)
	}
	if err != nil {
		return "", problem.New(problem.Invalid, "factor.passkey.wrong").Because(err), nil
	}
	// A count that does not grow: somebody has a copy of the key (WebAuthn, 7.2, 22).
	if after.Authenticator.CloneWarning {
		return "", problem.New(problem.Forbidden, "factor.passkey.copy"), nil
	}
	if row.Secret, err = s.ring.SealJSON(after, place(row.ID)); err != nil {
		return "", nil, err
	}
	row.Counter = int64(after.Authenticator.SignCount)
	return row.AccountID, nil, used(ctx, tx, row)
}

// credentials are the passkeys of an account.
func (s *Service) credentials(ctx context.Context, tx *db.Tx, account string) ([]webauthn.Credential, error) {
	rows, err := newQueries(tx).FactorsOf(ctx, account)
	if err != nil {
		return nil, fmt.Errorf("read factors: %w", err)
	}
	var list []webauthn.Credential
	for _, row := range rows {
		if !row.Active || Kind(row.Kind) != Passkey {
			continue
		}
		var c webauthn.Credential
		if err := s.ring.OpenJSON(row.Secret, place(row.ID), &c); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

func credentialName(id []byte) string { return base64.RawURLEncoding.EncodeToString(id) }

func ceremonyPlace(digest []byte) []byte { return append([]byte("ceremony/"), digest...) }

// begin keeps what was asked of the browser.
func (s *Service) begin(ctx context.Context, tx *db.Tx, purpose, account string, data *webauthn.SessionData) (token string, err error) {
	life, err := s.policies.Duration(ctx, tx, "factor.ceremony.life")
	if err != nil {
		return "", err
	}
	token, digest := keys.NewToken()
	sealed, err := s.ring.SealJSON(data, ceremonyPlace(digest))
	if err != nil {
		return "", err
	}
	err = newQueries(tx).InsertCeremony(ctx, insertCeremonyParams{
		KeyHash: digest, Purpose: purpose, AccountID: account, Data: sealed, ExpiresAt: db.Micros(tx.Now().Add(life)),
	})
	if err != nil {
		return "", fmt.Errorf("store ceremony: %w", err)
	}
	return token, nil
}

// end takes a ceremony: it is there once.
func (s *Service) end(ctx context.Context, tx *db.Tx, token, purpose string) (data webauthn.SessionData, account string, err error) {
	over := problem.New(problem.Invalid, "factor.passkey.over")
	row, err := newQueries(tx).GetCeremony(ctx, getCeremonyParams{KeyHash: keys.Digest(token), ExpiresAt: db.Micros(tx.Now())})
	if missing(err) {
		return data, "", over
	} else if err != nil {
		return data, "", fmt.Errorf("read ceremony: %w", err)
	}
	if _, err := newQueries(tx).DropCeremony(ctx, row.KeyHash); err != nil {
		return data, "", fmt.Errorf("end ceremony: %w", err)
	}
	if row.Purpose != purpose {
		return data, "", over
	}
	return data, row.AccountID, s.ring.OpenJSON(row.Data, ceremonyPlace(row.KeyHash), &data)
}
