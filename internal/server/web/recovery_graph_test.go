// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"podpis/internal/service/factor"
	"podpis/internal/service/servicetest"
)

// loser is somebody who has lost something, at the first page they would open.
type loser struct {
	name, from                    string
	password, phone, mail, factor bool // what is left
	second                        bool // the account asks for a second step
	wrong                         int  // passwords tried before
	ends                          []string
}

// losers are everybody, and the ends that each must be able to come to: «in» is access, «wait» a
// ticket, a visit or a case that names its term.
func losers() []loser {
	return []loser{
		{name: "the password", from: "/login", phone: true, mail: true, ends: []string{"in", "wait"}},
		{name: "the phone", from: "/login", password: true, mail: true, ends: []string{"wait"}},
		{name: "the phone, with an application", from: "/login", password: true, mail: true, factor: true, second: true, ends: []string{"in", "wait"}},
		{name: "the mail", from: "/recover", password: true, phone: true, ends: []string{"wait"}},
		{name: "the second step", from: "/login", password: true, phone: true, mail: true, second: true, ends: []string{"wait"}},
		{name: "the key", from: "/recover/key", password: true, phone: true, mail: true, ends: []string{"in", "wait"}},
		{name: "patience: the account is closed", from: "/login", phone: true, mail: true, wrong: 3, ends: []string{"in", "wait"}},
		{name: "everything", from: "/login", ends: []string{"wait"}},
		{name: "everything, with a second step", from: "/recover", second: true, ends: []string{"wait"}},
	}
}

// move is a link that is followed or a form that is sent: with right answers, with wrong ones,
// or with wrong ones until no more are taken.
type move struct{ kind, to string }

// life is an account of a loser and a browser, as far as some moves have led.
type life struct {
	*visitor
	loser
	n                 int
	account           string
	inn, snils        string
	number, address   string // of the account
	reached, letterTo string // where the loser can be reached now
	clicks            int
	secret            factor.AppSecret
}

const maxClicks = 8

// TestRecoveryGraph builds the graph of recovery from the pages: for everybody who lost
// something, every link and every form of each state, with right and wrong answers. From each
// state some way must lead to an end, by eight clicks from the first page at most.
func TestRecoveryGraph(t *testing.T) {
	t.Parallel()
	for _, l := range losers() {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			for key, value := range map[string]string{"auth.network.codes": "1000000", "auth.network.tries": "1000000", "auth.code.sends_per_phone": "1000000", "support.per_day": "1000000"} {
				s.Set(key, value)
			}
			g := &graph{t: t, site: s, loser: l, edges: map[string][]string{}, clicks: map[string]int{}, ends: map[string]string{}}
			g.build()
			g.judge()
		})
	}
}

// graph is what was found of the states of one loser.
type graph struct {
	t      *testing.T
	site   *site
	loser  loser
	lives  int
	edges  map[string][]string
	clicks map[string]int
	ends   map[string]string
}

func (g *graph) build() {
	type path []move
	queue := []path{nil}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		here := g.live(at)
		state := here.state()
		if at == nil {
			g.clicks[state] = 0
			g.ends[state] = here.end()
		}
		for _, m := range here.moves() {
			next := g.live(at)
			if !next.do(m) {
				continue // nothing right can be said
			}
			to := next.state()
			g.edges[state] = append(g.edges[state], to)
			if _, known := g.clicks[to]; known {
				continue
			}
			g.clicks[to], g.ends[to] = next.clicks, next.end()
			if g.ends[to] == "" {
				queue = append(queue, append(slices.Clone(at), m))
			}
		}
		if len(g.clicks) > 200 {
			g.t.Fatalf("more than 200 states: %q", slices.Sorted(maps.Keys(g.clicks)))
		}
	}
}

func (g *graph) judge() {
	// Backwards from the ends.
	leads := map[string]bool{}
	for s, end := range g.ends {
		leads[s] = end != ""
	}
	for again := true; again; {
		again = false
		for s, list := range g.edges {
			if !leads[s] && slices.ContainsFunc(list, func(to string) bool { return leads[to] }) {
				leads[s], again = true, true
			}
		}
	}
	nearest := map[string]int{}
	for _, s := range slices.Sorted(maps.Keys(g.clicks)) {
		if !leads[s] {
			g.t.Errorf("no way leads from %s (%d clicks)", s, g.clicks[s])
		}
		if end := g.ends[s]; end != "" {
			if n, seen := nearest[end]; !seen || g.clicks[s] < n {
				nearest[end] = g.clicks[s]
			}
			if g.clicks[s] > maxClicks {
				g.t.Errorf("%d clicks to %s", g.clicks[s], s)
			}
		}
	}
	for _, end := range g.loser.ends {
		if _, found := nearest[end]; !found {
			g.t.Errorf("no way leads to the end %q", end)
		}
	}
	g.t.Logf("%d states, %d lives; clicks to the nearest ends: %v", len(g.clicks), g.lives, nearest)
}

// live makes an account and a browser, and goes along a path.
func (g *graph) live(path []move) *life {
	g.t.Helper()
	g.lives++
	g.site.Clock.Pass(2 * time.Minute)
	l := &life{visitor: g.site.visitor(), loser: g.loser, n: g.lives}
	l.inn, l.snils = personINN(l.n), personSNILS(l.n)
	l.number, l.address = fmt.Sprintf("+7999100%04d", l.n), fmt.Sprintf("person%d@example.org", l.n)
	l.reached, l.letterTo = fmt.Sprintf("+7999200%04d", l.n), fmt.Sprintf("new%d@example.org", l.n)
	p := servicetest.Anna()
	p.INN, p.SNILS = l.inn, l.snils
	account, token := g.site.SignUp(l.number, l.address, p)
	l.account = account.ID
	g.site.Deliver()
	must(g.t, g.site.Accounts.ConfirmMail(context.Background(), g.site.Link(l.address), servicetest.Client()))
	if l.second {
		l.secondStep()
	}
	must(g.t, g.site.Accounts.Logout(context.Background(), token, servicetest.Client()))
	l.open(l.from)
	for range l.wrong {
		l.send("/login", "login", l.number, "password", "не тот")
	}
	for _, m := range path {
		if !l.do(m) {
			g.t.Fatalf("%v cannot be done again at %s", m, l.at)
		}
	}
	return l
}

// secondStep makes an application the second step of the account.
func (l *life) secondStep() {
	l.t.Helper()
	ctx, a := context.Background(), factor.Actor{Account: l.account}
	codes, err := l.site.Factors.MakeCodes(ctx, a)
	must(l.t, err)
	must(l.t, l.site.Factors.ConfirmCodes(ctx, a, codes[0]))
	l.secret, err = l.site.Factors.StartApp(ctx, a, l.address)
	must(l.t, err)
	keeps := *l
	keeps.factor = true
	must(l.t, l.site.Factors.ConfirmApp(ctx, a, keeps.oneTime()))
}

// oneTime is a code of the application, empty when it is lost.
func (l *life) oneTime() string {
	if !l.factor {
		return ""
	}
	l.site.Clock.Pass(30 * time.Second) // each counts once
	code, err := totp.GenerateCode(l.secret.Secret, l.site.DB.Now())
	must(l.t, err)
	return code
}

var (
	digits    = regexp.MustCompile(`\d+`)
	inForms   = regexp.MustCompile(`(?s)<form [^>]*?action="([^"]*)"[^>]*>(.*?)</form>`)
	inLinks   = regexp.MustCompile(`<a\s[^>]*?href="([^"]*)"`)
	fieldName = regexp.MustCompile(`<(?:input|textarea|select)\s[^>]*?name="([^"]*)"`)
	termGiven = regexp.MustCompile(`до \d\d\.\d\d\.\d{4}`)
	mainOf    = regexp.MustCompile(`(?s)<main.*</main>`)
	tokens    = regexp.MustCompile(`[A-Za-z0-9_-]{20,}`)
)

// state is what a person sees: the page, its heading, and what it says of the last answer.
func (l *life) state() string {
	address, _, _ := strings.Cut(l.at, "?")
	heading := ""
	if m := headingPattern.FindStringSubmatch(hiddenPattern.ReplaceAllString(l.body, "")); m != nil {
		heading = strings.TrimSpace(tagPattern.ReplaceAllString(m[1], ""))
	}
	refused := ""
	if m := regexp.MustCompile(`(?s)id="errors".*?</div>`).FindString(l.body); m != "" {
		refused = digits.ReplaceAllString(strings.Join(strings.Fields(tagPattern.ReplaceAllString(m, " ")), " "), "#")
	}
	return fmt.Sprintf("%d %s «%s» %.80s", l.code, tokens.ReplaceAllString(address, "{}"), heading, refused)
}

// end is the end that this is, if it is one.
func (l *life) end() string {
	switch text := l.text(); {
	case l.code != 200:
		return ""
	case strings.HasPrefix(l.at, "/c/"), strings.Contains(text, "Доступ восстановлен") && (l.factor || !l.second):
		return "in"
	case (strings.HasPrefix(l.at, "/recover/case") || strings.HasPrefix(l.at, "/recover/ticket/")) && termGiven.MatchString(text):
		return "wait"
	}
	return ""
}

// mine reports whether an address belongs to the graph.
func mine(address string) bool {
	u, err := url.Parse(html.UnescapeString(address))
	return err == nil && u.Host == "" && (strings.HasPrefix(u.Path, "/recover") || u.Path == "/login" || u.Path == "/login/second")
}

// moves are the links and forms in the content of the page; the header and the footer are the
// same everywhere and help nobody.
func (l *life) moves() (list []move) {
	add := func(m move) {
		if !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	content := mainOf.FindString(l.body)
	for _, m := range inLinks.FindAllStringSubmatch(content, -1) {
		if mine(m[1]) && !strings.Contains(m[1], "/files/") {
			add(move{"link", html.UnescapeString(m[1])})
		}
	}
	for _, m := range inForms.FindAllStringSubmatch(content, -1) {
		if !mine(m[1]) {
			continue
		}
		for _, kind := range []string{"right", "wrong", "worn"} {
			if kind == "right" || fieldName.MatchString(m[2]) && !strings.HasSuffix(m[1], "/resend") {
				add(move{kind, html.UnescapeString(m[1])})
			}
		}
	}
	return slices.SortedFunc(slices.Values(list), func(a, b move) int { return cmp.Compare(a.kind, b.kind) })
}

// do makes a move, unless there is nothing right to say.
func (l *life) do(m move) bool {
	l.t.Helper()
	l.clicks++
	if m.kind == "link" {
		l.open(m.to)
		return true
	}
	action := m.to
	if tokens.MatchString(m.to) { // of another life
		action = l.at
	}
	times := 1
	if m.kind == "worn" {
		times = 7
	}
	for i := range times {
		var inside string
		for _, f := range inForms.FindAllStringSubmatch(l.body, -1) {
			if html.UnescapeString(f[1]) == action {
				inside = f[0]
			}
		}
		if inside == "" {
			return i > 0
		}
		var answers []string
		for _, f := range fieldName.FindAllStringSubmatch(inside, -1) {
			answer, known := l.answer(f[1], action), true
			if m.kind != "right" {
				answer = wrongAnswer(f[1])
			} else if answer == "" && slices.Contains([]string{"login", "password", "code", "proof", "contact"}, f[1]) {
				known = false
			}
			if !known {
				return false
			}
			if answer != "" {
				answers = append(answers, f[1], answer)
			}
		}
		if strings.Contains(inside, "multipart/form-data") {
			l.sendFiles(action, nil, answers...)
		} else {
			l.send(action, answers...)
		}
	}
	return true
}

func wrongAnswer(field string) string {
	switch field {
	case "code", "proof":
		return "000000"
	case "login", "contact":
		return "+79998887766" // of nobody
	case "password", "inn", "register", "name", "phone", "words":
		return "1"
	}
	return ""
}

// answer is what the loser can say, empty when it is lost.
func (l *life) answer(field, action string) string {
	have := func(ok bool, text string) string {
		if ok {
			return text
		}
		return ""
	}
	known := cmp.Or(have(l.phone, l.number), have(l.mail, l.address))
	switch field {
	case "login":
		return l.number // a number is not forgotten with the phone
	case "password":
		if strings.HasPrefix(action, "/login") {
			return have(l.password, servicetest.Password)
		}
		return "Летний дождь 7!"
	case "contact":
		switch action {
		case "/recover/phone":
			return have(l.mail, l.address)
		case "/recover/case/contact":
			if strings.Contains(l.text(), "почт") {
				return l.letterTo
			}
			return l.reached
		case "/recover/visit", "/recover/write":
			return cmp.Or(known, l.reached)
		}
		return known
	case "code":
		if action == "/login/second" {
			return l.oneTime()
		}
		return l.read()
	case "proof":
		return cmp.Or(l.oneTime(), have(l.password && !l.second, servicetest.Password))
	case "inn":
		return l.inn
	case "register":
		return l.snils
	case "name":
		return "Соколова Анна Ивановна"
	case "phone":
		return l.reached
	case "words":
		return "Ничего не осталось, помогите войти"
	}
	return ""
}

var codeSent = regexp.MustCompile(`Подпись: (\d{6}) `) // links hold six digits in a row now and then

// read is the last code in whatever the loser can still read.
func (l *life) read() (code string) {
	l.site.Deliver()
	places := []string{l.reached, l.letterTo}
	if l.phone {
		places = append(places, l.number)
	}
	if l.mail {
		places = append(places, l.address)
	}
	var last time.Time
	for _, at := range places {
		for _, m := range append(l.site.SMS.To(at), l.site.Mail.To(at)...) {
			if found := codeSent.FindStringSubmatch(m.Body); found != nil && !m.At.Before(last) {
				code, last = found[1], m.At
			}
		}
	}
	return code
}

// personINN and personSNILS are numbers with right check digits (domain 1).
func personINN(n int) string {
	text := fmt.Sprintf("9901%06d", 500000+n)
	for _, weights := range [][]int{{7, 2, 4, 10, 3, 5, 9, 4, 6, 8}, {3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8}} {
		sum := 0
		for i, w := range weights {
			sum += w * int(text[i]-'0')
		}
		text += fmt.Sprint(sum % 11 % 10)
	}
	return text
}

func personSNILS(n int) string {
	text, sum := fmt.Sprintf("%09d", 500000000+n), 0
	for i := range 9 {
		sum += (9 - i) * int(text[i]-'0')
	}
	return text + fmt.Sprintf("%02d", sum%101%100)
}
