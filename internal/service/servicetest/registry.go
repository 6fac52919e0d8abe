// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package servicetest

import (
	"regexp"
	"time"

	"podpis/internal/platform/notify"
	"podpis/internal/service/egrip"
	"podpis/internal/service/people"
	"podpis/pki/x509"
	standregister "podpis/stand/egrip"
)

// openRegistry starts a register of the state and the service that asks it.
func (w *World) openRegistry() {
	w.t.Helper()
	var err error
	if w.Register, err = standregister.Start("127.0.0.1:0", w.Clock.Now); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = w.Register.Close() })
	certificate, key := w.Register.Client()
	client, err := egrip.NewClient(egrip.ClientConfig{URL: w.Register.URL(), CA: []*x509.Certificate{w.Register.Authority()}, Certificate: certificate, Key: key})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = client.Close() })
	w.Registry = egrip.New(egrip.Parts{
		DB: w.DB, Ring: w.Ring, Policies: w.Book, Notices: notify.New(w.Ring), Words: w.Words, Persons: w.Persons, Client: client, Judge: w.judge, PublicURL: PublicURL,
	})
	w.Registry.Work(w.Runner, time.Hour)
	w.Write(w.Registry.Install)
	w.openNews()
	w.Set(egrip.PolicyLevel, "simplified") // as a training installation has it
}

// members says who may do what for an entry of the register.
func (w *World) members() *people.Service {
	s := people.New(people.Parts{
		DB: w.DB, Ring: w.Ring, Policies: w.Book, Teller: w.Teller, Persons: w.Persons, Registers: w.Registry, PublicURL: PublicURL,
	})
	s.Work(w.Runner)
	return s
}

var roleLink = regexp.MustCompile(`/roles/confirm/(\S+)`)

// RoleLink is the secret of the latest link that opens a role.
func (w *World) RoleLink(address string) string {
	w.t.Helper()
	return w.InMail(address, roleLink)
}
