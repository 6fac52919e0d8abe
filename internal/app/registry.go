// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"encoding/pem"
	"fmt"
	"os"
	"time"

	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/valve"
	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
	"podpis/internal/service/trust"
	"podpis/pki/x509"
)

// RegistrySettings say where the interface of ЕГРИП and ЕГРЮЛ answers, and who may speak
// with whom. Without a URL the registers come as files ("podpis admin egrip import").
type RegistrySettings struct {
	URL         string `toml:"url"` // https
	CA          string `toml:"ca"`  // file: certificates that issue the server's, PEM
	Certificate string `toml:"certificate"`
	KeyFile     string `toml:"key_file"`
}

// openRegistry makes the service of the state registers; on a training installation it
// asks the stand's.
func (a *App) openRegistry(ctx context.Context, policies *policy.Book, notices *notify.Service, words *locale.Bundle, persons *identity.Service, judge *trust.Service) error {
	client, err := a.registryClient()
	if err != nil {
		return err
	}
	if client != nil {
		a.closers = append(a.closers, client.Close)
	}
	a.registry = egrip.New(egrip.Parts{
		DB: a.db, Ring: a.ring, Policies: policies, Notices: notices, Words: words, Persons: persons, Client: client, Judge: judge, PublicURL: a.settings.PublicURL,
		Open: func(ctx context.Context) error { return valve.Open(ctx, a.db, "register") },
	})
	a.registry.Work(a.runner, 10*time.Minute)
	return a.db.Write(ctx, a.registry.Install)
}

func (a *App) registryClient() (*egrip.Client, error) {
	if a.stand != nil {
		register := a.stand.servers.Register
		certificate, key := register.Client()
		return egrip.NewClient(egrip.ClientConfig{URL: register.URL(), CA: []*x509.Certificate{register.Authority()}, Certificate: certificate, Key: key})
	}
	s := a.settings.Registry
	if s.URL == "" {
		return nil, nil //nolint:nilnil // no interface is set: that is no error
	}
	c := egrip.ClientConfig{URL: s.URL}
	issuers, err := os.ReadFile(s.CA)
	if err != nil {
		return nil, fmt.Errorf("%w: issuer of the register: %w", ErrSettings, err)
	}
	for block, rest := pem.Decode(issuers); block != nil; block, rest = pem.Decode(rest) {
		issuer, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%w: issuer of the register: %w", ErrSettings, err)
		}
		c.CA = append(c.CA, issuer)
	}
	if c.Certificate, err = os.ReadFile(s.Certificate); err != nil {
		return nil, fmt.Errorf("%w: certificate for the register: %w", ErrSettings, err)
	}
	if c.Key, err = os.ReadFile(s.KeyFile); err != nil {
		return nil, fmt.Errorf("%w: key for the register: %w", ErrSettings, err)
	}
	client, err := egrip.NewClient(c)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSettings, err)
	}
	return client, nil
}

// registryRules are those of the registers. A training installation proves nobody's identity: there a role
// opens to a typed ИНН.
func (a *App) registryRules() []policy.Rule {
	rules := egrip.Rules()
	for i := range rules {
		if rules[i].Key == egrip.PolicyLevel && a.settings.Training {
			rules[i].Default = string(identity.Simplified)
		}
	}
	return rules
}
