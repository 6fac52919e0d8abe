// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"

	"podpis/internal/server/web/kit"
	"podpis/internal/server/web/page"
	"podpis/pki/alg"
	"podpis/pki/x509"
)

// texts are key.1, key.2 … as far as they go.
func texts(p *kit.Page, key string) []string {
	var list []string
	for i := 1; ; i++ {
		k := key + "." + strconv.Itoa(i)
		if !p.Words.Has(k) {
			return list
		}
		list = append(list, p.T(k))
	}
}

// queryOf is an address of this site as a parameter.
func queryOf(back string) string { return url.QueryEscape(page.Local(back, "")) }

// returning is the query that brings a person back after the sign-in, empty when there is
// nowhere to go back to.
func returning(back string) string {
	if q := queryOf(back); q != "" {
		return "?return=" + q
	}
	return ""
}

// fingerprint is the digest of a certificate in pairs of digits, as people
// compare it.
func fingerprint(c *x509.Certificate) string { return fingerprintBy(c, alg.SHA256) }

func fingerprintBy(c *x509.Certificate, h alg.Hash) string {
	digits := strings.ToUpper(hex.EncodeToString(c.Fingerprint(h)))
	var pairs []string
	for i := 0; i+2 <= len(digits); i += 2 {
		pairs = append(pairs, digits[i:i+2])
	}
	return strings.Join(pairs, " ")
}
