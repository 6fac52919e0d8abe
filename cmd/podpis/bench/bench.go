// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package bench measures the program as a whole, beside openssl in the same run: its tests print the table, under the tag
// peerbench. The judge itself is measured in verify/internal/bench.
package bench
