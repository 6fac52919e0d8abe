// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"podpis/internal/platform/policy"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/external"
	"podpis/internal/service/auth/signup"
	"podpis/internal/service/federation"
	"podpis/internal/service/identity"
	"podpis/pki/alg"
	"podpis/pki/pkcs8"
	"podpis/pki/x509"
	"podpis/stand"
	standesia "podpis/stand/esia"
	"podpis/wire/esia"
)

// ExternalSettings say who may say who people are; on a training installation the
// stand's servers do.
type ExternalSettings struct {
	ESIA  []ESIASettings `toml:"esia"`
	Banks []BankSettings `toml:"bank"`
	EBS   []EBSSettings  `toml:"ebs"`
	// Departments is a table of departments that issue passports: lines of code and
	// name with a semicolon between.
	Departments string `toml:"departments"`
}

// ESIASettings are a registration with ЕСИА.
type ESIASettings struct {
	ID           string   `toml:"id"` // part of the address to come back to
	Name         string   `toml:"name"`
	Host         string   `toml:"host"`
	Client       string   `toml:"client"`  // mnemonic
	Variant      int      `toml:"variant"` // 1 or 2
	Key          string   `toml:"key"`     // PKCS #8 file
	PasswordFile string   `toml:"password_file"`
	Certificate  string   `toml:"certificate"` // of the key
	Trusted      string   `toml:"trusted"`     // certificates that tokens are signed with
	Scopes       []string `toml:"scopes"`
}

// BankSettings are a registration with a provider of OpenID Connect.
type BankSettings struct {
	ID         string   `toml:"id"`
	Name       string   `toml:"name"`
	Issuer     string   `toml:"issuer"`
	Client     string   `toml:"client"`
	SecretFile string   `toml:"secret_file"`
	Scopes     []string `toml:"scopes"`
	TokenOnly  bool     `toml:"token_only"`
}

// EBSSettings are a registration with ЕБС.
type EBSSettings struct {
	ID           string `toml:"id"`
	Name         string `toml:"name"`
	Host         string `toml:"host"`
	Client       string `toml:"client"`
	Key          string `toml:"key"`
	PasswordFile string `toml:"password_file"`
	Trusted      string `toml:"trusted"` // certificate that results are signed with
}

// openAccounts makes the service that lets people in, and those it may ask.
func (a *App) openAccounts(parts auth.Parts) (err error) {
	if parts.Outside, err = a.openOutside(parts.Policies, parts.Persons); err != nil {
		return err
	}
	departments, err := a.departments()
	if err != nil {
		return err
	}
	a.accounts = auth.New(parts)
	a.signups = signup.New(signup.Parts{
		DB: parts.DB, Ring: parts.Ring, Policies: parts.Policies, Persons: parts.Persons, Factors: parts.Factors, Accounts: a.accounts,
		Outside: parts.Outside, Departments: departments,
	})
	a.external = external.New(external.Parts{
		DB: parts.DB, Policies: parts.Policies, Persons: parts.Persons, Accounts: a.accounts, Signups: a.signups, Outside: parts.Outside,
	})
	return a.openEmployees(parts.Outside)
}

// openOutside makes the service that asks others who people are, nil when nobody is set.
func (a *App) openOutside(policies *policy.Book, persons *identity.Service) (*federation.Service, error) {
	parts := federation.Parts{
		DB: a.db, Ring: a.ring, Policies: policies, Persons: persons, PublicURL: a.settings.PublicURL,
		Open: a.openProvider,
	}
	if err := a.registrations(&parts); err != nil {
		return nil, err
	}
	if err := a.staffProviders(&parts); err != nil {
		return nil, err
	}
	if a.settings.Training {
		if err := a.trainingIdentity(&parts); err != nil {
			return nil, err
		}
	}
	if len(parts.ESIA)+len(parts.OIDC)+len(parts.EBS) == 0 {
		return nil, nil //nolint:nilnil // none is a usable answer
	}
	s, err := federation.New(parts)
	if err != nil {
		return nil, err
	}
	s.Work(a.runner)
	return s, nil
}

// registrations reads those of the settings.
func (a *App) registrations(parts *federation.Parts) error {
	for _, s := range a.settings.External.ESIA {
		key, err := readKey(s.Key, s.PasswordFile)
		if err != nil {
			return fmt.Errorf("esia %s: %w", s.ID, err)
		}
		own, err := readCertificates(s.Certificate)
		if err != nil {
			return fmt.Errorf("esia %s: %w", s.ID, err)
		}
		trusted, err := readCertificates(s.Trusted)
		if err != nil {
			return fmt.Errorf("esia %s: %w", s.ID, err)
		}
		if !key.PublicKey().Equal(own[0].PublicKey) || s.Variant != 1 && s.Variant != 2 || !secure(s.Host) {
			return fmt.Errorf("%w: esia %s: key and certificate are no pair, the variant is not 1 or 2, or the host is not https", ErrSettings, s.ID)
		}
		parts.ESIA = append(parts.ESIA, federation.ESIAConfig{
			ID: s.ID, Name: s.Name, Host: strings.TrimSuffix(s.Host, "/"), Client: s.Client, Variant: esia.Variant(s.Variant), Key: key, Certificate: own[0],
			Trusted: func() []*alg.PublicKey { return publicKeys(trusted) }, Scopes: s.Scopes,
		})
	}
	for _, s := range a.settings.External.Banks {
		password, err := secret(s.SecretFile)
		if err != nil {
			return fmt.Errorf("bank %s: %w", s.ID, err)
		}
		if !secure(s.Issuer) {
			return fmt.Errorf("%w: bank %s: the issuer is not https", ErrSettings, s.ID)
		}
		parts.OIDC = append(parts.OIDC, federation.OIDCConfig{ID: s.ID, Name: s.Name, Issuer: s.Issuer, Client: s.Client, Secret: password, Scopes: s.Scopes, TokenOnly: s.TokenOnly})
	}
	for _, s := range a.settings.External.EBS {
		key, err := readKey(s.Key, s.PasswordFile)
		if err != nil {
			return fmt.Errorf("ebs %s: %w", s.ID, err)
		}
		trusted, err := readCertificates(s.Trusted)
		if err != nil {
			return fmt.Errorf("ebs %s: %w", s.ID, err)
		}
		if !secure(s.Host) {
			return fmt.Errorf("%w: ebs %s: the host is not https", ErrSettings, s.ID)
		}
		parts.EBS = append(parts.EBS, federation.EBSConfig{ID: s.ID, Name: s.Name, Host: strings.TrimSuffix(s.Host, "/"), Client: s.Client, Key: key, Trusted: trusted[0].PublicKey})
	}
	return nil
}

func secure(address string) bool { return strings.HasPrefix(address, "https://") }

func readKey(file, passwordFile string) (*alg.PrivateKey, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read key: %w", err)
	}
	password, err := secret(passwordFile)
	if err != nil {
		return nil, err
	}
	key, err := pkcs8.Read(content, []byte(password))
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", file, err)
	}
	return key, nil
}

func readCertificates(file string) ([]*x509.Certificate, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	list, err := x509.ParseCertificates(content)
	if err == nil && (len(list) == 0 || list[0].PublicKey == nil) {
		err = errors.New("no certificate with a key that is known")
	}
	if err != nil {
		return nil, fmt.Errorf("read certificate %s: %w", file, err)
	}
	return list, nil
}

func publicKeys(list []*x509.Certificate) (keys []*alg.PublicKey) {
	for _, c := range list {
		if c.PublicKey != nil {
			keys = append(keys, c.PublicKey)
		}
	}
	return keys
}

// trainingIdentity registers the installation with the stand's ЕСИА, ЕБС and bank, by a
// key that lives as long as the process.
func (a *App) trainingIdentity(parts *federation.Parts) error {
	servers, err := stand.StartIdentity(nil)
	if err != nil {
		return fmt.Errorf("start stand: %w", err)
	}
	a.closers = append(a.closers, servers.Close)
	a.stand.servers.Identity = servers
	key, cert, err := trainingKey(time.Now())
	if err != nil {
		return err
	}
	callback := func(id string) string { return a.settings.PublicURL + federation.CallbackPath(id) }
	const client = "PODPIS"
	servers.ESIA.Register(standesia.Client{ID: client, Variant: esia.V2, Certificate: cert, Redirects: []string{callback("esia")}})
	servers.EBS.Register(client, key.PublicKey(), callback("ebs"))
	parts.ESIA = append(parts.ESIA, federation.ESIAConfig{
		ID: "esia", Name: "Госуслуги (учебная ЕСИА)", Host: servers.ESIA.URL(), Client: client, Variant: esia.V2, Key: key, Certificate: cert,
		Trusted: func() []*alg.PublicKey { return publicKeys(servers.ESIA.Certificates()) },
	})
	parts.OIDC = append(parts.OIDC, federation.OIDCConfig{ID: "bank", Name: "Учебный банк", Issuer: servers.Bank.URL(), Client: "podpis", Secret: servers.Bank.Register("podpis", callback("bank"))})
	parts.EBS = append(parts.EBS, federation.EBSConfig{ID: "ebs", Name: "Учебная ЕБС", Host: servers.EBS.URL(), Client: client, Key: key, Trusted: servers.EBS.Key()})
	return nil
}

func trainingKey(now time.Time) (*alg.PrivateKey, *x509.Certificate, error) {
	key, err := alg.Generate(alg.GOST256A, rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make key: %w", err)
	}
	name, err := x509.NameByText("CN=Учебная система «Подпись»,C=RU")
	if err != nil {
		return nil, nil, fmt.Errorf("name: %w", err)
	}
	serial := make([]byte, 16)
	rand.Read(serial)
	serial[0] &= 0x7f
	raw, err := x509.CreateCertificate(rand.Reader, &x509.Template{
		Serial: x509.NewSerial(serial), Issuer: name, Subject: name, NotBefore: now.Add(-time.Hour).UTC().Truncate(time.Second),
		NotAfter: now.AddDate(1, 0, 0).UTC().Truncate(time.Second), KeyUsage: x509.DigitalSignature, MaxPathLen: -1,
	}, key.PublicKey().SPKI(), key)
	if err != nil {
		return nil, nil, fmt.Errorf("make certificate: %w", err)
	}
	cert, err := x509.ParseCertificate(raw)
	return key, cert, err
}

// departments are the table of the settings, or the sample of a training installation.
func (a *App) departments() (*identity.Departments, error) {
	if file := a.settings.External.Departments; file != "" {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("%w: departments: %w", ErrSettings, err)
		}
		defer f.Close()
		return identity.ReadDepartments(f)
	}
	if a.settings.Training {
		return identity.SampleDepartments()
	}
	return nil, nil //nolint:nilnil // people type it
}
