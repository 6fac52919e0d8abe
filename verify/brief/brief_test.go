// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package brief_test

import (
	"encoding/json"
	"strings"
	"testing"

	"podpis/verify"
	"podpis/verify/brief"
)

// What it rests on goes, at every depth; the verdict, the words and the shape stay, and the report itself is not touched.
func TestOf(t *testing.T) {
	t.Parallel()
	full := verify.Signature{
		ID: "1", Level: "CAdES-T", Chain: []verify.Link{{Role: "signer"}}, Timestamps: []verify.Timestamp{{Type: "signature"}},
		Revocation: []verify.Status{{Type: "crl"}}, Warnings: []verify.Warning{{Text: "mind"}},
	}
	outer := full
	outer.CounterSignatures = []verify.Signature{full}
	r := &verify.Report{
		File: "a", Signatures: []verify.Signature{outer},
		Certificates: []verify.CertificateReport{{Chain: full.Chain, Revocation: full.Revocation}},
	}
	before, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	short, err := json.Marshal(brief.Of(r))
	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range []string{`"role"`, `"type"`} {
		if strings.Contains(string(short), gone) {
			t.Errorf("%s is still there: %s", gone, short)
		}
	}
	if strings.Count(string(short), `"chain":[]`) != 3 || strings.Count(string(short), "mind") != 2 || strings.Count(string(short), "CAdES-T") != 2 {
		t.Errorf("%s", short)
	}
	if after, err := json.Marshal(r); err != nil || string(after) != string(before) {
		t.Errorf("the report changed: %v", err)
	}
}
