// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package page

import (
	"podpis/internal/server/web/kit"
	"podpis/internal/service/support"
)

// Thread is what was said in a ticket, as pages draw it. What the system says is a key.
func Thread(p *kit.Page, t support.Ticket) []kit.Said {
	list := make([]kit.Said, 0, len(t.Messages))
	for _, m := range t.Messages {
		words := m.Words
		if (t.Origin == "recovery" || m.Side == support.FromSystem) && p.Words.Has(words) {
			words = p.T(words)
		}
		list = append(list, kit.Said{At: m.At, Who: m.Who, Words: words, Own: m.Side == support.FromPerson, Note: m.Side == support.Note})
	}
	return list
}

// TicketTone is the colour of a ticket's state.
func TicketTone(t support.Ticket) kit.Tone {
	switch {
	case t.Late:
		return kit.Wax
	case t.State == support.Waiting:
		return kit.Warn
	case t.State == support.Solved, t.State == support.Closed:
		return kit.OK
	}
	return kit.Info
}

// TurnWords are whose turn, the term and the channel in words.
func TurnWords(p *kit.Page, whose string, until string) (turn, term, channel string) {
	if until != "" {
		term = p.T("turn.until", "Until", until)
	}
	return p.T("turn.of." + whose), term, p.T("turn.channel")
}
