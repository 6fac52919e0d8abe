// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package factor

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/problem"
	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/law"
	"podpis/verify/reasons"
)

// Purpose is what a signature is asked for: it stands in the text that is signed.
type Purpose string

// The purposes.
const (
	ToLogin Purpose = "login"
	ToStep  Purpose = "step"
	ToBind  Purpose = "bind"
)

// maxSignature bounds a signature over a challenge, its chain included.
const maxSignature = 64 << 10

// Question is a text to be signed, and the token that names it to us.
type Question struct {
	Text  string
	Token string
}

// AskSignature makes a text that says where, what for, whom and when, with a number used
// once: a signature over it opens nothing else, nowhere else and not again. account is
// empty for a sign-in.
func (s *Service) AskSignature(ctx context.Context, purpose Purpose, account string) (q Question, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		life, err := s.policies.Duration(ctx, tx, "factor.ceremony.life")
		if err != nil {
			return err
		}
		token, digest := keys.NewToken()
		nonce, _ := keys.NewToken()
		row := signChallengeRow{
			KeyHash: digest, Purpose: string(purpose), AccountID: account, Nonce: nonce, MadeAt: db.Micros(tx.Now()),
			ExpiresAt: db.Micros(tx.Now().Add(life)),
		}
		err = newQueries(tx).InsertSignChallenge(ctx, insertSignChallengeParams{
			KeyHash: row.KeyHash, Purpose: row.Purpose, AccountID: row.AccountID, Nonce: row.Nonce, MadeAt: row.MadeAt, ExpiresAt: row.ExpiresAt,
		})
		if err != nil {
			return fmt.Errorf("store challenge: %w", err)
		}
		q = Question{s.challengeText(row), token}
		return nil
	})
	return q, err
}

// challengeText is the text of a row, the same whenever it is asked for.
func (s *Service) challengeText(row signChallengeRow) string {
	at := func(us int64) string { return db.Time(us).Format(time.RFC3339) }
	return "podpis challenge v1\norigin: " + s.origin + "\npurpose: " + row.Purpose + "\naccount: " + row.AccountID +
		"\ntime: " + at(row.MadeAt) + "\nuntil: " + at(row.ExpiresAt) + "\nnonce: " + row.Nonce + "\n"
}

// Shown is a certificate whose key answered.
type Shown struct {
	Certificate *x509.Certificate
	// Names tells that the issuer answers for who the holder is: the certificate is
	// qualified by law, or of that form and given by the authority of the installation.
	Names bool
}

// CheckSignature judges a signature over a challenge. The challenge is used up whatever
// comes out. It may ask the network, and so runs outside of acts.
func (s *Service) CheckSignature(ctx context.Context, token string, purpose Purpose, account string, signature []byte) (Shown, error) {
	text, err := s.takeChallenge(ctx, token, purpose, account)
	if err != nil {
		return Shown{}, err
	}
	broken := problem.New(problem.Invalid, "factor.certificate.broken")
	if len(signature) > maxSignature {
		return Shown{}, broken
	}
	message, err := cms.ParseSignedData(signature)
	if err != nil {
		return Shown{}, broken.Because(err)
	}
	if !message.Detached || len(message.Signers) != 1 {
		return Shown{}, broken
	}
	report, err := s.judge.Check(ctx, verify.Input{Name: "challenge", Signature: signature, Document: strings.NewReader(text)}, reasons.Russian)
	if err != nil {
		return Shown{}, fmt.Errorf("judge signature: %w", err)
	}
	if len(report.Signatures) != 1 {
		return Shown{}, broken
	}
	judged := report.Signatures[0]
	if judged.Verdict != reasons.TotalPassed {
		return Shown{}, whyNot(judged)
	}
	for _, c := range message.Certificates {
		// The one that was judged, not another that calls itself the same.
		if len(judged.Chain) > 0 && hex.EncodeToString(c.Fingerprint(alg.SHA256)) == judged.Chain[0].Fingerprint {
			names := judged.Law63.Recognized == verify.Yes || law.QualifiedForm(c) && s.judge.Issued(c)
			return Shown{Certificate: c, Names: names}, nil
		}
	}
	return Shown{}, broken
}

// takeChallenge uses a challenge up and returns its text.
func (s *Service) takeChallenge(ctx context.Context, token string, purpose Purpose, account string) (text string, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		over := problem.New(problem.Invalid, "factor.certificate.over")
		q := newQueries(tx)
		row, err := q.GetSignChallenge(ctx, keys.Digest(token))
		if missing(err) {
			return over
		} else if err != nil {
			return fmt.Errorf("read challenge: %w", err)
		}
		n, err := q.UseSignChallenge(ctx, useSignChallengeParams{KeyHash: row.KeyHash, UsedAt: db.Micros(tx.Now())})
		if err != nil {
			return fmt.Errorf("use challenge: %w", err)
		}
		if n == 0 || !db.Time(row.ExpiresAt).After(tx.Now()) {
			return over
		}
		if Purpose(row.Purpose) == purpose && row.AccountID == account {
			text = s.challengeText(row)
		}
		return nil
	})
	if err == nil && text == "" { // asked for something else; used up all the same
		err = problem.New(problem.Invalid, "factor.certificate.over")
	}
	return text, err
}

// whyNot puts what is wrong with a certificate in words, each with its next step.
func whyNot(s verify.Signature) error {
	refuse := func(key, code string) error {
		return problem.New(problem.Invalid, "factor.certificate."+key).Coded(code).Then("factor.certificate." + key + ".next")
	}
	switch s.SubIndication {
	case reasons.RevokedNoPOE, reasons.Revoked, reasons.RevokedCANoPOE:
		return refuse("revoked", "CRT-302")
	case reasons.Expired, reasons.OutOfBoundsNotRev, reasons.OutOfBoundsNoPOE, reasons.NotYetValid:
		return refuse("dates", "CRT-301")
	case reasons.NoChain, reasons.NoChainNoPOE:
		return refuse("untrusted", "")
	case reasons.HashFailure, reasons.SigCryptoFailure:
		return problem.New(problem.Invalid, "factor.certificate.broken")
	}
	return problem.New(problem.Unavailable, "factor.certificate.unchecked").Then("factor.certificate.unchecked.next").
		Because(fmt.Errorf("%s %s: %s", s.Indication, s.SubIndication, s.Reason.Text))
}
