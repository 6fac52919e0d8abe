// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"podpis/internal/service/servicetest"
)

// guess is one secret that somebody may try to guess.
type guess struct {
	name string
	// stand brings a browser to the page that asks for the secret.
	stand func(s *site, v *visitor)
	// try sends an answer; right reads the secret.
	try   func(v *visitor, answer string)
	right func(s *site) string
	wrong func(right string) string
	tries int    // wrong answers until no more are taken
	words string // what is said then
	left  string // what is said after the first
	// stays signs in another way, which guessing must not close.
	stays func(s *site) *visitor
}

func byCode(s *site) *visitor {
	v := s.visitor().open("/login/phone").send("/login/phone", "phone", phone)
	return v.send("/login/code", "code", s.Code(phone))
}

func byPassword(s *site) *visitor { return s.visitor().login(pass) }

// guesses are all secrets that are short enough to be guessed.
func guesses() []guess {
	wrongCode := func(right string) string { return servicetest.Wrong(right) }
	sms := func(s *site) string { return s.Code(phone) }
	return []guess{
		{
			name: "password", stand: func(_ *site, v *visitor) { v.open("/login") },
			try:   func(v *visitor, answer string) { v.post("/login", "login", mail, "password", answer) },
			right: func(*site) string { return pass }, wrong: func(string) string { return "Не тот 7 раз" },
			tries: 3, words: "Вход по паролю закрыт до", left: "Осталось попыток: 2", stays: byCode,
		},
		{
			name: "code of a sign-in", stand: func(_ *site, v *visitor) { v.open("/login/phone").send("/login/phone", "phone", phone) },
			try:   func(v *visitor, answer string) { v.post("/login/code", "code", answer) },
			right: sms, wrong: wrongCode, tries: 5, words: "Код не подошёл", left: "Осталось попыток: 4", stays: byPassword,
		},
		{
			name: "code of a sign-up", stand: func(_ *site, v *visitor) { v.open("/signup").send("/signup/phone", "phone", "+79990000055") },
			try:   func(v *visitor, answer string) { v.post("/signup/code", "code", answer) },
			right: func(s *site) string { return s.Code("+79990000055") }, wrong: wrongCode, tries: 5, words: "Код не подошёл", left: "Осталось попыток: 4", stays: byPassword,
		},
		{
			name: "second step by a message", stand: func(s *site, v *visitor) {
				v.login(pass).open("/c/" + v.pid() + "/security/second").send("/login/second/ask")
			},
			try:   func(v *visitor, answer string) { v.post("/login/second", "code", answer) },
			right: sms, wrong: wrongCode, tries: 5, words: "закрыт", left: "Осталось", stays: byPassword,
		},
		{
			name: "code of a recovery", stand: func(_ *site, v *visitor) { v.open("/recover/password").send("/recover/password", "contact", phone) },
			try:   func(v *visitor, answer string) { v.post("/recover/case/code", "code", answer) },
			right: sms, wrong: wrongCode, tries: 5, words: "Время вышло", left: "Осталось попыток: 4", stays: byPassword,
		},
		{
			name: "code of a guest's ticket", stand: func(_ *site, v *visitor) {
				v.open("/recover/write").sendFiles("/recover/write", nil, "name", "Анна", "contact", phone, "words", "Не могу войти")
			},
			try:   func(v *visitor, answer string) { v.post("/recover/guest", "code", answer) },
			right: sms, wrong: wrongCode, tries: 5, words: "Написать в поддержку", left: "Осталось попыток: 4", stays: byPassword,
		},
		{
			name: "password that proves a lost mail", stand: func(s *site, v *visitor) {
				v.open("/recover/mail").send("/recover/mail", "contact", phone).send("/recover/case/code", "code", s.Code(phone))
			},
			try:   func(v *visitor, answer string) { v.post("/recover/case/proof", "proof", answer) },
			right: func(*site) string { return pass }, wrong: func(string) string { return "Не тот 7 раз" },
			tries: 3, words: "", left: "Осталось", stays: byCode,
		},
	}
}

// TestGuessingEnds: of each secret a few wrong answers are taken, each says how many are left, and
// then the right one is refused too, in words; another way in stays open.
func TestGuessingEnds(t *testing.T) {
	t.Parallel()
	for _, g := range guesses() {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.SignUp(phone, mail, servicetest.Anna())
			s.Clock.Pass(2 * time.Minute)
			v := s.visitor()
			g.stand(s, v)
			right := g.right(s)
			for n := range g.tries {
				g.try(v, g.wrong(right))
				if v.code < 400 && v.at != "/recover/write" { // which begins anew
					t.Fatalf("wrong answer %d is taken: %d at %s: %s", n+1, v.code, v.at, v.text())
				}
				if n == 0 && !strings.Contains(v.text(), g.left) {
					t.Errorf("the first does not say what is left: %s", v.text())
				}
			}
			if !strings.Contains(v.text(), g.words) {
				t.Errorf("the last does not say %q: %s", g.words, v.text())
			}
			g.try(v, right)
			if strings.HasPrefix(v.at, "/c/") && v.code == http.StatusOK || strings.Contains(v.text(), "Новый пароль") || strings.Contains(v.text(), "Почта и пароль") || strings.Contains(v.text(), "Т-1001") {
				t.Errorf("the right answer is taken after %d wrong ones: %d at %s", g.tries, v.code, v.at)
			}
			if in := g.stays(s); !strings.HasPrefix(in.at, "/c/") {
				t.Errorf("another way in is closed: %d at %s: %s", in.code, in.at, in.text())
			}
		})
	}
}

// TestChallengesAreCounted: a network may ask for so many challenges in a minute and is told to
// wait then; the password stays.
func TestChallengesAreCounted(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/login/passkey/ask", "/login/certificate/ask", "/login/second/ask", "/login/passkey/step/ask", "/login/certificate/step/ask"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.Set("factor.asks", "3")
			s.SignUp(phone, mail, servicetest.Anna())
			v := s.visitor()
			v.login(pass).shows(200, "Главная")
			for range 3 {
				if v.post(path); v.code == http.StatusTooManyRequests && path != "/login/second/ask" {
					t.Fatalf("%s is closed at once: %s", path, v.text())
				}
			}
			v.post(path).shows(http.StatusTooManyRequests, "Повторите через минуту")
			if v.head.Get("Retry-After") == "" && path != "/login/second/ask" { // a page, which says it in words
				t.Error("nobody is told how long to wait")
			}
			byPassword(s).shows(200, "Главная")
			s.Clock.Pass(2 * time.Minute)
			if v.post(path); v.code == http.StatusTooManyRequests {
				t.Errorf("closed after two minutes: %s", v.text())
			}
		})
	}
}

// TestChallengesOfAnAccountAreCounted: who is signed in may ask for so many challenges in a minute,
// of all kinds together, and is told to wait then; another account of the network is not.
func TestChallengesOfAnAccountAreCounted(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/security/second/passkey/add/ask", "/security/second/certificate/ask", "/identity/certificate/ask"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			v, base := s.atHome()
			v.open(base + "/security/second").stepUp()
			v.recoveryCodes(base) // which a passkey asks for
			s.Set("factor.asks", "3")
			for range 3 {
				if v.post(base + path); v.code != http.StatusOK || !strings.HasPrefix(v.body, "{") {
					t.Fatalf("%s asks nothing: %d %s", path, v.code, v.text())
				}
			}
			v.post(base+path).shows(http.StatusTooManyRequests, "Повторите через минуту")
			v.post(base + "/identity/certificate/ask").shows(http.StatusTooManyRequests)
			if v.head.Get("Retry-After") == "" {
				t.Error("nobody is told how long to wait")
			}
			s.SignUp("+79990000002", "boris@example.org", servicetest.Boris())
			boris := s.visitor()
			boris.open("/login").send("/login", "login", "boris@example.org", "password", pass)
			if boris.post("/c/" + boris.pid() + "/identity/certificate/ask"); boris.code != http.StatusOK {
				t.Errorf("another account is closed too: %d %s", boris.code, boris.text())
			}
			s.Clock.Pass(2 * time.Minute)
			if v.post(base + path); v.code != http.StatusOK {
				t.Errorf("closed after two minutes: %d %s", v.code, v.text())
			}
		})
	}
}
