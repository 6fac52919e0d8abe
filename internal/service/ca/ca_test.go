// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"context"
	"crypto/rand"
	"io"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/db"
	"podpis/internal/platform/db/dbtest"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/policy"
	"podpis/pki/alg"
	"podpis/pki/ocsp"
	"podpis/pki/x509"
)

// world is an authority with what a test turns: the clock, and the hands on the
// issuing key.
type world struct {
	*Service
	t     testing.TB
	db    *db.DB
	ring  *keys.Ring
	book  *policy.Book
	clock *clock
	key   *watched // the issuing key
}

type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// watched counts what the key signs and lets a test stand in between.
type watched struct {
	alg.Signer
	calls  atomic.Int64
	before func() error           // may be nil
	after  func(signature []byte) // may be nil
}

func (w *watched) SignDigest(r io.Reader, h alg.Hash, digest []byte) ([]byte, error) {
	w.calls.Add(1)
	if w.before != nil {
		if err := w.before(); err != nil {
			return nil, err
		}
	}
	sig, err := w.Signer.SignDigest(r, h, digest)
	if w.after != nil {
		w.after(sig)
	}
	return sig, err
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{}}
	w.db = dbtest.OpenClock(t, w.clock.now)
	var err error
	if w.book, err = policy.New(Rules()); err != nil {
		t.Fatal(err)
	}
	if w.ring, err = keys.Load(filepath.Join(t.TempDir(), "key"), ""); err != nil {
		t.Fatal(err)
	}
	w.Service, w.key = w.node(w.db)
	return w
}

// node is an authority, one of several on a database.
func (w *world) node(d *db.DB) (*Service, *watched) {
	w.t.Helper()
	key := &watched{}
	s, err := New(Parts{
		DB: d, Ring: w.ring, Policies: w.book, PublicURL: "http://ca.example.org",
		Wrap: func(role Role, k alg.Signer) alg.Signer {
			if role != Issuing {
				return k
			}
			key.Signer = k
			return key
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := s.Open(context.Background(), testNames()); err != nil {
		w.t.Fatal(err)
	}
	key.calls.Store(0) // its own first certificates
	return s, key
}

func testNames() Names {
	n := func(cn string) map[string]string {
		return map[string]string{"CN": cn, "O": "Подпись", "C": "RU"}
	}
	return Names{
		Root: n("Учебный корневой центр"), Issuing: n("Учебный выпускающий центр"), Responder: n("Учебная служба OCSP"),
		Stamping: n("Учебная служба штампов времени"), Auditing: n("Учебный журнал аудита"),
		Sealing: n("Учебная служба проверки подписей"),
	}
}

func person() map[string]string {
	return map[string]string{
		"CN": "Соколова Анна Ивановна", "SN": "Соколова", "G": "Анна Ивановна", "C": "RU", "ST": "16 Республика Татарстан", "L": "Казань",
		"INN": "990000001704", "SNILS": "99000000153", "E": "anna@example.org",
	}
}

// request makes a request with a fresh key of a kind.
func request(t testing.TB, kind alg.Kind) []byte {
	t.Helper()
	k, err := alg.Generate(kind, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	subject, err := x509.NameByText("CN=Заявитель")
	if err != nil {
		t.Fatal(err)
	}
	req, err := x509.CreateRequest(rand.Reader, k, subject, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func order(t testing.TB, key string) Order {
	t.Helper()
	return Order{
		Key: key, Profile: "person", Subject: person(), Request: request(t, alg.P256),
		Approval: []byte{0xab, 0xcd}, ApprovedBy: "account/o", OrderedBy: "account/h",
	}
}

func (w *world) issue(key string) x509.Serial {
	w.t.Helper()
	done, err := w.Issue(context.Background(), order(w.t, key))
	if err != nil {
		w.t.Fatal(err)
	}
	return done.Serial
}

// exec runs a statement of the test's own.
func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	err := w.db.Write(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) states() map[string]State {
	w.t.Helper()
	found := map[string]State{}
	err := w.db.Read(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		rows, err := newQueries(tx).List(ctx, listParams{CreatedAt: 1<<62 - 1, Limit: 1 << 30})
		for _, r := range rows {
			found[r.Serial] = State(r.State)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// entries are the audit entries about a certificate, the first one first.
func (w *world) entries(serial string) (list []audit.Entry) {
	w.t.Helper()
	err := w.db.Read(context.Background(), func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = audit.List(ctx, tx, audit.Filter{Object: "certificate/" + serial})
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list
}

func (w *world) actions(serial string) (list []string) {
	for _, e := range w.entries(serial) {
		list = append(list, e.Action)
	}
	return list
}

// ask asks a node for the status of certificates of the issuing CA.
func ask(t testing.TB, s *Service, serials ...x509.Serial) []*ocsp.Single {
	t.Helper()
	answer := response(t, s, serials...)
	if answer.Status != ocsp.Successful {
		t.Fatalf("answer: %v", answer.Status)
	}
	issuer := s.Chain()[0]
	if err := answer.CheckNonce(nonce()); err != nil {
		t.Error(err)
	}
	if _, err := answer.Verify(issuer, nil, nil); err != nil {
		t.Fatal(err)
	}
	var list []*ocsp.Single
	for _, serial := range serials {
		single, ok := answer.Find(issuer, serial)
		if !ok {
			t.Fatal("no answer for the certificate")
		}
		list = append(list, single)
	}
	return list
}

func nonce() []byte { return []byte("0123456789abcdef") }

func response(t testing.TB, s *Service, serials ...x509.Serial) *ocsp.Response {
	t.Helper()
	raw, err := s.Answer(context.Background(), question(t, s, serials...))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := ocsp.ParseResponse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

func question(t testing.TB, s *Service, serials ...x509.Serial) []byte {
	t.Helper()
	var ids []ocsp.CertID
	for i, serial := range serials {
		h := []alg.Hash{alg.SHA1, alg.SHA256, alg.Streebog256}[i%3]
		id, err := ocsp.NewCertID(h, s.Chain()[0], serial)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	req, err := ocsp.NewRequest(nonce(), ids...)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func (w *world) list() *x509.CRL {
	w.t.Helper()
	issuing, err := w.Key(Issuing)
	if err != nil {
		w.t.Fatal(err)
	}
	raw, _, err := w.CRL(context.Background(), issuing.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	list, err := x509.ParseCRL(raw)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := list.CheckSignatureFrom(issuing.Certificate); err != nil {
		w.t.Fatal(err)
	}
	return list
}

func (w *world) publish() *x509.CRL {
	w.t.Helper()
	if err := w.PublishLists(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	return w.list()
}
