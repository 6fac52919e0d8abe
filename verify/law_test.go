// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify_test

import (
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/pki/cades"
	"podpis/pki/cms"
	"podpis/pki/der"
	"podpis/pki/pkitest"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/policy"
	"podpis/verify/reasons"
)

// TestRecognition: by law a signature is as good as its certificate, and as what binds it.
func TestRecognition(t *testing.T) {
	t.Parallel()
	accredited := func(*x509.Certificate) *verify.Authority {
		return &verify.Authority{Periods: []verify.Period{{From: pkitest.Start}}}
	}
	form := newWorld(t, alg.GOST256B)
	form.options.Authority = accredited
	if s := form.check(form.sign(time.Time{})); s.Verdict != reasons.TotalPassed || s.Law63.Recognized != no {
		t.Errorf("a certificate that is not qualified: %s", s.Law63.Recognized)
	}
	bound := newWorld(t, alg.GOST256B, qualified)
	bound.options.Authority = accredited
	h := bound.signer.Key.Kind().Hash()
	if s := bound.check(bound.forge(cades.SignedAttributes(cms.OIDData, h.Sum(bound.document), h, bound.ca.Cert, pkitest.Now))); s.Law63.Recognized != unknown {
		t.Errorf("bound to another certificate: %s", s.Law63.Recognized)
	}
	ended := newWorld(t, alg.GOST256B, qualified)
	ended.options.Authority, ended.options.Policy = accredited, verify.DefaultPolicy()
	ended.options.Policy.EndedAlgorithms = []policy.EndedAlgorithm{{Name: "ГОСТ", OIDs: []der.OID{"1.2.643.7.1.1.3.2"}, Until: pkitest.Start}}
	if s := ended.check(ended.sign(time.Time{})); s.Law63.Recognized == yes {
		t.Error("signed with what has ended")
	}
}
