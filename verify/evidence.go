// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import "podpis/verify/evidence"

// What brings evidence has a package of its own; callers know it by these names.
type (
	// Evidence is a source of certificates and revocation data.
	Evidence = evidence.Source
	// RevocationData is a list or an answer.
	RevocationData = evidence.Data
	// Pool is evidence at hand.
	Pool = evidence.Pool
	// Recorder remembers what sources bring.
	Recorder = evidence.Recorder
)

// sources asks several in turn.
type sources []Evidence
