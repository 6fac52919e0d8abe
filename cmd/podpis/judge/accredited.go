// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package judge

import (
	"errors"
	"os"
	"strconv"
	"time"

	"podpis/cmd/podpis/keys"
	"podpis/cmd/podpis/terminal"
	"podpis/pki/tsl"
	"podpis/pki/x509"
	"podpis/verify"
)

// accredited is the list of accredited centres by which a run judges: who was accredited when (63-FZ, article 11). It gives
// certificates of centres for paths too; it makes nobody trusted.
type accredited struct {
	lists   verify.Lists
	centres map[centreKey]*verify.Authority
	pool    verify.Pool
}

// centreKey is by what a certificate of an authority belongs to a centre: its name and its key, whoever certified it.
type centreKey struct{ subject, key string }

func keyOf(c *x509.Certificate) centreKey { return centreKey{c.Subject.Key(), string(c.RawSPKI)} }

// readAccredited reads a list whose signature must be by one of the certificates in the files.
func readAccredited(name string, signers []string, now time.Time) (*accredited, error) {
	var pinned []*x509.Certificate
	for _, signer := range signers {
		list, err := keys.ReadCertificates(signer)
		if err != nil {
			return nil, err
		}
		pinned = append(pinned, list...)
	}
	file, err := terminal.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil, terminal.Input(name, err)
	}
	a := &accredited{centres: map[centreKey]*verify.Authority{}}
	list, err := tsl.Read(file, info.Size(), pinned, func(c *tsl.Centre) error {
		a.add(c)
		return nil
	})
	if err != nil {
		return nil, accreditedError(name, err)
	}
	fetched := info.ModTime().UTC()
	a.lists = verify.Lists{
		Kind: "signed", Version: strconv.FormatInt(list.Version, 10), Date: &list.Date, Fetched: &fetched, AgeDays: max(0, int(now.Sub(list.Date)/(24*time.Hour))),
	}
	return a, nil
}

// accreditedError puts what is wrong with a list into words.
func accreditedError(name string, err error) error {
	var path *os.PathError
	switch {
	case errors.Is(err, tsl.ErrSigner):
		return &terminal.Problem{Exit: terminal.ExitNoInput, Key: "tsl-signer", Args: []any{name}, Err: err}
	case errors.As(err, &path):
		return terminal.Input(name, err)
	}
	return &terminal.Problem{Exit: terminal.ExitNoInput, Key: "tsl-bad", Args: []any{name}, Err: err}
}

func (a *accredited) add(c *tsl.Centre) {
	authority := &verify.Authority{
		Name: c.Name, Number: c.Number, INN: c.INN, OGRN: c.OGRN, Mail: c.Mail, Phone: c.Phone, Site: c.Site, Region: c.Address.Region,
		Class: c.Class(),
	}
	for _, p := range c.Periods() {
		authority.Periods = append(authority.Periods, verify.Period(p))
	}
	for _, system := range c.Systems {
		for _, key := range system.Keys {
			for _, listed := range key.Certificates {
				cert, err := x509.ParseCertificate(listed.Raw)
				if err != nil {
					continue // the list names some that it does not carry
				}
				a.centres[keyOf(cert)] = authority
				a.pool.Certificates = append(a.pool.Certificates, cert)
			}
		}
	}
}

// authority finds the centre of a certificate.
func (a *accredited) authority(issuer *x509.Certificate) *verify.Authority {
	return a.centres[keyOf(issuer)]
}

// apply has the settings judge by the list.
func (a *accredited) apply(s *verify.Options) {
	s.Authority, s.Lists = a.authority, a.lists
	s.Evidence = append([]verify.Evidence{&a.pool}, s.Evidence...)
}
