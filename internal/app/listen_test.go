// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// selfSigned writes a key pair for the loopback under a number.
func selfSigned(t *testing.T, certificate, key string, number int64) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(number), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: raw}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A-08, S001-068, S001-169: the site speaks TLS 1.2 and later itself; in the clear it serves what
// is signed and a redirect.
func TestServesTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := Settings{PublicURL: "https://ca.example.org", TLS: TLSSettings{Certificate: filepath.Join(dir, "c.pem"), Key: filepath.Join(dir, "k.pem")}}
	selfSigned(t, s.TLS.Certificate, s.TLS.Key, 1)
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.TLS.Plain = free.Addr().String()
	free.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &App{settings: s, log: slog.New(slog.DiscardHandler), handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "site "+r.URL.Path) //nolint:errcheck // the client notices
	})}
	ctx, cancel := context.WithCancel(t.Context())
	group, ctx := errgroup.WithContext(ctx)
	if err := a.serve(ctx, group, listener); err != nil {
		t.Fatal(err)
	}
	client := func(version uint16) *http.Client {
		return &http.Client{
			Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MaxVersion: version}, ForceAttemptHTTP2: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	get := func(c *http.Client, method, address string) (status int, body, location string) {
		r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := c.Do(r)
		if err != nil {
			return 0, err.Error(), ""
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(text), answer.Header.Get("Location")
	}
	site, plain := "https://"+listener.Addr().String(), "http://"+s.TLS.Plain
	for version, works := range map[uint16]bool{tls.VersionTLS13: true, tls.VersionTLS12: true, tls.VersionTLS11: false} {
		if status, body, _ := get(client(version), http.MethodGet, site+"/login"); (status == 200) != works {
			t.Errorf("TLS %x: %d %s", version, status, body)
		}
	}
	for _, c := range []struct {
		method, path, want, location string
		status                       int
	}{
		{http.MethodGet, "/pki/crl/1.crl", "site /pki/crl/1.crl", "", 200},
		{http.MethodPost, "/pki/ocsp", "site /pki/ocsp", "", 200},
		{http.MethodGet, "/login?return=%2Fc", "", "https://ca.example.org/login?return=%2Fc", 308},
		{http.MethodGet, "//evil.example/", "", "https://ca.example.org/evil.example/", 308},
		{http.MethodPost, "/login", "Use https://ca.example.org\n", "", 403},
	} {
		status, body, location := get(client(0), c.method, plain+c.path)
		if status != c.status || location != c.location || c.want != "" && body != c.want {
			t.Errorf("%s %s: %d %q to %q", c.method, c.path, status, body, location)
		}
	}
	cancel()
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

// A new certificate is taken without a restart; what cannot be read leaves the old one.
func TestCertificateIsReloaded(t *testing.T) {
	t.Parallel()
	dir, now := t.TempDir(), time.Now()
	p := &keyPair{
		certificate: filepath.Join(dir, "c.pem"), key: filepath.Join(dir, "k.pem"), log: slog.New(slog.DiscardHandler),
		now: func() time.Time { return now },
	}
	if err := p.load(); err == nil {
		t.Error("loaded what is not there")
	}
	written := now.Add(-time.Hour)
	write := func(number int64) {
		selfSigned(t, p.certificate, p.key, number)
		written = written.Add(time.Minute)
		for _, name := range []string{p.certificate, p.key} {
			if err := os.Chtimes(name, written, written); err != nil {
				t.Fatal(err)
			}
		}
	}
	serial := func() int64 {
		t.Helper()
		now = now.Add(lookEvery)
		pair, err := p.get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.SerialNumber.Int64()
	}
	write(1)
	if err := p.load(); err != nil {
		t.Fatal(err)
	}
	if n := serial(); n != 1 {
		t.Errorf("certificate %d", n)
	}
	write(2)
	if n := serial(); n != 2 {
		t.Errorf("certificate %d after the second was written", n)
	}
	if err := os.WriteFile(p.key, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := serial(); n != 2 {
		t.Errorf("certificate %d while the files are being written", n)
	}
	write(3)
	if n := serial(); n != 3 {
		t.Errorf("certificate %d after the third was written", n)
	}
}
