// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package external_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"podpis/internal/platform/db"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/external"
	"podpis/internal/service/federation"
	"podpis/internal/service/identity"
	"podpis/internal/service/servicetest"
)

// People of the stand's ЕСИА and bank.
const (
	esiaAnna  = "1000400001"
	esiaBoris = "1000400002"
	bankAnna  = "b-70001"
)

// abroad is a world with an outside and somebody who travels.
type abroad struct {
	*servicetest.World
	t *testing.T
}

func newAbroad(t *testing.T) *abroad {
	t.Helper()
	return &abroad{servicetest.New(t, servicetest.WithOutside), t}
}

func (a *abroad) session(token string) *auth.Session {
	a.t.Helper()
	s, err := a.Accounts.Session(context.Background(), token)
	if err != nil {
		a.t.Fatal(err)
	}
	return &s
}

// go goes to a provider and presses a button there; back is who is signed in on the return.
func (a *abroad) travel(provider string, purpose federation.Purpose, leaving, returning *auth.Session, person string) (external.Entrance, error) {
	a.t.Helper()
	ctx := context.Background()
	d, err := a.External.Leave(ctx, provider, purpose, leaving, "/c/x/", servicetest.Client())
	if err != nil {
		return external.Entrance{}, err
	}
	button := "person"
	if provider == servicetest.EBS {
		button = "outcome"
	}
	q := servicetest.Visit(a.t, d.URL, button, person).Query()
	return a.External.Return(ctx, provider, d.Browser, q, returning, servicetest.Client())
}

// tells wants one SMS and one letter of Anna's to say something.
func (a *abroad) tells(words string) {
	a.t.Helper()
	a.Deliver()
	for _, list := range [][]notify.Message{a.SMS.To("+79990001122"), a.Mail.To("sokolova@example.org")} {
		n := 0
		for _, m := range list {
			if strings.Contains(strings.ToLower(m.Subject+" "+m.Body), strings.ToLower(words)) {
				n++
			}
		}
		if n != 1 {
			a.t.Errorf("%d of %d messages say %q", n, len(list), words)
		}
	}
}

func wantKey(t *testing.T, what string, err error, key string) {
	t.Helper()
	if e, ok := problem.Of(err); !ok || e.Key != key {
		t.Errorf("%s: %v, want %s", what, err, key)
	}
}

// TestSignInByOthers binds accounts of ЕСИА and of a bank and signs in by them, at
// the level of the policy.
func TestSignInByOthers(t *testing.T) {
	t.Parallel()
	a := newAbroad(t)
	account, token := a.SignUp("+79990001122", "sokolova@example.org", servicetest.Anna())
	me := a.session(token)
	for _, provider := range []string{servicetest.ESIANew, servicetest.Bank} {
		person := esiaAnna
		if provider == servicetest.Bank {
			person = bankAnna
		}
		// Before it is bound nobody is let in, though phone, mail and ИНН are the same.
		e, err := a.travel(provider, federation.ForLogin, nil, nil, person)
		if err != nil || e.Session != "" || e.Arrival == "" {
			t.Fatalf("%s: %+v, %v", provider, e, err)
		}
		if who, err := a.External.Arrival(context.Background(), e.Arrival); err != nil || !who.Known || who.Provider.ID != provider {
			t.Errorf("%+v, %v", who, err)
		}
		if _, err := a.travel(provider, federation.ForLink, me, me, person); err != nil {
			t.Fatal(err)
		}
	}
	a.tells("добавлен вход через Госуслуги esia")
	a.tells("добавлен вход через Банк")
	for _, c := range []struct {
		provider, person, rule, value string
		level                         auth.Level
	}{
		{servicetest.ESIANew, esiaAnna, "", "", auth.Full}, {servicetest.Bank, bankAnna, "", "", auth.Viewing},
		{servicetest.Bank, bankAnna, "external.login.bank", "full", auth.Full}, {servicetest.ESIANew, esiaAnna, "external.login.confirmed", "viewing", auth.Viewing},
	} {
		if c.rule != "" {
			a.Set(c.rule, c.value)
		}
		e, err := a.travel(c.provider, federation.ForLogin, nil, nil, c.person)
		if err != nil {
			t.Fatal(err)
		}
		if s := a.session(e.Session); s.Account.ID != account.ID || s.Level != c.level || s.Method != auth.ByExternal || e.Attempt.Return != "/c/x/" {
			t.Errorf("%s: %+v", c.provider, s)
		}
	}
	m, err := a.External.MyData(context.Background(), account, false, servicetest.Client())
	if err != nil || m.Level != identity.Confirmed || len(m.Links) != 2 || len(m.Dossiers) != 2 || len(m.Proofs) != 2 || len(a.Entries("identity.reveal")) != 0 {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := a.External.MyData(context.Background(), account, true, servicetest.Client()); err != nil || len(a.Entries("identity.reveal")) != 1 {
		t.Errorf("a look at what is masked: %v", err)
	}
	if err := a.External.Unlink(context.Background(), account, servicetest.ESIANew, servicetest.Client()); err != nil {
		t.Fatal(err)
	}
	a.tells("вход через Госуслуги esia отключён")
	if e, err := a.travel(servicetest.ESIANew, federation.ForLogin, nil, nil, esiaAnna); err != nil || e.Session != "" {
		t.Errorf("an unlinked account lets in: %+v, %v", e, err)
	}
	if m, err = a.External.MyData(context.Background(), account, false, servicetest.Client()); err != nil || len(m.Dossiers) != 1 || m.Level != identity.Confirmed {
		t.Errorf("%+v, %v", m, err)
	}
}

// TestOthersAreNotTaken tries what would make one person of two.
func TestOthersAreNotTaken(t *testing.T) {
	t.Parallel()
	a := newAbroad(t)
	ctx := context.Background()
	_, annaToken := a.SignUp("+79990001122", "sokolova@example.org", servicetest.Anna())
	_, otherToken := a.SignUp("+79990002233", "kim@example.org", servicetest.Boris())
	anna, other := a.session(annaToken), a.session(otherToken)

	_, err := a.travel(servicetest.ESIANew, federation.ForLink, anna, other, esiaAnna)
	wantKey(t, "begun by one, ended by another", err, "auth.session.needed")
	_, err = a.travel(servicetest.ESIANew, federation.ForLink, anna, nil, esiaAnna)
	wantKey(t, "ended by nobody", err, "auth.session.needed")
	_, err = a.travel(servicetest.ESIANew, federation.ForLink, anna, anna, esiaBoris)
	wantKey(t, "another person", err, "identity.differs.surname")
	if e, _ := problem.Of(err); e == nil || e.Code != "ID-201" || e.Field != "surname" || len(problem.All(err)) < 3 {
		t.Errorf("a refusal that does not name its fields: %v", err)
	}
	_, err = a.travel(servicetest.ESIANew, federation.ForLogin, anna, anna, esiaAnna)
	wantKey(t, "a sign-in of somebody signed in", err, "auth.session.needed")
	_, err = a.travel(servicetest.ESIANew, federation.ForRefresh, anna, anna, esiaAnna)
	wantKey(t, "a refresh of what is not linked", err, "external.link.missing")
	_, err = a.travel(servicetest.ESIANew, federation.ForProof, anna, anna, esiaAnna)
	wantKey(t, "ЕСИА in place of ЕБС", err, "external.provider.missing")
	_, err = a.travel(servicetest.EBS, federation.ForLogin, nil, nil, "match")
	wantKey(t, "ЕБС in place of a sign-in", err, "external.provider.missing")

	if _, err := a.travel(servicetest.ESIANew, federation.ForLink, anna, anna, esiaAnna); err != nil {
		t.Fatal(err)
	}
	// Who came is bound only to the account that signs in by its own means, and once.
	e, err := a.travel(servicetest.ESIAOld, federation.ForLogin, nil, nil, esiaAnna)
	if err != nil || e.Arrival == "" {
		t.Fatalf("%+v, %v", e, err)
	}
	err = a.External.BindArrival(ctx, e.Arrival, *other, servicetest.Client())
	wantKey(t, "bound to somebody else", err, "identity.differs.surname")
	viewing := *anna
	viewing.Level = auth.Viewing
	err = a.External.BindArrival(ctx, e.Arrival, viewing, servicetest.Client())
	wantKey(t, "bound by a session that may look only", err, "auth.session.needed")
	if err := a.External.BindArrival(ctx, e.Arrival, *anna, servicetest.Client()); err != nil {
		t.Fatal(err)
	}
	err = a.External.BindArrival(ctx, e.Arrival, *anna, servicetest.Client())
	wantKey(t, "bound twice", err, "external.arrival.over")
	_, err = a.travel(servicetest.ESIANew, federation.ForRefresh, anna, anna, esiaBoris)
	wantKey(t, "a refresh by another account", err, "external.link.missing")
	if _, err := a.travel(servicetest.ESIANew, federation.ForRefresh, anna, anna, esiaAnna); err != nil {
		t.Error(err)
	}
}

// TestProofByBiometrics signs in through ЕСИА and compares a face through ЕБС (S003-24): it
// needs a confirmed account of ЕСИА (S003-18) and a record in ЕБС that matches (S003-19).
func TestProofByBiometrics(t *testing.T) {
	t.Parallel()
	a := newAbroad(t)
	account, token := a.SignUp("+79990001122", "sokolova@example.org", servicetest.Anna())
	me := a.session(token)
	_, err := a.travel(servicetest.EBS, federation.ForProof, me, me, "match")
	wantKey(t, "without ЕСИА", err, "external.ebs.esia_first")
	if _, err := a.travel(servicetest.ESIANew, federation.ForLink, me, me, esiaAnna); err != nil {
		t.Fatal(err)
	}
	for outcome, key := range map[string]string{"other": "external.ebs.other", "picture": "external.ebs.picture", "weak": "external.ebs.repeat", "cancel": "external.refused.person"} {
		_, err := a.travel(servicetest.EBS, federation.ForProof, me, me, outcome)
		wantKey(t, outcome, err, key)
	}
	if _, err := a.travel(servicetest.EBS, federation.ForProof, me, me, "match"); err != nil {
		t.Fatal(err)
	}
	m, err := a.External.MyData(context.Background(), account, false, servicetest.Client())
	if err != nil || len(m.Proofs) != 2 || !m.Compare {
		t.Errorf("%+v, %v", m.Proofs, err)
	}
	a.Set("external.match", "9900")
	_, err = a.travel(servicetest.EBS, federation.ForProof, me, me, "match")
	wantKey(t, "below the policy", err, "external.ebs.other")
}

// TestFaceOfAnother: whoever comes as one person of ЕСИА and signs up as another is linked to
// the account of the first, but the face of the first proves nothing of the second. Who is
// given another number later is recognised anew.
func TestFaceOfAnother(t *testing.T) {
	t.Parallel()
	a := newAbroad(t)
	ctx, from := context.Background(), servicetest.Client()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	e, err := a.travel(servicetest.ESIANew, federation.ForLogin, nil, nil, esiaBoris)
	must(err)
	const phone = "+79990002233"
	signup, err := a.Signups.Start(ctx, "", phone, from)
	must(err)
	must(a.External.Attach(ctx, signup, e.Arrival))
	must(a.Signups.ConfirmPhone(ctx, signup, a.Code(phone)))
	must(a.Signups.SetMailAndPassword(ctx, signup, "kim@example.org", servicetest.Password))
	must(a.Signups.SetName(ctx, signup, servicetest.Anna()))
	must(a.Signups.SetDocuments(ctx, signup, servicetest.Anna()))
	token, err := a.Signups.Finish(ctx, signup, true, from)
	must(err)
	me := a.session(token)
	_, err = a.travel(servicetest.EBS, federation.ForProof, me, me, "match")
	wantKey(t, "the face of another", err, "external.ebs.esia_first")
	m, err := a.External.MyData(ctx, me.Account, false, from)
	must(err)
	if m.Level != identity.Simplified {
		t.Errorf("a person nobody recognised is %s: %+v", m.Level, m.Proofs)
	}
}

// TestRecognisedAnew: a proof does not pass over to other data.
func TestRecognisedAnew(t *testing.T) {
	t.Parallel()
	a := newAbroad(t)
	ctx, from := context.Background(), servicetest.Client()
	account, token := a.SignUp("+79990001122", "sokolova@example.org", servicetest.Anna())
	me := a.session(token)
	if _, err := a.travel(servicetest.ESIANew, federation.ForLink, me, me, esiaAnna); err != nil {
		t.Fatal(err)
	}
	level := func() identity.Level {
		m, err := a.External.MyData(ctx, account, false, from)
		if err != nil {
			t.Fatal(err)
		}
		return m.Level
	}
	change := func(f func(*identity.Person)) {
		a.Write(func(ctx context.Context, tx *db.Tx) error {
			p, err := a.Persons.Person(ctx, tx, account.PersonID)
			if err != nil {
				return err
			}
			f(&p)
			return a.Persons.ChangePerson(ctx, tx, p)
		})
	}
	change(func(p *identity.Person) { p.Patronymic = "" })
	if l := level(); l != identity.Confirmed {
		t.Errorf("%s after a corrected name", l)
	}
	change(func(p *identity.Person) { p.INN, p.SNILS = servicetest.Boris().INN, servicetest.Boris().SNILS })
	if l := level(); l != identity.Simplified {
		t.Errorf("%s with the numbers of another", l)
	}
	_, err := a.travel(servicetest.EBS, federation.ForProof, me, me, "match")
	wantKey(t, "the face of before", err, "external.ebs.esia_first")
}

// TestSignupWithArrival starts with what ЕСИА answers for.
func TestSignupWithArrival(t *testing.T) {
	t.Parallel()
	a := newAbroad(t)
	ctx, from := context.Background(), servicetest.Client()
	e, err := a.travel(servicetest.ESIANew, federation.ForLogin, nil, nil, esiaBoris)
	if err != nil {
		t.Fatal(err)
	}
	const phone = "+79990002233"
	signup, err := a.Signups.Start(ctx, "", phone, from)
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(a.External.Attach(ctx, signup, e.Arrival))
	wantKey(t, "attached twice", a.External.Attach(ctx, signup, e.Arrival), "external.arrival.over")
	must(a.Signups.ConfirmPhone(ctx, signup, a.Code(phone)))
	must(a.Signups.SetMailAndPassword(ctx, signup, "kim@example.org", servicetest.Password))
	f, err := a.Signups.Form(ctx, signup)
	must(err)
	if p := f.Draft.Person; p.FullName() != "Ким Борис" || p.INN != "990100001169" || p.Passport.Department != "550-002" || len(p.CheckDocuments(a.Clock.Now())) != 0 {
		t.Errorf("%+v", p)
	}
	token, err := a.Signups.Finish(ctx, signup, true, from)
	must(err)
	m, err := a.External.MyData(ctx, a.session(token).Account, false, from)
	must(err)
	if m.Level != identity.Confirmed || len(m.Links) != 1 || len(m.Dossiers) != 1 {
		t.Errorf("%+v", m)
	}
	if e, err = a.travel(servicetest.ESIANew, federation.ForLogin, nil, nil, esiaBoris); err != nil || e.Session == "" {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestWithoutOutside(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	ctx, none := context.Background(), problem.New(problem.NotFound, "external.provider.missing")
	if _, err := w.External.Leave(ctx, "esia", federation.ForLogin, nil, "", servicetest.Client()); !errors.Is(err, none) {
		t.Errorf("%v", err)
	}
	if _, err := w.External.Return(ctx, "esia", "", nil, nil, servicetest.Client()); !errors.Is(err, none) || len(w.External.Providers()) != 0 {
		t.Errorf("%v", err)
	}
}
