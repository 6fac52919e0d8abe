// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package tsl reads and writes the list of accredited certification centres that the
// ministry publishes (63-FZ, article 8): an XML document of tens of megabytes with one
// enveloped signature (XML Signature 1.1) at its end. It reads and writes the same
// list as a table.
//
// A list is read as a stream, twice: the signature is looked for, then each centre is
// given out while the canonical form that was signed is digested out of the same nodes.
// Nothing is good before [Read] has returned without an error. What is held at a time is
// one centre.
//
// The form is of practice: no text of the ministry fixes it. So fields that are missing
// or cannot be read are left empty and counted, and what nobody knows is passed over;
// what is signed, by whom and how is judged strictly.
//
// Left out: whom to trust with a list (the caller names the certificates), its age and
// the refusal of older ones, ETSI TS 119 612.
package tsl

import (
	"errors"
	"slices"
	"strings"
	"time"

	"podpis/pki/x509"
)

// Bounds of one centre; the whole of it is bounded by [xmltree.MaxChild].
const (
	MaxCentres      = 20_000
	maxText         = 4 << 10 // octets of a field; longer ones are cut
	maxSystems      = 256
	maxKeys         = 1024 // of a system
	maxCertificates = 64   // of a key
	maxAddresses    = 64
	maxHistory      = 1024
	maxCertificate  = 64 << 10
	maxSignature    = 1 << 20
	maxSigners      = 64
)

var (
	// ErrFormat says that a document is no list of accredited centres.
	ErrFormat = errors.New("tsl: not a list of accredited centres")
	// ErrUnsigned says that there is no signature over the whole list, or several.
	ErrUnsigned = errors.New("tsl: the list has not exactly one signature of its own over all of it")
	// ErrChanged says that the list is not what was signed.
	ErrChanged = errors.New("tsl: the list was changed after it was signed")
	// ErrSignature says that the signature value is wrong.
	ErrSignature = errors.New("tsl: signature is wrong")
	// ErrSigner says that a list is signed by somebody else; see [*SignerError].
	ErrSigner = errors.New("tsl: signed by a certificate that is not pinned")
	// ErrExpired says that a list was made when its signer's certificate was not valid.
	ErrExpired = errors.New("tsl: the certificate of the signer was not valid at the date of the list")
	// ErrTooMany says that a list has more of something than the bounds allow.
	ErrTooMany = errors.New("tsl: too many centres, keys or certificates")
	// ErrTable says that a table has no column that names the centres, or a broken row.
	ErrTable = errors.New("tsl: the table has no columns with name and ОГРН or register number")
)

// SignerError is [ErrSigner] with the certificate that the list names: a person may
// compare its fingerprint and pin it. Nothing about it was checked but the value.
type SignerError struct{ Certificate *x509.Certificate }

func (e *SignerError) Error() string {
	return ErrSigner.Error() + ": " + e.Certificate.Subject.DisplayName()
}

// Is reports [ErrSigner].
func (*SignerError) Is(target error) bool { return target == ErrSigner }

// Head is what a list says of itself.
type Head struct {
	Version int64
	Date    time.Time
}

// List is a list that was read to its end.
type List struct {
	Head
	Signer  *x509.Certificate // the pinned certificate that verifies it
	Centres int
	Unread  int // fields that could not be read
}

// Centre is one certification centre.
type Centre struct {
	Number    string // in the register of the ministry
	Name      string
	ShortName string
	INN       string
	OGRN      string
	Mail      string
	Phone     string // in tables only
	Site      string
	Registry  string // where its registers of certificates are
	Address   Address
	Successor string // OGRN of the centre its powers went to
	Note      string // in tables only
	Status    Status
	History   []Status // oldest first
	Systems   []System
	Unread    int // fields that could not be read
}

// Address is an address in parts; any may be empty.
type Address struct{ Country, Index, RegionCode, Region, City, Street string }

// String is the address on one line.
func (a Address) String() string {
	parts := []string{a.Index, a.Region, a.City, a.Street}
	if a.City == a.Region {
		parts[2] = ""
	}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// State is what a status means.
type State string

// The states of accreditation.
const (
	Active    State = "active"
	Suspended State = "suspended"
	Ended     State = "ended"     // its time ran out, or the centre gave it up
	Withdrawn State = "withdrawn" // taken away
	Unknown   State = "unknown"   // a word that is not known
)

// Status is a status from a time on.
type Status struct {
	State State
	Text  string // in the words of the list
	From  time.Time
}

// StateOf reads the words of the ministry.
func StateOf(text string) State {
	text = strings.ToLower(text)
	for _, w := range []struct {
		word  string
		state State
	}{
		{"приостан", Suspended}, {"не аккред", Ended}, {"неаккред", Ended}, {"не актив", Ended}, {"неактив", Ended}, {"аннул", Withdrawn}, {"досрочн", Withdrawn}, {"отозван", Withdrawn}, {"лишен", Withdrawn}, {"исключ", Withdrawn},
		{"прекращ", Ended}, {"истек", Ended}, {"оконч", Ended}, {"не действ", Ended}, {"недейств", Ended},
		{"действ", Active}, {"активн", Active}, {"аккредитован", Active},
	} {
		if strings.Contains(text, w.word) {
			return w.state
		}
	}
	return Unknown
}

// System is one of a centre's installations (программно-аппаратный комплекс).
type System struct {
	Name    string
	Class   string // of its means of signature
	Tools   string
	Address Address
	Keys    []Key
}

// Key is a key certificates are issued with.
type Key struct {
	ID           []byte // subject key identifier
	Lists        []string
	Certificates []Certificate
}

// Certificate is a certificate of a key. The fields beside Raw are what the list says,
// for display; the certificate itself decides.
type Certificate struct {
	Fingerprint     string // SHA-1
	Subject, Issuer string
	Serial          string
	From, Until     time.Time
	Raw             []byte // DER
}

// classes are the classes of means of signature, the lowest first (order 796 of the FSB,
// 2011-12-27).
const classes = "КС1 КС2 КС3 КВ1 КВ2 КА1"

// Class is the highest class of the centre's installations, empty when none is stated in
// a way that is known.
func (c *Centre) Class() (highest string) {
	best := -1
	for _, s := range c.Systems {
		// Lists have the same letters of either alphabet.
		text := strings.NewReplacer(" ", "", "K", "К", "C", "С", "B", "В", "A", "А").Replace(strings.ToUpper(s.Class))
		for i, class := range strings.Fields(classes) {
			if i > best && strings.Contains(text, class) {
				highest, best = class, i
			}
		}
	}
	return highest
}

// Period is a time of accreditation; without Until it goes on. The zero From is that of a
// time about which the list says nothing that is certain: until then the centre may have
// been accredited or not.
type Period struct{ From, Until time.Time }

// Periods are the times of accreditation by the history and the status of today, oldest
// first. A suspended accreditation does not count: nothing may be issued. A status whose
// date or word cannot be read proves nothing, neither accreditation nor its end.
func (c *Centre) Periods() (list []Period) {
	all := slices.Clone(c.History)
	if !slices.ContainsFunc(all, func(s Status) bool { return s.State == c.Status.State && s.From.Equal(c.Status.From) }) && c.Status.Text != "" {
		all = append(all, c.Status)
	}
	slices.SortStableFunc(all, func(a, b Status) int { return a.From.Compare(b.From) })
	open, certain := false, false
	for _, s := range all {
		holds, dated := s.State == Active, !s.From.IsZero()
		doubt := s.State == Unknown || holds && !dated
		if (holds || doubt) == open && (!open || doubt != certain) {
			continue
		}
		if open {
			list[len(list)-1].Until = s.From
		}
		if open, certain = holds || doubt, !doubt; doubt {
			list = append(list, Period{})
		} else if open {
			list = append(list, Period{From: s.From})
		}
	}
	if open && certain && slices.ContainsFunc(all, func(s Status) bool { return s.ends() && s.From.IsZero() }) {
		list[len(list)-1].From = time.Time{} // it ended on some day
		if c.Status.State == Active && !c.Status.From.IsZero() {
			list[len(list)-1].Until = c.Status.From
			list = append(list, Period{From: c.Status.From})
		}
	}
	return list
}

// ends tells whether a centre is not accredited with the status.
func (s Status) ends() bool { return s.State != Active && s.State != Unknown }
