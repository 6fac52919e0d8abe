// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package pdf reads the structure of PDF files (ISO 32000-1 and -2) and appends
// incremental updates to them: what the signatures of package pades stand on.
//
// A [Document] is a view of the first octets of a file. [Document.Prefix] is the
// same file as it was when it ended earlier, so that what a signature covers is
// read from the covered octets alone, by construction. Objects are read when
// asked for: cross-reference tables and streams, hybrid files, object streams,
// chains of revisions. A file whose cross-reference is broken is read by a scan,
// and says so ([Document.Recovered]).
//
// Input is hostile: depth, objects, revisions, octets parsed and octets
// decompressed are bounded by the named constants, and a [LimitError] says which
// bound was met. A dictionary with a key twice is refused: which value counts
// would be the reader's choice.
//
// An [Update] appends objects behind a file and never rewrites it.
//
// Left out: drawing, text extraction, decryption (encrypted files are recognised),
// filters other than FlateDecode, files of 10 GB and more.
package pdf

import "strconv"

// Bounds of reading.
const (
	// MaxDepth is how deep arrays and dictionaries may nest, and trees that callers walk.
	MaxDepth = 64
	// MaxObjects is how many entries the cross-reference sections of a file may have.
	MaxObjects = 1 << 20
	// MaxRevisions is how many cross-reference sections may follow one another.
	MaxRevisions = 1024
	// MaxObject is how long one object may be in octets, the data of streams aside.
	MaxObject = 32 << 20
	// MaxDecoded is how many octets all streams of a file may decompress to.
	MaxDecoded = 128 << 20
	// MaxReparse bounds the octets that are parsed: so many times the length of
	// the file and a few MiB. Entries that point into one another meet it.
	MaxReparse = 8

	maxRefs      = 16      // references that point to references
	minWindow    = 4 << 10 // octets read at first for an object
	scanWindow   = 64 << 10
	tailWindow   = 2 << 10 // where startxref is looked for
	headerWindow = 1 << 10 // where %PDF- is looked for
	maxOffset    = 9_999_999_999
)

// Object is one of: nil (null), bool, int64, [Real], [String], [Name], [Array],
// [Dict], *[Stream], [Ref].
type Object any

// Real is a number with a fraction, as it was written.
type Real string

// Name is a name without its slash and with #xx resolved.
type Name string

// String is a literal or hexadecimal string.
type String struct {
	Value []byte
	// Start and End are the offsets of the string with its delimiters in the
	// file; both 0 inside an object stream and in strings that were made.
	Start, End int64
	Hex        bool
	// Irregular says that a hexadecimal string has white space or an odd number of digits.
	Irregular bool
}

// Array is a list of objects.
type Array []Object

// Dict is a dictionary.
type Dict map[Name]Object

// Ref is an indirect reference.
type Ref struct{ Number, Generation int }

// Stream is a dictionary with data, which stays in the file.
type Stream struct {
	Dict  Dict
	start int64  // offset of the data
	data  []byte // of a stream that was made
}

// NewStream makes a stream of data that are encoded as the dictionary says.
func NewStream(d Dict, data []byte) *Stream { return &Stream{Dict: d, data: data} }

// SyntaxError says where the file is malformed and how.
type SyntaxError struct {
	Offset int64
	Reason string
}

func (e *SyntaxError) Error() string {
	return "pdf: " + e.Reason + " at " + strconv.FormatInt(e.Offset, 10)
}

// LimitError says which bound of this package a file has met.
type LimitError struct{ What string }

func (e *LimitError) Error() string { return "pdf: too many or too large: " + e.What }

// Number returns an integer or real as a float.
func Number(o Object) (float64, bool) {
	switch v := o.(type) {
	case int64:
		return float64(v), true
	case Real:
		f, err := strconv.ParseFloat(string(v), 64)
		return f, err == nil
	}
	return 0, false
}
