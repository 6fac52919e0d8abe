// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package page

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"podpis/internal/platform/problem"
)

func TestLocal(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"/": "/", "/c/x/?a=b": "/c/x/?a=b", "": "other", "https://evil.example/": "other", "//evil.example/": "other", "/\\evil.example": "other",
		"\\\\evil.example": "other", "javascript:alert(1)": "other", "/a\r\nSet-Cookie: x": "other", "/\t/evil.example": "other", "evil": "other", "/%2f/x": "/%2f/x",
	} {
		if got := Local(address, "other"); got != want {
			t.Errorf("%q leads to %q, want %q", address, got, want)
		}
	}
}

// FuzzLocal: wherever an address leads, it is on this site, as a browser reads it.
func FuzzLocal(f *testing.F) {
	for _, s := range []string{"/", "//evil.example", "/\\evil.example", "/..//evil.example", "/?x=//y", "https:evil", "/\u2028//x"} {
		f.Add(s)
	}
	site, err := url.Parse("http://podpis.example/login")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Local(s, "/")
		w := httptest.NewRecorder()
		http.Redirect(w, httptest.NewRequest(http.MethodGet, "/login", nil), got, http.StatusSeeOther)
		location := w.Header().Get("Location")
		// Browsers take a backslash for a slash, and drop tabs and line breaks.
		read := strings.NewReplacer("\\", "/", "\t", "", "\r", "", "\n", "").Replace(location)
		to, err := site.Parse(read)
		if err != nil || to.Host != site.Host || to.Scheme != site.Scheme || strings.HasPrefix(read, "//") {
			t.Errorf("%q leads to %q", s, location)
		}
	})
}

// FuzzView: a cookie may hold anything; what is shown is of the list, and asked for
// again it is the same.
func FuzzView(f *testing.F) {
	for _, s := range []string{"ru.dark.more.150", "", "....", "xx.\"><script>..", "ru.dark.more.150.more"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, cookie string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["Cookie"] = []string{viewCookie + "=" + cookie}
		v := viewOf(r)
		for value, allowed := range map[string]string{v.Theme: " light dark ", v.Contrast: " more ", v.Size: " 125 150 200 "} {
			if value != "" && !strings.Contains(allowed, " "+value+" ") {
				t.Errorf("%q shows %+v", cookie, v)
			}
		}
		languageOf(r)
	})
}

func TestBack(t *testing.T) {
	t.Parallel()
	for referer, want := range map[string]string{
		"http://podpis.example/c/x/?a=b": "/c/x/", "http://evil.example/c/x/": "", "": "", "/c/x": "", "http://podpis.example//evil.example/": "", "%": "",
	} {
		r := httptest.NewRequest(http.MethodPost, "http://podpis.example/x", nil)
		r.Header.Set("Referer", referer)
		if got := Back(r); got != want {
			t.Errorf("%q: %q, want %q", referer, got, want)
		}
	}
}

// FuzzForm: what a form is taken for is text; secrets never come back.
func FuzzForm(f *testing.F) {
	f.Add("surname=%D0%90&password=x&code=1&birth_date_d=1")
	f.Add("a=%ff&b=%00&%00=x;y")
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if Form(r) != nil {
			return
		}
		for name, value := range Typed(r) {
			if !isText(name) || !isText(value) || strings.Contains(name, "password") || name == "code" {
				t.Errorf("%q=%q", name, value)
			}
		}
		PersonOf(r)
	})
}

// TestScriptsPostText: what a script posts is text as a form is, also where an escape hides what is none: no
// database would take it. It is one value, and no larger than it may be.
func TestScriptsPostText(t *testing.T) {
	t.Parallel()
	for body, taken := range map[string]bool{
		`{"code": "Код 1", "signature": "AA=="}`: true, `{"code": "\\u0000"}`: true, "{\"code\": \"1\"}\n": true,
		`{"code": "1\u0000"}`: false, `{"\u0000": "1"}`: false, `{"other": [{"deep": "\u0000"}]}`: false, "{\"code\": \"\x00\"}": false, "{\"code\": \"\xff\"}": false,
		`{"code": "1"} {"code": "\u0000"}`: false, `{"code": "1"`: false, "": false, `{"code": "` + strings.Repeat("1", maxAnswer) + `"}`: false,
	} {
		var got struct {
			Code      string `json:"code"`
			Signature []byte `json:"signature"`
		}
		err := ReadJSON(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)), &got)
		if taken != (err == nil) || !taken && problem.KindOf(err) != problem.Invalid || taken && got.Code == "" {
			t.Errorf("%.60q: %+v, %v", body, got, err)
		}
	}
}

// TestAnswersAreBrokenOff: half a file is no file, and the browser hears it; the log says why.
func TestAnswersAreBrokenOff(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	b := &Base{Log: slog.New(slog.NewTextHandler(&log, nil))}
	s := httptest.NewServer(b.Handle(func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/zip")
		if _, err := io.WriteString(w, "PK"); err != nil {
			return err
		}
		return errors.New("the disk is away")
	}))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err == nil {
		defer answer.Body.Close()
		var content []byte
		if content, err = io.ReadAll(answer.Body); err == nil {
			t.Errorf("%q is taken for a whole file", content)
		}
	}
	s.Close() // the handler has ended
	if !strings.Contains(log.String(), "the disk is away") {
		t.Errorf("the log says %q", log.String())
	}
}

// TestTooLargeIsNotRead: a form with files that states a length over the limit is refused before it is read,
// also by the page that says so and asks for fields of the address.
func TestTooLargeIsNotRead(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, err := range []error{m.WriteField("topic", "login"), m.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	length := b.Len()
	r := httptest.NewRequest(http.MethodPost, "/recover/write?code=KEY-101", &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.ContentLength = formOverhead + 2
	if _, err := Uploads(httptest.NewRecorder(), r, 1); err == nil {
		t.Error("it was taken")
	}
	if r.FormValue("topic") != "" || r.FormValue("code") != "KEY-101" || b.Len() != length {
		t.Errorf("topic %q, code %q, %d of %d octets are left", r.FormValue("topic"), r.FormValue("code"), b.Len(), length)
	}
}
