// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package bench has no code but the comparison of the judge with its peers, which
// `make bench` runs: a loop over OpenSSL's library with the GOST engine, and one over
// BouncyCastle, each judging the same signature with path and revocation lists.
// The test carries the tag peerbench.
package bench
