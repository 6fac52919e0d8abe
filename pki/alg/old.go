// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !js || judge

package alg

import (
	"hash"

	"podpis/gost/old/gost28147"
	"podpis/gost/old/gost94"
)

// oldKeys says that GOST R 34.10-2001 and GOST R 34.11-94 are compiled in.
const oldKeys = true

// oldHash is GOST R 34.11-94 as RFC 4490, 2.1 and RFC 4491, 2.1 use it.
func oldHash() hashInfo {
	return hashInfo{"gost94", "1.2.643.2.2.9", gost94.Size, func() hash.Hash { return gost94.New(gost28147.HashCryptoPro()) }}
}

// oldHashKZ is GOST 34.311-95 as the national authority of Kazakhstan uses it.
func oldHashKZ() hashInfo {
	return hashInfo{"gost34311", "1.2.398.3.10.1.3.1", gost94.Size, func() hash.Hash { return gost94.New(gost28147.HashTest()) }}
}
