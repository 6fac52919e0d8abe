// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egrip

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"podpis/pki/x509"
	"podpis/wire/egr"
)

// Client asks the interface of the register over HTTPS with mutual authentication
// (RFC 8446, 4.4.2). It is safe for concurrent use.
type Client struct {
	url  string
	http *http.Client
}

// ClientConfig says where the interface is. CA, Certificate and Key are PEM.
type ClientConfig struct {
	URL              string
	CA               []*x509.Certificate
	Certificate, Key []byte
}

// NewClient returns a client. The issuer of the server's certificate is one of CA and
// nobody else: the interface is agreed upon with one office, the authorities that
// browsers trust have no say.
func NewClient(c ClientConfig) (*Client, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("address of the register %q is not https", c.URL)
	}
	if len(c.CA) == 0 {
		return nil, errors.New("the issuer of the register's certificate is not given")
	}
	own, err := tls.X509KeyPair(c.Certificate, c.Key)
	if err != nil {
		return nil, fmt.Errorf("certificate for the register: %w", err)
	}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{
			MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{own},
			// Not skipped, but done below: the standard library's own check needs
			// crypto/x509, which cannot check GOST.
			InsecureSkipVerify: true, //nolint:gosec // VerifyConnection checks
			VerifyConnection:   func(s tls.ConnectionState) error { return checkServer(s, u.Hostname(), c.CA, time.Now()) },
		},
		TLSHandshakeTimeout: 10 * time.Second, MaxResponseHeaderBytes: 32 << 10, IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 4,
		ForceAttemptHTTP2: true,
	}
	return &Client{url: u.JoinPath(egr.Path).String(), http: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

var errServer = errors.New("the certificate of the register's server is not accepted")

// checkServer accepts a certificate for serverAuth that one of the issuers signed, at its
// time, with the name that was called (RFC 9525).
func checkServer(s tls.ConnectionState, host string, issuers []*x509.Certificate, now time.Time) error {
	if len(s.PeerCertificates) == 0 {
		return errServer
	}
	leaf, err := x509.ParseCertificate(s.PeerCertificates[0].Raw)
	if err != nil {
		return fmt.Errorf("%w: %w", errServer, err)
	}
	if !leaf.ValidAt(now) || leaf.IsCA || !leaf.HasExtKeyUsage(x509.OIDServerAuth) || !named(leaf, host) {
		return errServer
	}
	for _, ca := range issuers {
		if ca.IsCA && ca.ValidAt(now) && ca.Subject.Equal(leaf.Issuer) && leaf.CheckSignatureFrom(ca) == nil {
			return nil
		}
	}
	return errServer
}

func named(c *x509.Certificate, host string) bool {
	for _, n := range c.SubjectAltName {
		if n.Kind == x509.DNSName && n.Value == host {
			return true
		}
		if ip := net.ParseIP(host); ip != nil && n.Kind == x509.IPAddress {
			if v4 := ip.To4(); v4 != nil {
				ip = v4
			}
			if n.Value == fmt.Sprintf("%x", []byte(ip)) {
				return true
			}
		}
	}
	return false
}

// Ask asks for one entry. What is no good answer is an error.
func (c *Client) Ask(ctx context.Context, q egr.Request) (egr.Answer, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return egr.Answer{}, fmt.Errorf("ask register: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return egr.Answer{}, fmt.Errorf("ask register: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "podpis")
	reply, err := c.http.Do(r)
	if err != nil {
		return egr.Answer{}, fmt.Errorf("ask register: %w", err)
	}
	defer func() { _ = reply.Body.Close() }()
	if reply.StatusCode != http.StatusOK {
		return egr.Answer{}, fmt.Errorf("ask register: answered %d", reply.StatusCode)
	}
	content, err := io.ReadAll(io.LimitReader(reply.Body, egr.MaxMessage+1))
	if err != nil {
		return egr.Answer{}, fmt.Errorf("ask register: %w", err)
	}
	return egr.ParseAnswer(content, q)
}

// Close lets go of open connections.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}
