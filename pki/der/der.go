// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package der reads and writes the Distinguished Encoding Rules of ASN.1
// (ITU-T X.690), strictly and without reflection.
//
// It exists because the formats above it run in a browser: the readers of the
// standard library and of x/crypto/cryptobyte bring fmt, reflect and math/big,
// which would double the module a person downloads before the first signature.
//
// Reading is done by a [Reader], a cursor with a sticky error: a parser reads
// all fields in the order of the ASN.1 module and asks [Reader.Err] once. After
// the first error every read returns zero values, so a parser cannot act on
// what follows damage. Nothing is copied: what a Reader returns are parts of its
// input. Writing is done by functions that return encodings and nest as the
// ASN.1 does.
//
// Only DER is read. Old programs write CMS and PKCS #12 with indefinite lengths
// and pieces of strings (BER); [FromBER] turns such a message into definite
// lengths first. Tag numbers above 30 and lengths of 2^31 and more are refused:
// no format of this project has them.
package der

// Tag is a whole identifier octet: class, constructed bit and number
// (X.690, 8.1.2).
type Tag byte

// Universal tags (X.680, 8.4), SEQUENCE and SET with the constructed bit.
const (
	TagBoolean         Tag = 0x01
	TagInteger         Tag = 0x02
	TagBitString       Tag = 0x03
	TagOctetString     Tag = 0x04
	TagNull            Tag = 0x05
	TagOID             Tag = 0x06
	TagEnumerated      Tag = 0x0a
	TagUTF8String      Tag = 0x0c
	TagNumericString   Tag = 0x12
	TagPrintableString Tag = 0x13
	TagT61String       Tag = 0x14
	TagIA5String       Tag = 0x16
	TagUTCTime         Tag = 0x17
	TagGeneralizedTime Tag = 0x18
	TagVisibleString   Tag = 0x1a
	TagUniversalString Tag = 0x1c
	TagBMPString       Tag = 0x1e
	TagSequence        Tag = 0x30
	TagSet             Tag = 0x31
)

const (
	constructed     Tag = 0x20
	classContext    Tag = 0x80
	tagNumberMask   Tag = 0x1f
	highTagNumber       = 0x1f
	maxDepth            = 64
	maxLengthOctets     = 4
)

// Context returns the primitive context-specific tag [n] of IMPLICIT tagging.
func Context(n int) Tag { return classContext | Tag(n)&tagNumberMask }

// ContextConstructed returns the constructed context-specific tag [n]: EXPLICIT
// tagging, or IMPLICIT tagging of a SEQUENCE or SET.
func ContextConstructed(n int) Tag { return classContext | constructed | Tag(n)&tagNumberMask }

// Constructed reports whether the content of the tag is a series of elements.
func (t Tag) Constructed() bool { return t&constructed != 0 }

// SyntaxError says that an encoding is not DER or not what was expected.
type SyntaxError struct {
	Offset int    // octets from the start of the outermost input
	Reason string // what was found
}

func (e *SyntaxError) Error() string {
	return "der: " + e.Reason + " at octet " + itoa(e.Offset)
}

func itoa(n int) string {
	if n == 0 {
		return "0"
	}
	var b [20]byte
	i := len(b)
	for ; n > 0; n /= 10 {
		i--
		b[i] = byte('0' + n%10)
	}
	return string(b[i:])
}
