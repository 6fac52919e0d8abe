// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package law holds what the Russian law 63-FZ asks of a certificate and of the centre
// that issued it: accreditation on the day of issue (article 11), the form of a qualified
// certificate (article 17, order 795 of the FSB).
//
// Left out: the trusted list itself, which is package tsl's, and the verdict, which is
// package verify's.
package law

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
	From  time.Time `json:"from,omitzero"`  // zero: within it nothing is certain
	Until time.Time `json:"until,omitzero"` // the first moment without; zero: it goes on
}

// On tells whether the centre is known to have been accredited at a moment.
func (a *Authority) On(day time.Time) bool {
	for _, p := range a.Periods {
		if !p.From.IsZero() && p.holds(day) {
			return true
		}
	}
	return false
}

// MayBeOn tells whether the list leaves open that the centre was accredited at a moment.
func (a *Authority) MayBeOn(day time.Time) bool {
	return slices.ContainsFunc(a.Periods, func(p Period) bool { return p.holds(day) })
}

func (p Period) holds(day time.Time) bool {
	return !day.Before(p.From) && (p.Until.IsZero() || day.Before(p.Until))
}

// Ended is when the last accreditation ended, zero while one goes on or may go on.
func (a *Authority) Ended(now time.Time) (end time.Time) {
	if a.MayBeOn(now) {
		return time.Time{}
	}
	for _, p := range a.Periods {
		if !p.Until.After(now) && p.Until.After(end) {
			end = p.Until
		}
	}
	return end
}

// classPolicies are the policies that state the class of the tools of signature, the
// lowest first (order 795 of the FSB, 2011-12-27).
const classPolicies = "1.2.643.100.113."

// ClassOf is the highest class that a certificate states, empty if none.
func ClassOf(c *x509.Certificate) (class string) {
	for n, name := range []string{"КС1", "КС2", "КС3", "КВ1", "КВ2", "КА1"} {
		stated := func(p x509.Policy) bool { return string(p.OID) == classPolicies+strconv.Itoa(n+1) }
		if slices.ContainsFunc(c.Policies, stated) {
			class = name
		}
	}
	return class
}

// QualifiedForm tells whether a certificate is of the form that the law demands of a
// qualified one (63-FZ, article 17, 2; order 795 of the FSB).
func QualifiedForm(c *x509.Certificate) bool {
	return ClassOf(c) != "" && c.SubjectSignTool != "" && c.IssuerSignTool != nil
}

// KeyPeriodHolds tells whether a proved time lies within the period of the private key: a restriction of the certificate, which
// nothing else can break.
func KeyPeriodHolds(c *x509.Certificate, proved time.Time) bool {
	return c.PrivateKeyNotAfter.IsZero() || !proved.After(c.PrivateKeyNotAfter)
}
