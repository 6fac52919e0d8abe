// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package identity

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean takes out what people type into numbers: spaces, dashes, brackets.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '(', ')', '.', '\u00a0', '\u2009', '\u202f', '–', '—', '\t':
			return -1
		}
		return r
	}, s)
}

// Digits reports a text of exactly n decimal digits.
func Digits(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// checkDigit is the sum of digits by weights, by 11 and then by 10.
func checkDigit(s string, weights ...int) byte {
	sum := 0
	for i, w := range weights {
		sum += w * int(s[i]-'0')
	}
	return byte('0' + sum%11%10)
}

// ValidPersonINN checks an ИНН of a person: 12 digits, the last two computed
// from the others (order of the tax service ЕД-7-14/559@). The tax office 00
// does not exist.
func ValidPersonINN(s string) bool {
	return Digits(s, 12) && s[:2] != "00" &&
		checkDigit(s, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8) == s[10] &&
		checkDigit(s, 3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8) == s[11]
}

// ValidCompanyINN checks an ИНН of an organisation: 10 digits.
func ValidCompanyINN(s string) bool {
	return Digits(s, 10) && s[:2] != "00" && checkDigit(s, 2, 4, 10, 3, 5, 9, 4, 6, 8) == s[9]
}

// ValidSNILS checks a СНИЛС: 11 digits, the last two a sum by 101. Numbers up to
// 001-001-998 have no check digits.
func ValidSNILS(s string) bool {
	if !Digits(s, 11) || s[:9] == "000000000" {
		return false
	}
	if s[:9] <= "001001998" {
		return true
	}
	sum := 0
	for i := range 9 {
		sum += (9 - i) * int(s[i]-'0')
	}
	sum = sum % 101 % 100
	return s[9:] == string([]byte{byte('0' + sum/10), byte('0' + sum%10)})
}

// ValidOGRN checks an ОГРН of an organisation: 13 digits, by 11.
func ValidOGRN(s string) bool { return Digits(s, 13) && byte('0'+remainder(s[:12], 11)%10) == s[12] }

// ValidOGRNIP checks an ОГРНИП: 15 digits beginning with 3, by 13.
func ValidOGRNIP(s string) bool {
	return Digits(s, 15) && s[0] == '3' && byte('0'+remainder(s[:14], 13)%10) == s[14]
}

// ValidKPP checks the form of a КПП; it has no check digit.
func ValidKPP(s string) bool {
	if len(s) != 9 || !Digits(s[:4], 4) || !Digits(s[6:], 3) {
		return false
	}
	for _, c := range s[4:6] {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

func remainder(digits string, by int) int {
	r := 0
	for i := range len(digits) {
		r = (r*10 + int(digits[i]-'0')) % by
	}
	return r
}

// NormalPhone returns a number as +7XXXXXXXXXX. Eight before ten digits is the
// same country inside Russia; ten digits are taken without it.
func NormalPhone(s string) (string, bool) {
	s = Clean(s)
	switch {
	case strings.HasPrefix(s, "+7") && len(s) == 12:
		s = s[2:]
	case (strings.HasPrefix(s, "8") || strings.HasPrefix(s, "7")) && len(s) == 11:
		s = s[1:]
	}
	if !Digits(s, 10) || s[0] < '3' {
		return "", false
	}
	return "+7" + s, true
}

// NormalName returns a name with single spaces, each word with its own case
// kept, and whether it can be a name: letters of any script with their marks,
// hyphen, apostrophe, dot and space, at least one letter, up to 100 signs.
func NormalName(s string) (string, bool) {
	s = strings.Join(strings.Fields(s), " ")
	n, letters := 0, 0
	for _, r := range s {
		n++
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsMark(r) || strings.ContainsRune("-'’ .", r):
		default:
			return "", false
		}
	}
	return s, letters > 0 && n <= 100
}

// spelled writes a name that stands in capitals or in small letters alone as names are written: «ТЕСТОВ» and «тестов» are
// «Тестов», «О'НИЛ» is «О'Нил». A name of both is as its owner writes it: «Али оглы».
func spelled(s string) string {
	s = OneLine(s)
	if s != strings.ToUpper(s) && s != strings.ToLower(s) {
		return s
	}
	inWord := 0 // letters of the word so far
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-':
			inWord = 0
			return r
		case (r == '\'' || r == '’') && inWord == 1:
			inWord = 0
			return r
		}
		inWord++
		if inWord == 1 {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, s)
}

// PlainText reports a text of one line that can be printed and stored, of one to
// limit signs: no control signs, nothing that turns the direction of writing.
func PlainText(s string, limit int) bool {
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsGraphic(r) {
			return false
		}
	}
	n := utf8.RuneCountInString(s)
	return n > 0 && n <= limit
}

// CertificateText reports a plain text of letters, digits and punctuation: what may stand in a
// certificate. Pictures among the letters are shown by few programs and printed by fewer.
func CertificateText(s string, limit int) bool {
	const pictures = 0x1F000 // the block of emoji and of what changes them
	return PlainText(s, limit) && !strings.ContainsFunc(s, func(r rune) bool {
		return r >= pictures && unicode.IsSymbol(r) || r != '№' && unicode.Is(unicode.So, r)
	})
}

// FormatSNILS is «112-233-445 95».
func FormatSNILS(s string) string {
	if !Digits(s, 11) {
		return s
	}
	return s[:3] + "-" + s[3:6] + "-" + s[6:9] + " " + s[9:]
}

// FormatPhone is «+7 912 345-67-89».
func FormatPhone(s string) string {
	if len(s) != 12 {
		return s
	}
	return s[:2] + " " + s[2:5] + " " + s[5:8] + "-" + s[8:10] + "-" + s[10:]
}

// MaskPhone is «+7 ··· ··-45»: enough to tell one's own number.
func MaskPhone(s string) string {
	if len(s) != 12 {
		return ""
	}
	return "+7 ··· ··-" + s[10:]
}

// MaskMail is «с···@example.org».
func MaskMail(s string) string {
	at := strings.LastIndexByte(s, '@')
	for i := range s {
		if i > 0 && at > 0 {
			return s[:i] + "···" + s[at:]
		}
	}
	return ""
}

// ValidMail reports an address that mail can be sent to.
func ValidMail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= 254 && strings.Contains(s[strings.LastIndexByte(s, '@'):], ".")
}
