// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"fmt"

	"podpis/internal/platform/valve"
	"podpis/internal/service/auth/employee"
	"podpis/internal/service/federation"
)

// StaffSettings say by which directories of the company staff sign in. Without any they
// have a password here.
type StaffSettings struct {
	OIDC []StaffOIDC `toml:"oidc"`
	LDAP []StaffLDAP `toml:"ldap"`
}

// StaffOIDC is a provider of OpenID Connect for staff.
type StaffOIDC struct {
	ID         string   `toml:"id"`
	Name       string   `toml:"name"`
	Issuer     string   `toml:"issuer"` // https
	Client     string   `toml:"client"`
	SecretFile string   `toml:"secret_file"`
	Scopes     []string `toml:"scopes"`
	// Roles are groups and the consoles they have: operator, officer, auditor, administrator.
	Roles map[string]string `toml:"roles"`
}

// StaffLDAP is a directory of LDAP; see [employee.LDAPConfig].
type StaffLDAP struct {
	ID           string            `toml:"id"`
	Name         string            `toml:"name"`
	URL          string            `toml:"url"`
	StartTLS     bool              `toml:"start_tls"`
	CA           string            `toml:"ca"` // file: issuers of the server's certificate, PEM
	BindDN       string            `toml:"bind_dn"`
	PasswordFile string            `toml:"password_file"`
	Base         string            `toml:"base"`
	Filter       string            `toml:"filter"`
	GroupBase    string            `toml:"group_base"`
	NameAttr     string            `toml:"name_attribute"`
	MailAttr     string            `toml:"mail_attribute"`
	PhoneAttr    string            `toml:"phone_attribute"`
	SubjectAttr  string            `toml:"subject_attribute"`
	Roles        map[string]string `toml:"roles"`
}

// staffProviders adds the providers of staff to those that speak OpenID Connect.
func (a *App) staffProviders(parts *federation.Parts) error {
	for _, s := range a.settings.Staff.OIDC {
		password, err := secret(s.SecretFile)
		if err != nil {
			return fmt.Errorf("staff %s: %w", s.ID, err)
		}
		if !secure(s.Issuer) {
			return fmt.Errorf("%w: staff %s: the issuer is not https", ErrSettings, s.ID)
		}
		parts.OIDC = append(parts.OIDC, federation.OIDCConfig{ID: s.ID, Name: s.Name, Issuer: s.Issuer, Client: s.Client, Secret: password, Scopes: s.Scopes, Staff: true})
	}
	return nil
}

// openProvider refuses while the administrator keeps a provider switched off.
func (a *App) openProvider(ctx context.Context, id string) error {
	return valve.Open(ctx, a.db, "provider."+id)
}

// openEmployees makes the service that lets staff in by directories.
func (a *App) openEmployees(outside *federation.Service) (err error) {
	parts := employee.Parts{DB: a.db, Accounts: a.accounts, Outside: outside, OIDC: map[string]map[string]string{}, Open: a.openProvider}
	for _, s := range a.settings.Staff.OIDC {
		parts.OIDC[s.ID] = s.Roles
	}
	for _, s := range a.settings.Staff.LDAP {
		c := employee.LDAPConfig{
			ID: s.ID, Name: s.Name, URL: s.URL, StartTLS: s.StartTLS, BindDN: s.BindDN, Base: s.Base, Filter: s.Filter, GroupBase: s.GroupBase,
			NameAttribute: s.NameAttr, MailAttribute: s.MailAttr, PhoneAttribute: s.PhoneAttr, SubjectAttribute: s.SubjectAttr, Roles: s.Roles,
		}
		if c.Password, err = secret(s.PasswordFile); err != nil {
			return fmt.Errorf("staff %s: %w", s.ID, err)
		}
		if s.CA != "" {
			if c.CA, err = readCertificates(s.CA); err != nil {
				return fmt.Errorf("staff %s: %w", s.ID, err)
			}
		}
		parts.LDAP = append(parts.LDAP, c)
	}
	if a.employees, err = employee.New(parts); err != nil {
		return fmt.Errorf("%w: %w", ErrSettings, err)
	}
	return nil
}
