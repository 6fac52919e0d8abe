// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package tsa_test

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/db/dbtest"
	"podpis/internal/platform/policy"
	"podpis/internal/service/tsa"
	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/tsp"
	"podpis/pki/x509"
)

// bench is a service with a clock that the test moves.
type bench struct {
	*tsa.Service
	t     testing.TB
	db    *db.DB
	book  *policy.Book
	ahead atomic.Int64 // nanoseconds
	id    *pkitest.Identity
	fail  atomic.Bool // the key is not to be had
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{t: t}
	b.db = dbtest.OpenClock(t, func() time.Time { return time.Now().Add(time.Duration(b.ahead.Load())) })
	var err error
	if b.book, err = policy.New(tsa.Rules()); err != nil {
		t.Fatal(err)
	}
	now := time.Now().UTC().Truncate(time.Second)
	term := func(x *x509.Template) { x.NotBefore, x.NotAfter = now.Add(-2*time.Hour), now.AddDate(1, 0, 0) }
	b.id = pkitest.Root(t, alg.GOST256B, "CN=Root", term).TSA(t, alg.GOST256B, term)
	b.Service = b.node()
	return b
}

func (b *bench) node() *tsa.Service {
	return tsa.New(b.db, b.book, func() (tsa.Key, error) {
		if b.fail.Load() {
			return tsa.Key{}, errors.New("no key")
		}
		return tsa.Key{Signer: b.id.Key, Certificate: b.id.Cert}, nil
	})
}

// ask asks for a stamp and returns the answer.
func (b *bench) ask(s *tsa.Service, req *tsp.Request) *tsp.Response {
	b.t.Helper()
	answer, err := b.raw(s, req.Marshal())
	if err != nil {
		b.t.Fatal(err)
	}
	return answer
}

func (b *bench) raw(s *tsa.Service, request []byte) (*tsp.Response, error) {
	b.t.Helper()
	raw, err := s.Timestamp(context.Background(), request)
	answer, bad := tsp.ParseResponse(raw)
	if bad != nil {
		b.t.Fatalf("answer cannot be read: %v", bad)
	}
	return answer, err
}

func (b *bench) request(h alg.Hash) *tsp.Request {
	b.t.Helper()
	req, err := tsp.NewRequest(rand.Reader, h, h.Sum([]byte("document")))
	if err != nil {
		b.t.Fatal(err)
	}
	return req
}

func (b *bench) token(answer *tsp.Response) *tsp.Token {
	b.t.Helper()
	if !answer.Granted() {
		b.t.Fatalf("refused: %v %q", answer.FailInfo, answer.Text)
	}
	token, err := tsp.ParseToken(answer.Token)
	if err != nil {
		b.t.Fatal(err)
	}
	return token
}

func TestStamp(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, h := range []alg.Hash{alg.Streebog256, alg.Streebog512, alg.SHA256, alg.SHA384, alg.SHA512} {
		for _, enclose := range []bool{true, false} {
			req := b.request(h)
			req.CertReq = enclose
			token := b.token(b.ask(b.Service, req))
			if err := token.Answers(req); err != nil {
				t.Errorf("%s: %v", h, err)
			}
			if err := token.Covers([]byte("document")); err != nil {
				t.Errorf("%s: %v", h, err)
			}
			if _, err := token.Verify([]*x509.Certificate{b.id.Cert}); err != nil {
				t.Errorf("%s: %v", h, err)
			}
			if got := len(token.Certificates()); (got > 0) != enclose {
				t.Errorf("%s: %d certificates, asked for: %v", h, got, enclose)
			}
			if token.Accuracy != time.Second || token.Ordering || time.Since(token.Time).Abs() > 5*time.Second {
				t.Errorf("%s: time %v, accuracy %v, ordering %v", h, token.Time, token.Accuracy, token.Ordering)
			}
		}
	}
	// Without a nonce there is none in the answer.
	req := b.request(alg.Streebog256)
	req.Nonce = nil
	if token := b.token(b.ask(b.Service, req)); token.Nonce != nil {
		t.Errorf("nonce %x of nowhere", token.Nonce)
	}
}

// Each stamp has its entry, and the entry says what the stamp says.
func TestRecord(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	token := b.token(b.ask(b.Service, b.request(alg.Streebog256)))
	var list []audit.Entry
	err := b.db.Read(context.Background(), func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = audit.List(ctx, tx, audit.Filter{Object: "timestamp/" + token.Serial.Hex()})
		return err
	})
	if err != nil || len(list) != 1 || list[0].Details["time"] != token.Time.Format(time.RFC3339Nano) {
		t.Errorf("audit %+v, %v; time %v", list, err, token.Time)
	}
}

// Scenario 19: what is not accepted gets its reason in the words of RFC 3161.
func TestRefusals(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	changed := func(h alg.Hash, change func(*tsp.Request)) []byte {
		req := b.request(h)
		change(req)
		return req.Marshal()
	}
	keep := func(*tsp.Request) {}
	unknown := changed(alg.SHA256, keep)
	for i := range unknown { // 2.16.840.1.101.3.4.2.1 becomes .2.63
		if string(unknown[i:i+9]) == "\x60\x86\x48\x01\x65\x03\x04\x02\x01" {
			unknown[i+8] = 63
			break
		}
	}
	for name, row := range map[string]struct {
		request []byte
		want    tsp.FailInfo
	}{
		"unknown policy":    {changed(alg.SHA256, func(q *tsp.Request) { q.Policy = "1.2.3.4" }), tsp.UnacceptedPolicy},
		"unknown hash":      {unknown, tsp.BadAlg},
		"SHA-1":             {changed(alg.SHA1, keep), tsp.BadAlg},
		"imprint too short": {changed(alg.SHA256, func(q *tsp.Request) { q.Imprint = q.Imprint[:20] }), tsp.BadDataFormat},
		"empty":             {nil, tsp.BadDataFormat},
		"garbage":           {[]byte("GET / HTTP/1.1"), tsp.BadDataFormat},
		"too large":         {make([]byte, tsa.MaxRequest+1), tsp.BadDataFormat},
		"10 MB":             {make([]byte, 10<<20), tsp.BadDataFormat},
	} {
		answer, err := b.raw(b.Service, row.request)
		if err != nil || answer.Granted() || answer.Status != tsp.Rejection || answer.FailInfo != row.want {
			t.Errorf("%s: status %d, %v, %v; want %v", name, answer.Status, answer.FailInfo, err, row.want)
		}
	}
	// The own policy, named, is accepted.
	req := b.request(alg.SHA256)
	req.Policy = "2.16.840.1.101.3.2.1.48.1"
	if token := b.token(b.ask(b.Service, req)); token.Policy != req.Policy {
		t.Errorf("policy %s", token.Policy)
	}
}

// What is wrong with the service is no stamp, and the log hears of it.
func TestNoStampWithoutItsParts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ctx := context.Background()
	exec := func(query string) {
		t.Helper()
		err := b.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.ExecContext(ctx, query)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	refused := func(name string) {
		t.Helper()
		answer, err := b.raw(b.Service, b.request(alg.SHA256).Marshal())
		if err == nil || answer.Granted() || answer.FailInfo != tsp.SystemFailure {
			t.Errorf("%s: %v, %v", name, answer.FailInfo, err)
		}
	}
	exec("ALTER TABLE audit_entry RENAME TO elsewhere")
	refused("audit cannot be written")
	exec("ALTER TABLE elsewhere RENAME TO audit_entry")
	b.fail.Store(true)
	refused("no key")
	b.fail.Store(false)
	b.ahead.Store(int64(370 * 24 * time.Hour))
	refused("certificate has run out")
	b.ahead.Store(0)
	b.token(b.ask(b.Service, b.request(alg.SHA256)))
}

// Scenario 18: the clock steps.
func TestClockSteps(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	stamp := func() *tsp.Response { return b.ask(b.Service, b.request(alg.SHA256)) }
	b.ahead.Store(int64(time.Hour))
	first := b.token(stamp())
	b.ahead.Store(int64(time.Hour - 500*time.Millisecond))
	if second := b.token(stamp()); second.Time.Before(first.Time) {
		t.Errorf("after %v comes %v", first.Time, second.Time)
	}
	for _, back := range []time.Duration{2 * time.Second, time.Hour} {
		b.ahead.Store(int64(time.Hour - back))
		if answer := stamp(); answer.Granted() || answer.FailInfo != tsp.TimeNotAvailable {
			t.Errorf("%v back: %v", back, answer.FailInfo)
		}
	}
	b.ahead.Store(int64(time.Hour))
	if last := b.token(stamp()); last.Time.Before(first.Time) {
		t.Errorf("after %v comes %v", first.Time, last.Time)
	}
}

// Scenario 19: numbers are unique over nodes; the stamps of one do not go back.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var mu sync.Mutex
	serials := map[string]bool{}
	var wg sync.WaitGroup
	const workers, each = 8, 10
	for i := range workers {
		node := b.Service
		if i%2 == 1 {
			node = b.node()
		}
		wg.Go(func() {
			var last time.Time
			for range each {
				answer, err := b.raw(node, b.request(alg.SHA256).Marshal())
				if err != nil || !answer.Granted() {
					t.Errorf("%v, %v", answer.FailInfo, err)
					return
				}
				token, err := tsp.ParseToken(answer.Token)
				if err != nil || token.Time.Before(last) {
					t.Errorf("after %v comes %v, %v", last, token.Time, err)
					return
				}
				last = token.Time
				mu.Lock()
				serials[token.Serial.Hex()] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(serials) != workers*each {
		t.Errorf("%d numbers for %d stamps", len(serials), workers*each)
	}
}

func BenchmarkStamp(b *testing.B) {
	w := newBench(b)
	q := w.request(alg.Streebog256).Marshal()
	b.ResetTimer()
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := w.Timestamp(context.Background(), q); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "stamps/s")
}
