// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package peer judges who is at the other end of a TLS connection (RFC 8446, 4.4.2) where
// the issuers are agreed upon and the authorities that browsers trust have no say. The
// standard library's own check needs crypto/x509, which cannot check GOST.
//
// It leaves out intermediate issuers: who issues the certificate is given itself.
package peer

import (
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"time"

	"podpis/pki/x509"
)

// ErrNotAccepted says that the certificate of a server is not one of the agreed issuers'.
var ErrNotAccepted = errors.New("the certificate of the server is not accepted")

// Config is the TLS of a client that calls host and accepts the given issuers alone.
// certificates are the client's own, none for no mutual authentication.
func Config(host string, issuers []*x509.Certificate, certificates ...tls.Certificate) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, ServerName: host, Certificates: certificates,
		InsecureSkipVerify: true, //nolint:gosec // not skipped: VerifyConnection checks
		VerifyConnection:   func(s tls.ConnectionState) error { return check(s, host, issuers, time.Now()) },
	}
}

// check accepts a certificate for serverAuth that one of the issuers signed, at its time,
// with the name that was called (RFC 9525).
func check(s tls.ConnectionState, host string, issuers []*x509.Certificate, now time.Time) error {
	if len(s.PeerCertificates) == 0 {
		return ErrNotAccepted
	}
	leaf, err := x509.ParseCertificate(s.PeerCertificates[0].Raw)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotAccepted, err)
	}
	if !leaf.ValidAt(now) || leaf.IsCA || !leaf.HasExtKeyUsage(x509.OIDServerAuth) || !named(leaf, host) {
		return ErrNotAccepted
	}
	for _, ca := range issuers {
		if ca.IsCA && ca.ValidAt(now) && ca.Subject.Equal(leaf.Issuer) && leaf.CheckSignatureFrom(ca) == nil {
			return nil
		}
	}
	return ErrNotAccepted
}

func named(c *x509.Certificate, host string) bool {
	address := ""
	if ip := net.ParseIP(host); ip != nil {
		if v4 := ip.To4(); v4 != nil {
			ip = v4
		}
		address = hex.EncodeToString(ip)
	}
	for _, n := range c.SubjectAltName {
		if n.Kind == x509.DNSName && n.Value == host || address != "" && n.Kind == x509.IPAddress && n.Value == address {
			return true
		}
	}
	return false
}
