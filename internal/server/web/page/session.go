// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package page

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"podpis/internal/platform/locale"
	"podpis/internal/platform/problem"
	"podpis/internal/server/middleware"
	"podpis/internal/server/web/kit"
	"podpis/internal/service/auth"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
	"podpis/internal/service/inbox"
	"podpis/internal/service/ra"
)

// Session is a session with the role the address names.
type Session struct {
	auth.Session
	Token   string
	Profile string             // role of the person, see [Session.Role]
	Roles   []identity.Profile // all of theirs, the oldest first
}

// Role is the role of the address; where the address names none it is the one this
// device remembers, or the person's first.
func (s Session) Role() identity.Profile {
	p, _ := s.role(s.Profile)
	return p
}

func (s Session) role(id string) (identity.Profile, bool) {
	for _, p := range s.Roles {
		if p.ID == id {
			return p, true
		}
	}
	return identity.Profile{}, false
}

type sessionKey struct{}

func withSession(ctx context.Context, s Session) context.Context {
	return context.WithValue(ctx, sessionKey{}, s)
}

// SessionOf returns the session of a request.
func SessionOf(ctx context.Context) (Session, bool) {
	s, ok := ctx.Value(sessionKey{}).(Session)
	return s, ok
}

// cookie is the name of a cookie. Over HTTPS the prefix keeps other hosts of the
// domain from setting it.
func (b *Base) cookie(name string) string {
	if strings.HasPrefix(b.PublicURL, "https://") {
		return "__Host-" + name
	}
	return name
}

// SetSecret gives the browser a secret cookie; empty takes it back.
func (b *Base) SetSecret(w http.ResponseWriter, name, value string) {
	c := &http.Cookie{
		Name: b.cookie(name), Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
		Secure: strings.HasPrefix(b.PublicURL, "https://"),
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// KeepSecret is SetSecret for a cookie that outlives the browser.
func (b *Base) KeepSecret(w http.ResponseWriter, name, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: b.cookie(name), Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: seconds,
		Secure: strings.HasPrefix(b.PublicURL, "https://"),
	})
}

// Secret returns a secret cookie.
func (b *Base) Secret(r *http.Request, name string) string {
	c, err := r.Cookie(b.cookie(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// SessionCookie and others are the names of cookies.
const (
	SessionCookie   = "session"
	SignupCookie    = "signup"
	ChallengeCookie = "challenge" // of a message
	CeremonyCookie  = "ceremony"  // of a passkey or a signature
	deviceCookie    = "device"
)

// deviceLife is how long a browser knows itself, in seconds.
const deviceLife = 400 * 24 * 3600

type deviceKey struct{}

// withDevice reads what a browser is known by, and gives it to those that come to sign
// in: a sign-in from a browser that the account has not seen is told.
func (b *Base) withDevice(w http.ResponseWriter, r *http.Request) *http.Request {
	key := b.Secret(r, deviceCookie)
	entering := strings.HasPrefix(r.URL.Path, "/login") || strings.HasPrefix(r.URL.Path, "/signup")
	if key == "" && r.Method == http.MethodGet && entering {
		b.KeepSecret(w, deviceCookie, rand.Text(), deviceLife)
	}
	return r.WithContext(context.WithValue(r.Context(), deviceKey{}, key))
}

// SessionPath tells how long a session has; asking for it keeps no session alive.
const SessionPath = "/session"

// WithSession reads the session of each request. A session that has ended is as
// none.
func (b *Base) WithSession(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = b.withDevice(w, r)
		r = r.WithContext(locale.Asking(r.Context(), b.Words.For(languageOf(r)).Language()))
		token := b.Secret(r, SessionCookie)
		if token == "" || strings.HasPrefix(r.URL.Path, "/static/") {
			next.ServeHTTP(w, r)
			return
		}
		look := b.Accounts.Session
		if ofScript(r) {
			look = b.Accounts.Peek
		}
		s, err := look(r.Context(), token)
		if err != nil {
			if problem.KindOf(err) != problem.Forbidden {
				b.Fail(w, r, err)
				return
			}
			b.SetSecret(w, SessionCookie, "")
			next.ServeHTTP(w, r)
			return
		}
		session := Session{Session: s, Token: token}
		if s.Account.PersonID != "" {
			if session.Roles, err = b.Accounts.Profiles(r.Context(), s.Account); err != nil {
				b.Fail(w, r, err)
				return
			}
			session.Profile = b.usualRole(r, session.Roles)
		}
		next.ServeHTTP(w, r.WithContext(withSession(r.Context(), session)))
	})
}

// ofScript reports what scripts ask by themselves, which keeps no session alive: a page left open goes on
// asking who waits, and nobody is there. Browsers tell a script's question from a page by its mode (Fetch
// Metadata, 2.2; the destination of a page that came through a service worker is lost); of those that do not,
// the addresses are known that only scripts ask.
func ofScript(r *http.Request) bool {
	return r.Method == http.MethodGet && (r.Header.Get("Sec-Fetch-Mode") == "cors" || r.URL.Path == SessionPath || strings.HasSuffix(r.URL.Path, StreamEnd))
}

// HolderHandler answers a request of a holder or of staff.
type HolderHandler func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error

// Holder lets only holders in, and only into their own roles: {pid} of the
// address is one of theirs.
func (b *Base) Holder(h HolderHandler) http.Handler { return b.holder(h, auth.Full) }

// Typing is Holder for what only keeps what is typed: a session that may look may
// do that too.
func (b *Base) Typing(h HolderHandler) http.Handler { return b.holder(h, auth.Viewing) }

// holder lets holders in; forms need the given level.
func (b *Base) holder(h HolderHandler, level auth.Level) http.Handler {
	return b.Handle(func(w http.ResponseWriter, r *http.Request) error {
		s, ok := SessionOf(r.Context())
		if !ok || s.Level == auth.Waiting {
			return problem.New(problem.Forbidden, "auth.session.needed")
		}
		if s.Account.Role.Staff() {
			return problem.New(problem.Forbidden, "auth.role.other")
		}
		if led, err := mustChange(w, r, s); led {
			return err
		}
		role, ok := s.role(r.PathValue("pid"))
		if !ok { // somebody else's is not found: an address must not tell what exists
			return problem.New(problem.NotFound, "identity.profile.missing")
		}
		if b.fromOtherRole(w, r, s, role) {
			return b.offerRole(w, r, s, role)
		}
		if r.Method != http.MethodGet && s.Level != auth.Full && level == auth.Full {
			if middleware.WantsJSON(r) {
				return problem.New(problem.Forbidden, "auth.second.needed")
			}
			return SeeOther(w, r, "/login/second?return="+url.QueryEscape(Back(r)))
		}
		if b.Allowed != nil {
			_, section, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/c/"), "/")
			section, _, _ = strings.Cut(section, "/")
			if err := b.Allowed(r.Context(), role, section); err != nil {
				return err
			}
		}
		s.Profile = r.PathValue("pid")
		r = r.WithContext(withSession(r.Context(), s))
		return h(w, r, ra.Actor{Account: s.Account, Client: Client(r), Role: s.Profile})
	})
}

// mustChange leads a session whose password has to be replaced to where that is done.
func mustChange(w http.ResponseWriter, r *http.Request, s Session) (led bool, err error) {
	if !s.Account.MustChange && !s.OldSecret {
		return false, nil
	}
	if middleware.WantsJSON(r) {
		return true, problem.New(problem.Forbidden, "auth.password.must")
	}
	return true, SeeOther(w, r, "/login/password?return="+url.QueryEscape(here(r)))
}

// here is the page to come back to.
func here(r *http.Request) string {
	if r.Method != http.MethodGet {
		return Back(r)
	}
	return r.URL.RequestURI()
}

// Whole lets only full sessions in, also to look: for requisites and security. Use it
// inside [Base.Holder].
func (b *Base) Whole(h HolderHandler) HolderHandler {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		if s, _ := SessionOf(r.Context()); s.Level != auth.Full {
			return SeeOther(w, r, "/login/second?return="+url.QueryEscape(here(r)))
		}
		return h(w, r, actor)
	}
}

// StepUpBesideCode is StepUp for pages that ask for a code to the phone themselves: an
// account that has chosen no other second step has shown no less by that.
func (b *Base) StepUpBesideCode(h HolderHandler) HolderHandler {
	stepped := b.StepUp(h)
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		ways, err := b.Accounts.Ways(r.Context(), actor.Account)
		if err != nil {
			return err
		}
		if len(ways) == 1 && ways[0] == factor.SMS {
			return h(w, r, actor)
		}
		return stepped(w, r, actor)
	}
}

// StepUp lets only sessions in that have shown their second step lately: for keys, contacts
// and ways in. The others are led to the step and come back. Use it inside [Base.Holder].
func (b *Base) StepUp(h HolderHandler) HolderHandler {
	return func(w http.ResponseWriter, r *http.Request, actor ra.Actor) error {
		if led, err := b.LedToStep(w, r); led || err != nil {
			return err
		}
		return h(w, r, actor)
	}
}

// LedToStep is StepUp for a handler that has to look first whose the thing is: an address
// must not tell what exists. Led means that the answer was given.
func (b *Base) LedToStep(w http.ResponseWriter, r *http.Request) (led bool, err error) {
	s, _ := SessionOf(r.Context())
	fresh, err := b.Accounts.Stepped(r.Context(), s.Session)
	if err != nil || fresh {
		return false, err
	}
	if middleware.WantsJSON(r) {
		return true, problem.New(problem.Forbidden, "auth.step.needed").Then("auth.step.next")
	}
	return true, SeeOther(w, r, "/login/second?return="+url.QueryEscape(here(r)))
}

// StaffOf lets only staff of the given roles in that have taken the second step.
func (b *Base) StaffOf(h HolderHandler, roles ...auth.Role) http.Handler {
	return b.Handle(func(w http.ResponseWriter, r *http.Request) error {
		s, ok := SessionOf(r.Context())
		if !ok || s.Level != auth.Full {
			return problem.New(problem.Forbidden, "auth.session.needed")
		}
		if !slices.Contains(roles, s.Account.Role) {
			return problem.New(problem.Forbidden, "auth.role.other")
		}
		if led, err := mustChange(w, r, s); led {
			return err
		}
		return h(w, r, ra.Actor{Account: s.Account, Client: Client(r)})
	})
}

// Home is where an account lands after signing in.
func Home(a auth.Account, profile string) string {
	if first := kit.StaffHome(string(a.Role)); first != "" {
		return first
	}
	return "/c/" + profile + "/"
}

// Local returns an address of this site, or other when it is not one: an open
// redirect would lend our name to somebody's trap.
func Local(address, other string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") ||
		strings.ContainsAny(address, "\\\r\n\t") {
		return other
	}
	return address
}

const viewCookie = "view"

// viewChoices are what may be chosen in «Вид», in the order of the cookie; the empty value
// follows the system.
func viewChoices() []viewChoice {
	return []viewChoice{
		{"language", []string{"ru", "kk", "en"}}, {"theme", []string{"light", "dark"}}, {"contrast", []string{"more"}},
		{"size", []string{"125", "150", "200"}}, {"spacing", []string{"more"}}, {"motion", []string{"none"}}, {"keys", []string{"off"}},
	}
}

type viewChoice struct {
	name    string
	allowed []string
}

// viewOf reads how the person wants pages to look.
func viewOf(r *http.Request) kit.View {
	v := viewParts(r)
	return kit.View{Theme: v["theme"], Contrast: v["contrast"], Size: v["size"], Spacing: v["spacing"], Motion: v["motion"], Keys: v["keys"]}
}

// viewParts reads the cookie: values with dots between; one of an older form has fewer.
func viewParts(r *http.Request) map[string]string {
	parts := map[string]string{}
	c, err := r.Cookie(viewCookie)
	if err != nil {
		return parts
	}
	values := strings.Split(c.Value, ".")
	for i, choice := range viewChoices() {
		if i < len(values) {
			parts[choice.name] = oneOf(values[i], choice.allowed...)
		}
	}
	return parts
}

func oneOf(value string, allowed ...string) string {
	for _, a := range allowed {
		if value == a {
			return value
		}
	}
	return ""
}

// languageOf is the language a person chose, else what the browser asks for.
func languageOf(r *http.Request) string {
	if l := viewParts(r)["language"]; l != "" {
		return l
	}
	return r.Header.Get("Accept-Language")
}

// SetView answers POST /view.
func (b *Base) SetView(w http.ResponseWriter, r *http.Request) error {
	if err := Form(r); err != nil {
		return err
	}
	parts := viewParts(r)
	var values []string
	for _, choice := range viewChoices() {
		if r.PostForm.Has(choice.name) {
			parts[choice.name] = oneOf(r.PostForm.Get(choice.name), choice.allowed...)
		}
		values = append(values, parts[choice.name])
	}
	if s, ok := SessionOf(r.Context()); ok && b.Letters != nil && !s.Account.Role.Staff() && s.Level != auth.Waiting && r.PostForm.Has("language") {
		actor := inbox.Actor{Account: s.Account, Client: Client(r)}
		if err := b.Letters.SetLanguage(r.Context(), actor, parts["language"]); err != nil {
			return err
		}
	}
	http.SetCookie(w, &http.Cookie{
		Name: viewCookie, Value: strings.Join(values, "."), Path: "/", MaxAge: 365 * 24 * 3600, SameSite: http.SameSiteLaxMode, HttpOnly: true,
		Secure: strings.HasPrefix(b.PublicURL, "https://"),
	})
	http.Redirect(w, r, Local(r.PostForm.Get("back"), "/"), http.StatusSeeOther)
	return nil
}
