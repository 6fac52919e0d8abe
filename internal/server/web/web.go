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
	"podpis/internal/service/auth"
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

// largeForm bounds the form that carries a judgement.
const largeForm = 2 << 20

// New returns the site.
func New(p Parts) http.Handler {
	b := p.Base
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(b.Handle(foreign))
	return middleware.Chain(b.Drafted(routes(p)),
		middleware.Numbered, middleware.Logged(b.Log), middleware.Secured(p.HTTPS),
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

// routes are all pages and acts.
func routes(p Parts) *http.ServeMux {
	b := p.Base
	open := &public.Site{
		Base: b, Accounts: b.Accounts, Signups: p.Signups, Certified: p.Certified, Factors: p.Factors, Authority: p.Authority, Trust: p.Trust, Register: p.Register, Gate: p.Gate, Verdicts: p.Verdicts, Stamps: p.Stamps,
		Guard: p.Guard, Module: zipped,
		Support: p.Support, Recovery: p.Recovery, Workplaces: p.Workplaces, People: p.People, Employees: p.Employees, Downloads: p.Downloads, Approvals: p.Approvals, Consult: p.Consult,
	}
	mine := &cabinet.Site{Base: b, Desk: p.Desk, Certified: p.Certified, Authority: p.Authority, Registry: p.Registry, Factors: p.Factors, People: p.People, Privacy: p.Privacy, News: p.News, Workplaces: p.Workplaces, Habits: p.Habits, Consult: p.Consult}
	b.Allowed = func(ctx context.Context, role identity.Profile, section string) error {
		if right, asked := people.RightFor(section); asked {
			return p.People.Ask(ctx, role, right)
		}
		return nil
	}
	if p.Oversight != nil {
		b.Look = console.LookOf(p.Oversight)
	}
	staff := &console.Site{Base: b, Desk: p.Desk, Registry: p.Registry, Authority: p.Authority, Oversight: p.Oversight}

	mux := http.NewServeMux()
	get := func(pattern string, h page.Handler) { mux.Handle("GET "+pattern, b.Handle(h)) }
	post := func(pattern string, h page.Handler) { mux.Handle("POST "+pattern, bound(b, b.Handle(h))) }

	mux.HandleFunc("GET /static/{name...}", kit.ServeAsset)
	mux.HandleFunc("GET /wasm/{name}", serveWASM)

	// Public.
	get("/{$}", open.Landing)
	get("/try", open.Try)
	mux.Handle("POST /sign/raise", b.Handle(open.Raise))
	verifyRoutes(mux, b, open)
	get("/ca", open.CA)
	get("/ca/accredited", open.Accredited)
	get("/ca/accredited/export.csv", open.AccreditedExport)
	get("/ca/accredited/export.xlsx", open.AccreditedExport)
	get("/ca/accredited/{number}", open.AccreditedCentre)
	workplaceRoutes(mux, b, open)
	get("/law", open.Law)
	get("/legal/terms", open.Text("terms"))
	get("/legal/privacy", open.Text("privacy"))
	get("/accessibility", open.Text("accessibility"))
	post("/view", b.SetView)
	post("/drafts", b.SaveDraft)

	// Sign-up.
	get("/signup", open.Signup)
	post("/signup/phone", open.SignupPhone)
	post("/signup/code", open.SignupStep("code"))
	post("/signup/resend", open.SignupResend)
	post("/signup/mail", open.SignupStep("mail"))
	post("/signup/name", open.SignupStep("name"))
	post("/signup/documents", open.SignupStep("documents"))
	post("/signup/draft", open.SignupDraft)
	post("/signup/finish", open.SignupFinish)
	get("/welcome", open.Welcome)
	get("/confirm/{token}", open.Confirm)
	post("/confirm/{token}", open.ConfirmDone)

	signInRoutes(mux, b, open)
	deviceRoutes(mux, b, open, &cabinet.Devices{Base: b, Factors: p.Factors, Push: p.Push, Approvals: p.Approvals})
	employeeRoutes(mux, b, open)
	joinRoutes(mux, b, open, mine)
	proofRoutes(mux, b, &cabinet.Proofs{Site: mine, Help: p.Support})
	externalRoutes(mux, b, open, mine)
	supportRoutes(mux, b, open, mine, p)
	newsRoutes(mux, b, p.News)
	chatRoutes(mux, b, p.Support, p.Chats)
	cabinetRoutes(mux, b, mine)
	securityRoutes(mux, b, mine)
	habitRoutes(mux, b, mine)
	consoleRoutes(mux, b, staff)
	staffSecurityRoutes(mux, b, mine)
	registryRoutes(mux, b, open, mine, staff)
	peopleRoutes(mux, b, open, mine)
	oversightRoutes(mux, b, staff)
	privacyRoutes(mux, b, &cabinet.Privacy{Site: mine, Documents: p.Documents}, &console.Privacy{Site: staff, Privacy: p.Privacy})
	profileRoutes(mux, b, mine, p)
	mux.HandleFunc("/", b.NotFound)
	return mux
}

func verifyRoutes(mux *http.ServeMux, b *page.Base, s *public.Site) {
	get := func(pattern string, h page.Handler) { mux.Handle("GET "+pattern, b.Handle(h)) }
	mux.Handle("POST /verify/report", boundTo(largeForm, b, b.Handle(s.Report)))
	get("/verify/r/{token}", s.Kept)
	get("/verify/r/{token}/{form}", s.KeptDocument)
	mux.Handle("POST /verify/r/{token}/forget", bound(b, b.Handle(s.Forget)))
	get("/verify", s.Verify(public.OfDocument()))
	mux.Handle("POST /verify", b.Handle(s.VerifyDone(public.OfDocument())))
	get("/verify/certificate", s.Verify(public.OfCertificate()))
	mux.Handle("POST /verify/certificate", b.Handle(s.VerifyDone(public.OfCertificate())))
	get("/verify/evidence", s.Evidence)
	mux.Handle("POST /verify/evidence", b.Handle(s.EvidenceAbout))
	get("/verify/guard", s.Challenge)
	get("/verify/code/picture", s.CodePicture)
	get("/verify/code/sound", s.CodeSound)
	get("/verify/offline", s.Offline)
	get("/verify/offline/page", s.OfflinePage)
}

func cabinetRoutes(mux *http.ServeMux, b *page.Base, s *cabinet.Site) {
	get := func(pattern string, h page.HolderHandler) { mux.Handle("GET /c/{pid}"+pattern, b.Holder(h)) }
	post := func(pattern string, h page.HolderHandler) { mux.Handle("POST /c/{pid}"+pattern, bound(b, b.Holder(h))) }

	get("/{$}", s.Home)
	post("/mail", s.MailLink)
	get("/sign", s.Sign)
	get("/certificates", s.Certificates)
	get("/certificates/{serial}", s.Certificate)
	get("/certificates/{serial}/certificate.cer", s.Download)
	get("/certificates/{serial}/revoke", s.Revoke)
	post("/certificates/{serial}/revoke", s.RevokeDone)
	get("/applications", s.Applications)
	post("/applications/new", s.NewApplication)
	get("/applications/{id}", s.Application)
	mux.Handle("POST /c/{pid}/applications/{id}/draft", bound(b, b.Typing(s.SaveTyped)))
	post("/applications/{id}/purposes", s.Fill("purposes"))
	post("/applications/{id}/holder", s.Fill("holder"))
	post("/applications/{id}/data", s.Fill("data"))
	mux.Handle("POST /c/{pid}/applications/{id}/files", b.Holder(s.Attach))
	get("/applications/{id}/files/{file}", s.File)
	post("/applications/{id}/files/{file}/delete", s.Detach)
	post("/applications/{id}/sign", s.AskSignature)
	post("/applications/{id}/resend", s.Resend)
	post("/applications/{id}/submit", s.Submit)
	post("/applications/{id}/withdraw", s.Withdraw)
	get("/applications/{id}/issue", b.StepUpBesideCode(s.Issue))
	post("/applications/{id}/consent", b.StepUpBesideCode(s.Consent))
	post("/applications/{id}/order", b.StepUpBesideCode(s.OrderCertificate))
	post("/applications/{id}/installed", s.Installed)
	post("/applications/{id}/mend", s.Mend)
}

func consoleRoutes(mux *http.ServeMux, b *page.Base, s *console.Site) {
	mux.Handle("GET /op/{$}", http.RedirectHandler("/op/applications", http.StatusSeeOther))
	mux.Handle("GET /op/applications", b.StaffOf(s.Queue, auth.Operator))
	mux.Handle("GET /op/applications/{id}", b.StaffOf(s.Application, auth.Operator))
	mux.Handle("GET /op/applications/{id}/files/{file}", b.StaffOf(s.File, auth.Operator))
	for _, decision := range []string{"approve", "return", "refuse"} {
		mux.Handle("POST /op/applications/{id}/"+decision, bound(b, b.StaffOf(s.Decide(decision), auth.Operator)))
	}
}

// bound limits a form that carries no file.
func bound(b *page.Base, h http.Handler) http.Handler { return boundTo(smallForm, b, h) }

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
