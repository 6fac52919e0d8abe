// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package public

import (
	"net/http"
	"time"

	"podpis/internal/server/web/kit"
	"podpis/internal/service/people"
)

// Power tells where a power of attorney that was made here stands: its file names this address.
func (s *Site) Power(w http.ResponseWriter, r *http.Request) error {
	power, err := s.People.PublicPower(r.Context(), r.PathValue("guid"))
	if err != nil {
		return err
	}
	p := s.New(r, "people.public.title", "")
	return s.Show(w, r, p, publicPower(powerFacts(p, power)))
}

func powerFacts(p *kit.Page, power people.Power) []kit.Fact {
	state := p.T("people.public.given")
	switch {
	case power.State == people.Revoked:
		state = p.T("people.public.revoked") + " " + p.Words.DateTime(power.ChangedAt)
	case !p.Now.Before(power.Until):
		state = p.T("people.public.over")
	}
	last := power.Until.Add(-time.Second) // until is the end of the last day
	return []kit.Fact{
		{Name: p.T("people.public.number"), Value: power.GUID},
		{Name: p.T("people.public.state"), Value: state},
		{Name: p.T("people.public.term"), Value: p.T("people.public.days", "From", p.Words.Date(power.From), "Until", p.Words.Date(last))},
	}
}
