// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package certified_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/certified"
	"podpis/internal/service/egrip"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
	"podpis/internal/service/servicetest"
	"podpis/pki/x509"
)

const (
	phone = "+79990000001"
	mail  = "anna@example.org"
)

var ctx = context.Background()

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err error, key string) {
	t.Helper()
	for _, p := range problem.All(err) {
		if p.Key == key {
			return
		}
	}
	t.Errorf("got %v, want %s", err, key)
}

func wanted(country identity.Country, kind identity.Kind) certified.Wanted {
	return certified.Wanted{Country: country, Kind: kind}
}

func anna() map[string]string { return servicetest.PersonSubject("990000001704", "99000000153") }

// with is a subject with other values.
func with(subject map[string]string, pairs ...string) map[string]string {
	subject = maps.Clone(subject)
	for i := 0; i < len(pairs); i += 2 {
		subject[pairs[i]] = pairs[i+1]
	}
	return subject
}

// begin shows a certificate at the beginning of a sign-up.
func begin(t *testing.T, w *servicetest.World, k *servicetest.Keyholder, want certified.Wanted, token string) (string, error) {
	t.Helper()
	q, err := w.Factors.AskSignature(ctx, factor.ToEnrol, "")
	must(t, err)
	return w.Certified.Begin(ctx, token, q.Token, want, k.Sign(q.Text), servicetest.Client())
}

// finish goes through the steps that are left.
func finish(t *testing.T, w *servicetest.World, token, phone, mail string) (certified.Finished, auth.Session) {
	t.Helper()
	token, err := w.Signups.Start(ctx, token, phone, servicetest.Client())
	must(t, err)
	must(t, w.Signups.ConfirmPhone(ctx, token, w.Code(phone)))
	must(t, w.Signups.SetMailAndPassword(ctx, token, mail, servicetest.Password))
	_, err = w.Certified.Finish(ctx, token, false, servicetest.Client())
	refused(t, err, "auth.signup.accept")
	done, err := w.Certified.Finish(ctx, token, true, servicetest.Client())
	must(t, err)
	again, err := w.Certified.Finish(ctx, token, true, servicetest.Client()) // a form sent twice
	must(t, err)
	if done.Request != nil && again.Request != nil && again.Request.ID != done.Request.ID {
		t.Errorf("two requests: %s, %s", done.Request.ID, again.Request.ID)
	}
	s, err := w.Accounts.Session(ctx, done.Session)
	must(t, err)
	return done, s
}

func level(t *testing.T, w *servicetest.World, personID string) (l identity.Level, p identity.Person) {
	t.Helper()
	must(t, w.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		proofs, err := w.Persons.Proofs(ctx, tx, personID)
		if err != nil {
			return err
		}
		l = identity.LevelAt(proofs, tx.Now())
		p, err = w.Persons.Person(ctx, tx, personID)
		return err
	}))
	return l, p
}

// A person signs up with a qualified certificate: what it states is theirs, the account is
// confirmed by it, and the certificate signs in. A second step it is not: there are no
// recovery codes yet.
func TestPersonJoins(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	key := w.Issue("person", anna())
	token, err := begin(t, w, key, wanted(identity.Russia, identity.Individual), "")
	must(t, err)
	must(t, w.Signups.SetName(ctx, token, servicetest.Boris())) // a form of old: what is stated stays
	must(t, w.Signups.SetCountry(ctx, token, identity.Kazakhstan))
	_, s := finish(t, w, token, phone, mail)
	l, p := level(t, w, s.Account.PersonID)
	if l != identity.Confirmed || p.FullName() != "Соколова Анна Ивановна" || p.INN != "990000001704" || p.SNILS != "99000000153" || !p.BirthDate.IsZero() {
		t.Errorf("%s: %+v", l, p)
	}
	if s.Level != auth.Full {
		t.Errorf("the session waits for a second step: %s", s.Level)
	}
	q, err := w.Factors.AskSignature(ctx, factor.ToLogin, "")
	must(t, err)
	if _, err := w.Accounts.LoginByCertificate(ctx, q.Token, key.Sign(q.Text), servicetest.Client()); err != nil {
		t.Errorf("the certificate does not sign in: %v", err)
	}
	if full, _, err := w.Accounts.Login(ctx, phone, servicetest.Password, servicetest.Client()); err != nil {
		t.Error(err)
	} else if s, err := w.Accounts.Session(ctx, full); err != nil || s.Level != auth.Full {
		t.Errorf("the password wants the key as a second step: %+v %v", s.Level, err)
	}
	// It opens a cabinet already: its holder signs in, with this one and with the next.
	for _, k := range []*servicetest.Keyholder{key, w.Issue("person", anna())} {
		_, err = begin(t, w, k, wanted(identity.Russia, identity.Individual), "")
		refused(t, err, "certified.known")
	}
	// The proof ends with the certificate.
	w.Clock.Pass(key.Cert.NotAfter.Sub(w.Clock.Now()) + time.Hour)
	if l, _ := level(t, w, s.Account.PersonID); l != identity.Simplified {
		t.Errorf("after its end: %s", l)
	}
}

// What is wrong with a certificate is said with its reason, and nothing is begun.
func TestJoinRefusals(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	russian := wanted(identity.Russia, identity.Individual)
	ip := with(anna(), "OGRNIP", "399990000000121")
	for name, c := range map[string]struct {
		key  *servicetest.Keyholder
		want certified.Wanted
		say  string
	}{
		"another country": {w.Issue("person", anna()), wanted(identity.Kazakhstan, identity.Individual), "certified.country.RU"},
		"another kind":    {w.Issue("ip", ip), russian, "certified.kind.ip"},
		"a person as ИП":  {w.Issue("person", anna()), wanted(identity.Russia, identity.Entrepreneur), "certified.kind.person"},
		"of Kazakhstan":   {w.IssueAbroad("CN=ТЕСТОВ ТЕСТ,SN=ТЕСТОВ,G=ТЕСТОВИЧ,SERIALNUMBER=IIN900101300007,C=KZ"), russian, "certified.country.KZ"},
		"a wrong ИИН":     {w.IssueAbroad("CN=ТЕСТОВ ТЕСТ,SN=ТЕСТОВ,SERIALNUMBER=IIN900101300008,C=KZ"), wanted(identity.Kazakhstan, identity.Individual), "identity.stated.iin"},
		"a wrong БИН":     {w.IssueAbroad("CN=ТЕСТОВ ТЕСТ,SN=ТЕСТОВ,SERIALNUMBER=IIN900101300007,OU=BIN120140000127,O=АО ТЕСТ,C=KZ"), wanted(identity.Kazakhstan, identity.Organisation), "certified.number"},
		"nobody's":        {w.IssueAbroad("CN=Server,C=RU"), russian, "identity.stated.name"},
	} {
		if _, err := begin(t, w, c.key, c.want, ""); err == nil {
			t.Errorf("%s: taken", name)
		} else {
			refused(t, err, c.say)
		}
	}
	revoked := w.Issue("person", anna())
	must(t, w.Authority.Revoke(ctx, "test", revoked.Cert.Serial.Hex(), x509.ReasonKeyCompromise))
	must(t, w.Authority.PublishLists(ctx))
	_, err := begin(t, w, revoked, russian, "")
	refused(t, err, "factor.certificate.revoked")
	stranger := servicetest.NewDesk(t)
	_, err = begin(t, w, stranger.Issue("person", anna()), russian, "")
	refused(t, err, "factor.certificate.untrusted")
	good := w.Issue("person", anna())
	for name, purpose := range map[string]factor.Purpose{"to sign in": factor.ToLogin, "to prove": factor.ToProve} {
		q, err := w.Factors.AskSignature(ctx, purpose, "")
		must(t, err)
		_, err = w.Certified.Begin(ctx, "", q.Token, russian, good.Sign(q.Text), servicetest.Client())
		if refused(t, err, "factor.certificate.over"); err == nil {
			t.Errorf("a signature made %s begins a sign-up", name)
		}
	}
	w.Set("factor.methods", "app sms")
	_, err = begin(t, w, good, russian, "")
	refused(t, err, "factor.not_allowed")
	if n := w.Count("signup", "phone = ''"); n != 0 {
		t.Errorf("%d sign-ups were begun", n)
	}
}

// A sign-up that lay too long shows the certificate again; what was typed stays.
func TestJoinGoesStale(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	key := w.Issue("person", anna())
	token, err := begin(t, w, key, wanted(identity.Russia, identity.Individual), "")
	must(t, err)
	token, err = w.Signups.Start(ctx, token, phone, servicetest.Client())
	must(t, err)
	must(t, w.Signups.ConfirmPhone(ctx, token, w.Code(phone)))
	must(t, w.Signups.SetMailAndPassword(ctx, token, mail, servicetest.Password))
	w.Clock.Pass(time.Hour + time.Second)
	_, err = w.Certified.Finish(ctx, token, true, servicetest.Client())
	refused(t, err, "certified.stale")
	same, err := begin(t, w, key, wanted(identity.Russia, identity.Individual), token)
	must(t, err)
	if s, err := w.Signups.Form(ctx, same); err != nil || same != token || !s.PhoneConfirmed || s.Draft.Mail != mail {
		t.Errorf("%+v %v", s, err)
	}
	if _, err = w.Certified.Finish(ctx, token, true, servicetest.Client()); err != nil {
		t.Error(err)
	}
	// Or it goes on by typing.
	boris := w.Issue("person", servicetest.PersonSubject("990100001169", "11223344595"))
	token, err = begin(t, w, boris, wanted(identity.Russia, identity.Individual), "")
	must(t, err)
	must(t, w.Certified.Drop(ctx, token))
	if s, err := w.Signups.Form(ctx, token); err != nil || s.Draft.Certified != nil || s.Draft.Person.INN != "" {
		t.Errorf("%+v %v", s.Draft, err)
	}
}

// What a certificate proves is policy, by its kind; of Kazakhstan ИИН is taken from it, with
// the day of birth in it, and nothing of Russia is asked for.
func TestJoinFromKazakhstan(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	key := w.IssueAbroad("CN=ТЕСТОВ ТЕСТ,SN=ТЕСТОВ,G=ТЕСТОВИЧ,SERIALNUMBER=IIN900101300007,C=KZ")
	token, err := begin(t, w, key, wanted(identity.Kazakhstan, identity.Individual), "")
	must(t, err)
	_, s := finish(t, w, token, phone, mail)
	l, p := level(t, w, s.Account.PersonID)
	if l != identity.Standard || p.FullName() != "Тестов Тест Тестович" || p.IIN != "900101300007" || p.Country != identity.Kazakhstan || p.BirthDate.String() != "01.01.1990" || p.INN != "" {
		t.Errorf("%s: %+v", l, p)
	}
	q, err := w.Factors.AskSignature(ctx, factor.ToLogin, "")
	must(t, err)
	if _, err := w.Accounts.LoginByCertificate(ctx, q.Token, key.Sign(q.Text), servicetest.Client()); err != nil {
		t.Errorf("the certificate does not sign in: %v", err)
	}
}

// S001-110: a cabinet, and so a role in it, is made for a confirmed phone only. An
// entrepreneur's role opens at the end of the sign-up when the register agrees; what a
// certificate of no qualified form proves opens none.
func TestEntrepreneurSignsUp(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	w.Set(egrip.PolicyLevel, string(identity.Standard))
	token, err := begin(t, w, w.Issue("ip", with(anna(), "OGRNIP", "399990000000121")), wanted(identity.Russia, identity.Entrepreneur), "")
	must(t, err)
	_, err = w.Certified.Finish(ctx, token, true, servicetest.Client())
	refused(t, err, "auth.signup.phone_first")
	done, _ := finish(t, w, token, phone, mail)
	if done.Request == nil || done.Request.State != egrip.Opened {
		t.Fatalf("%+v", done.Request)
	}

	other := w.IssueAbroad("CN=Ким Борис,SN=Ким,G=Борис,INN=990100001169,SNILS=11223344595,OGRNIP=323990000000011,C=RU")
	token, err = begin(t, w, other, wanted(identity.Russia, identity.Entrepreneur), "")
	must(t, err)
	done, s := finish(t, w, token, "+79990000002", "boris@example.org")
	if l, _ := level(t, w, s.Account.PersonID); l != identity.Simplified || done.Request != nil && done.Request.State == egrip.Opened {
		t.Errorf("%s: %+v", l, done.Request)
	}
}

// S001-111: functions of an ИП ask for a level (egrip.role.level), which a certificate or
// ЕСИА gives. Who signed up by typing is recognised by a certificate later, when its numbers
// are theirs; what differs is named with its code.
func TestProve(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	_, token := w.SignUp(phone, mail, servicetest.Anna())
	s, err := w.Accounts.Session(ctx, token)
	must(t, err)
	prove := func(k *servicetest.Keyholder) (identity.Level, error) {
		t.Helper()
		q, err := w.Factors.AskSignature(ctx, factor.ToProve, s.Account.ID)
		must(t, err)
		return w.Certified.Prove(ctx, s, q.Token, k.Sign(q.Text), servicetest.Client())
	}
	_, err = prove(w.Issue("person", servicetest.PersonSubject("990100001169", "11223344595")))
	refused(t, err, "identity.differs.inn")
	_, err = prove(w.IssueAbroad("CN=ТЕСТОВ ТЕСТ,SN=ТЕСТОВ,SERIALNUMBER=IIN900101300007,C=KZ"))
	refused(t, err, "identity.differs.surname")
	_, err = prove(w.IssueAbroad("CN=СОКОЛОВА АННА,SN=СОКОЛОВА,G=ИВАНОВНА,SERIALNUMBER=IIN900517400001,C=KZ"))
	if problem.KindOf(err) == problem.Internal {
		t.Error(err)
	}
	if l, _ := level(t, w, s.Account.PersonID); l != identity.Simplified {
		t.Fatalf("after refusals: %s", l)
	}
	key := w.Issue("person", anna())
	l, err := prove(key)
	must(t, err)
	if stored, _ := level(t, w, s.Account.PersonID); l != identity.Confirmed || stored != l {
		t.Errorf("%s %s", l, stored)
	}
	q, err := w.Factors.AskSignature(ctx, factor.ToProve, s.Account.ID)
	must(t, err)
	signature := key.Sign(q.Text)
	_, err = w.Certified.Prove(ctx, s, q.Token, signature, servicetest.Client())
	must(t, err)
	_, err = w.Certified.Prove(ctx, s, q.Token, signature, servicetest.Client())
	refused(t, err, "factor.certificate.over")
	if n := len(w.Entries("identity.proof")); n < 4 {
		t.Errorf("%d lines of the audit", n)
	}
}

// The head of an organisation signs up with its certificate, signs the agreement, and the
// letter's link opens the role: of Russia by the register, of Kazakhstan by БИН and the
// purpose of first heads.
func TestOrganisationOfKazakhstanJoins(t *testing.T) {
	t.Parallel()
	w := servicetest.NewDesk(t)
	const subject = "CN=ТЕСТОВ ТЕСТ,SN=ТЕСТОВ,SERIALNUMBER=IIN900101300007,OU=BIN120140000126,O=АО ТЕСТ,C=KZ"
	key := w.IssueAbroad(subject, servicetest.HeadOfKZ)
	token, err := begin(t, w, key, wanted(identity.Kazakhstan, identity.Organisation), "")
	must(t, err)
	done, s := finish(t, w, token, phone, mail)
	if done.Request == nil || done.Request.State != egrip.Signing {
		t.Fatalf("%+v", done.Request)
	}
	actor := egrip.Actor{Name: "account/" + s.Account.ID, AccountID: s.Account.ID, PersonID: s.Account.PersonID}
	_, a, err := w.Registry.Agreement(ctx, actor, done.Request.ID)
	must(t, err)
	for say, k := range map[string]*servicetest.Keyholder{
		"egrip.agreement.head":          w.IssueAbroad(subject),
		"egrip.agreement.other_company": w.IssueAbroad("CN=ТЕСТОВ ТЕСТ,SN=ТЕСТОВ,SERIALNUMBER=IIN900101300007,C=KZ", servicetest.HeadOfKZ),
		"egrip.agreement.other_person":  w.IssueAbroad("CN=ИНОЙ ТЕСТ,SN=ИНОЙ,SERIALNUMBER=IIN851215300127,OU=BIN120140000126,O=АО ТЕСТ,C=KZ", servicetest.HeadOfKZ),
	} {
		_, err := w.Registry.SignAgreement(ctx, actor, a.RequestID, k.Sign(a.Text))
		refused(t, err, say)
	}
	r, err := w.Registry.SignAgreement(ctx, actor, a.RequestID, key.Sign(a.Text))
	must(t, err)
	if r.State != egrip.Letter {
		t.Fatalf("%+v", r)
	}
	r, err = w.Registry.ConfirmRole(ctx, actor, w.RoleLink(mail))
	must(t, err)
	must(t, w.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		p, err := w.Persons.Profile(ctx, tx, s.Account.PersonID, r.ProfileID)
		if p.Kind != identity.Organisation || p.Company.BIN != "120140000126" || p.Title != "АО ТЕСТ" || p.Company.OGRN != "" {
			t.Errorf("%+v", p)
		}
		return err
	}))
}
