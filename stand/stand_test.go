// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package stand_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"net/url"
	"strings"
	"testing"

	"podpis/stand"
	"podpis/stand/mail"
	"podpis/stand/sms"
	"podpis/wire/smpp"
)

func TestPage(t *testing.T) {
	t.Parallel()
	s, err := stand.Start("127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	handler, err := s.Handler()
	if err != nil {
		t.Fatal(err)
	}
	page := httptest.NewServer(http.StripPrefix("/stand", handler))
	defer page.Close()
	get := func(path string) string {
		t.Helper()
		resp, err := http.Get(page.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != 200 {
			t.Fatalf("%s: %s, %v", path, resp.Status, err)
		}
		return string(b)
	}
	if p := get("/stand/"); !strings.Contains(p, "Пока ни одного сообщения") || !strings.Contains(p, "Пока ни одного письма") {
		t.Error("an empty stand says nothing")
	}
	if !strings.Contains(get("/stand/style.css"), "color-scheme") {
		t.Error("no style")
	}
	c := smpp.NewClient(smpp.Config{Addr: s.SMS.Addr(), SystemID: "p", PerSecond: 1000})
	defer c.Close(t.Context())
	for _, text := range []string{"первое", "<script>второе"} {
		if _, err := c.Send(t.Context(), "79990000000", text); err != nil {
			t.Fatal(err)
		}
	}
	if err := smtp.SendMail(s.Mail.Addr(), nil, "a@b", []string{"to@b"}, []byte("Subject: Topic\r\n\r\nText\r\n")); err != nil {
		t.Fatal(err)
	}
	p := get("/stand/")
	second, first := strings.Index(p, "&lt;script&gt;второе"), strings.Index(p, "первое")
	if second < 0 || first < second || !strings.Contains(p, "Topic") || !strings.Contains(p, "to@b") {
		t.Errorf("page: %s", p)
	}
	for path, value := range map[string]string{"/stand/sms": "throttle", "/stand/mail": "refuse"} {
		resp, err := http.PostForm(page.URL+path, url.Values{"failure": {value}})
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 200 { // after the redirect
			t.Errorf("%s: %s", path, resp.Status)
		}
		if resp, err = http.PostForm(page.URL+path, url.Values{"failure": {"explode"}}); err == nil {
			resp.Body.Close()
		}
	}
	if s.SMS.Failing() != sms.Throttle || s.Mail.Failing() != mail.Refuse {
		t.Errorf("failing: %q, %q", s.SMS.Failing(), s.Mail.Failing())
	}
	if p := get("/stand/"); !strings.Contains(p, `value="throttle" selected`) {
		t.Error("the page does not show the failure")
	}
	req, _ := http.NewRequest(http.MethodPost, page.URL+"/stand/sms", strings.NewReader("failure=refuse"))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusForbidden || s.SMS.Failing() != sms.Throttle {
		t.Errorf("another site could change the stand: %s", resp.Status)
	}
	if _, err := stand.Start("127.0.0.1:0", "127.0.0.1:0", s.Lists.Addr()); err == nil {
		t.Error("two list servers on one address")
	}
	if _, err := stand.Start("127.0.0.1:0", s.Mail.Addr(), "127.0.0.1:0"); err == nil {
		t.Error("two servers on one address")
	}
}
