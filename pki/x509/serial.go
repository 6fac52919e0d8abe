// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package x509

import (
	"bytes"
	"strings"

	"podpis/pki/der"
)

// Serial is a serial or CRL number: the big-endian magnitude without leading
// zero octets; zero is empty. A negative number, which RFC 5280, 4.1.2.2 forbids
// and old authorities issued, keeps its two's complement octets behind a zero
// octet, so that it equals no positive one.
type Serial []byte

// maxSerial is the longest serial number that is read. RFC 5280, 4.1.2.2 allows
// 20 octets.
const maxSerial = 64

// NewSerial returns the number with the given big-endian magnitude.
func NewSerial(magnitude []byte) Serial { return Serial(bytes.TrimLeft(magnitude, "\x00")) }

// SerialFromHex reads the form of [Serial.Hex]; spaces and colons between digits
// are ignored, as people paste them.
func SerialFromHex(text string) (Serial, error) {
	text = strings.NewReplacer(" ", "", ":", "", "\u00a0", "").Replace(text)
	if len(text)%2 == 1 {
		text = "0" + text
	}
	b, ok := decodeHex(text)
	if !ok || len(b) > maxSerial || len(b) == 0 {
		return nil, ErrSerial
	}
	return NewSerial(b), nil
}

// ReadSerial reads a serial number inside a larger format.
func ReadSerial(r *der.Reader) Serial { return readSerial(r, der.TagInteger) }

// readSerial reads an INTEGER of bounded length.
func readSerial(r *der.Reader, tag der.Tag) Serial {
	c := r.ImplicitInteger(tag)
	if len(c) > maxSerial {
		r.Fail("serial number too long")
		return nil
	}
	return serialOf(c)
}

// serialOf takes the content octets of an INTEGER.
func serialOf(c []byte) Serial {
	switch {
	case len(c) == 0:
		return nil
	case c[0] >= 0x80:
		return append(Serial{0}, c...)
	case c[0] == 0:
		return Serial(c[1:])
	}
	return Serial(c)
}

// Negative reports a serial number below zero.
func (s Serial) Negative() bool { return len(s) > 0 && s[0] == 0 }

// Encode returns the INTEGER.
func (s Serial) Encode() []byte {
	if s.Negative() {
		return der.Element(der.TagInteger, s[1:])
	}
	return der.Unsigned(s)
}

// Equal reports whether both are the same number.
func (s Serial) Equal(o Serial) bool { return bytes.Equal(s, o) }

// magnitude returns the sign and the absolute value.
func (s Serial) magnitude() (sign string, m []byte) {
	if !s.Negative() {
		return "", s
	}
	m = make([]byte, len(s)-1)
	carry := true
	for i := len(m) - 1; i >= 0; i-- {
		m[i] = ^s[i+1]
		if carry {
			m[i]++
			carry = m[i] == 0
		}
	}
	return "-", bytes.TrimLeft(m, "\x00")
}

// Hex is the number in upper-case hexadecimal octets, as CryptoPro shows it.
func (s Serial) Hex() string {
	sign, m := s.magnitude()
	if len(m) == 0 {
		return "00"
	}
	return sign + strings.ToUpper(encodeHex(m))
}

// String is [Serial.Hex].
func (s Serial) String() string { return s.Hex() }

// Decimal is the number in decimal digits.
func (s Serial) Decimal() string {
	sign, m := s.magnitude()
	m = bytes.Clone(m)
	var digits []byte
	for len(m) > 0 {
		rest := 0
		for i, b := range m {
			v := rest<<8 | int(b)
			m[i] = byte(v / 10)
			rest = v % 10
		}
		digits = append(digits, byte('0'+rest))
		m = bytes.TrimLeft(m, "\x00")
	}
	if len(digits) == 0 {
		return "0"
	}
	for i, j := 0, len(digits)-1; i < j; i, j = i+1, j-1 {
		digits[i], digits[j] = digits[j], digits[i]
	}
	return sign + string(digits)
}

// warnSerial lists what is odd about the serial number of a certificate.
func warnSerial(s Serial) []Warning {
	switch {
	case s.Negative():
		return []Warning{WarnSerialNegative}
	case len(s) == 0:
		return []Warning{WarnSerialZero}
	case len(s) > 20, len(s) == 20 && s[0] >= 0x80: // 21 octets as an INTEGER
		return []Warning{WarnSerialLong}
	}
	return nil
}
