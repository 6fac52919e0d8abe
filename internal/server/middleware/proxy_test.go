// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package middleware

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// Browsers are told to come back by TLS alone.
func TestHSTS(t *testing.T) {
	t.Parallel()
	for https, want := range map[bool]string{true: "max-age=31536000", false: ""} {
		w := httptest.NewRecorder()
		Secured(https)(http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		if got := w.Header().Get("Strict-Transport-Security"); got != want {
			t.Errorf("%v: %q", https, got)
		}
	}
}

// TestBehind: a proxy that is named tells who asks; nobody else does.
func TestBehind(t *testing.T) {
	t.Parallel()
	proxies, err := ParseProxies([]string{"10.0.0.0/8", "2001:db8::1"})
	if err != nil {
		t.Fatal(err)
	}
	var seen string
	inside := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = Network(r) })
	open := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seen = "open" })
	for _, c := range []struct {
		name, peer string
		told       []string
		proto      string
		want, bare string // with and without a door for what comes in the clear
	}{
		{"by the proxy", "10.1.2.3:4000", []string{"192.0.2.7"}, "https", "192.0.2.7", "192.0.2.7"},
		{"by two proxies", "10.1.2.3:4000", []string{"192.0.2.7, 10.9.9.9"}, "https", "192.0.2.7", "192.0.2.7"},
		{"in two headers", "10.1.2.3:4000", []string{"198.51.100.1", "192.0.2.7"}, "https", "192.0.2.7", "192.0.2.7"},
		{"a stranger wrote the first", "10.1.2.3:4000", []string{"127.0.0.1, 192.0.2.7"}, "https", "192.0.2.7", "192.0.2.7"},
		{"not an address", "10.1.2.3:4000", []string{"192.0.2.7, unknown"}, "https", "10.1.2.3", "10.1.2.3"},
		{"nothing told", "10.1.2.3:4000", nil, "", "10.1.2.3", "10.1.2.3"},
		{"with a port", "[2001:db8::1]:4000", []string{"192.0.2.7:1234"}, "", "192.0.2.7", "192.0.2.7"},
		{"IPv6 told", "10.1.2.3:4000", []string{"2001:db8:1:2:3:4:5:6"}, "", "2001:db8:1:2::/64", "2001:db8:1:2::/64"},
		{"IPv4 inside IPv6", "[::ffff:10.1.2.3]:4000", []string{"192.0.2.7"}, "", "192.0.2.7", "192.0.2.7"},
		{"the proxy had it in the clear", "10.1.2.3:4000", []string{"192.0.2.7"}, "http", "open", "192.0.2.7"},
		{"past the proxy", "192.0.2.9:4000", []string{"192.0.2.7"}, "https", "open", "192.0.2.9"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		for _, h := range c.told {
			r.Header.Add("X-Forwarded-For", h)
		}
		if c.proto != "" {
			r.Header.Set("X-Forwarded-Proto", c.proto)
		}
		Behind(proxies, open)(inside).ServeHTTP(httptest.NewRecorder(), r)
		if seen != c.want {
			t.Errorf("%s: %q, want %q", c.name, seen, c.want)
		}
		Behind(proxies, nil)(inside).ServeHTTP(httptest.NewRecorder(), r)
		if seen != c.bare {
			t.Errorf("%s, no other door: %q, want %q", c.name, seen, c.bare)
		}
	}
	for _, bad := range []string{"", "proxy.example", "10.0.0.0/33"} {
		if _, err := ParseProxies([]string{bad}); err == nil {
			t.Errorf("%q is taken for a proxy", bad)
		}
	}
}
