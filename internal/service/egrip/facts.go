// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package egrip

import (
	"strings"

	"podpis/wire/egr"
)

// Fact is a line of what a register says; its name is registry.field.<Key>.
type Fact struct {
	Key, Value string
	Mono, Copy bool // a number
}

// Facts are what a record says, in the order of pages, empty lines left out.
func Facts(r *egr.Record) []Fact {
	heads := make([]string, 0, len(r.Heads))
	for _, h := range r.Heads {
		heads = append(heads, strings.TrimSuffix(h.Name.String()+", "+h.Position, ", "))
	}
	register := string(r.Register)
	list := []Fact{
		{Key: "name." + register, Value: r.Title()},
		{Key: "full_name", Value: r.FullName},
		{Key: "number." + register, Value: r.Number, Mono: true, Copy: true},
		{Key: "inn", Value: r.INN, Mono: true, Copy: true},
		{Key: "kpp", Value: r.KPP, Mono: true, Copy: true},
		{Key: "registered", Value: dayOf(r.Registered)},
		{Key: "activity", Value: strings.TrimSpace(r.Main.Code + " " + r.Main.Name)},
		{Key: "address", Value: r.Address.String()},
		{Key: "head", Value: strings.Join(heads, "; ")},
		{Key: "tax_office", Value: strings.TrimSpace(r.TaxOffice.Code + " " + r.TaxOffice.Name)},
		{Key: "last_entry", Value: r.LastEntry, Mono: true, Copy: true},
	}
	if c := r.Ceased; c != nil {
		list = append(list, Fact{Key: "ceased", Value: strings.TrimSpace(dayOf(c.Date) + " " + c.Name)})
	}
	kept := list[:0]
	for _, f := range list {
		if f.Value != "" {
			kept = append(kept, f)
		}
	}
	return kept
}

// dayOf is a date of the register as Russian documents write it; empty when it is none.
func dayOf(s string) string {
	if len(s) != len("2006-01-02") {
		return ""
	}
	return s[8:] + "." + s[5:7] + "." + s[:4]
}
