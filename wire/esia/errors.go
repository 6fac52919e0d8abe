// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package esia

// Codes that this project itself answers with or treats in a way of its own.
const (
	BadCertificate  = "ESIA-007002"
	BadParameter    = "ESIA-007003"
	Refused         = "ESIA-007004"
	BadScope        = "ESIA-007006"
	Unexpected      = "ESIA-007007"
	Busy            = "ESIA-007008"
	BadGrant        = "ESIA-007009"
	BadCode         = "ESIA-007011"
	BadCodeType     = "ESIA-007012"
	NoScope         = "ESIA-007013"
	NoParameter     = "ESIA-007014"
	BadTime         = "ESIA-007015"
	BadRedirect     = "ESIA-007023"
	NoChallenge     = "ESIA-007039"
	BadVerifier     = "ESIA-007040"
	BadSecret       = "ESIA-007053" //nolint:gosec // the name of an error
	NotConfirmed    = "ESIA-007055"
	BadClient       = "ESIA-008010"
	invalidRequest  = "invalid_request"
	accessDenied    = "access_denied"
	invalidScope    = "invalid_scope"
	serverError     = "server_error"
	invalidGrant    = "invalid_grant"
	noMethod        = "unauthorized_client"
	invalidClient   = "invalid_client"
	badGrantType    = "unsupported_grant_type"
	badResponseType = "unsupported_response_type"
	unavailable     = "temporarily_unavailable"
)

// Meaning is whose turn it is after an error.
type Meaning string

// The meanings. They choose the words people read.
const (
	ByPerson  Meaning = "person"  // the person refused, or has not the account it needs
	ByAccount Meaning = "account" // the account at ЕСИА is not of the level or role
	ByAgain   Meaning = "again"   // the attempt is over: begin anew
	ByService Meaning = "service" // ЕСИА is busy or broken: later
	BySetup   Meaning = "setup"   // our registration, key, clock or request is wrong: the administrator's turn
)

// Known is one error of the list.
type Known struct {
	Code    string
	Kind    string // error of RFC 6749
	Text    string // as the server says it
	Meaning Meaning
	// Redirect and Token say at which step the server gives it.
	Redirect, Token bool
}

// Errors is the list of the errors of ЕСИА that clients have met (method
// recommendations, appendix of errors).
func Errors() []Known {
	const both, first, second = 3, 1, 2
	known := func(code, kind string, m Meaning, steps int, text string) Known {
		return Known{code, kind, text, m, steps&first != 0, steps&second != 0}
	}
	return []Known{
		known(BadCertificate, invalidRequest, BySetup, both, "The certificate does not match the system or is absent"),
		known(BadParameter, invalidRequest, BySetup, both, "A parameter is absent, wrong or repeated"),
		known(Refused, accessDenied, ByPerson, both, "The owner of the resource or the service refused"),
		known("ESIA-007005", noMethod, BySetup, both, "The client may not request a token by this method"),
		known(BadScope, invalidScope, BySetup, both, "The scope is wrong, unknown or malformed"),
		known(Unexpected, serverError, ByService, both, "Unexpected error of the service"),
		known(Busy, unavailable, ByService, both, "The service is busy or under maintenance"),
		known(BadGrant, badGrantType, BySetup, both, "The service does not support this way to a token"),
		known(BadCode, invalidGrant, ByAgain, both, "The code is invalid, expired, revoked or of another client"),
		known(BadCodeType, badResponseType, BySetup, both, "The type of the code is not supported"),
		known(NoScope, invalidScope, BySetup, both, "The request has no scope"),
		known(NoParameter, invalidRequest, BySetup, both, "The request lacks a mandatory parameter"),
		known(BadTime, invalidRequest, BySetup, both, "The time of the request is wrong"),
		known("ESIA-007019", accessDenied, ByPerson, both, "No permission for access"),
		known(BadRedirect, invalidRequest, BySetup, both, "redirect_uri is not registered for the system"),
		known("ESIA-007038", invalidRequest, BySetup, second, "The parameters cannot be read"),
		known(NoChallenge, invalidRequest, BySetup, second, "code_challenge was not given"),
		known(BadVerifier, invalidGrant, ByAgain, second, "code_verifier does not fit code_challenge"),
		known("ESIA-007046", accessDenied, ByPerson, both, "A one-time code is required and impossible"),
		known(BadSecret, invalidClient, BySetup, both, "client_secret is wrong"),
		known(NotConfirmed, accessDenied, ByAccount, first, "The account is not confirmed"),
		known("ESIA-007060", invalidRequest, BySetup, first, "The value of roles is wrong"),
		known("ESIA-007061", invalidRequest, BySetup, first, "The value of obj_type is wrong"),
		known("ESIA-007062", accessDenied, ByAccount, first, "The type or role of the user is wrong"),
		known("ESIA-007194", accessDenied, ByAccount, first, "The user is not an employee of the organisation"),
		known(BadClient, invalidClient, BySetup, both, "The client was not authenticated"),
		known("ESIA-036700", invalidRequest, BySetup, first, "The type of consent is absent"),
		known("ESIA-036701", invalidRequest, BySetup, first, "The type of consent is unknown"),
		known("ESIA-036702", invalidScope, BySetup, first, "A mandatory scope of the consent is absent"),
		known("ESIA-036703", invalidScope, BySetup, first, "Scopes beyond those of the consent"),
		known("ESIA-036704", invalidScope, BySetup, first, "Scopes are not allowed for the consent"),
		known("ESIA-036705", invalidRequest, BySetup, first, "No action of the consent"),
		known("ESIA-036706", invalidRequest, BySetup, first, "The action is unknown"),
		known("ESIA-036707", invalidRequest, BySetup, first, "No purpose of the consent"),
		known("ESIA-036716", invalidRequest, BySetup, first, "The term of the consent is wrong"),
		known("ESIA-036726", invalidRequest, BySetup, first, "The purpose is unknown"),
		known("ESIA-036727", invalidRequest, BySetup, first, "One purpose is needed"),
	}
}

// Find returns an error of the list.
func Find(code string) (Known, bool) {
	for _, k := range Errors() {
		if k.Code == code {
			return k, true
		}
	}
	return Known{}, false
}

// KindOf is the error of RFC 6749 that goes with a code.
func KindOf(code string) string {
	if k, ok := Find(code); ok {
		return k.Kind
	}
	return serverError
}

// Meaning says whose turn it is. An error that is not listed is judged by its kind.
func (e *Error) Meaning() Meaning {
	if k, ok := Find(e.Code); ok {
		return k.Meaning
	}
	switch e.Kind {
	case accessDenied:
		return ByPerson
	case serverError, unavailable:
		return ByService
	}
	return BySetup
}
