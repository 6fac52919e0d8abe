// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"strings"

	"podpis/internal/server/web/kit"
	"podpis/internal/service/identity"
	"podpis/wire/egr"
)

// typedOr prefers what was typed and refused.
func typedOr(typed map[string]string, name, kept string) string {
	if v, ok := typed[name]; ok {
		return v
	}
	return kept
}

// recordFacts are what the register says, empty rows left out.
func recordFacts(p *kit.Page, v registryView) []kit.Fact {
	r := v.Entry.Record
	heads := make([]string, 0, len(r.Heads))
	for _, h := range r.Heads {
		heads = append(heads, strings.TrimSuffix(h.Name.String()+", "+h.Position, ", "))
	}
	rows := []kit.Fact{
		{Name: p.T("registry.field.name." + string(v.Register)), Value: r.Title()},
		{Name: p.T("registry.field.full_name"), Value: r.FullName},
		{Name: p.T("registry.field.number." + string(v.Register)), Value: r.Number, Copy: true, Mono: true},
		{Name: p.T("registry.field.inn"), Value: r.INN, Copy: true, Mono: true},
		{Name: p.T("registry.field.kpp"), Value: r.KPP, Copy: true, Mono: true},
		{Name: p.T("registry.field.registered"), Value: dayOf(r.Registered)},
		{Name: p.T("registry.field.activity"), Value: strings.TrimSpace(r.Main.Code + " " + r.Main.Name)},
		{Name: p.T("registry.field.address"), Value: r.Address.String()},
		{Name: p.T("registry.field.head"), Value: strings.Join(heads, "; ")},
		{Name: p.T("registry.field.tax_office"), Value: strings.TrimSpace(r.TaxOffice.Code + " " + r.TaxOffice.Name)},
		{Name: p.T("registry.field.last_entry"), Value: r.LastEntry, Mono: true, Copy: true},
	}
	if c := r.Ceased; c != nil {
		rows = append(rows, kit.Fact{Name: p.T("registry.field.ceased"), Value: strings.TrimSpace(dayOf(c.Date) + " " + c.Name)})
	}
	for _, st := range r.Statuses {
		rows = append(rows, kit.Fact{Name: p.T("standing.note"), Value: strings.TrimSpace(dayOf(st.Date) + " " + st.Name)})
	}
	kept := rows[:0]
	for _, f := range rows {
		if f.Value != "" {
			kept = append(kept, f)
		}
	}
	return kept
}

func licenceFacts(p *kit.Page, l egr.Licence) []kit.Fact {
	rows := []kit.Fact{
		{Name: p.T("registry.licence"), Value: l.Number, Copy: true, Mono: true}, {Name: p.T("registry.licence.kinds"), Value: strings.Join(l.Kinds, "; ")},
		{Name: p.T("registry.licence.until"), Value: dayOf(l.Until)}, {Name: p.T("registry.licence.issuer"), Value: l.Issuer},
	}
	if l.Suspended != "" { // the word is said of licences only (ODD-03)
		rows = append(rows, kit.Fact{Name: p.T("registry.licence.suspended"), Value: dayOf(l.Suspended)})
	}
	return rows
}

// dayOf is a date of the register as Russian documents write it.
func dayOf(s string) string {
	if len(s) != 10 {
		return ""
	}
	d, ok := identity.ParseDate(s[8:], s[5:7], s[:4])
	if !ok {
		return ""
	}
	return d.String()
}
