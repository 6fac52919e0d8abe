// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"errors"
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/ocsp"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/policy"
	"podpis/verify/reasons"
)

// TestPolicy: every demand of a policy is met or refused by the judge.
func TestPolicy(t *testing.T) {
	t.Parallel()
	classed := func(x *x509.Template) { x.Policies = []x509.Policy{{OID: "1.2.643.100.113.1"}} }
	accredited := func(w *world) {
		w.options.Authority = func(*x509.Certificate) *verify.Authority {
			return &verify.Authority{Periods: []verify.Period{{From: pkitest.Start}}}
		}
	}
	plain := func(w *world) []byte { return w.sign(time.Time{}) }
	onCMS := func(w *world) []byte { return w.sign(time.Time{}, func(o *sign.Options) { o.Level = sign.CMS }) }
	for _, test := range []struct {
		name   string
		policy string
		kind   alg.Kind
		make   func(w *world) []byte
		change func(w *world)
		want   reasons.Code
	}{
		{"nothing is demanded", `{}`, alg.GOST256B, plain, nil, ""},
		{"a stamp", `{"requireTimestamp":true}`, alg.GOST256B, plain, nil, reasons.NoPOE},
		{"a stamp, given", `{"requireTimestamp":true}`, alg.GOST256B, func(w *world) []byte { return w.sign(pkitest.Now) }, nil, ""},
		{"a bound certificate", `{"requireSigningCertificate":true}`, alg.GOST256B, onCMS, nil, reasons.SigConstraints},
		{"a bound certificate, given", `{"requireSigningCertificate":true}`, alg.GOST256B, plain, nil, ""},
		{"a bound certificate, not demanded", `{}`, alg.GOST256B, onCMS, nil, ""},
		{"accreditation, not known", `{"requireAccredited":true}`, alg.GOST256B, plain, nil, reasons.ChainConstraints},
		{"accreditation", `{"requireAccredited":true}`, alg.GOST256B, plain, accredited, ""},
		{"a policy of the certificate, none", `{"certificatePolicies":["1.2.643.100.113.1"]}`, alg.GOST256B, plain, nil, reasons.ChainConstraints},
		{"a policy of the certificate", `{"certificatePolicies":["1.2.643.100.113.1"]}`, alg.GOST256B, plain, func(w *world) {
			w.ca = w.root.CA(t, "CN=УЦ с классом", classed)
			w.pool.Certificates = []*x509.Certificate{w.ca.Cert}
			w.signer = w.ca.Signer(t, alg.GOST256B, "CN=Иванов", classed)
			w.crls()
		}, ""},
		{"another policy of the certificate", `{"certificatePolicies":["1.2.643.100.113.2"]}`, alg.GOST256B, plain, func(w *world) {
			w.ca = w.root.CA(t, "CN=УЦ с классом", classed)
			w.pool.Certificates = []*x509.Certificate{w.ca.Cert}
			w.signer = w.ca.Signer(t, alg.GOST256B, "CN=Иванов", classed)
			w.crls()
		}, reasons.ChainConstraints},
		{"longer RSA keys", `{"minimumRSABits":3072}`, alg.RSA, plain, nil, reasons.CryptoNoPOE},
		{"longer RSA keys, stamped", `{"minimumRSABits":3072}`, alg.RSA, func(w *world) []byte { return w.sign(pkitest.Now.Add(-time.Minute)) }, nil, reasons.CryptoNoPOE},
		{"an algorithm that has ended", `{"endedAlgorithms":[{"name":"ГОСТ","oids":["1.2.643.7.1.1.3.2"],"until":"2026-05-01T00:00:00Z"}]}`, alg.GOST256B, plain, nil, reasons.CryptoNoPOE},
		{"an algorithm that ends later", `{"endedAlgorithms":[{"name":"ГОСТ","oids":["1.2.643.7.1.1.3.2"],"until":"2026-07-01T00:00:00Z"}]}`, alg.GOST256B, plain, nil, ""},
		{"fresh revocation data", `{"revocationAgeHours":2}`, alg.GOST256B, plain, nil, ""},
		{"fresher revocation data", `{"revocationAgeHours":1}`, alg.GOST256B, plain, func(w *world) { w.options.At = w.options.At.Add(time.Hour) }, reasons.TryLater},
		{"a fresh answer", `{"revocationAgeHours":3}`, alg.GOST256B, plain, func(w *world) {
			w.pool.Data = w.pool.Data[:1]
			w.addOCSP(w.ca, w.single(ocsp.Good, pkitest.Now.Add(-4*time.Hour), pkitest.End))
		}, reasons.TryLater},
		{"an answer that says no more", `{"answerAgeHours":2}`, alg.GOST256B, plain, func(w *world) {
			w.pool.Data = w.pool.Data[:1]
			w.addOCSP(w.ca, w.single(ocsp.Good, pkitest.Now.Add(-3*time.Hour), time.Time{}))
		}, reasons.TryLater},
		{"clocks", `{"clockSkewSeconds":0}`, alg.GOST256B, plain, func(w *world) {
			w.pool.Data = w.pool.Data[:1]
			w.addOCSP(w.ca, w.single(ocsp.Good, pkitest.Now.Add(time.Minute), pkitest.End))
		}, reasons.ChainGeneral},
		{"clocks that differ", `{"clockSkewSeconds":120}`, alg.GOST256B, plain, func(w *world) {
			w.pool.Data = w.pool.Data[:1]
			w.addOCSP(w.ca, w.single(ocsp.Good, pkitest.Now.Add(time.Minute), pkitest.End))
		}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, test.kind)
			if test.change != nil {
				test.change(w)
			}
			p, err := verify.ParsePolicy([]byte(test.policy))
			if err != nil {
				t.Fatal(err)
			}
			w.options.Policy = p
			if s := w.check(test.make(w)); s.SubIndication != test.want {
				t.Errorf("%s %s, want %q", s.SubIndication, s.Reason.Text, test.want)
			}
		})
	}
	if _, err := verify.ParsePolicy([]byte(`{"x":1}`)); !errors.Is(err, policy.ErrFormat) {
		t.Error(err)
	}
	if verify.Skew != verify.DefaultPolicy().Skew() {
		t.Error("the default policy has another skew")
	}
}
