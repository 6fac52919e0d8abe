// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package servicetest puts the services together for tests, as internal/app does
// for an installation: a real database, a real authority with real keys, a clock
// that tests turn. Of the outside world only the gateways are played: what they
// are given is kept and read back.
//
// It leaves out the doors, and anything an installation would not have.
package servicetest

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/blob"
	"podpis/internal/platform/db"
	"podpis/internal/platform/db/dbtest"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/platform/valve"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/approve"
	"podpis/internal/service/auth/certified"
	"podpis/internal/service/auth/contact"
	"podpis/internal/service/auth/external"
	"podpis/internal/service/auth/signup"
	"podpis/internal/service/ca"
	"podpis/internal/service/connection"
	"podpis/internal/service/consult"
	"podpis/internal/service/document"
	"podpis/internal/service/download"
	"podpis/internal/service/draft"
	"podpis/internal/service/egrip"
	"podpis/internal/service/factor"
	"podpis/internal/service/federation"
	"podpis/internal/service/identity"
	"podpis/internal/service/inbox"
	"podpis/internal/service/news"
	"podpis/internal/service/oversight"
	"podpis/internal/service/people"
	"podpis/internal/service/privacy"
	"podpis/internal/service/push"
	"podpis/internal/service/ra"
	"podpis/internal/service/recovery"
	"podpis/internal/service/support"
	"podpis/internal/service/support/chat"
	"podpis/internal/service/trust"
	"podpis/internal/service/tsa"
	"podpis/internal/service/verdict"
	"podpis/internal/service/workplace"
	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/sign"
	"podpis/stand"
	standregister "podpis/stand/egrip"
	"podpis/verify/fetch"
)

// PublicURL is the address of the site of a world.
const PublicURL = "http://podpis.example"

// World is the services of an installation.
type World struct {
	t testing.TB

	Clock      *Clock
	DB         *db.DB
	Ring       *keys.Ring
	Book       *policy.Book
	Words      *locale.Bundle
	Blobs      string // directory
	Runner     *jobs.Runner
	SMS, Mail  *Outbox
	Persons    *identity.Service
	Factors    *factor.Service
	Accounts   *auth.Service
	External   *external.Service
	Signups    *signup.Service
	Certified  *certified.Service  // nil in a world without a desk
	Federation *federation.Service // nil without an outside
	Outside    *stand.Identity     // likewise
	Authority  *ca.Service         // nil in a world without a desk
	Desk       *ra.Service         // nil in a world without a desk
	Registry   *egrip.Service
	Register   *standregister.Server // the register of the state that it asks
	Key        *Signer               // the authority's issuing key
	Verdicts   *verdict.Service
	Stamps     sign.Timestamper // the authority's own service
	Teller     *notify.Teller
	Support    *support.Service
	Recovery   *recovery.Service
	Letters    *inbox.Service
	Chats      *chat.Service
	News       *news.Service // nil in a world without a desk
	pushing
	keeping
	Drafts     *draft.Service
	Workplaces *workplace.Service
	Self
	Downloads  *download.Service
	Folder     string             // of files that wait to be published
	Privacy    *privacy.Service   // nil in a world without a desk
	Oversight  *oversight.Service // nil in a world without a desk
	Sealer     *audit.Sealer      // likewise
	notices    *notify.Service
	judge      *trust.Service
	Abroad     *pkitest.Identity // an authority of another state
	AnchorFile string            // file of the sealer
}

// New makes a world of people and accounts, without an authority. outside gives it those
// who say who people are; see WithOutside.
func New(t testing.TB, outside ...func(*World) *federation.Service) *World {
	t.Helper()
	w := &World{t: t, Clock: NewClock(Start(t)), SMS: &Outbox{}, Mail: &Outbox{}}
	w.DB = dbtest.OpenClock(t, w.Clock.Now)
	var err error
	if w.Book, err = policy.New(
		auth.Rules(), signup.Rules(), approve.Rules(), push.Rules(), certified.Rules(), factor.Rules(), egrip.Rules(), federation.Rules(),
		ra.Rules(), ca.Rules(), tsa.Rules(), trust.Rules(), verdict.Rules(),
		support.Rules(), recovery.Rules(), chat.Rules(),
		people.Rules(), inbox.Rules(), news.Rules(), oversight.Rules(), privacy.Rules(), draft.Rules(), workplace.Rules(), contact.Rules(), document.Rules(), connection.Rules(), consult.Rules(), selfRules(),
	); err != nil {
		t.Fatal(err)
	}
	if w.Words, err = locale.Load(time.UTC); err != nil {
		t.Fatal(err)
	}
	if w.Ring, err = keys.Load(filepath.Join(t.TempDir(), "key"), ""); err != nil {
		t.Fatal(err)
	}
	w.notices = notify.New(w.Ring)
	w.Runner = jobs.New(w.DB, jobs.Config{})
	w.notices.Work(w.Runner, w.DB, valve.Gateway(w.DB, "sms", w.SMS), valve.Gateway(w.DB, "mail", w.Mail), 0)
	w.Persons = identity.New(w.Ring)
	for _, f := range outside {
		w.Federation = f(w)
	}
	roots, abroad := w.foreign()
	if w.judge, err = trust.New(trust.Own{Chain: w.chain, Lists: w.lists}, nil, roots, w.DB.Now, abroad); err != nil {
		t.Fatal(err)
	}
	w.openAccounts()
	w.Blobs = t.TempDir()
	blobs, err := blob.Open(w.Blobs)
	if err != nil {
		t.Fatal(err)
	}
	w.Support = support.New(support.Parts{
		DB: w.DB, Ring: w.Ring, Policies: w.Book, Teller: w.Teller, Blobs: blobs, Accounts: w.Accounts, PublicURL: PublicURL,
	})
	w.Support.Work(w.Runner)
	w.Recovery = recovery.New(recovery.Parts{
		DB: w.DB, Ring: w.Ring, Policies: w.Book, Teller: w.Teller, Persons: w.Persons, Accounts: w.Accounts, Tickets: w.Support,
		Factor: recovery.ByFactors(w.Factors), PublicURL: PublicURL,
	})
	w.Recovery.Work(w.Runner)
	w.openChats()
	w.Letters = inbox.New(inbox.Parts{
		DB: w.DB, Ring: w.Ring, Policies: w.Book, Teller: w.Teller, Words: w.Words, Accounts: w.Accounts,
		Hooks: fetch.Options{Timeout: 5 * time.Second, AllowLoopback: true}.HTTP(),
		Terms: w.terms,
	})
	w.Letters.Work(w.Runner)
	w.openPush()
	w.Drafts = draft.New(w.DB, w.Ring, w.Book)
	w.Drafts.Work(w.Runner)
	w.openProfile()
	return w
}

// NewDesk makes a world with an authority and a desk.
func NewDesk(t testing.TB, outside ...func(*World) *federation.Service) *World {
	t.Helper()
	w := New(t, outside...)
	blobs, err := blob.Open(w.Blobs)
	if err != nil {
		t.Fatal(err)
	}
	w.Key = &Signer{}
	w.Authority, err = ca.New(ca.Parts{
		DB: w.DB, Ring: w.Ring, Policies: w.Book, PublicURL: PublicURL,
		Wrap: func(role ca.Role, k alg.Signer) alg.Signer {
			if role != ca.Issuing {
				return k
			}
			w.Key.Signer = k
			return w.Key
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Authority.Open(context.Background(), names()); err != nil {
		t.Fatal(err)
	}
	if err := w.Authority.PublishLists(context.Background()); err != nil {
		t.Fatal(err)
	}
	w.openRegistry()
	w.openDocuments(blobs)
	w.Certified = certified.New(certified.Parts{DB: w.DB, Policies: w.Book, Persons: w.Persons, Accounts: w.Accounts, Signups: w.Signups, Factors: w.Factors, Registry: w.Registry})
	w.Desk = ra.New(ra.Parts{
		DB: w.DB, Ring: w.Ring, Policies: w.Book, Teller: w.Teller, Blobs: blobs, Persons: w.Persons, Accounts: w.Accounts, Authority: w.Authority,
		Registry: w.Registry, Rights: w.members().MayApply,
	})
	w.Verdicts = w.verdicts()
	w.Folder = filepath.Join(w.Blobs, "..", filepath.Base(w.Blobs)+"-downloads")
	w.Downloads = download.New(download.Parts{DB: w.DB, Blobs: blobs, Seal: w.Verdicts.Detached, Folder: w.Folder})
	w.oversee()
	w.Authority.Work(w.Runner, time.Minute, time.Minute)
	w.Desk.Work(w.Runner)
	w.openConsult()
	return w
}

// chain and lists are what the authority of the world gives, once there is one.
func (w *World) chain() []*x509.Certificate {
	if w.Authority == nil {
		return nil
	}
	return w.Authority.Chain()
}

func (w *World) lists(ctx context.Context) ([][]byte, error) {
	if w.Authority == nil {
		return nil, nil
	}
	return w.Authority.Lists(ctx)
}

// verdicts hands out judgements, sealed and stamped by the authority's keys.
func (w *World) verdicts() *verdict.Service {
	w.Stamps = tsa.New(w.DB, w.Book, func() (tsa.Key, error) {
		k, err := w.Authority.Key(ca.Stamping)
		return tsa.Key{Signer: k.Signer, Certificate: k.Certificate, Chain: w.Authority.Chain()}, err
	})
	return verdict.New(verdict.Parts{
		DB: w.DB, Ring: w.Ring, Policies: w.Book, Words: w.Words, Stamps: w.Stamps, Name: "Учебный центр",
		Key: func() (verdict.Key, error) {
			k, err := w.Authority.Key(ca.Sealing)
			return verdict.Key{Signer: k.Signer, Certificate: k.Certificate, Chain: w.Authority.Chain()}, err
		},
	})
}

func names() ca.Names {
	n := func(cn string) map[string]string {
		return map[string]string{"CN": cn, "O": "Подпись", "C": "RU"}
	}
	return ca.Names{
		ca.Root: n("Учебный корневой центр"), ca.Issuing: n("Учебный центр"), ca.Responder: n("Учебная служба OCSP"),
		ca.Stamping: n("Учебная служба штампов"), ca.Auditing: n("Учебный журнал"),
		ca.Sealing: n("Учебная служба проверки"),
	}
}

// Signer is a key that can be told to fail, or to do something first.
type Signer struct {
	alg.Signer
	mu     sync.Mutex
	before func() error
}

// Before is done before each signature; nil is nothing.
func (s *Signer) Before(f func() error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = f
}

// SignDigest signs, unless Before refuses.
func (s *Signer) SignDigest(r io.Reader, h alg.Hash, digest []byte) ([]byte, error) {
	s.mu.Lock()
	before := s.before
	s.mu.Unlock()
	if before != nil {
		if err := before(); err != nil {
			return nil, err
		}
	}
	return s.Signer.SignDigest(r, h, digest)
}

// Outbox is a gateway that takes everything and keeps it.
type Outbox struct {
	mu   sync.Mutex
	sent []notify.Message
}

// Send takes a message.
func (o *Outbox) Send(_ context.Context, m notify.Message) (string, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent = append(o.sent, m)
	return m.ID, nil
}

// To returns what a recipient was sent, the oldest first.
func (o *Outbox) To(recipient string) (list []notify.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.sent {
		if m.Recipient == recipient {
			list = append(list, m)
		}
	}
	return list
}

// Latest is the part that a pattern names of the latest message to a recipient that it
// fits, empty when there is none.
func (o *Outbox) Latest(recipient string, pattern *regexp.Regexp) string {
	for _, m := range slices.Backward(o.To(recipient)) {
		if found := pattern.FindStringSubmatch(m.Body); found != nil {
			return found[1]
		}
	}
	return ""
}

// Deliver runs all jobs that are due.
func (w *World) Deliver() {
	w.t.Helper()
	if _, err := w.Runner.Drain(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

var (
	codePattern = regexp.MustCompile(`Подпись: (\d{6}) `)
	linkPattern = regexp.MustCompile(regexp.QuoteMeta(PublicURL) + `/confirm/(\S+)`)
)

// Code is the latest code sent to a phone.
func (w *World) Code(phone string) string {
	w.t.Helper()
	codes := w.Codes(phone)
	if len(codes) == 0 {
		w.t.Fatalf("no code was sent to %s", phone)
	}
	return codes[len(codes)-1]
}

// Codes are the codes sent to a phone, the oldest first.
func (w *World) Codes(phone string) (codes []string) {
	w.t.Helper()
	w.Deliver()
	for _, m := range w.SMS.To(phone) {
		if c := codePattern.FindStringSubmatch(m.Body); c != nil {
			codes = append(codes, c[1])
		}
	}
	return codes
}

// MailCode is the latest code sent to an address.
func (w *World) MailCode(address string) string {
	w.t.Helper()
	return w.InMail(address, codePattern)
}

// Link is the token of the latest link sent to an address.
func (w *World) Link(address string) string {
	w.t.Helper()
	return w.InMail(address, linkPattern)
}

// InMail is the part that a pattern names of the latest letter to an address that it fits.
func (w *World) InMail(address string, pattern *regexp.Regexp) string {
	w.t.Helper()
	w.Deliver()
	found := w.Mail.Latest(address, pattern)
	if found == "" {
		w.t.Fatalf("%s was sent nothing like %s", address, pattern)
	}
	return found
}

// Wrong is a code other than the given ones.
func Wrong(codes ...string) string {
	for n := 0; ; n++ {
		if code := fmt.Sprintf("%06d", n); !strings.Contains(strings.Join(codes, " "), code) {
			return code
		}
	}
}

// Set puts a rule of the policy in force.
func (w *World) Set(key, value string) {
	w.t.Helper()
	w.Write(func(ctx context.Context, tx *db.Tx) error {
		return w.Book.Set(ctx, tx, "test", key, value, tx.Now().Add(-time.Second), time.Time{})
	})
}

// Write runs an act of the test's own.
func (w *World) Write(act func(ctx context.Context, tx *db.Tx) error) {
	w.t.Helper()
	if err := w.DB.Write(context.Background(), act); err != nil {
		w.t.Fatal(err)
	}
}

// Count counts rows of a table that meet a condition.
func (w *World) Count(table, where string, args ...any) (n int) {
	w.t.Helper()
	err := w.DB.Read(context.Background(), func(ctx context.Context, tx *db.Tx) error {
		return tx.QueryRowContext(ctx, "SELECT count(*) FROM "+table+" WHERE "+where, args...).Scan(&n)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// Entries are the audit's records of an action, the oldest first; all of them
// when action is empty.
func (w *World) Entries(action string) (list []audit.Entry) {
	w.t.Helper()
	err := w.DB.Read(context.Background(), func(ctx context.Context, tx *db.Tx) (err error) {
		all, err := audit.List(ctx, tx, audit.Filter{Limit: 10000})
		for _, e := range slices.Backward(all) {
			if action == "" || e.Action == action {
				list = append(list, e)
			}
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}
