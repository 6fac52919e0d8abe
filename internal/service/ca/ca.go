// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package ca is the certification authority: its keys, the certificates it
// issues, revocation lists and answers about status.
//
// Signing is guarded. A certificate is prepared from a profile, judged with a
// throw-away key, planned in the database with its serial number and its audit
// record, and only then signed under a token that works once; the signature is
// checked before it is stored. A crash at any point leaves a record of what was
// to be signed, and the reconciler revokes what may have been signed without
// being stored. So no signed serial number is unknown, and none is used twice.
//
// Profiles say what may stand in a certificate (docs/certificate-profile.md).
// They are data. Standards: RFC 5280, RFC 6960, RFC 9215 and the form of FSB
// order 795.
//
// The list of a CA is signed by the CA's own key: a key of another certificate
// would make it an indirect list, which half of the verifiers of the field
// cannot read. Left out for now: ceremonies and offline roots, holds, delta lists,
// several issuing CAs at once.
package ca

import (
	"context"
	"time"

	"podpis/internal/platform/db"
	"podpis/internal/platform/policy"
	"podpis/pki/alg"
	"podpis/pki/x509"
)

// Role is what a key of the authority is for.
type Role string

// The roles of keys.
const (
	Root      Role = "root"
	Issuing   Role = "issuing"
	Responder Role = "ocsp"
	Stamping  Role = "tsa"
	Auditing  Role = "audit"
	Sealing   Role = "seal" // of what the installation says of signatures
)

// roles lists them, each after the one that issues its certificate.
func roles() []Role { return []Role{Root, Issuing, Responder, Stamping, Auditing, Sealing} }

// Authority is a key of the authority with its certificate.
type Authority struct {
	ID          string // stands in addresses
	Role        Role
	Certificate *x509.Certificate
	Signer      alg.Signer
}

// State is where a certificate stands.
type State string

// The states of a certificate. The row exists from Planned on.
const (
	Planned   State = "planned"   // may be signed with its token
	Signing   State = "signing"   // the token is used: a signature may exist
	Issued    State = "issued"    // signed, checked, stored
	Dropped   State = "dropped"   // planned and never signed
	Abandoned State = "abandoned" // perhaps signed, never stored: revoked
)

// Moves is the state table.
func Moves() map[State][]State {
	return map[State][]State{
		Planned: {Signing, Dropped},
		Signing: {Issued, Abandoned},
	}
}

// Order asks for a certificate.
type Order struct {
	Key        string // idempotency: the same key, the same certificate
	Profile    string
	Subject    map[string]string // by short name of the attribute
	Request    []byte            // PKCS #10 of the holder
	Approval   []byte            // digest of what was approved
	ApprovedBy string
	OrderedBy  string
	// Still is asked in each act on the way, the last time in the one that stores the certificate: what was ordered may
	// have been stopped meanwhile. An error ends the order; nil: nothing stops it.
	Still func(ctx context.Context, tx *db.Tx) error
}

// still asks whether an order goes on.
func (o Order) still(ctx context.Context, tx *db.Tx) error {
	if o.Still == nil {
		return nil
	}
	return o.Still(ctx, tx)
}

// Issuance is what an order ends in.
type Issuance struct {
	Serial x509.Serial
	DER    []byte
	Chain  [][]byte // of the issuer up, DER
}

// Record is a certificate as the register keeps it.
type Record struct {
	Serial     string // hex
	Profile    string
	State      State
	Subject    string
	DER        []byte
	Parsed     *x509.Certificate // nil until it is issued
	NotBefore  time.Time
	NotAfter   time.Time
	CreatedAt  time.Time
	IssuedAt   time.Time
	RevokedAt  time.Time // zero when not revoked
	Reason     x509.Reason
	OrderedBy  string
	ApprovedBy string
}

// Status is the status of a record at a time, in the words of the cabinet.
func (r Record) Status(at time.Time) string {
	switch {
	case !r.RevokedAt.IsZero():
		return "revoked"
	case at.Before(r.NotBefore):
		return "early"
	case at.After(r.NotAfter):
		return "expired"
	case r.NotAfter.Sub(at) <= 30*24*time.Hour:
		return "ending"
	}
	return "active"
}

// CertificateIssued is published when a certificate is stored.
type CertificateIssued struct {
	Serial   string `json:"serial"`
	OrderKey string `json:"order_key"`
}

// Event names it.
func (CertificateIssued) Event() string { return "ca.issued" }

// CertificateAbandoned is published when an order came to nothing: the holder may
// order again.
type CertificateAbandoned struct {
	Serial   string `json:"serial"`
	OrderKey string `json:"order_key"`
}

// Event names it.
func (CertificateAbandoned) Event() string { return "ca.abandoned" }

// CertificateRevoked is published when a certificate is revoked.
type CertificateRevoked struct {
	Serial string `json:"serial"`
	Reason int    `json:"reason"`
}

// Event names it.
func (CertificateRevoked) Event() string { return "ca.revoked" }

// Rules are the numbers of this package.
func Rules() []policy.Rule {
	return []policy.Rule{
		{Key: "ca.crl.life", Kind: policy.Duration, Default: "12h", Law: "63-ФЗ, 14.7", Valid: policy.Durations(time.Hour, 31*24*time.Hour)},
		{Key: "ca.crl.every", Kind: policy.Duration, Default: "1h", Valid: policy.Durations(time.Minute, 31*24*time.Hour)},
		{Key: "ca.ocsp.life", Kind: policy.Duration, Default: "10m", Valid: policy.Durations(time.Minute, 7*24*time.Hour)},
		{Key: "ca.unfinished", Kind: policy.Duration, Default: "30s", Valid: policy.Durations(5*time.Second, time.Hour)},
	}
}
