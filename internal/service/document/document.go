// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package document keeps the electronic documents of a role: what its person put there,
// and extracts of what the registers of the state say. Beside them it keeps the requisites
// that forms and invoices are filled with.
//
// Content is judged by its octets, sealed, bounded in size and in sum, and handed out as
// data, never as a page of ours. What is deleted can be taken back for a while. All of it
// goes with the account: no law has us keep it.
//
// An extract is what the interface of the register answered, with the day of its data and
// its digest, on paper; the register has not signed it, and it says so. Left out: extracts
// signed by the tax service, documents that several people of an organisation share.
package document

import (
	"slices"
	"time"

	"podpis/internal/platform/blob"
	"podpis/internal/platform/policy"
	"podpis/internal/service/auth"
	"podpis/internal/service/identity"
	"podpis/verify/format"
)

// The policies of documents.
const (
	policySize     = "document.size"     // octets of one
	policyQuota    = "document.quota"    // octets of all of a role
	policyCount    = "document.count"    // of a role
	policyUndo     = "document.undo"     // how long a deleted one can be taken back
	policyExtracts = "document.extracts" // of a role in a day
	policyAppeal   = "document.appeal"   // where citizens appeal to the tax service: a setting (ODD-08)
)

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: policySize, Kind: policy.Number, Default: "10485760"},
		{Key: policyQuota, Kind: policy.Number, Default: "104857600"},
		{Key: policyCount, Kind: policy.Number, Default: "500"},
		{Key: policyUndo, Kind: policy.Duration, Default: "168h"},
		{Key: policyExtracts, Kind: policy.Number, Default: "20"},
		{Key: policyAppeal, Kind: policy.Text, Default: "https://www.nalog.gov.ru/", Valid: policy.Site},
	}
}

// Kind is what a document is.
type Kind string

// The kinds.
const (
	Uploaded Kind = "upload"
	Extract  Kind = "extract"
)

// Actor is who acts, in which role.
type Actor struct {
	Account auth.Account
	Client  auth.Client
	Role    identity.Profile
}

func (a Actor) name() string { return "account/" + a.Account.ID }

// Document is one of a role.
type Document struct {
	ID        string
	Kind      Kind
	Name      string // of the file
	MIME      string
	Size      int64
	Digest    string    // Streebog-256, hexadecimal
	Source    string    // register of an extract
	AsOf      time.Time // day of an extract's data
	CreatedAt time.Time
	Until     time.Time // a deleted one can be taken back until; zero: it is there
}

// Deleted reports one that goes.
func (d Document) Deleted() bool { return !d.Until.IsZero() }

// Shown reports a kind that browsers show by themselves; others are files to them.
func (d Document) Shown() bool { return slices.Contains(blob.ShownKinds(), d.MIME) }

// secret is the sealed part of a document.
type secret struct {
	Name   string    `json:"name"`
	Digest string    `json:"digest"`
	Source string    `json:"source,omitempty"`
	AsOf   time.Time `json:"as_of"`
}

// Upload is a file that is put there.
type Upload struct {
	Name    string
	Content []byte
}

// signatureMIME is that of detached and attached signatures (RFC 5652).
const signatureMIME = "application/pkcs7-signature"

// kindOf tells the kinds that are taken: PDF, pictures, signatures and certificates. What a
// browser would run (HTML, SVG, scripts) and what a system would start is none of them,
// whatever its name.
func kindOf(content []byte) string {
	if mime := blob.ShownKind(content); mime != "" {
		return mime
	}
	switch f := format.Of(content); {
	case f.Err != nil:
	case f.Message != nil:
		return signatureMIME
	case len(f.Certificates) > 0:
		return "application/pkix-cert"
	}
	return ""
}
