// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package locale_test

import (
	"testing"
	"time"

	"podpis/internal/platform/locale"
	"podpis/internal/platform/notify"
	"podpis/internal/platform/problem"
	"podpis/internal/service/auth"
	"podpis/internal/service/ca"
	"podpis/internal/service/factor"
	"podpis/internal/service/identity"
	"podpis/internal/service/ra"
	"podpis/pki/x509"
	"podpis/verify"
	"podpis/verify/reasons"
)

// texts turns the values of a type into the ends of keys.
func texts[S ~string](values ...S) []string {
	list := make([]string, 0, len(values))
	for _, v := range values {
		list = append(list, string(v))
	}
	return list
}

// TestBuiltKeysExist: keys that are put together at run time exist for every value the
// code can put there.
func TestBuiltKeysExist(t *testing.T) {
	t.Parallel()
	b, err := locale.Load(time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	states := map[ra.State]bool{}
	moves := map[ra.Move]bool{}
	for from, table := range ra.Moves() {
		states[from] = true
		for move, to := range table {
			moves[move], states[to] = true, true
		}
	}
	var allStates, allMoves, kinds, why []string
	for s := range states {
		allStates = append(allStates, string(s))
	}
	for m := range moves {
		allMoves = append(allMoves, string(m))
	}
	for k := problem.Internal; k <= problem.Unavailable; k++ {
		kinds = append(kinds, k.String())
	}
	for r := x509.ReasonUnspecified; r <= x509.ReasonAACompromise; r++ {
		// removeFromCRL is for delta lists, which nobody shows.
		if r.Valid() && r != x509.ReasonRemoveFromCRL {
			why = append(why, r.String())
		}
	}
	if len(allStates) != 10 || len(allMoves) != 13 {
		t.Errorf("%d states and %d moves: the table has others", len(allStates), len(allMoves))
	}
	words := b.For("ru")
	check := func(begin, end string, values []string) {
		for _, v := range values {
			if !words.Has(begin + v + end) {
				t.Errorf("no text for %s", begin+v+end)
			}
		}
	}
	check("state.", "", allStates)
	check("turn.", "", allStates)
	check("ra.state.", "", allStates)
	check("course.", "", allMoves)
	check("error.title.", "", kinds)
	check("reason.", "", why)
	check("kind.", "", texts(identity.Individual, identity.Entrepreneur, identity.Organisation))
	check("purpose.", "", ra.Purposes())
	check("check.tick.", "", ra.CheckTicks())
	for _, k := range []identity.Kind{identity.Individual, identity.Entrepreneur, identity.Organisation} {
		check("file.", "", ra.FilePurposes(k))
		check("ra.file.missing.", "", ra.FilePurposes(k))
	}
	check("ca.role.", "", texts(ca.Root, ca.Issuing, ca.Responder, ca.Stamping, ca.Auditing))
	check("sms.code.", "", texts(auth.ForSignup, auth.ForLogin, auth.ForStaff, auth.ForIssue, auth.ForApply, auth.ForSecond, auth.ForRecover, auth.ForContact, auth.ForGuest))
	check("factor.kind.", "", texts(append(factor.Kinds(), auth.Recovery)...))
	check("factor.kind.", ".text", texts(factor.Kinds()...))
	check("factor.taken.", "", texts(factor.Kinds()...))
	for _, part := range []string{".subject", ".body", ".sms", ".link"} {
		check("notice.security.", part, []string{"login", "password", "linked", "unlinked"})
		check("notice.security.factor.", part, []string{factor.Added, factor.Removed, factor.CodesMade, factor.CodeUsed})
	}
	check("journal.action.factor.", "", []string{factor.Added, factor.Removed, factor.CodesMade, factor.CodeUsed})
	notes := []notify.Class{notify.Security, notify.Case, notify.Reminder, notify.Receipt, notify.Demand, notify.News, "test", "approve"}
	check("push.note.", "", texts(notes...))
	check("push.note.", ".text", texts(notes...))
	check("journal.action.approve.", "", []string{"ask", "yes", "no", "wrong", "used"})
	check("journal.action.push.", "", []string{"add", "drop", "test", "left", "gone"})
	check("session.method.", "", texts(auth.BySignup, auth.ByPassword, auth.ByPhone, auth.ByCertificate, auth.ByPasskey))
	check("verdict.", "", texts(reasons.TotalPassed, reasons.TotalFailed, reasons.Indeterminate))
	check("answer.", "", texts(verify.Yes, verify.No, verify.Unknown))
	for _, notice := range []string{"approved", "returned", "refused", "issued", "prepared", "lapsed", "superseded"} {
		for _, part := range []string{".subject", ".body", ".sms"} {
			check("notice.application.", part, []string{notice})
		}
	}
}
