// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build peerbench

package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
	"podpis/stand/sms"
)

// user is a signed-in holder with a draft of an application.
type user struct {
	client      *http.Client
	base, draft string // addresses
	cookie      *http.Cookie
}

// numbered is a person whose numbers hold their check digits.
func numbered(n int) identity.Person {
	p := identity.Person{
		Surname: "Соколова", GivenName: "Анна", BirthDate: identity.Date{Year: 1990, Month: 11, Day: 21},
		Passport: identity.Passport{Number: fmt.Sprintf("9210%06d", n), IssuedOn: identity.Date{Year: 2011, Month: 3, Day: 5}, Department: "160-001", IssuedBy: "Отделом УФМС"},
	}
	for check := range 100 {
		if inn := fmt.Sprintf("99%08d%02d", n, check); identity.ValidPersonINN(inn) {
			p.INN = inn
		}
		if snils := fmt.Sprintf("99%07d%02d", n, check); identity.ValidSNILS(snils) {
			p.SNILS = snils
		}
	}
	return p
}

// signedUp makes a holder through the services.
func signedUp(t *testing.T, a *App, n int) *user {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	phone := fmt.Sprintf("+7998%07d", n)
	from := auth.Client{Network: fmt.Sprintf("192.0.2.%d", n)}
	token, err := a.signups.Start(ctx, "", phone, from)
	must(err)
	waiting, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	m, err := a.stand.servers.SMS.Wait(waiting, func(m sms.Message) bool { return strings.HasSuffix(m.To, phone[1:]) })
	must(err)
	must(a.signups.ConfirmPhone(ctx, token, regexp.MustCompile(`\d{6}`).FindString(m.Text)))
	must(a.signups.SetMailAndPassword(ctx, token, fmt.Sprintf("load%d@example.org", n), "Ясный-день-7"))
	person := numbered(n)
	must(a.signups.SetName(ctx, token, person))
	must(a.signups.SetDocuments(ctx, token, person))
	session, err := a.signups.Finish(ctx, token, true, from)
	must(err)
	s, err := a.accounts.Session(ctx, session)
	must(err)
	holder := ra.Actor{Account: s.Account, Client: from}
	draft, err := a.desk.Start(ctx, holder, "load")
	must(err)
	must(a.desk.Fill(ctx, holder, draft, ra.SetPurposes([]string{"documents"}), nil))
	roles, err := a.accounts.Profiles(ctx, s.Account)
	must(err)
	base := "/c/" + roles[0].ID
	return &user{
		client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		base:   base, draft: base + "/applications/" + draft, cookie: &http.Cookie{Name: "session", Value: session},
	}
}

// do makes one request and returns how long it took.
func (u *user) do(ctx context.Context, method, address string, form url.Values) (time.Duration, error) {
	r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	r.AddCookie(u.cookie)
	r.Header.Set("Accept-Encoding", "gzip")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	began := time.Now()
	answer, err := u.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return 0, err
	}
	if answer.StatusCode >= 400 {
		return 0, fmt.Errorf("%s %s: %s", method, address, answer.Status)
	}
	return time.Since(began), nil
}

// TestLoad: 50 people at once, each going through ten pages and two forms without a pause, on
// all processors, which the clients share (ux 10: the slowest twentieth within 150 ms).
func TestLoad(t *testing.T) {
	const people, length, bar = 50, 10 * time.Second, 150 * time.Millisecond
	a := training(t)
	users := make([]*user, people)
	for i := range users {
		users[i] = signedUp(t, a, i+1)
	}
	var mu sync.Mutex
	took := map[string][]time.Duration{}
	var all []time.Duration
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var group sync.WaitGroup
	for i, u := range users {
		group.Go(func() {
			for round := 0; ctx.Err() == nil; round++ {
				for n, page := range []string{
					u.base + "/", u.base + "/sign", u.base + "/applications", u.draft, u.draft + "?step=data", u.base + "/certificates", "/verify", "/help", "/ca", "/help/kep",
					"POST " + u.draft + "/draft", "POST /view",
				} {
					if round == 0 && n < i%10 { // people do not walk in step
						continue
					}
					method, form := http.MethodGet, url.Values(nil)
					address, post := strings.CutPrefix(page, "POST ")
					if post {
						method, form = http.MethodPost, url.Values{"step": {"data"}, "locality": {fmt.Sprint("Казань ", round)}, "theme": {"dark"}, "back": {"/help"}}
					}
					d, err := u.do(ctx, method, a.PublicURL()+address, form)
					if ctx.Err() != nil {
						return
					}
					if err != nil {
						t.Error(err)
						return
					}
					kind := strings.Replace(strings.Replace(page, u.draft, "/c/…/applications/…", 1), u.base, "/c/…", 1)
					mu.Lock()
					took[kind] = append(took[kind], d)
					all = append(all, d)
					mu.Unlock()
				}
			}
		})
	}
	group.Wait()
	at := func(list []time.Duration, share float64) time.Duration {
		slices.Sort(list)
		return list[int(share*float64(len(list)-1))].Round(100 * time.Microsecond)
	}
	for kind, list := range took {
		t.Logf("%-45s half %8v, 95 %% %8v, 99 %% %8v", kind, at(list, 0.5), at(list, 0.95), at(list, 0.99))
	}
	t.Logf("%d people at once: %.0f requests a second, half within %v, 95 %% within %v (bar %v), 99 %% within %v", people,
		float64(len(all))/length.Seconds(), at(all, 0.5), at(all, 0.95), bar, at(all, 0.99))
	if at(all, 0.95) > bar {
		t.Error("slower than the bar")
	}
}
