// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package path

import (
	"errors"
	"strconv"

	"podpis/pki/alg"
)

// Reason is a stable code of why a path or a list was refused.
type Reason string

// Why a certificate of a path was refused; beside each the clause of RFC 5280.
const (
	ReasonSignature          Reason = "signature"           // 6.1.3 (a)(1): does not verify
	ReasonAlgorithm          Reason = "algorithm"           // 6.1.3 (a)(1): cannot be verified
	ReasonNotYetValid        Reason = "not-yet-valid"       // 6.1.3 (a)(2)
	ReasonExpired            Reason = "expired"             // 6.1.3 (a)(2)
	ReasonIssuerName         Reason = "issuer-name"         // 6.1.3 (a)(4)
	ReasonNameNotPermitted   Reason = "name-not-permitted"  // 6.1.3 (b)
	ReasonNameExcluded       Reason = "name-excluded"       // 6.1.3 (c)
	ReasonNameForm           Reason = "name-form"           // 4.2.1.10: constrained and not understood
	ReasonPolicy             Reason = "policy"              // 6.1.3 (f), 6.1.5 (g)
	ReasonPolicyMapping      Reason = "policy-mapping"      // 6.1.4 (a)
	ReasonVersion            Reason = "version"             // 6.1.4 (k): an authority of version 1 or 2
	ReasonNotCA              Reason = "not-ca"              // 6.1.4 (k)
	ReasonPathLength         Reason = "path-length"         // 6.1.4 (l)
	ReasonKeyUsage           Reason = "key-usage"           // 6.1.4 (n)
	ReasonCriticalExtension  Reason = "critical-extension"  // 6.1.4 (o), 6.1.5 (f)
	ReasonMalformedExtension Reason = "malformed-extension" // 4.2.1
	ReasonNotAccepted        Reason = "not-accepted"        // by the caller
	ReasonBound              Reason = "bound"               // of this package or of the caller
	ReasonEmpty              Reason = "empty"               // a path without certificates
	ReasonNoPath             Reason = "no-path"             // no candidate leads to an anchor
	ReasonUntrusted          Reason = "untrusted"           // the paths end at other roots
)

// errSpent is the cause of ReasonBound when the caller allows no more work.
var errSpent = errors.New("path: no more signature checks are allowed")

// Error says which certificate was refused and why.
type Error struct {
	Index  int // place in the path, leaf 0; the length of the path for the anchor
	Reason Reason
	Clause string // such as "RFC 5280, 6.1.4 (n)"
	Err    error  // cause, if there is one
}

func (e *Error) Error() string {
	text := "path: certificate " + strconv.Itoa(e.Index) + ": " + string(e.Reason)
	if e.Clause != "" {
		text += " (" + e.Clause + ")"
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// clause names where a reason stands in the standard.
func (r Reason) clause() string {
	switch r {
	case ReasonSignature, ReasonAlgorithm:
		return "RFC 5280, 6.1.3 (a)(1)"
	case ReasonNotYetValid, ReasonExpired:
		return "RFC 5280, 6.1.3 (a)(2)"
	case ReasonIssuerName:
		return "RFC 5280, 6.1.3 (a)(4)"
	case ReasonNameNotPermitted:
		return "RFC 5280, 6.1.3 (b)"
	case ReasonNameExcluded:
		return "RFC 5280, 6.1.3 (c)"
	case ReasonNameForm:
		return "RFC 5280, 4.2.1.10"
	case ReasonPolicy:
		return "RFC 5280, 6.1.3 (f)"
	case ReasonPolicyMapping:
		return "RFC 5280, 6.1.4 (a)"
	case ReasonVersion, ReasonNotCA:
		return "RFC 5280, 6.1.4 (k)"
	case ReasonPathLength:
		return "RFC 5280, 6.1.4 (l)"
	case ReasonKeyUsage:
		return "RFC 5280, 6.1.4 (n)"
	case ReasonCriticalExtension:
		return "RFC 5280, 6.1.4 (o)"
	case ReasonMalformedExtension:
		return "RFC 5280, 4.2.1"
	}
	return ""
}

func refuse(index int, r Reason, cause error) *Error {
	return &Error{Index: index, Reason: r, Clause: r.clause(), Err: cause}
}

// signatureReason sorts the answers of a signature check.
func signatureReason(err error) Reason {
	switch {
	case errors.Is(err, errSpent):
		return ReasonBound
	case errors.Is(err, alg.ErrUnsupported):
		return ReasonAlgorithm
	}
	return ReasonSignature
}
