// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package judge

import "os"

// lock does nothing where files cannot be taken.
func lock(*os.File) error { return nil }
