// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package web is the door of people: the site with its public part, the cabinet
// and the consoles. All routes stand in one function, in reading order.
package web

import (
	"context"
	"net/http"

	"podpis/internal/platform/problem"
	"podpis/internal/server/middleware"
	"podpis/internal/server/web/cabinet"
	"podpis/internal/server/web/console"
	"podpis/internal/server/web/guard"
	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/internal/server/web/public"
	"podpis/internal/service/auth/approve"
	"podpis/internal/service/auth/certified"
	"podpis/internal/service/auth/contact"
	"podpis/internal/service/auth/employee"
	"podpis/internal/service/auth/signup"
	"podpis/internal/service/ca"
	"podpis/internal/service/connection"
	"podpis/internal/service/consult"
	"podpis/internal/service/document"
	"podpis/internal/service/download"
	"podpis/internal/service/egrip"
	"podpis/internal/service/factor"
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
	"podpis/internal/service/verdict"
	"podpis/internal/service/workplace"
	"podpis/sign"
)

// Parts are what the site is made of.
type Parts struct {
	Base        *page.Base
	Desk        *ra.Service
	Registry    *egrip.Service
	Factors     *factor.Service
	Signups     *signup.Service
	Certified   *certified.Service
	Authority   *ca.Service
	Trust       *trust.Service
	Register    *trust.Register
	Gate        *trust.Gate
	Verdicts    *verdict.Service
	Stamps      sign.Timestamper
	People      *people.Service
	Guard       *guard.Guard
	Oversight   *oversight.Service
	Privacy     *privacy.Service
	Push        *push.Service
	Approvals   *approve.Service
	Employees   *employee.Service // nil: staff have passwords here alone
	Support     *support.Service
	Recovery    *recovery.Service
	Letters     *inbox.Service
	News        *news.Service
	Chats       *chat.Service
	Workplaces  *workplace.Service
	Contacts    *contact.Service
	Documents   *document.Service
	Connections *connection.Service
	Habits      *habit.Service
	Consult     *consult.Service
	Takeout     *takeout.Service
	Downloads   *download.Service
	// MailKey is what a mail server and a chat show to hand letters over; empty: none does.
	MailKey string
	HTTPS   bool
}

// smallForm bounds the forms that carry no file.
const smallForm = 256 << 10

// New returns the site.
func New(p Parts) http.Handler {
	b := p.Base
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(b.Handle(foreign))
	return middleware.Chain(b.Drafted(routes(p)),
		middleware.Numbered, middleware.Logged(b.Log), middleware.Secured(p.HTTPS), middleware.Bodies,
		middleware.Recovered(b.Log, b.Panicked), protection.Handler, fromSomewhere(b), b.Readable, b.WithSession)
}

// fromSomewhere refuses acts in a session that do not say where they come from: each browser
// says so, by Origin (Fetch, 3.2) or Sec-Fetch-Site, and [http.CrossOriginProtection] takes
// what says nothing for a program.
func fromSomewhere(b *page.Base) func(http.Handler) http.Handler {
	refuse := b.Handle(foreign)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			reads := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions
			if !reads && b.Secret(r, page.SessionCookie) != "" && r.Header.Get("Origin") == "" && r.Header.Get("Sec-Fetch-Site") == "" {
				refuse.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// routes are all pages and acts, area by area. What belongs together stands in one file, whoever
// of the three audiences it is for.
func routes(p Parts) *http.ServeMux {
	b, mux := p.Base, http.NewServeMux()
	inform(p)
	open, mine, staff := rooms(p)

	mux.HandleFunc("GET /static/{name...}", kit.ServeAsset)
	mux.HandleFunc("GET /wasm/{name}", serveWASM)

	// Who comes to look, to check, to read.
	publicRoutes(mux, b, open)
	verifyRoutes(mux, b, open)
	workplaceRoutes(mux, b, open)
	newsRoutes(mux, b, p.News)
	connectRoutes(mux, b, p)

	// Joining, coming in, coming back.
	signupRoutes(mux, b, open)
	joinRoutes(mux, b, open, mine)
	signInRoutes(mux, b, open)
	externalRoutes(mux, b, open, mine)
	deviceRoutes(mux, b, open, &cabinet.Devices{Base: b, Factors: p.Factors, Push: p.Push, Approvals: p.Approvals})
	recoverRoutes(mux, b, open)

	// One's certificates, and what proves who one is.
	cabinetRoutes(mux, b, mine)
	proofRoutes(mux, b, &cabinet.Proofs{Site: mine, Help: p.Support})

	// One's organisation.
	registryRoutes(mux, b, open, mine, staff)
	peopleRoutes(mux, b, open, mine)

	// What one keeps of oneself.
	profileRoutes(mux, b, mine, p)
	securityRoutes(mux, b, mine)
	habitRoutes(mux, b, mine)
	privacyRoutes(mux, b, &cabinet.Privacy{Site: mine, Documents: p.Documents}, &console.Privacy{Site: staff, Privacy: p.Privacy})
	takeoutRoutes(mux, b, &cabinet.Takeouts{Site: mine, Takeout: p.Takeout})

	// Talking with people.
	supportRoutes(mux, b, p)
	chatRoutes(mux, b, p.Support, p.Chats)
	consultRoutes(mux, b, p, mine)
	inboxRoutes(mux, b, &cabinet.Inbox{Base: b, Letters: p.Letters})

	// Consoles.
	employeeRoutes(mux, b, open)
	staffSecurityRoutes(mux, b, mine)
	deskRoutes(mux, b, staff)
	oversightRoutes(mux, b, staff)

	mux.HandleFunc("/", b.NotFound)
	return mux
}

// rooms are the three parts of the site, by audience.
func rooms(p Parts) (*public.Site, *cabinet.Site, *console.Site) {
	return &public.Site{
			Base: p.Base, Accounts: p.Base.Accounts, Signups: p.Signups, Certified: p.Certified, Factors: p.Factors, Authority: p.Authority, Trust: p.Trust,
			Register: p.Register, Gate: p.Gate, Verdicts: p.Verdicts, Stamps: p.Stamps, Guard: p.Guard, Module: zipped, Support: p.Support, Recovery: p.Recovery,
			Workplaces: p.Workplaces, People: p.People, Employees: p.Employees, Downloads: p.Downloads, Approvals: p.Approvals, Consult: p.Consult,
		}, &cabinet.Site{
			Base: p.Base, Desk: p.Desk, Certified: p.Certified, Authority: p.Authority, Registry: p.Registry, Factors: p.Factors, People: p.People,
			Privacy: p.Privacy, News: p.News, Workplaces: p.Workplaces, Habits: p.Habits, Consult: p.Consult,
		}, &console.Site{
			Base: p.Base, Desk: p.Desk, Registry: p.Registry, Authority: p.Authority, Oversight: p.Oversight,
		}
}

// inform lets every page ask what services know: whether a role may be in a section, how the
// installation looks, whom to call.
func inform(p Parts) {
	p.Base.Allowed = func(ctx context.Context, role identity.Profile, section string) error {
		if right, asked := people.RightFor(section); asked {
			return p.People.Ask(ctx, role, right)
		}
		return nil
	}
	if p.Oversight != nil {
		p.Base.Look = console.LookOf(p.Oversight)
	}
	p.Base.Phone = func(ctx context.Context) string {
		c, err := p.Support.Contacts(ctx)
		if err != nil {
			return "" // the page of a refusal is worth more than the number
		}
		return c.Phone
	}
}

// bound limits a form that carries no file.
func bound(b *page.Base, h http.Handler) http.Handler {
	return boundTo(smallForm, b, middleware.Soon(h))
}

func boundTo(limit int64, b *page.Base, h http.Handler) http.Handler {
	refuse := b.Handle(func(http.ResponseWriter, *http.Request) error {
		return &http.MaxBytesError{Limit: limit}
	})
	return middleware.Bounded(limit, refuse)(h)
}

// foreign answers a form that another site sent (CSRF).
func foreign(http.ResponseWriter, *http.Request) error {
	return problem.New(problem.Forbidden, "error.foreign")
}
