// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package people

import (
	"context"
	"slices"

	"podpis/internal/service/egrip"
	"podpis/internal/service/identity"
	"podpis/wire/egr"
	"podpis/wire/mchd"
)

// heads asks what the register last said of a principal.
func (s *Service) heads(ctx context.Context, kind identity.Kind, by mchd.Party) Check {
	c := Check{Name: "head", Answer: Unknown, Why: "people.check.head.unknown"}
	register, ok := egrip.RegisterOf(kind)
	if !ok || by.OGRN == "" {
		return c
	}
	e, err := s.registers.Current(ctx, register, by.OGRN)
	if err != nil {
		return c
	}
	c.Values = map[string]any{"Date": e.AsOf}
	switch e.Group() {
	case egrip.Unknown:
		return c
	case egrip.Missing:
		return Check{Name: "head", Answer: No, Why: "people.check.head.missing"}
	case egrip.Ceased:
		return Check{Name: "head", Answer: No, Why: "people.check.head.ceased", Values: c.Values}
	}
	if kind == identity.Entrepreneur {
		if e.Record.INN != by.INN {
			return Check{Name: "head", Answer: No, Why: "people.check.head.other", Values: c.Values}
		}
		return Check{Name: "head", Answer: Yes, Why: "people.check.head.good", Values: c.Values}
	}
	named := func(person mchd.Person) bool {
		return slices.ContainsFunc(e.Record.Heads, func(h egr.Head) bool { return h.INN != "" && h.INN == person.INN })
	}
	for _, h := range by.Heads {
		if slices.ContainsFunc(h.Persons, named) {
			return Check{Name: "head", Answer: Yes, Why: "people.check.head.good", Values: c.Values}
		}
	}
	return Check{Name: "head", Answer: No, Why: "people.check.head.other", Values: c.Values}
}
