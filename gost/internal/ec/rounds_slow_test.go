// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build slow

package ec

// rounds is how many operands each property sees. Give go test -timeout 60m.
const rounds = 100_000
