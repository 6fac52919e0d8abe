// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !postgres

package dbtest

import "testing"

// Dialect names the database of this build.
const Dialect = "sqlite"

func postgresSchema(testing.TB) string { return "" }
