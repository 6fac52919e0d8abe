// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"encoding/hex"
	"strconv"
	"strings"

	"podpis/internal/server/web/kit"
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

// fingerprint is the digest of a certificate in pairs of digits, as people
// compare it.
func fingerprint(c *x509.Certificate) string {
	digits := strings.ToUpper(hex.EncodeToString(c.Fingerprint(alg.SHA256)))
	var pairs []string
	for i := 0; i+2 <= len(digits); i += 2 {
		pairs = append(pairs, digits[i:i+2])
	}
	return strings.Join(pairs, " ")
}
