// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"strconv"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/blob"
	"podpis/internal/platform/db"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/service/auth"
	"podpis/internal/service/ca"
	"podpis/internal/service/draft"
	"podpis/internal/service/identity"
	"podpis/internal/service/oversight"
	"podpis/internal/service/privacy"
	"podpis/internal/service/verdict"
)

// overseen makes the service of the consoles.
func (a *App) overseen(ctx context.Context, policies *policy.Book, notices *notify.Service, verdicts *verdict.Service, words *locale.Bundle, blobs *blob.Store) error {
	downloads, err := a.handOut(ctx, blobs, verdicts)
	if err != nil {
		return err
	}
	parts := oversight.Parts{
		DB: a.db, Policies: policies, Accounts: a.accounts, Authority: a.authority, Verdicts: verdicts, Notices: notices, Words: words,
		Verify: a.verifyRecord, Connectors: a.connectors(), Workplaces: a.workplaces, Downloads: downloads,
	}
	if len(a.employees.Ways()) > 0 {
		parts.Await = a.employees.Await
	}
	a.oversight = oversight.New(parts)
	a.oversight.Work(a.runner)
	return a.oversight.Show(ctx)
}

// private makes the service of people's own data.
func (a *App) private(policies *policy.Book, persons *identity.Service, teller *notify.Teller, drafts *draft.Service) *privacy.Service {
	s := privacy.New(privacy.Parts{
		DB: a.db, Ring: a.ring, Policies: policies, Accounts: a.accounts, Persons: persons, Support: a.support, Teller: teller, Drafts: drafts, Letters: a.letters, LastEnd: a.desk.LastEnd,
	})
	s.Work(a.runner)
	return s
}

// verifyRecord compares the record with its roots and with the anchors beside the database.
func (a *App) verifyRecord(ctx context.Context) (*audit.Report, error) {
	key, err := a.authority.Key(ca.Auditing)
	if err != nil {
		return nil, err
	}
	var anchors io.Reader
	file, err := os.Open(a.settings.path("anchors"))
	switch {
	case err == nil:
		defer file.Close()
		anchors = file
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("read anchors: %w", err)
	}
	return audit.Verify(ctx, a.db, anchors, key.Certificate.PublicKey)
}

// connectors are the connections of the settings, or of the stand.
func (a *App) connectors() []oversight.Connector {
	sms, mail, register := a.settings.SMS.Address, net.JoinHostPort(a.settings.Mail.Host, strconv.Itoa(a.settings.Mail.Port)), a.settings.Registry.URL
	if sms == "" {
		sms = a.settings.SMS.URL
	}
	if a.settings.Mail.Host == "" {
		mail = ""
	}
	if a.stand != nil {
		sms, mail = a.stand.servers.SMS.Addr(), a.stand.servers.Mail.Addr()
	}
	type named struct{ name, title, address string }
	all := []named{{"sms", "", sms}, {"mail", "", mail}, {"register", "", register}, {"lists", "", a.settings.Lists.Accredited}}
	for _, p := range a.external.Providers() {
		all = append(all, named{"provider." + p.ID, p.Name, p.Origin})
	}
	for _, w := range a.employees.Ways() {
		all = append(all, named{"provider." + w.ID, w.Name, w.Address})
	}
	for _, o := range a.outlets {
		all = append(all, named{o.Name, "", o.URL})
	}
	var list []oversight.Connector
	for _, c := range all {
		if host := hostPort(c.address); host != "" {
			list = append(list, oversight.Connector{
				Name: c.name, Title: c.title, Address: host, Fixed: c.name == "lists", Try: func(ctx context.Context) error { return dial(ctx, host) },
			})
		}
	}
	return list
}

// hostPort is where an address leads, without its path and what it may carry.
func hostPort(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	if u.Port() != "" {
		return u.Host
	}
	return net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443", "ldap": "389", "ldaps": "636"}[u.Scheme])
}

// dial reports whether somebody takes connections at an address.
func dial(ctx context.Context, address string) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return conn.Close()
}

// Hire makes an account of staff from the command line: the first administrator has
// nobody to make theirs. The password is changed at the first entry.
func (a *Authority) Hire(ctx context.Context, by string, account auth.Account, password string) error {
	account.MustChange = true
	return a.app.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		_, err := a.app.accounts.CreateStaff(ctx, tx, by, account, password)
		return err
	})
}
