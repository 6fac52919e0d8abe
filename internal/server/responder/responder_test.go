// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package responder_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/db/dbtest"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/policy"
	"podpis/internal/server/responder"
	"podpis/internal/service/ca"
	"podpis/internal/service/tsa"
	"podpis/pki/alg"
	"podpis/pki/ocsp"
	"podpis/pki/tsp"
	"podpis/pki/x509"
)

// site is a running responder.
type site struct {
	t      testing.TB
	db     *db.DB
	ca     *ca.Service
	url    string
	log    lockedBuffer
	ahead  atomic.Int64 // of the door's clock, nanoseconds
	client *http.Client
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{t: t, client: &http.Client{Timeout: 10 * time.Second}}
	s.db = dbtest.Open(t)
	book, err := policy.New(ca.Rules(), tsa.Rules())
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.Load(filepath.Join(t.TempDir(), "key"), "")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	s.url = "http://" + server.Listener.Addr().String()
	s.ca, err = ca.New(ca.Parts{DB: s.db, Ring: ring, Policies: book, PublicURL: s.url})
	if err != nil {
		t.Fatal(err)
	}
	names := ca.Names{}
	for _, role := range []ca.Role{ca.Root, ca.Issuing, ca.Responder, ca.Stamping, ca.Auditing, ca.Sealing} {
		names[role] = map[string]string{"CN": "Учебный: " + string(role), "O": "Подпись", "C": "RU"}
	}
	if err := s.ca.Open(context.Background(), names); err != nil {
		t.Fatal(err)
	}
	stamps := tsa.New(s.db, book, func() (tsa.Key, error) {
		a, err := s.ca.Key(ca.Stamping)
		return tsa.Key{Signer: a.Signer, Certificate: a.Certificate, Chain: s.ca.Chain()}, err
	})
	server.Config.Handler = &responder.Door{
		Authority: s.ca, Stamps: stamps, Log: slog.New(slog.NewTextHandler(&s.log, nil)),
		Now: func() time.Time { return s.db.Now().Add(time.Duration(s.ahead.Load())) },
	}
	server.Start()
	t.Cleanup(server.Close)
	return s
}

// lockedBuffer is written by the server and read by the test.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

type answer struct {
	status int
	header http.Header
	body   []byte
}

func (s *site) do(method, path string, body io.Reader) answer {
	s.t.Helper()
	req, err := http.NewRequest(method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.send(req)
}

func (s *site) send(req *http.Request) answer {
	s.t.Helper()
	resp, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, content}
}

func (s *site) question(serial x509.Serial) []byte {
	s.t.Helper()
	id, err := ocsp.NewCertID(alg.SHA1, s.ca.Chain()[0], serial)
	if err != nil {
		s.t.Fatal(err)
	}
	q, err := ocsp.NewRequest(nil, id)
	if err != nil {
		s.t.Fatal(err)
	}
	return q
}

func (s *site) own() x509.Serial {
	a, err := s.ca.Key(ca.Stamping)
	if err != nil {
		s.t.Fatal(err)
	}
	return a.Certificate.Serial
}

func (s *site) wantStatus(a answer, want ocsp.CertStatus) {
	s.t.Helper()
	if a.status != 200 || a.header.Get("Content-Type") != "application/ocsp-response" || a.header.Get("Cache-Control") != "no-store" {
		s.t.Fatalf("status %d, %v, %q", a.status, a.header, a.body)
	}
	r, err := ocsp.ParseResponse(a.body)
	if err != nil || r.Status != ocsp.Successful {
		s.t.Fatalf("%+v, %v", r, err)
	}
	if _, err := r.Verify(s.ca.Chain()[0], nil, nil); err != nil || r.Singles[0].Status != want {
		s.t.Errorf("status %v, want %v; %v", r.Singles[0].Status, want, err)
	}
}

func TestOCSPPost(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for _, path := range []string{"/pki/ocsp", "/pki/ocsp/"} {
		s.wantStatus(s.do("POST", path, bytes.NewReader(s.question(s.own()))), ocsp.Good)
	}
	s.wantStatus(s.do("POST", "/pki/ocsp", bytes.NewReader(s.question(x509.NewSerial([]byte{5})))), ocsp.Unknown)
	for _, body := range []string{"", "garbage"} {
		a := s.do("POST", "/pki/ocsp", strings.NewReader(body))
		if r, err := ocsp.ParseResponse(a.body); a.status != 200 || err != nil || r.Status != ocsp.MalformedRequest {
			t.Errorf("%q: %d, %+v, %v", body, a.status, r, err)
		}
	}
}

// RFC 6960, A.1: the request in the address, in each way that clients write it.
func TestOCSPGet(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	// A serial number whose base64 holds what an address has its own meaning for.
	var slashes, plus []byte
	for n := byte(0); slashes == nil || plus == nil; n++ {
		q := s.question(x509.NewSerial([]byte{n, 0xff, 0xff, 0xff, 0xfb, 0xef, 0xbe, 0xff, n}))
		text := base64.StdEncoding.EncodeToString(q)
		if strings.Contains(text, "//") {
			slashes = q
		}
		if strings.Contains(text, "+") {
			plus = q
		}
		if n == 255 {
			t.Fatal("no such number")
		}
	}
	for _, q := range [][]byte{s.question(s.own()), slashes, plus} {
		want := ocsp.Unknown
		if bytes.Equal(q, s.question(s.own())) {
			want = ocsp.Good
		}
		text := base64.StdEncoding.EncodeToString(q)
		for _, path := range []string{
			url.PathEscape(text), url.QueryEscape(text), text, strings.TrimRight(text, "="), url.PathEscape(strings.TrimRight(text, "=")),
			strings.ReplaceAll(strings.ReplaceAll(text, "/", "%2f"), "+", "%2b"),
		} {
			s.wantStatus(s.do("GET", "/pki/ocsp/"+path, nil), want)
		}
	}
	a := s.do("HEAD", "/pki/ocsp/"+url.PathEscape(base64.StdEncoding.EncodeToString(slashes)), nil)
	if a.status != 200 || len(a.body) != 0 || a.header.Get("Content-Length") == "0" {
		t.Errorf("HEAD: %d, %v", a.status, a.header)
	}
	for _, bad := range []string{"/pki/ocsp/!!!", "/pki/ocsp/%25zz", "/pki/ocsp/a-_b"} {
		if a := s.do("GET", bad, nil); a.status != 400 {
			t.Errorf("%s: %d", bad, a.status)
		}
	}
}

func TestStampOverHTTP(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	req, err := tsp.NewRequest(rand.Reader, alg.Streebog256, alg.Streebog256.Sum([]byte("x")))
	if err != nil {
		t.Fatal(err)
	}
	a := s.do("POST", "/pki/tsp", bytes.NewReader(req.Marshal()))
	resp, err := tsp.ParseResponse(a.body)
	if err != nil || a.status != 200 || a.header.Get("Content-Type") != tsp.ResponseType || !resp.Granted() {
		t.Fatalf("%d, %v, %+v, %v", a.status, a.header, resp, err)
	}
	token, err := tsp.ParseToken(resp.Token)
	if err != nil {
		t.Fatal(err)
	}
	if err := token.Answers(req); err != nil {
		t.Error(err)
	}
	// A refusal is an answer of the protocol, not of HTTP.
	a = s.do("POST", "/pki/tsp", strings.NewReader("garbage"))
	if resp, err := tsp.ParseResponse(a.body); a.status != 200 || err != nil || resp.FailInfo != tsp.BadDataFormat {
		t.Errorf("%d, %+v, %v", a.status, resp, err)
	}
}

// What is over the limit is refused by its announced length, before it is read.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	host := strings.TrimPrefix(s.url, "http://")
	for _, path := range []string{"/pki/tsp", "/pki/ocsp"} {
		conn, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		// Nothing of the body is sent: an answer shows that none was waited for.
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", path, 10<<20)
		if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: %+v, %v", path, resp, err)
		}
		// Without an announcement, it is cut at the limit.
		pipe, feed := io.Pipe()
		go func() {
			for {
				if _, err := feed.Write(make([]byte, 4096)); err != nil {
					return
				}
			}
		}()
		req, err := http.NewRequest("POST", s.url+path, pipe)
		if err != nil {
			t.Fatal(err)
		}
		resp, err = s.client.Do(req)
		if err == nil { // else the server closed while we wrote: refused as well
			resp.Body.Close()
			if resp.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("%s, length unknown: %d", path, resp.StatusCode)
			}
		}
		pipe.Close()
	}
	// A body that breaks off is no question.
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "POST /pki/ocsp HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || resp.StatusCode != http.StatusBadRequest {
		t.Errorf("cut short: %+v, %v", resp, err)
	}
}

func TestListAndCertificates(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	issuing, err := s.ca.Key(ca.Issuing)
	if err != nil {
		t.Fatal(err)
	}
	path := "/pki/crl/" + issuing.ID + ".crl"
	if a := s.do("GET", path, nil); a.status != 404 {
		t.Errorf("before the first list: %d", a.status)
	}
	if err := s.ca.PublishLists(context.Background()); err != nil {
		t.Fatal(err)
	}
	a := s.do("GET", path, nil)
	list, err := x509.ParseCRL(a.body)
	if err != nil || a.status != 200 || a.header.Get("Content-Type") != "application/pkix-crl" {
		t.Fatalf("%d, %v, %v", a.status, a.header, err)
	}
	if err := list.CheckSignatureFrom(issuing.Certificate); err != nil {
		t.Error(err)
	}
	if h := s.do("HEAD", path, nil); h.status != 200 || len(h.body) != 0 || h.header.Get("Content-Length") != fmt.Sprint(len(a.body)) {
		t.Errorf("HEAD: %d, %v", h.status, h.header)
	}
	req, err := http.NewRequest("GET", s.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("If-None-Match", a.header.Get("ETag"))
	if a := s.send(req); a.status != http.StatusNotModified {
		t.Errorf("the same list again: %d", a.status)
	}
	if err := s.ca.PublishLists(context.Background()); err != nil {
		t.Fatal(err)
	}
	if a := s.send(req); a.status != 200 {
		t.Errorf("a new list: %d", a.status)
	}
	s.ahead.Store(int64(13 * time.Hour)) // lists live for 12
	if a := s.do("GET", path, nil); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
		t.Errorf("a list that has run out: %d, %v", a.status, a.header)
	}
	if !strings.Contains(s.log.String(), "no list to give") {
		t.Errorf("the log: %q", s.log.String())
	}
	s.ahead.Store(0)
	for _, authority := range s.ca.Authorities() {
		a := s.do("GET", "/pki/ca/"+authority.ID+".cer", nil)
		if a.status != 200 || !bytes.Equal(a.body, authority.Certificate.Raw) || a.header.Get("Content-Type") != "application/pkix-cert" {
			t.Errorf("%s: %d, %v", authority.Role, a.status, a.header)
		}
	}
}

func TestMethodsAndPaths(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	for path, allow := range map[string]string{
		"/pki/ocsp": "POST", "/pki/tsp": "POST", "/pki/ocsp/AAAA": "GET, HEAD", "/pki/ca/x.cer": "GET, HEAD", "/pki/crl/x.crl": "GET, HEAD",
	} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"} {
			a := s.do(method, path, nil)
			if strings.Contains(allow, method) {
				if a.status == http.StatusMethodNotAllowed {
					t.Errorf("%s %s: %d", method, path, a.status)
				}
				continue
			}
			if a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != allow {
				t.Errorf("%s %s: %d, %q", method, path, a.status, a.header.Get("Allow"))
			}
		}
	}
	for _, path := range []string{
		"/pki/", "/pki/ca/", "/pki/ca/x.cer", "/pki/crl/x.crl", "/pki/crl/..%2f..%2fkek.crl", "/pki/ca/../../etc/passwd", "/pki/tsp/", "/other",
	} {
		if a := s.do("GET", path, nil); a.status != 404 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

// When the register cannot be read, the client is told to come back, and the log
// says why.
func TestTrouble(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	err := s.db.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		for _, q := range []string{"ALTER TABLE certificate RENAME TO elsewhere", "ALTER TABLE crl RENAME TO crl_elsewhere"} {
			if _, err := tx.ExecContext(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	a := s.do("POST", "/pki/ocsp", bytes.NewReader(s.question(x509.NewSerial([]byte{5}))))
	if r, err := ocsp.ParseResponse(a.body); err != nil || r.Status != ocsp.TryLater {
		t.Errorf("%+v, %v", r, err)
	}
	if a := s.do("GET", "/pki/crl/x.crl", nil); a.status != http.StatusServiceUnavailable {
		t.Errorf("list: %d", a.status)
	}
	if got := s.log.String(); !strings.Contains(got, "/pki/ocsp") || !strings.Contains(got, "certificate") {
		t.Errorf("the log: %q", got)
	}
}

func BenchmarkOCSP(b *testing.B) {
	s := newSite(b)
	q := s.question(s.own())
	b.ResetTimer()
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			resp, err := s.client.Post(s.url+"/pki/ocsp", "application/ocsp-request", bytes.NewReader(q))
			if err != nil {
				b.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
}
