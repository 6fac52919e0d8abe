// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !slow

package ec

// rounds is how many operands each property sees; with the tag slow it is a hundred thousand, tens of millions of operations.
const rounds = 800
