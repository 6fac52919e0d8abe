// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package constanttime has no code but a test: that the hash and the ciphers for secrets run the same instructions and
// touch the same addresses whatever the secret is. It follows each access to memory under valgrind, which sees what
// counts of instructions cannot: a table index. The test carries the tag valgrind.
package constanttime
