// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package federation_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oauth2-proxy/mockoidc"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/federation"
	"podpis/internal/service/identity"
	"podpis/internal/service/servicetest"
	"podpis/stand/bank"
	"podpis/stand/ebs"
	standesia "podpis/stand/esia"
	"podpis/wire/esia"
)

// TestESIA signs in by both variants, with tokens of both algorithms, as everybody there
// is.
func TestESIA(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	for _, algorithm := range []string{esia.GOST256, esia.RS256} {
		must(t, o.esia.SignBy(algorithm))
		for _, provider := range []string{"old", "esia"} {
			a, c, err := o.travel(provider, anna)
			if err != nil {
				t.Fatalf("%s, %s: %v", provider, algorithm, err)
			}
			p := c.Person
			if c.Subject != anna || c.Level != identity.Confirmed || p.FullName() != "Соколова Анна Ивановна" || p.INN != "990000001704" || p.SNILS != "99000000153" || p.BirthDate.String() != "17.05.1990" {
				t.Errorf("%s: %+v", provider, c)
			}
			if p.Passport.Number != "9999123456" || p.Passport.Department != "160-001" || c.Phone != "+79990001122" || !c.PhoneVerified || c.Mail != "sokolova@example.org" || !c.MailVerified {
				t.Errorf("%s: %+v", provider, c)
			}
			if a.Return != "/c/1/" || len(c.Heads) != 1 || c.Heads[0].OGRN != "1999900000120" {
				t.Errorf("%s: %+v %+v", provider, a, c.Heads)
			}
			var kinds []identity.FactKind
			for _, f := range c.Facts {
				kinds = append(kinds, f.Kind)
			}
			for _, k := range identity.FactKinds() {
				if !slices.Contains(kinds, k) {
					t.Errorf("%s: nothing of %s", provider, k)
				}
			}
		}
	}
	for person, want := range map[string]identity.Level{boris: identity.Confirmed, vera: identity.Standard, gleb: identity.Simplified, hans: identity.Confirmed} {
		_, c, err := o.travel("esia", person)
		if err != nil || c.Level != want {
			t.Errorf("%s: %s, %v", person, c.Level, err)
		}
		if person == hans && (c.Person.Country != identity.Elsewhere || c.Person.Passport.Kind != identity.ForeignPassport) {
			t.Errorf("%+v", c.Person)
		}
	}
	if len(o.Entries("external.begin")) != 8 {
		t.Error("a departure without a line in the audit")
	}
}

// TestEveryErrorOfESIA goes through all ways in which the server can be wrong. None may
// give claims, and each says whose turn it is.
func TestEveryErrorOfESIA(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	words := map[string]string{}
	for _, k := range esia.Errors() {
		words[k.Code] = "external.refused." + string(k.Meaning)
	}
	for _, failure := range standesia.Failures() {
		if failure == standesia.Works || failure == standesia.Unreachable || failure == standesia.Maintenance {
			continue
		}
		o.esia.Fail(failure)
		for _, provider := range []string{"old", "esia"} {
			_, c, err := o.travel(provider, anna)
			if provider == "old" && failure == standesia.WrongNonce {
				// The first variant gives no nonce; one that comes back nevertheless is not ours.
				if err == nil {
					t.Error("a nonce that was never given was taken")
				}
				continue
			}
			e, ok := problem.Of(err)
			if !ok || c.Subject != "" {
				t.Errorf("%s, %s: %v, %+v", provider, failure, err, c)
				continue
			}
			if _, code, found := strings.Cut(failure, ":"); found && (e.Key != words[code] || e.Code != code || e.Data["Code"] != code) {
				t.Errorf("%s, %s: told as %s %s %v", provider, failure, e.Key, e.Code, e.Data)
			}
		}
	}
	// What does not answer at all is told between the two steps: the page would not open before.
	for failure, want := range map[string]string{standesia.Unreachable: "external.provider.silent", standesia.Maintenance: "external.refused.service"} {
		o.esia.Fail(standesia.Works)
		ctx := context.Background()
		d, err := o.Begin(ctx, "esia", federation.Attempt{Purpose: federation.ForLogin}, network)
		must(t, err)
		query := visit(t, d.URL, "person", anna)
		o.esia.Fail(failure)
		_, _, err = o.Finish(ctx, "esia", d.Browser, query, network)
		if e, ok := problem.Of(err); !ok || e.Kind != problem.Unavailable || e.Key != want {
			t.Errorf("%s: %v", failure, err)
		}
	}
	if n := len(o.Entries("external.finish")); n < 2*len(esia.Errors()) {
		t.Errorf("%d refusals in the audit", n)
	}
}

// TestESIAChecksTheClient shows that the stand refuses what the real server would.
func TestESIAChecksTheClient(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	if q := func() url.Values {
		d, err := o.Begin(context.Background(), "esia", federation.Attempt{}, network)
		must(t, err)
		return visit(t, d.URL, "refuse", "yes")
	}(); !strings.HasPrefix(q.Get("error_description"), esia.Refused) {
		t.Errorf("%v", q)
	}
	begin := func(change func(url.Values)) url.Values {
		d, err := o.Begin(context.Background(), "esia", federation.Attempt{}, network)
		must(t, err)
		u, err := url.Parse(d.URL)
		must(t, err)
		q := u.Query()
		change(q)
		u.RawQuery = q.Encode()
		return visit(t, u.String(), "person", gleb)
	}
	for want, change := range map[string]func(url.Values){
		esia.BadScope:     func(q url.Values) { q.Set("scope", "everything") },
		esia.NoScope:      func(q url.Values) { q.Del("scope") },
		esia.NoParameter:  func(q url.Values) { q.Del("timestamp") },
		esia.BadTime:      func(q url.Values) { q.Set("timestamp", "2001.01.01 00:00:00 +0000") },
		esia.BadSecret:    func(q url.Values) { q.Set("state", "another") },
		esia.BadCodeType:  func(q url.Values) { q.Set("response_type", "token") },
		esia.NotConfirmed: func(q url.Values) { q.Set("person_filter", "conf_acc") },
	} {
		if q := begin(change); !strings.HasPrefix(q.Get("error_description"), want) || q.Get("code") != "" {
			t.Errorf("%s: %v", want, q)
		}
	}
	for _, change := range []func(url.Values){
		func(q url.Values) { q.Set("redirect_uri", "https://evil.example/") },
		func(q url.Values) { q.Set("client_id", "OTHER") },
		func(q url.Values) { q.Add("scope", "snils") },
	} {
		d, err := o.Begin(context.Background(), "esia", federation.Attempt{}, network)
		must(t, err)
		u, err := url.Parse(d.URL)
		must(t, err)
		q := u.Query()
		change(q)
		u.RawQuery = q.Encode()
		answer, err := servicetest.NoRedirects.Get(u.String())
		must(t, err)
		answer.Body.Close()
		if answer.StatusCode != 400 || answer.Header.Get("Location") != "" {
			t.Errorf("sent to %s with %s", answer.Header.Get("Location"), answer.Status)
		}
	}
	// The clock of the client is off by more than the server bears.
	old := o.Clock.Now()
	o.Clock.Pass(-10 * time.Minute)
	d, err := o.Begin(context.Background(), "esia", federation.Attempt{}, network)
	must(t, err)
	o.Clock.Pass(old.Sub(o.Clock.Now()))
	if q := visit(t, d.URL, "person", anna); !strings.HasPrefix(q.Get("error_description"), esia.BadTime) {
		t.Errorf("%v", q)
	}
}

// attack is one way to come back wrongly.
func TestAttacks(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	ctx := context.Background()
	leave := func(provider string) (federation.Departure, url.Values) {
		d, err := o.Begin(ctx, provider, federation.Attempt{Purpose: federation.ForLogin}, network)
		must(t, err)
		who := anna
		if provider == "bank" {
			who = "b-70001"
		}
		return d, visit(t, d.URL, "person", who)
	}
	refused := func(what string, want *problem.Error, provider, browser string, q url.Values) {
		t.Helper()
		if _, c, err := o.Finish(ctx, provider, browser, q, network); !errors.Is(err, want) || c.Subject != "" {
			t.Errorf("%s: %v, %+v", what, err, c)
		}
	}
	wrong, over, unusable := problem.New(problem.Forbidden, "external.state.wrong"), problem.New(problem.Conflict, "external.attempt.over"), problem.New(problem.Forbidden, "external.answer.wrong")
	for _, provider := range []string{"old", "esia", "bank"} {
		d, q := leave(provider)
		other, foreign := leave(provider)
		refused("no cookie", wrong, provider, "", q)
		refused("another browser", wrong, provider, other.Browser, q)
		refused("no state", wrong, provider, d.Browser, url.Values{"code": q["code"]})
		refused("made-up state", wrong, provider, d.Browser, url.Values{"code": q["code"], "state": {"x"}})
		refused("two states", wrong, provider, d.Browser, url.Values{"code": q["code"], "state": {q.Get("state"), foreign.Get("state")}})
		for _, another := range []string{"old", "esia", "bank", "ebs"} {
			if another != provider {
				refused("mix-up with "+another, wrong, another, d.Browser, q)
			}
		}
		refused("no provider", problem.New(problem.NotFound, "external.provider.missing"), "nobody", d.Browser, q)
		// None of these has used the attempt up.
		if _, c, err := o.Finish(ctx, provider, d.Browser, q, network); err != nil || c.Subject == "" {
			t.Errorf("%s: the right one: %v", provider, err)
		}
		refused("replayed", over, provider, d.Browser, q)
		// A code of one attempt in another: PKCE or the server's own memory tells.
		third, last := leave(provider)
		_, _, err := o.Finish(ctx, provider, third.Browser, url.Values{"code": foreign["code"], "state": last["state"]}, network)
		if provider != "old" && err == nil {
			t.Errorf("%s: a code of another attempt was taken", provider)
		}
		// A code that has been used.
		fourth, again := leave(provider)
		_, _, err = o.Finish(ctx, provider, fourth.Browser, url.Values{"code": q["code"], "state": again["state"]}, network)
		if err == nil {
			t.Errorf("%s: a used code was taken", provider)
		}
		late, lateQuery := leave(provider)
		o.Clock.Pass(16 * time.Minute)
		refused("late", over, provider, late.Browser, lateQuery)
	}
	// A bank that claims to be another (RFC 9207), with everything else right.
	o.bank.Fail(bank.OtherIssuer)
	d, q := leave("bank")
	refused("another issuer in the redirect", unusable, "bank", d.Browser, q)
	if len(o.Entries("external.finish")) == 0 {
		t.Error("attacks leave no line in the audit")
	}
}

// TestBank signs in by OpenID Connect, and goes through all ways in which the
// bank can be wrong.
func TestBank(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	_, c, err := o.travel("bank", "b-70001")
	must(t, err)
	if c.Subject != "b-70001" || c.Level != identity.Standard || c.Person.INN != "990000001704" || c.Person.FullName() != "Соколова Анна Ивановна" || c.Phone != "+79990001122" || !c.MailVerified {
		t.Errorf("%+v", c)
	}
	if _, c, err = o.travel("bank", "b-70003"); err != nil || c.Level != identity.Simplified {
		t.Errorf("%+v, %v", c, err)
	}
	for _, failure := range bank.Failures() {
		switch failure {
		case bank.None, bank.Unreachable, bank.Busy:
			continue
		}
		o.bank.Fail(failure)
		if _, c, err := o.travel("bank", "b-70001"); problem.KindOf(err) == problem.Internal || c.Subject != "" {
			t.Errorf("%s: %v, %+v", failure, err, c)
		}
	}
	for _, failure := range []bank.Failure{bank.Unreachable, bank.Busy} {
		o.bank.Fail(bank.None)
		d, err := o.Begin(context.Background(), "bank", federation.Attempt{}, network)
		must(t, err)
		q := visit(t, d.URL, "person", "b-70001")
		o.bank.Fail(failure)
		if _, _, err := o.Finish(context.Background(), "bank", d.Browser, q, network); problem.KindOf(err) != problem.Unavailable {
			t.Errorf("%s: %v", failure, err)
		}
		fresh := newOutside(t)
		fresh.bank.Fail(failure)
		if _, err := fresh.Begin(context.Background(), "bank", federation.Attempt{}, network); problem.KindOf(err) != problem.Unavailable {
			t.Errorf("%s at the start: %v", failure, err)
		}
	}
}

// TestForeignProvider signs in at a server that others wrote.
func TestForeignProvider(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	server, err := mockoidc.Run()
	must(t, err)
	t.Cleanup(func() {
		if err := server.Shutdown(); err != nil {
			t.Error(err)
		}
	})
	server.FastForward(w.Clock.Ahead())
	s, err := federation.New(federation.Parts{
		DB: w.DB, Ring: w.Ring, Policies: w.Book, PublicURL: servicetest.PublicURL,
		OIDC: []federation.OIDCConfig{{ID: "other", Name: "Другой", Issuer: server.Issuer(), Client: server.ClientID, Secret: server.ClientSecret, Scopes: []string{"openid", "email", "profile"}, TokenOnly: true}},
	})
	must(t, err)
	ctx := context.Background()
	server.QueueUser(&mockoidc.MockUser{Subject: "42", Email: "anna@example.org", EmailVerified: true, PreferredUsername: "anna"})
	d, err := s.Begin(ctx, "other", federation.Attempt{Purpose: federation.ForLogin}, network)
	must(t, err)
	q := visit(t, d.URL, "", "")
	_, c, err := s.Finish(ctx, "other", d.Browser, q, network)
	must(t, err)
	if c.Subject != "42" || c.Mail != "anna@example.org" || !c.MailVerified || c.Level != identity.Simplified {
		t.Errorf("%+v", c)
	}
	// Its errors are read too.
	server.QueueError(&mockoidc.ServerError{Code: 401, Error: mockoidc.InvalidGrant})
	server.QueueUser(&mockoidc.MockUser{Subject: "42"})
	if d, err = s.Begin(ctx, "other", federation.Attempt{}, network); err != nil {
		t.Fatal(err)
	}
	if answer, err := servicetest.NoRedirects.Get(d.URL); err != nil || answer.StatusCode < 400 {
		t.Errorf("%v", err)
	} else {
		answer.Body.Close()
	}
}

// TestBiometrics compares faces that are not there.
func TestBiometrics(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	ctx := context.Background()
	compare := func(outcome string) (federation.Claims, error) {
		t.Helper()
		d, err := o.Begin(ctx, "ebs", federation.Attempt{Purpose: federation.ForProof, AccountID: "a", Subject: anna}, network)
		must(t, err)
		_, c, err := o.Finish(ctx, "ebs", d.Browser, visit(t, d.URL, "outcome", outcome), network)
		return c, err
	}
	for outcome, want := range map[string]struct {
		match float64
		alive bool
		key   string
	}{"match": {0.98, true, ""}, "other": {0.05, true, ""}, "picture": {0.98, false, ""}, "weak": {0, false, "external.ebs.repeat"}, "cancel": {0, false, "external.refused.person"}, "x": {0, false, "external.refused.service"}} {
		c, err := compare(outcome)
		key := ""
		if e, ok := problem.Of(err); ok {
			key = e.Key
		}
		if key != want.key || c.Match != want.match || c.Alive != want.alive || key == "" && c.Subject != anna {
			t.Errorf("%s: %+v, %v", outcome, c, err)
		}
	}
	for _, failure := range ebs.Failures() {
		if failure == ebs.None {
			continue
		}
		o.ebs.Fail(ebs.None)
		d, err := o.Begin(ctx, "ebs", federation.Attempt{Purpose: federation.ForProof, Subject: anna}, network)
		must(t, err)
		q := visit(t, d.URL, "outcome", "match")
		o.ebs.Fail(failure)
		if _, c, err := o.Finish(ctx, "ebs", d.Browser, q, network); problem.KindOf(err) == problem.Internal || c.Subject != "" {
			t.Errorf("%s: %+v, %v", failure, c, err)
		}
	}
	if _, err := o.Begin(ctx, "ebs", federation.Attempt{}, network); !errors.Is(err, problem.New(problem.Conflict, "external.ebs.esia_first")) {
		t.Errorf("%v", err)
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	claims := func(provider, subject string) federation.Claims {
		return federation.Claims{Provider: provider, Subject: subject, Level: identity.Confirmed}
	}
	bind := func(c federation.Claims, account string) error {
		return o.DB.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error { return o.Bind(ctx, tx, c, account, network) })
	}
	must(t, bind(claims("esia", anna), "one"))
	must(t, bind(claims("esia", anna), "one")) // again is the same
	must(t, bind(claims("bank", "b"), "one"))
	if err := bind(claims("esia", anna), "two"); !errors.Is(err, problem.New(problem.Conflict, "external.link.taken")) {
		t.Errorf("%v", err)
	}
	if err := bind(claims("esia", boris), "one"); !errors.Is(err, problem.New(problem.Conflict, "external.link.other")) {
		t.Errorf("%v", err)
	}
	o.Write(func(ctx context.Context, tx *db.Tx) error {
		links, err := o.Links(ctx, tx, "one")
		if err != nil || len(links) != 2 || links[0].Subject != "b" || links[1].Subject != anna {
			t.Errorf("%+v, %v", links, err)
		}
		l, found, err := o.Linked(ctx, tx, claims("esia", anna))
		if err != nil || !found || l.AccountID != "one" {
			t.Errorf("%+v, %v", l, err)
		}
		if _, found, err := o.Linked(ctx, tx, claims("old", anna)); err != nil || found {
			t.Errorf("a link of another provider: %v", err)
		}
		return o.Unbind(ctx, tx, "one", "esia", network)
	})
	must(t, bind(claims("esia", anna), "two"))
	err := o.DB.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error { return o.Unbind(ctx, tx, "one", "esia", network) })
	if !errors.Is(err, problem.New(problem.NotFound, "external.link.missing")) {
		t.Errorf("%v", err)
	}
	if o.Count("external_link", "secret = CAST($1 AS BYTEA)", []byte(anna)) != 0 {
		t.Error("a subject lies open")
	}
	if len(o.Entries("external.link")) != 3 || len(o.Entries("external.unlink")) != 1 {
		t.Error("links without lines in the audit")
	}
}

func TestArrivalsCountOnce(t *testing.T) {
	t.Parallel()
	o := newOutside(t)
	var token string
	o.Write(func(ctx context.Context, tx *db.Tx) (err error) {
		token, err = o.Keep(ctx, tx, federation.Claims{Provider: "esia", Subject: anna, Person: servicetest.Anna()})
		return err
	})
	over := problem.New(problem.NotFound, "external.arrival.over")
	o.Write(func(ctx context.Context, tx *db.Tx) error {
		if c, err := o.Arrived(ctx, tx, token); err != nil || c.Person.INN != servicetest.Anna().INN {
			t.Errorf("%+v, %v", c, err)
		}
		if _, err := o.Arrived(ctx, tx, token+"x"); !errors.Is(err, over) {
			t.Errorf("%v", err)
		}
		return o.UseArrival(ctx, tx, token)
	})
	o.Write(func(ctx context.Context, tx *db.Tx) error {
		if _, err := o.Arrived(ctx, tx, token); !errors.Is(err, over) {
			t.Errorf("%v", err)
		}
		if err := o.UseArrival(ctx, tx, token); !errors.Is(err, over) {
			t.Errorf("%v", err)
		}
		return nil
	})
	o.Write(func(ctx context.Context, tx *db.Tx) (err error) {
		token, err = o.Keep(ctx, tx, federation.Claims{})
		return err
	})
	o.Clock.Pass(time.Hour)
	o.Write(func(ctx context.Context, tx *db.Tx) error {
		if _, err := o.Arrived(ctx, tx, token); !errors.Is(err, over) {
			t.Errorf("%v", err)
		}
		return nil
	})
}

func TestProvidersHaveDifferentNames(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	for _, ids := range [][]string{{""}, {"a", "a"}, {"a/b"}, {"a b"}} {
		var list []federation.OIDCConfig
		for _, id := range ids {
			list = append(list, federation.OIDCConfig{ID: id})
		}
		if _, err := federation.New(federation.Parts{DB: w.DB, OIDC: list}); err == nil {
			t.Errorf("%q was taken", ids)
		}
	}
}

// A provider that never stops talking is not listened to: what libraries read is bounded as well.
func TestEndlessAnswers(t *testing.T) {
	t.Parallel()
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":%q,"token_endpoint":%q,"jwks_uri":%q,"more":"%s"}`,
			server.URL, server.URL+"/a", server.URL+"/t", server.URL+"/k", strings.Repeat("x", 1<<20))
	}))
	t.Cleanup(server.Close)
	w := servicetest.New(t)
	s, err := federation.New(federation.Parts{
		DB: w.DB, Ring: w.Ring, Policies: w.Book, PublicURL: servicetest.PublicURL, OIDC: []federation.OIDCConfig{{ID: "long", Issuer: server.URL, Client: "podpis"}},
	})
	must(t, err)
	_, err = s.Begin(t.Context(), "long", federation.Attempt{Purpose: federation.ForLogin}, network)
	if p, ok := problem.Of(err); !ok || p.Key != "external.provider.silent" {
		t.Errorf("%v", err)
	}
}
