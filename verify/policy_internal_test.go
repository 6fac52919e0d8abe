// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"testing"
	"time"

	"podpis/pki/alg"
	"podpis/verify/reasons"
)

func TestEnded(t *testing.T) {
	t.Parallel()
	c := newChecker(t.Context(), Options{})
	old, now := alg.GOST2001A.Algorithm(), alg.GOST256B.Algorithm()
	last := time.Date(2019, 12, 31, 20, 59, 59, 0, time.UTC) // the last second of the year in Moscow
	for _, test := range []struct {
		name      string
		algorithm alg.SignatureAlgorithm
		at        time.Time
		proved    bool
		want      reasons.Code
	}{
		{"2001, the last second", old, last, false, ""},
		{"2001, proved for the last second", old, last, true, ""},
		{"2001, the first second after", old, last.Add(time.Second), false, reasons.CryptoNoPOE},
		{"2001, proved for the first second after", old, last.Add(time.Second), true, reasons.CryptoConstraints},
		{"2001, today", old, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), false, reasons.CryptoNoPOE},
		{"2012, today", now, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), false, ""},
	} {
		f := c.ended(test.algorithm, moment{now: last.AddDate(10, 0, 0), at: test.at, proved: test.proved})
		if f.code != test.want || (f.details.Algorithm == "ГОСТ Р 34.10-2001") != (test.want != "") {
			t.Errorf("%s: %+v, want %q", test.name, f, test.want)
		}
	}
	for _, k := range alg.Kinds() {
		if f := c.ended(k.Algorithm(), moment{at: last.AddDate(7, 0, 0)}); f.code != "" {
			t.Errorf("%v has ended: %+v", k, f)
		}
	}
}
