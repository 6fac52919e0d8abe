// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package mchd

import "time"

// Problem is something that the format allows and that keeps a power from counting.
type Problem string

// The problems of a power by itself. Whether its signature is that of the principal, whether the
// head is the head and whether it was revoked, is asked elsewhere.
const (
	NoPrincipal       Problem = "no-principal"      // the one who gives the power is not stated
	NoRepresentative  Problem = "no-representative" // or the one who gets it
	PrincipalNoINN    Problem = "principal-no-inn"  // a power is found by it (and the number) in the registry
	RepresentativeINN Problem = "representative-no-inn"
	NoHead            Problem = "no-head"      // nobody is stated who acts for the organisation
	NoPowers          Problem = "no-powers"    // neither text nor codes
	DaysReversed      Problem = "days"         // it ends before it begins
	NotYet            Problem = "not-yet"      // its first day has not come
	Ended             Problem = "ended"        // its last day is over
	Outlives          Problem = "outlives"     // a transfer ends after the power behind it (ГК РФ, 187)
	NotNumbered       Problem = "not-numbered" // the number of a transfer's first power is not stated
)

// Problems are those of the power on a day, the gravest first.
func (p *Power) Problems(on time.Time) (list []Problem) {
	add := func(when bool, what Problem) {
		if when {
			list = append(list, what)
		}
	}
	add(len(p.Principals) == 0, NoPrincipal)
	add(len(p.Representatives) == 0, NoRepresentative)
	for _, by := range p.Principals {
		add(by.Kind == Organisation && len(by.Heads) == 0, NoHead)
		add(by.INN == "" && by.Kind != Foreign, PrincipalNoINN)
	}
	for _, to := range p.Representatives {
		add(to.INN == "" && to.Kind != Foreign, RepresentativeINN)
	}
	add(p.Text == "" && len(p.Entries) == 0, NoPowers)
	add(p.ValidTill.Before(p.IssuedOn), DaysReversed)
	add(on.Before(p.IssuedOn), NotYet)
	add(!on.Before(p.ValidTill.AddDate(0, 0, 1)), Ended)
	if p.First != nil {
		add(p.ValidTill.After(p.First.ValidTill) || p.Before != nil && p.ValidTill.After(p.Before.ValidTill), Outlives)
		add(p.First.Number == "" && p.First.InternalNumber == "", NotNumbered)
	}
	return list
}

// Covers reports whether one of the entries has the code of a power.
func (p *Power) Covers(code string) bool {
	for _, e := range p.Entries {
		if e.Code == code {
			return true
		}
	}
	return false
}
