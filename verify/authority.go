// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package verify

import (
	"slices"
	"strconv"
	"time"

	"podpis/pki/x509"
)

// Authority is an accredited centre as the trusted list of the state has it.
type Authority struct {
	Name    string   `json:"name"`
	Number  string   `json:"number,omitempty"` // in the register
	INN     string   `json:"inn,omitempty"`
	OGRN    string   `json:"ogrn,omitempty"`
	Mail    string   `json:"mail,omitempty"`
	Phone   string   `json:"phone,omitempty"`
	Site    string   `json:"site,omitempty"`
	Region  string   `json:"region,omitempty"`
	Class   string   `json:"class,omitempty"` // of its tools: КС2 and so on
	Periods []Period `json:"periods,omitempty"`
}

// Period is a time of accreditation.
type Period struct {
	From  time.Time `json:"from"`
	Until time.Time `json:"until,omitzero"` // the first moment without; zero: it goes on
}

// On tells whether the centre was accredited at a moment.
func (a *Authority) On(day time.Time) bool {
	for _, p := range a.Periods {
		if !day.Before(p.From) && (p.Until.IsZero() || day.Before(p.Until)) {
			return true
		}
	}
	return false
}

// ended is when the last accreditation ended, zero while one goes on.
func (a *Authority) ended(now time.Time) (end time.Time) {
	if a.On(now) {
		return time.Time{}
	}
	for _, p := range a.Periods {
		if !p.Until.After(now) && p.Until.After(end) {
			end = p.Until
		}
	}
	return end
}

// authorityOf finds the centre of a certificate, from its issuer upward: a centre may
// have authorities of its own below the one in the list. The anchor counts only as the
// issuer itself: above that it is the head authority, which vouches for every centre,
// those that lost accreditation among them.
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
	return nil
}

// accredited answers whether the certificate came from a centre that was accredited on
// the day of issue (63-FZ, article 11, 1).
func (o *Options) accredited(a *Authority, cert *x509.Certificate) Answer {
	switch {
	case o.Authority == nil:
		return Unknown
	case a != nil && a.On(cert.NotBefore):
		return Yes
	}
	return No
}

// classPolicies are the policies that state the class of the tools of signature, the
// lowest first (order 795 of the FSB, 2011-12-27).
const classPolicies = "1.2.643.100.113."

// classOf is the highest class that a certificate states, empty if none.
func classOf(c *x509.Certificate) (class string) {
	for n, name := range []string{"КС1", "КС2", "КС3", "КВ1", "КВ2", "КА1"} {
		stated := func(p x509.Policy) bool { return string(p.OID) == classPolicies+strconv.Itoa(n+1) }
		if slices.ContainsFunc(c.Policies, stated) {
			class = name
		}
	}
	return class
}

// qualified answers whether it is a qualified certificate: of the form that the law
// demands (63-FZ, article 17, 2; order 795 of the FSB) and of an accredited centre.
func qualified(c *x509.Certificate, accredited Answer) Answer {
	if classOf(c) == "" || c.SubjectSignTool == "" || c.IssuerSignTool == nil {
		return No
	}
	return accredited
}
