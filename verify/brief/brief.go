// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package brief shortens a judgement to what a person or a program acts upon: the simple report of command line and API.
package brief

import (
	"slices"

	"podpis/verify"
)

// Of is a report without what it rests on: paths, stamps one by one, revocation data. The lists are empty, not missing:
// whoever reads one reads the other.
func Of(r *verify.Report) *verify.Report {
	out := *r
	out.Signatures = signatures(r.Signatures)
	out.Certificates = slices.Clone(r.Certificates)
	for i := range out.Certificates {
		out.Certificates[i].Chain, out.Certificates[i].Revocation = []verify.Link{}, []verify.Status{}
	}
	return &out
}

func signatures(list []verify.Signature) []verify.Signature {
	out := slices.Clone(list)
	for i := range out {
		out[i].Chain, out[i].Timestamps, out[i].Revocation = []verify.Link{}, []verify.Timestamp{}, []verify.Status{}
		out[i].CounterSignatures = signatures(out[i].CounterSignatures)
	}
	return out
}
