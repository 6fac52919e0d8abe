// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package federation

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
	"podpis/pki/alg"
	"podpis/pki/x509"
	"podpis/wire/esia"
)

// ESIAConfig is a registration with ЕСИА.
type ESIAConfig struct {
	ID          string
	Name        string
	Host        string // https://esia.gosuslugi.ru
	Client      string // mnemonic
	Variant     esia.Variant
	Key         alg.Signer
	Certificate *x509.Certificate
	// Trusted are the keys that tokens are signed with.
	Trusted func() []*alg.PublicKey
	Scopes  []string
}

// ESIAScopes are what is asked for when the settings say nothing.
func ESIAScopes() []string {
	return strings.Fields("openid fullname birthdate birthplace gender snils inn id_doc mobile email contacts addresses drivers_licence_doc vehicles kid_fullname real_estate bank_account self_employed usr_org")
}

// skew is how far clocks of providers may be off.
const skew = time.Minute

type esiaProvider struct {
	config  ESIAConfig
	service *Service
}

func (p *esiaProvider) about() Provider {
	return Provider{ID: p.config.ID, Kind: ESIA, Name: p.config.Name, Origin: originOf(p.config.Host)}
}

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// request is what both steps have.
func (p *esiaProvider) request(state string, code string) (*esia.Request, error) {
	c := p.config
	scopes := c.Scopes
	if len(scopes) == 0 {
		scopes = ESIAScopes()
	}
	r := &esia.Request{Statement: esia.Statement{
		ClientID: c.Client, Scope: strings.Join(scopes, " "), Timestamp: esia.FormatTime(p.service.now()), State: state,
		RedirectURI: p.service.Callback(c.ID), Code: code,
	}}
	if c.Variant == esia.V2 {
		r.CertificateHash = esia.CertificateHash(c.Certificate)
	}
	var err error
	if r.Secret, err = esia.Secret(rand.Reader, c.Variant, c.Key, c.Certificate, r.Statement); err != nil {
		return nil, err
	}
	return r, nil
}

func (p *esiaProvider) begin(_ context.Context, a *Attempt) (string, error) {
	r, err := p.request(a.State, "")
	if err != nil {
		return "", err
	}
	r.ResponseType, r.AccessType = "code", "online"
	if p.config.Variant == esia.V2 {
		r.Challenge, r.ChallengeMethod, r.Nonce = challenge(a.Verifier), "S256", a.Nonce
	}
	return p.config.Host + p.config.Variant.AuthorizationPath() + "?" + r.Values().Encode(), nil
}

// unusable is what is said of an answer that contradicts itself or its attempt: no
// detail goes to the page, for it helps only who forges.
func unusable(cause error) error {
	return problem.New(problem.Forbidden, "external.answer.wrong").Because(cause)
}

// silent is a provider that does not answer.
func silent(cause error) error {
	return problem.New(problem.Unavailable, "external.provider.silent").Because(cause)
}

// refusedByESIA is an error of ЕСИА in words: whose turn it is, and the code.
func refusedByESIA(err error) error {
	e, ok := errors.AsType[*esia.Error](err)
	if !ok {
		return unusable(err)
	}
	kind := problem.Conflict
	if e.Meaning() == esia.ByService {
		kind = problem.Unavailable
	}
	refusal := problem.New(kind, "external.refused."+string(e.Meaning())).With("Code", e.Code).Because(e)
	if _, listed := esia.Find(e.Code); listed {
		refusal = refusal.Coded(e.Code)
	}
	return refusal
}

func (p *esiaProvider) finish(ctx context.Context, a Attempt, query url.Values) (Claims, error) {
	code, state, err := esia.ReadCallback(query)
	if err != nil {
		return Claims{}, refusedByESIA(err)
	}
	if state != a.State {
		return Claims{}, unusable(errors.New("state of another attempt"))
	}
	grant, err := p.exchange(ctx, a, code)
	if err != nil {
		return Claims{}, err
	}
	oid, confirmed, err := p.who(a, grant)
	if err != nil {
		return Claims{}, unusable(err)
	}
	person, err := p.tell(ctx, oid, grant.AccessToken)
	if err != nil {
		return Claims{}, err
	}
	if confirmed != person.Confirmed {
		return Claims{}, unusable(errors.New("the token and the REST tell different levels"))
	}
	return esiaClaims(oid, person, p.service.now()), nil
}

func (p *esiaProvider) exchange(ctx context.Context, a Attempt, code string) (*esia.Grant, error) {
	r, err := p.request(db.NewUUID(), code)
	if err != nil {
		return nil, err
	}
	r.GrantType, r.TokenType = "authorization_code", "Bearer"
	if p.config.Variant == esia.V2 {
		r.Verifier = a.Verifier
	}
	status, body, err := p.service.post(ctx, p.config.Host+p.config.Variant.TokenPath(), "application/x-www-form-urlencoded", r.Values().Encode())
	if err != nil {
		return nil, err
	}
	grant, err := esia.ReadGrant(status, body)
	if err != nil {
		return nil, refusedByESIA(err)
	}
	if grant.State != r.State {
		return nil, unusable(errors.New("tokens with another state"))
	}
	return grant, nil
}

// who checks both tokens and returns the person they are about.
func (p *esiaProvider) who(a Attempt, g *esia.Grant) (oid string, confirmed bool, err error) {
	for _, part := range []struct{ kind, token string }{{"access", g.AccessToken}, {"id", g.IDToken}} {
		t, err := esia.ParseToken(part.token)
		if err != nil {
			return "", false, err
		}
		if err := p.verify(t); err != nil {
			return "", false, err
		}
		err = t.Check(esia.Expected{Issuer: esia.Issuer(p.config.Host), ClientID: p.config.Client, Kind: part.kind, Nonce: a.Nonce, Now: p.service.now(), Skew: skew})
		if err != nil {
			return "", false, err
		}
		if oid != "" && oid != t.Claims.PersonOID {
			return "", false, errors.New("the tokens are about two persons")
		}
		// A server that was given a nonce and speaks OpenID Connect gives it back.
		if part.kind == "id" && p.config.Variant == esia.V2 && t.Claims.Nonce != a.Nonce {
			return "", false, esia.ErrNonce
		}
		oid, confirmed = t.Claims.PersonOID, t.Claims.Confirmed
	}
	return oid, confirmed, nil
}

func (p *esiaProvider) verify(t *esia.Token) error {
	for _, key := range p.config.Trusted() {
		if t.Verify(key) == nil {
			return nil
		}
	}
	return esia.ErrTokenSignature
}

func (p *esiaProvider) tell(ctx context.Context, oid, token string) (*esia.Person, error) {
	status, body, err := p.service.get(ctx, p.config.Host+esia.PersonPath(oid), token)
	if err != nil {
		return nil, err
	}
	person, err := esia.ReadPerson(status, body)
	if err != nil {
		return nil, refusedByESIA(err)
	}
	if status, body, err = p.service.get(ctx, p.config.Host+esia.RolesPath(oid), token); err != nil {
		return nil, err
	}
	if person.Organisations.Elements, err = esia.ReadRoles(status, body); err != nil {
		return nil, refusedByESIA(err)
	}
	return person, nil
}

// post and get talk to a provider.
func (s *Service) post(ctx context.Context, address, mime, body string) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("ask a provider: %w", err)
	}
	r.Header.Set("Content-Type", mime)
	return s.do(r)
}

func (s *Service) get(ctx context.Context, address, token string) (int, []byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, nil, fmt.Errorf("ask a provider: %w", err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	return s.do(r)
}

func (s *Service) do(r *http.Request) (int, []byte, error) {
	r.Header.Set("Accept", "application/json")
	answer, err := s.http.Do(r)
	if err != nil {
		return 0, nil, silent(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, esia.MaxAnswer+1))
	if err != nil {
		return 0, nil, silent(err)
	}
	return answer.StatusCode, body, nil
}

// esiaClaims turns what ЕСИА tells into claims.
func esiaClaims(oid string, p *esia.Person, now time.Time) Claims {
	c := Claims{Subject: oid, Level: identity.Simplified, At: now, Person: identity.Person{
		Surname: p.LastName, GivenName: p.FirstName, Patronymic: p.MiddleName, BirthDate: dateOf(p.BirthDate), INN: p.INN, SNILS: p.SNILS, Country: countryOf(p.Citizenship),
	}}
	c.Phone, _ = identity.NormalPhone(p.Mobile)
	for _, k := range p.Contacts.Elements {
		switch phone, ok := identity.NormalPhone(k.Value); {
		case k.Type == esia.Mail && c.Mail == "":
			c.Mail, c.MailVerified = k.Value, k.Verified == esia.Verified
		case k.Type == esia.MobilePhone && ok && (c.Phone == "" || c.Phone == phone):
			c.Phone, c.PhoneVerified = phone, k.Verified == esia.Verified
		}
	}
	for _, d := range p.Documents.Elements {
		if doc, ok := documentOf(d); ok && d.Verified == esia.Verified && c.Person.Passport.Number == "" {
			c.Person.Passport = doc
		}
	}
	switch { // levels of ЕСИА: domain of the method recommendations
	case p.Confirmed:
		c.Level = identity.Confirmed
	case p.SNILS != "" && c.Person.Passport.Number != "":
		c.Level = identity.Standard
	}
	c.Person = c.Person.Normalise()
	c.Facts = esiaFacts(p)
	for _, m := range p.Organisations.Elements {
		if m.Chief && m.Active && identity.ValidOGRN(m.OGRN) {
			c.Heads = append(c.Heads, identity.Company{Name: m.FullName, OGRN: m.OGRN, INN: m.INN, KPP: m.KPP})
		}
	}
	return c
}

func dateOf(s string) identity.Date {
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return identity.Date{}
	}
	d, ok := identity.ParseDate(parts[0], parts[1], parts[2])
	if !ok {
		return identity.Date{}
	}
	return d
}

func countryOf(code string) identity.Country {
	switch code {
	case "", "RUS":
		return identity.Russia
	case "KAZ":
		return identity.Kazakhstan
	}
	return identity.Elsewhere
}

func documentOf(d esia.Document) (identity.Passport, bool) {
	kind, known := map[string]identity.DocumentKind{
		esia.RFPassport: identity.RussianPassport, esia.ForeignID: identity.ForeignPassport, esia.ResidenceDoc: identity.ResidencePermit,
	}[d.Type]
	if !known {
		return identity.Passport{}, false
	}
	return identity.Passport{Kind: kind, Number: d.Series + d.Number, IssuedOn: dateOf(d.IssueDate), Department: d.IssueID, IssuedBy: d.IssuedBy}, true
}

// esiaFacts are what the cabinet shows of a person.
func esiaFacts(p *esia.Person) (facts []identity.Fact) {
	add := func(kind identity.FactKind, pairs ...string) {
		f := identity.Fact{Kind: kind}
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i+1] != "" {
				f.Values = append(f.Values, identity.FactValue{Name: pairs[i], Text: pairs[i+1]})
			}
		}
		if len(f.Values) > 0 {
			facts = append(facts, f)
		}
	}
	for _, d := range p.Documents.Elements {
		kind := identity.FactDocument
		if d.Type == esia.DrivingLic {
			kind = identity.FactLicence
		}
		add(kind, "number", strings.TrimSpace(d.Series+" "+d.Number), "issued", d.IssueDate, "issued_by", d.IssuedBy, "until", d.ExpiryDate)
	}
	add(identity.FactBirthplace, "place", p.BirthPlace)
	for _, a := range p.Addresses.Elements {
		text := a.Text
		for _, part := range []struct{ before, value string }{{", ", a.House}, {"-", a.Flat}} {
			if part.value != "" {
				text += part.before + part.value
			}
		}
		add(identity.FactAddress, "address", strings.TrimPrefix(a.ZipCode+", "+text, ", "))
	}
	for _, k := range p.Kids.Elements {
		add(identity.FactFamily, "name", strings.TrimSpace(k.LastName+" "+k.FirstName), "birth_date", k.BirthDate)
	}
	for _, v := range p.Vehicles.Elements {
		add(identity.FactVehicle, "model", v.Name, "plate", v.Number, "certificate", v.Doc)
	}
	for _, e := range p.Properties.Elements {
		add(identity.FactProperty, "what", e.Kind, "cadastral", e.Cadastral, "address", e.Address)
	}
	for _, a := range p.Accounts.Elements {
		add(identity.FactAccount, "bank", a.Bank, "number", a.Number)
	}
	for _, m := range p.Organisations.Elements {
		add(identity.FactOrganisation, "name", m.ShortName, "ogrn", m.OGRN, "inn", m.INN)
	}
	if p.SelfEmployed != nil && p.SelfEmployed.Confirmed {
		add(identity.FactEmployment, "self_employed", "✓")
	}
	return facts
}
