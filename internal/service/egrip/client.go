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
	"net/http"
	"net/url"
	"time"

	"podpis/internal/platform/peer"
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
		TLSClientConfig:     peer.Config(u.Hostname(), c.CA, own),
		TLSHandshakeTimeout: 10 * time.Second, MaxResponseHeaderBytes: 32 << 10, IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 4,
		ForceAttemptHTTP2: true,
	}
	return &Client{url: u.JoinPath(egr.Path).String(), http: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
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
