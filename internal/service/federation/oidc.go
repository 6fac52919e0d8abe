// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package federation

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
)

// OIDCConfig is a registration with a provider of OpenID Connect.
type OIDCConfig struct {
	ID     string
	Name   string
	Issuer string
	Client string
	Secret string
	Scopes []string
	// TokenOnly takes what the identity token says and does not ask userinfo.
	TokenOnly bool
	// Staff is a provider of the company for its staff; what it says of groups is read.
	Staff bool
}

// OIDCScopes are what is asked for when the settings say nothing.
func OIDCScopes() []string {
	return []string{oidc.ScopeOpenID, "profile", "email", "phone", "identity"}
}

type oidcProvider struct {
	config  OIDCConfig
	service *Service

	mu    sync.Mutex
	known *oidc.Provider // once the provider has answered
}

func (p *oidcProvider) about() Provider {
	return Provider{ID: p.config.ID, Kind: OIDC, Name: p.config.Name, Origin: originOf(p.config.Issuer), Staff: p.config.Staff}
}

// discover asks the provider for its addresses and keys, once; again after a failure.
func (p *oidcProvider) discover(ctx context.Context) (*oidc.Provider, oauth2.Config, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		found, err := oidc.NewProvider(p.client(context.WithoutCancel(ctx)), p.config.Issuer)
		if err != nil {
			return nil, oauth2.Config{}, silent(err)
		}
		p.known = found
	}
	scopes := p.config.Scopes
	if len(scopes) == 0 {
		if scopes = OIDCScopes(); p.config.Staff {
			scopes = []string{oidc.ScopeOpenID, "profile", "email", "phone", "groups"}
		}
	}
	return p.known, oauth2.Config{
		ClientID: p.config.Client, ClientSecret: p.config.Secret, Endpoint: p.known.Endpoint(), RedirectURL: p.service.Callback(p.config.ID), Scopes: scopes,
	}, nil
}

// client is our own client of HTTP, with its bounds.
func (p *oidcProvider) client(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.service.http)
}

func (p *oidcProvider) begin(ctx context.Context, a *Attempt) (string, error) {
	_, config, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return config.AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), nil
}

// identityClaims are what is read of a token and of userinfo (OpenID Connect Core 1.0,
// 5.1). Numbers of the state are an agreement with the partner.
type identityClaims struct {
	Subject       string   `json:"sub"`
	Family        string   `json:"family_name"`
	Given         string   `json:"given_name"`
	Middle        string   `json:"middle_name"`
	Birth         string   `json:"birthdate"` // YYYY-MM-DD
	Phone         string   `json:"phone_number"`
	PhoneVerified bool     `json:"phone_number_verified"`
	Mail          string   `json:"email"`
	MailVerified  bool     `json:"email_verified"`
	INN           string   `json:"inn"`
	SNILS         string   `json:"snils"`
	Identified    bool     `json:"identified"` // the bank has seen the person (115-ФЗ)
	Groups        []string `json:"groups"`     // of staff
}

func (p *oidcProvider) finish(ctx context.Context, a Attempt, query url.Values) (Claims, error) {
	for _, name := range []string{"code", "error", "iss"} {
		if len(query[name]) > 1 {
			return Claims{}, unusable(fmt.Errorf("%s stands twice", name))
		}
	}
	// RFC 9207: the answer says whose it is.
	if iss := query.Get("iss"); query.Has("iss") && iss != p.config.Issuer {
		return Claims{}, unusable(errors.New("answer of another provider"))
	}
	if kind := query.Get("error"); query.Has("error") {
		return Claims{}, refusedByOIDC(kind)
	}
	known, config, err := p.discover(ctx)
	if err != nil {
		return Claims{}, err
	}
	token, err := config.Exchange(p.client(ctx), query.Get("code"), oauth2.VerifierOption(a.Verifier))
	if err != nil {
		if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok && refused.ErrorCode != "" {
			return Claims{}, refusedByOIDC(refused.ErrorCode)
		}
		return Claims{}, silent(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return Claims{}, unusable(errors.New("no identity token"))
	}
	verifier := known.Verifier(&oidc.Config{ClientID: p.config.Client, SupportedSigningAlgs: []string{oidc.RS256, oidc.ES256, oidc.PS256, oidc.EdDSA}, Now: p.service.now})
	id, err := verifier.Verify(p.client(ctx), raw)
	if err != nil {
		return Claims{}, unusable(err)
	}
	if id.Nonce == "" || id.Nonce != a.Nonce || len(id.Audience) != 1 {
		return Claims{}, unusable(errors.New("identity token of another sign-in"))
	}
	return p.tell(ctx, known, token, id)
}

func (p *oidcProvider) tell(ctx context.Context, known *oidc.Provider, token *oauth2.Token, id *oidc.IDToken) (Claims, error) {
	var stated identityClaims
	if err := id.Claims(&stated); err != nil {
		return Claims{}, unusable(err)
	}
	if known.UserInfoEndpoint() != "" && !p.config.TokenOnly {
		info, err := known.UserInfo(p.client(ctx), oauth2.StaticTokenSource(token))
		if err != nil {
			return Claims{}, silent(err)
		}
		// Whom userinfo is about must be whom the token is about (Core 1.0, 5.3.2).
		if info.Subject != id.Subject {
			return Claims{}, unusable(errors.New("userinfo about somebody else"))
		}
		if err := info.Claims(&stated); err != nil {
			return Claims{}, unusable(err)
		}
	}
	return p.claims(id.Subject, stated)
}

// refusedByOIDC is an error of a provider in words (RFC 6749, 4.1.2.1).
func refusedByOIDC(kind string) error {
	meaning, turn := "setup", problem.Conflict
	switch kind {
	case "access_denied", "login_required", "interaction_required", "consent_required":
		meaning = "person"
	case "invalid_grant":
		meaning = "again"
	case "server_error", "temporarily_unavailable":
		meaning, turn = "service", problem.Unavailable
	}
	return problem.New(turn, "external.refused."+meaning).With("Code", strings.ToValidUTF8(kind[:min(len(kind), 60)], "")).Because(errors.New(kind))
}

// maxClaim bounds what a provider may call somebody, maxGroups in how many groups they are.
const (
	maxClaim  = 300
	maxGroups = 500
)

func (p *oidcProvider) claims(subject string, stated identityClaims) (Claims, error) {
	if !p.config.Staff {
		stated.Groups = nil
	}
	if len(stated.Groups) > maxGroups {
		return Claims{}, unusable(errors.New("too many groups"))
	}
	for _, text := range append([]string{subject, stated.Family, stated.Given, stated.Middle, stated.Birth, stated.Phone, stated.Mail, stated.INN, stated.SNILS}, stated.Groups...) {
		if len(text) > maxClaim || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0xfffd }) {
			return Claims{}, unusable(errors.New("a claim is too long, or no text"))
		}
	}
	if subject == "" {
		return Claims{}, unusable(errors.New("nobody"))
	}
	c := Claims{
		Subject: subject, Level: identity.Simplified, At: p.service.now(), Mail: stated.Mail, MailVerified: stated.MailVerified, Groups: stated.Groups,
		Person: identity.Person{Surname: stated.Family, GivenName: stated.Given, Patronymic: stated.Middle, INN: stated.INN, SNILS: stated.SNILS}.Normalise(),
	}
	if t, err := time.Parse(time.DateOnly, stated.Birth); err == nil {
		c.Person.BirthDate = identity.Date{Year: t.Year(), Month: int(t.Month()), Day: t.Day()}
	}
	if phone, ok := identity.NormalPhone(stated.Phone); ok {
		c.Phone, c.PhoneVerified = phone, stated.PhoneVerified
	}
	if stated.Identified {
		c.Level = identity.Standard
	}
	return c, nil
}
