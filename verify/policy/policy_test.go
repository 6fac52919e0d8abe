// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package policy_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/pki/x509"
	"podpis/verify/policy"
)

func TestDefault(t *testing.T) {
	t.Parallel()
	p := policy.Default()
	if p.Name == "" || p.Skew() != 5*time.Minute || p.AnswerAge() != 24*time.Hour || p.TooOld(time.Time{}, time.Now()) {
		t.Errorf("%+v", p)
	}
	old := p.Ended(alg.GOST2001A.Algorithm())
	if old == nil || !old.Until.Equal(time.Date(2019, 12, 31, 21, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", old)
	}
	for _, k := range alg.Kinds() {
		if p.Ended(k.Algorithm()) != nil {
			t.Errorf("%s has ended", k.Name())
		}
	}
	p.EndedAlgorithms[0].Name, p.RequireTimestamp = "x", true
	if q := policy.Default(); q.EndedAlgorithms[0].Name == "x" || q.RequireTimestamp || policy.Builtin().RequireTimestamp {
		t.Error("a caller changed the default")
	}
	text, err := json.Marshal(policy.Default())
	if err != nil {
		t.Fatal(err)
	}
	again, err := policy.Parse(text)
	if err != nil || cmp.Diff(again, policy.Default()) != "" {
		t.Errorf("round trip: %v %s", err, cmp.Diff(again, policy.Default()))
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	p, err := policy.Parse([]byte(`{"name":"строгая","requireTimestamp":true,"revocationAgeHours":48,"certificatePolicies":["1.2.643.100.113.2"],
		"endedAlgorithms":[{"name":"RSA","oids":["1.2.840.113549.1.1.11"],"until":"2030-01-01T00:00:00Z"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if only, err := policy.Parse([]byte(`{"endedAlgorithms":[{"name":"x","oids":["1.2.3"]}]}`)); err != nil || len(only.EndedAlgorithms) != 1 || !only.EndedAlgorithms[0].Until.IsZero() {
		t.Errorf("mixed with the default: %+v %v", only, err)
	}
	if none, err := policy.Parse([]byte(`{"endedAlgorithms":[]}`)); err != nil || len(none.EndedAlgorithms) != 0 {
		t.Errorf("none: %+v %v", none, err)
	}
	if !p.RequireTimestamp || p.MinimumRSABits != 2048 || p.Ended(alg.GOST2001A.Algorithm()) != nil || p.Ended(alg.RSA.Algorithm()) == nil {
		t.Errorf("%+v", p)
	}
	now := time.Now()
	if p.TooOld(now.Add(-47*time.Hour), now) || !p.TooOld(now.Add(-49*time.Hour), now) {
		t.Error("age of revocation data")
	}
	for _, test := range []struct {
		list []der.OID
		want bool
	}{{nil, false}, {[]der.OID{"1.2.643.100.113.1"}, false}, {[]der.OID{"1.2", "1.2.643.100.113.2"}, true}, {[]der.OID{x509.OIDAnyPolicy}, true}} {
		if p.Accepts(test.list) != test.want {
			t.Errorf("%v: accepted %v", test.list, !test.want)
		}
	}
	if !policy.Default().Accepts(nil) {
		t.Error("nothing is demanded")
	}
}

// TestBroken: what is not understood is an error, since it may be what forbids.
func TestBroken(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                              "EOF",
		"[]":                            "array",
		`{"requireTimestmap":true}`:     "unknown field",
		`{"requireTimestamp":"yes"}`:    "requireTimestamp",
		`{} {}`:                         "text behind",
		`{"minimumRSABits":1024}`:       "minimumRSABits is 1024",
		`{"clockSkewSeconds":-1}`:       "clockSkewSeconds",
		`{"answerAgeHours":0}`:          "answerAgeHours",
		`{"revocationAgeHours":-5}`:     "revocationAgeHours",
		`{"certificatePolicies":["x"]}`: "no object identifier",
		`{"endedAlgorithms":[{}]}`:      "name and identifiers",
		`{"endedAlgorithms":[{"name":"x","oids":["1"]}]}`:                        "no object identifier",
		`{"endedAlgorithms":[{"name":"x","oids":["1.2"],"until":"2020-01-01"}]}`: "2020-01-01",
		`{"endedAlgorithms":[{"name":"x","oids":["1.2"],"till":"2020-01-01"}]}`:  "unknown field",
		`{"name":"` + strings.Repeat("x", 300<<10) + `"}`:                        "octets",
	} {
		if _, err := policy.Parse([]byte(in)); !errors.Is(err, policy.ErrFormat) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %q", in, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"name":"x","endedAlgorithms":[{"name":"x","oids":["1.2.3"],"until":"2030-01-01T00:00:00Z"}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := policy.Parse(in)
		if err != nil {
			return
		}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := policy.Parse(text); err != nil || again.Name != p.Name {
			t.Errorf("%s: %v", text, err)
		}
	})
}
