// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package fetch_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cms"
	"podpis/pki/ocsp"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/fetch"
	"podpis/verify/reasons"
)

// authority is a small public server of an authority.
type authority struct {
	root, ca, signer, tsa *pkitest.Identity
	server                *httptest.Server
	status                ocsp.CertStatus
	down, slow            map[string]bool

	mu    sync.Mutex
	asked map[string]int
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{down: map[string]bool{}, slow: map[string]bool{}, asked: map[string]int{}}
	a.server = httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(a.server.Close)
	a.root = pkitest.Root(t, alg.GOST256B, "CN=Root")
	addresses := func(x *x509.Template) {
		x.IssuingURLs = []string{a.server.URL + "/nothing.cer", a.server.URL + "/" + x.Issuer.DisplayName() + ".cer"}
		x.CRLDistributionPoints = []string{a.server.URL + "/nothing.crl", a.server.URL + "/" + x.Issuer.DisplayName() + ".crl"}
	}
	a.ca = a.root.CA(t, "CN=CA", addresses)
	a.signer = a.ca.Signer(t, alg.GOST256B, "CN=Signer", addresses, func(x *x509.Template) { x.OCSPServers = []string{a.server.URL + "/ocsp"} })
	a.tsa = a.ca.TSA(t, alg.GOST256B, addresses)
	return a
}

func (a *authority) serve(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.asked[r.URL.Path]++
	a.mu.Unlock()
	if a.down[r.URL.Path] {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	if a.slow[r.URL.Path] {
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not see the client leave
		<-r.Context().Done()
		return
	}
	this, next := pkitest.Now.Add(-time.Hour), pkitest.Now.AddDate(0, 0, 7)
	switch r.URL.Path {
	case "/CA.cer":
		_, _ = w.Write(a.ca.Cert.Raw)
	case "/Root.cer":
		_, _ = w.Write(x509.EncodePEM(x509.PEMCertificate, a.root.Cert.Raw))
	case "/CA.crl":
		_, _ = w.Write(list(a.ca, this, next))
	case "/Root.crl":
		_, _ = w.Write(x509.EncodePEM(x509.PEMCRL, list(a.root, this, next)))
	case "/ocsp":
		body, _ := io.ReadAll(r.Body)
		q, err := ocsp.ParseRequest(body)
		if err != nil || r.Header.Get("Content-Type") != "application/ocsp-request" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		answer, err := ocsp.Create(rand.Reader, &ocsp.Template{
			ResponderKey: x509.KeyID(a.ca.Key.PublicKey()), ProducedAt: this, Nonce: q.Nonce,
			Singles: []ocsp.Single{{ID: q.IDs[0], Status: a.status, ThisUpdate: this, NextUpdate: next, RevokedAt: this}},
		}, a.ca.Key)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(answer)
	case "/tsp":
		body, _ := io.ReadAll(r.Body)
		q, err := tsp.ParseRequest(body)
		if err != nil || r.Header.Get("Content-Type") != tsp.RequestType {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		token, err := (&tsp.Template{Request: q, Policy: "1.2.3", Serial: x509.NewSerial([]byte{1}), Time: pkitest.Now, Certificate: a.tsa.Cert}).Token(rand.Reader, a.tsa.Key)
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = w.Write(tsp.Grant(token).Marshal())
	case "/bundle.p7b":
		_, _ = w.Write((&cms.Builder{Certificates: []*x509.Certificate{a.ca.Cert}}).Detached())
	case "/ocsp-later":
		_, _ = w.Write(ocsp.ErrorResponse(ocsp.TryLater))
	case "/ocsp-garbage", "/garbage.cer":
		_, _ = io.WriteString(w, "<html>")
	case "/ocsp-replay":
		id, _ := ocsp.NewCertID(alg.SHA1, a.ca.Cert, a.signer.Cert.Serial)
		answer, _ := ocsp.Create(rand.Reader, &ocsp.Template{
			ResponderKey: x509.KeyID(a.ca.Key.PublicKey()), ProducedAt: this, Nonce: []byte("another request's"),
			Singles: []ocsp.Single{{ID: id, Status: ocsp.Good, ThisUpdate: this, NextUpdate: next}},
		}, a.ca.Key)
		_, _ = w.Write(answer)
	case "/large.crl":
		_, _ = w.Write(make([]byte, 70<<20))
	case "/loop":
		http.Redirect(w, r, "/loop", http.StatusFound)
	default:
		http.NotFound(w, r)
	}
}

func list(by *pkitest.Identity, this, next time.Time) []byte {
	raw, err := x509.CreateCRL(rand.Reader, &x509.CRLTemplate{Issuer: by.Cert.Subject, ThisUpdate: this, NextUpdate: next, Number: x509.NewSerial([]byte{1})}, by.Key)
	if err != nil {
		panic(err) // of the test itself
	}
	return raw
}

func (a *authority) check(t *testing.T, o fetch.Options, level sign.Level) verify.Signature {
	t.Helper()
	client := fetch.New(o)
	document := []byte("документ")
	message, err := sign.Detached(t.Context(), rand.Reader, bytes.NewReader(document), a.signer.Key, sign.Options{
		Certificate: a.signer.Cert, Level: level, Timestamper: fetch.TSA{Client: fetch.New(fetch.Options{AllowLoopback: true}), URL: a.server.URL + "/tsp"},
	})
	if err != nil {
		t.Fatal(err)
	}
	report, err := verify.Check(t.Context(), verify.Input{Signature: message, Document: bytes.NewReader(document)},
		verify.Options{At: pkitest.Now, Trust: []verify.Anchor{{Certificate: a.root.Cert}}, Evidence: client.Evidence()})
	if err != nil {
		t.Fatal(err)
	}
	return report.Signatures[0]
}

func TestEvidence(t *testing.T) {
	t.Parallel()
	local := fetch.Options{AllowLoopback: true, Random: rand.Reader}
	for _, test := range []struct {
		name   string
		change func(a *authority)
		o      fetch.Options
		want   reasons.Code
	}{
		{"all there", func(*authority) {}, local, ""},
		{"responder down, list there", func(a *authority) { a.down["/ocsp"] = true }, local, ""},
		{"revoked", func(a *authority) { a.status = ocsp.Revoked }, local, reasons.RevokedNoPOE},
		{"neither responder nor list", func(a *authority) { a.down["/ocsp"], a.down["/CA.crl"] = true, true }, local, reasons.TryLater},
		{"both slow", func(a *authority) { a.slow["/ocsp"], a.slow["/CA.crl"] = true, true }, fetch.Options{AllowLoopback: true, Timeout: 200 * time.Millisecond}, reasons.TryLater},
		{"issuer not to be had", func(a *authority) { a.down["/CA.cer"] = true }, local, reasons.NoChain},
		{"own machine not allowed", func(*authority) {}, fetch.Options{}, reasons.NoChain},
	} {
		a := newAuthority(t)
		test.change(a)
		if s := a.check(t, test.o, sign.B); s.SubIndication != test.want {
			t.Errorf("%s: %s %s, want %q", test.name, s.SubIndication, s.Reason.Text, test.want)
		}
	}
}

func TestTimestampOverHTTP(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	s := a.check(t, fetch.Options{AllowLoopback: true}, sign.T)
	if s.Verdict != reasons.TotalPassed || s.BestTime == nil {
		t.Errorf("%s %s, %+v", s.SubIndication, s.Reason.Text, s.Timestamps)
	}
	if a.asked["/CA.cer"] != 1 {
		t.Errorf("the certificate was fetched %d times in one run", a.asked["/CA.cer"])
	}
}

// TestFailuresAreRemembered: a silent server is waited for once in a run.
func TestFailuresAreRemembered(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	a.down["/CA.crl"], a.down["/ocsp"], a.down["/Root.crl"] = true, true, true
	if s := a.check(t, fetch.Options{AllowLoopback: true}, sign.T); s.SubIndication != reasons.TryLater {
		t.Errorf("%s", s.SubIndication)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for path, times := range a.asked {
		if times != 1 {
			t.Errorf("%s: asked %d times", path, times)
		}
	}
	// A run that was interrupted says nothing about the server.
	a = newAuthority(t)
	source := fetch.New(fetch.Options{AllowLoopback: true}).Evidence()[1]
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := source.Revocation(ctx, a.signer.Cert, a.ca.Cert); err == nil {
		t.Error("an answer after the end")
	}
	if data, err := source.Revocation(t.Context(), a.signer.Cert, a.ca.Cert); err != nil || len(data) != 1 {
		t.Errorf("%d lists, %v", len(data), err)
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	client := fetch.New(fetch.Options{AllowLoopback: true})
	crl := client.Evidence()[1]
	for address, want := range map[string]string{
		a.server.URL + "/large.crl":        "too large",
		a.server.URL + "/loop":             "redirects",
		a.server.URL + "/CA.cer":           "x509",
		a.server.URL + "/nothing":          "404",
		"ldap://example.org/cn=crl":        "not allowed",
		"file:///etc/passwd":               "not allowed",
		"http://user:secret@example.org/x": "not allowed",
		"http://[::1":                      "missing ']'",
	} {
		cert := a.ca.Signer(t, alg.GOST256B, "CN=x", func(x *x509.Template) { x.CRLDistributionPoints = []string{address} }).Cert
		data, err := crl.Revocation(t.Context(), cert, a.ca.Cert)
		if err == nil || len(data) != 0 || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}

func TestResponders(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	client := fetch.New(fetch.Options{AllowLoopback: true, Random: rand.Reader})
	for path, want := range map[string]string{
		"/ocsp": "", "/ocsp-later": "tryLater", "/ocsp-garbage": "ocsp", "/ocsp-replay": "nonce", "/nothing": "404",
	} {
		cert := *a.signer.Cert
		cert.OCSPServers = []string{a.server.URL + path}
		data, err := client.Evidence()[0].Revocation(t.Context(), &cert, a.ca.Cert)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) || err == nil && len(data) != 1 {
			t.Errorf("%s: %d answers, %v, want %q", path, len(data), err, want)
		}
	}
	dry := fetch.New(fetch.Options{AllowLoopback: true, Random: strings.NewReader("")})
	if _, err := dry.Evidence()[0].Revocation(t.Context(), a.signer.Cert, a.ca.Cert); !errors.Is(err, io.EOF) {
		t.Errorf("a nonce of a dry source: %v", err)
	}
	for path, want := range map[string]int{"/bundle.p7b": 1, "/garbage.cer": 0, "/CA.cer": 1} {
		cert := *a.signer.Cert
		cert.IssuingURLs = []string{a.server.URL + path}
		list, err := client.Evidence()[0].Issuers(t.Context(), &cert)
		if len(list) != want || (err == nil) != (want > 0) {
			t.Errorf("%s: %d certificates, %v", path, len(list), err)
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"http://127.0.0.1:1/", "http://[::1]:1/", "http://10.0.0.1/", "http://192.168.1.1/", "http://172.16.5.5/", "http://169.254.169.254/latest/meta-data/",
		"http://100.64.0.1/", "http://0.0.0.0/", "http://[fd00::1]/", "http://[fe80::1]/", "http://224.0.0.1/", "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://localhost:1/",
		"http://[::7f00:1]/", "http://[::ffff:0:7f00:1]/", "http://[fec0::1]/",
	} {
		tsa := fetch.TSA{Client: fetch.New(fetch.Options{Timeout: time.Second}), URL: address}
		if _, err := tsa.Timestamp(t.Context(), nil); !errors.Is(err, fetch.ErrAddress) {
			t.Errorf("%s: %v", address, err)
		}
	}
	// Private addresses of the own network do not open those of this machine.
	tsa := fetch.TSA{Client: fetch.New(fetch.Options{AllowPrivate: true, Timeout: time.Second}), URL: "http://127.0.0.1:1/"}
	if _, err := tsa.Timestamp(t.Context(), nil); !errors.Is(err, fetch.ErrAddress) {
		t.Errorf("%v", err)
	}
}

func TestSlowServer(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(func() { close(release); server.Close() })
	start := time.Now()
	tsa := fetch.TSA{Client: fetch.New(fetch.Options{AllowLoopback: true, Timeout: 200 * time.Millisecond}), URL: server.URL}
	if _, err := tsa.Timestamp(t.Context(), nil); err == nil || time.Since(start) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

// One check makes no more requests than it may, whatever addresses a certificate names; another one begins anew, and what is
// known is not asked again.
func TestRequestsOfOneCheck(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked++
		http.Error(w, "nothing", http.StatusNotFound)
	}))
	t.Cleanup(server.Close)
	client := fetch.New(fetch.Options{AllowLoopback: true, Requests: 3})
	issuers := func(c *fetch.Client, name string) error {
		cert := &x509.Certificate{}
		for _, end := range []string{"/1", "/2", "/3", "/4"} {
			cert.IssuingURLs = append(cert.IssuingURLs, server.URL+"/"+name+end)
		}
		_, err := c.Evidence()[0].Issuers(t.Context(), cert)
		return err
	}
	one := client.ForOne()
	if err := issuers(one, "a"); !errors.Is(err, fetch.ErrRequests) {
		t.Error(err)
	}
	if err := issuers(one, "b"); !errors.Is(err, fetch.ErrRequests) {
		t.Error(err)
	}
	if asked != 3 {
		t.Errorf("%d requests, 3 were allowed", asked)
	}
	var status *fetch.StatusError
	if err := issuers(client.ForOne(), "a"); !errors.As(err, &status) || asked != 4 {
		t.Errorf("the next check: %v after %d requests", err, asked)
	}
}
