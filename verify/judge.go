// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"context"
	"strconv"
	"time"

	"podpis/pki/alg"
	"podpis/pki/path"
	"podpis/pki/x509"
	"podpis/verify/evidence"
	"podpis/verify/reasons"
)

// checker is the judge of one file, whatever it holds.
type checker struct {
	ctx     context.Context // of one call of Check
	o       Options
	rules   *Policy
	anchors []path.Anchor // of the options, made when first wanted
	// unreachable: a source of certificates did not answer.
	unreachable bool
	work        int // signature values verified beside those of the signers
	counters    int // counter signatures judged
}

func newChecker(ctx context.Context, o Options) *checker {
	return &checker{ctx: ctx, o: o, rules: o.policy()}
}

// Bounds of what one file can cost, whatever it carries: some seconds.
const (
	maxWork     = 2000
	maxCounters = 64
	maxNesting  = 4 // of counter signatures
)

// spend allows one more verification of a signature value.
func (c *checker) spend() bool {
	c.work++
	return c.work <= maxWork
}

// form is one signature as its format gives it: what there is, and what has to be
// asked. Formats know nothing of trust, the judge knows nothing of formats.
type form struct {
	id, level string
	broken    failure   // it cannot be read, and nothing else is asked
	known     failure   // wrong around the signature, such as in the document that holds it
	claimed   time.Time // stated by the signer, zero when not
	algorithm alg.SignatureAlgorithm
	pool      *Pool   // what it carries
	stamps    []stamp // the last one made first

	signer  func() (*x509.Certificate, failure)                 // who signed, by what it says itself
	check   func(cert *x509.Certificate, t stamps) cryptoResult // digests and value
	policy  func() failure                                      // rules it refers to
	remark  func(s *Signature)                                  // warnings of this format
	over    func() []form                                       // counter signatures
	counter bool                                                // what is signed is the value of another signature
	bound   bool                                                // the certificate is bound into the signature
	partial bool                                                // only a part of the file is signed
}

// judge goes through EN 319 102-1 in its order: format (5.2.2), signing certificate
// (5.2.3), time stamps as signatures of their own (5.4), path, revocation and validity at
// the time that is proved (5.2.6, 5.5), digests and value (5.2.7), rules the signature
// refers to (5.2.4), order of the stamps (5.5.4). What proves the signature wrong counts
// more than what leaves it open, and of each the first that was found.
func (c *checker) judge(f form) Signature {
	l := c.o.Language
	s := Signature{ID: f.id, Level: f.level}
	s.Clear(l)
	if f.broken.code != "" {
		s.Conclude(l, f.broken.code, f.broken.details)
		return s
	}
	if claimed := f.claimed; !claimed.IsZero() {
		s.ClaimedTime = &claimed
		if claimed.After(c.o.At.Add(c.rules.Skew())) {
			s.Warn(l, reasons.WarnClaimedTimeFuture, reasons.Details{})
		}
	}
	cert, identified := f.signer()
	if cert != nil {
		s.Signer = subjectOf(cert)
	}
	stamps := c.judgeStamps(f.stamps, f.pool, &s)
	s.Timestamps = append(s.Timestamps, stamps.all...)
	if stamps.unchecked {
		s.Warn(l, reasons.WarnLevelNotChecked, reasons.Details{})
	}
	c.timeFact(&s, stamps)
	var found conclusion
	if cert != nil { // before the digests: the document is read meanwhile
		found = c.judgeSigner(&s, cert, f.pool, stamps)
	}
	crypto := f.check(cert, stamps)
	c.documentFact(&s, f, crypto)
	f.remark(&s)
	doubt := first(identified, crypto.open, c.ended(f.algorithm, c.moment(stamps)), c.short(cert, c.moment(stamps)))
	why := first(f.known, crypto.failed, doubt, found.failure, f.policy(), stampOrder(stamps), c.wanted(&s, f, found, stamps))
	s.Conclude(l, why.code, why.details)
	c.law(&s, found, doubt)
	c.judgeCounters(&s, f)
	return s
}

// judgeCounters judges the signatures over this one, each by itself: neither paints the
// other.
func (c *checker) judgeCounters(s *Signature, f form) {
	if f.over == nil {
		return
	}
	for i, counter := range f.over() {
		if c.counters == maxCounters {
			s.Warn(c.o.Language, reasons.WarnCountersNotAll, reasons.Details{})
			return
		}
		c.counters++
		counter.id = f.id + "." + strconv.Itoa(i+1)
		s.CounterSignatures = append(s.CounterSignatures, c.judge(counter))
	}
}

// first returns the failure that counts: those that prove the signature wrong
// come before those that leave it open.
func first(list ...failure) failure {
	for _, f := range list {
		if f.code != "" && f.code.Indication() == reasons.TotalFailed {
			return f
		}
	}
	for _, f := range list {
		if f.code != "" {
			return f
		}
	}
	return failure{}
}

// cryptoResult separates what proves the signature wrong from what leaves it
// open.
type cryptoResult struct {
	failed, open failure
	noDocument   bool
}

// weak is the answer to an algorithm that is not computed.
func weak(name string, t stamps) failure {
	f := failure{reasons.CryptoNoPOE, reasons.Details{Algorithm: name}}
	if !t.best.IsZero() {
		f.code = reasons.CryptoConstraints
	}
	return f
}

func (c *checker) documentFact(s *Signature, f form, r cryptoResult) {
	l := c.o.Language
	switch {
	case f.known.code != "":
		s.Facts.Document = Fact{Answer: No, Why: reasons.Of(l, f.known.code, f.known.details).Text}
		if f.known.code.Indication() != reasons.TotalFailed {
			s.Facts.Document.Answer = Unknown
		}
	case r.failed.code == reasons.HashFailure:
		s.Facts.Document = Fact{Answer: No, Why: reasons.Text(l, reasons.HashFailure)}
	case r.noDocument:
		s.Facts.Document.Why = reasons.Text(l, reasons.SignedDataNotFound)
	case r.failed.code != "" || r.open.code != "" || s.Signer == nil:
	case f.counter:
		s.Facts.Document = Fact{Answer: Yes, Why: reasons.Text(l, reasons.FactCountersigned)}
	default:
		s.Facts.Document = Fact{Answer: Yes, Why: reasons.Text(l, reasons.FactDocumentYes)}
	}
}

func (c *checker) timeFact(s *Signature, t stamps) {
	l := c.o.Language
	switch {
	case !t.best.IsZero():
		best := t.best
		s.BestTime = &best
		s.Facts.Time = Fact{Answer: Yes, Why: reasons.Text(l, reasons.FactTimeYes)}
	case t.bad:
		s.Facts.Time = Fact{Answer: No, Why: reasons.Text(l, reasons.FactTimeBad)}
	case s.ClaimedTime != nil:
		s.Facts.Time.Why = reasons.Text(l, reasons.FactTimeClaimed)
	}
}

// moment is the time a stamp proves, or now.
func (c *checker) moment(t stamps) moment {
	m := moment{now: c.o.At, at: c.o.At}
	if !t.best.IsZero() && t.best.Before(m.now) {
		m.at, m.proved = t.best, true
	}
	return m
}

// judgeSigner judges the certificate, at the time a stamp proves or now.
func (c *checker) judgeSigner(s *Signature, cert *x509.Certificate, pool *Pool, t stamps) conclusion {
	c.unreachable = false
	found := c.certificate(question{
		cert: cert, from: append(sources{pool}, c.o.Evidence...), carried: 1, m: c.moment(t), notEarlier: t.notEarlier, purpose: signsDocuments,
	})
	l := c.o.Language
	if found.code == reasons.NoChain && found.issuer != No && c.unreachable { // a server that is down is no bad issuer
		s.Warn(l, reasons.WarnIssuerUnreachable, reasons.Details{})
	}
	s.Chain = links(found.path, found.anchored)
	s.Authority = c.o.authorityOf(found.path, found.anchored)
	s.Revocation = append(s.Revocation, found.statuses...)
	why := func(yes, unknown reasons.Code, a Answer) Fact {
		switch {
		case a == Yes:
			return Fact{Answer: Yes, Why: reasons.Text(l, yes)}
		case found.code != "":
			return Fact{Answer: a, Why: reasons.Of(l, found.code, found.details).Text}
		}
		return Fact{Answer: a, Why: reasons.Text(l, unknown)}
	}
	s.Facts.Issuer = why(reasons.FactIssuerYes, reasons.FactIssuerUnknown, found.issuer)
	if found.valid == Unknown && found.issuer != Yes {
		return found // the issuer's line tells why; the certificate itself was not looked at
	}
	s.Facts.Certificate = why(reasons.FactCertificateYes, reasons.FactCertificateUnknown, found.valid)
	return found
}

// stampOrder: the content was stamped before it was signed.
func stampOrder(t stamps) failure {
	if !t.best.IsZero() && t.notEarlier.After(t.best) {
		return failure{code: reasons.TimestampOrder}
	}
	return failure{}
}

// certificatesAtHand are those that need no asking.
func (c *checker) certificatesAtHand(pool *Pool) []*x509.Certificate {
	out := pool.Certificates[:len(pool.Certificates):len(pool.Certificates)]
	for _, e := range c.o.Evidence {
		out = append(out, evidence.AtHand(e)...)
	}
	for _, a := range c.o.Trust {
		out = append(out, a.Certificate)
	}
	return out
}
