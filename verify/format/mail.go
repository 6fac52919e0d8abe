// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package format

import (
	"bytes"
	"strings"

	"podpis/pki/cms"
)

// maxHeader bounds the header of a mail.
const maxHeader = 64 << 10

// signedMail splits a mail of multipart/signed into the part that is signed, with its
// header and in canonical form, and the signature (RFC 1847, 2.1; RFC 8551, 3.5.3).
func signedMail(in []byte) (document, signature []byte, ok bool) {
	head, body, found := cutHeader(in)
	if !found {
		return nil, nil, false
	}
	boundary := signedBoundary(head)
	if boundary == "" {
		return nil, nil, false
	}
	parts := multipart(canonical(body), boundary)
	if len(parts) != 2 {
		return nil, nil, false
	}
	head, packed, found := cutHeader(parts[1])
	if !found || !strings.Contains(strings.ToLower(string(head)), "pkcs7-signature") {
		return nil, nil, false
	}
	return parts[0], cms.Unarmor(packed), true
}

// cutHeader splits at the first empty line, which has to come early and behind
// something like a header.
func cutHeader(in []byte) (head, body []byte, ok bool) {
	early := in[:min(len(in), maxHeader)]
	for _, empty := range []string{"\r\n\r\n", "\n\n"} {
		if at := bytes.Index(early, []byte(empty)); at > 0 {
			head, body = in[:at], in[at+len(empty):]
			return head, body, bytes.IndexByte(head, ':') > 0
		}
	}
	return nil, nil, false
}

// signedBoundary reads the boundary of multipart/signed with S/MIME.
func signedBoundary(head []byte) string {
	text := strings.NewReplacer("\r\n ", " ", "\r\n\t", " ", "\n ", " ", "\n\t", " ").Replace(string(head))
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		low := strings.ToLower(value)
		if !strings.EqualFold(name, "content-type") || !strings.Contains(low, "multipart/signed") || !strings.Contains(low, "pkcs7-signature") {
			continue
		}
		at := strings.Index(low, "boundary=")
		if at < 0 {
			return ""
		}
		value = value[at+len("boundary="):]
		if quoted, ok := strings.CutPrefix(value, `"`); ok {
			value, _, _ = strings.Cut(quoted, `"`)
			return value
		}
		value, _, _ = strings.Cut(value, ";")
		return strings.TrimSpace(value)
	}
	return ""
}

// multipart returns the parts between the boundaries, without the end of line before
// each (RFC 2046, 5.1.1).
func multipart(body []byte, boundary string) (parts [][]byte) {
	delimiter := []byte("\r\n--" + boundary)
	rest := append([]byte("\r\n"), body...)
	at := bytes.Index(rest, delimiter)
	for at >= 0 && len(parts) <= 2 {
		rest = rest[at+len(delimiter):]
		if bytes.HasPrefix(rest, []byte("--")) {
			return parts
		}
		_, after, found := bytes.Cut(rest, []byte("\r\n"))
		next := bytes.Index(rest, delimiter)
		if !found || next < 0 || len(rest)-len(after) > next+2 {
			return nil
		}
		start := len(rest) - len(after)
		parts = append(parts, rest[min(start, next):next])
		at = next
	}
	return nil
}

// canonical ends every line with CR LF (RFC 8551, 3.1.1).
func canonical(in []byte) []byte {
	out := make([]byte, 0, len(in)+len(in)/32)
	for i, c := range in {
		if c == '\n' && (i == 0 || in[i-1] != '\r') {
			out = append(out, '\r')
		}
		out = append(out, c)
	}
	return out
}
