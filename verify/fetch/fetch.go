// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package fetch brings evidence over HTTP: certificates of issuers (RFC 5280,
// 4.2.2.1), revocation lists and OCSP answers (RFC 6960, A), and carries time
// stamp requests (RFC 3161, 3.4).
//
// The addresses come out of certificates that anyone may have made, so every
// request is bounded in time and size, goes to http and https only, and is
// refused when its address leads into the own network, after the name was
// resolved and again after each redirect. Nothing that is brought is trusted:
// package verify judges it.
//
// Left out: LDAP addresses, proxies.
package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Limits of one answer in octets: the largest lists of Russian authorities are
// about 20 MB.
const (
	maxCRL         = 64 << 20
	maxOCSP        = 1 << 20
	maxCertificate = 1 << 20
	maxStamp       = 4 << 20
	maxRedirects   = 3
	maxCached      = 64       // answers kept, and addresses that gave none
	maxKept        = 64 << 20 // octets of answers kept
	keptFailure    = time.Minute
)

var (
	// ErrAddress says that an address leads where requests may not go.
	ErrAddress = errors.New("fetch: address not allowed")
	// ErrTooLarge says that an answer is longer than its limit.
	ErrTooLarge = errors.New("fetch: answer too large")
	// ErrRequests says that a check has made as many requests as it may.
	ErrRequests = errors.New("fetch: too many requests for one check")
)

// StatusError is an answer that is not 200.
type StatusError struct {
	URL    string
	Status int
}

func (e *StatusError) Error() string { return fmt.Sprintf("fetch: %s answered %d", e.URL, e.Status) }

// Options bound the requests. The zero value allows public addresses only.
type Options struct {
	Timeout       time.Duration    // of one request; 10 seconds when 0
	Patience      time.Duration    // of one question, over all its addresses; twice Timeout when 0
	Keep          time.Duration    // how long an answer counts; as long as the client when 0
	AllowLoopback bool             // addresses of this machine
	AllowPrivate  bool             // addresses of the own network
	Now           func() time.Time // the clock of Keep; nil is the system's
	Random        io.Reader        // for nonces of OCSP; without it none is sent
	Requests      int64            // of one check, see [Client.ForOne]; not bounded when 0
}

// Client makes bounded requests and remembers answers for its lifetime.
type Client struct {
	http     *http.Client
	patience time.Duration
	keep     time.Duration
	now      func() time.Time
	random   io.Reader
	requests int64
	left     *atomic.Int64 // requests of this check; nil: not bounded
	*cache
}

// cache is what clients of one origin share.
type cache struct {
	mu      sync.Mutex
	answers map[string]answer
}

// ForOne returns a client for one check: it shares what is remembered and makes at most
// as many requests as the options say. Whoever sends a signature chooses its addresses,
// and would have others flooded by us.
func (c *Client) ForOne() *Client {
	out := *c
	if c.requests > 0 {
		out.left = new(atomic.Int64)
		out.left.Store(c.requests)
	}
	return &out
}

// answer is what came of an address: that nothing did is remembered as well, or a
// certificate that is asked about twice waits twice for a server that is silent.
type answer struct {
	body []byte
	err  error
	at   time.Time
}

// New returns a client.
func New(o Options) *Client {
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Patience == 0 {
		o.Patience = 2 * o.Timeout
	}
	return &Client{
		random:   o.Random,
		patience: o.Patience,
		keep:     o.Keep,
		now:      o.Now,
		requests: o.Requests,
		cache:    &cache{answers: map[string]answer{}},
		http:     o.HTTP(),
	}
}

// HTTP returns a client that goes where the options allow, for others who follow addresses
// of strangers: webhooks.
func (o Options) HTTP() *http.Client {
	dialer := &net.Dialer{Timeout: o.Timeout, Control: func(_, address string, _ syscall.RawConn) error {
		return o.allowed(address)
	}}
	return &http.Client{
		Timeout: o.Timeout,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: o.Timeout, ResponseHeaderTimeout: o.Timeout,
			MaxResponseHeaderBytes: 64 << 10, DisableCompression: true, MaxIdleConnsPerHost: 2, IdleConnTimeout: o.Timeout,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return errors.New("fetch: too many redirects")
			}
			return scheme(r.URL)
		},
	}
}

// allowed judges the address a connection is about to be made to: after the name
// was resolved, so that a name cannot lead inside.
func (o Options) allowed(address string) error {
	host, err := netip.ParseAddrPort(address)
	if err != nil {
		return ErrAddress
	}
	ip := host.Addr().Unmap()
	switch {
	case ip.IsLoopback():
		if o.AllowLoopback {
			return nil
		}
	case ip.IsPrivate():
		if o.AllowPrivate {
			return nil
		}
	case ip.IsGlobalUnicast() && !shared(ip):
		return nil
	}
	return fmt.Errorf("%w: %s", ErrAddress, ip)
}

// shared: 100.64.0.0/10 (RFC 6598), the compatible and translated forms of IPv6 and its
// former site-local addresses lead inside as well.
func shared(ip netip.Addr) bool {
	for _, prefix := range []string{"100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "::ffff:0:0:0/96", "fec0::/10"} {
		if netip.MustParsePrefix(prefix).Contains(ip) {
			return true
		}
	}
	return false
}

func scheme(u *url.URL) error {
	if u.Scheme != "http" && u.Scheme != "https" || u.User != nil {
		return fmt.Errorf("%w: %s", ErrAddress, u.Redacted())
	}
	return nil
}

// get brings what stands at an address, once in the life of the client.
func (c *Client) get(ctx context.Context, address string, limit int64) ([]byte, error) {
	c.mu.Lock()
	known, ok := c.answers[address]
	c.mu.Unlock()
	if ok && c.counts(known) {
		return known.body, known.err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	body, err := c.do(request, limit)
	if ctx.Err() != nil || errors.Is(err, ErrRequests) {
		return nil, err // the caller gave up; the server may be well
	}
	c.remember(address, answer{body, err, c.now()})
	return body, err
}

// counts tells whether an answer is new enough. That an address gave none is forgotten
// sooner.
func (c *Client) counts(a answer) bool {
	age := c.now().Sub(a.at)
	return c.keep == 0 || age < c.keep && (a.err == nil || age < keptFailure)
}

// remember keeps an answer, in the place of the oldest where there is no room.
func (c *Client) remember(address string, a answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.answers, address)
	for len(c.answers) > 0 {
		octets, oldest, at := len(a.body), "", time.Time{}
		for name, other := range c.answers {
			octets += len(other.body)
			if oldest == "" || other.at.Before(at) {
				oldest, at = name, other.at
			}
		}
		if len(c.answers) < maxCached && octets <= maxKept {
			break
		}
		delete(c.answers, oldest)
	}
	if len(a.body) <= maxKept/2 {
		c.answers[address] = a
	}
}

func (c *Client) post(ctx context.Context, address, contentType string, body []byte, limit int64) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", contentType)
	return c.do(request, limit)
}

func (c *Client) do(request *http.Request, limit int64) ([]byte, error) {
	if err := scheme(request.URL); err != nil {
		return nil, err
	}
	if c.left != nil && c.left.Add(-1) < 0 {
		return nil, ErrRequests
	}
	request.Header.Set("User-Agent", "podpis")
	reply, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = reply.Body.Close() }()
	if reply.StatusCode != http.StatusOK {
		return nil, &StatusError{request.URL.Redacted(), reply.StatusCode}
	}
	body, err := io.ReadAll(io.LimitReader(reply.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > limit {
		return nil, ErrTooLarge
	}
	return body, nil
}
