// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package esia

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"podpis/pki/alg"
	"podpis/pki/pkcs8"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

func statement() Statement {
	return Statement{
		ClientID: "PODPIS", Scope: "openid fullname", Timestamp: "2026.03.01 10:00:00 +0300", State: "48d1a8dc-0b7d-418a-b4ef-2c7797f77dc9",
		RedirectURI: "https://podpis.example/login/external/esia/callback",
	}
}

func TestTimestamps(t *testing.T) {
	t.Parallel()
	moscow := time.FixedZone("", 3*3600)
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, moscow)
	if got := FormatTime(at); got != "2026.03.01 10:00:00 +0300" {
		t.Errorf("%s", got)
	}
	if got, err := ParseTime("2026.03.01 10:00:00 +0300"); err != nil || !got.Equal(at) {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{"", "2026.3.1 10:00:00 +0300", "2026.03.01 10:00:00", "2026-03-01 10:00:00 +0300", "2026.03.01  10:00:00 +0300", "2026.02.30 10:00:00 +0300", "2026.03.01 10:00:00 +0300 "} {
		if _, err := ParseTime(bad); !errors.Is(err, ErrTime) {
			t.Errorf("%q was read: %v", bad, err)
		}
	}
}

// Both ends read base64url with padding and without, in one way.
func TestBase64(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 100).Draw(t, "octets")
		for _, s := range []string{encode(b), strings.TrimRight(encode(b), "=")} {
			got, err := decode(s)
			if err != nil || string(got) != string(b) {
				t.Fatalf("%q: %x, %v", s, got, err)
			}
		}
	})
	for _, bad := range []string{"A", "AB=C", "AA=", "AA===", "A+==", "QQ\n==", "QR==", "QR"} {
		if _, err := decode(bad); !errors.Is(err, ErrBase64) {
			t.Errorf("%q was read: %v", bad, err)
		}
	}
}

func TestStatements(t *testing.T) {
	t.Parallel()
	s := statement()
	s.Code = "abc"
	if got := string(s.Octets(V1)); got != "openid fullname2026.03.01 10:00:00 +0300PODPIS48d1a8dc-0b7d-418a-b4ef-2c7797f77dc9" {
		t.Error(got)
	}
	if got := string(s.Octets(V2)); got != "PODPISopenid fullname2026.03.01 10:00:00 +030048d1a8dc-0b7d-418a-b4ef-2c7797f77dc9https://podpis.example/login/external/esia/callbackabc" {
		t.Error(got)
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	root := pkitest.Root(t, alg.GOST256A, "CN=Root")
	for _, c := range []struct {
		variant Variant
		kind    alg.Kind
	}{{V1, alg.GOST256A}, {V1, alg.GOST512A}, {V1, alg.RSA}, {V2, alg.GOST256A}, {V2, alg.GOST256B}} {
		client := root.Signer(t, c.kind, "CN=Podpis")
		other := root.Signer(t, c.kind, "CN=Other")
		secret, err := Secret(rand.Reader, c.variant, client.Key, client.Cert, statement())
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckSecret(c.variant, client.Cert, statement(), secret); err != nil {
			t.Errorf("%d %s: %v", c.variant, c.kind, err)
		}
		if err := CheckSecret(c.variant, client.Cert, statement(), strings.TrimRight(secret, "=")); err != nil {
			t.Errorf("%d %s without padding: %v", c.variant, c.kind, err)
		}
		changed := map[string]func(*Statement){
			"client": func(s *Statement) { s.ClientID = "OTHER" }, "scope": func(s *Statement) { s.Scope += " snils" },
			"time": func(s *Statement) { s.Timestamp = "2026.03.01 10:00:01 +0300" }, "state": func(s *Statement) { s.State = "other" },
		}
		if c.variant == V2 {
			changed["redirect"] = func(s *Statement) { s.RedirectURI = "https://evil.example/" }
			changed["code"] = func(s *Statement) { s.Code = "other" }
		}
		for what, change := range changed {
			s := statement()
			change(&s)
			if err := CheckSecret(c.variant, client.Cert, s, secret); !errors.Is(err, ErrSecret) {
				t.Errorf("%d %s: taken for another %s: %v", c.variant, c.kind, what, err)
			}
		}
		if err := CheckSecret(c.variant, other.Cert, statement(), secret); !errors.Is(err, ErrSecret) {
			t.Errorf("%d %s: taken for another certificate: %v", c.variant, c.kind, err)
		}
		for what, bad := range map[string]string{"empty": "", "no base64": "?", "cut": secret[:len(secret)/2], "long": strings.Repeat("A", maxSecret+1)} {
			if err := CheckSecret(c.variant, client.Cert, statement(), bad); !errors.Is(err, ErrSecret) {
				t.Errorf("%d %s: %s was taken: %v", c.variant, c.kind, what, err)
			}
		}
	}
	for _, kind := range []alg.Kind{alg.RSA, alg.GOST512A, alg.P256} {
		client := root.Signer(t, kind, "CN=Podpis")
		if _, err := Secret(rand.Reader, V2, client.Key, client.Cert, statement()); !errors.Is(err, ErrKey) {
			t.Errorf("second variant with %s: %v", kind, err)
		}
		if err := CheckSecret(V2, client.Cert, statement(), "AAAA"); !errors.Is(err, ErrSecret) {
			t.Errorf("second variant taken from %s: %v", kind, err)
		}
	}
}

// An attached message is no client_secret: what it is over would be its own content.
func TestAttachedSecretIsRefused(t *testing.T) {
	t.Parallel()
	client := pkitest.Root(t, alg.GOST256A, "CN=Root").Signer(t, alg.GOST256A, "CN=Podpis")
	secret, err := Secret(rand.Reader, V1, client.Key, client.Cert, statement())
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckSecret(V2, client.Cert, statement(), secret); !errors.Is(err, ErrSecret) {
		t.Errorf("a message was taken for a raw signature: %v", err)
	}
}

func TestCertificateHash(t *testing.T) {
	t.Parallel()
	cert := pkitest.Root(t, alg.GOST256A, "CN=Root").Cert
	if got := CertificateHash(cert); len(got) != 64 || got != strings.ToUpper(got) {
		t.Error(got)
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	r := &Request{Statement: statement(), Secret: "c2VjcmV0", ResponseType: "code", Challenge: "x", ChallengeMethod: "S256"}
	got, err := ReadRequest(r.Values())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, got); diff != "" {
		t.Error(diff)
	}
	twice := r.Values()
	twice.Add("scope", "snils")
	var e *Error
	if _, err := ReadRequest(twice); !errors.As(err, &e) || e.Code != BadParameter {
		t.Errorf("%v", err)
	}
	long := r.Values()
	long.Set("state", strings.Repeat("x", maxParameter+1))
	if _, err := ReadRequest(long); !errors.As(err, &e) || e.Code != BadParameter {
		t.Errorf("%v", err)
	}
}

func TestCallbacks(t *testing.T) {
	t.Parallel()
	if code, state, err := ReadCallback(url.Values{"code": {"c"}, "state": {"s"}}); err != nil || code != "c" || state != "s" {
		t.Errorf("%s %s %v", code, state, err)
	}
	for _, bad := range []string{"", "code=c", "state=s", "code=c&code=d&state=s", "code=c&state=s&state=t", "code=c&state=s&error=x", "code=" + strings.Repeat("x", maxParameter+1) + "&state=s"} {
		values, err := url.ParseQuery(bad)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := ReadCallback(values); !errors.Is(err, ErrCallback) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, k := range Errors() {
		want := &Error{Kind: k.Kind, Code: k.Code, Text: k.Text, State: "s"}
		_, state, err := ReadCallback(want.Values())
		var got *Error
		if !errors.As(err, &got) || state != "s" || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v", k.Code, err)
		}
		body, err := json.Marshal(map[string]string{"error": k.Kind, "error_description": k.Code + ": " + k.Text, "state": "s"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ReadGrant(400, body); !errors.As(err, &got) || !reflect.DeepEqual(got, want) || got.Meaning() != k.Meaning {
			t.Errorf("%s: %v", k.Code, err)
		}
	}
	for text, want := range map[string]Error{
		"ESIA-007004: no":    {Code: Refused, Text: "no"},
		"ESIA-007004":        {Code: Refused},
		"ESIA-0070041: no":   {Text: "ESIA-0070041: no"},
		"ESIA-999999: what":  {Code: "ESIA-999999", Text: "what"},
		"<script>\n\x00x":    {Text: "<script>x"},
		"not ESIA-007004: a": {Text: "not ESIA-007004: a"},
	} {
		if got := readError("", text, ""); *got != want {
			t.Errorf("%q: %+v", text, *got)
		}
	}
	if (&Error{Kind: accessDenied}).Meaning() != ByPerson || (&Error{Kind: unavailable}).Meaning() != ByService || (&Error{Kind: "x"}).Meaning() != BySetup {
		t.Error("errors that are not listed")
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		V1.AuthorizationPath(): "/aas/oauth2/ac", V1.TokenPath(): "/aas/oauth2/te", V2.AuthorizationPath(): "/aas/oauth2/v2/ac", V2.TokenPath(): "/aas/oauth2/v3/te",
		Issuer("https://esia.gosuslugi.ru"): "http://esia.gosuslugi.ru/", Issuer("http://127.0.0.1:99/x"): "http://127.0.0.1:99/",
		OrganisationPath("1/2"): "/rs/orgs/1%2F2", RolesPath("1"): "/rs/prns/1/roles", LogoutPath("A", "https://b/"): "/idp/ext/Logout?client_id=A&redirect_url=https%3A%2F%2Fb%2F",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if got := PersonPath("1?x"); !strings.HasPrefix(got, "/rs/prns/1%3Fx?embed=") {
		t.Error(got)
	}
}

func claims(now time.Time) map[string]any {
	return map[string]any{
		"iss": "http://esia.example/", "client_id": "PODPIS", "aud": "PODPIS", "nonce": "n", "urn:esia:sid": "sid", "urn:esia:sbj_id": 1000299681,
		"scope": "openid fullname?oid=1000299681", "nbf": now.Unix() - 1, "iat": now.Unix(), "exp": now.Unix() + 3600,
		"urn:esia:sbj": map[string]any{"urn:esia:sbj:oid": 1000299681, "urn:esia:sbj:is_tru": true, "urn:esia:sbj:typ": "P"}, "amr": []string{"PWD"},
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	want := Expected{Issuer: "http://esia.example/", ClientID: "PODPIS", Kind: "access", Nonce: "n", Now: now, Skew: time.Minute}
	rsa, gost, other := pkitest.Key(t, alg.RSA), pkitest.Key(t, alg.GOST256A), pkitest.Key(t, alg.GOST256A)
	for _, key := range []*alg.PrivateKey{rsa, gost} {
		for _, kind := range []string{"access", "id"} {
			s, err := SignToken(rand.Reader, key, kind, claims(now))
			if err != nil {
				t.Fatal(err)
			}
			token, err := ParseToken(s)
			if err != nil {
				t.Fatal(err)
			}
			want := want
			want.Kind = kind
			if err := errors.Join(token.Verify(key.PublicKey()), token.Check(want)); err != nil {
				t.Error(err)
			}
			if c := token.Claims; c.PersonOID != "1000299681" || !c.Confirmed || c.Session != "sid" || len(c.Scope) != 2 || c.Methods[0] != "PWD" {
				t.Errorf("%+v", c)
			}
			for name, wrong := range map[string]*alg.PublicKey{"another": other.PublicKey(), "of another family": pkitest.Key(t, alg.P256).PublicKey(), "512": pkitest.Key(t, alg.GOST512A).PublicKey()} {
				if err := token.Verify(wrong); !errors.Is(err, ErrTokenSignature) {
					t.Errorf("verified by the key %s: %v", name, err)
				}
			}
			parts := strings.Split(s, ".")
			body, _ := decode(parts[1])
			forged := strings.ReplaceAll(string(body), "1000299681", "1000299682")
			tampered, err := ParseToken(parts[0] + "." + strings.TrimRight(encode([]byte(forged)), "=") + "." + parts[2])
			if err != nil {
				t.Fatal(err)
			}
			if err := tampered.Verify(key.PublicKey()); !errors.Is(err, ErrTokenSignature) {
				t.Errorf("a changed token: %v", err)
			}
		}
	}
	// A token signed by RSA is not verified by a GOST key, whatever it says.
	s, err := SignToken(rand.Reader, rsa, "access", claims(now))
	if err != nil {
		t.Fatal(err)
	}
	token, err := ParseToken(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := token.Verify(gost.PublicKey()); !errors.Is(err, ErrTokenSignature) {
		t.Errorf("%v", err)
	}
	if _, err := SignToken(rand.Reader, pkitest.Key(t, alg.P256), "access", nil); !errors.Is(err, ErrKey) {
		t.Errorf("%v", err)
	}
}

func TestTokenChecks(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	key := pkitest.Key(t, alg.GOST256A)
	for name, c := range map[string]struct {
		kind   string
		change func(map[string]any, *Expected)
		want   error
	}{
		"good":             {"access", func(map[string]any, *Expected) {}, nil},
		"issuer":           {"access", func(m map[string]any, _ *Expected) { m["iss"] = "http://evil.example/" }, ErrIssuer},
		"issuer by https":  {"access", func(m map[string]any, _ *Expected) { m["iss"] = "https://esia.example/" }, ErrIssuer},
		"issuer's letters": {"access", func(m map[string]any, _ *Expected) { m["ISS"] = m["iss"]; delete(m, "iss") }, ErrIssuer},
		"client":           {"access", func(m map[string]any, _ *Expected) { m["client_id"] = "OTHER" }, ErrAudience},
		"audience":         {"id", func(m map[string]any, _ *Expected) { m["aud"] = "OTHER" }, ErrAudience},
		"two audiences":    {"id", func(m map[string]any, _ *Expected) { m["aud"] = []string{"PODPIS", "OTHER"} }, ErrAudience},
		"nonce":            {"id", func(m map[string]any, _ *Expected) { m["nonce"] = "other" }, ErrNonce},
		"kind":             {"id", func(_ map[string]any, w *Expected) { w.Kind = "access" }, ErrKind},
		"expired":          {"access", func(m map[string]any, _ *Expected) { m["exp"] = now.Unix() - 61 }, ErrExpired},
		"expired in skew":  {"access", func(m map[string]any, _ *Expected) { m["exp"] = now.Unix() - 59 }, nil},
		"no expiry":        {"access", func(m map[string]any, _ *Expected) { delete(m, "exp") }, ErrExpired},
		"future":           {"access", func(m map[string]any, _ *Expected) { m["nbf"] = now.Unix() + 61 }, ErrExpired},
		"made in future":   {"access", func(m map[string]any, _ *Expected) { m["iat"] = now.Unix() + 61 }, ErrExpired},
		"no person": {"access", func(m map[string]any, _ *Expected) {
			delete(m, "urn:esia:sbj_id")
			delete(m, "urn:esia:sbj")
		}, ErrToken},
	} {
		m, want := claims(now), Expected{Issuer: "http://esia.example/", ClientID: "PODPIS", Kind: c.kind, Nonce: "n", Now: now, Skew: time.Minute}
		c.change(m, &want)
		s, err := SignToken(rand.Reader, key, c.kind, m)
		if err != nil {
			t.Fatal(err)
		}
		token, err := ParseToken(s)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := token.Check(want); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// jwt puts a token together of any header and claims.
func jwt(header, body string) string {
	e := base64.RawURLEncoding
	return e.EncodeToString([]byte(header)) + "." + e.EncodeToString([]byte(body)) + ".AAAA"
}

func TestBrokenTokens(t *testing.T) {
	t.Parallel()
	const header, body = `{"alg":"RS256","typ":"JWT"}`, `{"iss":"x"}`
	if _, err := ParseToken(jwt(header, body)); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]string{
		"empty": "", "two parts": "a.b", "four parts": jwt(header, body) + ".x", "no signature": strings.TrimSuffix(jwt(header, body), "AAAA"),
		"none": jwt(`{"alg":"none"}`, body), "None": jwt(`{"alg":"None"}`, body), "HS256": jwt(`{"alg":"HS256"}`, body), "no algorithm": jwt(`{"typ":"JWT"}`, body),
		"algorithm of other letters": jwt(`{"ALG":"RS256"}`, body), "two algorithms": jwt(`{"alg":"RS256","alg":"none"}`, body), "algorithm is a list": jwt(`{"alg":["RS256"]}`, body),
		"own key": jwt(`{"alg":"RS256","jwk":{}}`, body), "address of a key": jwt(`{"alg":"RS256","jku":"http://evil"}`, body), "critical": jwt(`{"alg":"RS256","crit":["b64"]}`, body),
		"other type": jwt(`{"alg":"RS256","typ":"JOSE"}`, body), "padding": jwt(header, body) + "==", "spaces": " " + jwt(header, body),
		"no object": jwt(header, `[]`), "cut": jwt(header, `{"iss":`), "more behind": jwt(header, `{} {}`), "twice": jwt(header, `{"iss":"a","iss":"b"}`),
		"issuer is a number": jwt(header, `{"iss":1}`), "time is a text": jwt(header, `{"exp":"1"}`), "time too far": jwt(header, `{"exp":1e30}`), "time before": jwt(header, `{"exp":-1}`),
		"person is a name": jwt(header, `{"urn:esia:sbj_id":"1; DROP"}`), "person below zero": jwt(header, `{"urn:esia:sbj_id":-5}`),
		"two persons": jwt(header, `{"urn:esia:sbj_id":1,"urn:esia:sbj":{"urn:esia:sbj:oid":2}}`), "deep": jwt(header, `{"x":`+strings.Repeat("[", 100)+strings.Repeat("]", 100)+`}`),
		"long": jwt(header, `{"x":"`+strings.Repeat("x", maxToken)+`"}`),
	} {
		if _, err := ParseToken(s); !errors.Is(err, ErrToken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPersons(t *testing.T) {
	t.Parallel()
	want := &Person{
		Confirmed: true, FirstName: "Анна", LastName: "Соколова", MiddleName: "Ивановна", BirthDate: "17.05.1990", Gender: "F", SNILS: "990-000-001 53", INN: "990000001704",
		Citizenship: "RUS", Mobile: "+7(999)0000001", SelfEmployed: &SelfEmployed{Confirmed: true},
		Contacts:  Elements[Contact]{[]Contact{{MobilePhone, "+7(999)0000001", Verified}, {Mail, "a@example.org", NotVerified}}},
		Documents: Elements[Document]{[]Document{{Type: RFPassport, Series: "9999", Number: "123456", IssueDate: "01.06.2010", IssueID: "160001", IssuedBy: "МВД"}}},
	}
	body, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadPerson(200, body)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	many := `{"firstName":"A","documents":{"elements":[` + strings.TrimSuffix(strings.Repeat(`{},`, maxElements+1), ",") + `]}}`
	for name, bad := range map[string]string{
		"empty": "", "a list": "[]", "no name": "{}", "twice": `{"firstName":"A","firstName":"B"}`, "too many": many, "wrong type": `{"firstName":1}`,
		"long name": `{"firstName":"` + strings.Repeat("x", maxText+1) + `"}`, "control character": `{"firstName":"A\u0000"}`, "trusted is a text": `{"firstName":"A","trusted":"true"}`,
		"too long": `{"firstName":"A","x":"` + strings.Repeat("x", MaxAnswer) + `"}`,
	} {
		if _, err := ReadPerson(200, []byte(bad)); !errors.Is(err, ErrAnswer) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var e *Error
	if _, err := ReadPerson(403, []byte(`{"code":"ESIA-007019","message":"no permission"}`)); !errors.As(err, &e) || e.Code != "ESIA-007019" || e.Meaning() != ByPerson {
		t.Errorf("%v", err)
	}
	for _, body := range []string{"", "<html>", "{}"} {
		if _, err := ReadPerson(502, []byte(body)); !errors.As(err, &e) || e.Meaning() != ByService {
			t.Errorf("%q: %v", body, err)
		}
	}
	roles, err := ReadRoles(200, []byte(`{"elements":[{"oid":"7","ogrn":"1239900000010","chief":true}]}`))
	if err != nil || len(roles) != 1 || !roles[0].Chief {
		t.Errorf("%v, %v", roles, err)
	}
	for _, bad := range []string{`{"elements":{}}`, strings.Replace(strings.Replace(many, "documents", "x", 1), `"x":{"elements"`, `"elements"`, 1)} {
		if _, err := ReadRoles(200, []byte(bad)); !errors.Is(err, ErrAnswer) {
			t.Errorf("%.40s: %v", bad, err)
		}
	}
	if _, err := ReadGrant(200, []byte(`{"access_token":"x","token_type":"mac"}`)); !errors.Is(err, ErrAnswer) {
		t.Errorf("%v", err)
	}
	if g, err := ReadGrant(200, []byte(`{"access_token":"x","token_type":"Bearer","state":"s","expires_in":3600}`)); err != nil || g.State != "s" {
		t.Errorf("%v, %v", g, err)
	}
}

// TestCorpus reads what is real: a token of ЕСИА, certificates it signs with, keys of a
// client.
func TestCorpus(t *testing.T) {
	t.Parallel()
	token, err := ParseToken(strings.TrimSpace(string(pkitest.ReadCorpus(t, "esia/expired.token.jwt"))))
	if err != nil {
		t.Fatal(err)
	}
	if c := token.Claims; token.Algorithm != RS256 || token.Kind != "access" || c.Issuer != Issuer("https://esia.gosuslugi.ru") || c.PersonOID != "1000299681" || c.ClientID != "EKAP01" || len(c.Scope) != 13 {
		t.Errorf("%+v", token)
	}
	want := Expected{Issuer: Issuer("https://esia.gosuslugi.ru"), ClientID: "EKAP01", Kind: "access", Now: time.Unix(1525755000, 0)}
	if err := token.Check(want); err != nil {
		t.Error(err)
	}
	want.Now = time.Unix(1525757649, 0)
	if err := token.Check(want); !errors.Is(err, ErrExpired) {
		t.Errorf("%v", err)
	}
	for _, name := range []string{"test", "prod"} {
		certs, err := x509.ParseCertificates(pkitest.ReadCorpus(t, "esia/esia.gost."+name+".cer"))
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(pkitest.ReadCorpus(t, "esia/esia.gost."+name+".public.key"))
		key, err := alg.ParsePublicKey(block.Bytes)
		if err != nil || !key.Equal(certs[0].PublicKey) || !isGOST256(key.Kind()) {
			t.Errorf("%s: %v", name, err)
		}
		if err := token.Verify(key); !errors.Is(err, ErrTokenSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	certs, err := x509.ParseCertificates(pkitest.ReadCorpus(t, "esia/ekapusta.gost2012.test.cer"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(pkitest.ReadCorpus(t, "esia/ekapusta.gost2012.test.key"))
	key, err := pkcs8.Parse(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := Secret(rand.Reader, V1, key, certs[0], statement())
	if err != nil {
		t.Fatal(err)
	}
	if err := CheckSecret(V1, certs[0], statement(), secret); err != nil {
		t.Error(err)
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add(jwt(`{"alg":"GOST3410_2012_256","typ":"JWT","sbt":"access","ver":1}`, `{"iss":"x","exp":1,"aud":["a"],"urn:esia:sbj":{"urn:esia:sbj:oid":1}}`))
	f.Add(jwt(`{"alg":"none"}`, `{}`))
	f.Fuzz(func(t *testing.T, s string) {
		token, err := ParseToken(s)
		if err != nil {
			return
		}
		if token.Algorithm != RS256 && token.Algorithm != GOST256 {
			t.Fatalf("algorithm %q", token.Algorithm)
		}
	})
}

func FuzzReadPerson(f *testing.F) {
	f.Add([]byte(`{"firstName":"A","documents":{"elements":[{"type":"RF_PASSPORT"}]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, err := ReadPerson(200, body)
		if err != nil {
			return
		}
		out, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadPerson(200, out)
		if err != nil {
			t.Fatalf("what was read cannot be read again: %v", err)
		}
		if diff := cmp.Diff(p, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzCheckSecret(f *testing.F) {
	client := pkitest.Root(f, alg.GOST256A, "CN=Root").Signer(f, alg.GOST256A, "CN=Podpis")
	secret, err := Secret(rand.Reader, V1, client.Key, client.Cert, statement())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(secret, true)
	f.Add("AAAA", false)
	f.Fuzz(func(t *testing.T, s string, first bool) {
		v, other := V2, statement()
		if first {
			v = V1
		}
		other.State = "of another" // nothing signs this
		if CheckSecret(v, client.Cert, other, s) == nil {
			t.Fatal("taken")
		}
	})
}

func FuzzReadCallback(f *testing.F) {
	f.Add("error=access_denied&error_description=ESIA-007004%3A+no&state=s")
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		code, state, err := ReadCallback(values)
		if err == nil && (code == "" || state == "") {
			t.Fatal("a code without its state")
		}
	})
}

func TestBiometrics(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	system, centre, stranger := pkitest.Key(t, alg.GOST256A), pkitest.Key(t, alg.GOST256A), pkitest.Key(t, alg.GOST256A)
	order := Order{ClientID: "PODPIS", Person: "1000400001", Session: "s", Redirect: "https://podpis.example/", Nonce: "n"}
	registered := func(id string) *alg.PublicKey {
		if id == "PODPIS" {
			return system.PublicKey()
		}
		return nil
	}
	signed, err := SignOrder(rand.Reader, system, order, now)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := ReadOrder(signed, registered, now); err != nil || got != order {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := ReadOrder(signed, registered, now.Add(time.Hour)); !errors.Is(err, ErrExpired) {
		t.Errorf("%v", err)
	}
	if _, err := ReadOrder(signed, func(string) *alg.PublicKey { return stranger.PublicKey() }, now); !errors.Is(err, ErrTokenSignature) {
		t.Errorf("%v", err)
	}
	if _, err := ReadOrder(signed, func(string) *alg.PublicKey { return nil }, now); !errors.Is(err, ErrAudience) {
		t.Errorf("%v", err)
	}
	const issuer = "http://ebs.example/"
	good := Result{Match: 0.98, Liveness: true, At: now, Expires: now.Add(time.Minute)}
	for name, c := range map[string]struct {
		key    *alg.PrivateKey
		issuer string
		order  func(*Order)
		result func(*Result)
		want   error
	}{
		"good":            {centre, issuer, nil, nil, nil},
		"another key":     {stranger, issuer, nil, nil, ErrTokenSignature},
		"another issuer":  {centre, "http://evil/", nil, nil, ErrIssuer},
		"another system":  {centre, issuer, func(o *Order) { o.ClientID = "OTHER" }, nil, ErrAudience},
		"another person":  {centre, issuer, func(o *Order) { o.Person = "2" }, nil, ErrNonce},
		"another session": {centre, issuer, func(o *Order) { o.Session = "t" }, nil, ErrNonce},
		"another nonce":   {centre, issuer, func(o *Order) { o.Nonce = "m" }, nil, ErrNonce},
		"over":            {centre, issuer, nil, func(r *Result) { r.Expires = now.Add(-time.Hour) }, ErrExpired},
		"future":          {centre, issuer, nil, func(r *Result) { r.At = now.Add(time.Hour) }, ErrExpired},
		"match over one":  {centre, issuer, nil, func(r *Result) { r.Match = 1.5 }, ErrMatch},
		"match below":     {centre, issuer, nil, func(r *Result) { r.Match = -0.1 }, ErrMatch},
	} {
		o, r := order, good
		if c.order != nil {
			c.order(&o)
		}
		if c.result != nil {
			c.result(&r)
		}
		s, err := SignResult(rand.Reader, c.key, c.issuer, o, r)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadResult(s, centre.PublicKey(), issuer, order, now, time.Second)
		if !errors.Is(err, c.want) || err == nil && (got.Match != 0.98 || !got.Liveness) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if _, err := ReadResult(signed, system.PublicKey(), issuer, order, now, 0); err == nil {
		t.Error("an order was taken for a result")
	}
	if o, err := ReadOpened(200, []byte(`{"session":"s","url":"http://x/"}`)); err != nil || o.Session != "s" {
		t.Errorf("%+v, %v", o, err)
	}
	for _, bad := range []string{"{}", "[]", `{"session":"` + strings.Repeat("x", maxText+1) + `"}`} {
		if _, err := ReadOpened(200, []byte(bad)); !errors.Is(err, ErrAnswer) {
			t.Errorf("%.30s: %v", bad, err)
		}
	}
	var e *Error
	if _, err := ReadOpened(500, nil); !errors.As(err, &e) || e.Meaning() != ByService {
		t.Errorf("%v", err)
	}
}
