// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package workplace

import (
	"strings"
	"testing"
	"time"
)

func builtInTable(t *testing.T) Table {
	t.Helper()
	table, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

const (
	chromeWindows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
	edgeWindows   = chromeWindows + " Edg/140.0.0.0"
	yandexMac     = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 YaBrowser/25.8.0.0 Safari/537.36"
	firefoxLinux  = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
	safariPhone   = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
	oldSafari     = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_6) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1 Safari/605.1.15"
	samsung       = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36"
	explorerXP    = "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0)"
	chromeSeven   = "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0.4240.198 Safari/537.36"
	chromeBook    = "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36"
)

// TestSystemsAndBrowsers: the dated table says which browsers and systems will do, which are
// too old and which nobody updates any more: S001-024, S001-088; S002-058 (ODD-19): Windows
// XP SP3 is named and is past its day.
func TestSystemsAndBrowsers(t *testing.T) {
	t.Parallel()
	table := builtInTable(t)
	if len(table) < 20 {
		t.Errorf("%d rows", len(table))
	}
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		header          string
		browser, system Finding
	}{
		{chromeWindows, Finding{Name: "Chrome", Version: "140.0", State: Works}, Finding{Name: "Windows", Version: "10.0", State: Works}},
		{edgeWindows, Finding{Name: "Edge", Version: "140.0", State: Works}, Finding{Name: "Windows", Version: "10.0", State: Works}},
		{yandexMac, Finding{Name: "Yandex", Version: "25.8", State: Works}, Finding{Name: "macOS", Version: "10.15", State: Works}},
		{firefoxLinux, Finding{Name: "Firefox", Version: "143.0", State: Works}, Finding{Name: "Linux", Version: "0", State: Works}},
		{safariPhone, Finding{Name: "Safari", Version: "17.5", State: Works}, Finding{Name: "iOS", Version: "17.5", State: Works}},
		{samsung, Finding{Name: "Samsung Internet", Version: "28.0", State: Works}, Finding{Name: "Android", Version: "10", State: Works}},
		{chromeBook, Finding{Name: "Chrome", Version: "139.0", State: Works}, Finding{Name: "ChromeOS", Version: "14541.0", State: Works}},
		{oldSafari, Finding{Name: "Safari", Version: "13.1", State: Update, Needed: "16.4"}, Finding{Name: "macOS", Version: "10.13", State: Update, Needed: "10.15"}},
		{chromeSeven, Finding{Name: "Chrome", Version: "86.0", State: Update, Needed: "109"}, Finding{Name: "Windows 7", Version: "6.1", State: Ended, Ended: on(t, "2020-01-14")}},
		{explorerXP, Finding{Name: "Internet Explorer", Version: "8.0", State: Withdrawn}, Finding{Name: "Windows XP", Version: "5.1", State: Ended, Ended: on(t, "2014-04-08")}},
		{"curl/8.0", Finding{State: Unknown}, Finding{State: Unknown}},
		{"", Finding{State: Unknown}, Finding{State: Unknown}},
	} {
		browser, system := ParseAgent(c.header)
		if got := table.Judge(Browser, browser, now); got != c.browser {
			t.Errorf("%q: %+v, want %+v", c.header, got, c.browser)
		}
		if got := table.Judge(System, system, now); got != c.system {
			t.Errorf("%q: %+v, want %+v", c.header, got, c.system)
		}
	}
	// The day counts: the same system before its end.
	if got := table.Judge(System, Agent{"Windows XP", "5.1"}, on(t, "2014-04-07")); got.State != Works {
		t.Errorf("Windows XP a day before its end: %+v", got)
	}
	if got := table.Judge(Browser, Agent{"Chrome", "140"}, on(t, "2000-01-01")); got.State != Unknown {
		t.Errorf("before any row: %+v", got)
	}
}

func on(t *testing.T, text string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestBrokenTables(t *testing.T) {
	t.Parallel()
	const head = "kind,name,version,state,from,to,source\n"
	const wide = "kind,name,version,state,from,to,source,certificate,certified_to\n"
	for name, c := range map[string]struct{ text, why string }{
		"empty":       {"", "no rows"},
		"only names":  {head, "no rows"},
		"columns":     {head + "browser,Chrome,1\n", "wrong number of fields"},
		"kind":        {head + "fridge,Chrome,1,works,2020-01-01,,x\n", `kind "fridge"`},
		"state":       {head + "browser,Chrome,1,maybe,2020-01-01,,x\n", `state "maybe"`},
		"ended":       {head + "browser,Chrome,1,ended,2020-01-01,,x\n", `state "ended"`},
		"name":        {head + "browser,,1,works,2020-01-01,,x\n", `name ""`},
		"source":      {head + "browser,Chrome,1,works,2020-01-01,,\n", `source ""`},
		"version":     {head + "browser,Chrome,new,works,2020-01-01,,x\n", `version "new"`},
		"from":        {head + "browser,Chrome,1,works,1.1.2020,,x\n", "from is not a day"},
		"to":          {head + "browser,Chrome,1,works,2020-01-01,2019-01-01,x\n", `to "2019-01-01"`},
		"to alike":    {head + "browser,Chrome,1,works,2020-01-01,soon,x\n", "to is not a day"},
		"certificate": {wide + "browser,Chrome,1,works,2020-01-01,,x,1,\n", `certificate "1"`},
		"certified":   {wide + "tool,T,1,works,2020-01-01,,x,,2030-01-01\n", `certified_to "2030-01-01"`},
		"no number":   {wide + "tool,T,1,works,2020-01-01,,x,1,soon\n", "certified_to is not a day"},
		"names":       {"kind,name\nbrowser,Chrome\n", "2 columns"},
		"quotes":      {head + "browser,\"Chrome,1,works,2020-01-01,,x\n", "quote"},
	} {
		if _, err := ParseTable(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %v, want %s", name, err, c.why)
		}
	}
}

func FuzzTable(f *testing.F) {
	f.Add(builtIn)
	f.Fuzz(func(t *testing.T, text string) {
		table, err := ParseTable(strings.NewReader(text))
		if err == nil && len(table) == 0 {
			t.Error("no rows and no error")
		}
	})
}

func FuzzAgent(f *testing.F) {
	for _, h := range []string{chromeWindows, safariPhone, explorerXP, samsung} {
		f.Add(h)
	}
	table, err := BuiltIn()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string) {
		browser, system := ParseAgent(header)
		for _, a := range []Agent{browser, system} {
			if len(a.Version) > 13 || strings.Trim(a.Version, "0123456789.") != "" {
				t.Errorf("version %q", a.Version)
			}
		}
		table.Judge(Browser, browser, time.Now())
		table.Judge(System, system, time.Now())
	})
}
