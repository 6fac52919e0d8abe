// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package law_test

import (
	"testing"
	"time"

	"podpis/pki/x509"
	"podpis/verify/law"
)

func TestPeriods(t *testing.T) {
	t.Parallel()
	day := func(y int) time.Time { return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC) }
	a := law.Authority{Periods: []law.Period{{From: day(2012), Until: day(2017)}, {From: day(2018), Until: day(2020)}}}
	for y, want := range map[int]bool{2011: false, 2012: true, 2016: true, 2017: false, 2018: true, 2020: false, 2025: false} {
		if a.On(day(y)) != want {
			t.Errorf("%d: %v", y, !want)
		}
	}
	for y, want := range map[int]time.Time{2011: {}, 2016: {}, 2017: day(2017), 2019: {}, 2025: day(2020)} {
		if got := a.Ended(day(y)); !got.Equal(want) {
			t.Errorf("%d: ended %v, want %v", y, got, want)
		}
	}
	goesOn := law.Authority{Periods: []law.Period{{From: day(2020)}}}
	if !goesOn.On(day(2040)) || !goesOn.Ended(day(2040)).IsZero() || new(law.Authority).On(day(2020)) {
		t.Error("without an end")
	}
	open := law.Authority{Periods: []law.Period{{Until: day(2020)}, {From: day(2020), Until: day(2022)}}}
	for y, want := range map[int][2]bool{2015: {false, true}, 2021: {true, true}, 2023: {false, false}} {
		if on, may := open.On(day(y)), open.MayBeOn(day(y)); on != want[0] || may != want[1] {
			t.Errorf("beginning not known, %d: %v, %v", y, on, may)
		}
	}
}

func TestForm(t *testing.T) {
	t.Parallel()
	c := new(x509.Certificate)
	if law.ClassOf(c) != "" || law.QualifiedForm(c) {
		t.Error("an empty certificate has a class")
	}
	c.Policies = []x509.Policy{{OID: "1.2.643.100.113.10"}, {OID: "1.2.643.100.113.2"}, {OID: "1.2.643.100.113.1"}, {OID: "1.2.3"}}
	if got := law.ClassOf(c); got != "КС2" {
		t.Error(got)
	}
	c.SubjectSignTool = "x"
	if law.QualifiedForm(c) {
		t.Error("without the tools of the issuer")
	}
	if !law.KeyPeriodHolds(c, time.Now()) {
		t.Error("no period")
	}
	c.PrivateKeyNotAfter = time.Now()
	if law.KeyPeriodHolds(c, time.Now().Add(time.Hour)) || !law.KeyPeriodHolds(c, time.Now().Add(-time.Hour)) {
		t.Error("period of the key")
	}
	if c.IssuerSignTool = new(x509.IssuerSignTool); !law.QualifiedForm(c) {
		t.Error("complete")
	}
}
