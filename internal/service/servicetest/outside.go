// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package servicetest

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"podpis/internal/service/federation"
	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/stand"
	standesia "podpis/stand/esia"
	"podpis/wire/esia"
)

// The providers of a world with an outside.
const (
	ESIAOld = "old"  // the first variant of client_secret
	ESIANew = "esia" // the second
	Bank    = "bank"
	EBS     = "ebs"
)

// WithOutside gives a world the stand's ЕСИА, ЕБС and bank: pass it to New or NewDesk.
func WithOutside(w *World) *federation.Service {
	w.t.Helper()
	now := w.Clock.Now
	outside, err := stand.StartIdentity(now)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := outside.Close(); err != nil {
			w.t.Error(err)
		}
	})
	w.Outside = outside
	lasting := func(c *x509.Template) { c.NotBefore, c.NotAfter = now().AddDate(-1, 0, 0), now().AddDate(1, 0, 0) }
	client := pkitest.Root(w.t, alg.GOST256A, "CN=Root", lasting).Signer(w.t, alg.GOST256A, "CN=Podpis", lasting)
	callback := func(id string) string { return PublicURL + federation.CallbackPath(id) }
	parts := federation.Parts{DB: w.DB, Ring: w.Ring, Policies: w.Book, Persons: w.Persons, PublicURL: PublicURL}
	for _, one := range []struct {
		id string
		v  esia.Variant
	}{{ESIANew, esia.V2}, {ESIAOld, esia.V1}} {
		outside.ESIA.Register(standesia.Client{ID: "PODPIS" + one.id, Variant: one.v, Certificate: client.Cert, Redirects: []string{callback(one.id)}})
		parts.ESIA = append(parts.ESIA, federation.ESIAConfig{
			ID: one.id, Name: "Госуслуги " + one.id, Host: outside.ESIA.URL(), Client: "PODPIS" + one.id, Variant: one.v, Key: client.Key, Certificate: client.Cert,
			Trusted: func() (list []*alg.PublicKey) {
				for _, c := range outside.ESIA.Certificates() {
					list = append(list, c.PublicKey)
				}
				return list
			},
		})
	}
	parts.OIDC = []federation.OIDCConfig{{ID: Bank, Name: "Банк", Issuer: outside.Bank.URL(), Client: "podpis", Secret: outside.Bank.Register("podpis", callback(Bank))}}
	outside.EBS.Register("PODPIS", client.Key.PublicKey(), callback(EBS))
	parts.EBS = []federation.EBSConfig{{ID: EBS, Name: "ЕБС", Host: outside.EBS.URL(), Client: "PODPIS", Key: client.Key, Trusted: outside.EBS.Key()}}
	s, err := federation.New(parts)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// NoRedirects is a client that follows nothing: where it is sent is looked at.
var NoRedirects = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }} //nolint:gochecknoglobals // not changed

var hiddenPattern = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// Visit goes to the page of a provider and presses a button; it returns the address the
// person is sent back to. A provider that refuses at once has done so already.
func Visit(t testing.TB, address, button, value string) *url.URL {
	t.Helper()
	page, err := NoRedirects.Get(address) //nolint:noctx // of a test
	if err != nil {
		t.Fatal(err)
	}
	defer page.Body.Close()
	if page.StatusCode == http.StatusSeeOther || page.StatusCode == http.StatusFound {
		return location(t, page)
	}
	body, err := io.ReadAll(page.Body)
	if err != nil || page.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", address, page.Status, err)
	}
	form := url.Values{button: {value}}
	for _, m := range hiddenPattern.FindAllStringSubmatch(string(body), -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	action, _, _ := strings.Cut(address, "?")
	answer, err := NoRedirects.PostForm(action, form) //nolint:noctx // of a test
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s: %s", action, answer.Status)
	}
	return location(t, answer)
}

func location(t testing.TB, answer *http.Response) *url.URL {
	t.Helper()
	u, err := url.Parse(answer.Header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	return u
}
