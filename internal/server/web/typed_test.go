// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser

package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"podpis/internal/server/web"
	"podpis/internal/service/auth"
	"podpis/stand/chromium"
)

// elsewhereTyped are forms that no crawler meets, and what shows of each that nothing is lost, or
// that it has nothing to lose.
func elsewhereTyped() map[string]string {
	const (
		nothing  = "nothing to type: buttons, ticks of the page before, files"
		secrets  = "codes and passwords alone, which are never kept (TestEveryPage looks for them among the kept)"
		programs = "asked by scripts and programs, no form"
		same     = "drawn by the templates of /c/{pid}/security"
	)
	m := map[string]string{
		"POST /c/{pid}/people/powers/{id}/revoke": "one field of kit.Field; the power has to be signed elsewhere first (TestPowers)",
		"POST /recover/case/contact":              "one field of kit.Field; needs two channels of a person (TestRecoverPages and those of package support)",
		"POST /op/connections/{id}":               "one field of kit.Area; needs a request (TestConnectionRequest)",
		"POST /op/cases/{id}/agree":               "ticks for the second operator only (TestVisitPages)",
	}
	for reason, patterns := range map[string]string{
		nothing: `/admin/breaches/{id}/results /admin/breaches/{id}/tell /admin/jobs/{id}/revive /admin/users/{id}/unblock /login/staff/{provider}
			/c/{pid}/applications/{id}/installed /c/{pid}/applications/{id}/resend /c/{pid}/developers/webhooks/{id}/drop
			/c/{pid}/developers/webhooks/{id}/resume /c/{pid}/developers/webhooks/{id}/retry /c/{pid}/developers/webhooks/{id}/test /c/{pid}/inbox/{id}/later
			/c/{pid}/profile/compare/{provider} /c/{pid}/profile/refresh/{provider} /c/{pid}/profile/unlink/{provider} /c/{pid}/registry/take
			/c/{pid}/security/second/remove/{id} /c/{pid}/security/devices/{id}/test /c/{pid}/security/devices/{id}/drop /approve/{id}
			/login/second/device /login/second/device/done /confirm/{token} /login/external/account/bind /login/resend /not-me/{token} /people/join/{token}
			/recover/case/resend /recover/guest/resend /recover/stop/{token} /roles/confirm/{token} /signup/resend /signup/finish /verify/r/{token}/forget
			/admin/connectors/{name}/on /admin/texts/{language}/{key} /admin/texts/{language}/{key}/undo /admin/users/{id}/directory /admin/users/import/take /c/{pid}/roles/requests/{id}/agreement/upload /c/{pid}/security/privacy/keep /signup/certificate/drop
			/c/{pid}/profile/contacts/{kind}/resend /c/{pid}/profile/contacts/{kind}/drop /contacts/stop/{token} /c/{pid}/documents/{id}/delete
			/c/{pid}/documents/{id}/restore /c/{pid}/keys/backups/{id}/confirm /c/{pid}/keys/backups/{id}/end /admin/downloads/{id}/withdraw
			/c/{pid}/news/{id} /c/{pid}/profile/notices/{outlet} /c/{pid}/support/{id}/leave /c/{pid}/support/{id}/replacement
			/c/{pid}/security/privacy/outlet /c/{pid}/security/takeout/resume`,
		secrets: `/c/{pid}/applications/{id}/submit /c/{pid}/security/second/app/confirm /c/{pid}/security/second/codes/confirm /c/{pid}/security/second/sms/confirm
			/login/code /login/password /login/second /recover/case/code /recover/case/password /recover/case/proof /recover/guest /signup/code
			/c/{pid}/profile/contacts/{kind}/code`,
		programs: `/c/{pid}/applications/{id}/consent /c/{pid}/applications/{id}/draft /c/{pid}/applications/{id}/order /c/{pid}/security/second/certificate
			/c/{pid}/security/second/certificate/ask /c/{pid}/security/devices /c/{pid}/security/second/passkey/add /c/{pid}/security/second/passkey/add/ask /drafts /login/certificate
			/login/certificate/ask /login/certificate/step /login/certificate/step/ask /login/passkey /login/passkey/ask /login/passkey/step /login/passkey/step/ask
			/session /sign/raise /signup/draft /support/chat /support/mail /verify/evidence /verify/report
			/c/{pid}/identity/certificate /c/{pid}/identity/certificate/ask /c/{pid}/roles/requests/{id}/agreement /c/{pid}/roles/requests/{id}/agreement/ask
			/signup/certificate /signup/certificate/ask`,
		same: `/staff/security/second/app /staff/security/second/app/confirm /staff/security/second/certificate /staff/security/second/certificate/ask
			/staff/security/second/codes/confirm /staff/security/second/passkey/add /staff/security/second/passkey/add/ask /staff/security/second/remove/{id}
			/staff/security/second/sms /staff/security/second/sms/confirm /staff/security/sessions/others`,
	} {
		for _, pattern := range strings.Fields(patterns) {
			m["POST "+pattern] = reason
		}
	}
	return m
}

// typedForm is a form with fields to type in.
type typedForm struct {
	seen
	action string
	place  int // which of the page's forms with this address
}

func (f typedForm) String() string {
	return fmt.Sprintf("%s %s: form %s %d", f.who, f.address, f.action, f.place)
}

var (
	wholeForm   = regexp.MustCompile(`(?s)<form\s([^>]*)>(.*?)</form>`)
	formAction  = regexp.MustCompile(`\saction="([^"]*)"`)
	notKept     = regexp.MustCompile(`data-secret|type="(?:password|hidden|file|submit)"|autocomplete="(?:one-time-code|[a-z]*-?password)"`)
	typedName   = regexp.MustCompile(` name="[^"]*"`)
	fieldMarkup = regexp.MustCompile(`(?s)<(?:input|select|textarea)\s[^>]*>`)
)

// typedForms opens the pages once more and finds what one can type into; acts are the routes that
// forms of any kind lead to.
func (s *site) typedForms(pages []seen) (list []typedForm, acts map[string]bool) {
	s.t.Helper()
	mux, _ := web.Routes(s.parts)
	acts = map[string]bool{}
	known := map[string]bool{}
	for _, p := range pages {
		r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.server.URL+p.address, nil)
		must(s.t, err)
		r.Header.Set("Accept", "text/html")
		if p.session != "" {
			r.AddCookie(&http.Cookie{Name: typedForm{seen: p}.cookie(), Value: p.session})
		}
		answer, err := http.DefaultClient.Do(r)
		must(s.t, err)
		body, err := io.ReadAll(answer.Body)
		must(s.t, err)
		answer.Body.Close()
		places := map[string]int{}
		for _, m := range wholeForm.FindAllStringSubmatch(string(body), -1) {
			if !strings.Contains(m[1], `method="post"`) {
				continue
			}
			action := answer.Request.URL.Path
			if a := formAction.FindStringSubmatch(" " + m[1]); a != nil {
				action, _, _ = strings.Cut(html.UnescapeString(a[1]), "?")
			}
			post, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, action, nil)
			must(s.t, err)
			_, pattern := mux.Handler(post)
			acts[pattern] = true
			place := places[action]
			places[action]++
			typed := slices.ContainsFunc(fieldMarkup.FindAllString(m[2], -1), func(f string) bool { return !notKept.MatchString(f) && strings.Contains(f, ` name="`) })
			key := pattern + strings.Join(typedName.FindAllString(m[2], -1), "") // the same form on another page is the same
			if typed && !strings.Contains(m[1], `data-draft="off"`) && !known[key] && len(places) < 12 {
				known[key] = true
				list = append(list, typedForm{seen{who: p.who, address: answer.Request.URL.RequestURI(), session: p.session}, action, place})
			}
		}
	}
	return list, acts
}

// TestNothingTypedIsLost fills every form of every role field by field, kills the tab after each,
// opens the page anew and finds everything but the secrets (ux 10). Forms are found by the
// crawler; what it does not meet stands in a list with the test that does. In the gate a
// random part is walked, by the seed that is printed; with PODPIS_DRILL all of it.
func TestNothingTypedIsLost(t *testing.T) {
	s := newSite(t)
	everyone := s.everyone()
	pages := slices.Concat(s.pagesOf(everyone), s.busy(everyone), s.newcomers())
	forms, acts := s.typedForms(pages)
	_, patterns := web.Routes(s.parts)
	elsewhere := elsewhereTyped()
	for _, pattern := range patterns {
		if strings.HasPrefix(pattern, "POST ") && !acts[pattern] && elsewhere[pattern] == "" {
			t.Errorf("no form leads to %s", pattern)
		}
	}
	for pattern := range elsewhere {
		if !slices.Contains(patterns, pattern) || acts[pattern] {
			t.Errorf("%s does not exist, or is met: take it from the list", pattern)
		}
	}
	budget := 45 * time.Second
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("PODPIS_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		must(t, err)
		seed = n
	}
	if os.Getenv("PODPIS_DRILL") != "" {
		budget = 2 * time.Hour
	}
	random := rand.New(rand.NewPCG(seed, 0))
	random.Shuffle(len(forms), func(i, j int) { forms[i], forms[j] = forms[j], forms[i] })
	browser := chromium.Start(t)
	began, walked, kills := time.Now(), 0, 0
	for _, f := range forms {
		if time.Since(began) > budget {
			break
		}
		kills += s.killed(browser, t, f)
		walked++
	}
	t.Logf("PODPIS_SEED=%d: %d of %d forms, %d tabs killed in %v", seed, walked, len(forms), kills, time.Since(began).Round(time.Second))
	if len(forms) < 30 || walked < 5 {
		t.Errorf("only %d forms were found and %d walked", len(forms), walked)
	}
}

// counting lets the test know when what was typed has been kept.
const counting = `(() => { const ask = window.fetch; window.saves = 0; window.fetch = async (...a) => { const r = await ask(...a); if (/draft/.test(a[0])) window.saves++; return r; }; })()`

// walking are the pieces of the test that run in the page.
const walking = `(() => {
	const form = [...document.querySelectorAll('form[method="post"]')].filter((f) => new URL(f.getAttribute("action") || "", location).pathname === ACTION)[PLACE];
	const hiddenSecret = (f) => f.matches("[type=password], [data-secret], [autocomplete=one-time-code]");
	const fields = [...form.elements].filter((f) => f.name && f.matches("input, select, textarea") && !f.matches("[type=hidden], [type=file], [type=submit]"));
	const open = (f) => { for (let d = f.closest("details"); d; d = d.parentElement.closest("details")) d.open = true; };
	const state = (f) => /^(radio|checkbox)$/.test(f.type) ? f.checked : f.value;
	window.walk = {
		n: fields.length,
		state: () => fields.map((f) => hiddenSecret(f) ? "secret:" + f.value : String(state(f))),
		names: () => fields.map((f) => f.name + " " + f.type),
		here: form.dataset.draft === "here",
		kept: () => form.dataset.kept ?? "",
		opened: () => form.dataset.draft !== "here" || !!form.dataset.opened,
		saved: () => form.querySelector("[data-saved]")?.textContent ?? "",
		// fill changes a field as a person would; what has to be typed is left to the keyboard.
		fill(i) {
			const f = fields[i];
			open(f);
			if (f.disabled || f.readOnly || !f.checkVisibility()) return "skip";
			if (f.type === "checkbox" || f.type === "radio") { f.click(); return f.type === "radio" ? "radio" : "done"; }
			if (f.matches("select")) {
				const other = [...f.options].find((o) => o.index !== f.selectedIndex && !o.disabled);
				if (!other) return "skip";
				f.value = other.value;
				f.dispatchEvent(new Event("input", {bubbles: true}));
				f.dispatchEvent(new Event("change", {bubbles: true}));
				return "done";
			}
			if (f.matches("[type=time], [type=date]")) {
				f.value = f.type === "time" ? "21:3" + i % 10 : "2027-01-1" + i % 10;
				f.dispatchEvent(new Event("input", {bubbles: true}));
				f.dispatchEvent(new Event("change", {bubbles: true}));
				return "done";
			}
			f.focus(); f.select?.();
			const digits = f.inputMode === "numeric" || f.type === "tel" || f.type === "number";
			const text = f.type === "email" || f.autocomplete === "email" ? "vera" + i + "@example.org" : f.type === "url" ? "https://example.org/" + i : digits ? "1" + i % 10 + "34567890" : "Слово " + i;
			return "type:" + (f.maxLength > 0 ? text.slice(0, f.maxLength) : text);
		},
		leave() { document.activeElement.blur(); },
	};
	return window.walk.n;
})()`

// killed fills a form field by field and kills the tab after each; it returns how many tabs.
func (s *site) killed(browser context.Context, t *testing.T, f typedForm) (kills int) {
	t.Helper()
	profile, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	defer cancel()
	must(t, chromedp.Do(profile, chromedp.Navigate("about:blank")))
	if f.session != "" {
		_, err := chromedp.Call(profile, network.SetCookies, network.SetCookiesParams{Cookies: []*network.CookieParam{
			{Name: f.cookie(), Value: f.session, URL: s.server.URL}, {Name: "view", Value: "ru.....", URL: s.server.URL},
		}})
		must(t, err)
	}
	var want []string
	for i := 0; ; i++ {
		tab, end := s.window(profile, t, f)
		names := evaluate[[]string](tab, t, f, `walk.names()`)
		if want != nil {
			got := evaluate[[]string](tab, t, f, `walk.state()`)
			for j := range want {
				if j >= len(got) || want[j] != got[j] {
					t.Errorf("%v: killed after %s: %s was %q and is %q", f, names[i-1], names[j], want[j], got[min(j, len(got)-1)])
				}
			}
		}
		if i == len(names) {
			end()
			return kills
		}
		want = s.fills(tab, t, f, i)
		kills++
		kill(tab, t)
		end()
	}
}

// fills fills field i and returns how the form has to come back: secrets empty.
func (s *site) fills(tab context.Context, t *testing.T, f typedForm, i int) []string {
	t.Helper()
	before := evaluate[int](tab, t, f, `window.saves`)
	how := evaluate[string](tab, t, f, fmt.Sprintf(`walk.fill(%d)`, i))
	if text, typed := strings.CutPrefix(how, "type:"); typed {
		must(t, chromedp.Do(tab, chromedp.KeyEvent(text)))
		evaluate[bool](tab, t, f, `walk.leave(), true`)
	}
	state := evaluate[[]string](tab, t, f, `walk.state()`)
	secret := strings.HasPrefix(state[i], "secret:")
	for j, value := range state {
		if strings.HasPrefix(value, "secret:") {
			state[j] = "secret:"
		}
	}
	if how == "skip" || secret {
		return state
	}
	if evaluate[bool](tab, t, f, `walk.here`) {
		for began := time.Now(); how != "radio" && evaluate[string](tab, t, f, `walk.kept()`) == ""; time.Sleep(20 * time.Millisecond) {
			if time.Since(began) > 5*time.Second {
				t.Errorf("%v: field %d was not kept on the device (%s)", f, i, how)
				break
			}
		}
		return state
	}
	for began := time.Now(); evaluate[int](tab, t, f, `window.saves`) == before; time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > 5*time.Second {
			if how != "radio" { // a radio that was chosen already changes nothing
				t.Errorf("%v: field %d was not kept (%s)", f, i, how)
			}
			break
		}
	}
	return state
}

// window opens the page of a form in a new tab.
func (s *site) window(profile context.Context, t *testing.T, f typedForm) (context.Context, func()) {
	t.Helper()
	tab, cancel := chromedp.NewContext(profile)
	must(t, chromedp.Do(tab, chromedp.Navigate("about:blank")))
	_, err := chromedp.Call(tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: counting})
	must(t, err)
	must(t, chromedp.Do(tab, chromedp.Navigate(s.server.URL+f.address)))
	action, err := json.Marshal(f.action)
	must(t, err)
	evaluate[int](tab, t, f, strings.NewReplacer("ACTION", string(action), "PLACE", strconv.Itoa(f.place)).Replace(walking))
	for began := time.Now(); !evaluate[bool](tab, t, f, `walk.opened()`); time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > 5*time.Second {
			t.Fatalf("%v: what the device keeps is not opened", f)
		}
	}
	return tab, cancel
}

// kill ends a tab so that nothing of the page runs any more: no handler sees it coming.
func kill(tab context.Context, t *testing.T) {
	t.Helper()
	_, err := chromedp.Call(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	must(t, err)
	_, err = chromedp.Call(tab, page.Close, cdp.Empty{})
	must(t, err)
}

func evaluate[T any](tab context.Context, t *testing.T, f typedForm, expression string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(tab, 20*time.Second)
	defer cancel()
	answer, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%v: %s: %v", f, expression[:min(40, len(expression))], err)
	}
	return answer
}

// cookie is what the session of the page's visitor is in.
func (f typedForm) cookie() string {
	switch f.who {
	case "newcomer":
		return "signup"
	case "in a chat":
		return "chat"
	}
	return "session"
}

// on is a page in front of a visitor.
func (v *visitor) on(who, address string) seen {
	v.t.Helper()
	p := seen{who: who, address: address}
	own, err := url.Parse(v.site.server.URL)
	must(v.t, err)
	for _, cookie := range v.http.Jar.Cookies(own) {
		if cookie.Name == (typedForm{seen: p}).cookie() {
			p.session = cookie.Value
		}
	}
	return p
}

// busy are the pages of cases that are under way: the steps of an application, tickets on both
// sides, a recovery at the desk, a member of staff, a guest's ticket.
func (s *site) busy(everyone []*crawler) (list []seen) {
	s.t.Helper()
	of := map[string]*visitor{}
	for _, c := range everyone {
		of[c.who] = c.visitor
		for _, address := range c.looked {
			other := c.who == "holder" && !strings.Contains(address, "?") && (strings.Contains(address, "/applications/") || strings.Contains(address, "/inbox/")) // each state has forms of its own
			if other || strings.Contains(address, "?step=") || strings.HasSuffix(address, "/issue") {
				list = append(list, c.on(c.who, address))
			}
		}
	}
	anna, op, admin := of["holder"], of["operator"], of[string(auth.Administrator)]
	own := "/c/" + strings.Split(anna.open("/login").at, "/")[2]
	member := regexp.MustCompile(`/c/[0-9a-z]+/people/members/[0-9a-z]{10,}`)
	for _, address := range everyone[slices.IndexFunc(everyone, func(c *crawler) bool { return c.who == "holder" })].looked {
		if !strings.HasSuffix(address, "/people") {
			continue
		}
		for _, page := range member.FindAllString(anna.open(address).body, -1) { // who was invited has another page than who works
			list = append(list, anna.on("holder", page))
		}
	}
	for range 2 {
		anna.open(own+"/support/new").sendFiles(own+"/support", nil, "words", "Не ставится", "certificate", "С-1001").shows(200, "Обращение")
		list = append(list, anna.on("holder", anna.at))
	}
	op.open("/op/tickets")
	tickets := ticketPattern.FindAllString(op.body, -1)
	op.open(tickets[0]).send(tickets[0], "words", "Очистите кэш", "move", "solve").shows(200)
	op.open("/op/tickets")
	list = append(list, op.on("operator", ticketPattern.FindString(op.body)))
	for i := range list { // one of the two was answered: it asks how it was
		if strings.Contains(list[i].address, "/support/") && strings.Contains(anna.open(list[i].address).body, "Решено?") {
			anna.sendFiles(list[i].address, nil, "move", "confirm").shows(200, "Закрыто")
			break
		}
	}
	op.open("/staff/news")
	for _, address := range regexp.MustCompile(`/staff/news/[0-9a-z]{10,}`).FindAllString(op.body, -1) { // what is published has other buttons than a draft
		list = append(list, op.on("operator", address))
	}
	lost := s.visitor().open("/recover/desk").send("/recover/desk", "name", "Соколова Анна Ивановна", "inn", "990000001704", "register", annaIP, "phone", "+79990000067")
	lost.shows(200, "Введите код").send("/recover/case/code", "code", s.Code("+79990000067")).shows(200, "Ход оператора")
	op.open("/op/unlock")
	for _, address := range casePattern.FindAllString(op.body, -1) {
		list = append(list, op.on("operator", address))
	}
	s.visitor().open("/recover/visit").send("/recover/visit", "name", "Соколова", "contact", phone).shows(200)
	op.open("/op/visits").send("/op/clients", "inn", "990000001704", "register", annaIP, "name", "Соколова Анна Ивановна").shows(200)
	list = append(list, op.on("operator", op.at), op.on("operator", op.at+"/order"))
	admin.open("/admin/users")
	for _, address := range regexp.MustCompile(`/admin/users/[0-9a-z]{8,}`).FindAllString(admin.body, -1) {
		list = append(list, admin.on("administrator", address))
	}
	guest := s.visitor()
	guest.open("/recover/write").sendFiles("/recover/write", nil, "name", "Борис", "contact", "+79990000066", "words", "Не могу войти").shows(200, "Введите код")
	guest.send("/recover/guest", "code", s.Code("+79990000066")).shows(200, "Не могу войти")
	asking := s.visitor()
	asking.open("/help/chat").send("/help/chat", "words", "Где мой ключ?", "contact", "").shows(200, "Ждём специалиста")
	chat := chatPattern.FindString(op.open("/op/chats").body)
	op.open(chat).send(chat, "move", "take").shows(200, "Где мой ключ?")
	return append(list, guest.on("guest", guest.at), asking.on("in a chat", "/help/chat"), op.on("operator", chat))
}

// newcomers stand at the screens of a sign-up where there is something to type.
func (s *site) newcomers() (list []seen) {
	s.t.Helper()
	const number = "+79990000031"
	for screen := range 3 {
		v := s.visitor()
		own := number + strconv.Itoa(screen)
		own = own[:3] + own[4:]
		v.open("/signup").send("/signup/phone", "phone", own)
		v.shows(200, "Код из СМС").send("/signup/code", "code", s.Code(own)).shows(200, "Почта и пароль")
		if screen > 0 {
			v.send("/signup/mail", "mail", "new"+strconv.Itoa(screen)+"@example.org", "password", pass).shows(200, "Как вас зовут")
		}
		if screen > 1 {
			v.send("/signup/name", "surname", "Белова", "given_name", "Вера", "birth_date_d", "17", "birth_date_m", "5", "birth_date_y", "1990").shows(200, "Документы")
		}
		list = append(list, v.on("newcomer", "/signup"))
	}
	return list
}
