// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package app is the parts list: it reads the settings, makes the parts by hand
// and runs the installation until it is told to stop.
//
// With --training it starts the stand in the same process: a message centre and a
// mail server on ports of their own, spoken to over their real protocols, and a
// page that shows what was sent.
package app

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Settings of an installation. The zero value with a data directory is a usable
// one on the loopback. Secrets are given by file or environment, never here.
type Settings struct {
	// Data is the directory of everything the installation keeps.
	Data string `toml:"data"`
	// Listen is the address of the site, host:port.
	Listen string `toml:"listen"`
	// Database is "sqlite" (the default) or a file with a PostgreSQL connection
	// string.
	Database string `toml:"database"`
	// PublicURL is how people and relying parties reach the installation; it
	// stands in certificates. Empty: http:// and the address of Listen.
	PublicURL string `toml:"public_url"`
	// TLS is set when the site speaks TLS itself.
	TLS TLSSettings `toml:"tls"`
	// Proxies are addresses and networks that speak TLS in front of the site and tell, in
	// X-Forwarded-For, whom they speak for.
	Proxies []string `toml:"proxies"`
	// Training plays the outside world and calls certificates training ones.
	Training bool `toml:"training"`
	// Zone is the time zone in which people read times.
	Zone string `toml:"zone"`
	// Roots is a directory of certificates trusted beside the own root.
	Roots string `toml:"roots"`
	// Lists is where the list of accredited centres is fetched; on a training
	// installation the stand's.
	Lists ListSettings `toml:"lists"`
	// Registry is where ЕГРИП and ЕГРЮЛ answer; on a training installation the stand's.
	Registry RegistrySettings `toml:"registry"`
	// External are those who say who people are: ЕСИА, banks, ЕБС.
	External ExternalSettings `toml:"external"`
	// Staff are the company's directories by which staff sign in.
	Staff StaffSettings `toml:"staff"`
	// SMS and Mail are the gateways; on a training installation the stand's.
	SMS  SMSSettings  `toml:"sms"`
	Mail MailSettings `toml:"mail"`
	// Support is how letters come back and who else takes those we send.
	Support SupportSettings `toml:"support"`
	// Workplace is what workplaces are judged by.
	Workplace WorkplaceSettings `toml:"workplace"`
	// Authority names the authority in its certificates.
	Authority AuthoritySettings `toml:"authority"`
}

// ListSettings say where lists come from. What they are signed with is trusted by
// "podpis admin trust add".
type ListSettings struct {
	Accredited string `toml:"accredited"` // address; empty: what policy trust.list_url says
}

// SMSSettings say how SMS go out: SMPP when Address is set, HTTP when URL is.
type SMSSettings struct {
	Address      string `toml:"address"`
	SystemID     string `toml:"system_id"`
	PasswordFile string `toml:"password_file"`
	From         string `toml:"from"`
	URL          string `toml:"url"`
	TokenFile    string `toml:"token_file"`
}

// MailSettings say how mail goes out.
type MailSettings struct {
	Host         string `toml:"host"`
	Port         int    `toml:"port"`
	From         string `toml:"from"`
	User         string `toml:"user"`
	PasswordFile string `toml:"password_file"`
	Plain        bool   `toml:"plain"` // without TLS: loopback only
}

// AuthoritySettings name the authority.
type AuthoritySettings struct {
	Organisation string `toml:"organisation"`
	Country      string `toml:"country"`
}

// ErrSettings says that the settings cannot work.
var ErrSettings = errors.New("settings")

// ReadSettings reads a file in TOML over the given settings. An unknown key is
// an error: a mistyped one would be a setting that silently is not.
func ReadSettings(file string, s *Settings) error {
	meta, err := toml.DecodeFile(file, s)
	if err != nil {
		return fmt.Errorf("%w %s: %w", ErrSettings, file, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return fmt.Errorf("%w %s: unknown key %s", ErrSettings, file, unknown[0])
	}
	return nil
}

// complete fills in what follows from the rest, and refuses what cannot work.
func (s *Settings) complete() error {
	if s.Data == "" {
		s.Data = "data"
	}
	if s.Listen == "" {
		s.Listen = "127.0.0.1:8080"
	}
	host, port, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return fmt.Errorf("listen %q: %w", s.Listen, err)
	}
	if s.PublicURL == "" {
		if host == "" || host == "0.0.0.0" || host == "::" {
			return errors.New("public_url is needed when listening on all addresses: it stands in certificates")
		}
		s.PublicURL = "http://" + net.JoinHostPort(host, port)
	}
	u, err := url.Parse(s.PublicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("public_url %q is not an http address", s.PublicURL)
	}
	s.PublicURL = strings.TrimSuffix(s.PublicURL, "/")
	if err := s.exposure(u); err != nil {
		return err
	}
	if s.Zone == "" {
		s.Zone = "Europe/Moscow"
	}
	if s.Authority.Organisation == "" {
		s.Authority.Organisation = "Подпись"
	}
	if s.Authority.Country == "" {
		s.Authority.Country = "RU"
	}
	return nil
}

// zone loads the time zone; the database of zones is part of the program.
func (s *Settings) zone() (*time.Location, error) {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return nil, fmt.Errorf("%w: zone: %w", ErrSettings, err)
	}
	return zone, nil
}

func (s *Settings) path(parts ...string) string {
	return filepath.Join(append([]string{s.Data}, parts...)...)
}

// secret reads a secret from a file; a trailing newline is not part of it.
func secret(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read secret: %w", err)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r"), nil
}
