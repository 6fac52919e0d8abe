// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		in   Settings
		want string // part of the error, empty for none
	}{
		{"nothing set", Settings{}, ""},
		{"loopback by name", Settings{Listen: "localhost:8080"}, ""},
		{"IPv6 loopback", Settings{Listen: "[::1]:8080"}, ""},
		{"all addresses without a public one", Settings{Listen: ":8080"}, "public_url is needed"},
		{"open network in the clear", Settings{Listen: "0.0.0.0:80", PublicURL: "http://ca.example.org"}, "not https"},
		{"behind a named proxy", Settings{Listen: "0.0.0.0:8080", PublicURL: "https://ca.example.org/", Proxies: []string{"10.0.0.7"}}, ""},
		{"behind a proxy without a name", Settings{Listen: "0.0.0.0:8080", PublicURL: "https://ca.example.org/"}, "name the proxies"},
		{"behind a proxy of this machine", Settings{Listen: "127.0.0.1:8080", PublicURL: "https://ca.example.org/"}, ""},
		{"a proxy by name", Settings{Proxies: []string{"proxy.example"}}, "neither an address nor a network"},
		{"TLS itself", Settings{Listen: ":443", PublicURL: "https://ca.example.org", TLS: TLSSettings{Certificate: "c.pem", Key: "k.pem", Plain: ":80"}}, ""},
		{"TLS without a key", Settings{Listen: ":443", PublicURL: "https://ca.example.org", TLS: TLSSettings{Certificate: "c.pem"}}, "both certificate and key"},
		{"TLS and http", Settings{Listen: ":443", PublicURL: "http://ca.example.org", TLS: TLSSettings{Certificate: "c.pem", Key: "k.pem"}}, "not https"},
		{"a plain address alone", Settings{TLS: TLSSettings{Plain: ":80"}}, "beside the one with TLS"},
		{"no port", Settings{Listen: "127.0.0.1"}, "listen"},
		{"not an address", Settings{PublicURL: "ftp://x"}, "not an http address"},
	} {
		err := c.in.complete()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if strings.HasSuffix(c.in.PublicURL, "/") {
			t.Errorf("%s: public URL %q keeps its slash", c.name, c.in.PublicURL)
		}
	}
}

func TestReadSettings(t *testing.T) {
	t.Parallel()
	write := func(text string) string {
		file := filepath.Join(t.TempDir(), "podpis.toml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	var s Settings
	if err := ReadSettings(write("listen = '127.0.0.1:9000'\n[mail]\nhost = 'mail.example.org'\n"), &s); err != nil {
		t.Fatal(err)
	}
	if s.Listen != "127.0.0.1:9000" || s.Mail.Host != "mail.example.org" {
		t.Errorf("read %+v", s)
	}
	if err := ReadSettings(write("lissten = 'x'\n"), &s); err == nil || !strings.Contains(err.Error(), "lissten") {
		t.Errorf("mistyped key: %v", err)
	}
	if err := ReadSettings(filepath.Join(t.TempDir(), "missing"), &s); err == nil {
		t.Error("missing file: no error")
	}
}
