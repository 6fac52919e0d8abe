// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/problem"
	"podpis/pki/ocsp"
	"podpis/pki/x509"
)

// Scenario 12: a revoked certificate may only get worse, and both the list and
// the answers say so.
func TestRevocationOnlyGetsWorse(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	serial := w.issue("a/1")
	revoke := func(reason x509.Reason) error { return w.Revoke(ctx, "account/h", serial.Hex(), reason) }
	for _, reason := range []x509.Reason{
		-1, 7, 11, x509.ReasonCertificateHold, x509.ReasonRemoveFromCRL, x509.ReasonCACompromise, x509.ReasonAACompromise,
	} {
		wantProblem(t, revoke(reason), problem.Invalid, "ca.reason.wrong")
	}
	wantProblem(t, w.Revoke(ctx, "account/h", "00", x509.ReasonSuperseded), problem.NotFound, "ca.certificate.missing")
	if err := revoke(x509.ReasonSuperseded); err != nil {
		t.Fatal(err)
	}
	at := ask(t, w.Service, serial)[0].RevokedAt
	for _, reason := range []x509.Reason{x509.ReasonSuperseded, x509.ReasonUnspecified, x509.ReasonPrivilegeWithdrawn} {
		wantProblem(t, revoke(reason), problem.Conflict, "ca.certificate.revoked")
	}
	w.clock.move(time.Hour)
	if err := revoke(x509.ReasonKeyCompromise); err != nil {
		t.Fatal(err)
	}
	single := ask(t, w.Service, serial)[0]
	entry, ok := w.publish().Find(serial)
	if single.Reason != x509.ReasonKeyCompromise || !ok || entry.Reason != x509.ReasonKeyCompromise {
		t.Errorf("OCSP %v, list %v %v", single.Reason, ok, entry.Reason)
	}
	if !single.RevokedAt.Equal(at) || !entry.At.Equal(at) {
		t.Errorf("revoked at %v; OCSP says %v, the list %v", at, single.RevokedAt, entry.At)
	}
	for reason := x509.Reason(0); reason <= 10; reason++ {
		if revoke(reason) == nil {
			t.Errorf("keyCompromise became %v", reason)
		}
	}
}

func TestCertificateAndList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	var serials []string
	for i := range 3 {
		serials = append(serials, w.issue(fmt.Sprint("a/", i)).Hex())
		w.clock.move(time.Second)
	}
	list, err := w.List(ctx, time.Time{}, 2)
	if err != nil || len(list) != 2 || list[0].Serial != serials[2] || list[1].Serial != serials[1] {
		t.Fatalf("list %v, %v", list, err)
	}
	r, err := w.Certificate(ctx, serials[0])
	if err != nil || r.Parsed == nil || r.State != Issued || r.ApprovedBy != "account/o" {
		t.Fatalf("record %+v, %v", r, err)
	}
	for _, row := range []struct {
		at   time.Time
		want string
	}{
		{r.NotBefore.Add(-time.Second), "early"}, {r.NotBefore, "active"},
		{r.NotAfter.AddDate(0, 0, -30), "ending"}, {r.NotAfter, "ending"}, {r.NotAfter.Add(time.Second), "expired"},
	} {
		if got := r.Status(row.at); got != row.want {
			t.Errorf("status at %v: %s, want %s", row.at, got, row.want)
		}
	}
	if err := w.Revoke(ctx, "account/h", serials[0], x509.ReasonSuperseded); err != nil {
		t.Fatal(err)
	}
	if r, err = w.Certificate(ctx, serials[0]); err != nil || r.Status(r.NotBefore) != "revoked" {
		t.Errorf("revoked: %+v, %v", r, err)
	}
	_, err = w.Certificate(ctx, "77")
	wantProblem(t, err, problem.NotFound, "ca.certificate.missing")
	_, _, err = w.CRL(ctx, "nobody")
	wantProblem(t, err, problem.NotFound, "ca.crl.missing")
}

// Scenario 11: after a random history the register, the list and the answers say
// the same of each certificate: status, reason and date.
func TestRegisterListAndAnswersAgree(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := 2000
	if os.Getenv("PODPIS_DRILL") != "" {
		n = 100_000
	}
	var mu sync.Mutex
	var serials []x509.Serial
	started := time.Now()
	var wg sync.WaitGroup
	for worker := range 16 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(worker), 7))
			for i := range n / 16 {
				done, err := w.Issue(context.Background(), order(t, fmt.Sprintf("%d/%d", worker, i)))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				serials = append(serials, done.Serial)
				victim := serials[r.IntN(len(serials))]
				mu.Unlock()
				w.disturb(r, victim)
			}
		})
	}
	wg.Wait()
	t.Logf("%d certificates issued with revocations and lists between in %v", len(serials), time.Since(started).Round(time.Millisecond))
	w.agree(serials)
}

// disturb does one of the things that happen between issues.
func (w *world) disturb(r *rand.Rand, victim x509.Serial) {
	ctx := context.Background()
	reasons := []x509.Reason{0, x509.ReasonKeyCompromise, x509.ReasonAffiliationChanged, x509.ReasonSuperseded, x509.ReasonCessationOfOperation, x509.ReasonPrivilegeWithdrawn}
	switch r.IntN(8) {
	case 0, 1, 2:
		err := w.Revoke(ctx, "account/h", victim.Hex(), reasons[r.IntN(len(reasons))])
		if err != nil && problem.KindOf(err) != problem.Conflict {
			w.t.Error(err)
		}
	case 3:
		w.clock.move(time.Duration(r.IntN(60_000)) * time.Millisecond)
	case 4:
		if r.IntN(10) == 0 {
			if err := w.PublishLists(ctx); err != nil {
				w.t.Error(err)
			}
		}
	}
}

func (w *world) agree(serials []x509.Serial) {
	w.t.Helper()
	list := w.publish()
	revoked := 0
	const batch = 100
	for from := 0; from < len(serials); from += batch {
		part := serials[from:min(from+batch, len(serials))]
		for i, single := range ask(w.t, w.Service, part...) {
			r, err := w.Certificate(context.Background(), part[i].Hex())
			if err != nil {
				w.t.Fatal(err)
			}
			entry, listed := list.Find(part[i])
			want := ocsp.Good
			if !r.RevokedAt.IsZero() {
				want = ocsp.Revoked
				revoked++
			}
			if single.Status != want || listed != (want == ocsp.Revoked) {
				w.t.Errorf("%s: register %v, OCSP %v, listed %v", r.Serial, want, single.Status, listed)
			}
			at := r.RevokedAt.Truncate(time.Second)
			if listed && (entry.Reason != r.Reason || single.Reason != r.Reason || !entry.At.Equal(at) || !single.RevokedAt.Equal(at)) {
				w.t.Errorf("%s: register %v %v, OCSP %v %v, list %v %v", r.Serial, r.Reason, at, single.Reason, single.RevokedAt, entry.Reason, entry.At)
			}
		}
	}
	if revoked == 0 || revoked == len(serials) || list.Len() != revoked {
		w.t.Errorf("%d of %d revoked, %d in the list", revoked, len(serials), list.Len())
	}
}

// Scenario 14: a publisher that was paused comes back; what it had read is old,
// and it must not go backward, nor lose what was revoked since.
func TestPausedPublisher(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	other, _ := w.node(w.db)
	serial := w.issue("a/1")
	before := w.publish()
	paused := false
	w.key.before = func() error {
		if paused {
			return nil
		}
		paused = true
		for range 3 {
			w.clock.move(10 * time.Second)
			if err := other.PublishLists(ctx); err != nil {
				t.Error(err)
			}
		}
		return w.Revoke(ctx, "account/h", serial.Hex(), x509.ReasonSuperseded)
	}
	if err := w.PublishLists(ctx); err != nil {
		t.Fatal(err)
	}
	list := w.list()
	if got, want := list.Number.Decimal(), fmt.Sprint(decimal(t, before)+4); got != want {
		t.Errorf("number %s, want %s", got, want)
	}
	if _, ok := list.Find(serial); !ok {
		t.Error("the paused publisher lost a revocation")
	}
	w.monotonic()
}

func decimal(t *testing.T, list *x509.CRL) (n int) {
	t.Helper()
	if _, err := fmt.Sscan(list.Number.Decimal(), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// monotonic walks the published lists: numbers go up by one, times not backward.
func (w *world) monotonic() {
	w.t.Helper()
	err := w.db.Read(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		rows, err := tx.QueryContext(ctx, "SELECT number, this_update, next_update FROM crl WHERE issuer_id = $1 ORDER BY number", w.keys[Issuing].ID)
		if err != nil {
			return err
		}
		defer rows.Close()
		var last, lastAt int64
		for rows.Next() {
			var number, at, next int64
			if err := rows.Scan(&number, &at, &next); err != nil {
				return err
			}
			if last != 0 && (number != last+1 || at < lastAt) || next <= at {
				w.t.Errorf("after number %d of %d comes %d of %d", last, lastAt, number, at)
			}
			last, lastAt = number, at
		}
		return rows.Err()
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestManyPublishers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, _ := w.node(w.db)
	first := w.publish()
	var wg sync.WaitGroup
	for i := range 4 {
		node := []*Service{w.Service, other}[i%2]
		wg.Go(func() {
			for range 10 {
				// Overtaken more often than it tries is an error the job survives.
				_ = node.PublishLists(context.Background())
			}
		})
	}
	wg.Wait()
	if decimal(t, w.list()) <= decimal(t, first) {
		t.Error("nothing was published")
	}
	w.monotonic()
	// A clock that was set back does not date a list before the one before it.
	w.clock.move(-time.Hour)
	w.publish()
	w.monotonic()
}

// Old lists go, the numbers stay: the last one is always the highest.
func TestOldListsAreDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	issuing := w.keys[Issuing]
	for range keepLists + 5 {
		if err := w.Service.publish(context.Background(), issuing); err != nil {
			t.Fatal(err)
		}
	}
	var n int
	err := w.db.Read(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT count(*) FROM crl WHERE issuer_id = $1", issuing.ID).Scan(&n)
	})
	if err != nil || n != keepLists+1 {
		t.Errorf("%d lists kept, %v", n, err)
	}
	if got := decimal(t, w.list()); got != keepLists+5 {
		t.Errorf("number %d", got)
	}
	w.monotonic()
}

// An expired certificate leaves the list a day after its end, not before.
func TestExpiredLeaveTheList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	serial := w.issue("a/1")
	if err := w.Revoke(context.Background(), "account/h", serial.Hex(), x509.ReasonSuperseded); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		ahead time.Duration
		want  bool
	}{{0, true}, {455*24*time.Hour + time.Hour, true}, {24 * time.Hour, false}} {
		w.clock.move(row.ahead)
		if _, ok := w.publish().Find(serial); ok != row.want {
			t.Errorf("at %v: listed %v", w.clock.now(), ok)
		}
	}
}

// The background work, with its runner: a revocation is in the list soon, many at
// once do not make a list each, and what a crash left is ended.
func TestBackgroundWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(context.Background())
	runner := jobs.New(w.db, jobs.Config{Poll: 5 * time.Millisecond})
	w.Work(runner, time.Hour, 20*time.Millisecond)
	abandoned := make(chan string, 1)
	jobs.Subscribe(runner, "test", func(_ context.Context, _ *db.Tx, e CertificateAbandoned) error {
		abandoned <- e.OrderKey
		return nil
	})
	revoked := make(chan string, 20)
	jobs.Subscribe(runner, "test", func(_ context.Context, _ *db.Tx, e CertificateRevoked) error {
		revoked <- e.Serial
		return nil
	})
	ended := make(chan error)
	go func() { ended <- runner.Run(ctx) }()
	var serials []x509.Serial
	for i := range 10 {
		serials = append(serials, w.issue(fmt.Sprint("a/", i)))
	}
	for _, serial := range serials {
		if err := w.Revoke(ctx, "account/h", serial.Hex(), x509.ReasonSuperseded); err != nil {
			t.Fatal(err)
		}
	}
	for range serials {
		<-revoked
	}
	deadline := time.After(30 * time.Second)
	for listed := 0; listed < len(serials); {
		select {
		case <-deadline:
			t.Fatalf("%d of %d in the list", listed, len(serials))
		case <-time.After(5 * time.Millisecond):
		}
		if _, _, err := w.CRL(ctx, w.keys[Issuing].ID); err != nil {
			continue
		}
		list := w.list()
		listed = 0
		for _, serial := range serials {
			if _, ok := list.Find(serial); ok {
				listed++
			}
		}
	}
	w.exec("UPDATE certificate SET state = 'signing' WHERE serial = $1", serials[0].Hex())
	w.clock.move(time.Minute)
	select {
	case key := <-abandoned:
		if key != "a/0" {
			t.Errorf("abandoned %s", key)
		}
	case <-deadline:
		t.Error("nothing was reconciled")
	}
	cancel()
	if err := <-ended; err != nil && ctx.Err() == nil {
		t.Error(err)
	}
}

// The job of a revocation publishes unless the list says it already.
func TestPublishFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	serial := w.issue("a/1")
	if err := w.Revoke(ctx, "account/h", serial.Hex(), x509.ReasonSuperseded); err != nil {
		t.Fatal(err)
	}
	number := func() int { return decimal(t, w.list()) }
	for i, want := range []int{1, 1} {
		if err := w.publishFor(ctx, serial.Hex()); err != nil {
			t.Fatal(err)
		}
		if got := number(); got != want {
			t.Errorf("run %d: number %d, want %d", i, got, want)
		}
	}
	if err := w.Revoke(ctx, "account/h", serial.Hex(), x509.ReasonKeyCompromise); err != nil {
		t.Fatal(err)
	}
	if err := w.publishFor(ctx, serial.Hex()); err != nil || number() != 2 {
		t.Errorf("after the reason changed: number %d, %v", number(), err)
	}
	if err := w.publishFor(ctx, ""); err != nil || number() != 3 {
		t.Errorf("by time: number %d, %v", number(), err)
	}
	if err := w.publishFor(ctx, "77"); err == nil {
		t.Error("published for nobody")
	}
}

func BenchmarkIssue(b *testing.B) {
	w := newWorld(b)
	var orders []Order
	for i := range b.N {
		orders = append(orders, order(b, fmt.Sprint("a/", i)))
	}
	next := make(chan Order, b.N)
	for _, o := range orders {
		next <- o
	}
	close(next)
	b.ResetTimer()
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for o := range next {
				if _, err := w.Issue(context.Background(), o); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "issues/s")
}

func BenchmarkAnswer(b *testing.B) {
	w := newWorld(b)
	q := question(b, w.Service, w.issue("a/1"))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := w.Answer(context.Background(), q); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "answers/s")
}

// What a higher service asks in its own act, and what the command line asks.
func TestOrderAndLint(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	serial := w.issue("a/1")
	err := w.db.Read(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		got, state, err := w.OrderTx(ctx, tx, "a/1")
		if err != nil || got != serial.Hex() || state != Issued {
			t.Errorf("order: %s, %s, %v", got, state, err)
		}
		_, _, err = w.OrderTx(ctx, tx, "b/1")
		wantProblem(t, err, problem.NotFound, "ca.order.abandoned")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.Certificate(context.Background(), serial.Hex())
	if err != nil {
		t.Fatal(err)
	}
	if found, err := w.Lint("person", r.Parsed); err != nil || len(found) != 0 {
		t.Errorf("own certificate: %v, %v", found, err)
	}
	if found, err := w.Lint("org", r.Parsed); err != nil || len(found) == 0 {
		t.Errorf("under another profile: %v, %v", found, err)
	}
	_, err = w.Lint("nobody", r.Parsed)
	wantProblem(t, err, problem.Invalid, "ca.profile.unknown")
}
