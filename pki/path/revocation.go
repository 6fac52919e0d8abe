// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package path

import (
	"slices"
	"time"

	"podpis/pki/x509"
)

// State is what revocation lists say of a certificate.
type State int

// The states.
const (
	Undetermined State = iota
	Good
	Revoked // or suspended: the reason is then certificateHold
)

// Why lists did not decide, the least telling first.
const (
	ListNone          Reason = "list-none"               // no list at hand
	ListScope         Reason = "list-scope"              // 6.3.3 (b): lists of other certificates
	ListFuture        Reason = "list-not-yet-valid"      // thisUpdate has not come
	ListNoBase        Reason = "list-delta-without-base" // 5.2.4
	ListExtension     Reason = "list-critical-extension" // 5.2, 5.3
	ListSigner        Reason = "list-signer"             // 6.3.3 (f): no certificate of the signer with a path
	ListSignature     Reason = "list-signature"          // 6.3.3 (g)
	ListAlgorithm     Reason = "list-algorithm"          // cannot be verified
	ListSignerStatus  Reason = "list-signer-status"      // the signer is revoked, or it is not known
	ListNotAccepted   Reason = "list-not-accepted"       // by the caller
	ListAfterEnd      Reason = "list-after-end"          // 3.3: expired certificates may have been dropped
	ListStale         Reason = "list-stale"              // nextUpdate has passed
	ListReasonsNotAll Reason = "list-reasons"            // 6.3.3: not for all reasons of revocation
)

// telling orders the reasons: the one that came furthest is told.
func telling(r Reason) int {
	return slices.Index([]Reason{
		ListNone, ListScope, ListFuture, ListNoBase, ListExtension, ListSigner, ListSignature, ListAlgorithm,
		ListSignerStatus, ListNotAccepted, ListAfterEnd, ListStale, ListReasonsNotAll, ReasonBound,
	}, r)
}

// Status is what lists say of one certificate.
type Status struct {
	State State
	Why   Reason // with Undetermined
	// Entry is the entry, when revoked.
	Entry x509.Revoked
	// ThisUpdate is of the oldest list that Good rests on, NextUpdate the next time a newer
	// one is due; zero when not known.
	ThisUpdate, NextUpdate time.Time
	// Findings are the lists that are about the certificate and verify.
	Findings []Finding
}

// Finding is what one list says.
type Finding struct {
	List  *x509.CRL
	State State // Undetermined: it does not name the certificate and cannot prove it good
	Entry x509.Revoked
}

// allReasons are the bits of ReasonFlags without "unused" (RFC 5280, 4.2.1.13).
const allReasons uint16 = 0x1fe

// Revocation judges the certificates of one path by lists (RFC 5280, 6.3). The signer
// of a list has its own path to the same anchor, whose certificates must be good by
// the lists at hand; those that stand in the judged path are the caller's to ask for.
// Where the status of a signer depends on a list it signed, that list counts unless it
// names the signer.
//
// It remembers which signatures hold and is not for several goroutines.
type Revocation struct {
	path    Path
	now     time.Time
	sources []Source
	o       Options
	accept  func(*x509.CRL) error

	lists    []*x509.CRL
	verified map[listKey]error
	signers  map[*x509.CRL]signer
	busy     []*x509.Certificate // signers whose status is being looked for
	// What may still be done: signatures, and names of points compared.
	signatures, comparisons int
}

// NewRevocation prepares the judging of a path. now is the latest time a list may have
// been made, which is later than the moment of the options when a past one is judged:
// what was not revoked later was not then. sources have the certificates of signers.
// accept may refuse to let a list prove that a certificate is good, such as for its
// algorithm; nil accepts all.
func NewRevocation(p Path, now time.Time, sources []Source, o Options, accept func(*x509.CRL) error) *Revocation {
	r := &Revocation{
		path: p, now: now, sources: append([]Source{Pool(p.Certificates)}, sources...), accept: accept,
		verified: map[listKey]error{}, signers: map[*x509.CRL]signer{},
		signatures: maxSignatures, comparisons: maxComparisons,
	}
	r.o = Options{At: o.At, Accept: o.Accept, Verify: o.Verify, Spend: func() bool {
		r.signatures--
		return r.signatures >= 0 && (o.Spend == nil || o.Spend())
	}}
	return r
}

// AddSigners adds certificates of signers, which came with a list. It is called before
// the list is added.
func (r *Revocation) AddSigners(certificates []*x509.Certificate) {
	if len(certificates) > 0 {
		r.sources = append(r.sources[:len(r.sources):len(r.sources)], Pool(certificates))
	}
}

// Add brings more lists. They are kept newest first: a later one takes precedence.
func (r *Revocation) Add(lists ...*x509.CRL) {
	r.lists = append(r.lists, lists...)
	slices.SortStableFunc(r.lists, func(a, b *x509.CRL) int { return b.ThisUpdate.Compare(a.ThisUpdate) })
	clear(r.signers) // a list may tell of a signer
}

// Status judges the certificate at the place of the path, leaf 0.
func (r *Revocation) Status(i int) Status {
	return r.status(target{r.path.Certificates[i], r.path.Certificates[i+1:], r.path.Anchor})
}

// target is a certificate with the path above it.
type target struct {
	cert   *x509.Certificate
	above  []*x509.Certificate
	anchor Anchor
}

// issuer returns name, key and certificate of who issued the target; the last is nil
// for an anchor without one.
func (t *target) issuer() (x509.Name, key, *x509.Certificate) {
	if len(t.above) > 0 {
		return t.above[0].Subject, keyOf(t.above[0]), t.above[0]
	}
	return t.anchor.Name, t.anchor.key(), t.anchor.Certificate
}

// judgement gathers while lists are gone through.
type judgement struct {
	Status
	covered uint16 // reasons_mask
}

func (j *judgement) note(why Reason) {
	if telling(why) > telling(j.Why) {
		j.Why = why
	}
}

// status goes through the lists until all reasons are covered (RFC 5280, 6.3.3). A
// revocation is told by any list in scope, also by an old one.
func (r *Revocation) status(t target) Status {
	j := &judgement{Status: Status{Why: ListNone}}
	for _, list := range r.lists {
		mask, why := r.scopes(list, t.cert)
		if why == "" {
			why = r.usable(list, &t)
		}
		if why != "" {
			j.note(why)
			continue
		}
		r.judge(j, list, mask, &t)
	}
	switch {
	case j.State == Revoked:
		j.Why = ""
	case j.covered == allReasons:
		j.State, j.Why = Good, ""
	case j.covered != 0:
		j.note(ListReasonsNotAll)
	}
	return j.Status
}

// usable asks what must hold before a list is believed at all.
func (r *Revocation) usable(list *x509.CRL, t *target) Reason {
	switch {
	case len(list.UnknownCritical) > 0:
		return ListExtension
	case list.ThisUpdate.After(r.now):
		return ListFuture
	}
	return r.signer(list, t).why
}

// judge takes what a list says of the target, alone or with a delta.
func (r *Revocation) judge(j *judgement, list *x509.CRL, mask uint16, t *target) {
	entry, listed := list.FindOf(t.cert.Issuer, t.cert.Serial)
	why := r.proves(list, t.cert)
	current := list // what the result is as fresh as
	if list.IsDelta {
		why = ListNoBase
	} else if delta := r.delta(list, t); delta != nil {
		late := r.proves(delta, t.cert)
		if late == "" {
			current, why = delta, ""
		}
		e, ok := delta.FindOf(t.cert.Issuer, t.cert.Serial)
		if ok && (late == "" || !passing(e)) { // (i), (j)
			entry, listed = e, true
		}
	}
	listed = listed && entry.Reason != x509.ReasonRemoveFromCRL // (k)
	finding := Finding{List: list}
	switch {
	case listed && passing(entry) && (why != "" || mask&^j.covered == 0):
		// An old suspension may have been lifted since.
		j.note(why)
	case listed:
		finding.State, finding.Entry = Revoked, entry
		j.revoked(entry)
	case why != "":
		j.note(why)
	default:
		finding.State = Good
		j.good(current, mask)
	}
	if next := list.NextUpdate; next.After(r.now) && (j.NextUpdate.IsZero() || next.Before(j.NextUpdate)) {
		j.NextUpdate = next
	}
	j.Findings = append(j.Findings, finding)
}

// passing reports an entry that a later list may take back: a suspension, or its end.
func passing(e x509.Revoked) bool {
	return e.Reason == x509.ReasonCertificateHold || e.Reason == x509.ReasonRemoveFromCRL
}

// proves reports why the absence from a list says nothing, or "".
func (r *Revocation) proves(list *x509.CRL, c *x509.Certificate) Reason {
	next := list.NextUpdate
	if next.IsZero() {
		next = list.ThisUpdate
	}
	switch {
	case r.o.At.After(next):
		return ListStale
	case list.ThisUpdate.After(c.NotAfter):
		return ListAfterEnd
	case r.accept != nil && r.accept(list) != nil:
		return ListNotAccepted
	}
	return ""
}

// revoked keeps the earliest revocation; one that is final goes before a suspension.
func (j *judgement) revoked(e x509.Revoked) {
	if j.State != Revoked || passing(j.Entry) && !passing(e) || passing(j.Entry) == passing(e) && e.At.Before(j.Entry.At) {
		j.State, j.Entry = Revoked, e
	}
}

// good counts the reasons a list covers (RFC 5280, 6.3.3 (e) and (l)).
func (j *judgement) good(list *x509.CRL, mask uint16) {
	if mask&^j.covered == 0 {
		return
	}
	j.covered |= mask
	if j.ThisUpdate.IsZero() || list.ThisUpdate.Before(j.ThisUpdate) {
		j.ThisUpdate = list.ThisUpdate
	}
}
