// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package trust_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"podpis/internal/service/servicetest"
	"podpis/internal/service/trust"
	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/pki/tsl"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/reasons"
)

// Checks follow addresses as far as the policy goes, and ask at the addresses of the list
// of centres where those of the certificate are dead.
func TestRemote(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	now := o.DB.Now().Truncate(time.Second)
	term := func(x *x509.Template) { x.NotBefore, x.NotAfter = now.AddDate(-1, 0, 0), now.AddDate(1, 0, 0) }
	root := pkitest.Root(t, alg.P256, "CN=Head", term)
	ca := root.CA(t, "CN=Centre", term)
	list := func(by *pkitest.Identity) []byte {
		raw, err := x509.CreateCRL(rand.Reader, &x509.CRLTemplate{
			Issuer: by.Cert.Subject, ThisUpdate: now.Add(-time.Hour), NextUpdate: now.AddDate(0, 0, 7), Number: x509.NewSerial([]byte{1}),
		}, by.Key)
		must(t, err)
		return raw
	}
	lists := map[string][]byte{"/root.crl": list(root), "/centre.crl": list(ca)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if lists[r.URL.Path] == nil {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(lists[r.URL.Path])
	}))
	t.Cleanup(server.Close)
	named := func(path string) func(x *x509.Template) {
		return func(x *x509.Template) { x.CRLDistributionPoints = []string{server.URL + path} }
	}
	ca = root.IssueFor(t, ca.Key, "CN=Centre", term, named("/root.crl"), func(x *x509.Template) { x.IsCA, x.KeyUsage = true, x509.KeyCertSign|x509.CRLSign })
	leaf := ca.Signer(t, alg.P256, "CN=Holder", term, named("/gone.crl")).Cert
	centre := &tsl.Centre{Number: "1", Name: "Центр", Status: tsl.Status{Text: "Действует", State: tsl.Active, From: now.AddDate(-2, 0, 0)}}
	centre.Systems = []tsl.System{{Keys: []tsl.Key{{
		ID: ca.Cert.SubjectKeyID, Lists: []string{server.URL + "/nothing.crl", server.URL + "/centre.crl"}, Certificates: []tsl.Certificate{{Raw: ca.Cert.Raw}},
	}}}}
	_, err := o.Accept(ctx, o.signer().list(t, 1, now, centre))
	must(t, err)
	_, err = o.Trust(ctx, "test", root.Cert, trust.Root, fingerprint(root.Cert))
	must(t, err)
	outcome := func() reasons.Code {
		t.Helper()
		s, err := trust.New(trust.Own{Chain: func() []*x509.Certificate { return nil }, Lists: func(context.Context) ([][]byte, error) { return nil, nil }}, o.Register, "", o.DB.Now)
		must(t, err)
		client, err := trust.Remote(ctx, o.DB, o.Book)
		must(t, err)
		s.Ask(client)
		r, err := s.Check(ctx, verify.Input{Signature: leaf.Raw}, "ru")
		must(t, err)
		return r.Certificates[0].Outcome
	}
	if got := outcome(); got != reasons.CertificateNotChecked {
		t.Errorf("addresses of the own machine were followed: %s", got)
	}
	o.Set(trust.PolicyFetchPrivate, "true")
	if got := outcome(); got != reasons.CertificateValid {
		t.Errorf("with the addresses of the list: %s", got)
	}
	o.Set(trust.PolicyFetch, "false")
	if got := outcome(); got != reasons.CertificateNotChecked {
		t.Errorf("asked against the policy: %s", got)
	}
}

// TestRemoteByDefault: the policies of a new installation let checks ask public addresses.
func TestRemoteByDefault(t *testing.T) {
	t.Parallel()
	w := servicetest.New(t)
	client, err := trust.Remote(ctx, w.DB, w.Book)
	if err != nil || client == nil {
		t.Errorf("%v, %v", client, err)
	}
}
