// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package judge

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"podpis/cmd/podpis/keys"
	"podpis/cmd/podpis/terminal"
	"podpis/pki/cms"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/fetch"
)

// Sources is the set of options that say by what a signature is judged: what is trusted, and where evidence comes from.
type Sources struct {
	trust, crl, ocsp, cert terminal.Many
	offline, local         bool
}

// Register adds the options to those of a command.
func (o *Sources) Register(f *terminal.Flags) {
	f.Var(&o.trust, "trust", "opt-trust")
	f.Var(&o.crl, "crl", "opt-crl")
	f.Var(&o.ocsp, "ocsp", "opt-ocsp")
	f.BoolVar(&o.offline, "offline", false, "opt-offline")
	f.BoolVar(&o.local, "allow-local", false, "opt-allow-local")
}

// RegisterCertificates adds the option for certificates of issuers and signers, where --cert means nothing else.
func (o *Sources) RegisterCertificates(f *terminal.Flags) { f.Var(&o.cert, "cert", "opt-extra-cert") }

// Trusts tells whether anything is trusted.
func (o *Sources) Trusts() bool { return len(o.trust) > 0 }

// Local tells whether addresses of this machine and its network may be asked.
func (o *Sources) Local() bool { return o.local }

// Settings reads the files and gathers clock, trust and evidence.
func (o *Sources) Settings(c *terminal.Console) (verify.Options, error) {
	s := verify.Options{At: c.Now(), Language: c.Language}
	pool := new(verify.Pool)
	for _, name := range o.trust {
		list, err := trusted(name)
		if err != nil {
			return s, err
		}
		for _, cert := range list {
			s.Trust = append(s.Trust, verify.Anchor{Certificate: cert})
		}
	}
	for _, name := range o.cert {
		list, err := keys.ReadCertificates(name)
		if err != nil {
			return s, err
		}
		pool.Certificates = append(pool.Certificates, list...)
	}
	if err := o.revocation(pool); err != nil {
		return s, err
	}
	s.Evidence = []verify.Evidence{pool}
	if !o.offline {
		client := fetch.New(fetch.Options{AllowLoopback: o.local, AllowPrivate: o.local, Random: c.Random})
		s.Evidence = append(s.Evidence, client.Evidence()...)
	}
	return s, nil
}

func (o *Sources) revocation(pool *verify.Pool) error {
	for _, name := range o.crl {
		data, err := terminal.Read(name, terminal.MaxEvidence)
		if err != nil {
			return err
		}
		blocks, err := x509.DecodePEM(data, x509.PEMCRL)
		for _, block := range blocks {
			err = errors.Join(err, pool.AddCRL(block, name))
		}
		if err != nil {
			return &terminal.Problem{Exit: terminal.ExitNoInput, Key: "crl-unreadable", Args: []any{name}, Err: err}
		}
	}
	for _, name := range o.ocsp {
		data, err := terminal.Read(name, terminal.MaxEvidence)
		if err != nil {
			return err
		}
		if err := pool.AddOCSP(cms.Unarmor(data), name); err != nil {
			return &terminal.Problem{Exit: terminal.ExitNoInput, Key: "ocsp-unreadable", Args: []any{name}, Err: err}
		}
	}
	return nil
}

// trusted reads the certificates of a file, or of every certificate file of a
// folder.
func trusted(name string) ([]*x509.Certificate, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, terminal.Input(name, err)
	}
	if !info.IsDir() {
		return keys.ReadCertificates(name)
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, terminal.Input(name, err)
	}
	var out []*x509.Certificate
	for _, e := range entries {
		switch strings.ToLower(filepath.Ext(e.Name())) {
		case ".pem", ".crt", ".cer", ".der":
			list, err := keys.ReadCertificates(filepath.Join(name, e.Name()))
			if err != nil {
				return nil, err
			}
			out = append(out, list...)
		}
	}
	return out, nil
}
