// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/pkitest"
	"podpis/sign"
	"podpis/verify"
	"podpis/verify/reasons"
)

func (v *visitor) raise(level string, message []byte) *visitor {
	v.t.Helper()
	r := v.request(http.MethodPost, "/sign/raise?level="+level, bytes.NewReader(message))
	r.Header.Set("Content-Type", "application/pkcs7-signature")
	r.Header.Set("Accept", "application/json")
	return v.do(r)
}

// A signature made in a browser is raised without its document, and is then good in itself.
func TestRaise(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	key, cert := s.holder()
	document := []byte("договор")
	message, err := sign.Detached(context.Background(), rand.Reader, bytes.NewReader(document), key, sign.Options{Certificate: cert, Time: s.DB.Now()})
	must(t, err)
	chain := s.Authority.Chain()
	v := s.visitor()
	for level, want := range map[string]string{"t": "CAdES-T", "xl1": "CAdES-XL1", "lt": "CAdES-LT"} {
		v.raise(level, message)
		if v.code != http.StatusOK {
			t.Fatalf("%s: %d %s", level, v.code, v.body)
		}
		o := verify.Options{At: s.DB.Now(), Trust: []verify.Anchor{{Certificate: chain[len(chain)-1]}}}
		if level == "t" {
			o.Evidence = []verify.Evidence{&verify.Pool{Certificates: chain}}
		}
		report, err := verify.Check(context.Background(), verify.Input{Signature: []byte(v.body), Document: bytes.NewReader(document)}, o)
		must(t, err)
		got := report.Signatures[0]
		if got.Level != want || level != "t" && got.Verdict != reasons.TotalPassed || got.BestTime == nil && level != "t" {
			t.Errorf("%s: %s %s %+v", level, got.Level, got.Verdict, got.Reason)
		}
	}
}

func TestRaiseRefuses(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	stranger := pkitest.Root(t, alg.GOST256A, "CN=Чужой УЦ").Signer(t, alg.GOST256A, "CN=Чужой")
	message, err := sign.Detached(context.Background(), rand.Reader, strings.NewReader("x"), stranger.Key, sign.Options{Certificate: stranger.Cert})
	must(t, err)
	v := s.visitor()
	for name, c := range map[string]struct {
		level   string
		message []byte
		code    int
		words   string
	}{
		"a level that is not there": {"lta", message, 422, "Такого вида подписи нет"},
		"no signature":              {"t", []byte("x"), 422, "Это не подпись"},
		"nobody known":              {"xl1", message, 422, "Издателя нет в списке доверенных"},
		"too large":                 {"t", make([]byte, 2<<20), 413, "UPL-801"},
	} {
		v.raise(c.level, c.message)
		if v.code != c.code || !strings.Contains(v.body, c.words) {
			t.Errorf("%s: %d %s", name, v.code, v.body)
		}
	}
}

// What a signature is raised with stays in the audit: a network gets so many in a minute.
func TestRaiseIsLimited(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Set("verdict.rate", "2")
	v := s.visitor()
	for range 2 {
		if v.raise("t", []byte("x")); v.code != http.StatusUnprocessableEntity {
			t.Fatal(v.code, v.body)
		}
	}
	if v.raise("t", []byte("x")); v.code != http.StatusTooManyRequests || v.head.Get("Retry-After") == "" {
		t.Error(v.code, v.head, v.body)
	}
}
