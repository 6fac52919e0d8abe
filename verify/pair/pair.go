// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package pair finds out which of the files that a person hands in is the signature,
// so that nobody is asked. The server and the browser ask it alike.
//
// It leaves out what the signature is worth: that is package verify's.
package pair

import (
	"bytes"
	"strings"

	"podpis/verify/format"
)

// Rank says how much a file looks like the signature of a pair, 0: not at all. A file
// too large to be a signature has no content here.
func Rank(name string, content []byte) int {
	if content == nil {
		return 0
	}
	rank := 0
	var f format.File
	if len(content) <= large || binary(content) {
		f = format.Of(content)
	}
	switch {
	case f.Kind == format.Signature && f.Message != nil && f.Message.Detached:
		rank = 5
	case f.Kind == format.Signature, f.Kind == format.Timestamp:
		rank = 4
	case f.Form == format.XML && bareSignature(content):
		rank = 3
	}
	for _, end := range []string{".sig", ".p7s", ".sgn", ".p7m"} {
		if strings.HasSuffix(strings.ToLower(name), end) {
			return rank + 1
		}
	}
	return rank
}

// large is above what a signature in text takes: whether a document of that size is
// base64 is not worth reading it. Its name then tells.
const large = 1 << 20

// binary tells DER and BER by their first octet.
func binary(content []byte) bool { return content[0] == 0x30 }

// bareSignature tells an XML signature that stands alone, over a document beside it: its
// root element is Signature (XML Signature 1.1, 4).
func bareSignature(content []byte) bool {
	rest := content
	for {
		at := bytes.IndexByte(rest, '<')
		if at < 0 || at+1 >= len(rest) {
			return false
		}
		rest = rest[at+1:]
		if rest[0] != '?' && rest[0] != '!' { // neither declaration nor comment
			break
		}
		end := []byte{'>'}
		if bytes.HasPrefix(rest, []byte("!--")) {
			end = []byte("-->")
		}
		if at = bytes.Index(rest, end); at < 0 {
			return false
		}
		rest = rest[at+len(end):]
	}
	name := rest[:min(len(rest), 128)]
	if at := bytes.IndexAny(name, " \t\r\n/>"); at >= 0 {
		name = name[:at]
	}
	return string(name[bytes.LastIndexByte(name, ':')+1:]) == "Signature"
}

// Order returns the place of the signature and that of the document among at most two
// files, -1 when there is none: of one file nothing is known before it is judged.
func Order(ranks []int) (signature, document int) {
	switch {
	case len(ranks) == 1:
		return 0, -1
	case len(ranks) != 2 || ranks[0] == 0 && ranks[1] == 0:
		return -1, -1
	case ranks[1] > ranks[0]:
		return 1, 0
	}
	return 0, 1
}
