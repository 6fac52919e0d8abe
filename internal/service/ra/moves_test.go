// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package ra_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/jobs"
	"podpis/internal/platform/problem"
	"podpis/internal/service/ca"
	"podpis/internal/service/ra"
	"podpis/pki/x509"
)

// states in the order of an application's life.
func states() []ra.State {
	return []ra.State{ra.Prepared, ra.Draft, ra.Checking, ra.Corrections, ra.Approved, ra.Issuing, ra.Ready, ra.Done, ra.Refused, ra.Withdrawn}
}

// do makes a move by the method that people or services call.
func (d *desk) do(m ra.Move, id string) error {
	d.Clock.Pass(time.Millisecond) // the timeline is in the order of time
	switch m {
	case ra.Submit:
		if s := d.get(d.anna, id).State; s == ra.Draft || s == ra.Corrections {
			return d.submit(d.anna, id)
		}
		return d.Submit(ctx, d.anna, id, "000000")
	case ra.Take:
		return d.TakePrepared(ctx, d.anna, id)
	case ra.Lapse:
		return d.lapse(id)
	case ra.Approve:
		return d.approve(id)
	case ra.Return:
		return d.ReturnForCorrection(ctx, d.op, id, []ra.Mark{{Field: "person", Words: "Отчество как в паспорте"}})
	case ra.Refuse:
		return d.RefuseApplication(ctx, d.op, id, "Паспорт недействителен")
	case ra.Withdraw:
		return d.Withdraw(ctx, d.anna, id)
	case ra.Correct:
		return d.MendApproved(ctx, d.anna, id)
	case ra.Install:
		return d.install(id)
	}
	return d.doOrdered(m, id)
}

// doOrdered makes the moves between the order and the certificate.
func (d *desk) doOrdered(m ra.Move, id string) error {
	state := d.get(d.anna, id).State
	switch m {
	case ra.Order:
		if state == ra.Approved {
			return d.orderOnly(id)
		}
		return d.order(d.anna, id)
	case ra.Issue:
		if state == ra.Issuing {
			return d.order(d.anna, id) // the same order again
		}
		d.tell(ca.CertificateIssued{Serial: "01", OrderKey: d.orderKey(id)})
	case ra.Fail:
		d.tell(ca.CertificateAbandoned{Serial: "01", OrderKey: d.orderKey(id)})
	}
	return nil
}

// orderKey is the key of the order of an application, or of one there could be.
func (d *desk) orderKey(id string) string {
	d.t.Helper()
	raw := d.requests[id]
	if raw == nil {
		return id + "/0102"
	}
	req, err := x509.ParseRequest(raw)
	d.must(err)
	return fmt.Sprintf("%s/%x", id, x509.KeyID(req.PublicKey))
}

// tell publishes an event of the authority and lets it be heard.
func (d *desk) tell(e jobs.Event) {
	d.t.Helper()
	d.Write(func(ctx context.Context, tx *db.Tx) error { return jobs.Publish(ctx, tx, e) })
	d.Deliver()
}

// arrive makes an application that stands in a state, by the shortest way.
func (d *desk) arrive(s ra.State) string {
	d.t.Helper()
	ways := map[ra.State][]ra.Move{
		ra.Draft: nil, ra.Checking: {ra.Submit}, ra.Corrections: {ra.Submit, ra.Return}, ra.Approved: {ra.Submit, ra.Approve},
		ra.Issuing: {ra.Submit, ra.Approve, ra.Order}, ra.Ready: {ra.Submit, ra.Approve, ra.Order, ra.Issue},
		ra.Done:    {ra.Submit, ra.Approve, ra.Order, ra.Issue, ra.Install},
		ra.Refused: {ra.Submit, ra.Refuse}, ra.Withdrawn: {ra.Withdraw},
	}
	if s == ra.Prepared {
		return d.prepared(d.anna)
	}
	id := d.filled(d.anna)
	for _, m := range ways[s] {
		d.must(d.do(m, id))
	}
	if got := d.get(d.anna, id).State; got != s {
		d.t.Fatalf("arrived at %s, want %s", got, s)
	}
	return id
}

// repeats are moves that a second submit makes again: they are met with the same
// answer, and change nothing.
func repeats(s ra.State, m ra.Move) bool {
	switch {
	case s == ra.Checking && m == ra.Submit, s == ra.Done && m == ra.Install:
		return true
	case m == ra.Order: // the same key is the same order
		return s == ra.Ready || s == ra.Done
	case m == ra.Lapse: // the job finds nothing
		return s != ra.Prepared
	case m == ra.Issue, m == ra.Fail: // events that come late or twice
		return s != ra.Issuing
	}
	return false
}

// Each method does what the table of moves says from each state, with its line in
// the timeline and its record in the audit; every other move is refused and leaves
// no trace.
func TestEveryMoveFromEveryState(t *testing.T) {
	t.Parallel()
	moves := []ra.Move{ra.Take, ra.Lapse, ra.Submit, ra.Approve, ra.Return, ra.Refuse, ra.Withdraw, ra.Correct, ra.Order, ra.Issue, ra.Fail, ra.Install}
	for _, from := range states() {
		t.Run(string(from), func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			still := d.arrive(from)
			for _, m := range moves {
				to, legal := ra.Moves()[from][m]
				if m == ra.Order && from == ra.Issuing {
					continue // the same order again is the move Issue
				}
				id := still
				if legal {
					id = d.arrive(from)
				}
				before := d.get(d.anna, id)
				audited := len(d.Entries("ra." + string(m)))
				err := d.do(m, id)
				after := d.get(d.anna, id)
				recorded := len(d.Entries("ra."+string(m))) - audited
				switch {
				case legal:
					if err != nil || after.State != to || recorded != 1 || len(after.Events) != len(before.Events)+1 || after.Events[0].Kind != string(m) {
						t.Errorf("%s: %v; %s, want %s; %d records, %d events", m, err, after.State, to, recorded, len(after.Events)-len(before.Events))
					}
				default:
					if repeats(from, m) != (err == nil) || err != nil && problem.KindOf(err) != problem.Conflict && !hidden(from, err) {
						t.Errorf("%s: %v", m, err)
					}
					if after.State != from || recorded != 0 || len(after.Events) != len(before.Events) {
						t.Errorf("%s leaves a trace: %s, %d records, %d events", m, after.State, recorded, len(after.Events)-len(before.Events))
					}
				}
			}
		})
	}
}

// hidden reports the refusal of what was never sent to an operator, for whom there is none.
func hidden(from ra.State, err error) bool {
	return (from == ra.Prepared || from == ra.Draft || from == ra.Withdrawn) && problem.KindOf(err) == problem.NotFound
}

// TestMovesAreDrawn holds the picture of docs/design/applications.md to the table.
func TestMovesAreDrawn(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/design/applications.md")
	must(t, err)
	_, rest, ok := strings.Cut(string(page), "<!-- moves -->\n")
	drawn, _, closed := strings.Cut(rest, "<!-- /moves -->")
	if !ok || !closed {
		t.Fatal("the page has no place for the moves")
	}
	var b strings.Builder
	b.WriteString("| from | move | to |\n|---|---|---|\n")
	reached := map[ra.State]bool{ra.Prepared: true, ra.Draft: true}
	for _, from := range states() {
		for _, m := range slices.Sorted(maps.Keys(ra.Moves()[from])) {
			to := ra.Moves()[from][m]
			reached[to] = true
			fmt.Fprintf(&b, "| %s | %s | %s |\n", from, m, to)
		}
	}
	if drawn != b.String() {
		t.Errorf("the page draws other moves, want\n%s", b.String())
	}
	if len(reached) != len(states()) {
		t.Errorf("%d of %d states can be reached", len(reached), len(states()))
	}
}
