// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build browser

package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"podpis/stand/chromium"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// look is one way to see a page.
type look struct {
	width           int64
	theme, language string
}

func (l look) String() string { return fmt.Sprintf("%d %s %s", l.width, l.theme, l.language) }

// view is the cookie by which pages know how to look. High contrast has both colours: the light
// one on a phone, the dark one on a wide screen.
func (l look) view() string {
	theme, contrast := l.theme, ""
	if l.theme == "contrast" {
		theme, contrast = map[int64]string{360: "light", 1280: "dark"}[l.width], "more"
	}
	return strings.Join([]string{l.language, theme, contrast, "", "", ""}, ".")
}

func looks() (list []look) {
	for _, language := range []string{"ru", "kk", "en"} {
		for _, theme := range []string{"light", "dark", "contrast"} {
			for _, width := range []int64{360, 1280} {
				list = append(list, look{width, theme, language})
			}
		}
	}
	return list
}

// seen is a page in front of somebody.
type seen struct {
	who, address, session string
	looks                 []look
}

// pagesOf are the pages of everybody, each once: one of several that differ in the number of
// what they show only, or in what was typed into their search.
func (s *site) pagesOf(list []*crawler) (pages []seen) {
	own, err := url.Parse(s.server.URL)
	must(s.t, err)
	known := map[string]bool{}
	for _, c := range list {
		session := ""
		for _, cookie := range c.http.Jar.Cookies(own) {
			if cookie.Name == "session" {
				session = cookie.Value
			}
		}
		for _, address := range c.looked {
			key := c.who + " " + s.shape(address)
			if strings.HasPrefix(address, "/help") || strings.HasPrefix(address, "/legal") { // each has words of its own
				key = address
			}
			if !known[key] {
				known[key] = true
				pages = append(pages, seen{who: c.who, address: address, session: session})
			}
		}
	}
	return pages
}

// shape is an address without the numbers in it.
func (s *site) shape(address string) string {
	u, err := url.Parse(address)
	must(s.t, err)
	parts := strings.Split(u.Path, "/")
	for i, part := range parts {
		if len(part) > 20 || strings.ContainsAny(part, "0123456789") {
			parts[i] = "{}"
		}
	}
	query := []string{}
	for name := range u.Query() {
		query = append(query, name)
	}
	slices.Sort(query)
	return strings.Join(parts, "/") + "?" + strings.Join(query, "&")
}

// TestMatrix judges every page of every role that links lead to in Chromium: axe has no
// violation, the title, the heading, the language and the landmarks are there, nothing is wider
// than the screen, the console has no error. In the gate each page is seen once, in a width, a
// theme and a language by its place in the list, which PODPIS_MATRIX shifts; with PODPIS_DRILL
// in all of them (ux 10).
func TestMatrix(t *testing.T) {
	s := newSite(t)
	pages := s.pagesOf(s.everyone())
	all := looks()
	shift, _ := strconv.Atoi(os.Getenv("PODPIS_MATRIX"))
	want := 0
	for i := range pages {
		pages[i].looks = all
		if os.Getenv("PODPIS_DRILL") == "" {
			n := (i*7 + shift) % len(all) // 7 and 18 have no divisor in common: neighbours differ in everything
			pages[i].looks = all[n : n+1]
		}
		want += len(pages[i].looks)
	}
	if len(pages) < 300 {
		t.Fatalf("only %d pages", len(pages))
	}
	began := time.Now()
	const tabs = 3
	browser := chromium.Start(t)
	queue := make(chan seen)
	var wait sync.WaitGroup
	var mu sync.Mutex
	faults, visits := map[string]int{}, map[string]int{}
	for range tabs {
		tab := s.tab(browser, t)
		wait.Go(func() {
			for p := range queue {
				for _, l := range p.looks {
					list := tab.judge(p, l)
					for _, wrong := range list {
						t.Errorf("%s %s, %v: %s", p.who, p.address, l, wrong)
					}
					mu.Lock()
					visits[l.String()]++
					faults[l.String()] += len(list)
					mu.Unlock()
				}
			}
		})
	}
	for _, p := range pages {
		queue <- p
	}
	close(queue)
	wait.Wait()
	for _, l := range all {
		t.Logf("%v: %d pages, %d faults", l, visits[l.String()], faults[l.String()])
	}
	t.Logf("in Chromium: %d pages, %d looks in %v", len(pages), want, time.Since(began).Round(time.Second))
}

// tab is a window with cookies of its own.
type tab struct {
	ctx     context.Context
	site    *site
	mu      sync.Mutex
	console []string
}

func (s *site) tab(browser context.Context, t *testing.T) *tab {
	t.Helper()
	axe, err := os.ReadFile(filepath.Join("..", "..", "..", "build", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatalf("axe-core is not installed, run make build/node_modules: %v", err)
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	must(t, chromedp.Do(ctx, chromedp.Navigate("about:blank")))
	_, err = chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: string(axe)})
	must(t, err)
	b := &tab{ctx: ctx, site: s}
	go func() {
		for m, err := range chromedp.Console(ctx) {
			if err != nil {
				return
			}
			if m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleException {
				b.mu.Lock()
				b.console = append(b.console, m.String()+" "+m.URL)
				b.mu.Unlock()
			}
		}
	}()
	return b
}

// judgement is what the page says of itself.
type judgement struct {
	Title, Language string
	Headings        []string
	Landmarks       map[string]int
	Wide            []string
	Axe             []struct{ ID, Help, Nodes string }
}

// judging is asked in the page. A heading that is not shown belongs to another screen of it.
const judging = `(async () => {
	const shown = (e) => e.checkVisibility();
	const many = (s) => [...document.querySelectorAll(s)].filter(shown).length;
	const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
	const r = await axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]});
	return {
		Title: document.title, Language: document.documentElement.lang,
		Headings: [...document.querySelectorAll("h1")].filter(shown).map((h) => h.innerText.trim()),
		Landmarks: {main: many("main"), header: many("body > header"), footer: many("body > footer")},
		Wide: !wide ? [] : [...document.querySelectorAll("body *")].filter((e) => shown(e) && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).slice(0, 5).map((e) => e.outerHTML.slice(0, 160)),
		Axe: r.violations.map((v) => ({ID: v.id, Help: v.help, Nodes: v.nodes.map((n) => n.html.slice(0, 200) + " " + (n.any[0]?.message ?? "")).slice(0, 4).join("\n\t")})),
	};
})()`

// judge opens a page and tells what is wrong with it.
func (b *tab) judge(p seen, l look) (wrong []string) {
	cookies := []*network.CookieParam{{Name: "view", Value: l.view(), URL: b.site.server.URL}, {Name: "session", Value: p.session, URL: b.site.server.URL}}
	if p.session == "" {
		cookies = cookies[:1]
	}
	b.mu.Lock()
	b.console = nil
	b.mu.Unlock()
	var j judgement
	see := func() error {
		ctx, cancel := context.WithTimeout(b.ctx, time.Minute)
		defer cancel()
		if _, err := chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
			return err
		}
		if _, err := chromedp.Call(ctx, network.SetCookies, network.SetCookiesParams{Cookies: cookies}); err != nil {
			return err
		}
		metrics := emulation.SetDeviceMetricsOverrideParams{Width: l.width, Height: 800, DeviceScaleFactor: 1}
		if _, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, metrics); err != nil {
			return err
		}
		answer, err := chromedp.RunResponse(ctx, chromedp.Navigate(b.site.server.URL+p.address))
		if err != nil {
			return err
		}
		if answer.Status != http.StatusOK && answer.Status != http.StatusForbidden {
			return fmt.Errorf("answers %d", answer.Status)
		}
		j, err = chromedp.Run(ctx, chromedp.Evaluate[judgement](judging, chromedp.EvalAwaitPromise))
		return err
	}
	err := see()
	if errors.Is(err, context.DeadlineExceeded) { // the browser lost an event, or the machine had no time: a page that hangs does so again
		err = see()
	}
	if err != nil {
		return []string{err.Error()}
	}
	for _, v := range j.Axe {
		wrong = append(wrong, "axe "+v.ID+": "+v.Help+"\n\t"+v.Nodes)
	}
	if j.Title == "" || j.Language != l.language || len(j.Headings) != 1 || j.Headings[0] == "" {
		wrong = append(wrong, fmt.Sprintf("title %q, language %q, headings %q", j.Title, j.Language, j.Headings))
	}
	if j.Landmarks["main"] != 1 || j.Landmarks["header"] != 1 || j.Landmarks["footer"] != 1 {
		wrong = append(wrong, fmt.Sprintf("landmarks %v", j.Landmarks))
	}
	if len(j.Wide) > 0 {
		wrong = append(wrong, "wider than the screen:\n\t"+strings.Join(j.Wide, "\n\t"))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, line := range b.console {
		// A section that is closed to an employee; the measurement of the connection, which is bounded by the minute.
		if !strings.Contains(line, "status of 403") && (!strings.Contains(line, "status of 429") || !strings.HasSuffix(line, "/check/load")) {
			wrong = append(wrong, "console: "+line)
		}
	}
	return wrong
}
