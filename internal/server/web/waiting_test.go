// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/locale"
	"podpis/internal/service/auth/contact"
	"podpis/internal/service/connection"
	"podpis/internal/service/consult"
	"podpis/internal/service/egrip"
	"podpis/internal/service/people"
	"podpis/internal/service/ra"
	"podpis/internal/service/recovery"
	"podpis/internal/service/support"
)

// TestEveryWaitingStateIsTold: each state in which somebody waits names whose turn it is, the term and
// the channel in three languages, from the tables of states themselves: a new state without words
// fails. Steps that a person fills in on the page have no channel: they are in front of them.
func TestEveryWaitingStateIsTold(t *testing.T) {
	t.Parallel()
	bundle, err := locale.Load(time.UTC)
	must(t, err)
	own := []ra.State{ra.Draft, ra.Corrections} // the person's own, on the page that says what to do
	states := map[string][]string{}
	for _, state := range slices.Sorted(maps.Keys(ra.Moves())) {
		name := "application " + string(state)
		switch {
		case slices.Contains(own, state):
			states[name] = []string{"state." + string(state), "turn." + string(state)}
		case state == ra.Checking:
			states[name] = []string{"turn.checking", "course.until", "course.close"}
		default:
			states[name] = []string{"turn." + string(state), "wait." + string(state)}
		}
	}
	for state := range egrip.RequestMoves() {
		states["role "+string(state)] = []string{"roles.turn." + string(state)}
	}
	for state, turn := range support.Turns() {
		states["ticket "+string(state)] = []string{"turn.of." + turn.Whose, "turn.until", "turn.channel"}
	}
	mine := []string{"invitation late", "power draft"} // one's own too: the page has the button
	for _, state := range []people.MemberState{people.Invited, "late"} {
		states["invitation "+string(state)] = []string{"people.wait." + string(state)}
	}
	states["power draft"] = []string{"people.power.step"}
	states["identity checking"] = []string{"proof.turn.checking"}
	states["identity checking at home"] = []string{"task.identity.checking"}
	states["closing"] = []string{"privacy.close.waits"}
	for step, turn := range recovery.Turns() {
		states["recovery "+string(step)] = []string{"turn.of." + turn.Whose, "turn.until", "turn.channel"}
	}
	for state, turn := range contact.Turns() {
		states["contact "+string(state)] = []string{"turn.of." + turn.Whose, "turn.until", "turn.channel"}
	}
	for state := range connection.Moves() {
		states["connection "+string(state)] = []string{"turn.of.operator", "turn.until", "connect.channel"}
	}
	for state := range consult.Moves() {
		states["consult "+string(state)] = map[consult.State][]string{
			consult.Waiting: {"consult.turn.waiting", "consult.waits"}, consult.Offered: {"turn.of.yours", "turn.until", "turn.channel"},
		}[state]
	}
	states["offer for staff"] = []string{"replacement.waits"}
	states["approval waiting"] = []string{"turn.of.yours", "turn.until", "approve.wait.channel"}
	whose := regexp.MustCompile(`(?i)ход[ :.]|кезе[гк]|turn|your move`)
	for _, language := range []string{"ru", "kk", "en"} {
		words := bundle.For(language)
		for state, keys := range states {
			text := ""
			for _, key := range keys {
				if !words.Has(key) {
					t.Errorf("%s: %s has no words in %s", state, key, language)
				}
				text += words.T(key, map[string]any{"Time": "25.12.2026", "Until": "25.12.2026", "Due": "25.12.2026"}) + " "
			}
			if !whose.MatchString(text) {
				t.Errorf("%s: nobody's turn in %s: %q", state, language, text)
			}
			if slices.Contains(mine, state) || slices.ContainsFunc(own, func(s ra.State) bool { return state == "application "+string(s) }) {
				continue
			}
			told := regexp.MustCompile(`(?i)смс|почт|письм|пошта|хат|sms|mail|letter|на ваше устройство|құрылғыңызға|to your device`).MatchString(text)
			term := strings.Contains(text, "25.12.2026") || regexp.MustCompile(`(?i)срока нет|минут|мерзімі жоқ|no term|minutes`).MatchString(text)
			if !told || !term {
				t.Errorf("%s in %s: channel %v, term %v: %q", state, language, told, term, text)
			}
		}
	}
	if len(states) < 20 {
		t.Errorf("only %d states", len(states))
	}
}
