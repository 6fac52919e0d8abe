// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/verify"
	"podpis/verify/reasons"
)

// ask checks the stand's attached signature, or what is given, and wants a form of report.
func (s *stand) ask(t *testing.T, form string, signature []byte) (*http.Response, []byte) {
	t.Helper()
	body, kind := multi(t, sig(signature))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/api/v1/verify?report="+form, bytes.NewReader(body))
	must(t, err)
	r.Header.Set("Content-Type", kind)
	return s.do(t, r)
}

// A signed form of an answer is itself a good signature of the installation.
func TestSignedReports(t *testing.T) {
	t.Parallel()
	s := newStand(t, alg.GOST256A)
	chain := s.Authority.Chain()
	o := verify.Options{At: s.DB.Now(), Trust: []verify.Anchor{{Certificate: chain[len(chain)-1]}}, Evidence: []verify.Evidence{&verify.Pool{Certificates: chain}}}
	for form, kind := range map[string]string{"etsi": "application/xml", "signed": "application/pdf"} {
		answer, content := s.ask(t, form, s.attached)
		if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != kind {
			t.Fatalf("%s: %d %v %s", form, answer.StatusCode, answer.Header, content)
		}
		report, err := verify.Check(t.Context(), verify.Input{Name: form, Signature: content, MayBeDocument: true}, o)
		must(t, err)
		if len(report.Signatures) != 1 || report.Signatures[0].Facts.Document.Answer != verify.Yes || report.Signatures[0].Facts.Issuer.Answer != verify.Yes {
			t.Errorf("%s: %+v", form, report.Signatures)
		}
	}
}

// A simple report is at most 4 KiB a signature, and keeps the shape of the whole one.
func TestSimpleReport(t *testing.T) {
	t.Parallel()
	s := newStand(t, alg.GOST256A)
	_, whole := s.ask(t, "detailed", s.attached)
	_, content := s.ask(t, "simple", s.attached)
	if len(content) > 4<<10 || len(content) >= len(whole) {
		t.Errorf("%d octets of %d", len(content), len(whole))
	}
	t.Logf("simple report: %d octets, detailed: %d", len(content), len(whole))
	var report verify.Report
	must(t, json.Unmarshal(content, &report))
	if report.Verdict != reasons.TotalPassed || report.Signatures[0].Chain == nil || len(report.Signatures[0].Chain) != 0 {
		t.Errorf("%s", content)
	}
}

func TestNoSuchReport(t *testing.T) {
	t.Parallel()
	s := newStand(t, alg.GOST256A)
	for name, got := range map[string]func() (*http.Response, []byte){
		"unknown form": func() (*http.Response, []byte) { return s.ask(t, "pdf", s.attached) },
		"no signature": func() (*http.Response, []byte) { return s.ask(t, "etsi", []byte("plain text")) },
	} {
		answer, content := got()
		if answer.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(content), `"API-918"`) {
			t.Errorf("%s: %d %s", name, answer.StatusCode, content)
		}
	}
}
