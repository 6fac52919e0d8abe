// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"podpis/pki/x509"
	"podpis/verify/evidence"
	"podpis/verify/law"
	"podpis/verify/reasons"
)

// The trusted list speaks of these; callers know them by these names.
type (
	// Authority is an accredited centre.
	Authority = law.Authority
	// Period is a time of accreditation.
	Period = law.Period
)

// authorityOf finds the centre of a certificate, from its issuer upward: a centre may
// have authorities of its own below the one in the list. The anchor counts only as the
// issuer itself: above that it is the head authority, which vouches for every centre,
// those that lost accreditation among them.
// Without a path whoever has the name of the issuer tells whom to ask.
func (o *Options) authorityOf(path []*x509.Certificate, anchored bool) *Authority {
	if o.Authority == nil || len(path) == 0 {
		return nil
	}
	for i := min(1, len(path)-1); i < len(path); i++ {
		if anchored && i > 1 && i == len(path)-1 {
			break
		}
		if a := o.Authority(path[i]); a != nil {
			return a
		}
	}
	for i := 0; i < len(o.Evidence) && !anchored; i++ {
		for _, cert := range evidence.AtHand(o.Evidence[i]) {
			if cert.Subject.Equal(path[0].Issuer) {
				return o.Authority(cert)
			}
		}
	}
	return nil
}

// ownAuthority is the centre whose own certificate this is.
func (o *Options) ownAuthority(cert *x509.Certificate) *Authority {
	if o.Authority == nil || !cert.IsCA {
		return nil
	}
	return o.Authority(cert)
}

// accredited answers whether the certificate came from a centre that was accredited on
// the day of issue (63-FZ, article 11, 1).
func (o *Options) accredited(a *Authority, cert *x509.Certificate) Answer {
	switch {
	case o.Authority == nil:
		return Unknown
	case a != nil && a.On(cert.NotBefore):
		return Yes
	case a != nil && a.MayBeOn(cert.NotBefore):
		return Unknown
	}
	return No
}

// qualified answers whether it is a qualified certificate: of the form, and of an
// accredited centre.
func qualified(c *x509.Certificate, accredited Answer) Answer {
	if !law.QualifiedForm(c) {
		return No
	}
	return accredited
}

// law answers the four conditions of article 11 of 63-FZ. A doubt is about whose signature
// it is, or whether its value proves anything.
func (c *checker) law(s *Signature, found conclusion, doubt failure) {
	answers := [4]Answer{Unknown, found.valid, s.Facts.Document.Answer, Unknown}
	if found.valid == "" {
		answers[1] = Unknown
	}
	if found.anchored {
		answers[0] = c.o.accredited(s.Authority, found.path[0])
		if answers[0] == No && s.Authority == nil {
			s.Warn(c.o.Language, reasons.WarnNotAccredited, reasons.Details{})
		}
		if answers[0] == Yes && !law.QualifiedForm(found.path[0]) {
			answers[0] = No // accredited centres issue certificates of other kinds too
		}
	}
	switch {
	case found.code == reasons.ChainConstraints:
		// The purpose, not the term, is what is wrong.
		answers[1], answers[3] = Unknown, No
	case found.anchored:
		if answers[3] = Yes; s.BestTime != nil && !law.KeyPeriodHolds(found.path[0], *s.BestTime) {
			answers[3] = No
		}
	}
	if (s.Indication == reasons.TotalFailed || doubt.code != "") && answers[2] == Yes {
		answers[2] = Unknown
	}
	for i := range s.Law63.Conditions {
		s.Law63.Conditions[i].Answer = answers[i]
	}
	s.Law63.Decide()
}
