// SPDX-FileCopyrightText: The Podpis authors
// SPDX-License-Identifier: Apache-2.0

package esia

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
)

// Request are the parameters of both steps. Those that a step does not have are
// empty.
type Request struct {
	Statement
	Secret          string
	CertificateHash string // V2
	ResponseType    string // "code", at the first step
	AccessType      string // "online" or "offline"
	Challenge       string // code_challenge of the first step (RFC 7636, 4.3)
	ChallengeMethod string // "S256"
	PersonFilter    string // "conf_acc": confirmed accounts only
	Nonce           string
	GrantType       string // of the second step
	TokenType       string
	Verifier        string // code_verifier of the second step
}

// fields are the parameters of a request by their names.
func (r *Request) fields() []struct {
	name  string
	value *string
} {
	return []struct {
		name  string
		value *string
	}{
		{"client_id", &r.ClientID}, {"client_secret", &r.Secret}, {"scope", &r.Scope}, {"timestamp", &r.Timestamp}, {"state", &r.State},
		{"redirect_uri", &r.RedirectURI}, {"code", &r.Code}, {"client_certificate_hash", &r.CertificateHash},
		{"response_type", &r.ResponseType}, {"access_type", &r.AccessType}, {"code_challenge", &r.Challenge},
		{"code_challenge_method", &r.ChallengeMethod}, {"person_filter", &r.PersonFilter}, {"nonce", &r.Nonce},
		{"grant_type", &r.GrantType}, {"token_type", &r.TokenType}, {"code_verifier", &r.Verifier},
	}
}

// Values are the parameters as they are sent.
func (r *Request) Values() url.Values {
	values := url.Values{}
	for _, f := range r.fields() {
		if *f.value != "" {
			values.Set(f.name, *f.value)
		}
	}
	return values
}

// maxParameter bounds a parameter; client_secret of the first variant is the longest.
const maxParameter = maxSecret

// ReadRequest reads parameters. One that stands twice, or is too long, is the error
// ESIA-007003 that the server answers with.
func ReadRequest(values url.Values) (*Request, error) {
	r := &Request{}
	for _, f := range r.fields() {
		switch list := values[f.name]; {
		case len(list) > 1:
			return nil, &Error{Code: BadParameter, Kind: KindOf(BadParameter), Text: f.name + " is repeated"}
		case len(list) == 1 && len(list[0]) > maxParameter:
			return nil, &Error{Code: BadParameter, Kind: KindOf(BadParameter), Text: f.name + " is too long"}
		case len(list) == 1:
			*f.value = list[0]
		}
	}
	return r, nil
}

// Error is what ЕСИА refuses with, at the redirect as parameters and at the token
// endpoint as JSON.
type Error struct {
	Kind  string // error of RFC 6749, 4.1.2.1: "access_denied"
	Code  string // "ESIA-007004", empty when the server named none
	Text  string // behind the code, in English and not for people
	State string
}

// Error is the text for the log.
func (e *Error) Error() string {
	return fmt.Sprintf("ЕСИА refuses: %s %s: %s", e.Kind, e.Code, e.Text)
}

// Values are the error as parameters of the redirect.
func (e *Error) Values() url.Values {
	return url.Values{"error": {e.Kind}, "error_description": {e.Code + ": " + e.Text}, "state": {e.State}}
}

var codePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(ESIA-\d{6})(?:: ?|$)`)
})

const maxDescription = 1000

// readError takes apart error and error_description.
func readError(kind, description, state string) *Error {
	e := &Error{Kind: clip(kind, 100), State: clip(state, 100), Text: clip(description, maxDescription)}
	if m := codePattern().FindStringSubmatch(e.Text); m != nil {
		e.Code, e.Text = m[1], e.Text[len(m[0]):]
	}
	return e
}

// clip keeps a text of a stranger short and of printable letters, for the log.
func clip(s string, limit int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return -1
		}
		return r
	}, s[:min(len(s), limit)])
	return strings.ToValidUTF8(s, "")
}

// ErrCallback says that the parameters of a redirect are neither a code nor an
// error.
var ErrCallback = errors.New("esia: redirect has neither one code nor one error")

// ReadCallback reads the redirect back to the client: a code with its state, or an
// *Error. A parameter that stands twice is refused: it would be read one way by us and
// another way by somebody else.
func ReadCallback(values url.Values) (code, state string, err error) {
	for _, name := range []string{"code", "state", "error", "error_description"} {
		if len(values[name]) > 1 || len(values.Get(name)) > maxParameter {
			return "", "", ErrCallback
		}
	}
	code, state = values.Get("code"), values.Get("state")
	switch {
	case values.Has("error") && code == "":
		return "", state, readError(values.Get("error"), values.Get("error_description"), state)
	case code == "" || state == "" || values.Has("error"):
		return "", "", ErrCallback
	}
	return code, state, nil
}
