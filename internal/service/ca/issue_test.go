// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"podpis/internal/platform/problem"
	"podpis/pki/alg"
	"podpis/pki/ocsp"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
)

// wantProblem fails unless err is the problem with the key.
func wantProblem(t *testing.T, err error, kind problem.Kind, key string) {
	t.Helper()
	if !errors.Is(err, problem.New(kind, key)) {
		t.Errorf("error %v, want %s %s", err, kind, key)
	}
}

// Scenario 3: the same order from many at once makes one certificate and one
// signature.
func TestOneOrderOneSignature(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other, otherKey := w.node(w.db)
	o := order(t, "a/1")
	var mu sync.Mutex
	serials := map[string]int{}
	var wg sync.WaitGroup
	for i := range 32 {
		node := []*Service{w.Service, other}[i%2]
		wg.Go(func() {
			done, err := node.Issue(context.Background(), o)
			if err != nil {
				wantProblem(t, err, problem.Unavailable, "ca.order.running")
				return
			}
			mu.Lock()
			defer mu.Unlock()
			serials[done.Serial.Hex()]++
		})
	}
	wg.Wait()
	again, err := w.Issue(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	serials[again.Serial.Hex()]++
	if n := w.key.calls.Load() + otherKey.calls.Load(); n != 1 || len(serials) != 1 {
		t.Errorf("%d signatures, certificates %v", n, serials)
	}
	if len(w.states()) != 1 {
		t.Errorf("register: %v", w.states())
	}
}

// The key of an order belongs to its request, profile and approval.
func TestOrderIsBound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	o := order(t, "a/1")
	if _, err := w.Issue(ctx, o); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Order){
		"request":  func(o *Order) { o.Request = request(t, alg.P256) },
		"approval": func(o *Order) { o.Approval = []byte{1} },
		"profile":  func(o *Order) { o.Profile = "ip" },
	} {
		other := o
		change(&other)
		_, err := w.Issue(ctx, other)
		t.Run(name, func(t *testing.T) { wantProblem(t, err, problem.Conflict, "ca.order.other") })
	}
	for name, change := range map[string]func(*Order){
		"no key":      func(o *Order) { o.Key = "" },
		"no approval": func(o *Order) { o.Approval = nil },
		"no approver": func(o *Order) { o.ApprovedBy = "" },
		"no orderer":  func(o *Order) { o.OrderedBy = "" },
	} {
		other := o
		change(&other)
		if _, err := w.Issue(ctx, other); err == nil {
			t.Errorf("%s: issued", name)
		}
	}
	// The holder's key is certified for one order alone, whatever its request.
	other := o
	other.Key = "b/1"
	_, err := w.Issue(ctx, other)
	wantProblem(t, err, problem.Conflict, "ca.key.taken")
	if n := w.key.calls.Load(); n != 1 {
		t.Errorf("%d signatures", n)
	}
}

// What people send as a request.
func TestBadRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	good := request(t, alg.GOST256B)
	flip := func(at int) []byte {
		b := bytes.Clone(good)
		b[at] ^= 1
		return b
	}
	weak, err := alg.Generate(alg.P521, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	name, err := x509.NameByText("CN=A")
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := x509.CreateRequest(rand.Reader, weak, name, nil)
	if err != nil {
		t.Fatal(err)
	}
	for what, row := range map[string]struct {
		request []byte
		key     string
	}{
		"nothing":          {nil, "ca.request.broken"},
		"garbage":          {[]byte("-----BEGIN"), "ca.request.broken"},
		"oversized":        {append(bytes.Clone(good), make([]byte, maxRequest)...), "ca.request.large"},
		"100 MB":           {make([]byte, 100<<20), "ca.request.large"},
		"trailing":         {append(bytes.Clone(good), 0), "ca.request.broken"},
		"cut":              {good[:len(good)-1], "ca.request.broken"},
		"signature":        {flip(len(good) - 1), "ca.request.signature"},
		"key not accepted": {foreign, "ca.request.key"},
		"key of 2001":      {pkitest.ReadCorpus(t, "csr/bc-gost3410EC_B.p10"), "ca.request.key"},
		"a certificate":    {w.Chain()[0].Raw, "ca.request.broken"},
	} {
		o := order(t, "a/1")
		o.Request = row.request
		_, err := w.Issue(context.Background(), o)
		t.Run(what, func(t *testing.T) { wantProblem(t, err, problem.Invalid, row.key) })
	}
	for _, profile := range []string{"", "nobody", "root", "issuing", "ocsp", "tsa", "audit", "seal", "../person"} {
		o := order(t, "a/1")
		o.Profile = profile
		_, err := w.Issue(context.Background(), o)
		wantProblem(t, err, problem.Invalid, "ca.profile.unknown")
	}
	if n := w.key.calls.Load(); n != 0 || len(w.states()) != 0 {
		t.Errorf("%d signatures, register %v", n, w.states())
	}
}

// abandoned checks what must hold of a number that was perhaps signed and never
// stored: it is revoked everywhere, and its order can be carried out anew.
func (w *world) abandoned(serial string, o Order) {
	w.t.Helper()
	number, err := x509.SerialFromHex(serial)
	if err != nil {
		w.t.Fatal(err)
	}
	if got := w.states()[serial]; got != Abandoned {
		w.t.Fatalf("state %s", got)
	}
	if got := ask(w.t, w.Service, number)[0].Status; got != ocsp.Revoked {
		w.t.Errorf("OCSP of an abandoned number: %v", got)
	}
	if _, ok := w.publish().Find(number); !ok {
		w.t.Error("an abandoned number is not in the list")
	}
	done, err := w.Issue(context.Background(), o)
	if err != nil || done.Serial.Hex() == serial {
		w.t.Errorf("the order anew: %s, %v", done.Serial.Hex(), err)
	}
}

// only is the one number of the register.
func (w *world) only() string {
	w.t.Helper()
	all := w.states()
	if len(all) != 1 {
		w.t.Fatalf("register: %v", all)
	}
	for serial := range all {
		return serial
	}
	return ""
}

// Scenario 2: the certificate cannot be stored after it was signed.
func TestFinishFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	var once sync.Once
	w.key.before = func() error {
		once.Do(func() { w.exec("ALTER TABLE audit_entry RENAME TO elsewhere") })
		return nil
	}
	o := order(t, "a/1")
	_, err := w.Issue(ctx, o)
	wantProblem(t, err, problem.Unavailable, "ca.order.running")
	w.exec("ALTER TABLE elsewhere RENAME TO audit_entry")
	serial := w.only()
	if got := w.states()[serial]; got != Signing {
		t.Fatalf("state %s", got)
	}
	number, _ := x509.SerialFromHex(serial)
	if got := response(t, w.Service, number).Status; got != ocsp.TryLater {
		t.Errorf("OCSP while it is open: %v", got)
	}
	_, err = w.Issue(ctx, o)
	wantProblem(t, err, problem.Unavailable, "ca.order.running")
	if err := w.Reconcile(ctx); err != nil {
		t.Fatal(err)
	}
	if got := w.states()[serial]; got != Signing {
		t.Errorf("ended before its time: %s", got)
	}
	w.clock.move(time.Minute)
	for range 2 { // the second finds nothing to do
		if err := w.Reconcile(ctx); err != nil {
			t.Fatal(err)
		}
	}
	w.abandoned(serial, o)
	if got, want := w.actions(serial), []string{"ca.plan", "ca.sign", "ca.abandoned"}; !equal(got, want) {
		t.Errorf("audit %q, want %q", got, want)
	}
}

// Scenario 1, the part that needs no process to be killed: the program ends
// between the signature and the storing.
func TestEndAfterSignature(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := order(t, "a/1")
	func() {
		defer func() { _ = recover() }()
		w.key.after = func([]byte) { panic("power cut") }
		_, _ = w.Issue(context.Background(), o)
	}()
	w.key.after = nil
	serial := w.only()
	w.clock.move(time.Minute)
	if err := w.Reconcile(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.abandoned(serial, o)
}

// A plan whose token was never used is dropped; it cannot be signed any more.
func TestEndBeforeToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	o := order(t, "a/1")
	profile := w.profiles[o.Profile]
	req, err := checkRequest(profile, o.Request)
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.prepare(ctx, o, profile, req)
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, w.Service, p.serial)[0].Status; got != ocsp.Unknown {
		t.Errorf("OCSP of a plan: %v", got)
	}
	w.clock.move(time.Minute)
	if err := w.Reconcile(ctx); err != nil {
		t.Fatal(err)
	}
	if got := w.states()[p.serial.Hex()]; got != Dropped {
		t.Errorf("state %s", got)
	}
	if err := w.useToken(ctx, o, p); !errors.Is(err, errTokenUsed) {
		t.Errorf("the token of a dropped plan: %v", err)
	}
	if done, err := w.Issue(ctx, o); err != nil || done.Serial.Equal(p.serial) {
		t.Errorf("the order anew: %v", err)
	}
	if got := ask(t, w.Service, p.serial)[0].Status; got != ocsp.Unknown {
		t.Errorf("OCSP of a dropped number: %v", got)
	}
	err = w.Revoke(ctx, "account/h", p.serial.Hex(), x509.ReasonSuperseded)
	wantProblem(t, err, problem.NotFound, "ca.certificate.missing")
}

// The token works once, and only with its own plan.
func TestTokenWorksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	o := order(t, "a/1")
	profile := w.profiles[o.Profile]
	req, err := checkRequest(profile, o.Request)
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.prepare(ctx, o, profile, req)
	if err != nil {
		t.Fatal(err)
	}
	forged := p
	forged.token = make([]byte, 32)
	if err := w.useToken(ctx, o, forged); !errors.Is(err, errTokenUsed) {
		t.Errorf("a forged token: %v", err)
	}
	var used atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if w.useToken(ctx, o, p) == nil {
				used.Add(1)
			}
		})
	}
	wg.Wait()
	if used.Load() != 1 {
		t.Errorf("the token worked %d times", used.Load())
	}
}

// Scenario 22: a token that fails, and one that gives wrong signatures. Nothing
// of it leaves the authority.
func TestSignerFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	o := order(t, "a/1")
	w.key.before = func() error { return errors.New("token pulled") }
	_, err := w.Issue(ctx, o)
	wantProblem(t, err, problem.Unavailable, "ca.order.abandoned")
	w.key.before = nil
	w.abandoned(w.only(), o)

	o = order(t, "a/2")
	w.key.after = func(sig []byte) { sig[7] ^= 1 }
	if done, err := w.Issue(ctx, o); err == nil {
		t.Fatalf("a wrong signature went out: %x", done.DER)
	}
	w.key.after = nil
	if _, err := w.Issue(ctx, o); err != nil {
		t.Error("recovery without a restart:", err)
	}
	count := map[State]int{}
	for _, s := range w.states() {
		count[s]++
	}
	if count[Abandoned] != 2 || count[Issued] != 2 {
		t.Errorf("register: %v", count)
	}
}

// journal is a signer that sees whole certificates.
type journal struct {
	*watched
	seen [][]byte
}

func (j *journal) SignTBS(r io.Reader, tbs []byte) ([]byte, error) {
	j.seen = append(j.seen, tbs)
	return x509.SignTBS(r, j.watched, tbs)
}

func TestSignerSeesCertificates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	issuing := w.keys[Issuing]
	j := &journal{watched: w.key}
	issuing.Signer = j
	w.keys[Issuing] = issuing
	done, err := w.Issue(context.Background(), order(t, "a/1"))
	if err != nil {
		t.Fatal(err)
	}
	if len(j.seen) != 1 || !bytes.Contains(done.DER, j.seen[0]) {
		t.Errorf("the signer saw %d certificates", len(j.seen))
	}
}

// Scenario 20: what cannot be recorded is not signed, and work resumes by itself.
func TestNoAuditNoSignature(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	o := order(t, "a/1")
	serial := w.issue("a/0")
	calls := w.key.calls.Load()
	for _, table := range []string{"audit_entry", "audit_unsealed"} {
		w.exec("ALTER TABLE " + table + " RENAME TO elsewhere")
		if _, err := w.Issue(ctx, o); err == nil {
			t.Errorf("issued without %s", table)
		}
		if err := w.Revoke(ctx, "account/h", serial.Hex(), x509.ReasonSuperseded); err == nil {
			t.Errorf("revoked without %s", table)
		}
		w.exec("ALTER TABLE elsewhere RENAME TO " + table)
	}
	if n := w.key.calls.Load() - calls; n != 0 {
		t.Errorf("%d signatures without a record", n)
	}
	if got := ask(t, w.Service, serial)[0].Status; got != ocsp.Good {
		t.Errorf("after a revocation that could not be recorded: %v", got)
	}
	if _, err := w.Issue(ctx, o); err != nil {
		t.Error("after the audit is back:", err)
	}
}

// The key's token was so slow that the reconciler came first: the certificate is
// revoked and does not go out.
func TestSlowSigner(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	w.key.before = func() error {
		w.clock.move(time.Minute)
		return w.Reconcile(ctx)
	}
	o := order(t, "a/1")
	_, err := w.Issue(ctx, o)
	wantProblem(t, err, problem.Unavailable, "ca.order.running")
	w.key.before = nil
	w.abandoned(w.only(), o)
}

// A caller that goes away cannot lose a signature that was made.
func TestCallerGoesAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, cancel := context.WithCancel(context.Background())
	w.key.before = func() error { cancel(); return nil }
	o := order(t, "a/1")
	if _, err := w.Issue(ctx, o); err != nil {
		t.Fatal(err)
	}
	if got := w.states()[w.only()]; got != Issued {
		t.Errorf("state %s", got)
	}
}
