// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package cabinet

import (
	"strings"

	"podpis/internal/server/web/kit"
	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
)

// typedOr prefers what was typed and refused.
func typedOr(typed map[string]string, name, kept string) string {
	if v, ok := typed[name]; ok {
		return v
	}
	return kept
}

// statedAbroad is what the certificate of a head of Kazakhstan said of the organisation.
func statedAbroad(p *kit.Page, role identity.Profile) []kit.Fact {
	list := []kit.Fact{
		{Name: p.T("registry.field.name.egrul"), Value: role.Title},
		{Name: p.T("field.bin"), Value: role.RegisterNumber, Mono: true, Copy: true},
	}
	if role.Company.Position != "" {
		list = append(list, kit.Fact{Name: p.T("abroad.position"), Value: role.Company.Position})
	}
	return list
}

// recordFacts are what the register says, empty rows left out.
func recordFacts(p *kit.Page, v registryView) []kit.Fact {
	r := v.Entry.Record
	list := egrip.Facts(r)
	rows := make([]kit.Fact, 0, len(list)+len(r.Statuses))
	for _, f := range list {
		rows = append(rows, kit.Fact{Name: p.T("registry.field." + f.Key), Value: f.Value, Mono: f.Mono, Copy: f.Copy})
	}
	for _, st := range r.Statuses {
		rows = append(rows, kit.Fact{Name: p.T("standing.note"), Value: strings.TrimSpace(dayOf(st.Date) + " " + st.Name)})
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
