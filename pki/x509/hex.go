// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509

// encoding/hex brings fmt into the browser; these few lines do not.

const hexDigits = "0123456789abcdef"

func encodeHex(b []byte) string {
	out := make([]byte, 0, 2*len(b))
	for _, o := range b {
		out = append(out, hexDigits[o>>4], hexDigits[o&15])
	}
	return string(out)
}

// decodeHex reads pairs of digits in any case.
func decodeHex(s string) ([]byte, bool) {
	if len(s)%2 != 0 {
		return nil, false
	}
	out := make([]byte, len(s)/2)
	for i := range out {
		high, ok1 := hexDigit(s[2*i])
		low, ok2 := hexDigit(s[2*i+1])
		if !ok1 || !ok2 {
			return nil, false
		}
		out[i] = high<<4 | low
	}
	return out, true
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
