// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"podpis/internal/server/middleware"
	"podpis/internal/server/web/page"
)

// TLSSettings let the site speak TLS itself.
type TLSSettings struct {
	Certificate string `toml:"certificate"` // file in PEM, the own certificate first
	Key         string `toml:"key"`         // file in PEM
	// Plain is one more address, host:port, for HTTP in the clear: lists, answers and stamps,
	// which are signed, and a redirect to the site. Empty: none.
	Plain string `toml:"plain"`
}

// exposure checks that passwords do not travel in the open: off the loopback the site speaks TLS
// itself, or stands behind proxies that are named and do, or is not started.
func (s *Settings) exposure(u *url.URL) error {
	proxies, err := middleware.ParseProxies(s.Proxies)
	if err != nil {
		return err
	}
	switch own := s.TLS.Certificate != "" || s.TLS.Key != ""; {
	case own && (s.TLS.Certificate == "" || s.TLS.Key == ""):
		return errors.New("tls needs both certificate and key")
	case own && u.Scheme != "https":
		return fmt.Errorf("tls is set and public_url %q is not https", s.PublicURL)
	case s.TLS.Plain != "" && !own:
		return errors.New("tls.plain is an address beside the one with TLS: set tls.certificate and tls.key")
	case own || s.onLoopback():
		return nil
	case u.Scheme != "https":
		return fmt.Errorf("listen %q is off the loopback and public_url %q is not https: set tls.certificate and tls.key, "+
			"or put a proxy with TLS in front, name its address in proxies and set public_url", s.Listen, s.PublicURL)
	case len(proxies) == 0:
		return fmt.Errorf("listen %q is off the loopback without TLS: name the proxies that may reach it in the clear (proxies = [\"10.0.0.7\"])", s.Listen)
	}
	return nil
}

func (s *Settings) onLoopback() bool {
	host, _, err := net.SplitHostPort(s.Listen)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// behindProxies gives requests the addresses of their clients. What reaches an address off the
// loopback in the clear, past the proxies, is answered as on the plain address.
func (s *Settings) behindProxies(all http.Handler) http.Handler {
	proxies, err := middleware.ParseProxies(s.Proxies)
	if err != nil || len(proxies) == 0 { // refused by complete
		return all
	}
	var open http.Handler
	if s.TLS.Certificate == "" && !s.onLoopback() {
		open = s.inTheClear(all)
	}
	return middleware.Behind(proxies, open)(all)
}

// inTheClear serves what is signed and needs no secrecy (RFC 5280, 8: relying parties fetch lists
// by plain HTTP, or would need them to fetch them), and sends people to the site.
func (s *Settings) inTheClear(all http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/pki/"):
			all.ServeHTTP(w, r)
		case r.Method == http.MethodGet || r.Method == http.MethodHead:
			http.Redirect(w, r, s.PublicURL+"/"+strings.TrimLeft(r.URL.RequestURI(), "/"), http.StatusPermanentRedirect)
		default: // what a form held has travelled in the open already: it is not made a habit
			http.Error(w, "Use "+s.PublicURL, http.StatusForbidden)
		}
	})
}

func newServer(h http.Handler, log *slog.Logger) *http.Server {
	leaving := make(chan struct{})
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		BaseContext: func(net.Listener) context.Context { return page.UntilLeaving(context.Background(), leaving) },
	}
	s.RegisterOnShutdown(func() { close(leaving) })
	return s
}

// serve answers on the addresses of the settings until ctx is done, then lets what is under way end.
func (a *App) serve(ctx context.Context, group *errgroup.Group, listener net.Listener) error {
	s := a.settings
	servers := []*http.Server{newServer(s.behindProxies(a.handler), a.log)}
	start := []func() error{func() error { return servers[0].Serve(listener) }}
	if s.TLS.Certificate != "" {
		pair := &keyPair{certificate: s.TLS.Certificate, key: s.TLS.Key, log: a.log, now: time.Now}
		if err := pair.load(); err != nil {
			return err
		}
		servers[0].TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: pair.get}
		start[0] = func() error { return servers[0].ServeTLS(listener, "", "") }
	}
	if s.TLS.Plain != "" {
		plain, err := net.Listen("tcp", s.TLS.Plain)
		if err != nil {
			return fmt.Errorf("listen: %w", err)
		}
		servers = append(servers, newServer(s.inTheClear(a.handler), a.log))
		start = append(start, func() error { return servers[1].Serve(plain) })
	}
	for _, f := range start {
		group.Go(func() error { return quiet(f()) })
	}
	group.Go(func() error {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		var errs []error
		for _, server := range servers {
			errs = append(errs, server.Shutdown(grace))
		}
		return errors.Join(errs...)
	})
	return nil
}

// keyPair is the certificate of the site. A new one in the same files is taken without a restart; one
// that cannot be read is told in the log, and the old one stays.
type keyPair struct {
	certificate, key string
	log              *slog.Logger
	now              func() time.Time

	mu      sync.Mutex
	pair    *tls.Certificate
	changed [2]time.Time
	looked  time.Time
}

// lookEvery bounds how often the files are looked at.
const lookEvery = 2 * time.Second

func (p *keyPair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.now().Sub(p.looked) >= lookEvery {
		if err := p.reload(); err != nil {
			p.log.Error("certificate of the site: the old one stays", "error", err)
		}
	}
	return p.pair, nil
}

func (p *keyPair) load() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.reload()
}

// reload reads the files when they have changed since they were read, or failed to be.
func (p *keyPair) reload() error {
	p.looked = p.now()
	var changed [2]time.Time
	for i, name := range []string{p.certificate, p.key} {
		info, err := os.Stat(name)
		if err != nil {
			return fmt.Errorf("tls: %w", err)
		}
		changed[i] = info.ModTime()
	}
	if p.pair != nil && changed == p.changed {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(p.certificate, p.key)
	if err != nil {
		return fmt.Errorf("tls: %w", err)
	}
	p.pair, p.changed = &pair, changed
	return nil
}
