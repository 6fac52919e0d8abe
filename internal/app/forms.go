// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package app

import (
	"podpis/internal/platform/policy"
	"podpis/internal/service/draft"
)

// drafts makes what keeps what is typed until it is sent.
func (a *App) drafts(policies *policy.Book) *draft.Service {
	s := draft.New(a.db, a.ring, policies)
	s.Work(a.runner)
	return s
}
