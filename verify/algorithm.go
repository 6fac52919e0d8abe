// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"time"

	"podpis/pki/alg"
	"podpis/pki/der"
	"podpis/verify/reasons"
)

// acceptance is until when an algorithm may sign (EN 319 102-1, 5.1.4.3): what it signed
// counts as long as it is proved to be from before that time.
type acceptance struct {
	signature []der.OID // identifiers of the signature or of the key that stands for it
	name      string    // for people
	until     time.Time // the first moment that is too late; zero: it never counts
}

// acceptances lists the algorithms that have ended. What is not computed at all has
// a name here and no time.
func acceptances() []acceptance {
	moscow := time.FixedZone("MSK", 3*60*60)
	return []acceptance{
		// Signing with GOST R 34.10-2001 ended with 2019, the end of 2018 having been
		// put off by a year.
		{[]der.OID{"1.2.643.2.2.3", "1.2.643.2.2.19"}, "ГОСТ Р 34.10-2001", time.Date(2020, 1, 1, 0, 0, 0, 0, moscow)},
		{[]der.OID{"1.2.643.2.2.4", "1.2.643.2.2.20"}, "ГОСТ Р 34.10-94", time.Time{}},
		{[]der.OID{"1.2.840.113549.1.1.5"}, "SHA-1, RSA", time.Time{}},
		{[]der.OID{"1.2.840.113549.1.1.4"}, "MD5, RSA", time.Time{}},
	}
}

func acceptanceOf(a alg.SignatureAlgorithm) (acceptance, bool) {
	for _, e := range acceptances() {
		for _, oid := range e.signature {
			if oid == a.OID {
				return e, true
			}
		}
	}
	return acceptance{}, false
}

// algorithmName names an algorithm for people where it has a name they know.
func algorithmName(a alg.SignatureAlgorithm) string {
	if e, ok := acceptanceOf(a); ok {
		return e.name
	}
	return string(a.OID)
}

// ended says that a signature which was there at a moment, and is not proved to have
// been there earlier, came after its algorithm had ended.
func ended(a alg.SignatureAlgorithm, m moment) failure {
	e, ok := acceptanceOf(a)
	if !ok || m.at.Before(e.until) {
		return failure{}
	}
	f := failure{reasons.CryptoNoPOE, reasons.Details{Algorithm: e.name}}
	if m.proved {
		f.code = reasons.CryptoConstraints
	}
	return f
}
