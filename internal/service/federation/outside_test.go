// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package federation_test

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"podpis/internal/service/federation"
	"podpis/internal/service/servicetest"
	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/stand/bank"
	"podpis/stand/ebs"
	standesia "podpis/stand/esia"
	"podpis/wire/esia"
)

const network = "192.0.2.1"

// outside is a service between real servers of the stand.
type outside struct {
	*servicetest.World
	*federation.Service
	t      *testing.T
	esia   *standesia.Server
	ebs    *ebs.Server
	bank   *bank.Server
	client *pkitest.Identity
}

func closing(t *testing.T, c interface{ Close() error }) {
	t.Helper()
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newOutside(t *testing.T) *outside {
	t.Helper()
	o := &outside{World: servicetest.New(t), t: t}
	now := o.Clock.Now
	var err error
	o.esia, err = standesia.Start("127.0.0.1:0", now)
	must(t, err)
	closing(t, o.esia)
	o.ebs, err = ebs.Start("127.0.0.1:0", now)
	must(t, err)
	closing(t, o.ebs)
	o.bank, err = bank.Start("127.0.0.1:0", now)
	must(t, err)
	closing(t, o.bank)
	lasting := func(c *x509.Template) { c.NotBefore, c.NotAfter = now().AddDate(-1, 0, 0), now().AddDate(1, 0, 0) }
	o.client = pkitest.Root(t, alg.GOST256A, "CN=Root", lasting).Signer(t, alg.GOST256A, "CN=Podpis", lasting)
	callback := func(id string) string { return servicetest.PublicURL + federation.CallbackPath(id) }
	parts := federation.Parts{DB: o.DB, Ring: o.Ring, Policies: o.Book, PublicURL: servicetest.PublicURL}
	for id, v := range map[string]esia.Variant{"old": esia.V1, "esia": esia.V2} {
		o.esia.Register(standesia.Client{ID: "PODPIS" + id, Variant: v, Certificate: o.client.Cert, Redirects: []string{callback(id)}})
		parts.ESIA = append(parts.ESIA, federation.ESIAConfig{
			ID: id, Name: "ЕСИА", Host: o.esia.URL(), Client: "PODPIS" + id, Variant: v, Key: o.client.Key, Certificate: o.client.Cert,
			Trusted: func() (list []*alg.PublicKey) {
				for _, c := range o.esia.Certificates() {
					list = append(list, c.PublicKey)
				}
				return list
			},
		})
	}
	parts.OIDC = []federation.OIDCConfig{{ID: "bank", Name: "Банк", Issuer: o.bank.URL(), Client: "podpis", Secret: o.bank.Register("podpis", callback("bank"))}}
	o.ebs.Register("PODPIS", o.client.Key.PublicKey(), callback("ebs"))
	parts.EBS = []federation.EBSConfig{{ID: "ebs", Name: "ЕБС", Host: o.ebs.URL(), Client: "PODPIS", Key: o.client.Key, Trusted: o.ebs.Key()}}
	o.Service, err = federation.New(parts)
	must(t, err)
	return o
}

// browser follows nothing: where it is sent is looked at.
var browser = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

var hiddenPattern = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// visit goes to the page of a provider and presses a button; it returns the address the
// person comes back with. A provider that refuses at once has redirected already.
func visit(t *testing.T, address, button, value string) url.Values {
	t.Helper()
	page, err := browser.Get(address)
	must(t, err)
	defer page.Body.Close()
	if page.StatusCode == http.StatusSeeOther {
		return back(t, page)
	}
	if page.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", address, page.Status)
	}
	form := url.Values{button: {value}}
	body, err := io.ReadAll(page.Body)
	must(t, err)
	for _, m := range hiddenPattern.FindAllStringSubmatch(string(body), -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	action, _, _ := strings.Cut(address, "?")
	answer, err := browser.PostForm(action, form)
	must(t, err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s: %s", action, answer.Status)
	}
	return back(t, answer)
}

func back(t *testing.T, answer *http.Response) url.Values {
	t.Helper()
	u, err := url.Parse(answer.Header.Get("Location"))
	must(t, err)
	return u.Query()
}

// travel goes there and back.
func (o *outside) travel(provider, person string) (federation.Attempt, federation.Claims, error) {
	o.t.Helper()
	ctx := context.Background()
	d, err := o.Begin(ctx, provider, federation.Attempt{Purpose: federation.ForLogin, Return: "/c/1/"}, network)
	must(o.t, err)
	return o.Finish(ctx, provider, d.Browser, visit(o.t, d.URL, "person", person), network)
}

const (
	anna  = "1000400001"
	boris = "1000400002"
	vera  = "1000400003"
	gleb  = "1000400004"
	hans  = "1000400005"
)
