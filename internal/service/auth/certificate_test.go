// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package auth_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/ca"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
	"podpis/internal/service/servicetest"
	"podpis/pki/alg"
	"podpis/pki/x509"
	"podpis/sign"
)

// keyholder is a key with its certificate.
type keyholder struct {
	t    *testing.T
	key  *alg.PrivateKey
	cert *x509.Certificate
	more []*x509.Certificate
}

// issued is a certificate of the world's authority for somebody with these numbers.
func issued(t *testing.T, w *servicetest.World, inn, snils string) *keyholder {
	t.Helper()
	key, request := servicetest.Request(t, alg.GOST256B)
	done, err := w.Authority.Issue(ctx, ca.Order{
		Key: inn + snils + rand.Text(), Profile: "person", Request: request, Approval: []byte("approved"), ApprovedBy: "account/op", OrderedBy: "account/anna",
		Subject: map[string]string{
			"CN": "Соколова Анна Ивановна", "SN": "Соколова", "G": "Анна Ивановна", "C": "RU", "ST": "16 Республика Татарстан", "L": "Казань", "INN": inn, "SNILS": snils,
		},
	})
	must(t, err)
	cert, err := x509.ParseCertificate(done.DER)
	must(t, err)
	k := &keyholder{t: t, key: key, cert: cert}
	for _, raw := range done.Chain {
		c, err := x509.ParseCertificate(raw)
		must(t, err)
		k.more = append(k.more, c)
	}
	return k
}

// sign signs a text as the browser does.
func (k *keyholder) sign(text string, at time.Time) []byte {
	k.t.Helper()
	s, err := sign.WithDigest(ctx, rand.Reader, alg.Streebog256.Sum([]byte(text)), k.key, sign.Options{Certificate: k.cert, Chain: k.more, Time: at})
	must(k.t, err)
	return s.Detached()
}

func ask(t *testing.T, w *servicetest.World, purpose factor.Purpose, account string) factor.Question {
	t.Helper()
	q, err := w.Factors.AskSignature(ctx, purpose, account)
	must(t, err)
	return q
}

// S001-028: with a certificate a person enters. The account is found by the numbers that
// the issuer answers for; both must be the person's.
func TestLoginByCertificate(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	anna, _ := w.SignUp(phone, mail, servicetest.Anna())
	key := issued(t, w, "990000001704", "99000000153")
	// Anybody may have typed her numbers: a cabinet of somebody unproved must not take her in.
	q := ask(t, w, factor.ToLogin, "")
	_, err := w.Accounts.LoginByCertificate(ctx, q.Token, key.sign(q.Text, w.DB.Now()), client())
	if p := refused(t, err, problem.Conflict, "auth.certificate.claimed"); p.Next == "" {
		t.Error("a dead end")
	}
	// A bank that knows somebody of that name answers for no number: it proves nobody's.
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		return w.Persons.AddProof(ctx, tx, identity.Proof{PersonID: anna.PersonID, Kind: identity.ByBank, Source: "bank", Level: identity.Simplified})
	})
	q = ask(t, w, factor.ToLogin, "")
	_, err = w.Accounts.LoginByCertificate(ctx, q.Token, key.sign(q.Text, w.DB.Now()), client())
	refused(t, err, problem.Conflict, "auth.certificate.claimed")
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		return w.Persons.AddProof(ctx, tx, identity.Proof{PersonID: anna.PersonID, Kind: identity.ByDocuments, Source: "operator", Level: identity.Standard, At: tx.Now()})
	})
	q = ask(t, w, factor.ToLogin, "")
	signature := key.sign(q.Text, w.DB.Now())
	token, err := w.Accounts.LoginByCertificate(ctx, q.Token, signature, client())
	must(t, err)
	s, err := w.Accounts.Session(ctx, token)
	must(t, err)
	if s.Account.ID != anna.ID || s.Level != auth.Full || s.Method != auth.ByCertificate {
		t.Errorf("%+v", s)
	}
	if fresh, err := w.Accounts.Stepped(ctx, s); !fresh || err != nil {
		t.Errorf("a key with its password is no second step: %v", err)
	}
	_, err = w.Accounts.LoginByCertificate(ctx, q.Token, signature, client())
	refused(t, err, problem.Invalid, "factor.certificate.over")

	for name, c := range map[string]struct {
		key  *keyholder
		kind problem.Kind
		want string
	}{
		"a number that is not hers":  {issued(t, w, "990000001704", "11223344595"), problem.NotFound, "auth.certificate.nobody"},
		"somebody without a cabinet": {issued(t, w, "990100001169", "11223344595"), problem.NotFound, "auth.certificate.nobody"},
	} {
		q := ask(t, w, factor.ToLogin, "")
		_, err := w.Accounts.LoginByCertificate(ctx, q.Token, c.key.sign(q.Text, w.DB.Now()), client())
		if p := refused(t, err, c.kind, c.want); p.Next == "" {
			t.Errorf("%s: no next step", name)
		}
	}
}

// A kind of factor that the policy does not name opens no session either, bound or not.
func TestOnlyMethodsOfThePolicyEnter(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	w.SignUp(phone, mail, servicetest.Anna())
	key := issued(t, w, "990000001704", "99000000153")
	w.Set("factor.methods", "app sms")
	q := ask(t, w, factor.ToLogin, "")
	_, err := w.Accounts.LoginByCertificate(ctx, q.Token, key.sign(q.Text, w.DB.Now()), client())
	refused(t, err, problem.Forbidden, "factor.not_allowed")
	_, err = w.Accounts.LoginByPasskey(ctx, "x", []byte("{}"), client())
	refused(t, err, problem.Forbidden, "factor.not_allowed")
}

// What is not the answer to this question, asked here, now and for this, opens nothing;
// and what was shown once opens nothing again (replay, relay from another origin).
func TestChallengesAreBound(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	anna, _ := w.SignUp(phone, mail, servicetest.Anna())
	key := issued(t, w, "990000001704", "99000000153")
	for name, change := range map[string]func(q factor.Question) factor.Question{
		"another origin": func(q factor.Question) factor.Question {
			return factor.Question{Text: strings.Replace(q.Text, servicetest.PublicURL, "http://evil.example", 1), Token: q.Token}
		},
		"another text": func(q factor.Question) factor.Question {
			return factor.Question{Text: "Договор", Token: q.Token}
		},
		"another question": func(q factor.Question) factor.Question {
			return factor.Question{Text: ask(t, w, factor.ToLogin, "").Text, Token: q.Token}
		},
		"another purpose": func(q factor.Question) factor.Question {
			return ask(t, w, factor.ToStep, anna.ID)
		},
		"no question": func(q factor.Question) factor.Question { return factor.Question{Text: q.Text, Token: "none"} },
	} {
		q := change(ask(t, w, factor.ToLogin, ""))
		token, err := w.Accounts.LoginByCertificate(ctx, q.Token, key.sign(q.Text, w.DB.Now()), client())
		if p, ok := problem.Of(err); token != "" || !ok || p.Key != "factor.certificate.broken" && p.Key != "factor.certificate.over" {
			t.Errorf("%s: %q, %v", name, token, err)
		}
	}
	for name, broken := range map[string][]byte{"nothing": nil, "noise": []byte("0\x82"), "long": make([]byte, 100<<10)} {
		q := ask(t, w, factor.ToLogin, "")
		if _, err := w.Accounts.LoginByCertificate(ctx, q.Token, broken, client()); err == nil {
			t.Errorf("%s opens", name)
		}
	}
	q := ask(t, w, factor.ToLogin, "")
	w.Clock.Pass(5*time.Minute + time.Second)
	_, err := w.Accounts.LoginByCertificate(ctx, q.Token, key.sign(q.Text, w.DB.Now()), client())
	refused(t, err, problem.Invalid, "factor.certificate.over")
}

// Each thing that may be wrong with a certificate has its words and its next step (ux F4).
func TestCertificateProblems(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	w.SignUp(phone, mail, servicetest.Anna())
	login := func(k *keyholder, at time.Time) problem.Error {
		t.Helper()
		q := ask(t, w, factor.ToLogin, "")
		_, err := w.Accounts.LoginByCertificate(ctx, q.Token, k.sign(q.Text, at), client())
		p, ok := problem.Of(err)
		if !ok {
			t.Fatalf("got %v", err)
		}
		if p.Next == "" {
			t.Errorf("%s: no next step", p.Key)
		}
		return *p
	}
	stranger := servicetest.NewDesk(t)
	w.Clock.Pass(stranger.DB.Now().Sub(w.DB.Now()) + time.Second) // the worlds began at different times
	if p := login(issued(t, stranger, "990000001704", "99000000153"), w.DB.Now()); p.Key != "factor.certificate.untrusted" {
		t.Errorf("of another authority: %v", p.Key)
	}
	revoked := issued(t, w, "990000001704", "99000000153")
	must(t, w.Authority.Revoke(ctx, "test", revoked.cert.Serial.Hex(), x509.ReasonKeyCompromise))
	must(t, w.Authority.PublishLists(ctx))
	if p := login(revoked, w.DB.Now()); p.Key != "factor.certificate.revoked" || p.Code != "CRT-302" {
		t.Errorf("revoked: %v", p.Key)
	}
	old := issued(t, w, "990000001704", "99000000153")
	w.Clock.Pass(800 * 24 * time.Hour)
	if p := login(old, old.cert.NotAfter.Add(-time.Hour)); p.Key != "factor.certificate.dates" && p.Key != "factor.certificate.unchecked" {
		t.Errorf("ended: %v", p.Key)
	}
}

// A certificate is bound to an account by a signature of its key, and is then a second
// step; of somebody else's it is not, and no account takes one that another has.
func TestBoundCertificate(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	_, token := w.SignUp(phone, mail, servicetest.Anna())
	_, other := w.SignUp("+79990000002", "boris@example.org", servicetest.Boris())
	session := func(token string) auth.Session {
		t.Helper()
		s, err := w.Accounts.Session(ctx, token)
		must(t, err)
		return s
	}
	anna, boris := session(token), session(other)
	for _, s := range []auth.Session{anna, boris} {
		a := factor.Actor{Account: s.Account.ID}
		codes, err := w.Factors.MakeCodes(ctx, a)
		must(t, err)
		must(t, w.Factors.ConfirmCodes(ctx, a, codes[0]))
	}
	key := issued(t, w, "990000001704", "99000000153")
	bind := func(s auth.Session, k *keyholder) error {
		t.Helper()
		q := ask(t, w, factor.ToBind, s.Account.ID)
		return w.Accounts.BindCertificate(ctx, s, q.Token, k.sign(q.Text, w.DB.Now()), client())
	}
	refused(t, bind(boris, key), problem.Forbidden, "factor.certificate.owner")
	must(t, bind(anna, key))
	refused(t, bind(anna, key), problem.Conflict, "factor.taken.certificate")

	waiting, _, err := w.Accounts.Login(ctx, phone, pass, client())
	must(t, err)
	if s := session(waiting); s.Level != auth.Waiting {
		t.Fatalf("level %s", s.Level)
	}
	q := ask(t, w, factor.ToStep, anna.Account.ID)
	full, err := w.Accounts.Second(ctx, waiting, auth.Proof{Way: factor.Certificate, Challenge: q.Token, Answer: key.sign(q.Text, w.DB.Now())}, client())
	must(t, err)
	if s := session(full); s.Level != auth.Full {
		t.Errorf("level %s", s.Level)
	}
	q = ask(t, w, factor.ToStep, anna.Account.ID)
	unbound := issued(t, w, "990000001704", "99000000153")
	_, err = w.Accounts.Second(ctx, full, auth.Proof{Way: factor.Certificate, Challenge: q.Token, Answer: unbound.sign(q.Text, w.DB.Now())}, client())
	refused(t, err, problem.Forbidden, "factor.certificate.other")
	q = ask(t, w, factor.ToLogin, "")
	must(t, w.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error { // the numbers are not asked for any more
		return w.Accounts.Rename(ctx, tx, anna.Account.ID, "Соколова", "")
	}))
	if _, err := w.Accounts.LoginByCertificate(ctx, q.Token, key.sign(q.Text, w.DB.Now()), client()); err != nil {
		t.Errorf("by the bound certificate: %v", err)
	}
}
