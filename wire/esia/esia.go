// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

// Package esia writes and reads what a system says to ЕСИА, the state's system of
// identification: the client_secret of both variants, requests, tokens, what the REST
// tells of a person, errors.
//
// It follows the method recommendations of ЕСИА as public clients show them: the
// first variant signs with a detached PKCS #7 (RFC 5652), the second with a raw
// signature of GOST R 34.10-2012. Tokens are JWT (RFC 7519, RFC 7515) signed by RS256
// or GOST3410_2012_256; the flow is OAuth 2.0 (RFC 6749) with PKCE (RFC 7636).
//
// The package talks to nobody and decides nothing: the client is service/federation,
// the other side stand/esia. Left out: SAML, permissions of the digital profile,
// refreshing of tokens.
package esia

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"time"
)

// Variant is the way a client proves itself.
type Variant uint8

// The variants, by the number of the address. V1 is what clients of before 2024 do.
const (
	V1 Variant = 1 + iota // PKCS #7 over scope, timestamp, client_id, state
	V2                    // raw signature over six values, hash of the certificate, PKCE
)

// Addresses below the host of ЕСИА.
const (
	logoutPath        = "/idp/ext/Logout"
	personPath        = "/rs/prns/"
	organisationPath  = "/rs/orgs/"
	authorizationV1   = "/aas/oauth2/ac"
	authorizationV2   = "/aas/oauth2/v2/ac"
	tokenV1           = "/aas/oauth2/te"    //nolint:gosec // an address
	tokenV2           = "/aas/oauth2/v3/te" //nolint:gosec // an address
	embeddedOfPersons = "(contacts.elements,documents.elements,addresses.elements,vehicles.elements,kids.elements,organizations.elements)"
)

// AuthorizationPath is where the person is sent.
func (v Variant) AuthorizationPath() string {
	if v == V2 {
		return authorizationV2
	}
	return authorizationV1
}

// TokenPath is where the code is exchanged.
func (v Variant) TokenPath() string {
	if v == V2 {
		return tokenV2
	}
	return tokenV1
}

// PersonPath is where all that a token allows is told of a person.
func PersonPath(oid string) string {
	return personPath + url.PathEscape(oid) + "?embed=" + url.QueryEscape(embeddedOfPersons)
}

// RolesPath is where the organisations of a person are told.
func RolesPath(oid string) string { return personPath + url.PathEscape(oid) + "/roles" }

// OrganisationPath is where an organisation is told.
func OrganisationPath(oid string) string { return organisationPath + url.PathEscape(oid) }

// LogoutPath is where the person ends the session with ЕСИА.
func LogoutPath(clientID, back string) string {
	return logoutPath + "?" + url.Values{"client_id": {clientID}, "redirect_url": {back}}.Encode()
}

// Issuer is the issuer in the tokens of a host: the host with the scheme http,
// whatever scheme it is spoken to by, and a slash.
func Issuer(host string) string {
	u, err := url.Parse(host)
	if err != nil {
		return ""
	}
	return "http://" + u.Host + "/"
}

// timeLayout is «yyyy.MM.dd HH:mm:ss Z».
const timeLayout = "2006.01.02 15:04:05 -0700"

// ErrTime says that a timestamp is not of the form.
var ErrTime = errors.New("esia: timestamp is not yyyy.MM.dd HH:mm:ss Z")

// FormatTime writes a timestamp of a request.
func FormatTime(t time.Time) string { return t.Format(timeLayout) }

// ParseTime reads one, strictly: what was signed must be what was read.
func ParseTime(s string) (time.Time, error) {
	t, err := time.Parse(timeLayout, s)
	if err != nil || t.Format(timeLayout) != s {
		return time.Time{}, ErrTime
	}
	return t, nil
}

// ErrBase64 says that a value is not base64url.
var ErrBase64 = errors.New("esia: not base64url")

// encode writes base64url with padding, as most clients do.
func encode(b []byte) string { return base64.URLEncoding.EncodeToString(b) }

// decode reads base64url with padding or without. Each value has one reading and
// one form with and one without padding: bits beyond the last octet must be zero.
func decode(s string) ([]byte, error) {
	encoding := base64.RawURLEncoding
	if strings.HasSuffix(s, "=") {
		encoding = base64.URLEncoding
	}
	if strings.ContainsAny(s, "\r\n") {
		return nil, ErrBase64
	}
	b, err := encoding.Strict().DecodeString(s)
	if err != nil {
		return nil, ErrBase64
	}
	return b, nil
}
