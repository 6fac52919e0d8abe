// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
	_ "time/tzdata" // installations without a database of zones

	"golang.org/x/sync/errgroup"

	"podpis/internal/platform/audit"
	"podpis/internal/platform/blob"
	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/keys"
	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/policy"
	"podpis/internal/server/api"
	"podpis/internal/server/responder"
	"podpis/internal/server/web"
	"podpis/internal/server/web/guard"
	"podpis/internal/server/web/page"
	"podpis/internal/service/auth"
	"podpis/internal/service/auth/approve"
	"podpis/internal/service/auth/certified"
	"podpis/internal/service/auth/contact"
	"podpis/internal/service/auth/employee"
	"podpis/internal/service/auth/external"
	"podpis/internal/service/auth/signup"
	"podpis/internal/service/ca"
	"podpis/internal/service/connection"
	"podpis/internal/service/consult"
	"podpis/internal/service/document"
	"podpis/internal/service/draft"
	"podpis/internal/service/egrip"
	"podpis/internal/service/factor"
	"podpis/internal/service/federation"
	"podpis/internal/service/habit"
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
	"podpis/internal/service/takeout"
	"podpis/internal/service/trust"
	"podpis/internal/service/tsa"
	"podpis/internal/service/verdict"
	"podpis/internal/service/workplace"
	"podpis/pki/alg"
)

// App is an installation ready to run.
type App struct {
	settings Settings
	log      *slog.Logger

	db         *db.DB
	ring       *keys.Ring
	runner     *jobs.Runner
	sealer     *audit.Sealer
	stand      *trainingStand
	authority  *ca.Service
	accounts   *auth.Service
	signups    *signup.Service
	external   *external.Service
	employees  *employee.Service
	desk       *ra.Service
	registry   *egrip.Service
	register   *trust.Register
	support    *support.Service
	recovery   *recovery.Service
	letters    *inbox.Service
	news       *news.Service
	push       *push.Service
	approvals  *approve.Service
	chats      *chat.Service
	oversight  *oversight.Service
	outlets    []inbox.Outlet
	workplaces *workplace.Service
	handler    http.Handler
	closers    []func() error
}

// New makes an installation. wrap stands between the authority and its keys, nil
// for none. What New made is closed by [App.Close].
func New(ctx context.Context, s Settings, log *slog.Logger, wrap func(ca.Role, alg.Signer) alg.Signer) (*App, error) {
	if err := s.complete(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSettings, err)
	}
	a := &App{settings: s, log: log}
	if err := a.open(ctx, wrap); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

func (a *App) open(ctx context.Context, wrap func(ca.Role, alg.Signer) alg.Signer) error {
	if err := os.MkdirAll(a.settings.Data, 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	if err := a.remember(ctx); err != nil {
		return err
	}
	return a.decide(ctx, wrap)
}

// remember opens what keeps state.
func (a *App) remember(ctx context.Context) error {
	s := a.settings
	var err error
	if a.db, err = db.Open(ctx, db.Config{Database: s.Database, DataDir: s.Data}); err != nil {
		return err
	}
	a.closers = append(a.closers, a.db.Close)
	if a.ring, err = keys.Load(s.path("kek"), os.Getenv("PODPIS_KEK")); err != nil {
		return err
	}
	a.runner = jobs.New(a.db, jobs.Config{Log: a.log})
	return nil
}

// decide makes the services and the doors.
func (a *App) decide(ctx context.Context, wrap func(ca.Role, alg.Signer) alg.Signer) error {
	s := a.settings
	zone, err := s.zone()
	if err != nil {
		return err
	}
	words, err := locale.Load(zone)
	if err != nil {
		return err
	}
	policies, err := a.rules(ctx)
	if err != nil {
		return err
	}
	blobs, err := blob.Open(s.path("blobs"))
	if err != nil {
		return err
	}
	if err := a.openAuthority(ctx, policies, wrap, a.names()); err != nil {
		return err
	}
	notices := notify.New(a.ring)
	if err := a.deliver(notices); err != nil {
		return err
	}
	if err := a.openWorkplace(ctx, policies); err != nil {
		return err
	}
	judge, factors, err := a.openWays(ctx, policies, blobs, words.For("ru").T("brand", nil))
	if err != nil {
		return err
	}
	known, err := a.leaked()
	if err != nil {
		return err
	}
	persons, teller := identity.New(a.ring), notify.NewTeller(notices, words, s.PublicURL)
	err = a.openAccounts(auth.Parts{
		DB: a.db, Ring: a.ring, Policies: policies, Notices: notices, Words: words, Teller: teller, Persons: persons, Factors: factors, PublicURL: s.PublicURL, Known: known,
	})
	if err != nil {
		return err
	}
	mailKey, err := a.openSupport(ctx, policies, teller, blobs, persons, words, factors)
	if err != nil {
		return err
	}
	if err := a.openRegistry(ctx, policies, notices, words, persons, judge); err != nil {
		return err
	}
	a.news = news.New(news.Parts{DB: a.db, Policies: policies, Teller: teller, Accounts: a.accounts, Registry: a.registry})
	members := people.New(people.Parts{
		DB: a.db, Ring: a.ring, Policies: policies, Teller: teller, Persons: persons, Registers: a.registry, Judge: judge, PublicURL: s.PublicURL,
	})
	a.desk = ra.New(ra.Parts{
		DB: a.db, Ring: a.ring, Policies: policies, Teller: teller, Blobs: blobs, Persons: persons, Accounts: a.accounts, Authority: a.authority,
		Registry: a.registry, Rights: members.MayApply,
	})
	stamps, gate := tsa.New(a.db, policies, a.stampKey), trust.NewGate(a.db, policies)
	verdicts := a.openVerdicts(policies, words, stamps)
	if err := a.overseen(ctx, policies, notices, verdicts, words, blobs); err != nil {
		return err
	}
	a.work(members)

	base := &page.Base{Words: words, Accounts: a.accounts, External: a.external, PublicURL: s.PublicURL, Log: a.log, Now: a.db.Now, Letters: a.letters, Drafts: a.drafts(policies)}
	if a.stand != nil {
		base.StandURL = a.stand.url
	}
	https := strings.HasPrefix(s.PublicURL, "https://")
	site := web.New(a.takeouts(policies, persons, teller, words, blobs, verdicts, web.Parts{
		Base: base, Desk: a.desk, Factors: factors, Signups: a.signups, Certified: a.certified(policies, persons, factors), Registry: a.registry, Authority: a.authority, Trust: judge, Register: a.register, Gate: gate, Verdicts: verdicts, Stamps: stamps, Oversight: a.oversight, Privacy: a.private(policies, persons, teller, base.Drafts),
		People: members, Guard: guard.New(a.db, policies, a.ring, a.db.Now), HTTPS: https, Support: a.support, Recovery: a.recovery, Workplaces: a.workplaces, Letters: a.letters, Push: a.push, Approvals: a.approvals, News: a.news, Chats: a.chats, MailKey: mailKey, Employees: a.employees,
		Contacts: a.contacts(policies, teller), Documents: a.documents(policies, blobs, words), Connections: a.connections(policies), Consult: a.consultants(policies, teller, persons), Downloads: a.oversight.Downloads, Habits: a.habitual(policies, persons, factors, teller),
	}))
	programs := api.New(api.Parts{Words: words, Trust: judge, Gate: gate, Verdicts: verdicts, Log: a.log, HTTPS: https, Ready: a.db.Ping})
	a.handler = doors(site, programs, &responder.Door{Authority: a.authority, Stamps: stamps, Now: a.db.Now, Log: a.log})
	return nil
}

// work registers what services do without a request.
func (a *App) work(members *people.Service) {
	a.authority.Work(a.runner, time.Minute, 15*time.Second)
	a.accounts.Work(a.runner)
	a.signups.Work(a.runner)
	a.desk.Work(a.runner)
	members.Work(a.runner)
	a.news.Work(a.runner)
	a.register.Work(a.runner, time.Minute)
}

// openVerdicts makes what seals judgements.
func (a *App) openVerdicts(policies *policy.Book, words *locale.Bundle, stamps *tsa.Service) *verdict.Service {
	verdicts := verdict.New(verdict.Parts{
		DB: a.db, Ring: a.ring, Policies: policies, Words: words, Key: a.sealKey, Stamps: stamps, Name: a.settings.Authority.Organisation,
		Training: a.settings.Training,
	})
	verdicts.Work(a.runner)
	return verdicts
}

// rules are the numbers of all services, installed at the first start.
func (a *App) rules(ctx context.Context) (*policy.Book, error) {
	policies, err := a.book()
	if err != nil {
		return nil, err
	}
	return policies, a.db.Write(ctx, policies.Install)
}

// book declares the numbers of all services. What each governs is said in text/*/rules.toml.
func (a *App) book() (*policy.Book, error) {
	return policy.New(
		auth.Rules(), signup.Rules(), approve.Rules(), push.Rules(),
		factor.Rules(),
		certified.Rules(),
		a.registryRules(),
		people.Rules(),
		federation.Rules(),
		ra.Rules(),
		ca.Rules(),
		tsa.Rules(),
		trust.Rules(),
		verdict.Rules(),
		guard.Rules(),
		support.Rules(), recovery.Rules(), chat.Rules(), inbox.Rules(), news.Rules(), oversight.Rules(), privacy.Rules(), workplace.Rules(), draft.Rules(), contact.Rules(), document.Rules(), connection.Rules(), habit.Rules(), consult.Rules(), takeout.Rules(),
	)
}

// doors sends /pki/ to the responder before any mux: addresses of OCSP hold
// base64 with "//", which a mux redirects away.
func doors(site, programs, pki http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/pki/") {
			pki.ServeHTTP(w, r)
			return
		}
		if strings.HasPrefix(r.URL.Path, "/api/") {
			programs.ServeHTTP(w, r)
			return
		}
		site.ServeHTTP(w, r)
	})
}

// openAuthority opens the authority, makes it at the first start, and publishes
// its lists.
func (a *App) openAuthority(ctx context.Context, policies *policy.Book, wrap func(ca.Role, alg.Signer) alg.Signer, names ca.Names) error {
	var err error
	a.authority, err = ca.New(ca.Parts{DB: a.db, Ring: a.ring, Policies: policies, PublicURL: a.settings.PublicURL, Wrap: wrap})
	if err != nil {
		return err
	}
	if err := a.authority.Open(ctx, names); err != nil {
		return err
	}
	key, err := a.authority.Key(ca.Auditing)
	if err != nil {
		return err
	}
	a.sealer = audit.NewSealer(a.db, audit.Config{Signer: key.Signer, Anchors: a.settings.path("anchors"), Log: a.log})
	return a.authority.PublishLists(ctx)
}

// names are the subjects of a new authority.
func (a *App) names() ca.Names {
	prefix := ""
	if a.settings.Training {
		prefix = "Учебный: "
	}
	name := func(cn string) map[string]string {
		return map[string]string{"CN": prefix + cn, "O": a.settings.Authority.Organisation, "C": a.settings.Authority.Country}
	}
	return ca.Names{
		ca.Root: name("корневой центр «Подпись»"), ca.Issuing: name("удостоверяющий центр «Подпись»"),
		ca.Responder: name("служба OCSP"), ca.Stamping: name("служба штампов времени"), ca.Auditing: name("журнал аудита"),
		ca.Sealing: name("служба проверки подписей"),
	}
}

func (a *App) stampKey() (tsa.Key, error) {
	key, err := a.authority.Key(ca.Stamping)
	if err != nil {
		return tsa.Key{}, err
	}
	return tsa.Key{Signer: key.Signer, Certificate: key.Certificate, Chain: a.authority.Chain()}, nil
}

func (a *App) sealKey() (verdict.Key, error) {
	key, err := a.authority.Key(ca.Sealing)
	if err != nil {
		return verdict.Key{}, err
	}
	return verdict.Key{Signer: key.Signer, Certificate: key.Certificate, Chain: a.authority.Chain()}, nil
}

// Authority is the authority, for the command line.
func (a *App) Authority() *ca.Service { return a.authority }

// PublicURL is where the site is.
func (a *App) PublicURL() string { return a.settings.PublicURL }

// Run serves at the address of the settings until ctx is done, then lets what is under way end.
func (a *App) Run(ctx context.Context, out io.Writer) error {
	listener, err := net.Listen("tcp", a.settings.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	return a.RunOn(ctx, listener, out)
}

// RunOn is Run on a listener that is open already; it closes it.
func (a *App) RunOn(ctx context.Context, listener net.Listener, out io.Writer) error {
	staff, err := a.trainingStaff(ctx)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	a.welcome(out, staff)
	group, ctx := errgroup.WithContext(ctx)
	if err := a.serve(ctx, group, listener); err != nil {
		return errors.Join(err, listener.Close())
	}
	group.Go(func() error { return a.Background(ctx) })
	return group.Wait()
}

// Background does the work that no request waits for, until ctx is done.
func (a *App) Background(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return quiet(a.runner.Run(ctx)) })
	group.Go(func() error { return quiet(a.workplaces.Watch(ctx)) })
	group.Go(func() error { return quiet(a.oversight.Watch(ctx)) })
	group.Go(func() error {
		return quiet(jobs.Lead(ctx, a.db, "audit.sealer", 15*time.Second, a.sealer.Run))
	})
	if a.stand != nil {
		group.Go(func() error { return quiet(a.stand.run(ctx)) })
	}
	return group.Wait()
}

// quiet drops the errors that say no more than that the work was told to end.
func quiet(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Close closes what New opened, the last first.
func (a *App) Close() error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	a.closers = nil
	if a.ring != nil {
		a.ring.Close()
		a.ring = nil
	}
	return errors.Join(errs...)
}
