// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !slow

package ec

// rounds is how many operands each property sees; with the tag slow it is a million.
const rounds = 4_000
