// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ca

import (
	"strconv"

	"podpis/pki/x509"
)

func days(n int) string { return strconv.Itoa(n) + " days" }

func constraints(p Profile) string {
	switch {
	case !p.CA:
		return "MUST NOT be of a CA"
	case p.MaxPathLen < 0:
		return "MUST be of a CA without a limit of the path"
	}
	return "MUST be of a CA with pathLenConstraint " + strconv.Itoa(p.MaxPathLen)
}

func characters(t x509.AttributeType, a ProfileAttribute) string {
	switch {
	case t.Length > 0:
		return "MUST be " + strconv.Itoa(t.Length)
	case a.Max > 0:
		return "MUST NOT be more than " + strconv.Itoa(a.Max)
	}
	return "MUST NOT be more than " + strconv.Itoa(t.Max)
}
