// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cms_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"podpis/pki/alg"
	"podpis/pki/der"
)

// TestDigestedData compares the digests of messages that hold nothing but a digest (RFC 5652, 7). The project reads no
// such messages; they are examples of the hashes and of their identifiers.
func TestDigestedData(t *testing.T) {
	t.Parallel()
	done := 0
	for _, name := range []string{"cms-r1323565.1.025.json", "cms-x509-pfx-legacy.json"} {
		var file struct {
			Cases []struct {
				Name, What string
				CMS        hexBytes `json:"cms_der"`
				Content    hexBytes
			}
		}
		load(t, name, &file)
		for _, c := range file.Cases {
			if !strings.Contains(c.Name+c.What, "DigestedData") {
				continue
			}
			done++
			r := der.NewReader(c.CMS)
			info := r.Sequence()
			contentType := info.OID()
			data := info.Enter(der.ContextConstructed(0)).Sequence()
			data.Int()
			identifier := data.Raw(der.TagSequence)
			inner := data.Sequence()
			inner.OID()
			content := inner.Enter(der.ContextConstructed(0)).OctetString()
			digest := data.OctetString()
			data.End()
			h, err := alg.ParseHash(identifier)
			if err := errors.Join(err, r.Close()); err != nil || contentType != "1.2.840.113549.1.7.5" {
				t.Errorf("%s: %s, %v", c.Name, contentType, err)
				continue
			}
			if !bytes.Equal(content, c.Content) || !bytes.Equal(h.Sum(content), digest) {
				t.Errorf("%s: content %x, digest %x, want %x", c.Name, content, h.Sum(content), digest)
			}
		}
	}
	if done != 4 {
		t.Errorf("%d messages", done)
	}
}
