// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package locale

import (
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// Number is a whole number with its thousands apart: «1 900», in English "1,900".
func (l *Localizer) Number(n int64) string {
	separator := "\u00a0" // never at the end of a line
	if l.tag == language.English {
		separator = ","
	}
	digits, sign := strconv.FormatInt(n, 10), ""
	if n < 0 {
		digits, sign = digits[1:], "\u2212"
	}
	first := len(digits) % 3
	var groups []string
	if first > 0 {
		groups = append(groups, digits[:first])
	}
	for i := first; i < len(digits); i += 3 {
		groups = append(groups, digits[i:i+3])
	}
	return sign + strings.Join(groups, separator)
}

// Money is an amount given in the hundredth part of its currency: «1 900,00 ₽», in English
// "₽1,900.00". sign is the sign of the currency.
func (l *Localizer) Money(hundredths int64, sign string) string {
	whole, rest, minus := hundredths/100, hundredths%100, ""
	if hundredths < 0 {
		whole, rest, minus = -whole, -rest, "\u2212"
	}
	cents := strconv.FormatInt(100+rest, 10)[1:]
	if l.tag == language.English {
		return minus + sign + l.Number(whole) + "." + cents
	}
	return minus + l.Number(whole) + "," + cents + "\u00a0" + sign
}
