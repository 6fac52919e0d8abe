// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package der

import "time"

// parseTime reads the content octets of a time. time.Parse is not used: it
// takes forms that DER does not have.
func parseTime(tag Tag, c []byte) (time.Time, bool) {
	yearDigits := 4
	if tag == TagUTCTime {
		yearDigits = 2
	}
	if len(c) < yearDigits+11 || c[len(c)-1] != 'Z' {
		return time.Time{}, false
	}
	digits, fraction := c[:yearDigits+10], c[yearDigits+10:len(c)-1]
	var f [6]int
	widths := [6]int{yearDigits, 2, 2, 2, 2, 2}
	for i, w := range widths {
		for _, d := range digits[:w] {
			if d < '0' || d > '9' {
				return time.Time{}, false
			}
			f[i] = f[i]*10 + int(d-'0')
		}
		digits = digits[w:]
	}
	if tag == TagUTCTime {
		if len(fraction) != 0 {
			return time.Time{}, false
		}
		f[0] += 1900
		if f[0] < 1950 { // RFC 5280, 4.1.2.5.1
			f[0] += 100
		}
	}
	nanos, ok := parseFraction(fraction)
	t := time.Date(f[0], time.Month(f[1]), f[2], f[3], f[4], f[5], nanos, time.UTC)
	// time.Date carries over what is out of range; a date that it changed
	// does not exist.
	exists := t.Year() == f[0] && int(t.Month()) == f[1] && t.Day() == f[2] &&
		t.Hour() == f[3] && t.Minute() == f[4] && t.Second() == f[5]
	return t, ok && exists
}

// parseFraction reads "" or ".ddd" without trailing zeros (X.690, 11.7.3).
func parseFraction(c []byte) (nanos int, ok bool) {
	if len(c) == 0 {
		return 0, true
	}
	if c[0] != '.' || len(c) < 2 || len(c) > 10 || c[len(c)-1] == '0' {
		return 0, false
	}
	scale := 100_000_000
	for _, d := range c[1:] {
		if d < '0' || d > '9' {
			return 0, false
		}
		nanos += int(d-'0') * scale
		scale /= 10
	}
	return nanos, true
}
