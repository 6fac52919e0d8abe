// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package federation

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"

	"podpis/internal/platform/problem"
	"podpis/internal/service/identity"
	"podpis/pki/alg"
	"podpis/wire/esia"
)

// EBSConfig is a registration with ЕБС.
type EBSConfig struct {
	ID      string
	Name    string
	Host    string
	Client  string
	Key     alg.Signer
	Trusted *alg.PublicKey // signs results
}

// Paths of our form of ЕБС (wire/esia, Order).
const (
	sessionsPath = "/sessions"
	resultsPath  = "/results"
)

type ebsProvider struct {
	config  EBSConfig
	service *Service
}

func (p *ebsProvider) about() Provider {
	return Provider{ID: p.config.ID, Kind: Biometrics, Name: p.config.Name, Origin: originOf(p.config.Host)}
}

func (p *ebsProvider) ask(ctx context.Context, path string, o esia.Order) (int, []byte, error) {
	token, err := esia.SignOrder(rand.Reader, p.config.Key, o, p.service.now())
	if err != nil {
		return 0, nil, err
	}
	return p.service.post(ctx, p.config.Host+path, "application/jwt", token)
}

func (p *ebsProvider) order(a Attempt) esia.Order {
	return esia.Order{ClientID: p.config.Client, Person: a.Subject, Session: a.Session, Redirect: p.service.Callback(p.config.ID), Nonce: a.State}
}

// begin opens a session. The state is the nonce: the person comes back with it, and the
// result is bound to it.
func (p *ebsProvider) begin(ctx context.Context, a *Attempt) (string, error) {
	if a.Subject == "" {
		return "", problem.New(problem.Conflict, "external.ebs.esia_first")
	}
	status, body, err := p.ask(ctx, sessionsPath, p.order(*a))
	if err != nil {
		return "", err
	}
	opened, err := esia.ReadOpened(status, body)
	if err != nil {
		return "", refusedByESIA(err)
	}
	if originOf(opened.URL) != originOf(p.config.Host) {
		return "", unusable(errors.New("a session on another host"))
	}
	a.Session = opened.Session
	return opened.URL, nil
}

func (p *ebsProvider) finish(ctx context.Context, a Attempt, query url.Values) (Claims, error) {
	if query.Get("session") != a.Session || len(query["session"]) != 1 || len(query["status"]) != 1 {
		return Claims{}, unusable(errors.New("another session"))
	}
	switch esia.Status(query.Get("status")) {
	case esia.Success:
	case esia.Repeat:
		return Claims{}, problem.New(problem.Conflict, "external.ebs.repeat")
	case esia.Canceled:
		return Claims{}, problem.New(problem.Conflict, "external.refused.person").With("Code", "CANCELED")
	default:
		return Claims{}, problem.New(problem.Unavailable, "external.refused.service").With("Code", "ERROR")
	}
	status, body, err := p.ask(ctx, resultsPath, p.order(a))
	if err != nil {
		return Claims{}, err
	}
	if status != 200 {
		return Claims{}, silent(errors.New("no result"))
	}
	r, err := esia.ReadResult(string(body), p.config.Trusted, p.config.Host, p.order(a), p.service.now(), skew)
	if err != nil {
		return Claims{}, unusable(err)
	}
	return Claims{Subject: a.Subject, Level: identity.Confirmed, At: r.At, Match: r.Match, Alive: r.Liveness}, nil
}
