// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package page

import (
	"podpis/internal/server/web/kit"
	"podpis/internal/service/egrip"
	"podpis/wire/egr"
)

// ResultTone is the colour of what comparing a row said, beside its words.
func ResultTone(r egrip.Result) kit.Tone {
	switch r {
	case egrip.Same:
		return kit.OK
	case egrip.Differs:
		return kit.Wax
	case egrip.Absent:
		return kit.Warn
	}
	return kit.Plain
}

// Shown is a value of a row in words.
func Shown(p *kit.Page, field, value string) string {
	switch {
	case value == "":
		return p.T("registry.none")
	case field == "status":
		return p.T("standing." + value)
	case field == "regime":
		return p.T("regime." + value)
	}
	return value
}

// pieces are a value with what differs from the other side marked.
func pieces(p *kit.Page, row egrip.Row, value, other string) []egrip.Piece {
	text := Shown(p, row.Field, value)
	if row.Result != egrip.Differs || value == "" {
		return []egrip.Piece{{Text: text}}
	}
	return egrip.Pieces(text, Shown(p, row.Field, other))
}

// RowName is what a row is called in a register.
func RowName(p *kit.Page, register egr.Register, field string) string {
	if field == "number" || field == "name" {
		return p.T("registry.field." + field + "." + string(register))
	}
	return p.T("registry.field." + field)
}
